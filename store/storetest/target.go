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
		{"an old fence or generation is a conflict", fences},
		{"a remote id belongs to one target of an account", remotes},
		{"what is unknown is not found", targetNotFound},
		{"a target does not change its post, owner or account", targetIdentity},
		{"find by state, account, wake and limit", findTargets},
		{"counts and the next wake follow every change", countTargets},
	}
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
		w.change(first.ID, func(t *hayon.Target) { t.Parts[0].Remote = hayon.Remote{} })
		w.change(second.ID, has) // free again
	}
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
