package events_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

// What is committed is delivered at once and in order, to those who want it, and a sink that hangs holds
// up nobody else.
func TestHangingSinkHoldsUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad := &sink{name: "hook/bad", on: hang}
		good := &sink{name: "hook/good"}
		failures := &sink{name: "webhook/failures", kinds: []hayon.EventKind{hayon.EventFailed}}
		r := newRig(t, bad, good, failures)
		defer r.run(r.process(1, r.db))()
		var ids []uint64
		for range 20 {
			pass(time.Second)
			ids = append(ids, r.row(hayon.StatePublished))
			r.row(hayon.StateQueued)
			synctest.Wait()
		}
		failed := r.row(hayon.StateFailed)
		pass(time.Second)
		good.want(t, append(ids, failed)...)
		failures.want(t, failed)
		bad.want(t)
		for i, try := range good.all()[:20] {
			if want := good.all()[0].at.Add(time.Duration(i) * time.Second); !try.at.Equal(want) {
				t.Errorf("event %d was delivered at %s, want %s", try.id, try.at, want)
			}
		}
		if n := len(bad.all()); n != 0 {
			t.Errorf("a sink that hangs was given up %d times within %s", n, events.DefaultTimeout)
		}
	})
}

// A delivery that fails follows after 1 s, doubling to 10 min, until the event is a day old. The next
// one is not held up by it any more.
func TestBackoffAndGiveUpAfterADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const doomed = 1
		s := &sink{name: "hook/a"}
		s.on = func(_ context.Context, n events.Notice) error {
			if n.Event.Seq == doomed {
				return errRefused
			}
			return nil
		}
		r := newRig(t, s)
		defer r.run(r.process(1, r.db))()
		r.row(hayon.StateFailed)
		start := time.Now()
		pass(12 * time.Hour)
		next := r.row(hayon.StateFailed)
		pass(12*time.Hour - time.Minute)
		s.want(t)
		if c := r.cursor(s.name); c.Tries < 100 || c.LastError != "refused" || c.Lease != nil || !c.NotBefore.After(time.Now()) {
			t.Errorf("the cursor is %+v", c)
		}
		pass(2 * time.Minute)
		s.want(t, next)
		if logs := r.logs.String(); strings.Count(logs, "given up") != 1 || strings.Count(logs, "level=WARN") != 2 {
			t.Errorf("the log tells something else than one first failure and one end:\n%s", logs)
		}
		tries := s.all()
		wait, at := time.Second, start
		for i, try := range tries[:100] {
			if !near(try.at, at) {
				t.Fatalf("try %d came after %s, want %s", i+1, try.at.Sub(start), at.Sub(start))
			}
			at = try.at.Add(wait)
			wait = min(2*wait, 10*time.Minute)
		}
		if last := tries[len(tries)-2]; !near(last.at, start.Add(24*time.Hour)) || last.ok {
			t.Errorf("the last try of the first event came after %s", last.at.Sub(start))
		}
		if c := r.cursor(s.name); c.LastError != "" || c.Tries != 0 {
			t.Errorf("after a success the cursor is %+v", c)
		}
	})
}

// near reports whether a is at b or up to the pace of commits later.
func near(a, b time.Time) bool { return !a.Before(b) && a.Sub(b) <= 200*time.Millisecond }

// The waits are varied by a fifth.
func TestWaitsAreVaried(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rand float64
		want time.Duration
	}{{0, 800 * time.Millisecond}, {0.5, time.Second}, {1, 1200 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			s := &sink{name: "hook/a", on: refuse}
			r := newRig(t)
			r.set(nil, s)
			d, err := events.New(events.Deps{
				Store: r.db, Sinks: r.ask, Owner: owner(1), Alive: func(hayon.Owner) bool { return true },
			}, events.Config{Rand: func() float64 { return tt.rand }})
			if err != nil {
				t.Fatal(err)
			}
			defer r.run(d)()
			r.row(hayon.StateFailed)
			pass(1500 * time.Millisecond)
			tries := s.all()
			if len(tries) != 2 || !near(tries[1].at, tries[0].at.Add(tt.want)) {
				t.Errorf("with %v the tries are %v, want the second after %s", tt.rand, tries, tt.want)
			}
		})
	}
}

