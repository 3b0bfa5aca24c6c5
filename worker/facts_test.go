package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// What a server refuses has passed by what was known of it, so that is read anew before the next post.
// Nothing else puts it in doubt.
func TestRefusedContentPutsFactsInDoubt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answer  hayon.Result
		inDoubt bool
	}{
		{"rejected", hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.Errorf(hayon.CodeRejected, "platform: 422")}, true},
		{"invalid", hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeInvalid, "platform: too long")}, true},
		{"signed out", hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnauthenticated, "platform: 401")}, false},
		{"published", hayon.Result{}, false},
	}
	for _, tt := range tests {
		for _, read := range []bool{false, true} { // read: somebody reads them while the call is under way
			name := tt.name
			if read {
				name += ", read meanwhile"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r := newRig(t, &hayontest.Platform{})
					p := r.start(1, true)
					if err := p.deliver(p.post(hayon.PostCreate{Text: "one"}), time.Minute); err != nil { // the account comes into being
						t.Fatal(err)
					}
					at := time.Now().UTC()
					r.facts(at)
					r.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
						if read {
							r.facts(at.Add(time.Second))
						}
						return tt.answer
					}
					post := p.post(hayon.PostCreate{Text: "two"})
					if err := p.deliver(post, time.Minute); err != nil {
						t.Fatal(err)
					}
					if !r.find(post.ID).State.Terminal() {
						t.Fatalf("state: got %s", r.find(post.ID).State)
					}
					want := at
					switch {
					case read:
						want = at.Add(time.Second)
					case tt.inDoubt:
						want = time.Time{}
					}
					if got := r.account().Server; !got.ReadAt.Equal(want) || got.Software != "server" {
						t.Errorf("facts %+v, want them read at %s", got, want)
					}
				})
			})
		}
	}
}

// facts gives the account facts that were read at an instant.
func (r *rig) facts(at time.Time) {
	r.t.Helper()
	a := r.account()
	a.Server = &hayon.ServerFacts{Software: "server", ReadAt: at}
	err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, a) })
	if err != nil {
		r.t.Fatal(err)
	}
}

// account is the only account.
func (r *rig) account() *hayon.Account {
	r.t.Helper()
	var list []*hayon.Account
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		list, err = tx.FindAccounts(ctx, hayon.AccountFilter{})
		return err
	})
	if err != nil || len(list) != 1 {
		r.t.Fatalf("accounts %v (%v), want one", list, err)
	}
	return list[0]
}
