package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

// carrier is a way to bring messages to a queue and from there to who consumes them.
type carrier interface {
	// publish hands messages over for a while, at most window of them unconfirmed.
	publish(ctx context.Context, window int, d time.Duration) (pace, error)
	// consume takes n messages that are in the queue, and acknowledges each.
	consume(ctx context.Context, prefetch, n int) (pace, error)
	// deliver publishes n messages, each after the one before it has arrived, and tells how long each
	// took until it was there.
	deliver(ctx context.Context, n int) (pace, error)
}

// raw is the client library and nothing around it: no reconnecting, no sessions, no counters.
type raw struct {
	in, out   *amqp.Connection
	publisher *amqp.Channel
	// make is what is published under a number.
	make     func(n int) hayon.Message
	n        int
	returned atomic.Int64
}

// dialRaw connects twice, as our broker does.
func dialRaw(url string) (r *raw, err error) {
	r = &raw{make: kilobyte}
	if r.in, err = amqp.Dial(url); err != nil {
		return nil, err
	}
	if r.out, err = amqp.Dial(url); err != nil {
		return nil, errors.Join(err, r.close())
	}
	if r.publisher, err = r.out.Channel(); err == nil {
		err = r.publisher.Confirm(false)
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	returns := r.publisher.NotifyReturn(make(chan amqp.Return, 1))
	go func() { // it ends with the channel
		for range returns {
			r.returned.Add(1)
		}
	}()
	return r, nil
}

// close ends both connections. What the server says to that does not matter any more.
func (r *raw) close() error {
	for _, c := range []*amqp.Connection{r.in, r.out} {
		if c != nil {
			_ = c.Close()
		}
	}
	return nil
}

// with is r, but for what it publishes.
func (r *raw) with(make func(int) hayon.Message) *raw {
	return &raw{in: r.in, out: r.out, publisher: r.publisher, make: make}
}

// kilobyteBytes is the body of most messages here. Hints are smaller.
const kilobyteBytes = 1000

// kilobyte is a message that takes the way of a hint, with as long a body as messages may have.
func kilobyte(n int) hayon.Message {
	return hayon.Message{
		Exchange: hayon.PostExchange, RoutingKey: hayon.PostCreateKey + demo.Name, Type: hayon.HintType,
		ID: "bench:" + strconv.Itoa(n), At: time.Now(), Headers: map[string]any{hayon.HeaderAttempt: 1},
		Body: make([]byte, kilobyteBytes),
	}
}

// hints makes messages that are hints at one target.
func hints() func(n int) hayon.Message {
	now := time.Now()
	t := &hayon.Target{ID: hayon.NewTargetID(now), Platform: demo.Name, Generation: 1}
	return func(n int) hayon.Message {
		r := hayon.HintFor(t, now)
		r.Hint.Attempt = n
		return hayon.HintMessage(r, now)
	}
}

func (r *raw) publish(ctx context.Context, window int, d time.Duration) (pace, error) {
	p, err := flight(ctx, window, d, r.send)
	if n := r.returned.Load(); err == nil && n > 0 {
		err = fmt.Errorf("%d messages came back: no queue takes them", n)
	}
	return p, err
}

// send publishes the next message.
func (r *raw) send(ctx context.Context) (func(context.Context) error, error) {
	m := r.make(r.n)
	r.n++
	c, err := r.publisher.PublishWithDeferredConfirmWithContext(ctx, m.Exchange, m.RoutingKey, true, false, amqp.Publishing{
		DeliveryMode: amqp.Persistent, MessageId: m.ID, Type: m.Type, Timestamp: m.At, Headers: amqp.Table(m.Headers), Body: m.Body,
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		ok, err := c.WaitContext(ctx)
		if err == nil && !ok {
			err = errors.New("the broker refused a message")
		}
		return err
	}, nil
}

func (r *raw) consume(ctx context.Context, prefetch, n int) (p pace, err error) {
	deliveries, end, err := r.consumer(ctx, prefetch)
	if err != nil {
		return pace{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	return drain(ctx, n, deliveries, func(d amqp.Delivery) error { return d.Ack(false) })
}

func (r *raw) deliver(ctx context.Context, n int) (p pace, err error) {
	deliveries, end, err := r.consumer(ctx, 1)
	if err != nil {
		return pace{}, err
	}
	defer func() { err = errors.Join(err, end()) }()
	return alone(ctx, n, r.send, deliveries, func(d amqp.Delivery) error { return d.Ack(false) })
}

// consumer begins to consume the queue of hints on a channel of its own.
func (r *raw) consumer(ctx context.Context, prefetch int) (<-chan amqp.Delivery, func() error, error) {
	ch, err := r.in.Channel()
	if err != nil {
		return nil, nil, err
	}
	if err := ch.Qos(prefetch, 0, false); err != nil {
		return nil, nil, errors.Join(err, ch.Close())
	}
	deliveries, err := ch.ConsumeWithContext(ctx, hayon.SocialPostsQueue, "", false, false, false, false, nil)
	if err != nil {
		return nil, nil, errors.Join(err, ch.Close())
	}
	return deliveries, ch.Close, nil
}

// purge empties the queue of hints.
func (r *raw) purge() error {
	ch, err := r.in.Channel()
	if err != nil {
		return err
	}
	_, err = ch.QueuePurge(hayon.SocialPostsQueue, false)
	return errors.Join(err, ch.Close())
}

// fill brings n messages to the queue, for who consumes them.
func (r *raw) fill(ctx context.Context, n int) error {
	const window = 1000
	waits := make([]func(context.Context) error, 0, window)
	for left := n; left > 0; left-- {
		wait, err := r.send(ctx)
		if err != nil {
			return err
		}
		if waits = append(waits, wait); len(waits) < window && left > 1 {
			continue
		}
		for _, wait := range waits {
			if err := wait(ctx); err != nil {
				return err
			}
		}
		waits = waits[:0]
	}
	return nil
}
