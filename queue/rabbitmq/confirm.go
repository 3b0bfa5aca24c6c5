package rabbitmq

import (
	"context"

	"github.com/hayon/hayon"
)

// confirmation is the server's word on one message, which may not have come yet.
type confirmation struct {
	id, exchange, key string
	// returned: the server gave the message back, as no queue takes it. Guarded by the mutex of the
	// outlet.
	returned bool

	err  error // set before done is closed
	done chan struct{}
}

var _ hayon.Confirmation = (*confirmation)(nil)

// Wait answers the server's word, or that nobody knows it.
func (c *confirmation) Wait(ctx context.Context) error {
	select {
	case <-c.done:
		return c.err
	default:
	}
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return hayon.Errorf(hayon.CodeUnavailable, "nobody knows whether the broker has message %q: the wait for its confirmation ended", c.id).WithCause(ctx.Err())
	}
}

// verdict is what becomes of a message.
type verdict func(*hayon.BrokerState)

// The verdicts.
var (
	confirmed verdict = func(n *hayon.BrokerState) { n.Confirmed++ }
	returned  verdict = func(n *hayon.BrokerState) { n.Returned++ }
	refused   verdict = func(n *hayon.BrokerState) { n.Refused++ }
	unknown   verdict = func(n *hayon.BrokerState) { n.Unknown++ }
)

// settle gives the word to who waits.
func (b *Broker) settle(c *confirmation, v verdict, err error) {
	b.counters.change(func(n *hayon.BrokerState) {
		n.Unconfirmed--
		v(n)
	})
	c.err = err
	close(c.done)
}

// answer settles c by the server's ack or nack.
func (b *Broker) answer(c *confirmation, ack bool) {
	switch {
	case !ack:
		b.settle(c, refused, hayon.Errorf(hayon.CodeUnavailable, "message %q was refused by the broker: a queue for key %q is full or has no leader", c.id, c.key))
	case c.returned:
		b.misrouted(c)
		b.settle(c, returned, hayon.Errorf(hayon.CodeNotFound, "message %q was not taken: no queue is bound to exchange %q with key %q", c.id, c.exchange, c.key))
	default:
		b.taken(c.exchange)
		b.settle(c, confirmed, nil)
	}
}

// lose settles c where the answer will never come.
func (b *Broker) lose(c *confirmation) {
	b.settle(c, unknown, hayon.Errorf(hayon.CodeUnavailable, "nobody knows whether the broker has message %q: the connection ended before its confirmation", c.id))
}