// What became too old behind a refused event is given up with it, in one line; a success ends that.
func TestEventsBehindARefusedOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a", on: refuse}
		r := newRig(t, s)
		defer r.run(r.process(1, r.db))()
		for range 300 {
			r.row(hayon.StateFailed)
		}
		pass(23 * time.Hour)
		last := r.row(hayon.StateFailed)
		pass(time.Hour + time.Minute)
		logs := r.logs.String()
		if n := strings.Count(logs, "became too old"); n < 1 || n > 20 {
			t.Errorf("300 events that are given up fill the log:\n%.2000s", logs)
		}
		if c := r.cursor(s.name); c.Seq != last-1 {
			t.Errorf("the cursor is at %d, want %d", c.Seq, last-1)
		}
		seen := map[uint64]bool{}
		for _, try := range s.all() {
			seen[try.id] = true
		}
		if len(seen) != 2 {
			t.Errorf("%d events were tried, want the first and the last", len(seen))
		}
		s.decide(nil)
		pass(10 * time.Minute)
		s.want(t, last)
	})
}

// Age alone is no reason: what happened while nobody delivered is delivered when somebody comes.
func TestOldEventsAreDelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		r.run(r.process(1, r.db))()
		one, two := r.row(hayon.StateMissed), r.row(hayon.StateMissed)
		pass(72 * time.Hour)
		defer r.run(r.process(2, r.db))()
		pass(time.Second)
		s.want(t, one, two)
	})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	later := hayon.Errorf(hayon.CodeRateLimited, "too many")
	later.RetryAfter = 90 * time.Second
	for _, tt := range []struct {
		name   string
		policy events.Policy
		err    error
		want   []time.Duration // of the tries of the first event
	}{
		{"three tries", events.Policy{Tries: 3}, errRefused, []time.Duration{0, time.Second, 3 * time.Second}},
		{"an age", events.Policy{For: 5 * time.Second}, errRefused, []time.Duration{0, time.Second, 3 * time.Second, 5 * time.Second}},
		{"what the sink asks for", events.Policy{Tries: 2}, later, []time.Duration{0, 90 * time.Second}},
		{"no longer than the age", events.Policy{For: time.Minute}, later, []time.Duration{0, time.Minute}},
		{"a time limit", events.Policy{Tries: 2, Timeout: 7 * time.Second}, nil, []time.Duration{0, 8 * time.Second}},
		{"no repeat", events.Policy{}, events.Drop(errRefused), []time.Duration{0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const first = 1
				s := &sink{name: "hook/a", policy: tt.policy}
				s.on = func(ctx context.Context, n events.Notice) error {
					switch {
					case n.Event.Seq != first:
						return nil
					case tt.err == nil:
						return hang(ctx, n)
					}
					return tt.err
				}
				r := newRig(t, s)
				defer r.run(r.process(1, r.db))()
				start := time.Now()
				r.row(hayon.StateFailed)
				pass(2 * time.Second)
				second := r.row(hayon.StateFailed)
				pass(10 * time.Minute)
				s.want(t, second)
				tries := s.all()
				if len(tries) != len(tt.want)+1 {
					t.Fatalf("%d tries, want %d", len(tries), len(tt.want)+1)
				}
				for i, want := range tt.want {
					if late := tries[i].at.Sub(start) - want; late < 0 || late > 500*time.Millisecond { // each commit waits up to 100 ms
						t.Errorf("try %d came after %s, want %s", i+1, tries[i].at.Sub(start), want)
					}
				}
			})
		})
	}
}

// A failure that no repeat mends is told once, however many events meet it.
func TestDroppedEventsDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "notify/desktop", on: func(context.Context, events.Notice) error { return events.Drop(errRefused) }}
		r := newRig(t, s)
		defer r.run(r.process(1, r.db))()
		for range 30 {
			r.row(hayon.StateFailed)
			pass(time.Second)
		}
		if n := len(s.all()); n != 30 {
			t.Errorf("%d tries of 30 events", n)
		}
		if logs := r.logs.String(); strings.Count(logs, "\n") != 1 {
			t.Errorf("the log has more than one line:\n%s", logs)
		}
	})
}

// A sink that wants nothing any more gets nothing, also from the next process, until somebody clears
// that.
func TestGoneSinkIsDisabled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "webhook/a", on: func(context.Context, events.Notice) error { return events.Gone(errRefused) }}
		r := newRig(t, s)
		stop := r.run(r.process(1, r.db))
		r.row(hayon.StateFailed)
		again := r.row(hayon.StateFailed)
		pass(time.Hour)
		stop()
		defer r.run(r.process(2, r.db))()
		pass(time.Hour)
		c := r.cursor(s.name)
		if n := len(s.all()); n != 1 || !c.Disabled || c.LastError != "refused" || c.Lease != nil {
			t.Errorf("%d tries, and the cursor is %+v", n, c)
		}
		if logs := r.logs.String(); strings.Count(logs, "level=ERROR") != 1 {
			t.Errorf("the log:\n%s", logs)
		}
		c.Disabled, c.LastError, c.Seq = false, "", again-1
		r.putCursor(c)
		s.decide(nil)
		pass(20 * time.Second)
		s.want(t, again)
	})
}

