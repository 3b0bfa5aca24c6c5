package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// The class of an account's own server counts in the place of that of its platform: nobody asks a
// server that can tell nothing, though others of its kind could.
func TestClassOfTheServer(t *testing.T) {
	t.Parallel()
	for _, class := range []hayon.Class{"", hayon.ClassE} {
		t.Run("class "+string(class), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, &hayontest.Platform{})
				r.platform.AfterPublish = func(context.Context, hayon.PublishRequest, hayon.Result) hayon.Result { return unknown("answer lost") }
				p := r.start(1, false)
				post := p.post(hayon.PostCreate{Text: "hello"})
				err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
					a, err := tx.FindAccountByID(ctx, post.Targets[0].Account)
					if err != nil {
						return err
					}
					a.Server = &hayon.ServerFacts{Class: class, ReadAt: time.Now()}
					return tx.UpdateAccount(ctx, a)
				})
				if err != nil {
					t.Fatal(err)
				}
				if err := p.deliver(post, time.Minute); err != nil {
					t.Fatal(err)
				}
				want := hayon.StatePublished
				if class == hayon.ClassE {
					want = hayon.StateUncertain
				}
				if target := r.wantState(post.ID, want); target.Held() != (class == hayon.ClassE) {
					t.Errorf("held: %t", target.Held())
				}
			})
		})
	}
}
