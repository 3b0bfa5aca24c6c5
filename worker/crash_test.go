package worker_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// The process dies at each of its commits, before it or right after it, and another one takes over.
// Whatever the moment, the post is public exactly once.
func TestCrashAtEveryCommit(t *testing.T) {
	t.Parallel()
	const enough = 8 // more commits than an attempt has
	for n := range enough {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, lost answer %t", n, lost), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(t, &hayontest.Platform{})
					first := r.start(1, true)
					post := first.post(hayon.PostCreate{Text: "hello"})
					first.store.dieAt(n, lost)
					_ = first.deliver(post, 10*time.Second)
					first.kill()
					r.rescue(post)
					r.wantPublic("hello")
				})
			})
		}
	}
}

// The process dies around the irreversible call: before it left, after it arrived, and after the
// answer came back.
func TestCrashAroundTheCall(t *testing.T) {
	t.Parallel()
	for _, arrived := range []bool{false, true} {
		t.Run(fmt.Sprintf("arrived %t", arrived), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				first := r.start(1, true)
				die := func() hayon.Result {
					first.kill()
					return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "dead")}
				}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if !arrived && !first.store.died() {
						return die()
					}
					return hayon.Result{}
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					if !first.store.died() {
						return die()
					}
					return res
				}
				post := first.post(hayon.PostCreate{Text: "hello"})
				_ = first.deliver(post, 10*time.Second)
				if target := r.wantState(post.ID, hayon.StatePublishing); target.Step != hayon.StepSending {
					t.Fatalf("step: got %s, want sending", target.Step)
				}
				r.rescue(post)
				r.wantPublic("hello")
				if target := r.find(post.ID); target.Crashes != 1 {
					t.Errorf("crashes: got %d, want 1", target.Crashes)
				}
			})
		})
	}
}

// rescue is what the next process does: take over from the dead and deliver what is due.
func (r *rig) rescue(post *hayon.Post) {
	r.t.Helper()
	next := r.start(2, true)
	if _, err := next.scheduler.Sweep(r.ctx); err != nil {
		r.t.Fatal(err)
	}
	if _, err := next.worker.DeliverDue(r.ctx, 0); err != nil {
		r.t.Fatal(err)
	}
	r.wantState(post.ID, hayon.StatePublished)
}

// A worker that sleeps through its lease finds its fence gone: another one has settled the target,
// and what the sleeper learnt becomes evidence.
func TestStaleWorker(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		arrived bool // before the sleep
	}{{"sleeps before its call arrives", false}, {"sleeps on the answer", true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				first := r.start(1, true)
				var slept atomic.Bool
				sleep := func() {
					if slept.Swap(true) {
						return
					}
					// Its heartbeat sleeps too: the store does not answer a stopped process.
					first.store.kill()
					pass(10 * time.Minute)
					first.store.revive()
				}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if !tc.arrived {
						sleep()
					}
					return hayon.Result{}
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					if tc.arrived {
						sleep()
					}
					return res
				}
				post := first.post(hayon.PostCreate{Text: "hello"})
				done := make(chan error, 1)
				go func() { done <- first.deliver(post, time.Hour) }()
				pass(5 * time.Minute) // the lease is over
				r.rescue(post)
				if err := <-done; !errors.Is(err, errDead) { // its looks at the store slept too
					t.Fatal(err)
				}
				r.wantPublic("hello")
				rows := r.rows(post.ID)
				if last := rows[len(rows)-1]; last.Kind != hayon.RowEvidence {
					t.Errorf("last row: got %s, want evidence", last.Kind)
				}
			})
		})
	}
}

func (m *mortal) revive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.isDead = false
}

// What a stale worker learnt decides before the platform is asked.
func TestEvidenceDecides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassE} // it can tell nothing afterwards
		r := newRig(t, platform)
		first := r.start(1, true)
		platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
			first.kill()
			return res
		}
		post := first.post(hayon.PostCreate{Text: "hello"})
		_ = first.deliver(post, time.Second)
		target := r.wantState(post.ID, hayon.StatePublishing)
		err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
			return tx.AppendJournal(ctx, &hayon.JournalRow{
				At: time.Now(), Kind: hayon.RowEvidence, Post: post.ID, Target: target.ID, User: target.Owner,
				Generation: target.Generation, Fence: target.Fence,
				Body: hayon.Encode(hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: "seen"}}),
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		r.rescue(post)
		if got := r.find(post.ID).Remote().ID; got != "seen" {
			t.Errorf("remote id: got %q, want the one of the evidence", got)
		}
		r.wantPublic("hello")
	})
}

// A target that takes its worker down again and again is parked.
func TestTenCrashesPark(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		r := newRig(t, platform)
		var running *process
		platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			running.kill()
			return nil, errDead
		}
		running = r.start(1, true)
		post := running.post(hayon.PostCreate{Text: "hello"})
		_ = running.deliver(post, time.Second)
		for pid := 2; pid <= 10; pid++ {
			running = r.start(pid, true)
			if _, err := running.scheduler.Sweep(r.ctx); err != nil {
				t.Fatal(err)
			}
			_, _ = running.worker.DeliverDue(r.ctx, 0)
			r.wantState(post.ID, hayon.StatePublishing)
		}
		running = r.start(11, true)
		if _, err := running.scheduler.Sweep(r.ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := running.worker.DeliverDue(r.ctx, 0); err != nil {
			t.Fatal(err)
		}
		target := r.wantState(post.ID, hayon.StateParked)
		if target.Attempts != 0 {
			t.Errorf("attempts: got %d, want 0: a crash is none", target.Attempts)
		}
		r.wantPublic()
	})
}
