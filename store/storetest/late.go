package storetest

import (
	"context"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func lateCases() []testCase {
	return []testCase{
		{"what is too late is missed, as its policy says", missed},
		{"a claim leaves what is late, unless it may have been sent", claimLate},
		{"the policy to publish claims however late", claimLatePublish},
		{"another grace window stands for those of all", graceForAll},
		{"what is late keeps nobody back", lateBacklog},
		{"what is late does not hold its lane", lateLane},
		{"late targets of an account go one after the other", catchUp},
		{"what is on time does not wait for what is caught up", catchUpOnTime},
		{"what was caught up may be taken again", catchUpAgain},
		{"a clock that is set back holds back nothing that is caught up", catchUpSetBack},
		{"without an interval what is late does not wait", catchUpOff},
	}
}

// within sets a target's grace window and what happens after it.
func within(d time.Duration, p hayon.LatePolicy) setTarget {
	return func(t *hayon.Target) { t.Grace, t.IfLate = d, p }
}

func missed(w *world) {
	for _, c := range []struct {
		policy hayon.LatePolicy
		state  hayon.State
		asks   bool
	}{
		{hayon.LateAsk, hayon.StateMissed, true},
		{hayon.LateSkip, hayon.StateMissed, false},
		{hayon.LatePublish, hayon.StateQueued, false},
	} {
		t := w.one(w.account("demo/"+string(c.policy)), inState(hayon.StateScheduled), within(time.Minute, c.policy))
		early := w.one(t.Account, inState(hayon.StateScheduled), within(time.Minute+1, c.policy))
		now := start.Add(time.Minute + 1)
		before, sent := w.rows()
		if got := w.enqueue(now, 0); len(got) != 2 || got[0].State != c.state || got[1].State != hayon.StateQueued {
			w.Fatalf("%s: EnqueueDue answers %v", c.policy, got)
		}
		want := *t
		if c.state == hayon.StateMissed {
			want.Miss("nobody was there to send it", now)
		} else {
			want.Enter(c.state, now)
		}
		w.unchanged(string(c.policy), &want)
		if got := w.target(early.ID); got.Asks || got.Error != nil {
			w.Errorf("%s, in time: %+v", c.policy, got)
		}
		journal, outbox := w.rows()
		r := journal[len(before)]
		if r.To != c.state || r.Asks != c.asks || r.Platform != "demo" || (r.Reason == "") != (c.state == hayon.StateQueued) {
			w.Errorf("%s: journal row %+v", c.policy, r)
		}
		hints := len(outbox) - len(sent)
		if c.state == hayon.StateMissed && hints != 1 || c.state == hayon.StateQueued && hints != 2 {
			w.Errorf("%s: %d hints", c.policy, hints)
		}
	}
	asked := w.target(w.needUser(hayon.TargetFilter{})[0].ID)
	if asked.IfLate != hayon.LateAsk || asked.Error == nil || asked.Error.Code != hayon.CodeConflict ||
		!strings.HasPrefix(asked.Error.Message, "missed: it was due 2026-11-20T10:00:00Z") {
		w.Errorf("asked for %+v (%+v)", asked, asked.Error)
	}
}

func claimLate(w *world) {
	for _, c := range []struct {
		name string
		set  setTarget
		late bool // may be claimed when late
	}{
		{"queued", inState(hayon.StateQueued), false},
		{"orphan, claimed", leased(owner(1), start), false},
		{"orphan, sending", func(t *hayon.Target) {
			leased(owner(1), start)(t)
			t.Step = hayon.StepSending
		}, true},
	} {
		for _, mode := range []string{"named", "in order", "any"} {
			w.user = hayon.NewUserID(start)
			in := w.one(w.account("demo"), c.set)
			r := request(start.Add(grace), in)
			r.InOrder = mode == "in order"
			if mode == "any" {
				r.Targets = nil
			}
			w.claims(c.name+" inside, "+mode, r, in)

			out := w.one(w.account("demo/late"), c.set, dueIn(-1))
			r = request(start.Add(grace), out)
			r.InOrder = mode == "in order"
			if mode == "any" {
				r.Targets = nil
			}
			if c.late {
				w.claims(c.name+" outside, "+mode, r, out)
			} else {
				w.claims(c.name+" outside, "+mode, r)
			}
		}
	}
}

func claimLatePublish(w *world) {
	for _, mode := range []string{"named", "in order", "any"} {
		w.user = hayon.NewUserID(start)
		t := w.one(w.account("demo"), within(0, hayon.LatePublish))
		w.claims(mode, modes(start.Add(100*time.Hour), t)[mode], t)
		retry := w.bring(w.account("demo/retry"), hayon.StateRetryWait, within(0, hayon.LatePublish))
		w.claims("retry, "+mode, modes(start.Add(100*time.Hour), retry)[mode], retry)
	}
}

// graceForAll: a window of the request counts in the place of each target's own. What goes out however
// late has none.
func graceForAll(w *world) {
	for _, c := range []struct {
		name  string
		grace time.Duration // of the request
		own   setTarget
		in    bool
	}{
		{"longer", 2 * time.Hour, within(time.Minute, hayon.LateAsk), true},
		{"shorter", time.Minute, within(2*time.Hour, hayon.LateAsk), false},
		{"shorter, however late", time.Minute, within(0, hayon.LatePublish), true},
	} {
		now := start.Add(time.Hour)
		for _, mode := range []string{"named", "in order", "any"} {
			w.user = hayon.NewUserID(start)
			t := w.one(w.account("demo"), c.own)
			r := modes(now, t)[mode]
			r.Grace = &c.grace
			if c.in {
				w.claims(c.name+", "+mode, r, t)
			} else {
				w.claims(c.name+", "+mode, r)
				w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, now) })
			}
		}
		t := w.one(w.account("demo/"+c.name), inState(hayon.StateScheduled), c.own)
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: now, Grace: &c.grace})
			return err
		})
		want := hayon.StateMissed
		if c.in {
			want = hayon.StateQueued
		}
		if got := w.target(t.ID).State; got != want {
			w.Errorf("%s: enqueued as %s, want %s", c.name, got, want)
		}
		w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, now) })
	}
}

