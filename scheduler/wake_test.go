package scheduler_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

func refuseTemporarily(text string) func(context.Context, hayon.PublishRequest) hayon.Result {
	return func(_ context.Context, r hayon.PublishRequest) hayon.Result {
		if r.Target.Parts[0].Text == text {
			return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "not now")}
		}
		return hayon.Result{}
	}
}

// Who cancels what holds a lane sets free the account's next target, at once.
func TestCancelWakesTheNextInLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		d.platform.OnPublish = refuseTemporarily("stuck")
		stop := d.run()
		defer stop()
		pass(time.Minute)
		stuck := d.post("stuck", 0)
		pass(40 * time.Second) // 5 s and 30 s are over: it waits for the third retry
		d.post("next", 0)
		pass(50 * time.Second) // the hints for it come less and less often
		synctest.Wait()
		if got := d.state(stuck.ID); got != hayon.StateRetryWait {
			t.Fatalf("state: got %s", got)
		}
		d.wantPublic()
		if _, err := d.scheduler.CancelPost(d.ctx, stuck.ID, hayon.PostChangeRequest{}); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		synctest.Wait()
		d.wantPublic("next")
	})
}

// busy is a broker that always has work left.
type busy struct{ hayon.Broker }

func (busy) Depth(context.Context, string) (hayon.QueueDepth, error) {
	return hayon.QueueDepth{Ready: 1}, nil
}

// The backlog of the queue explains why a queued target waits. It does not explain why one does that
// has no message in it.
func TestBacklogKeepsBackNoRetryAndNoOrphan(t *testing.T) {
	t.Parallel()
	t.Run("retry", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return busy{b} })
			calls := 0
			d.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
				if calls++; calls == 1 {
					return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "not now")}
				}
				return hayon.Result{}
			}
			stop := d.run()
			defer stop()
			d.post("again", 0)
			pass(10 * time.Second)
			synctest.Wait()
			d.wantPublic("again")
		})
	})
	t.Run("orphan", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return busy{b} })
			post := d.post("orphan", 0)
			err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
				if err := tx.DeleteOutbox(ctx, []uint64{1}); err != nil {
					return err
				}
				_, err := tx.ClaimTargets(ctx, hayon.ClaimRequest{
					Now: time.Now(), Lease: time.Minute,
					Owner:   hayon.Owner{Host: "test", BootID: "boot", PID: 9, Start: 9},
					Targets: []hayon.TargetRef{{Target: post.Targets[0].ID}},
				})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			d.died(9)
			stop := d.run()
			defer stop()
			pass(10 * time.Second)
			synctest.Wait()
			d.wantPublic("orphan")
		})
	})
}

// A person who says "retry" means now, also for what still waited when it became too late.
func TestRetrySendsWhatIsLateAndStillWaits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		want hayon.State // in which it waits
	}{
		{"queued", hayon.StateQueued},
		{"waits for a retry", hayon.StateRetryWait},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				post := d.post("late", 0)
				if tc.want == hayon.StateRetryWait {
					d.platform.OnPublish = refuseTemporarily("late")
					if _, err := d.worker.DeliverDue(d.ctx, 0); err != nil {
						t.Fatal(err)
					}
					d.platform.OnPublish = nil
				}
				if got := d.state(post.ID); got != tc.want {
					t.Fatalf("state: got %s, want %s", got, tc.want)
				}
				pass(2 * time.Hour) // nobody runs
				if _, err := d.scheduler.RetryPost(d.ctx, post.ID, hayon.PostChangeRequest{}); err != nil {
					t.Fatal(err)
				}
				if _, err := d.worker.DeliverDue(d.ctx, 0); err != nil {
					t.Fatal(err)
				}
				d.wantPublic("late")
			})
		})
	}
}

// An account that works again wakes what waited for it, also where nobody had to sign in anew.
func TestVerifiedAccountWakesWhatWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		first := d.post("first", 0)
		pass(time.Second)
		account := first.Targets[0].Account
		err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
			a, err := tx.FindAccountByID(ctx, account)
			if err != nil {
				return err
			}
			a.Status = hayon.AccountNeedsReconnect
			return tx.UpdateAccount(ctx, a)
		})
		if err != nil {
			t.Fatal(err)
		}
		d.post("second", 0)
		pass(90 * time.Second) // the hints for it come less and less often
		synctest.Wait()
		d.wantPublic("first")
		if _, err := d.scheduler.VerifyAccount(d.ctx, account); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Second)
		synctest.Wait()
		d.wantPublic("first", "second")
	})
}

