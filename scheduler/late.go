package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// lateBatch bounds how many targets of a state one look for late ones reads: those that wake first.
	lateBatch = 20_000
	// missBatch is how many targets one transaction marks as missed.
	missBatch = 200
)

// TooLate reports whether a target that is due will not go out by itself any more: it is later than
// the grace window, nobody works on it, and nothing of it may have been sent.
func (s *Scheduler) TooLate(t *hayon.Target, now time.Time) bool {
	switch t.State {
	case hayon.StateQueued, hayon.StateRetryWait: // one that must still wait is not in time either
	case hayon.StatePublishing:
		if t.Step == hayon.StepSending || t.Wake().After(now) {
			return false
		}
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateUncertain, hayon.StatePublished,
		hayon.StateFailed, hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		return false
	}
	return s.tooLate(t, now)
}

// tooLate reports whether the grace window that counts for this process is over.
func (s *Scheduler) tooLate(t *hayon.Target, now time.Time) bool {
	end := s.lateAfter(t)
	return !end.IsZero() && now.After(end)
}

// lateAfter is when the grace window ends that counts for this process; zero: never.
func (s *Scheduler) lateAfter(t *hayon.Target) time.Time { return t.LateAfterGrace(s.cfg.GraceNow) }

// sweepLate marks targets that waited beyond the grace window as missed: those queued, those that
// wait for a retry, and orphans that were not being sent. It answers them.
func (s *Scheduler) sweepLate(ctx context.Context) ([]*hayon.Target, error) {
	var late []*hayon.Target
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		late, err = s.findLate(ctx, tx, s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	var missed []*hayon.Target
	for len(late) > 0 {
		n := min(len(late), missBatch)
		got, err := s.missAll(ctx, late[:n])
		missed = append(missed, got...)
		if err != nil {
			return missed, err
		}
		late = late[n:]
	}
	return missed, nil
}

// findLate reads all that waits. Where that is too much, it is what wakes first, and of every account
// what is due first, so that those that are never late hide nobody else's.
func (s *Scheduler) findLate(ctx context.Context, tx hayon.Tx, now time.Time) ([]*hayon.Target, error) {
	var late []*hayon.Target
	seen := make(map[hayon.TargetID]bool)
	add := func(t *hayon.Target) {
		if t != nil && !seen[t.ID] && s.TooLate(t, now) {
			seen[t.ID] = true
			late = append(late, t)
		}
	}
	full := false
	for _, state := range []hayon.State{hayon.StateQueued, hayon.StateRetryWait, hayon.StatePublishing} {
		found, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{state}, Limit: lateBatch})
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			add(t)
		}
		full = full || len(found) == lateBatch
	}
	if !full {
		return late, nil
	}
	accounts, err := tx.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		first, err := tx.NextInLane(ctx, a.ID, now)
		if err != nil {
			return nil, err
		}
		add(first)
	}
	return late, nil
}

// missAll marks those of a batch as missed that are still too late, in one transaction.
func (s *Scheduler) missAll(ctx context.Context, late []*hayon.Target) ([]*hayon.Target, error) {
	var missed []*hayon.Target
	err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		missed = nil
		for _, l := range late {
			now := s.now()
			t, err := tx.FindTargetByID(ctx, l.ID)
			if err != nil {
				return err
			}
			if !s.TooLate(t, now) {
				continue
			}
			if err := s.miss(ctx, tx, t, now); err != nil {
				return err
			}
			missed = append(missed, t)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return missed, nil
}

// miss marks one target as missed, with the reason.
func (s *Scheduler) miss(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
	reason, err := s.whyMissed(ctx, tx, t)
	if err != nil {
		return err
	}
	held := t.HoldsLane(now)
	actor := hayon.Actor{User: t.Owner, Source: hayon.SourceWorker}
	if t.State == hayon.StatePublishing {
		t.Fence++
		if err := move(ctx, tx, actor, t, hayon.StateQueued, "given back: its worker has ended", now); err != nil {
			return err
		}
	}
	r := row(actor, hayon.RowState, now)
	r.Post, r.Target, r.Account, r.Platform, r.Generation, r.Fence = t.Post, t.ID, t.Account, t.Platform, t.Generation, t.Fence
	r.From, r.Reason = t.State, reason
	t.Miss(reason, now)
	r.To, r.Asks = t.State, t.Asks
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	if err := tx.AppendJournal(ctx, r); err != nil || !held {
		return err
	}
	return hayon.HintNext(ctx, tx, t.Account, now)
}

// whyMissed is what kept the target back until its grace window was over.
func (s *Scheduler) whyMissed(ctx context.Context, tx hayon.Tx, t *hayon.Target) (string, error) {
	acc, err := tx.FindAccountByID(ctx, t.Account)
	switch {
	case hayon.CodeOf(err) == hayon.CodeNotFound:
		return "its account was removed", nil
	case err != nil:
		return "", err
	case acc.Status != hayon.AccountConnected:
		return "the account needs a new sign-in", nil
	}
	for _, key := range acc.PaceKeys() {
		p, err := tx.FindPace(ctx, key)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			continue
		}
		if err != nil {
			return "", err
		}
		if why := heldBack(acc, p, s.lateAfter(t)); why != "" {
			return why, nil
		}
	}
	switch {
	case t.Error != nil:
		return "the platform did not take it: " + t.Error.Message, nil
	case !t.WaitingSince.IsZero():
		return "the platform was still processing what was uploaded", nil
	}
	return "nobody was there to send it", nil
}

// heldBack is why a pace kept a target of the account back until end; "" where it did not.
func heldBack(a *hayon.Account, p *hayon.Pace, end time.Time) string {
	switch {
	case p.Open:
		host := a.Host
		if host == "" {
			host = a.Platform
		}
		return because(host+" is unreachable", p.Reason)
	case !p.NotBefore.After(end):
		return ""
	case p.Key == hayon.PaceAll:
		return because("publishing was paused", p.Reason)
	}
	return because("the platform asked to wait until "+p.NotBefore.UTC().Format(time.RFC3339), p.Reason)
}

func because(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}
