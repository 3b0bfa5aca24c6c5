package events_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

// A process that is killed between the delivery and its cursor leaves the event to the next one, which
// delivers it again under the same id.
func TestCrashBeforeTheCursorMoves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		store := &counted{DB: r.db}
		s.on = func(context.Context, events.Notice) error {
			store.killed.Store(true)
			return nil
		}
		stop := r.run(r.process(1, store))
		id := r.row(hayon.StatePublished)
		pass(time.Second)
		stop()
		s.want(t, id)
		if c := r.cursor(s.name); c.Seq >= id || c.Lease == nil {
			t.Fatalf("the cursor is %+v", c)
		}
		r.dead.Store(1, true)
		s.decide(nil)
		defer r.run(r.process(2, r.db))()
		s.want(t, id, id) // at once, although the lease is not over
		pass(time.Hour)
		s.want(t, id, id)
		if c := r.cursor(s.name); c.Seq != id {
			t.Errorf("the cursor is %+v", c)
		}
	})
}

// The lease of a process that may be alive is waited for.
func TestLiveLeaseIsHonoured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		r.putCursor(&hayon.Cursor{Name: s.name, Lease: &hayon.Lease{Owner: owner(9), Until: time.Now().Add(time.Minute).UTC()}})
		id := r.row(hayon.StatePublished)
		defer r.run(r.process(1, r.db))()
		pass(50 * time.Second)
		s.want(t)
		if err := r.process(3, r.db).Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v", err)
		}
		s.want(t)
		pass(20 * time.Second)
		s.want(t, id)
	})
}

// Processes that overlap deliver each event once, in order.
func TestOverlappingProcesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context, _ events.Notice) error {
			pause, cancel := context.WithTimeout(ctx, 3*time.Millisecond)
			defer cancel()
			<-pause.Done()
			return nil
		}
		a, b := &sink{name: "hook/a", on: slow}, &sink{name: "hook/b", on: slow}
		r := newRig(t, a, b)
		stop := [2]func(){r.run(r.process(1, r.db)), r.run(r.process(2, r.db))}
		var ids []uint64
		for i := range 300 {
			ids = append(ids, r.row(hayon.StatePublished))
			if i%50 == 0 {
				go func() {
					if err := r.process(10+i, r.db).Drain(t.Context()); err != nil {
						t.Errorf("Drain: %v", err)
					}
				}()
			}
			if i == 150 {
				stop[0]() // the other one goes on
			}
			pass(10 * time.Millisecond)
		}
		pass(10 * time.Minute)
		stop[1]()
		a.want(t, ids...)
		b.want(t, ids...)
		if c := r.cursor(a.name); c.Lease != nil {
			t.Errorf("a lease is left: %+v", c.Lease)
		}
	})
}

// Steps that no sink wants cost nearly no commit, and events at most ten a second for each sink.
func TestCommitsAreFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		store := &counted{DB: r.db}
		defer r.run(r.process(1, store))()
		pass(time.Second)
		before := store.commits.Load()
		step := hayon.JournalRow{Kind: hayon.RowSending}
		for range 500 {
			r.rows(step, step, step, step)
			pass(20 * time.Millisecond)
		}
		pass(10 * time.Second)
		if n := store.commits.Load() - before; n > 6 {
			t.Errorf("%d commits for 2000 steps in 10 s", n)
		}
		if c := r.cursor(s.name); c.Seq != 2000 {
			t.Errorf("the cursor is at %d after 2000 steps", c.Seq)
		}
		before = store.commits.Load()
		for range 500 {
			r.row(hayon.StatePublished)
			pass(20 * time.Millisecond)
		}
		pass(10 * time.Second)
		if n := store.commits.Load() - before; n > 102 {
			t.Errorf("%d commits for 500 events in 10 s", n)
		}
		if n := len(s.got()); n != 500 {
			t.Errorf("%d events arrived", n)
		}
		before = store.commits.Load()
		pass(time.Hour)
		if n := store.commits.Load() - before; n != 0 {
			t.Errorf("%d commits in an hour without events", n)
		}
	})
}

// However much is committed, the journal is read a few times a second.
func TestReadsAreFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		store := &counted{DB: r.db}
		defer r.run(r.process(1, store))()
		pass(time.Second)
		before := store.views.Load()
		for range 1000 {
			r.rows(hayon.JournalRow{Kind: hayon.RowSending})
			pass(time.Millisecond)
		}
		if n := store.views.Load() - before; n > 50 { // two for each look, one for the sinks
			t.Errorf("%d reads in a second with 1000 commits", n)
		}
	})
}

// Drain delivers what there is, waits for no repeat, and for no longer than it may.
func TestDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad, good, stuck := &sink{name: "hook/bad", on: refuse}, &sink{name: "hook/good"}, &sink{name: "hook/stuck", on: hang}
		r := newRig(t, bad, good, stuck)
		if err := r.process(1, r.db).Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		var ids []uint64
		for range 450 {
			ids = append(ids, r.row(hayon.StateFailed))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		if err := r.process(2, r.db).Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 5500*time.Millisecond {
			t.Errorf("Drain took %s, with 5 s", took)
		}
		good.want(t, ids...)
		if n := len(bad.all()); n != 1 {
			t.Errorf("the refused event was tried %d times", n)
		}
		for _, s := range []*sink{bad, good, stuck} {
			if c := r.cursor(s.name); c.Lease != nil {
				t.Errorf("%s: the lease is left behind", s.name)
			}
		}
		if c := r.cursor(stuck.name); c.Tries != 0 {
			t.Errorf("the end of Drain counts as a failure: %+v", c)
		}
		r.set(nil, bad, good)
		pass(2 * time.Second) // the wait of the refused event is over
		if err := r.process(3, r.db).Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(bad.all()); n != 2 {
			t.Errorf("the refused event was tried %d times", n)
		}
		if r.cursor(stuck.name) == nil {
			t.Error("Drain deleted a cursor; it may not know all sinks of the daemon")
		}
	})
}

// What happens while Drain runs is left to the next one, so that it ends.
func TestDrainEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		if err := r.process(1, r.db).Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		first := r.row(hayon.StateFailed)
		s.on = func(context.Context, events.Notice) error {
			r.row(hayon.StateFailed)
			return nil
		}
		if err := r.process(1, r.db).Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.want(t, first)
	})
}

// A process that was stopped longer than its lease does not overwrite what another one did meanwhile.
func TestLostLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		var ids []uint64
		s.on = func(_ context.Context, n events.Notice) error {
			if n.Event.Seq != 1 || len(s.all()) > 0 {
				return nil
			}
			// While the first event is delivered another process takes over and deals with all three.
			r.putCursor(&hayon.Cursor{Name: s.name, Seq: 3, Lease: &hayon.Lease{Owner: owner(9), Until: time.Now().Add(time.Minute).UTC()}})
			return nil
		}
		defer r.run(r.process(1, r.db))()
		step := hayon.JournalRow{Kind: hayon.RowState, To: hayon.StateFailed}
		r.rows(step, step, step)
		pass(10 * time.Second)
		if c := r.cursor(s.name); c.Seq != 3 || c.Lease.Owner != owner(9) {
			t.Errorf("the cursor is %+v", c)
		}
		pass(time.Hour)
		ids = append(ids, r.row(hayon.StateFailed))
		pass(time.Second)
		got := s.got()
		if len(got) == 0 || got[len(got)-1] != ids[0] || slices.Contains(got, 3) && len(got) > 4 {
			t.Errorf("got %v", got)
		}
		if c := r.cursor(s.name); c.Seq != ids[0] {
			t.Errorf("the cursor is %+v", c)
		}
	})
}
