package storetest

import (
	"context"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func targetCases() []testCase {
	return []testCase{
		{"no transition outside the table can be stored", transitions},
		{"a target that is refused at once is stored as failed", bornFailed},
		{"an old fence or generation is a conflict", fences},
		{"a remote id belongs to one target of an account", remotes},
		{"what is unknown is not found", targetNotFound},
		{"a target does not change its post, owner or account", targetIdentity},
		{"find by state, account, wake and limit", findTargets},
		{"counts and the next wake follow every change", countTargets},
		{"the next wake after an instant", nextWake},
		{"what waits for its user is found, newest first", needsUser},
	}
}

func bornFailed(w *world) {
	a := w.account("demo")
	p := w.newPost([]hayon.AccountID{a, w.account("demo/b")}, inState(hayon.StateScheduled))
	refused := p.Targets[1]
	refused.State, refused.Error = hayon.StateFailed, &hayon.TargetError{Code: hayon.CodeInvalid, Message: "too long"}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
	if got := w.target(refused.ID); got.Error == nil || got.Error.Message != "too long" || got.State != hayon.StateFailed {
		w.Errorf("the target is %s with %v", got.State, got.Error)
	}
	w.find("with the other still scheduled", hayon.PostFilter{Owner: w.user, States: []hayon.PostState{hayon.PostScheduled}}, p)
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		moved, err := tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: start})
		if len(moved) != 1 || moved[0].ID != p.Targets[0].ID {
			w.Errorf("%d targets were queued", len(moved))
		}
		return err
	})
	if got := w.claim(request(start, refused)); len(got) != 0 {
		w.Error("a failed target was claimed")
	}
	w.change(refused.ID, func(t *hayon.Target) { t.Enter(hayon.StateQueued, start) }) // tried again
}

func transitions(w *world) {
	a := w.account("demo")
	all := paths()
	for _, from := range hayon.States() {
		if all[from] == nil {
			w.Errorf("no path leads to %s", from)
			continue
		}
		for _, to := range append(hayon.States(), "", "bogus") {
			t := w.bring(a, from)
			code := hayon.Code("")
			if !from.CanBecome(to) {
				code = hayon.CodeInternal
			}
			w.refused(code, func(ctx context.Context, tx hayon.Tx) error {
				c := *t
				c.State = to
				return tx.UpdateTarget(ctx, &c)
			})
			want := from
			if code == "" {
				want = to
			}
			if got := w.target(t.ID).State; got != want {
				w.Errorf("%s to %s leaves %s, want %s", from, to, got, want)
			}
		}
	}
	for _, s := range append(hayon.States(), "", "bogus") {
		code := hayon.Code("")
		if !hayon.State("").CanBecome(s) {
			code = hayon.CodeInternal
		}
		p := w.newPost([]hayon.AccountID{a}, inState(s))
		w.refused(code, func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
	}
}

func fences(w *world) {
	a := w.account("demo")
	for name, set := range map[string]func(*hayon.Target){
		"fence":      func(t *hayon.Target) { t.Fence-- },
		"generation": func(t *hayon.Target) { t.Generation-- },
	} {
		t := w.one(a, func(t *hayon.Target) { t.Fence, t.Generation = 5, 5 })
		set(t)
		t.Enter(hayon.StateScheduled, start)
		w.refused(hayon.CodeConflict, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateTarget(ctx, t) })
		if got := w.target(t.ID).State; got != hayon.StateQueued {
			w.Errorf("an old %s stored %s", name, got)
		}
	}
	t := w.one(a)
	w.change(t.ID, func(t *hayon.Target) { t.Fence, t.Generation = t.Fence+1, t.Generation+1 })
}

func remotes(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	long := string(make([]byte, 5000)) + "x"
	for _, id := range []string{"at://x/1", long} {
		first, second, other := w.one(a), w.one(a), w.one(b)
		has := func(t *hayon.Target) { t.Parts[0].Remote = hayon.Remote{ID: id} }
		w.change(first.ID, has)
		w.change(first.ID, has) // its own id is no conflict
		w.change(other.ID, has) // nor is another account's
		w.refused(hayon.CodeConflict, func(ctx context.Context, tx hayon.Tx) error {
			has(second)
			return tx.UpdateTarget(ctx, second)
		})
		if got := w.target(second.ID).Parts[0].Remote; !got.IsZero() {
			w.Errorf("the second target has the remote %v", got)
		}
		for account, want := range map[hayon.AccountID]hayon.TargetID{a: first.ID, b: other.ID} {
			w.owns(account, id, want)
		}
		w.change(first.ID, func(t *hayon.Target) { t.Parts[0].Remote = hayon.Remote{} })
		w.owns(a, id, hayon.TargetID{})
		w.change(second.ID, has) // free again
		w.owns(a, id, second.ID)
	}
}

