package local

import (
	"context"
	"slices"

	"github.com/hayon/hayon"
)

// MaxPrefetch is the highest prefetch, the one of the AMQP protocol.
const MaxPrefetch = 65_535

// consumer takes deliveries of one queue.
type consumer struct {
	broker     *Broker
	queue      *queue
	prefetch   int
	held       int // unacknowledged, those in the channel included
	deliveries chan hayon.Delivery
	// again remembers of each of the last messages sent, as many as the channel has room for, whether
	// they had been delivered before; sent counts them all.
	again []bool
	sent  int
	// unwatch stops the watch on the context; false when it has begun to end the consumer.
	unwatch func() bool
}

// Consume starts a consumer. A prefetch that is not between 1 and [MaxPrefetch] is invalid.
func (b *Broker) Consume(ctx context.Context, name string, prefetch int) (<-chan hayon.Delivery, error) {
	if prefetch < 1 || prefetch > MaxPrefetch {
		return nil, hayon.Errorf(hayon.CodeInvalid, "a consumer of queue %q cannot hold %d messages; it is 1 to %d", name, prefetch, MaxPrefetch)
	}
	b.mu.Lock()
	defer b.unlock()
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	q, err := b.queue(name)
	if err != nil {
		return nil, err
	}
	c := &consumer{
		broker: b, queue: q, prefetch: prefetch,
		deliveries: make(chan hayon.Delivery, prefetch), again: make([]bool, prefetch),
	}
	b.running.Add(1)
	c.unwatch = context.AfterFunc(ctx, c.end)
	q.consumers = append(q.consumers, c)
	q.dispatch()
	return c.deliveries, nil
}

// end runs when the consumer's context is over.
func (c *consumer) end() {
	defer c.broker.running.Done()
	c.broker.mu.Lock()
	defer c.broker.unlock()
	if c.broker.closed {
		return // Close has finished the consumer
	}
	c.finish()
	i := slices.Index(c.queue.consumers, c)
	c.queue.consumers = slices.Delete(c.queue.consumers, i, i+1)
	if c.queue.next > i {
		c.queue.next--
	}
	c.queue.dispatch()
}

// deliver sends an entry, which has left the queue. The consumer may hold another one.
func (c *consumer) deliver(e *entry) {
	again := e.returned > 0
	c.again[c.sent%c.prefetch] = again
	c.sent++
	c.held++
	c.broker.counters.deliver(again, 1)
	c.deliveries <- &delivery{consumer: c, entry: e, returned: e.returned}
}

// finish takes back what was not received and closes the channel. The caller holds the lock, so
// that nobody sends; who receives at the same time has the message or has it not.
func (c *consumer) finish() {
	for {
		select {
		case sent := <-c.deliveries:
			d := sent.(*delivery) //nolint:forcetypeassert // only deliver sends, and sends these
			c.held--
			c.queue.unacked--
			c.broker.counters.deliver(d.Redelivered(), -1)
			c.queue.giveBack(d.entry)
		default:
			close(c.deliveries)
			return
		}
	}
}

// unreceived are the messages that lie in the channel, and those of them that had been delivered before.
func (c *consumer) unreceived() (all, again int) {
	all = len(c.deliveries)
	for i := c.sent - all; i < c.sent; i++ {
		if c.again[i%c.prefetch] {
			again++
		}
	}
	return all, again
}

// delivery is one handing-out of an entry.
type delivery struct {
	consumer *consumer
	entry    *entry
	returned int32 // how often it had been given back before
	settled  bool  // guarded by the broker's lock
}

// Message is a copy that the caller may change.
func (d *delivery) Message() hayon.Message { return shownMessage(d.entry.message, d.returned) }

// shownMessage is a message as who receives it sees it, after it was given back so often.
func shownMessage(m hayon.Message, returned int32) hayon.Message {
	m = clone(m)
	if returned > 0 {
		if m.Headers == nil {
			m.Headers = make(map[string]any, 1)
		}
		m.Headers[hayon.HeaderDeliveryCount] = int64(returned)
	}
	return m
}

// Redelivered reports whether somebody received the message before.
func (d *delivery) Redelivered() bool { return d.returned > 0 }

// Ack removes the message. A second settlement is a conflict without effect.
func (d *delivery) Ack() error {
	return d.settle(func() { d.consumer.broker.counters.acked++ })
}

// Nack gives the message back to its place, or dead-letters it: to where its queue says, or away. So is
// one that is over the delivery limit. A second settlement is a conflict without effect.
func (d *delivery) Nack(requeue bool) error {
	return d.settle(func() {
		d.consumer.broker.counters.nacked++
		if requeue {
			d.consumer.queue.requeue(d.entry)
		} else {
			d.consumer.queue.bury(d.entry, reasonRejected)
		}
	})
}

// settle takes the message from the consumer, and calls then for what becomes of it.
func (d *delivery) settle(then func()) error {
	c := d.consumer
	c.broker.mu.Lock()
	defer c.broker.unlock()
	if c.broker.closed {
		c.broker.counters.stale++
		return nil
	}
	if d.settled {
		return hayon.Errorf(hayon.CodeConflict, "message %q has been settled already", d.entry.message.ID)
	}
	d.settled = true
	c.held--
	c.queue.unacked--
	then()
	c.queue.dispatch()
	return nil
}
