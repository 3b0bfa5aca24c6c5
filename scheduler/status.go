package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

// Status counts what waits.
func (s *Scheduler) Status(ctx context.Context) (*hayon.Status, error) {
	st := &hayon.Status{
		Version: s.cfg.Version, Owner: s.deps.Owner, StartedAt: s.started.UTC(), Holding: s.cfg.Holding(),
	}
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		overdue := time.Now().Add(-sweepAfter)
		counts := []struct {
			state hayon.State
			into  *int
			late  bool
		}{
			{hayon.StateScheduled, &st.Scheduled, true},
			{hayon.StateQueued, &st.Queued, true},
			{hayon.StatePublishing, &st.Publishing, false},
			{hayon.StateRetryWait, &st.RetryWait, true},
			{hayon.StateUncertain, &st.Uncertain, false},
		}
		st.Overdue = 0
		for _, c := range counts {
			n, err := tx.CountTargets(ctx, c.state, time.Time{})
			if err != nil {
				return err
			}
			*c.into = n
			if !c.late {
				continue
			}
			if n, err = tx.CountTargets(ctx, c.state, overdue); err != nil {
				return err
			}
			st.Overdue += n
		}
		var err error
		if st.Outbox, err = tx.CountOutbox(ctx); err != nil {
			return err
		}
		st.Next, err = tx.NextWake(ctx, hayon.StateScheduled, time.Time{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return st, nil
}
