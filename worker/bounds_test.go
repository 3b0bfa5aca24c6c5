package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// A platform that answers with the id of another post leaves a question for the user. It is not asked
// for ever, and the account's next post goes out.
func TestRemoteIDOfAnotherTargetIsHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		lie := func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			if r.Part().Text == "third" {
				return hayon.Result{}
			}
			return hayon.Result{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: "same"}}
		}
		platform.OnPublish, platform.OnReconcile = lie, lie
		r := newRig(t, platform)
		p := r.start(1, true)
		first := p.post(hayon.PostCreate{Text: "first"})
		if err := p.deliver(first, time.Minute); err != nil {
			t.Fatal(err)
		}
		second := p.post(hayon.PostCreate{Text: "second"})
		if err := p.deliver(second, 5*time.Minute); err != nil {
			t.Fatalf("it does not come to rest: %v", err)
		}
		r.wantState(first.ID, hayon.StatePublished)
		target := r.wantState(second.ID, hayon.StateUncertain)
		if !target.NotBefore.IsZero() || target.Error == nil {
			t.Errorf("not held for the user: %v, %+v", target.NotBefore, target.Error)
		}
		third := p.post(hayon.PostCreate{Text: "third"})
		if err := p.deliver(third, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantState(third.ID, hayon.StatePublished)
	})
}

// A platform that never answers, and never has the post when it is asked later, gets it four times
// and not until the end of the grace window.
func TestUnknownAndAbsentIsParked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		platform := &hayontest.Platform{}
		platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			sent++
			return hayon.Result{Verdict: hayon.VerdictUnknown, AskAgain: r.Now.Add(5 * time.Second)}
		}
		platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			if r.Target.State == hayon.StateUncertain {
				return hayon.Result{Verdict: hayon.VerdictNotApplied}
			}
			return hayon.Result{Verdict: hayon.VerdictUnknown, AskAgain: r.Now.Add(5 * time.Second)}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, 30*time.Minute); err != nil {
			t.Errorf("it does not come to rest: %v", err)
		}
		r.wantState(post.ID, hayon.StateParked)
		if sent != 4 {
			t.Errorf("sent %d times, want 4: the first attempt and three retries", sent)
		}
	})
}

// A process that was stopped for longer than its lease may claim the target anew while its old
// attempt still runs. The new one follows as soon as the old one has ended.
func TestOwnTargetClaimedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		r := newRig(t, platform)
		p := r.start(1, false)
		post := p.post(hayon.PostCreate{Text: "hello"})
		again := make(chan error, 1)
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
				_, err := tx.ExpireLeases(ctx, []hayon.Owner{p.owner}, time.Now())
				return err
			})
			if err != nil {
				t.Error(err)
			}
			go func() {
				_, err := p.worker.DeliverDue(r.ctx, 0)
				again <- err
			}()
			pass(time.Second)
			return hayon.Result{}
		}
		began := time.Now()
		if _, err := p.worker.DeliverDue(r.ctx, 0); err != nil {
			t.Fatal(err)
		}
		if err := <-again; err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
