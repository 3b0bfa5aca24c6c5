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

// A process stands still for longer than its lease, at each of its commits, and another one takes
// over meanwhile. The fence, the deadline and the evidence see to it that the post is public once.
func TestStallAtEveryCommit(t *testing.T) {
	t.Parallel()
	const enough = 4 // more commits than an attempt has
	for n := range enough {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %t", n, after), func(t *testing.T) {
				t.Parallel()
				eachClass(t, func(r *rig) {
					first := r.start(1, true)
					post := first.post(hayon.PostCreate{Text: "hello"})
					r.platform.OnPublish = func(_ context.Context, q hayon.PublishRequest) hayon.Result {
						if !time.Now().Before(q.Deadline) {
							r.t.Errorf("called %s after the deadline", time.Since(q.Deadline))
						}
						return hayon.Result{}
					}
					first.store.freezeAt(n, after, 10*time.Minute)
					r.outlast(first, post)
				})
			})
		}
	}
}

// The same with a process that stands still between two commits.
func TestStallBetweenCommits(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"prepare", "before the call", "after the call", "before a look"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			eachClass(t, func(r *rig) {
				platform := r.platform
				first := r.start(1, true)
				var stalled atomic.Bool
				stall := func(here string) {
					if here == where && stalled.CompareAndSwap(false, true) {
						first.store.freeze(10 * time.Minute)
					}
				}
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					stall("prepare")
					return nil, nil //nolint:nilnil // go on
				}
				var lost atomic.Bool
				lost.Store(where != "before a look" || platform.Class == hayon.ClassE)
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					stall("before the call")
					if lost.CompareAndSwap(false, true) {
						return unknown("reset before")
					}
					return hayon.Result{}
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					stall("after the call")
					return res
				}
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					stall("before a look")
					return hayon.Result{}
				}
				post := first.post(hayon.PostCreate{Text: "hello"})
				r.outlast(first, post)
			})
		})
	}
}

// outlast lets first work on a post, during which it stands still for ten minutes, and a second process
// beside it. In the end the post is public once, and known to be.
func (r *rig) outlast(first *process, post *hayon.Post) {
	r.t.Helper()
	done := make(chan error, 1)
	go func() { done <- first.deliver(post, time.Hour) }()
	pass(3 * time.Minute) // the lease is over
	r.takeOver(post)
	if err := <-done; err != nil && !errors.Is(err, context.DeadlineExceeded) {
		r.t.Fatal(err)
	}
	r.takeOver(post) // what the first has learnt
	if r.platform.Class == hayon.ClassD && !r.platform.ReadYourWrites && len(r.platform.Public()) == 0 {
		wantHeld(r.t, r.find(post.ID))
		return
	}
	r.wantState(post.ID, hayon.StatePublished)
	r.wantPublic("hello")
}

// A machine that slept through the grace window while a post was made ready does not send it when it
// wakes up, although nobody has taken the lease: its late policy decides.
func TestSleepThroughTheGraceWindow(t *testing.T) {
	t.Parallel()
	for policy, want := range map[hayon.LatePolicy]hayon.State{
		hayon.LatePublish: hayon.StatePublished, hayon.LateSkip: hayon.StateMissed, hayon.LateAsk: hayon.StateMissed,
	} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				p := r.start(1, true)
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					p.store.freeze(3 * time.Hour)
					return nil, nil //nolint:nilnil // go on
				}
				post := p.post(hayon.PostCreate{Text: "hello", IfLate: policy})
				if err := p.deliver(post, 4*time.Hour); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, want)
				if want == hayon.StatePublished {
					r.wantPublic("hello")
				} else {
					r.wantPublic()
				}
			})
		})
	}
}

// While the clock is not trusted nobody can say that a post is too late: it is given back, and goes out
// when the clock is right again.
func TestClockThatJumpsDuringAnAttempt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		answer func(now time.Time) (*hayon.Prepared, error)
		want   hayon.State
	}{
		{"ready", func(time.Time) (*hayon.Prepared, error) { return nil, nil }, hayon.StateQueued}, //nolint:nilnil // go on
		{"processing", func(now time.Time) (*hayon.Prepared, error) {
			return &hayon.Prepared{Data: []byte("hello"), ReadyAt: now.Add(time.Second)}, nil
		}, hayon.StateQueued},
		{"refused", func(time.Time) (*hayon.Prepared, error) { return nil, unavailable().Err }, hayon.StateRetryWait},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				var wrong atomic.Bool
				r.config.MayPublish = func() bool { return !wrong.Load() }
				p := r.start(1, false)
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					wrong.Store(true)
					p.store.freeze(3 * time.Hour)
					return tc.answer(time.Now())
				}
				post := p.post(hayon.PostCreate{Text: "hello"})
				_ = p.deliver(post, 4*time.Hour)
				r.wantState(post.ID, tc.want)
				platform.OnPrepare = nil
				r.edit(post, func(target *hayon.Target) { target.Due = time.Now() }) // as the right clock has it
				wrong.Store(false)
				if err := p.deliver(post, time.Minute); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, hayon.StatePublished)
				r.wantPublic("hello")
			})
		})
	}
}

// A call that may take longer than a lease has one that outlasts it, and so has a look, which may be
// the same call once more.
func TestLeaseOutlastsCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassB, PublishTimeout: 5 * time.Minute}
		loseFirst(platform)
		r := newRig(t, platform)
		checks := 0
		check := func(_ context.Context, q hayon.PublishRequest) hayon.Result {
			checks++
			target := r.find(q.Target.Post)
			if target.Lease == nil || target.Lease.Until.Before(q.Deadline.Add(10*time.Second)) {
				t.Errorf("lease %+v for a call until %s", target.Lease, q.Deadline)
			}
			if left := time.Until(q.Deadline); left != 5*time.Minute {
				t.Errorf("%s left for the call", left)
			}
			return hayon.Result{}
		}
		lost := platform.OnPublish
		platform.OnPublish = func(ctx context.Context, q hayon.PublishRequest) hayon.Result {
			check(ctx, q)
			return lost(ctx, q)
		}
		platform.OnReconcile = check
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("hello")
		if checks != 2 {
			t.Errorf("%d calls, want a call and a look", checks)
		}
	})
}
