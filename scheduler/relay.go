package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// relayWindow is how many hints are with the broker unconfirmed.
	relayWindow = 100
	// confirmWait is how long one window may take; after it the rows are published again.
	confirmWait = 30 * time.Second
	// relayIdle is how long the relay sleeps when nobody tells it of a commit.
	relayIdle = time.Second
)

// runRelay hands the outbox to the broker, in order, and deletes a row once the broker has confirmed
// it. A crash in between publishes a row twice, which is harmless.
func (s *Scheduler) runRelay(ctx context.Context, broker hayon.Broker) error {
	trouble := s.trouble()
	for ctx.Err() == nil {
		changed := s.changed()
		if may, calm := s.guard.mayHint(); !may { // a hint makes a worker publish
			sleep(ctx, relayIdle, calm)
			continue
		}
		n, err := s.relay(ctx, broker)
		if told, times := trouble.note(ctx, err); told {
			s.log.Warn("the outbox could not be relayed; it is tried again", "err", err, "times", times)
		}
		switch {
		case err != nil:
			sleep(ctx, troubleRest, nil) // a broker that refuses is not asked at every commit
		case n == 0:
			sleep(ctx, relayIdle, changed)
		}
	}
	return nil
}

// relay publishes one window and answers how many rows it took off the outbox.
func (s *Scheduler) relay(ctx context.Context, broker hayon.Broker) (int, error) {
	var rows []*hayon.OutboxRow
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		rows, err = tx.FindOutbox(ctx, 0, relayWindow)
		return err
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, confirmWait)
	defer cancel()
	confirms := make([]hayon.Confirmation, 0, len(rows))
	for _, r := range rows {
		c, err := broker.Publish(ctx, hayon.HintMessage(r, s.now()))
		if err != nil {
			return 0, err
		}
		confirms = append(confirms, c)
	}
	var first error
	done := make([]uint64, 0, len(rows))
	for i, c := range confirms {
		err := c.Wait(ctx)
		switch {
		case err == nil:
			done = append(done, rows[i].Seq)
		case hayon.CodeOf(err) == hayon.CodeNotFound:
			// No queue takes it, and none will: the store still has the target, and the sweeper looks.
			s.log.Error("a hint has no queue; it was dropped", "exchange", rows[i].Exchange, "routing_key", rows[i].RoutingKey)
			done = append(done, rows[i].Seq)
		case first == nil:
			first = err
		}
	}
	if len(done) == 0 {
		return 0, first
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteOutbox(ctx, done) })
	if err != nil {
		return 0, err
	}
	return len(done), first
}
