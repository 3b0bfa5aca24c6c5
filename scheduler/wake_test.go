package scheduler_test

import (
	"context"
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

func (busy) Depth(context.Context, string) (ready, unacked int, err error) { return 1, 0, nil }

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