func lateBacklog(w *world) {
	for _, mode := range []string{"named", "in order", "any"} {
		w.user = hayon.NewUserID(start)
		a := w.account("demo")
		for i := range 20 {
			w.one(a, dueIn(-2*grace+time.Duration(i)*time.Second))
		}
		retry := w.bring(a, hayon.StateRetryWait, dueIn(-2*grace))
		w.one(a, dueIn(-2*grace), leased(owner(1), start)) // an orphan
		in := w.one(a, dueIn(-time.Second))
		w.claims(mode, modes(start, in)[mode], in)
		w.claims("the late retry", request(start, retry))
	}
}

func lateLane(w *world) {
	a := w.account("demo")
	retry := w.bring(a, hayon.StateRetryWait, dueIn(-grace))
	w.change(retry.ID, func(t *hayon.Target) { t.NotBefore = start.Add(30 * time.Second) })
	behind := w.one(a)
	w.claims("it is in time", request(start, behind))
	w.claims("it is late", request(start.Add(1), behind), behind)

	b := w.account("demo/b")
	waits := w.one(b, dueIn(-grace), func(t *hayon.Target) { t.WaitingSince, t.NotBefore = start, start.Add(time.Minute) })
	behind = w.one(b)
	w.claims("its upload waits in time", request(start, behind))
	w.claims("it is late, and its upload waits", request(start.Add(1), behind, waits), behind)
}

const catchUpEvery = 10 * time.Second

// catching is a claim that catches up what is more than five minutes late, one every ten seconds.
func catching(at time.Time, targets ...*hayon.Target) hayon.ClaimRequest {
	r := request(at, targets...)
	r.CatchUpAfter, r.CatchUpEvery = 5*time.Minute, catchUpEvery
	return r
}

// published makes a target leave its lane.
func (w *world) published(t *hayon.Target) {
	w.Helper()
	w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StatePublished, start) })
}

