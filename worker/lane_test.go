package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// Two one-shots post to the same account at the same time: the second waits for the lane.
func TestLaneOfALiveProcessIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			pass(3 * time.Second)
			return hayon.Result{}
		}
		r := newRig(t, platform)
		one, two := r.start(1, true), r.start(2, true)
		first := one.post(hayon.PostCreate{Text: "first"})
		second := two.post(hayon.PostCreate{Text: "second"})
		r.wantState(first.ID, hayon.StatePublishing)
		r.wantState(second.ID, hayon.StateQueued)
		done := make(chan error, 1)
		go func() { done <- one.deliver(first, time.Minute) }()
		if err := two.deliver(second, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		r.wantPublic("first", "second")
	})
}

// A one-shot brings to rest what a dead process left in its lane, and then its own target.
func TestLaneOfADeadProcessIsTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		one, two := r.start(1, true), r.start(2, true)
		first := one.post(hayon.PostCreate{Text: "first"})
		one.kill()
		if err := two.scheduler.Recover(r.ctx); err != nil {
			t.Fatal(err)
		}
		second := two.post(hayon.PostCreate{Text: "second"})
		if err := two.deliver(second, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantState(first.ID, hayon.StatePublished)
		r.wantPublic("first", "second")
	})
}

// A process that dies while another waits for its lane is found out during the wait.
func TestDeathDuringTheWaitForALane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		one, two := r.start(1, true), r.start(2, true)
		one.post(hayon.PostCreate{Text: "first"})
		second := two.post(hayon.PostCreate{Text: "second"})
		time.AfterFunc(5*time.Second, one.kill)
		if err := two.deliver(second, 30*time.Second); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("first", "second")
	})
}

// Somebody else's overdue targets are not the business of a one-shot.
func TestOverdueTargetsOfOthersStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		daemon, shot := r.start(1, false), r.start(2, true)
		waiting := daemon.post(hayon.PostCreate{Text: "waiting"})
		own := shot.post(hayon.PostCreate{Text: "own"})
		if err := shot.deliver(own, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantState(waiting.ID, hayon.StateQueued)
		r.wantPublic("own")
	})
}

// A target that waits for its retry keeps its lane, so that the account's posts stay in order.
func TestRetryKeepsTheLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		calls := 0
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls++; calls == 1 {
				return unavailable()
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		one, two := r.start(1, true), r.start(2, true)
		first := one.post(hayon.PostCreate{Text: "first"})
		_ = one.deliver(first, time.Second)
		r.wantState(first.ID, hayon.StateRetryWait)
		second := two.post(hayon.PostCreate{Text: "second"})
		done := make(chan error, 1)
		go func() { done <- one.deliver(first, time.Minute) }()
		if err := two.deliver(second, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		r.wantPublic("first", "second")
	})
}

// Cancelling is decided by the step: before "sending" it works also while a worker is at it.
func TestCancelWhilePublishing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		sending bool
		want    hayon.State
		code    hayon.Code
	}{
		{"before sending", false, hayon.StateCancelled, ""},
		{"while sending", true, hayon.StatePublished, hayon.CodeConflict},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{}
				r := newRig(t, platform)
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "hello"})
				var err error
				cancel := func() { _, err = p.scheduler.CancelPost(r.ctx, post.ID, hayon.PostChangeRequest{}) }
				platform.OnPrepare = func(context.Context, hayon.PrepareRequest) (*hayon.Prepared, error) {
					if !tc.sending {
						cancel()
					}
					return nil, nil //nolint:nilnil // go on
				}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					cancel()
					return hayon.Result{}
				}
				if err := p.deliver(post, time.Minute); err != nil {
					t.Fatal(err)
				}
				if hayon.CodeOf(err) != tc.code {
					t.Errorf("cancel: got %v, want code %q", err, tc.code)
				}
				r.wantState(post.ID, tc.want)
				if tc.want == hayon.StateCancelled {
					r.wantPublic()
				}
			})
		})
	}
}
