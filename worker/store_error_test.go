package worker_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// refusing is a store whose updates fail while err says so. Reading works.
type refusing struct {
	hayon.Store
	err func() error
}

func (s refusing) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// A disk that is full for a while does not make a one-shot prepare the same post again and again
// without a pause, and what it has claimed goes out afterwards.
func TestStoreErrorIsNoBusyLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		prepared := 0
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			prepared++
			return nil, nil //nolint:nilnil // go on
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		full := time.Now().Add(5 * time.Second)
		p.store.Store = refusing{p.store.Store, func() error {
			if time.Now().Before(full) && prepared < 1000 { // a loop without a pause stops the clock
				return hayon.Errorf(hayon.CodeLocal, "the disk is full")
			}
			return nil
		}}
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("hello")
		if prepared > 20 {
			t.Errorf("prepared %d times within 5 s", prepared)
		}
	})
}

// A lease that cannot be renewed because somebody else has the database is not a lost one: the
// request that is under way goes on.
func TestHeldDatabaseIsNoLostLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var held atomic.Bool
		platform := &hayontest.Platform{PublishTimeout: time.Minute}
		platform.OnPublish = func(ctx context.Context, _ hayon.PublishRequest) hayon.Result {
			held.Store(true)
			select {
			case <-time.After(40 * time.Second):
			case <-ctx.Done():
				t.Errorf("the request was given up: %v", context.Cause(ctx))
			}
			held.Store(false)
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		p.store.Store = refusing{p.store.Store, func() error {
			if held.Load() {
				return hayon.Errorf(hayon.CodeConflict, "the database is held by another process")
			}
			return nil
		}}
		if err := p.deliver(post, 2*time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
	})
}

// What a dead process left and is too late to go out does not close the account to what is new.
func TestLateOrphanLeavesTheLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		one := r.start(1, true)
		first := one.post(hayon.PostCreate{Text: "first"}) // claimed, nothing sent
		one.kill()
		pass(2 * time.Hour)
		two := r.start(2, true)
		if err := two.scheduler.Recover(r.ctx); err != nil {
			t.Fatal(err)
		}
		second := two.post(hayon.PostCreate{Text: "second"})
		if err := two.deliver(second, 30*time.Second); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("second")
		if got := r.find(first.ID).State; got == hayon.StatePublished {
			t.Errorf("state of what is two hours late: %s", got)
		}
	})
}

// A disk that is full for a moment does not keep a daemon's target for the rest of its lease.
func TestTargetIsGivenBackSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		r := newRig(t, platform)
		p := r.start(1, false)
		var full time.Time
		platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
			if full.IsZero() {
				full = time.Now().Add(5 * time.Second)
			}
			return nil, nil //nolint:nilnil // go on
		}
		p.store.Store = refusing{p.store.Store, func() error {
			if time.Now().Before(full) {
				return hayon.Errorf(hayon.CodeLocal, "the disk is full")
			}
			return nil
		}}
		post := p.post(hayon.PostCreate{Text: "hello"})
		stop := p.serve()
		defer stop()
		pass(15 * time.Second)
		target := r.wantState(post.ID, hayon.StatePublished)
		if target.Crashes != 0 || target.Attempts != 1 {
			t.Errorf("crashes %d, attempts %d", target.Crashes, target.Attempts)
		}
		r.wantPublic("hello")
	})
}

// What the platform has said is not forgotten because it could not be written down at once, in no
// class: a class that can tell nothing afterwards would have to ask its user.
func TestOutcomeIsKeptUntilItIsStored(t *testing.T) {
	t.Parallel()
	eachClass(t, func(r *rig) {
		t, platform := r.t, r.platform
		p := r.start(1, false)
		var full time.Time
		platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
			full = time.Now().Add(20 * time.Second)
			return res
		}
		platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
			t.Error("the platform was asked for what it had said")
			return hayon.Result{}
		}
		p.store.Store = refusing{p.store.Store, func() error {
			if time.Now().Before(full) {
				return hayon.Errorf(hayon.CodeLocal, "the disk is full")
			}
			return nil
		}}
		post := p.post(hayon.PostCreate{Text: "hello"})
		stop := p.serve()
		defer stop()
		pass(time.Minute)
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
	})
}

// A look that could not be recorded is repeated soon.
func TestLookIsGivenBackSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassC}
		loseFirst(platform)
		r := newRig(t, platform)
		p := r.start(1, false)
		var broken atomic.Int64 // until when
		platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
			broken.CompareAndSwap(0, time.Now().Add(3*time.Second).UnixNano())
			return hayon.Result{}
		}
		p.store.Store = refusing{p.store.Store, func() error {
			if time.Now().UnixNano() < broken.Load() {
				return errors.New("the disk answers nonsense")
			}
			return nil
		}}
		post := p.post(hayon.PostCreate{Text: "hello"})
		stop := p.serve()
		defer stop()
		pass(30 * time.Second)
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
	})
}
