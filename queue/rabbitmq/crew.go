package rabbitmq

import "sync"

// crew is goroutines that somebody waits for.
type crew struct {
	// mu orders start and end.
	mu    sync.Mutex
	over  bool
	group sync.WaitGroup
}

// start runs f, unless the crew is at its end.
func (c *crew) start(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false
	}
	c.group.Go(f)
	return true
}

// end lets nothing start any more and waits for what runs.
func (c *crew) end() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.group.Wait()
}
