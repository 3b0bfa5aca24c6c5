package rabbitmq

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// Depth is how many messages of a queue wait, and how many consumers it has, as the server counts. It
// does not tell what is unacknowledged: that is what this process holds.
func (b *Broker) Depth(ctx context.Context, queue string) (hayon.QueueDepth, error) {
	s, err := b.connected(ctx)
	if err != nil {
		return hayon.QueueDepth{}, err
	}
	name := b.name(queue)
	q, err := question(ctx, s.control, func(ch *amqp.Channel) (amqp.Queue, error) {
		return ch.QueueDeclarePassive(name, true, false, false, false, nil)
	})
	if err != nil {
		return hayon.QueueDepth{}, s.queueError(name, err)
	}
	return hayon.QueueDepth{Ready: q.Messages, Unacked: b.holds(name), Consumers: q.Consumers}, nil
}

// holds is how many messages of a queue this process has not settled.
func (b *Broker) holds(queue string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for sub := range b.subscribed {
		if sub.consumer.queue == queue && !sub.gone() {
			n += int(sub.held.Load())
		}
	}
	return n
}
