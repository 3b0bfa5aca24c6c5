package rabbitmq

import (
	"context"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// stuckExchange is an exchange, as the server calls it, that took a message for nobody, and why.
type stuckExchange struct {
	exchange string
	problem  *hayon.Error
}

// stick remembers why an exchange takes no messages, and taken that it takes them.
func (b *Broker) stick(exchange string, problem *hayon.Error) {
	if b.stuck.Swap(&stuckExchange{exchange, problem}) == nil {
		b.log.Error("messages do not flow", "exchange", exchange, "err", problem.Message)
	}
}

func (b *Broker) taken(exchange string) {
	if x := b.stuck.Load(); x != nil && x.exchange == exchange {
		b.stuck.CompareAndSwap(x, nil)
	}
}

// misrouted asks for every binding to be declared again where the server has given back a message for
// which there is one: somebody has deleted it.
func (b *Broker) misrouted(c *confirmation) {
	b.mu.Lock()
	s, bound := b.session, isBound(b.topology, c.exchange, c.key)
	b.mu.Unlock()
	if !bound || s == nil {
		return
	}
	b.stick(c.exchange, hayon.Errorf(hayon.CodeNotFound, "no queue was bound to exchange %q with key %q", c.exchange, c.key).
		WithHint("where it stays so: hayon broker topology declare"))
	select {
	case s.unbound <- struct{}{}:
	default: // it is asked for already
	}
}

// rebindEvery spaces the repairs that [Broker.misrouted] asks for: who may not bind cannot mend it.
const rebindEvery = 5 * time.Second

// rebind repairs when it is asked to, until the session ends.
func (s *session) rebind(ctx context.Context) {
	for {
		select {
		case <-s.unbound:
			s.repair(ctx, nil)
		case <-s.done:
			return
		}
		if !s.pause(rebindEvery) {
			return
		}
	}
}

// isBound reports whether t has a binding for a message.
func isBound(t hayon.Topology, exchange, key string) bool {
	for _, b := range t.Bindings {
		if b.Exchange == exchange && matchesKey(b.Key, key) {
			return true
		}
	}
	return false
}

// matchesKey reports whether a key is that of a binding, in which * is any one word.
func matchesKey(pattern, key string) bool {
	want, have := strings.Split(pattern, "."), strings.Split(key, ".")
	if len(want) != len(have) {
		return false
	}
	for i, w := range want {
		if w != "*" && w != have[i] {
			return false
		}
	}
	return true
}
