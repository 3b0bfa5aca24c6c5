package scheduler

import (
	"context"

	"github.com/hayon/hayon"
)

// pruneBatch bounds how many hints one transaction forgets.
const pruneBatch = 5000

// Sweep brings the store up to date for a command that runs no loops: it ends the leases of dead
// processes, shortens what waits by a clock that was set back since, moves what the rules of time zones
// have moved, queues what is due, marks what is found too late, and warns of credentials that are about
// to end. It answers the targets that became missed.
func (s *Scheduler) Sweep(ctx context.Context) ([]*hayon.Target, error) {
	if err := s.Recover(ctx); err != nil {
		return nil, err
	}
	if err := s.mendWaits(ctx); err != nil {
		return nil, err
	}
	if err := s.checkZones(ctx); err != nil {
		s.log.Warn("the rules of time zones could not be compared", "err", err)
	}
	now := s.now()
	next, err := s.nextDue(ctx)
	if err != nil {
		return nil, err
	}
	var missed []*hayon.Target
	if !next.IsZero() && !next.After(now) {
		if missed, err = s.enqueueAll(ctx, now); err != nil {
			return missed, err
		}
	}
	late, err := s.sweepLate(ctx)
	if err != nil {
		return append(missed, late...), err
	}
	if err := s.warnExpiring(ctx); err != nil {
		s.log.Warn("credentials that are about to end could not be told of", "err", err)
	}
	return append(missed, late...), nil
}

// Recover ends the leases of processes of this machine that are dead, so that their targets can be
// claimed at once.
func (s *Scheduler) Recover(ctx context.Context) error {
	var dead []hayon.Owner
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		dead = nil
		owners, err := tx.FindLeases(ctx)
		for _, o := range owners {
			if o != s.deps.Owner && !s.deps.Alive(o) {
				dead = append(dead, o)
			}
		}
		return err
	})
	if err != nil || len(dead) == 0 {
		return err
	}
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		n, err := tx.ExpireLeases(ctx, dead, s.now())
		if err == nil && n > 0 {
			s.log.Info("took over from processes that have ended", "targets", n, "processes", len(dead))
		}
		return err
	})
}

// Busy reports whether another live process holds a lease.
func (s *Scheduler) Busy(ctx context.Context) (bool, error) {
	var busy bool
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		owners, err := tx.FindLeases(ctx)
		busy = false
		for _, o := range owners {
			busy = busy || o != s.deps.Owner && s.deps.Alive(o)
		}
		return err
	})
	return busy, err
}

// PruneOutbox forgets hints that have no use any more. It is for a program without a broker: hints
// of a daemon go through the relay.
func (s *Scheduler) PruneOutbox(ctx context.Context) error {
	var stale []uint64
	find := func(ctx context.Context, tx hayon.Tx) error {
		stale = nil
		rows, err := tx.FindOutbox(ctx, 0, pruneBatch)
		if err != nil {
			return err
		}
		for _, r := range rows {
			t, err := tx.FindTargetByID(ctx, r.Hint.Target)
			if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
				return err
			}
			if err != nil || t.State != hayon.StateQueued || t.Generation != r.Hint.Generation {
				stale = append(stale, r.Seq)
			}
		}
		return nil
	}
	if err := s.deps.Store.View(ctx, find); err != nil || len(stale) == 0 {
		return err
	}
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if err := find(ctx, tx); err != nil {
			return err
		}
		return tx.DeleteOutbox(ctx, stale)
	})
}
