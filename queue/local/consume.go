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
	// unwatch stops the watch on the context; false when it has begun to end the consumer.
	unwatch func() bool
}

// Consume starts a consumer. A prefetch that is not between 1 and [MaxPrefetch] is invalid.
func (b *Broker) Consume(ctx context.Context, name string, prefetch int) (<-chan hayon.Delivery, error) {
	if prefetch < 1 || prefetch > MaxPrefetch {
		return nil, hayon.Errorf(hayon.CodeInvalid, "a consumer of queue %q cannot hold %d messages; it is 1 to %d", name, prefetch, MaxPrefetch)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	q, err := b.queue(name)
	if err != nil {
		return nil, err
	}
	c := &consumer{broker: b, queue: q, prefetch: prefetch, deliveries: make(chan hayon.Delivery, prefetch)}
	b.ends.Add(1)
	c.unwatch = context.AfterFunc(ctx, c.end)
	q.consumers = append(q.consumers, c)
	q.dispatch()
	return c.deliveries, nil
}

// end runs when the consumer's context is over.
func (c *consumer) end() {
	defer c.broker.ends.Done()
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
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

// finish takes back what was not received and closes the channel. The caller holds the lock, so
// that nobody sends; who receives at the same time has the message or has it not.
func (c *consumer) finish() {
	for {
		select {
		case d := <-c.deliveries:
			c.held--
			c.queue.unacked--
			c.queue.giveBack(d.(*delivery).entry) //nolint:forcetypeassert // only dispatch sends, and sends these
		default:
			close(c.deliveries)
			return
		}
	}
}

// delivery is one handing-out of an entry.
type delivery struct {
	consumer    *consumer
	entry       *entry
	redelivered bool
	settled     bool // guarded by the broker's lock
}

// Message is a copy that the caller may change.
func (d *delivery) Message() hayon.Message { return clone(d.entry.message) }

// Redelivered reports whether somebody received the message before.
func (d *delivery) Redelivered() bool { return d.redelivered }

// Ack removes the message. A second settlement is a conflict without effect.
func (d *delivery) Ack() error { return d.settle(false) }

// Nack gives the message back to its place, or drops it. A second settlement is a conflict without
// effect.
func (d *delivery) Nack(requeue bool) error { return d.settle(requeue) }

func (d *delivery) settle(requeue bool) error {
	c := d.consumer
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	if c.broker.closed {
		return nil
	}
	if d.settled {
		return hayon.Errorf(hayon.CodeConflict, "message %q has been settled already", d.entry.message.ID)
	}
	d.settled = true
	c.held--
	c.queue.unacked--
	if requeue {
		d.entry.redelivered = true
		c.queue.giveBack(d.entry)
	}
	c.queue.dispatch()
	return nil
}
