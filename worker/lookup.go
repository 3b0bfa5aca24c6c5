package worker

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

const (
	// shortestLook and longestLook bound the waits between the looks of the classes that can tell at any
	// time: the first is the first settle time, and each look that told nothing doubles it.
	shortestLook = 100 * time.Millisecond
	longestLook  = 5 * time.Minute
	// lookFor is how long after its outcome became unknown a target is looked up.
	lookFor = 24 * time.Hour
)

// recover finds out what became of a call whose outcome is not recorded: from what another worker
// learnt, else by a look at the platform as its class allows. rest is false when the part is out and
// the next one may follow.
func (a *attempt) recover(ctx context.Context) (rest bool, err error) {
	i := a.t.StepPart
	if i >= len(a.t.Parts) || !a.t.Parts[i].Remote.IsZero() { // nothing is unknown
		return a.t.State == hayon.StateUncertain, a.inLine(ctx)
	}
	a.orphan = a.t.State == hayon.StatePublishing
	defer func() { a.orphan, a.asking = false, false }()
	for {
		a.asking = false
		res, err := a.learnt(ctx, i)
		if err != nil {
			return true, err
		}
		if res != nil {
			return a.settle(ctx, i, *res, fromJournal)
		}
		a.asking = true
		if rest, err = a.ask(ctx, i); !errors.Is(err, errEvidence) {
			return rest, err
		}
	}
}

// inLine queues an uncertain target of which everything is known.
func (a *attempt) inLine(ctx context.Context) error {
	if a.t.State != hayon.StateUncertain {
		return nil
	}
	return a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		t.Enter(hayon.StateQueued, now)
		t.NotBefore = now
		if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
			return err
		}
		return a.moved(ctx, tx, t, hayon.StateUncertain, "what was sent is known to be out", now)
	})
}

// ask looks part i up, unless that is of no use yet, or at all.
func (a *attempt) ask(ctx context.Context, i int) (rest bool, err error) {
	hold := func(why *hayon.Error) (bool, error) {
		return a.settle(ctx, i, hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: why}, fromJournal)
	}
	switch {
	case a.gone != nil:
		return hold(hayon.Errorf(hayon.CodeUncertain, "it was sent and no answer is known, and nobody can ask: %s", a.gone.Message))
	case a.class() == hayon.ClassE:
		return hold(nil)
	case a.t.Crashes >= maxLookCrashes:
		return hold(hayon.Errorf(hayon.CodeUncertain, "%s: hayon stopped again and again while it looked whether the post is out", a.name()))
	}
	prepared, err := a.prepared(ctx, i)
	if err != nil {
		return true, err
	}
	if prepared == nil {
		return hold(hayon.Errorf(hayon.CodeUncertain, "%s: what was sent is not known any more, so that nobody can look for it", a.name()))
	}
	if at := a.t.Deadline.Add(a.settleTimes()[0]); a.orphan && a.class() != hayon.ClassA && wallNow().Before(at) {
		return a.settle(ctx, i, hayon.Result{Verdict: hayon.VerdictUnknown, AskAgain: at, Err: hayon.Errorf(hayon.CodeUncertain,
			"%s: the process that sent the post has ended before an answer came; the platform is asked", a.name())}, fromJournal)
	}
	found, at, err := a.look(ctx, i, prepared)
	if err != nil {
		return true, err
	}
	if found.Verdict == hayon.VerdictNotApplied {
		found = a.absence(found, at)
	}
	return a.settle(ctx, i, found, fromLook)
}

// look asks the platform once about part i, and answers when it did. An error means that nobody was
// asked, or that nobody waits for the answer.
func (a *attempt) look(ctx context.Context, i int, p *hayon.Prepared) (hayon.Result, time.Time, error) {
	now := wallNow()
	deadline := now.Add(a.timeout(i))
	if err := a.outlast(ctx, deadline); err != nil {
		return hayon.Result{}, now, err
	}
	asking, cancel := context.WithTimeout(ctx, deadline.Sub(now))
	defer cancel()
	res := a.provider.Reconcile(asking, a.session, hayon.PublishRequest{
		Target: a.t, Index: i, Prepared: p, Deadline: deadline, Now: now,
		SentAt: a.sentAt(i), UnknownSince: a.unknownSince(a.t, now), Looks: a.t.Looks, Claimed: a.claimed,
	})
	if ctx.Err() != nil && res.Verdict != hayon.VerdictPublished {
		return res, now, context.Cause(ctx)
	}
	return res, now, nil
}

