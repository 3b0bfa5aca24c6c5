package scheduler_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// thread stores a thread of three parts and lets an hour pass.
func (d *daemon) thread(ifLate hayon.LatePolicy) *hayon.Post {
	d.t.Helper()
	post, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: "one", Parts: []string{"two", "three"}, To: []string{"platform"}, IfLate: ifLate,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	pass(90 * time.Minute)
	synctest.Wait()
	return post
}

// refuse makes the platform answer that to the second part.
func (d *daemon) refuse(res hayon.Result) {
	d.platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
		if r.Part().Text == "two" {
			return res
		}
		return hayon.Result{}
	}
}

// A thread of which the first part is out, and that has come to rest, can be let be and can be sent on
// from the part that is missing.
func TestThreadThatStoppedHalfWay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		res  hayon.Result
		want hayon.State
	}{
		{"failed", hayon.Result{Verdict: hayon.VerdictRejected}, hayon.StateFailed},
		{"parked", hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "platform: 503")}, hayon.StateParked},
		{"missed", hayon.Result{Verdict: hayon.VerdictNotApplied, Err: &hayon.Error{Code: hayon.CodeRateLimited, RetryAfter: 3 * time.Hour}}, hayon.StateMissed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, nil)
				d.refuse(tc.res)
				stop := d.run()
				defer stop()
				let, again := d.thread(hayon.LateAsk), d.thread(hayon.LateAsk)
				for _, p := range []*hayon.Post{let, again} {
					if got := d.state(p.ID); got != tc.want {
						t.Fatalf("state: got %s, want %s", got, tc.want)
					}
				}
				if _, err := d.scheduler.CancelPost(d.ctx, let.ID, hayon.PostChangeRequest{}); err != nil {
					t.Errorf("it cannot be let be: %v", err)
				}
				if got := d.state(let.ID); got != hayon.StateCancelled {
					t.Errorf("state: got %s, want cancelled", got)
				}
				d.platform.OnPublish = nil
				if _, err := d.scheduler.RetryPost(d.ctx, again.ID, hayon.PostChangeRequest{}); err != nil {
					t.Fatal(err)
				}
				pass(4 * time.Hour)
				synctest.Wait()
				d.wantPublic("one", "one", "two", "three")
				if got := d.state(again.ID); got != hayon.StatePublished {
					t.Errorf("state: got %s, want published", got)
				}
			})
		})
	}
}

// The address of a part that is known to be out says nothing of the part in question.
func TestResolveWithTheAddressOfAnotherPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		loseAnswers(d.platform, "two")
		stop := d.run()
		defer stop()
		post := d.thread(hayon.LateAsk)
		first := "https://platform.example/" + d.platform.Public()[0].ID
		_, err := d.scheduler.ResolvePost(d.ctx, post.ID, hayon.PostResolve{Published: first})
		if hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("got %v, want a conflict", err)
		}
		if got := d.state(post.ID); got != hayon.StateUncertain {
			t.Errorf("state: got %s, want uncertain", got)
		}
	})
}

// A post whose account was removed is not queued for nobody.
func TestRetryWithoutTheAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		var ids []hayon.AccountID
		for _, alias := range []string{"a", "b"} {
			account, err := d.scheduler.CreateAccount(d.ctx, hayon.SignIn{Platform: "platform", Alias: alias})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, account.ID)
		}
		d.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			return hayon.Result{Verdict: hayon.VerdictRejected}
		}
		stop := d.run()
		defer stop()
		create := func(to ...string) *hayon.Post {
			post, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "hello", To: to, IfLate: hayon.LatePublish})
			if err != nil {
				t.Fatal(err)
			}
			return post
		}
		one, both := create("platform/a"), create("platform/a", "platform/b")
		pass(time.Second)
		synctest.Wait()
		if err := d.scheduler.DeleteAccount(d.ctx, ids[0]); err != nil {
			t.Fatal(err)
		}
		d.platform.OnPublish = nil
		if _, err := d.scheduler.RetryPost(d.ctx, one.ID, hayon.PostChangeRequest{}); hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("got %v, want a conflict", err)
		}
		if got := d.state(one.ID); got != hayon.StateFailed {
			t.Errorf("state: got %s, want failed", got)
		}
		if _, err := d.scheduler.RetryPost(d.ctx, both.ID, hayon.PostChangeRequest{}); err != nil {
			t.Error(err)
		}
		pass(time.Second)
		synctest.Wait()
		d.wantPublic("hello")
	})
}
