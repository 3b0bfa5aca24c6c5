package local

import "github.com/hayon/hayon"

// counters are what [hayon.BrokerState] counts. Messages that lie in the channel of a consumer are among
// the delivered ones.
type counters struct {
	published, confirmed, returned, refused uint64
	delivered, redelivered                  int64
	acked, nacked, stale                    uint64
}

func (c *counters) publish(err error) {
	c.published++
	if err == nil {
		c.confirmed++
		return
	}
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		c.returned++
	} else {
		c.refused++
	}
}

// deliver counts n deliveries, which are taken back where n is negative.
func (c *counters) deliver(again bool, n int64) {
	c.delivered += n
	if again {
		c.redelivered += n
	}
}

// State tells how the broker is. It is connected until it is closed.
func (b *Broker) State() hayon.BrokerState {
	b.mu.Lock()
	defer b.unlock()
	c := b.counters
	for _, q := range b.queues {
		for _, consumer := range q.consumers {
			all, again := consumer.unreceived()
			c.delivered -= int64(all)
			c.redelivered -= int64(again)
		}
	}
	s := hayon.BrokerState{
		Kind: hayon.BrokerLocal, Connected: !b.closed, Since: b.since, Delay: hayon.DelayStore,
		Published: c.published, Confirmed: c.confirmed, Returned: c.returned, Refused: c.refused,
		Delivered: uint64(c.delivered), Redelivered: uint64(c.redelivered), //nolint:gosec // never below 0
		Acked: c.acked, Nacked: c.nacked, Stale: c.stale,
	}
	if b.delayed {
		s.Delay = hayon.DelayPlugin
		_, s.Delayed = b.exchanges[hayon.PostDelayedExchange]
	}
	return s
}