// pace holds a key back from now on.
func (d *daemon) pace(p hayon.Pace, long time.Duration) {
	d.t.Helper()
	p.NotBefore = d.clock.now().Add(long)
	if err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.PutPace(ctx, &p) }); err != nil {
		d.t.Fatal(err)
	}
}

// publishedAfter is how long it takes until a post is out.
func (d *daemon) publishedAfter(id hayon.PostID, most time.Duration) time.Duration {
	d.t.Helper()
	start := time.Now()
	for time.Since(start) < most {
		if d.state(id) == hayon.StatePublished {
			break
		}
		pass(50 * time.Millisecond)
		synctest.Wait()
	}
	return time.Since(start)
}

// What a rate limit, a quota or a breaker holds back goes out when that ends, and not when the next hint
// happens to come.
func TestEndOfAPaceWakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		stop := d.run()
		defer stop()
		first := d.post("first", 0)
		pass(time.Minute)
		for _, tc := range []struct {
			name string
			pace hayon.Pace
			wait time.Duration
		}{
			{"account", hayon.Pace{Key: hayon.PaceKey(first.Targets[0].Account)}, 3 * time.Second},
			{"account, long", hayon.Pace{Key: hayon.PaceKey(first.Targets[0].Account)}, 17*time.Minute + 123*time.Millisecond},
		} {
			d.pace(tc.pace, tc.wait)
			post := d.post(tc.name, 0)
			if took := d.publishedAfter(post.ID, time.Hour); took < tc.wait || took > tc.wait+500*time.Millisecond {
				t.Errorf("%s: out after %s, want %s", tc.name, took, tc.wait)
			}
		}
	})
}

// A target that must wait, for whatever reason, is hinted at exactly when its wait is over.
func TestEndOfAWaitWakesAQueuedTarget(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{1200 * time.Millisecond, 4 * time.Second, 33 * time.Second, 20 * time.Minute} {
		t.Run(wait.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				ready := time.Now().Add(time.Minute + wait)
				d.platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					if time.Now().Before(ready) {
						return &hayon.Prepared{ReadyAt: ready}, nil
					}
					return nil, nil //nolint:nilnil // go on
				}
				stop := d.run()
				defer stop()
				pass(time.Minute)
				post := d.post("waits", 0)
				most := wait + 300*time.Millisecond
				if took := d.publishedAfter(post.ID, time.Hour); took < wait || took > most {
					t.Errorf("out after %s, want %s", took, wait)
				}
			})
		})
	}
}

// A platform that takes its time with an upload holds up the account's other posts for 150 s, and not
// until somebody looks again.
func TestLaneOfAnUploadThatTakesLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		ready := time.Now().Add(time.Hour)
		d.platform.OnPrepare = func(_ context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
			if r.Part().Text == "video" && time.Now().Before(ready) {
				return &hayon.Prepared{ReadyAt: time.Now().Add(10 * time.Minute)}, nil
			}
			return nil, nil //nolint:nilnil // go on
		}
		stop := d.run()
		defer stop()
		pass(time.Minute)
		d.post("video", 0)
		pass(10 * time.Millisecond)
		next := d.post("next", 0)
		if took := d.publishedAfter(next.ID, time.Hour); took < 149*time.Second || took > 151*time.Second {
			t.Errorf("the next one is out after %s, want 150 s", took)
		}
	})
}

// counting counts the messages that a broker is given.
type counting struct {
	hayon.Broker
	n *atomic.Int64
}

func (c counting) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	c.n.Add(1)
	return c.Broker.Publish(ctx, m)
}

// While publishing is paused nobody is hinted at again and again.
func TestPauseIsQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return counting{b, &n} })
		d.platform.OnPublish = refuseTemporarily("again")
		stop := d.run()
		defer stop()
		d.post("again", 0)
		pass(time.Second)
		if _, err := d.scheduler.Pause(d.ctx, "holidays"); err != nil {
			t.Fatal(err)
		}
		d.post("later", 0)
		pass(time.Minute)
		before := n.Load()
		pass(30 * time.Minute)
		if got := n.Load() - before; got > 0 {
			t.Errorf("%d hints in half an hour", got)
		}
		d.platform.OnPublish = nil
		if _, err := d.scheduler.Resume(d.ctx); err != nil {
			t.Fatal(err)
		}
		pass(11 * time.Second) // both are late, and go one after the other
		synctest.Wait()
		d.wantPublic("again", "later")
	})
}

