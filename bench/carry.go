package main

import (
	"context"
	"errors"
	"time"
)

// deliverEvery is the rest between two messages of which each is alone.
const deliverEvery = 2 * time.Millisecond

// send hands a message over; wait returns when the broker has confirmed it.
type send func(context.Context) (wait func(context.Context) error, err error)

// flight has at most window messages with a broker that it has not confirmed, for a while, and waits for
// all in the end.
func flight(ctx context.Context, window int, d time.Duration, publish send) (pace, error) {
	waits := make([]func(context.Context) error, 0, window) // a ring, once it is full
	begin, n := time.Now(), 0
	for ; time.Since(begin) < d; n++ {
		if n >= window {
			if err := waits[n%window](ctx); err != nil {
				return pace{}, err
			}
		}
		wait, err := publish(ctx)
		if err != nil {
			return pace{}, err
		}
		if n < window {
			waits = append(waits, wait)
		} else {
			waits[n%window] = wait
		}
	}
	for i := range waits {
		if err := waits[(n+i)%len(waits)](ctx); err != nil {
			return pace{}, err
		}
	}
	return pace{rate: float64(n) / time.Since(begin).Seconds()}, nil
}

// drain takes n messages off a queue, and counts from the first of them.
func drain[D any](ctx context.Context, n int, deliveries <-chan D, ack func(D) error) (pace, error) {
	var begin time.Time
	for i := range n {
		d, err := receive(ctx, deliveries)
		if err != nil {
			return pace{}, err
		}
		if i == 0 {
			begin = time.Now()
		}
		if err := ack(d); err != nil {
			return pace{}, err
		}
	}
	return pace{rate: float64(n-1) / time.Since(begin).Seconds()}, nil
}

// alone publishes n messages, each after the one before it has been acknowledged and a rest.
func alone[D any](ctx context.Context, n int, publish send, deliveries <-chan D, ack func(D) error) (p pace, err error) {
	for range n {
		begin := time.Now()
		wait, err := publish(ctx)
		if err != nil {
			return p, err
		}
		d, err := receive(ctx, deliveries)
		if err != nil {
			return p, err
		}
		p.took = append(p.took, time.Since(begin))
		if err := errors.Join(ack(d), wait(ctx), pause(ctx, deliverEvery)); err != nil {
			return p, err
		}
	}
	return p, nil
}

func receive[D any](ctx context.Context, deliveries <-chan D) (d D, err error) {
	select {
	case d, ok := <-deliveries:
		if !ok {
			return d, errors.New("the consumer has ended")
		}
		return d, nil
	case <-ctx.Done():
		return d, ctx.Err()
	}
}
