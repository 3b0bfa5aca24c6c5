package rabbitmq

import (
	"sync"

	"github.com/hayon/hayon"
)

// counters are the counters of a broker's state.
type counters struct {
	mu sync.Mutex
	n  hayon.BrokerState // guarded by mu; its counters alone
}

func (c *counters) change(f func(*hayon.BrokerState)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.n)
}

func (c *counters) state() hayon.BrokerState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}
