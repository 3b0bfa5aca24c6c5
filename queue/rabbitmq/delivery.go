package rabbitmq

import (
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// delivery is one handing-out of a message. It belongs to the channel that it came by: its number means
// something there and nowhere else.
type delivery struct {
	from    *subscription
	raw     amqp.Delivery
	settled atomic.Bool
}

var _ hayon.Delivery = (*delivery)(nil)

// Message is a copy that the caller may change.
func (d *delivery) Message() hayon.Message {
	m := d.from.session.broker.message(&d.raw)
	m.Body = append([]byte(nil), m.Body...)
	return m
}

// Redelivered reports whether the message was delivered before: to whoever, and also where only the
// server's count of returns tells.
func (d *delivery) Redelivered() bool {
	if d.raw.Redelivered {
		return true
	}
	count, _ := plain(d.raw.Headers[hayon.HeaderDeliveryCount]).(int64)
	return count > 0
}

// Ack removes the message. On a session that is gone it does nothing, a second settlement is a conflict
// without effect.
func (d *delivery) Ack() error {
	return d.settle(func(n *hayon.BrokerState) { n.Acked++ }, func(ch *amqp.Channel) error { return ch.Ack(d.raw.DeliveryTag, false) })
}

// Nack gives the message back, or away: to the dead letters of its queue. On a session that is gone it
// does nothing, a second settlement is a conflict without effect.
func (d *delivery) Nack(requeue bool) error {
	return d.settle(func(n *hayon.BrokerState) { n.Nacked++ }, func(ch *amqp.Channel) error { return ch.Nack(d.raw.DeliveryTag, false, requeue) })
}

func (d *delivery) settle(count func(*hayon.BrokerState), send func(*amqp.Channel) error) error {
	again := !d.settled.CompareAndSwap(false, true)
	b := d.from.session.broker
	switch {
	case again && d.from.gone():
		return nil
	case again:
		return hayon.Errorf(hayon.CodeConflict, "message %q has been settled already", d.raw.MessageId)
	}
	if !d.from.gone() && send(d.from.ch) == nil {
		b.counters.change(count)
		d.from.release()
		return nil
	}
	// The server has given the message back, or will: whoever gets it next settles it.
	b.counters.change(func(n *hayon.BrokerState) { n.Stale++ })
	b.log.Debug("a message was settled after its connection had ended", "message_id", d.raw.MessageId)
	return nil
}
