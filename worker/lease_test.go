package worker_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// A process that stood still while it prepared wakes up in the middle of another one's call. There is a
// lease, and it is not its own: it sends nothing, in no class.
func TestFenceWhileAnotherWorks(t *testing.T) {
	t.Parallel()
	const still = 5 * time.Minute
	eachClass(t, func(r *rig) {
		t, platform := r.t, r.platform
		first := r.start(1, true)
		var stood atomic.Bool
		platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			if !stood.Swap(true) {
				first.store.freeze(still)
			}
			return nil, nil //nolint:nilnil // go on
		}
		var calls atomic.Int32
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			calls.Add(1)
			pass(10 * time.Second)
			return hayon.Result{}
		}
		post := first.post(hayon.PostCreate{Text: "hello"})
		done := make(chan error, 1)
		go func() { done <- first.deliver(post, time.Hour) }()
		pass(still - 5*time.Second)
		r.takeOver(post)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
		if n := calls.Load(); n != 1 {
			t.Errorf("sent %d times, want once", n)
		}
	})
}

// Work that takes longer than a lease keeps it, while its process lives.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var prepares atomic.Int32
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			prepares.Add(1)
			pass(5 * time.Minute)
			return nil, nil //nolint:nilnil // go on
		}
		r := newRig(t, platform)
		first, second := r.start(1, true), r.start(2, false)
		post := first.post(hayon.PostCreate{Text: "hello"})
		stop := second.serve()
		defer stop()
		if err := first.deliver(post, 10*time.Minute); err != nil {
			t.Fatal(err)
		}
		target := r.wantState(post.ID, hayon.StatePublished)
		if n := prepares.Load(); n != 1 || target.Crashes != 0 || target.Fence != 1 {
			t.Errorf("prepared %d times, crashes %d, fence %d, want one claim", n, target.Crashes, target.Fence)
		}
	})
}

// The lease of a dead process ends at once, that of a living one does not.
func TestRecoverLeavesTheLiving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		first, second := r.start(1, true), r.start(2, false)
		post := first.post(hayon.PostCreate{Text: "hello"}) // claimed
		pass(time.Second)
		over := func() bool {
			t.Helper()
			if err := second.scheduler.Recover(r.ctx); err != nil {
				t.Fatal(err)
			}
			return !r.wantState(post.ID, hayon.StatePublishing).Lease.Until.After(time.Now())
		}
		if over() {
			t.Error("the lease of a living process has ended")
		}
		first.kill()
		if !over() {
			t.Error("the lease of a dead process goes on")
		}
	})
}

// A disk that is full for so long that the platform's answer is lost does not give the target back as
// if nothing had been sent: it keeps its lease, and is looked up when that is over.
func TestGivenBackWhileSending(t *testing.T) {
	t.Parallel()
	eachClass(t, func(r *rig) {
		t, platform := r.t, r.platform
		p := r.start(1, false)
		var full atomic.Int64 // until when
		platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
			full.CompareAndSwap(0, time.Now().Add(95*time.Second).UnixNano()) // longer than a lease
			return res
		}
		p.store.Store = refusing{p.store.Store, func() error {
			if time.Now().UnixNano() < full.Load() {
				return hayon.Errorf(hayon.CodeLocal, "the disk is full")
			}
			return nil
		}}
		post := p.post(hayon.PostCreate{Text: "hello"})
		if _, err := p.worker.DeliverDue(r.ctx, 1); err != nil {
			t.Fatal(err)
		}
		if target := r.wantState(post.ID, hayon.StatePublishing); target.Step != hayon.StepSending {
			t.Errorf("step: got %s, want sending", target.Step)
		}
		r.takeOver(post)
		if tells(platform, true) {
			r.wantState(post.ID, hayon.StatePublished)
		} else {
			wantHeld(t, r.find(post.ID))
		}
		r.wantPublic("hello")
	})
}

// The call of a process that died may still be on its way until its deadline. Nobody asks what became
// of it before that and the first settle time are over; only under an id of our own it is asked at once.
func TestLookWaitsForTheCall(t *testing.T) {
	t.Parallel()
	eachClass(t, func(r *rig) {
		t, platform := r.t, r.platform
		first := r.start(1, true)
		began := time.Now()
		var deadline atomic.Pointer[time.Time]
		platform.OnPublish = func(_ context.Context, q hayon.PublishRequest) hayon.Result {
			if deadline.CompareAndSwap(nil, &q.Deadline) {
				first.kill()
				return unknown("dead")
			}
			return hayon.Result{}
		}
		platform.OnReconcile = func(_ context.Context, q hayon.PublishRequest) hayon.Result {
			own := time.Now().Equal(began) // by the dead worker, at the instant of its death
			if early := deadline.Load().Add(5 * time.Second).Sub(q.Now); early > 0 && !own && platform.Class != hayon.ClassA {
				t.Errorf("asked %s too early", early)
			}
			return hayon.Result{}
		}
		post := first.post(hayon.PostCreate{Text: "hello"})
		done := make(chan error, 1)
		go func() { done <- first.deliver(post, time.Minute) }()
		pass(time.Second)
		r.takeOver(post)
		<-done // it could write nothing
	})
}

// While the clock cannot be trusted nothing is claimed, whoever asks.
func TestMayPublishIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		trusted := false
		r.config.MayPublish = func() bool { return trusted }
		p := r.start(1, false)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if worked, err := p.worker.DeliverDue(r.ctx, 0); err != nil || len(worked) > 0 {
			t.Errorf("worked on %d targets, %v", len(worked), err)
		}
		if err := p.deliver(post, 10*time.Second); err == nil {
			t.Error("it came to rest")
		}
		r.wantState(post.ID, hayon.StateQueued)
		r.wantPublic()
		trusted = true
		if err := p.deliver(post, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("hello")
	})
}
