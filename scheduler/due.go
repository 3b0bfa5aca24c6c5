package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

// Run moves what is due, relays the outbox, sweeps, keeps the letters of the store and those of the
// broker agreed, and keeps house, until ctx ends; then it returns once all loops have.
func (s *Scheduler) Run(ctx context.Context, broker hayon.Broker) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.guard.start()
	s.broker.Store(&broker)
	defer s.broker.Store(nil)
	checked := make(chan struct{}) // closed when posts stand where the rules of today put them
	loops := []func(context.Context) error{
		func(ctx context.Context) error { return s.runDue(ctx, checked) },
		func(ctx context.Context) error { return s.runRelay(ctx, broker) },
		func(ctx context.Context) error { return s.runHandover(ctx, broker) },
		func(ctx context.Context) error { return s.runSweeper(ctx, broker) },
		func(ctx context.Context) error { return s.runCollector(ctx, broker) },
		func(ctx context.Context) error { return s.runChores(ctx, checked) },
	}
	ended := make(chan error, len(loops))
	for _, loop := range loops {
		go func() {
			err := loop(ctx)
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

// runDue queues targets at their due time. It is also the tick that compares the clocks.
func (s *Scheduler) runDue(ctx context.Context, checked <-chan struct{}) error {
	select {
	case <-checked:
	case <-ctx.Done():
	}
	trouble := s.trouble()
	for ctx.Err() == nil {
		changed := s.changed()
		now, may := s.guard.observe()
		shakes, shaken := s.guard.shook()
		s.tellClock(ctx)
		wait := tick
		if may {
			next, err := s.dueStep(ctx, now)
			if told, n := trouble.note(ctx, err); told {
				s.log.Error("due targets could not be queued; it is tried again", "err", err, "times", n)
			}
			s.guard.settle(shakes)
			switch {
			case err != nil:
				wait, changed = troubleRest, nil
			case !next.IsZero():
				wait = min(wait, next.Sub(s.now()))
			}
		}
		rest(ctx, wait, changed, shaken)
	}
	return nil
}

// dueStep queues what is due by now, and answers when the next target is due; zero when none is.
func (s *Scheduler) dueStep(ctx context.Context, now time.Time) (time.Time, error) {
	next, err := s.nextDue(ctx)
	if err != nil || next.IsZero() || next.After(now) {
		return next, err
	}
	if _, err := s.enqueueAll(ctx, now); err != nil {
		return time.Time{}, err
	}
	return s.nextDue(ctx)
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

// enqueueAll queues all that is due by now, in batches, and answers what was too late for that. The
// instant is that of the caller: a clock that jumps meanwhile has not been looked at.
func (s *Scheduler) enqueueAll(ctx context.Context, now time.Time) (missed []*hayon.Target, err error) {
	for ctx.Err() == nil {
		var moved []*hayon.Target
		err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			var err error
			moved, err = tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: now, Grace: s.cfg.GraceNow, Limit: dueBatch})
			return err
		})
		if err != nil {
			return missed, err
		}
		for _, t := range moved {
			if t.State == hayon.StateMissed {
				missed = append(missed, t)
			}
		}
		if len(moved) < dueBatch {
			break
		}
	}
	return missed, context.Cause(ctx)
}

// sleep waits for d, until woken, or until ctx ends.
func sleep(ctx context.Context, d time.Duration, woken <-chan struct{}) {
	rest(ctx, d, woken, nil)
}

// rest is sleep that ends, too, when what waits for a time must look anew.
func rest(ctx context.Context, d time.Duration, woken, shaken <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-woken:
	case <-shaken:
	case <-ctx.Done():
	}
}

const (
	// troubleRest is how long a loop rests after an error before it tries again.
	troubleRest = time.Second
	// troubleEvery is how often an error that stays is told of.
	troubleEvery = time.Minute
)

// trouble is an error that a loop meets again and again. It is told of at once and then once in a
// while, so that a full disk fills no log.
type trouble struct {
	s     *Scheduler
	times int
	told  time.Duration // by the monotonic clock
}

func (s *Scheduler) trouble() *trouble { return &trouble{s: s} }

// note reports whether err is to be told of now, and the how manieth it is since there was none. The
// end of ctx is no trouble.
func (t *trouble) note(ctx context.Context, err error) (tell bool, times int) {
	if err == nil || ctx.Err() != nil {
		t.times = 0
		return false, 0
	}
	t.times++
	now := t.s.guard.clock.Mono()
	if t.times > 1 && now-t.told < troubleEvery {
		return false, t.times
	}
	t.told = now
	return true, t.times
}
