package scheduler_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// notices are the reasons of the events that tell of the clock.
func (d *daemon) notices() []string {
	d.t.Helper()
	events, err := d.scheduler.FindEvents(d.ctx, hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventServiceChanged}})
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		out = append(out, e.Reason)
	}
	return out
}

// clockHeld is what the status says.
func (d *daemon) clockHeld() time.Time {
	d.t.Helper()
	st, err := d.scheduler.Status(d.ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	return st.ClockHeld
}

// postAt schedules a post by the wall.
func (d *daemon) postAt(text string, in time.Duration) *hayon.Post {
	d.t.Helper()
	post, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: text, To: []string{"platform"}, Schedule: hayon.Schedule{At: d.clock.now().Add(in)},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return post
}

// TestSuspendIsCaughtUpAtOnce: whoever opens the lid finds the post of the night out, not half a minute
// later; where nothing tells a suspend from a clock that was set, it takes that half minute.
func TestSuspendIsCaughtUpAtOnce(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		noBoot bool
		within time.Duration
	}{
		{"with a clock that counts suspends", false, 300 * time.Millisecond},
		{"without one", true, 31 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemonWith(t, setup{noBoot: tc.noBoot})
				stop := d.run()
				defer stop()
				post := d.postAt("night", 30*time.Minute)
				pass(time.Minute)
				d.clock.suspend(50 * time.Minute)
				start := time.Now()
				for d.state(post.ID) != hayon.StatePublished && time.Since(start) < time.Minute {
					pass(50 * time.Millisecond)
					synctest.Wait()
				}
				if took := time.Since(start); took > tc.within {
					t.Errorf("published %s after the end of the suspend, want at most %s", took, tc.within)
				}
				got, err := d.scheduler.FindPostByID(d.ctx, post.ID)
				if err != nil {
					t.Fatal(err)
				}
				if late := got.Targets[0].Late(); late < 20*time.Minute || late > 23*time.Minute {
					t.Errorf("late: got %s, want about 21 min", late)
				}
				if held := d.clockHeld(); !held.IsZero() {
					t.Errorf("held until %s", held)
				}
				if n := d.notices(); len(n) > 0 != tc.noBoot {
					t.Errorf("events: %q", n)
				}
			})
		})
	}
}

// TestSuspendWakesRetries: the end of a wait is a time on the wall.
func TestSuspendWakesRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		d.platform.OnPublish = refuseTemporarily("again")
		stop := d.run()
		defer stop()
		post := d.post("again", 0)
		pass(10 * time.Second) // 5 s are over, and it waits for 30
		synctest.Wait()
		if got := d.state(post.ID); got != hayon.StateRetryWait {
			t.Fatalf("state: got %s", got)
		}
		d.platform.OnPublish = nil
		d.clock.suspend(10 * time.Minute)
		pass(500 * time.Millisecond)
		synctest.Wait()
		d.wantPublic("again")
	})
}

func TestJumpAheadHoldsPublishing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		d.postAt("early", 30*time.Minute)
		pass(time.Minute)
		d.clock.jump(time.Hour)
		pass(time.Second)
		held := d.clockHeld()
		if left := held.Sub(d.clock.now()); left < 28*time.Second || left > 30*time.Second {
			t.Errorf("held for %s more, want about 29 s", left)
		}
		pass(20 * time.Second)
		synctest.Wait()
		d.wantPublic()
		d.clock.jump(-time.Hour) // it was a mistake
		pass(time.Second)
		synctest.Wait()
		if held := d.clockHeld(); !held.IsZero() {
			t.Errorf("held until %s", held)
		}
		pass(28 * time.Minute)
		synctest.Wait()
		d.wantPublic()
		pass(time.Minute)
		synctest.Wait()
		d.wantPublic("early")
		if n := d.notices(); len(n) != 2 || !strings.Contains(n[0], "jumped 1h0m0s ahead") || !strings.Contains(n[1], "came back") {
			t.Errorf("events: %q", n)
		}
	})
}

func TestJumpAheadThatStaysIsTrusted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		d.postAt("due", 30*time.Minute)
		pass(time.Minute)
		d.clock.jump(65 * time.Second)
		pass(20 * time.Second)
		d.clock.jump(50 * time.Minute) // and again: it counts from here
		pass(time.Second)
		d.post("now", 0) // nothing at all goes out
		pass(28 * time.Second)
		synctest.Wait()
		d.wantPublic()
		pass(2 * time.Second)
		synctest.Wait()
		d.wantPublic("due", "now")
		n := d.notices()
		if len(n) != 3 || !strings.Contains(n[2], "is trusted now") {
			t.Errorf("events: %q", n)
		}
	})
}

// What is within a minute is what time servers correct.
func TestSmallJumpHoldsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		d.postAt("due", 30*time.Second)
		pass(time.Second)
		d.clock.jump(59 * time.Second)
		pass(300 * time.Millisecond)
		synctest.Wait()
		d.wantPublic("due")
		if n := d.notices(); len(n) > 0 {
			t.Errorf("events: %q", n)
		}
	})
}

// The late policy does not act on a clock that nobody trusts.
func TestJumpAheadMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		d.platform.OnPublish = refuseTemporarily("waits")
		stop := d.run()
		defer stop()
		waits, later := d.post("waits", 0), d.postAt("later", 2*time.Hour)
		pass(50 * time.Second)
		d.clock.jump(24 * time.Hour)
		pass(25 * time.Second)
		d.clock.jump(-24 * time.Hour)
		pass(time.Minute)
		synctest.Wait()
		if got := d.state(waits.ID); got != hayon.StateRetryWait {
			t.Errorf("waits: got %s", got)
		}
		if got := d.state(later.ID); got != hayon.StateScheduled {
			t.Errorf("later: got %s", got)
		}
	})
}

// Nothing that is out goes out again when its due time comes once more, and what is not is sent when
// the wall shows its time.
func TestJumpBackRefiresNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		d.postAt("first", 10*time.Minute)
		d.postAt("second", 20*time.Minute)
		pass(15 * time.Minute)
		d.clock.jump(-time.Hour)
		pass(64 * time.Minute)
		synctest.Wait()
		d.wantPublic("first")
		pass(time.Minute)
		synctest.Wait()
		d.wantPublic("first", "second")
		if held := d.clockHeld(); !held.IsZero() {
			t.Errorf("held until %s", held)
		}
	})
}

// The loops go on when the wall has been set back: their intervals are not times on it.
func TestJumpBackStopsNoSweeper(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lost := time.Now().Add(time.Hour)
		d := newDaemonWith(t, setup{broker: func(b hayon.Broker) hayon.Broker { return lossy{b, lost} }})
		stop := d.run()
		defer stop()
		pass(59 * time.Minute)
		d.clock.jump(-time.Hour)
		d.post("hello", 0)
		pass(2 * time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
	})
}

func TestMayPublish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		var got []bool
		ask := func() { got = append(got, d.scheduler.MayPublish()) }
		ask()
		d.clock.jump(61 * time.Second)
		ask()
		pass(31 * time.Second)
		ask()
		if want := []bool{true, false, true}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
