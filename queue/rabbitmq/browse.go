package rabbitmq

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// Browse shows the messages that wait in a queue when it begins. They are taken one by one and held by
// the server until the end; this process keeps none. With an error, what was to be removed may have come
// back.
func (b *Broker) Browse(ctx context.Context, queue string, limit int, look func(hayon.Message) (remove bool, err error)) error {
	s, err := b.connected(ctx)
	if err != nil {
		return err
	}
	name := b.name(queue)
	ch, err := asked(ctx, s, s.consume.Channel, func(ch *amqp.Channel) { _ = ch.Close() })
	if err != nil {
		return s.queueError(name, err)
	}
	err = s.browse(ctx, ch, name, limit, look)
	// The end of the channel gives back what was not removed, in its order. The answer to it says that
	// what was removed is.
	_, closed := asked(context.WithoutCancel(ctx), s, func() (struct{}, error) { return struct{}{}, ch.Close() }, nil)
	if err == nil && (closed != nil || s.ended()) {
		err = s.over(closed)
	}
	return err
}

func (s *session) browse(ctx context.Context, ch *amqp.Channel, queue string, limit int, look func(hayon.Message) (bool, error)) error {
	type got struct {
		amqp.Delivery
		ok bool
	}
	for seen, waiting := 0, 1; seen < waiting && (limit <= 0 || seen < limit); seen++ {
		d, err := asked(ctx, s, func() (got, error) {
			d, ok, err := ch.Get(queue, false)
			return got{d, ok}, err
		}, nil)
		if err != nil {
			return s.queueError(queue, err)
		}
		if !d.ok {
			return nil
		}
		if seen == 0 {
			waiting += int(d.MessageCount)
		}
		remove, err := look(s.broker.message(&d.Delivery))
		if err != nil {
			return err
		}
		if remove {
			if err := ch.Ack(d.DeliveryTag, false); err != nil {
				return s.over(err)
			}
		}
	}
	return nil
}