// outlast renews the lease where it would end before a call with this deadline: a class that looks by
// repeating the call must not repeat it later.
func (a *attempt) outlast(ctx context.Context, deadline time.Time) error {
	if !a.t.Lease.Until.Before(deadline.Add(a.w.cfg.LeaseReserve)) {
		return nil
	}
	return a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, _ time.Time) error {
		a.lease(t, deadline)
		return tx.UpdateTarget(ctx, t)
	})
}

// claimed reports whether a remote id belongs to something that is out already. That may be another
// part of the same thread.
func (a *attempt) claimed(ctx context.Context, remoteID string) (bool, error) {
	var owned bool
	err := a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindTargetByRemote(ctx, a.t.Account, remoteID)
		owned = err == nil
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			return nil
		}
		return err
	})
	return owned, err
}

// sentAt is when the unknown call for part i was about to leave.
func (a *attempt) sentAt(i int) time.Time {
	if a.t.SentAt.IsZero() {
		return a.t.Deadline.Add(-a.timeout(i))
	}
	return a.t.SentAt
}

// unknownSince is when the outcome became unknown: now, or the deadline where nobody was there to see.
func (a *attempt) unknownSince(t *hayon.Target, now time.Time) time.Time {
	switch {
	case !t.UnknownSince.IsZero():
		return t.UnknownSince
	case a.orphan && !t.Deadline.IsZero():
		return t.Deadline
	}
	return now
}

// absence is what a look proves that did not find the post at an instant. A class that asks for the
// very thing it sent is believed. A list of recent posts may be behind: it is believed at the last
// settle time, and only where the platform reads its own writes.
func (a *attempt) absence(res hayon.Result, at time.Time) hayon.Result {
	since := a.unknownSince(a.t, at)
	times := a.settleTimes()
	switch {
	case !a.readsBack(res):
		return res
	case at.Before(since.Add(times[len(times)-1])):
		if !res.AskAgain.After(at) {
			res.AskAgain = nextSettle(since, times, at)
		}
		return hayon.Result{Verdict: hayon.VerdictUnknown, AskAgain: res.AskAgain, Err: hayon.Errorf(hayon.CodeUncertain,
			"%s: no answer came back, and the post is not to be seen yet; the platform is asked again", a.name())}
	case !a.info().ReadYourWrites:
		return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: hayon.Errorf(hayon.CodeUncertain,
			"%s: no answer came back, and the post is not to be seen; the platform may show it later, so it is not sent again", a.name())}
	}
	return res
}

// readsBack reports whether the look was one at the account's recent posts: always for class D; for
// class B when its key is over, since before that the repeat is the look; for class F when its handle
// is lost, so that a new one is needed.
func (a *attempt) readsBack(res hayon.Result) bool {
	switch a.class() {
	case hayon.ClassB, hayon.ClassD:
		return true
	case hayon.ClassF:
		return res.PrepareAgain
	case hayon.ClassA, hayon.ClassC, hayon.ClassE:
	}
	return false
}

// settleTimes are when to look, counted from the moment when the outcome became unknown.
func (a *attempt) settleTimes() []time.Duration {
	if len(a.w.cfg.Settle) > 0 {
		return a.w.cfg.Settle
	}
	if s := a.info().Settle; len(s) > 0 {
		return s
	}
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute}
}

// nextSettle is the first settle time after now; zero after the last.
func nextSettle(since time.Time, times []time.Duration, now time.Time) time.Time {
	for _, d := range times {
		if at := since.Add(d); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// nextLook is when a target that stays uncertain is looked up next; zero: only its user can tell.
func (a *attempt) nextLook(t *hayon.Target, res hayon.Result, now time.Time) time.Time {
	end := t.UnknownSince.Add(lookFor)
	if res.Hold || a.gone != nil || a.class() == hayon.ClassE || !now.Before(end) {
		return time.Time{}
	}
	at := res.AskAgain
	if !at.After(now) {
		at = a.schedule(t, now)
	}
	if at.After(end) {
		at = end
	}
	return at.UTC()
}

// schedule is when the class says to look next: at the settle times where it reads back, else after
// waits that double.
func (a *attempt) schedule(t *hayon.Target, now time.Time) time.Time {
	looks := t.Looks
	switch a.class() {
	case hayon.ClassD:
		if at := nextSettle(t.UnknownSince, a.settleTimes(), now); !at.IsZero() {
			return at
		}
	case hayon.ClassA:
		looks = max(looks-1, 0) // the first one was at once
	case hayon.ClassB, hayon.ClassC, hayon.ClassE, hayon.ClassF:
	}
	wait := longestLook
	if looks < 16 {
		wait = min(max(a.settleTimes()[0], shortestLook)<<looks, longestLook)
	}
	return now.Add(a.w.vary(wait))
}
