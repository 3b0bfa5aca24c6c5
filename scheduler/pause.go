package scheduler

import (
	"context"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// never is when a pause ends that nobody ends.
func never() time.Time { return time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) }

// Pause holds everything back. Pausing what is paused changes its reason at most.
func (s *Scheduler) Pause(ctx context.Context, reason string) (*hayon.Status, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	reason = strings.TrimSpace(reason)
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		return pause(ctx, tx, actor, reason, s.now())
	})
	if err != nil {
		return nil, err
	}
	return s.Status(ctx)
}

func pause(ctx context.Context, tx hayon.Tx, actor hayon.Actor, reason string, now time.Time) error {
	p, err := paused(ctx, tx, now)
	if err != nil || p != nil && (reason == "" || reason == p.Reason) {
		return err
	}
	if p == nil {
		p = &hayon.Pace{Key: hayon.PaceAll, Since: now}
	}
	p.NotBefore, p.Reason = never(), reason
	if err := tx.PutPace(ctx, p); err != nil {
		return err
	}
	r := row(actor, hayon.RowService, now)
	r.Reason = "publishing is paused"
	if reason != "" {
		r.Reason += ": " + reason
	}
	return tx.AppendJournal(ctx, r)
}

// HoldRestored pauses publishing in a database that comes from a backup, before anybody uses it, where
// targets wait in it: they may be out since, which nothing in a backup tells. It answers how many wait;
// where none does it changes nothing.
func HoldRestored(ctx context.Context, store hayon.Store, now time.Time) (waiting int, err error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return 0, err
	}
	err = store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		waiting = 0
		for _, state := range hayon.States() {
			if state.Terminal() {
				continue
			}
			n, err := tx.CountTargets(ctx, state, time.Time{})
			if err != nil {
				return err
			}
			waiting += n
		}
		if waiting == 0 {
			return nil
		}
		return pause(ctx, tx, actor, "restored from a backup: some posts may be out already", now.UTC())
	})
	return waiting, err
}

// Resume ends a pause and hints at what every account has to send first, so that nothing waits for the
// sweeper.
func (s *Scheduler) Resume(ctx context.Context) (*hayon.Status, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		p, err := paused(ctx, tx, now)
		if err != nil || p == nil {
			return err
		}
		p.NotBefore, p.Reason = now, ""
		if err := tx.PutPace(ctx, p); err != nil {
			return err
		}
		r := row(actor, hayon.RowService, now)
		r.Reason = "publishing goes on"
		if err := tx.AppendJournal(ctx, r); err != nil {
			return err
		}
		return wakeAll(ctx, tx, now)
	})
	if err != nil {
		return nil, err
	}
	return s.Status(ctx)
}

// paused is the pace that holds everything back at now, nil while none does.
func paused(ctx context.Context, tx hayon.Tx, now time.Time) (*hayon.Pace, error) {
	return paceAt(ctx, tx, hayon.PaceAll, now)
}

// paceAt is the pace that holds a key back at now, nil while none does.
func paceAt(ctx context.Context, tx hayon.Tx, key string, now time.Time) (*hayon.Pace, error) {
	p, err := tx.FindPace(ctx, key)
	if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && !p.NotBefore.After(now) {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	return p, err
}

// returning are the states of targets that somebody began and that come back at their Wake.
func returning() []hayon.State {
	return []hayon.State{hayon.StatePublishing, hayon.StateRetryWait, hayon.StateUncertain}
}

// wake writes a hint for what an account is to do first, where something of it is due. One is enough:
// whoever takes a hint takes the account's targets in their order.
func wake(ctx context.Context, tx hayon.Tx, account hayon.AccountID, now time.Time) error {
	back, err := tx.FindTargets(ctx, hayon.TargetFilter{States: returning(), Account: account, WakeBefore: now, Limit: 1})
	if err != nil {
		return err
	}
	if len(back) > 0 {
		return tx.AppendOutbox(ctx, hayon.HintFor(back[0], now))
	}
	return hayon.HintNext(ctx, tx, account, now)
}

// wakeAll is wake for every account.
func wakeAll(ctx context.Context, tx hayon.Tx, now time.Time) error {
	back, err := tx.FindTargets(ctx, hayon.TargetFilter{States: returning(), WakeBefore: now})
	if err != nil {
		return err
	}
	hinted := make(map[hayon.AccountID]bool)
	for _, t := range back {
		if hinted[t.Account] {
			continue
		}
		hinted[t.Account] = true
		if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
			return err
		}
	}
	accounts, err := tx.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if hinted[a.ID] {
			continue
		}
		if err := hayon.HintNext(ctx, tx, a.ID, now); err != nil {
			return err
		}
	}
	return nil
}