// What is missed says what kept it back.
func TestMissedSaysWhy(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		block func(*daemon, *hayon.Account)
		at    time.Duration // when it is missed, counted from its due time
		want  string
	}{
		{
			"account", func(d *daemon, a *hayon.Account) { d.refused(a) }, time.Hour,
			"the account needs a new sign-in",
		},
		{
			"pause", func(d *daemon, _ *hayon.Account) {
				if _, err := d.scheduler.Pause(d.ctx, "holidays"); err != nil {
					d.t.Fatal(err)
				}
			}, time.Hour,
			"publishing was paused: holidays",
		},
		{
			"rate limit", func(d *daemon, a *hayon.Account) {
				d.pace(hayon.Pace{Key: hayon.PaceKey(a.ID), Reason: "the daily quota is used up"}, 6*time.Hour)
			}, time.Hour,
			"the platform asked to wait until 2000-01-01T06:00:01Z: the daily quota is used up",
		},
		{
			"breaker", func(d *daemon, a *hayon.Account) {
				d.pace(hayon.Pace{Key: hayon.HostPaceKey(a), Open: true, Failures: 5, Reason: "connection refused"}, 90*time.Minute)
			}, time.Hour,
			"platform is unreachable: connection refused",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				stop := d.run()
				defer stop()
				first := d.post("first", 0)
				pass(time.Second)
				var account *hayon.Account
				err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
					var err error
					account, err = tx.FindAccountByID(ctx, first.Targets[0].Account)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				tc.block(d, account)
				ask, skip := d.post("ask", 0), d.postLate("skip", hayon.LateSkip)
				publish := d.postLate("publish", hayon.LatePublish)
				pass(tc.at - time.Second)
				synctest.Wait()
				if got := d.state(ask.ID); got != hayon.StateQueued {
					t.Fatalf("before the end of the grace window: %s", got)
				}
				pass(7 * time.Second)
				synctest.Wait()
				d.wantMissed(ask.ID, true, tc.want)
				d.wantMissed(skip.ID, false, tc.want)
				if got := d.state(publish.ID); got != hayon.StateQueued {
					t.Errorf("with the policy publish: %s", got)
				}
			})
		})
	}
}

func (d *daemon) refused(a *hayon.Account) {
	d.t.Helper()
	a.Status = hayon.AccountNeedsReconnect
	if err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, a) }); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) postLate(text string, p hayon.LatePolicy) *hayon.Post {
	d.t.Helper()
	post, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: text, To: []string{"platform"}, IfLate: p})
	if err != nil {
		d.t.Fatal(err)
	}
	return post
}

func (d *daemon) wantMissed(id hayon.PostID, asks bool, why string) {
	d.t.Helper()
	p, err := d.scheduler.FindPostByID(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	t := p.Targets[0]
	if t.State != hayon.StateMissed || t.Asks != asks || t.Error == nil || !strings.HasSuffix(t.Error.Message, "; "+why) {
		d.t.Errorf("%s: %s, asks %t, error %+v; want missed because %q", p.Text, t.State, t.Asks, t.Error, why)
	}
}

// A full disk is told of once a minute at most, and when there is room again everything goes on.
func TestFullDiskFillsNoLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		var store *fullDisk
		d := newDaemonWith(t, setup{logger: log.logger(), store: func(s hayon.Store) hayon.Store {
			store = &fullDisk{Store: s}
			store.left.Store(1 << 40)
			return store
		}})
		stop := d.run()
		defer stop()
		post := d.post("due", time.Minute)
		pass(time.Second)
		store.left.Store(0)
		pass(11 * time.Minute)
		synctest.Wait()
		if n := strings.Count(log.String(), "due targets could not be queued"); n < 5 || n > 11 {
			t.Errorf("told %d times in ten minutes:\n%s", n, log.String())
		}
		store.left.Store(1 << 40)
		if took := d.publishedAfter(post.ID, time.Minute); took > 3*time.Second {
			t.Errorf("out %s after there was room again", took)
		}
	})
}