// owns checks which target of an account has a remote id; zero: none.
func (w *world) owns(account hayon.AccountID, remote string, want hayon.TargetID) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindTargetByRemote(ctx, account, remote)
		if want.IsZero() && hayon.CodeOf(err) == hayon.CodeNotFound {
			return nil
		}
		if got != want {
			w.Errorf("the remote id belongs to %s, want %s", got, want)
		}
		return err
	})
}

func targetNotFound(w *world) {
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindTargetByID(ctx, hayon.NewTargetID(start))
		return err
	})
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		return tx.UpdateTarget(ctx, &hayon.Target{ID: hayon.NewTargetID(start), State: hayon.StateDraft})
	})
}

func targetIdentity(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	for name, set := range map[string]func(*hayon.Target){
		"post":    func(t *hayon.Target) { t.Post = hayon.NewPostID(start) },
		"owner":   func(t *hayon.Target) { t.Owner = hayon.NewUserID(start) },
		"account": func(t *hayon.Target) { t.Account = b },
	} {
		t := w.one(a)
		set(t)
		w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateTarget(ctx, t) })
		if w.target(t.ID).Account != a {
			w.Errorf("the %s was changed", name)
		}
	}
}

func findTargets(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	late := w.one(a, inState(hayon.StateScheduled), dueIn(time.Hour+time.Nanosecond))
	soon := w.one(b, inState(hayon.StateScheduled), dueIn(time.Hour))
	queued := w.one(a, dueIn(30*time.Minute))
	w.one(a, inState(hayon.StateDraft))
	wait := w.bring(a, hayon.StateRetryWait) // no NotBefore: its Wake is zero
	both := []hayon.State{hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait}
	for _, c := range []struct {
		name string
		f    hayon.TargetFilter
		want []*hayon.Target
	}{
		{"one state", hayon.TargetFilter{States: both[:1]}, []*hayon.Target{soon, late}},
		{"several states, one twice", hayon.TargetFilter{States: append(both, both[0])}, []*hayon.Target{wait, queued, soon, late}},
		{"account", hayon.TargetFilter{States: both[:1], Account: a}, []*hayon.Target{late}},
		{"wake, inclusive", hayon.TargetFilter{States: both, WakeBefore: start.Add(time.Hour)}, []*hayon.Target{queued, soon}},
		{"after, inclusive, never left out", hayon.TargetFilter{States: both, WakeAfter: start.Add(time.Hour)}, []*hayon.Target{soon, late}},
		{"after, to the nanosecond", hayon.TargetFilter{States: both, WakeAfter: start.Add(time.Hour + 1)}, []*hayon.Target{late}},
		{"between", hayon.TargetFilter{States: both, WakeAfter: start.Add(30 * time.Minute), WakeBefore: start.Add(time.Hour)}, []*hayon.Target{queued, soon}},
		{"between, with a limit", hayon.TargetFilter{States: both, WakeAfter: start, WakeBefore: start.Add(time.Hour), Limit: 1}, []*hayon.Target{queued}},
		{"after, of an account", hayon.TargetFilter{States: both, WakeAfter: start, Account: b}, []*hayon.Target{soon}},
		{"after the end", hayon.TargetFilter{States: both, WakeAfter: start.Add(2 * time.Hour)}, nil},
		{"limit", hayon.TargetFilter{States: both[:2], Limit: 2}, []*hayon.Target{queued, soon}},
		{"none", hayon.TargetFilter{States: []hayon.State{hayon.StateParked}}, nil},
	} {
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			got, err := tx.FindTargets(ctx, c.f)
			if diff := cmp.Diff(ids(c.want), ids(got), cmpopts.EquateEmpty()); diff != "" {
				w.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			return err
		})
	}
	w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindTargets(ctx, hayon.TargetFilter{})
		return err
	})
}

