package rabbitmq

import (
	"context"

	"github.com/hayon/hayon"
)

// MaxPrefetch is the highest prefetch, the one of the AMQP protocol.
const MaxPrefetch = 65_535

// consumer is a consumer as its caller knows it: it outlives channels and connections.
type consumer struct {
	broker   *Broker
	queue    string // as the server calls it
	prefetch int
	out      chan hayon.Delivery
	problem  *hayon.Error // why it gets nothing; guarded by the broker's mutex
}

// Consume starts a consumer. A prefetch that is not between 1 and [MaxPrefetch] is invalid. The channel
// answered stays open over reconnects, until ctx or the broker ends; what was received before a
// reconnect is delivered once more, and settling the old delivery does nothing.
func (b *Broker) Consume(ctx context.Context, queue string, prefetch int) (<-chan hayon.Delivery, error) {
	if prefetch < 1 || prefetch > MaxPrefetch {
		return nil, hayon.Errorf(hayon.CodeInvalid, "a consumer of queue %q cannot hold %d messages; it is 1 to %d", queue, prefetch, MaxPrefetch)
	}
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	c := &consumer{broker: b, queue: b.name(queue), prefetch: prefetch, out: make(chan hayon.Delivery)}
	b.mu.Lock()
	s := b.session
	b.mu.Unlock()
	var sub *subscription
	if s != nil {
		var err error
		if sub, err = s.subscribe(ctx, c); err != nil && !s.ended() {
			return nil, err
		}
	}
	if !b.work.start(func() { c.run(ctx, sub) }) {
		return nil, errBrokerClosed()
	}
	return c.out, nil
}

// run keeps the consumer going until ctx or the broker ends.
func (c *consumer) run(ctx context.Context, sub *subscription) {
	c.broker.register(c)
	defer c.broker.unregister(c)
	var tries retries
	for {
		if sub == nil {
			if sub = c.subscribe(ctx, &tries); sub == nil {
				close(c.out)
				return
			}
		}
		if finished := sub.pump(ctx); finished {
			close(c.out)
			if c.broker.closed() {
				sub.forget() // the end of the connection gives back everything
			} else {
				sub.end()
			}
			return
		}
		// The channel has ended; or the server has cancelled the consumer, since its queue is gone, and the
		// channel lives: then what was received can still be settled.
		c.note(sub.session, sub.why())
		if sub.session.ended() {
			tries = retries{} // the next session has not been tried
		}
		ended := sub
		c.broker.work.start(ended.end)
		sub = nil
	}
}

// subscribe waits for a session and starts the consumer there; nil when ctx or the broker ends.
func (c *consumer) subscribe(ctx context.Context, tries *retries) *subscription {
	b := c.broker
	for {
		s := b.next(ctx)
		if s == nil || !b.pause(ctx, tries.next()) {
			return nil
		}
		sub, err := s.subscribe(ctx, c)
		switch {
		case err == nil:
			c.note(s, nil)
			return sub
		case ctx.Err() != nil || b.closed():
			return nil
		case s.ended():
			*tries = retries{}
			continue
		case hayon.CodeOf(err) == hayon.CodeNotFound:
			s.repair(ctx, nil)
		}
		c.note(s, hayon.AsError(err))
	}
}

// note remembers why the consumer gets nothing of s. What happened on a session that another has replaced
// says nothing about the one that is there.
func (c *consumer) note(s *session, problem *hayon.Error) {
	c.broker.mu.Lock()
	if c.broker.session != s {
		c.broker.mu.Unlock()
		return
	}
	news := problem != nil
	for o := range c.broker.consumers { // a queue has many, and one says it for all
		news = news && (o.queue != c.queue || o.problem == nil || o.problem.Message != problem.Message)
	}
	c.problem = problem
	c.broker.mu.Unlock()
	if news {
		c.broker.log.Warn("a queue is not consumed", "queue", c.queue, "err", problem.Message)
	}
}

func (b *Broker) register(c *consumer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.consumers[c] = struct{}{}
}

func (b *Broker) unregister(c *consumer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.consumers, c)
}
