package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

// Run moves what is due, relays the outbox and sweeps, until ctx ends; then it returns once all
// three loops have.
func (s *Scheduler) Run(ctx context.Context, broker hayon.Broker) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	loops := []func(context.Context, hayon.Broker) error{s.runDue, s.runRelay, s.runSweeper}
	ended := make(chan error, len(loops))
	for _, loop := range loops {
		go func() {
			err := loop(ctx, broker)
			cancel(err) // the first to stop stops all
			ended <- err
		}()
	}
	var first error
	for range loops {
		if err := <-ended; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// runDue queues targets at their due time.
func (s *Scheduler) runDue(ctx context.Context, _ hayon.Broker) error {
	for ctx.Err() == nil {
		changed := s.changed()
		next, err := s.nextDue(ctx)
		due := err == nil && !next.IsZero() && !next.After(time.Now())
		if due {
			err = s.enqueueAll(ctx)
		}
		wait := tick
		switch {
		case err != nil:
			if ctx.Err() == nil {
				s.log.Error("due targets could not be queued; it is tried again", "err", err)
			}
		case due:
			continue
		case !next.IsZero():
			wait = min(wait, time.Until(next))
		}
		sleep(ctx, wait, changed)
	}
	return nil
}

// nextDue is the earliest due time, zero when nothing is scheduled.
func (s *Scheduler) nextDue(ctx context.Context) (time.Time, error) {
	var next time.Time
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		next, err = tx.NextWake(ctx, hayon.StateScheduled, time.Time{})
		return err
	})
	return next, err
}

// enqueueAll queues all that is due now, in batches.
func (s *Scheduler) enqueueAll(ctx context.Context) error {
	for ctx.Err() == nil {
		var moved []*hayon.Target
		err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			var err error
			moved, err = tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: time.Now().UTC(), Grace: s.cfg.GraceNow, Limit: dueBatch})
			return err
		})
		if err != nil || len(moved) < dueBatch {
			return err
		}
	}
	return nil
}

// sleep waits for d, until woken, or until ctx ends.
func sleep(ctx context.Context, d time.Duration, woken <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-woken:
	case <-ctx.Done():
	}
}
