package scheduler_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// setBack sets the wall back, while the daemon runs or while nobody does, and answers how to stop what
// runs afterwards.
func (d *daemon) setBack(by time.Duration, down bool, stop func()) func() {
	d.t.Helper()
	if !down {
		d.clock.jump(-by)
		return stop
	}
	stop()
	d.died(1)
	d.clock.jump(-by)
	d.boot(2)
	return d.run()
}

// TestSetBackLengthensNoWait: what waits for seconds does not wait for an hour more because the clock
// that it waits by is set back.
func TestSetBackLengthensNoWait(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		test func(t *testing.T, down bool)
	}{
		{"what is caught up", setBackCatchingUp},
		{"a retry and its lane", setBackRetry},
		{"an open breaker", setBackBreaker},
		{"a rate limit", setBackLimit},
	} {
		for where, down := range map[string]bool{"while the daemon runs": false, "while nobody runs": true} {
			t.Run(tc.name+"/"+where, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { tc.test(t, down) })
			})
		}
	}
}

func setBackCatchingUp(t *testing.T, down bool) {
	t.Helper()
	d := newDaemon(t, nil)
	d.postAt("first", time.Minute)
	d.postAt("second", 2*time.Minute)
	d.postAt("third", 3*time.Minute)
	pass(55 * time.Minute) // nobody runs
	stop := d.run()
	pass(2 * time.Second)
	synctest.Wait()
	d.wantPublic("first")
	stop = d.setBack(20*time.Minute, down, stop)
	defer func() { stop() }()
	pass(5 * time.Second)
	synctest.Wait()
	d.wantPublic("first", "second")
	pass(15 * time.Second)
	synctest.Wait()
	d.wantPublic("first", "second", "third")
}

func setBackRetry(t *testing.T, down bool) {
	t.Helper()
	d := newDaemon(t, nil)
	d.platform.OnPublish = refuseTemporarily("again")
	stop := d.run()
	post := d.postAt("again", 0)
	pass(10 * time.Second) // 5 s are over, and it waits for 30
	synctest.Wait()
	d.platform.OnPublish = nil
	stop = d.setBack(time.Hour, down, stop)
	defer func() { stop() }()
	d.postAt("next", 5*time.Second)
	pass(10 * time.Second)
	synctest.Wait()
	d.wantPublic() // not sooner than it was to be, either
	if got := d.state(post.ID); got != hayon.StateRetryWait {
		t.Errorf("state: got %s", got)
	}
	pass(30 * time.Second)
	synctest.Wait()
	d.wantPublic("again", "next")
}

func setBackBreaker(t *testing.T, down bool) {
	t.Helper()
	d := newDaemon(t, nil)
	post := d.post("waits", 3*time.Hour)
	stop := d.run()
	pass(time.Second)
	err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
		a, err := tx.FindAccountByID(ctx, post.Targets[0].Account)
		if err != nil {
			return err
		}
		now := d.clock.now()
		return tx.PutPace(ctx, &hayon.Pace{
			Key: hayon.HostPaceKey(a), Open: true, Failures: 5, Since: now, NotBefore: now.Add(15 * time.Second), Reason: "out of reach",
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	stop = d.setBack(time.Hour, down, stop)
	defer func() { stop() }()
	pass(time.Second)
	d.postAt("probe", 0)
	pass(15 * time.Second)
	synctest.Wait()
	d.wantPublic("probe")
}

func setBackLimit(t *testing.T, down bool) {
	t.Helper()
	d := newDaemon(t, nil)
	limited := true
	d.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
		if !limited {
			return hayon.Result{}
		}
		limited = false
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: &hayon.Error{
			Code: hayon.CodeRateLimited, Message: "too many", RetryAfter: 10 * time.Minute,
		}}
	}
	d.postAt("waits", time.Minute)
	pass(25 * time.Minute) // nobody runs
	stop := d.run()
	pass(time.Minute)
	stop = d.setBack(20*time.Minute, down, stop)
	defer func() { stop() }()
	d.postAt("other", 0)
	pass(8 * time.Minute)
	synctest.Wait()
	d.wantPublic() // the platform asked for ten minutes, and gets them
	pass(3 * time.Minute)
	synctest.Wait()
	d.wantPublic("waits", "other")
}

// TestSetBackAfterOvertaking: what is on time does not wait for what is caught up. When the clock is set
// back then, what was overtaken is due once more. It goes out at that time, not before and not when a
// hint happens to come by.
func TestSetBackAfterOvertaking(t *testing.T) {
	t.Parallel()
	for where, down := range map[string]bool{"while the daemon runs": false, "while nobody runs": true} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				d.postAt("behind", time.Minute)
				overtaken := d.postAt("overtaken", 30*time.Minute)
				d.postAt("on time", 55*time.Minute)
				pass(55*time.Minute - 5*time.Second) // nobody runs
				stop := d.run()
				pass(8 * time.Second) // the one that is behind keeps back the other for 10 s
				synctest.Wait()
				d.wantPublic("behind", "on time")
				stop = d.setBack(40*time.Minute, down, stop)
				defer func() { stop() }()
				pass(15*time.Minute - 5*time.Second)
				synctest.Wait()
				d.wantPublic("behind", "on time")
				d.wantOutOnTime(overtaken.ID, 10*time.Second)
				d.wantPublic("behind", "on time", "overtaken")
			})
		})
	}
}

// TestSetBackWhilePaused: what was queued in the very instant in which it was due, and waits, is due once
// more when the clock is set back. It may have nothing but the ten seconds that are on time.
func TestSetBackWhilePaused(t *testing.T) {
	t.Parallel()
	for where, down := range map[string]bool{"while the daemon runs": false, "while nobody runs": true} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				post := d.postStrict("waits", 10*time.Minute)
				next := d.postStrict("next", 10*time.Minute+time.Second)
				stop := d.run()
				if _, err := d.scheduler.Pause(d.ctx, "holidays"); err != nil {
					t.Fatal(err)
				}
				pass(10*time.Minute + 5*time.Second)
				stop = d.setBack(5*time.Minute, down, stop)
				defer func() { stop() }()
				pass(time.Minute)
				if _, err := d.scheduler.Resume(d.ctx); err != nil {
					t.Fatal(err)
				}
				d.wantOutOnTime(post.ID, 10*time.Minute)
				d.wantOutOnTime(next.ID, 10*time.Minute)
				d.wantPublic("waits", "next")
			})
		})
	}
}

// postStrict schedules a post without a grace window by the wall.
func (d *daemon) postStrict(text string, in time.Duration) *hayon.Post {
	d.t.Helper()
	post, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: text, To: []string{"platform"}, Grace: new(time.Duration), Schedule: hayon.Schedule{At: d.clock.now().Add(in)},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return post
}

// wantOutOnTime waits until a post is out, which is to be when its due time comes.
func (d *daemon) wantOutOnTime(id hayon.PostID, most time.Duration) {
	d.t.Helper()
	d.publishedAfter(id, most)
	post, err := d.scheduler.FindPostByID(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	t := post.Targets[0]
	if late := t.PublishedAt.Sub(t.Due); t.State != hayon.StatePublished || late < 0 || late > 300*time.Millisecond {
		d.t.Errorf("%s: %s, %s after its due time", post.Text, t.State, late)
	}
}
