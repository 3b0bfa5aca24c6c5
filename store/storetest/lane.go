package storetest

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

func laneCases() []testCase {
	return []testCase{
		{"one target of an account at a time", laneOne},
		{"one claim takes one target of an account", laneBatch},
		{"a short retry keeps the lane, a long one does not", laneRetry},
		{"an uncertain target keeps the lane while it is looked up", laneUncertain},
		{"an orphan has the lane and does not block itself", laneOrphan},
		{"of two orphans the one that was due first goes", laneOrphans},
		{"a target whose upload is processed keeps the lane for a while", laneWaits},
		{"of several that hold the lane and wait for each other the first goes", laneSeveral},
		{"the next in the lane is the queued target that was due first", laneNext},
	}
}

func laneOne(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	first, second, other := w.one(a), w.one(a), w.one(b)
	w.claims("first", request(start, first), first)
	w.claims("second while the first is published", request(start, second))
	w.claims("another account", request(start, other), other)
	w.change(first.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, start) })
	w.claims("second afterwards", request(start, second), second)
}

func laneBatch(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	first, second, other := w.one(a), w.one(a), w.one(b)
	w.claims("batch", request(start, first, second, other, first), first, other)
}

func laneRetry(w *world) {
	for _, c := range []struct {
		name  string
		wait  time.Duration
		at    time.Duration
		holds bool
	}{
		{"short", 30 * time.Second, 10 * time.Second, true},
		{"longest", 150 * time.Second, 149 * time.Second, true},
		{"longest, over", 150 * time.Second, 150 * time.Second, false},
		{"too long", 151 * time.Second, time.Second, false},
	} {
		a := w.account("demo/" + c.name)
		first := w.bring(a, hayon.StateRetryWait)
		w.change(first.ID, func(t *hayon.Target) { t.NotBefore = start.Add(c.wait) })
		second := w.one(a)
		if c.holds {
			w.claims(c.name, request(start.Add(c.at), second))
		} else {
			w.claims(c.name, request(start.Add(c.at), second), second)
		}
	}
}

func laneUncertain(w *world) {
	a := w.account("demo")
	first := w.bring(a, hayon.StateUncertain)
	w.change(first.ID, func(t *hayon.Target) { t.NotBefore = start.Add(time.Minute) })
	second := w.one(a)
	w.claims("looked up", request(start, second))
	w.change(first.ID, func(t *hayon.Target) { t.NotBefore = time.Time{} })
	w.claims("held for its user", request(start, second), second)
}

func laneOrphan(w *world) {
	a := w.account("demo")
	orphan := w.one(a, leased(owner(1), start))
	queued := w.one(a, dueIn(-time.Minute))
	w.claims("behind an orphan", request(start, queued))
	r := request(start, queued)
	r.InOrder = true
	w.claims("in order", r, orphan)
}

func laneOrphans(w *world) {
	a := w.account("demo")
	later := w.one(a, leased(owner(1), start), dueIn(-time.Second))
	first := w.one(a, leased(owner(1), start), dueIn(-time.Minute))
	w.claims("the later", request(start, later))
	w.claims("any", request(start), first)
	w.claims("the later, while the first is worked on", request(start, later))
	w.change(first.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, start) })
	w.claims("the later afterwards", request(start, later), later)
}

// laneWaits: what waits for its platform is queued, and holds the lane all the same.
func laneWaits(w *world) {
	for _, mode := range []string{"named", "in order", "any"} {
		w.user = hayon.NewUserID(start)
		a := w.account("demo")
		waits, before, behind := w.one(a), w.one(a, dueIn(-time.Second)), w.one(a, dueIn(time.Second))
		w.claims("claim", request(start, waits), waits)
		w.change(waits.ID, func(t *hayon.Target) {
			t.WaitingSince, t.NotBefore = start, start.Add(30*time.Second)
			t.Enter(hayon.StateQueued, start.Add(time.Second))
		})
		for _, t := range []*hayon.Target{waits, before, behind} {
			w.claims(mode+": it is not time", modes(start.Add(30*time.Second-1), t)[mode])
		}
		at := start.Add(30 * time.Second)
		w.claims(mode+": others wait", request(at, before, behind))
		w.claims(mode+": it goes on", modes(at, waits)[mode], waits)
		w.change(waits.ID, func(t *hayon.Target) { // and waits again: what counts is when it began
			t.Enter(hayon.StateQueued, at)
			t.NotBefore = start.Add(10 * time.Minute)
		})
		w.claims(mode+": it still holds the lane", modes(start.Add(150*time.Second-1), before)[mode])
		w.claims(mode+": it does not for ever", modes(start.Add(150*time.Second), before)[mode], before)
		w.claims(mode+": its time comes while another has the lane", request(start.Add(10*time.Minute), waits))
		w.published(before)
		w.claims(mode+": then it goes on", request(start.Add(10*time.Minute), waits), waits)
	}
	a := w.account("demo/back")
	w.one(a, func(t *hayon.Target) {
		t.WaitingSince, t.StateSince, t.NotBefore = start, start.Add(time.Hour), start.Add(time.Hour)
	})
	w.claims("the clock was set back", request(start.Add(time.Minute), w.one(a)))
}

func laneSeveral(w *world) {
	for _, mode := range []string{"in order", "any"} {
		w.user = hayon.NewUserID(start)
		a := w.account("demo")
		first := w.bring(a, hayon.StateRetryWait, dueIn(-time.Minute))
		waits := w.one(a, dueIn(-time.Second), func(t *hayon.Target) { t.WaitingSince = start })
		w.claims(mode+": the later", request(start, waits))
		w.claims(mode, modes(start, waits)[mode], first)
		w.published(first)
		w.claims(mode+": the later afterwards", request(start, waits), waits)
		early := w.bring(a, hayon.StateRetryWait, dueIn(-time.Hour))
		w.claims(mode+": one that is worked on keeps back also the earlier", modes(start, early)[mode])
	}
}

func laneNext(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	next := func(name string, at time.Time, want *hayon.Target) {
		w.Helper()
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			got, err := tx.NextInLane(ctx, a, at)
			switch {
			case err != nil:
				return err
			case want == nil && got != nil:
				w.Errorf("%s: got %s, want none", name, got.ID)
			case want != nil && (got == nil || got.ID != want.ID):
				w.Errorf("%s: got %+v, want %s", name, got, want.ID)
			}
			return nil
		})
	}
	w.one(b, dueIn(-time.Hour))
	next("only another account has one", start, nil)
	w.one(a, leased(owner(1), start.Add(time.Hour)), dueIn(-time.Hour))
	next("only one that is worked on", start, nil)
	waits := w.one(a, dueIn(-2*time.Minute))
	w.change(waits.ID, func(t *hayon.Target) { t.NotBefore = start.Add(time.Minute) })
	later, first := w.one(a, dueIn(-time.Second)), w.one(a, dueIn(-time.Minute))
	next("one that was due earlier still waits", start, first)
	w.change(first.ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
	next("the first is cancelled", start, later)
	next("the wait is over", start.Add(time.Minute), waits)
}