func countTargets(w *world) {
	a := w.account("demo")
	count := func(s hayon.State, before time.Time) (n int, at time.Time) {
		w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
			if n, err = tx.CountTargets(ctx, s, before); err == nil {
				at, err = tx.NextWake(ctx, s, time.Time{})
			}
			return err
		})
		return n, at
	}
	if n, at := count(hayon.StateScheduled, time.Time{}); n != 0 || !at.IsZero() {
		w.Errorf("an empty store has %d scheduled, the next at %s", n, at)
	}
	due := start.Add(90*time.Minute + 7*time.Nanosecond)
	t := w.one(a, inState(hayon.StateScheduled), dueAt(due))
	w.one(a, inState(hayon.StateScheduled), dueIn(2*time.Hour))
	for _, c := range []struct {
		name   string
		before time.Time
		want   int
	}{
		{"all", time.Time{}, 2},
		{"just before the first", due.Add(-1), 0},
		{"at the first", due, 1},
	} {
		if n, at := count(hayon.StateScheduled, c.before); n != c.want || !at.Equal(due) {
			w.Errorf("%s: %d, next %s; want %d, next %s", c.name, n, at, c.want, due)
		}
	}
	w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
	if n, at := count(hayon.StateScheduled, time.Time{}); n != 1 || !at.Equal(start.Add(2*time.Hour)) {
		w.Errorf("after a cancel: %d, next %s", n, at)
	}
	if n, at := count(hayon.StateCancelled, time.Time{}); n != 1 || !at.IsZero() {
		w.Errorf("cancelled: %d, next %s", n, at)
	}
	if n, _ := count(hayon.StateCancelled, start.Add(time.Hour)); n != 0 {
		w.Errorf("%d cancelled targets wake, want none", n)
	}
}

func nextWake(w *world) {
	a := w.account("demo")
	after := func(s hayon.State, at time.Time) (next time.Time) {
		w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
			next, err = tx.NextWake(ctx, s, at)
			return err
		})
		return next
	}
	first, second := start.Add(time.Minute), start.Add(time.Hour)
	for _, due := range []time.Time{second, first, first} {
		w.one(a, dueAt(due))
	}
	w.one(a, inState(hayon.StateScheduled), dueIn(time.Second)) // another state
	for _, c := range []struct{ after, want time.Time }{
		{time.Time{}, first},
		{start, first},
		{first.Add(-1), first},
		{first, second},
		{second.Add(-1), second},
		{second, time.Time{}},
		{second.Add(time.Hour), time.Time{}},
	} {
		if got := after(hayon.StateQueued, c.after); !got.Equal(c.want) {
			w.Errorf("after %s: %s, want %s", c.after, got, c.want)
		}
	}
	w.bring(a, hayon.StateUncertain) // held: it never wakes
	if got := after(hayon.StateUncertain, start); !got.IsZero() {
		w.Errorf("what is held wakes at %s", got)
	}
}

// waiting brings a target to a state in which it waits for its user since an instant.
func (w *world) waiting(account hayon.AccountID, s hayon.State, since time.Time) *hayon.Target {
	t := w.bring(account, s)
	w.change(t.ID, func(t *hayon.Target) { t.StateSince, t.Asks = since, s == hayon.StateMissed })
	return w.target(t.ID)
}

func needsUser(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	parked := w.waiting(a, hayon.StateParked, start.Add(2*time.Second))
	missed := w.waiting(b, hayon.StateMissed, start.Add(3*time.Second))
	held := w.waiting(a, hayon.StateUncertain, start.Add(time.Second))
	for _, s := range hayon.States() { // these wait for nobody, or nobody was asked
		t := w.bring(a, s)
		switch s {
		case hayon.StateUncertain:
			w.change(t.ID, func(t *hayon.Target) { t.NotBefore = start })
		case hayon.StateParked:
			w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
		case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateRetryWait,
			hayon.StatePublished, hayon.StateFailed, hayon.StateMissed, hayon.StateCancelled:
		}
	}
	for _, c := range []struct {
		name string
		f    hayon.TargetFilter
		want []*hayon.Target
	}{
		{"all", hayon.TargetFilter{}, []*hayon.Target{missed, parked, held}},
		{"limit", hayon.TargetFilter{Limit: 2}, []*hayon.Target{missed, parked}},
		{"account", hayon.TargetFilter{Account: a, Limit: 2}, []*hayon.Target{parked, held}},
		{"states and wake do not count", hayon.TargetFilter{States: []hayon.State{hayon.StateParked}, WakeBefore: start}, []*hayon.Target{missed, parked, held}},
	} {
		if diff := cmp.Diff(c.want, w.needUser(c.f), cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	w.change(missed.ID, func(t *hayon.Target) { t.Enter(hayon.StateQueued, start) })
	w.change(held.ID, func(t *hayon.Target) { t.NotBefore = start.Add(time.Minute) })
	if diff := cmp.Diff(ids([]*hayon.Target{parked}), ids(w.needUser(hayon.TargetFilter{}))); diff != "" {
		w.Errorf("after their users spoke (-want +got):\n%s", diff)
	}
}
