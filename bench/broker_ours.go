package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/queue"
)

// brokerName is what the connections of this program are called on the broker.
const brokerName = "hayon bench"

// ours is a broker of hayon, as a daemon has it, without the rest of the daemon.
type ours struct {
	hayon.Broker
	n int
}

// openOurs opens it and gives it exchanges and queues.
func openOurs(ctx context.Context, url string) (*ours, error) {
	broker, err := queue.Open(ctx, url, queue.Config{Name: brokerName})
	if err != nil {
		return nil, err
	}
	if err := broker.Declare(ctx, hayon.NewTopology([]string{demo.Name})); err != nil {
		return nil, errors.Join(err, broker.Close())
	}
	if st := broker.State(); !st.Connected {
		return nil, errors.Join(fmt.Errorf("%s is out of reach: %s", st.Address, st.Error), broker.Close())
	}
	return &ours{Broker: broker}, nil
}

func (o *ours) publish(ctx context.Context, window int, d time.Duration) (pace, error) {
	return flight(ctx, window, d, o.send)
}

// send publishes the next message.
func (o *ours) send(ctx context.Context) (func(context.Context) error, error) {
	m := kilobyte(o.n)
	o.n++
	c, err := o.Publish(ctx, m)
	if err != nil {
		return nil, err
	}
	return c.Wait, nil
}

func (o *ours) consume(ctx context.Context, prefetch, n int) (pace, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	deliveries, err := o.Consume(ctx, hayon.SocialPostsQueue, prefetch)
	if err != nil {
		return pace{}, err
	}
	return drain(ctx, n, deliveries, hayon.Delivery.Ack)
}

func (o *ours) deliver(ctx context.Context, n int) (pace, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	deliveries, err := o.Consume(ctx, hayon.SocialPostsQueue, 1)
	if err != nil {
		return pace{}, err
	}
	return alone(ctx, n, o.send, deliveries, hayon.Delivery.Ack)
}

// relay is the scheduler of a daemon, which hands the rows of an outbox to the broker in order and deletes
// each once it is confirmed.
type relay struct {
	b      *bench
	broker hayon.Broker
	n      int // how many databases there were
}

// rows is the rate at which n rows that are there at the start are handed over and deleted.
func (r *relay) rows(ctx context.Context, n int) (pace, error) {
	var took time.Duration
	err := r.relaying(ctx, n, func(_ context.Context, _ hayon.Store, empty func() error) error {
		begin := time.Now()
		err := empty()
		took = time.Since(begin)
		return err
	})
	return pace{rate: float64(n) / took.Seconds()}, err
}

// rowByRow is the rate of rows that are written one at a time, each after the one before it is gone: two
// commits of the database are in it, too.
func (r *relay) rowByRow(ctx context.Context, d time.Duration) (p pace, err error) {
	err = r.relaying(ctx, 1, func(ctx context.Context, s hayon.Store, empty func() error) error {
		if err := empty(); err != nil {
			return err
		}
		begin := time.Now()
		for time.Since(begin) < d {
			start := time.Now()
			if err := appendRows(ctx, s, 1); err != nil {
				return err
			}
			if err := empty(); err != nil {
				return err
			}
			p.took = append(p.took, time.Since(start))
		}
		p.rate = float64(len(p.took)) / time.Since(begin).Seconds()
		return nil
	})
	return p, err
}

// relaying runs the scheduler on a database whose outbox has n rows, until fn returns. empty waits until
// the outbox is empty.
func (r *relay) relaying(ctx context.Context, n int, fn func(ctx context.Context, s hayon.Store, empty func() error) error) (err error) {
	r.n++
	h := r.b.home(fmt.Sprint("relay", r.n))
	committed := make(chan struct{}, 1)
	s, err := openStore(ctx, h, func(time.Duration, int) {
		select {
		case committed <- struct{}{}:
		default: // whoever reads it looks at all that there is
		}
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	c, err := newCore(ctx, h, s)
	if err != nil {
		return err
	}
	if err := appendRows(ctx, s, n); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, finishWait)
	defer stop()
	running, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.scheduler.Run(running, r.broker) }()
	err = fn(ctx, s, func() error { return untilRelayed(ctx, s, committed) })
	end()
	return errors.Join(err, <-ended)
}

// appendRows writes hints to the outbox in one transaction.
func appendRows(ctx context.Context, s hayon.Store, n int) error {
	now := time.Now().UTC()
	return s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		for range n {
			t := &hayon.Target{ID: hayon.NewTargetID(now), Platform: demo.Name, Generation: 1}
			if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
				return err
			}
		}
		return nil
	})
}

// untilRelayed waits until the outbox is empty; it looks at each commit.
func untilRelayed(ctx context.Context, s hayon.Store, committed <-chan struct{}) error {
	for {
		var left []*hayon.OutboxRow
		err := s.View(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
			left, err = tx.FindOutbox(ctx, 0, 1)
			return err
		})
		if err != nil || len(left) == 0 {
			return err
		}
		select {
		case <-committed:
		case <-ctx.Done():
			return fmt.Errorf("the outbox was not relayed: %w", ctx.Err())
		}
	}
}
