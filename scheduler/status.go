package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// needUserMost is how many targets that wait for their user a status names.
	needUserMost = 10
	// askingMost bounds how many targets that wait for their user are read to count those that ask.
	askingMost = 10_000
)

// Status counts what waits and tells why it does. What it says of single posts and accounts is the
// actor's alone; without one there are only numbers.
func (s *Scheduler) Status(ctx context.Context) (*hayon.Status, error) {
	var st *hayon.Status
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		st = &hayon.Status{
			Version: s.cfg.Version, Owner: s.deps.Owner, StartedAt: s.started.UTC(), Holding: s.cfg.Holding(),
			ClockHeld: s.clockHeld(),
		}
		for _, fill := range []func(context.Context, hayon.Tx, *hayon.Status, time.Time) error{
			countTargets, countOutbox, attention, blocked,
		} {
			if err := fill(ctx, tx, st, now); err != nil {
				return err
			}
		}
		var err error
		if st.Paused, err = paused(ctx, tx, now); err != nil {
			return err
		}
		st.Next, err = tx.NextWake(ctx, hayon.StateScheduled, time.Time{})
		return err
	})
	if err != nil {
		return nil, err
	}
	if broker := s.running(); broker != nil {
		state := broker.State()
		st.Broker = &state
	}
	return st, nil
}

// countTargets counts by state. It reads no target.
func countTargets(ctx context.Context, tx hayon.Tx, st *hayon.Status, now time.Time) error {
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
		{hayon.StateParked, &st.Parked, false},
		{hayon.StateMissed, &st.Missed, false},
		{hayon.StateFailed, &st.Failed, false},
	}
	for _, c := range counts {
		n, err := tx.CountTargets(ctx, c.state, time.Time{})
		if err != nil {
			return err
		}
		*c.into = n
		if !c.late {
			continue
		}
		if n, err = tx.CountTargets(ctx, c.state, now.Add(-sweepAfter)); err != nil {
			return err
		}
		st.Overdue += n
	}
	looked, err := tx.CountTargets(ctx, hayon.StateUncertain, never())
	st.Held = st.Uncertain - looked // those that nobody will look up
	return err
}

func countOutbox(ctx context.Context, tx hayon.Tx, st *hayon.Status, now time.Time) error {
	var err error
	if st.Outbox, err = tx.CountOutbox(ctx); err != nil || st.Outbox == 0 {
		return err
	}
	oldest, err := tx.FindOutbox(ctx, 0, 1)
	if err != nil || len(oldest) == 0 {
		return err
	}
	st.OutboxAge = max(0, now.Sub(oldest[0].At))
	return nil
}

// attention counts the targets that ask, and names the newest of the actor's that wait for their user.
func attention(ctx context.Context, tx hayon.Tx, st *hayon.Status, _ time.Time) error {
	if st.Parked+st.Held+st.Missed == 0 {
		return nil
	}
	actor, _ := hayon.ActorFrom(ctx) // nobody's posts without one
	found, err := needUser(ctx, tx, actor, st.Missed > 0)
	if err != nil {
		return err
	}
	for _, t := range found {
		if t.Asks {
			st.Asking++
		}
		if t.Owner != actor.User || len(st.NeedUser) == needUserMost {
			continue
		}
		a, err := attentionOf(ctx, tx, t)
		if err != nil {
			return err
		}
		st.NeedUser = append(st.NeedUser, a)
	}
	return nil
}

// needUser answers targets that wait for their user, newest first: all of them, up to askingMost, or
// only as many as have needUserMost of the actor's among them.
func needUser(ctx context.Context, tx hayon.Tx, actor hayon.Actor, all bool) ([]*hayon.Target, error) {
	limit := needUserMost
	if all {
		limit = askingMost
	}
	for {
		found, err := tx.FindTargets(ctx, hayon.TargetFilter{NeedsUser: true, Limit: limit})
		if err != nil || len(found) < limit || limit >= askingMost {
			return found, err
		}
		own := 0
		for _, t := range found {
			if t.Owner == actor.User {
				own++
			}
		}
		if own >= needUserMost {
			return found, nil
		}
		limit *= 10
	}
}

func attentionOf(ctx context.Context, tx hayon.Tx, t *hayon.Target) (hayon.Attention, error) {
	out := hayon.Attention{
		Post: t.Post, Target: t.ID, Account: t.Platform, State: t.State, Due: t.Due, Asks: t.Asks,
	}
	a, err := tx.FindAccountByID(ctx, t.Account)
	switch {
	case err == nil:
		out.Account = a.Name
	case hayon.CodeOf(err) != hayon.CodeNotFound: // one that was removed leaves its posts
		return out, err
	}
	if t.Error != nil {
		out.Reason, out.Hint = t.Error.Message, t.Error.Hint
	}
	if out.Hint == "" {
		out.Hint = "hayon retry " + t.Post.String()
		if t.State == hayon.StateUncertain {
			out.Hint = "look there, then: hayon resolve " + t.Post.String() + " --published URL   or: --not"
		}
	}
	return out, nil
}

// blocked names the actor's accounts of which nothing goes out now, each with what lasts longest.
func blocked(ctx context.Context, tx hayon.Tx, st *hayon.Status, now time.Time) error {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil //nolint:nilerr // nobody has no accounts
	}
	accounts, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: actor.User})
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Status != hayon.AccountConnected {
			st.Blocked = append(st.Blocked, hayon.Blocked{Account: a.Name, Reason: a.Reason, Hint: loginHint(a)})
			continue
		}
		var longest *hayon.Pace
		for _, key := range a.PaceKeys() {
			if key == hayon.PaceAll { // told by itself
				continue
			}
			p, err := paceAt(ctx, tx, key, now)
			if err != nil {
				return err
			}
			if p != nil && (longest == nil || p.NotBefore.After(longest.NotBefore)) {
				longest = p
			}
		}
		if longest != nil {
			st.Blocked = append(st.Blocked, hayon.Blocked{Account: a.Name, Reason: longest.Reason, Until: longest.NotBefore})
		}
	}
	return nil
}

// loginHint is how to sign in to an account again.
func loginHint(a *hayon.Account) string {
	hint := "hayon login " + a.Platform
	if alias := a.Alias(); alias != "" {
		hint += " --alias " + alias
	}
	return hint
}
