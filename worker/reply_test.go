package worker_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// change makes the stored target of a post another one.
func (r *rig) change(id hayon.PostID, fn func(t *hayon.Target)) {
	r.t.Helper()
	t := r.find(id)
	fn(t)
	if err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateTarget(ctx, t) }); err != nil {
		r.t.Fatal(err)
	}
}

// refs are what a part was prepared with.
type refs struct{ Parent, Root hayon.Remote }

var (
	theirs = hayon.Remote{ID: "theirs", URL: "https://platform.example/theirs", Digest: "c1"}
	began  = hayon.Remote{ID: "began", Digest: "c2"}
)

// A thread that answers somebody joins that conversation: the first part is asked for its beginning, and
// the others get it, at whichever of its commits the process dies.
func TestThreadThatAnswers(t *testing.T) {
	t.Parallel()
	const enough = 10 // more commits than the attempt has
	for n := range enough {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("death at commit %d, done %t", n, lost), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { answerAndDie(t, n, lost) })
			})
		}
	}
}

func answerAndDie(t *testing.T, n int, lost bool) {
	t.Helper()
	got := make(map[int]refs)
	platform := &hayontest.Platform{OnPrepare: func(_ context.Context, q hayon.PrepareRequest) (*hayon.Prepared, error) {
		got[q.Index] = refs{q.Parent, q.Root}
		if q.Index > 0 {
			return nil, nil //nolint:nilnil // go on
		}
		return &hayon.Prepared{Data: []byte(q.Part().Text), Root: began}, nil
	}}
	r := newRig(t, platform)
	p := r.start(1, true)
	post := p.post(hayon.PostCreate{Text: "1", Parts: []string{"2", "3"}})
	r.change(post.ID, func(t *hayon.Target) { t.Parts[0].ReplyTo = &theirs })
	p.store.dieAt(n, lost)
	_ = p.deliver(post, 10*time.Minute)
	p.kill()
	r.takeOver(post)
	target := r.wantState(post.ID, hayon.StatePublished)
	r.wantPublic("1", "2", "3")
	want := map[int]refs{
		0: {Parent: theirs}, 1: {target.Parts[0].Remote, began}, 2: {target.Parts[1].Remote, began},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("prepared with (-want +got):\n%s", diff)
	}
	if target.Parts[0].Root != began {
		t.Errorf("the root is %+v", target.Parts[0].Root)
	}
}

// What the platform made otherwise is told on the target, once.
func TestNotesOfPrepare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		platform := &hayontest.Platform{OnPrepare: func(_ context.Context, q hayon.PrepareRequest) (*hayon.Prepared, error) {
			tries++
			return &hayon.Prepared{Data: []byte(q.Part().Text), Notes: []string{"the quote became a\nlink", "", fmt.Sprint("try ", tries)}}, nil
		}}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if tries == 1 {
				res := unavailable()
				res.PrepareAgain = true
				return res
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "1"})
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		want := []string{"the quote became a link", "try 1", "try 2"}
		if diff := cmp.Diff(want, r.wantState(post.ID, hayon.StatePublished).Notes); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

// A first part that is made ready again may find another beginning, and that is the one of the thread.
func TestThreadThatAnswersIsPreparedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{}
		tries := 0
		var root hayon.Remote // of the second part
		platform.OnPrepare = func(_ context.Context, q hayon.PrepareRequest) (*hayon.Prepared, error) {
			if q.Index > 0 {
				root = q.Root
				return nil, nil //nolint:nilnil // go on
			}
			if tries++; tries == 1 {
				return &hayon.Prepared{Data: []byte("1"), Root: theirs}, nil
			}
			return &hayon.Prepared{Data: []byte("1"), Root: began}, nil
		}
		platform.OnPublish = func(_ context.Context, q hayon.PublishRequest) hayon.Result {
			if tries == 1 {
				res := unavailable()
				res.PrepareAgain = true
				return res
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "1", Parts: []string{"2"}})
		r.change(post.ID, func(t *hayon.Target) { t.Parts[0].ReplyTo = &theirs })
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
		if tries != 2 || root != began {
			t.Errorf("prepared %d times, and the second part joined %+v", tries, root)
		}
	})
}
