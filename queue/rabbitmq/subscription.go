package rabbitmq

import (
	"context"
	"errors"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// subscription is a consumer on one channel of one session.
type subscription struct {
	session  *session
	consumer *consumer
	ch       *amqp.Channel

	deliveries <-chan amqp.Delivery
	closes     <-chan *amqp.Error

	// waiting are messages that the receiver has not taken.
	waiting []*delivery
	// held counts the messages that came and are not settled, those waiting too.
	held atomic.Int64
	// settled is told when held sinks.
	settled chan struct{}
}

// consumerTag names the one consumer of a channel.
const consumerTag = "hayon"

// subscribe starts c on a channel of its own.
func (s *session) subscribe(ctx context.Context, c *consumer) (*subscription, error) {
	sub, err := asked(ctx, s, func() (*subscription, error) { return s.newSubscription(c) }, func(sub *subscription) {
		_ = sub.ch.Close()
	})
	if err != nil {
		return nil, s.queueError(c.queue, err)
	}
	b := s.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subscribed[sub] = struct{}{}
	return sub, nil
}

func (s *session) newSubscription(c *consumer) (*subscription, error) {
	ch, err := s.consume.Channel()
	if err != nil {
		return nil, err
	}
	sub := &subscription{
		session: s, consumer: c, ch: ch, settled: make(chan struct{}, 1),
		closes: ch.NotifyClose(make(chan *amqp.Error, 1)),
	}
	if err := ch.Qos(c.prefetch, 0, false); err != nil {
		_ = ch.Close()
		return nil, err
	}
	if sub.deliveries, err = ch.Consume(c.queue, consumerTag, false, false, false, false, nil); err != nil {
		_ = ch.Close()
		return nil, err
	}
	return sub, nil
}

// queueError says why a queue cannot be consumed.
func (s *session) queueError(queue string, err error) error {
	if _, ok := errors.AsType[*hayon.Error](err); ok {
		return err
	}
	if e, ok := errors.AsType[*amqp.Error](err); ok && e.Server {
		switch e.Code {
		case amqp.NotFound:
			return noQueue(queue)
		case amqp.AccessRefused:
			return hayon.Errorf(hayon.CodeForbidden, "the user of the broker may not use queue %q", queue).WithHint(hintRights)
		}
		if !s.ended() {
			return hayon.Errorf(hayon.CodeUnavailable, "queue %q cannot be used: %s", queue, reason(e)).WithCause(err)
		}
	}
	return s.over(err)
}

func noQueue(name string) *hayon.Error {
	return hayon.Errorf(hayon.CodeNotFound, "the broker has no queue %q", name).WithHint("hayon broker topology declare")
}

// hintRights is for who may not do something on the server.
const hintRights = "rabbitmqctl set_permissions -p VHOST USER CONFIGURE WRITE READ"

// gone reports whether nothing can be settled any more.
func (s *subscription) gone() bool { return s.session.ended() || s.ch.IsClosed() }

// release counts a message that was settled.
func (s *subscription) release() {
	s.held.Add(-1)
	select {
	case s.settled <- struct{}{}:
	default:
	}
}

// pump hands messages to the receiver until the subscription ends, or ctx or the broker does, which it
// reports. It takes from the library whatever has come, so that all of it is counted.
func (s *subscription) pump(ctx context.Context) (finished bool) {
	for {
		var out chan<- hayon.Delivery
		var next *delivery
		if len(s.waiting) > 0 {
			out, next = s.consumer.out, s.waiting[0]
		}
		select {
		case raw, ok := <-s.deliveries:
			if !ok {
				return false
			}
			s.hold(raw)
		case out <- next:
			s.waiting[0] = nil
			s.waiting = s.waiting[1:]
			s.session.broker.counters.change(func(n *hayon.BrokerState) {
				n.Delivered++
				if next.Redelivered() {
					n.Redelivered++
				}
			})
		case <-ctx.Done():
			return true
		case <-s.session.broker.closing:
			return true
		}
	}
}

func (s *subscription) hold(raw amqp.Delivery) {
	s.held.Add(1)
	s.waiting = append(s.waiting, &delivery{from: s, raw: raw})
}

// why says why the server has ended the subscription, where it was for a reason of its own.
func (s *subscription) why() *hayon.Error {
	if s.session.ended() {
		return nil
	}
	select {
	case e := <-s.closes:
		if e == nil || !e.Server {
			return nil
		}
		return hayon.Errorf(hayon.CodeUnavailable, "the broker has ended the consumer of queue %q: %s", s.consumer.queue, reason(e)).WithCause(e)
	default:
		return hayon.Errorf(hayon.CodeUnavailable, "the broker has ended the consumer of queue %q: the queue was deleted or has moved", s.consumer.queue)
	}
}

// end gives back what the receiver has not taken, waits until it has settled the rest, and closes the
// channel. On a channel that has ended it has nothing to do.
func (s *subscription) end() {
	defer s.forget()
	if s.gone() {
		return
	}
	cancelled := make(chan struct{})
	go func() {
		defer close(cancelled)
		_ = s.ch.Cancel(consumerTag, false) // also when the server has cancelled it
	}()
	// What comes until the server knows is given back too. The channel of deliveries is closed then.
	for raw := range s.deliveries {
		s.hold(raw)
	}
	<-cancelled
	for _, d := range s.waiting {
		_ = s.ch.Nack(d.raw.DeliveryTag, false, true) // on a channel that is gone it is back already
		s.held.Add(-1)
	}
	s.waiting = nil
	for s.held.Load() > 0 && !s.gone() {
		select {
		case <-s.settled:
		case <-s.closes: //nolint:errcheck // why it ended makes no difference here
			return
		case <-s.session.done:
			return
		}
	}
	_ = s.ch.Close()
}

// forget ends that the subscription counts.
func (s *subscription) forget() {
	b := s.session.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.subscribed, s)
}
