package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

// mendWaits shortens what waits for a time that a clock wrote which has been set back since: a wait of
// ten seconds must not last an hour and ten seconds, and keep the lane of its account for that long.
func (s *Scheduler) mendWaits(ctx context.Context) error {
	if err := s.mendPaces(ctx); err != nil { // first: a claim makes a target wait for them
		return err
	}
	var found []*hayon.Target
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		found, err = findOverlong(ctx, tx, s.now())
		return err
	})
	if err != nil {
		return err
	}
	for len(found) > 0 {
		n := min(len(found), missBatch)
		if err := s.mendAll(ctx, found[:n]); err != nil {
			return err
		}
		found = found[n:]
	}
	return nil
}

// findOverlong answers the targets whose wait is to be mended.
func findOverlong(ctx context.Context, tx hayon.Tx, now time.Time) ([]*hayon.Target, error) {
	var out []*hayon.Target
	for _, state := range []hayon.State{hayon.StateQueued, hayon.StateRetryWait, hayon.StateUncertain} {
		next, err := tx.NextWake(ctx, state, now)
		if err != nil {
			return nil, err
		}
		if next.IsZero() { // nobody waits: a long backlog is not read
			continue
		}
		found, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{state}})
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			if mended(t, now) != nil {
				out = append(out, t)
			}
		}
	}
	return out, nil
}

func (s *Scheduler) mendAll(ctx context.Context, found []*hayon.Target) error {
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		for _, f := range found {
			t, err := tx.FindTargetByID(ctx, f.ID)
			if err != nil {
				return err
			}
			if m := mended(t, s.now()); m != nil {
				if err := tx.UpdateTarget(ctx, m); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// mended is t with a wait that is as long as it was meant to be; nil where it is already, as far as
// anybody can tell: what entered its state after now did so by another clock. What is queued waits for
// a pace alone, and whoever claims it asks that again. Where it is due once more, it counts as queued
// by now, so that the sweeper knows that it was hinted at before its time.
func mended(t *hayon.Target, now time.Time) *hayon.Target {
	m := *t
	switch {
	case t.Lease != nil:
		return nil
	case t.State == hayon.StateQueued && t.Due.After(now) && t.StateSince.After(now) && t.WaitingSince.IsZero():
		m.StateSince, m.NotBefore = now, time.Time{}
	case !t.NotBefore.After(now):
		return nil
	case t.State == hayon.StateQueued && t.WaitingSince.IsZero():
		m.NotBefore = time.Time{}
	case t.StateSince.After(now):
		by := t.StateSince.Sub(now)
		for _, at := range []*time.Time{&m.StateSince, &m.NotBefore, &m.WaitingSince, &m.UnknownSince} {
			if !at.IsZero() {
				*at = at.Add(-by)
			}
		}
	default:
		return nil
	}
	if t.Error != nil && !t.Error.RetryAt.IsZero() {
		e := *t.Error
		if e.RetryAt = now; m.NotBefore.After(now) {
			e.RetryAt = m.NotBefore
		}
		m.Error = &e
	}
	return &m
}

// mendPaces is mendWaits for rate limits and open breakers.
func (s *Scheduler) mendPaces(ctx context.Context) error {
	var found []*hayon.Pace
	find := func(ctx context.Context, tx hayon.Tx) error {
		var err error
		found, err = mendedPaces(ctx, tx, s.now())
		return err
	}
	if err := s.deps.Store.View(ctx, find); err != nil || len(found) == 0 {
		return err
	}
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if err := find(ctx, tx); err != nil {
			return err
		}
		for _, p := range found {
			if err := tx.PutPace(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

// mendedPaces answers the paces of all accounts that began at a time that is still to come, with the
// end that they were meant to have: that of an open breaker is now, and its host gets a probe.
func mendedPaces(ctx context.Context, tx hayon.Tx, now time.Time) ([]*hayon.Pace, error) {
	accounts, err := tx.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	var out []*hayon.Pace
	seen := make(map[string]bool)
	for _, a := range accounts {
		for _, key := range a.PaceKeys() {
			if seen[key] {
				continue
			}
			seen[key] = true
			p, err := tx.FindPace(ctx, key)
			switch {
			case hayon.CodeOf(err) == hayon.CodeNotFound:
				continue
			case err != nil:
				return nil, err
			case !p.Since.After(now):
				continue
			}
			m := *p
			if m.Since = now; p.Open {
				m.NotBefore = now
			} else {
				m.NotBefore = p.NotBefore.Add(now.Sub(p.Since))
			}
			out = append(out, &m)
		}
	}
	return out, nil
}
