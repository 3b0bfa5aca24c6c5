package worker_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/queue/local"
)

// A platform that never answers an upload costs the attempt and not the worker: it is tried again, and
// the account's next target goes out after it.
func TestPrepareThatNeverReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		hangs := 2
		platform.OnPrepare = func(ctx context.Context, _ hayon.PrepareRequest) (*hayon.Prepared, error) {
			if hangs == 0 {
				return nil, nil //nolint:nilnil // go on
			}
			hangs--
			<-ctx.Done()
			return nil, ctx.Err()
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		pass(time.Second)
		next := p.post(hayon.PostCreate{Text: "next"})
		start := time.Now()
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatalf("it hangs: %v", err)
		}
		if took := time.Since(start); took < 20*time.Minute || took > 21*time.Minute {
			t.Errorf("it took %s, want twice the limit and the waits", took)
		}
		if got := r.wantState(post.ID, hayon.StatePublished).Attempts; got != 3 {
			t.Errorf("attempts: got %d, want 3", got)
		}
		if err := p.deliver(next, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantPublic("hello", "next")
	})
}

// Where all attempts hang the user is told so.
func TestPrepareThatNeverReturnsIsParked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(ctx context.Context, _ hayon.PrepareRequest) (*hayon.Prepared, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		r := newRig(t, platform)
		r.config.PrepareTimeout = time.Minute
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatalf("it hangs: %v", err)
		}
		target := r.wantState(post.ID, hayon.StateParked)
		if target.Error.Code != hayon.CodeUnavailable {
			t.Errorf("error: got %+v", target.Error)
		}
	})
}

// What is large has more time to be uploaded.
func TestPrepareOfALargeFileHasItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var left time.Duration
		platform := &hayontest.Platform{}
		platform.OnPrepare = func(ctx context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
			end, _ := ctx.Deadline()
			left = time.Until(end)
			return &hayon.Prepared{Data: []byte(r.Part().Text)}, nil
		}
		r := newRig(t, platform)
		r.config.PrepareTimeout = time.Minute
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello"})
		err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
			target, err := tx.FindTargetByID(ctx, post.Targets[0].ID)
			if err != nil {
				return err
			}
			target.Parts[0].Media = []hayon.Attachment{{SHA256: "ab", Type: "video/mp4", Bytes: 128 << 20}}
			return tx.UpdateTarget(ctx, target)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		if want := time.Minute + 1024*time.Second; left != want {
			t.Errorf("Prepare has %s, want %s", left, want)
		}
	})
}

// A target that cannot be worked on because the store does not have what belongs to it is not given
// back and taken for ever: after ten times it is parked, and one that may be out is left to its user.
func TestBrokenTargetIsNoLoop(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		sent bool
		want hayon.State
	}{{"not sent", false, hayon.StateParked}, {"sent", true, hayon.StateUncertain}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassD}
				r := newRig(t, platform)
				p := r.start(1, false)
				post := p.post(hayon.PostCreate{Text: "hello"})
				if tc.sent {
					r.edit(post, func(target *hayon.Target) { target.Enter(hayon.StatePublishing, time.Now()) })
					r.edit(post, func(target *hayon.Target) {
						target.Enter(hayon.StateUncertain, time.Now())
						target.Step, target.NotBefore = hayon.StepSending, time.Now()
					})
				}
				r.edit(post, func(target *hayon.Target) { target.Parts[0].Prepared = 1 << 40 }) // a row that is not there
				p.follow(post, time.Hour)
				r.edit(post, func(target *hayon.Target) { target.Parts[0].Prepared = 0 }) // for the check of the store
				r.wantState(post.ID, tc.want)
				if n := len(r.rows(post.ID)); n > 60 {
					t.Errorf("%d rows", n)
				}
				r.wantPublic()
			})
		})
	}
}

// edit changes a post's only target behind everybody's back.
func (r *rig) edit(post *hayon.Post, fn func(*hayon.Target)) {
	r.t.Helper()
	err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		target, err := tx.FindTargetByID(ctx, post.Targets[0].ID)
		if err != nil {
			return err
		}
		fn(target)
		return tx.UpdateTarget(ctx, target)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// A platform that goes on processing for ever is asked less and less often.
func TestPlatformThatProcessesForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassC}
		asked := 0
		platform.OnPrepare = func(_ context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
			asked++
			return &hayon.Prepared{Data: []byte(r.Part().Text), ReadyAt: time.Now().Add(time.Second)}, nil
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "hello", IfLate: hayon.LatePublish})
		if err := p.deliver(post, 12*time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if asked < 20 || asked > 200 {
			t.Errorf("asked %d times in 12 hours", asked)
		}
	})
}

// brittle is a broker that takes one consumer.
type brittle struct {
	hayon.Broker
	consumers int
}

func (b *brittle) Consume(ctx context.Context, queue string, prefetch int) (<-chan hayon.Delivery, error) {
	if b.consumers++; b.consumers > 1 {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the broker is gone")
	}
	return b.Broker.Consume(ctx, queue, prefetch)
}

// A worker that gets only some of its consumers ends with the error, so that somebody starts it again.
func TestRunEndsWithoutItsConsumers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, false)
		broker, err := local.New(local.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = broker.Close() }()
		if err := broker.Declare(r.ctx, hayon.NewTopology(nil)); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		ctx, cancel := context.WithCancel(r.ctx)
		defer cancel()
		go func() { ended <- p.worker.Run(ctx, &brittle{Broker: broker}) }()
		select {
		case err := <-ended:
			if hayon.CodeOf(err) != hayon.CodeUnavailable {
				t.Errorf("got %v, want what the broker said", err)
			}
		case <-time.After(time.Hour):
			t.Error("it goes on with what it has")
			cancel()
			<-ended
		}
	})
}