// A new sink gets what happens from now on; one that is gone loses its cursor, and only sinks do.
func TestSinksComeAndGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b := &sink{name: "hook/a"}, &sink{name: "webhook/b"}
		r := newRig(t, a)
		r.putCursor(&hayon.Cursor{Name: "archive"})
		r.putCursor(&hayon.Cursor{Name: "hook/was-there-once"})
		r.row(hayon.StatePublished)
		stop := r.run(r.process(1, r.db))
		pass(3 * time.Second)
		a.want(t)
		if r.cursor("hook/was-there-once") != nil || r.cursor("archive") == nil {
			t.Error("the wrong cursors were deleted")
		}
		// b is added as a service does it: with its cursor, and before the dispatcher knows.
		r.set(nil, a, b)
		r.putCursor(&hayon.Cursor{Name: b.name, Seq: 1})
		two := r.row(hayon.StatePublished)
		pass(3 * time.Second)
		a.want(t, two)
		b.want(t, two)
		r.set(errors.New("the database is locked"), b)
		three := r.row(hayon.StatePublished)
		pass(time.Minute)
		a.want(t, two, three)
		if n := strings.Count(r.logs.String(), "who wants events"); n != 1 {
			t.Errorf("the trouble is told %d times", n)
		}
		r.set(nil, b)
		pass(5 * time.Second)
		if r.cursor(a.name) != nil {
			t.Error("the cursor of a sink that is gone is still there")
		}
		four := r.row(hayon.StatePublished)
		pass(time.Second)
		stop()
		a.want(t, two, three)
		b.want(t, two, three, four)
		r.set(nil, a, b)
		defer r.run(r.process(1, r.db))()
		five := r.row(hayon.StatePublished)
		pass(time.Second)
		a.want(t, two, three, five)
	})
}

// A sink that is configured anew is used at once, under its old cursor.
func TestSinkIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		before, after := &sink{name: "hook/a"}, &sink{name: "hook/a"}
		r := newRig(t, before)
		defer r.run(r.process(1, r.db))()
		one := r.row(hayon.StatePublished)
		pass(3 * time.Second)
		r.set(nil, after)
		pass(3 * time.Second)
		two := r.row(hayon.StatePublished)
		pass(time.Second)
		before.want(t, one)
		after.want(t, two)
	})
}

// Somebody who deletes a webhook deletes its cursor; a delivery that runs does not bring it back.
func TestDeletedCursorStaysDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "webhook/a", on: hang}
		r := newRig(t, s)
		defer r.run(r.process(1, r.db))()
		r.row(hayon.StateFailed)
		pass(time.Second)
		r.set(nil)
		err := r.db.Update(t.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteCursor(ctx, s.name) })
		if err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		if c := r.cursor(s.name); c != nil {
			t.Errorf("the cursor is back: %+v", c)
		}
	})
}

// A user's sink gets that user's events, and what concerns everybody.
func TestOwnersSeeTheirOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ana, ben := hayon.UserID{11: 7}, hayon.UserID{11: 8}
		s := &sink{name: "webhook/a", user: ana, kinds: hayon.EventKinds()}
		r := newRig(t, s)
		defer r.run(r.process(1, r.db))()
		r.rows(
			hayon.JournalRow{Kind: hayon.RowState, To: hayon.StateFailed, User: ana},
			hayon.JournalRow{Kind: hayon.RowState, To: hayon.StateFailed, User: ben},
			hayon.JournalRow{Kind: hayon.RowState, To: hayon.StateFailed},
			hayon.JournalRow{Kind: hayon.RowService, User: ben},
		)
		pass(time.Second)
		s.want(t, 1, 4)
	})
}

// Where the store tells nobody of commits the journal is read twice a second.
func TestWithoutChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{name: "hook/a"}
		r := newRig(t, s)
		defer r.run(r.process(1, silent{r.db}))()
		id := r.row(hayon.StateFailed)
		pass(600 * time.Millisecond)
		s.want(t, id)
	})
}

func TestNewNeedsItsDeps(t *testing.T) {
	t.Parallel()
	if _, err := events.New(events.Deps{}, events.Config{}); hayon.CodeOf(err) != hayon.CodeInternal {
		t.Errorf("got %v", err)
	}
}