func catchUp(w *world) {
	for _, mode := range []string{"named", "in order", "any"} {
		w.user = hayon.NewUserID(start)
		a := w.account("demo")
		other := w.one(w.account("demo/other"), dueIn(-20*time.Minute))
		second, first := w.one(a, dueIn(-6*time.Minute)), w.one(a, dueIn(-10*time.Minute))
		request := func(at time.Time, t *hayon.Target) hayon.ClaimRequest {
			r := modes(at, t)[mode]
			r.CatchUpAfter, r.CatchUpEvery = 5*time.Minute, catchUpEvery
			return r
		}
		w.claims(mode+": another account", catching(start, other), other)
		w.claims(mode+": the first", request(start, first), first)
		w.published(first)
		next := start.Add(catchUpEvery)
		w.claims(mode+": too soon", request(next.Add(-1), second))
		want := *second
		want.NotBefore = next
		w.unchanged(mode+": pushed back", &want)
		w.claims(mode+": then the second", request(next, second), second)
		if p := w.paceOf(hayon.LatePaceKey(a)); p == nil || !p.NotBefore.Equal(next.Add(catchUpEvery)) {
			w.Errorf("%s: pace %+v", mode, p)
		}
	}
}

func catchUpOnTime(w *world) {
	a := w.account("demo")
	first, second := w.one(a, dueIn(-10*time.Minute)), w.one(a, dueIn(-9*time.Minute))
	edge, fresh := w.one(a, dueIn(-5*time.Minute)), w.one(a, dueIn(-time.Second))
	w.claims("the first", catching(start, first), first)
	w.published(first)
	w.claims("any: what is on time", catching(start), edge)
	w.published(edge)
	r := catching(start.Add(time.Second), second)
	r.InOrder = true
	w.claims("in order: what is on time", r, fresh)
	w.published(fresh)
	w.claims("what is late still waits", catching(start.Add(catchUpEvery-1), second))
	w.claims("and then goes", catching(start.Add(catchUpEvery)), second)
}

func catchUpAgain(w *world) {
	a := w.account("demo")
	t, other := w.one(a, dueIn(-10*time.Minute)), w.one(a, dueIn(-9*time.Minute))
	w.claims("once", catching(start, t), t)
	w.change(t.ID, func(t *hayon.Target) {
		t.Enter(hayon.StateRetryWait, start)
		t.NotBefore = start.Add(time.Second)
	})
	w.claims("its retry", catching(start.Add(time.Second), t), t)
	w.expire(start.Add(2*time.Second), owner(1))
	w.claims("as an orphan", catching(start.Add(2*time.Second)), t)
	w.published(t)
	w.claims("the other", catching(start.Add(2*time.Second), other))
	w.claims("the other in its time", catching(start.Add(2*time.Second+catchUpEvery), other), other)
}

// catchUpSetBack: the pace tells of a claim that is still to come, and so of another clock.
func catchUpSetBack(w *world) {
	a := w.account("demo")
	first, second, third := w.one(a, dueIn(-50*time.Minute)), w.one(a, dueIn(-40*time.Minute)), w.one(a, dueIn(-30*time.Minute))
	w.claims("the first", catching(start, first), first)
	w.published(first)
	back := start.Add(-20 * time.Minute)
	w.claims("the second", catching(back, second), second)
	w.published(second)
	w.claims("the third, too soon", catching(back.Add(catchUpEvery-1), third))
	w.claims("the third", catching(back.Add(catchUpEvery), third), third)
}

func catchUpOff(w *world) {
	a := w.account("demo")
	for _, t := range []*hayon.Target{w.one(a, dueIn(-10*time.Minute)), w.one(a, dueIn(-9*time.Minute))} {
		r := catching(start, t)
		r.CatchUpEvery = 0
		w.claims("late", r, t)
		w.published(t)
	}
	if p := w.paceOf(hayon.LatePaceKey(a)); p != nil {
		w.Errorf("the claims left the pace %+v", p)
	}
}

// needUser answers the targets that wait for their user.
func (w *world) needUser(f hayon.TargetFilter) []*hayon.Target {
	w.Helper()
	f.NeedsUser = true
	var out []*hayon.Target
	w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
		out, err = tx.FindTargets(ctx, f)
		return err
	})
	return out
}
