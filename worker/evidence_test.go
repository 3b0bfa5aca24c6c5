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

// orphan leaves a post of which the call was made and nothing is known, by a process that is dead.
func (r *rig) orphan(arrived bool) *hayon.Post {
	r.t.Helper()
	first := r.start(1, true)
	r.platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
		if !arrived && !first.store.died() {
			first.kill()
			return unknown("dead")
		}
		return hayon.Result{}
	}
	r.platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
		first.kill()
		return res
	}
	post := first.post(hayon.PostCreate{Text: "hello"})
	_ = first.deliver(post, time.Second)
	r.platform.AfterPublish = nil
	return post
}

// learn appends evidence as a worker with the fence of the call would, changed by edit.
func (r *rig) learn(post *hayon.Post, out hayon.Outcome, edit func(*hayon.JournalRow)) {
	r.t.Helper()
	var sent *hayon.JournalRow
	for _, row := range r.rows(post.ID) {
		if row.Kind == hayon.RowSending {
			sent = row
		}
	}
	row := &hayon.JournalRow{
		At: time.Now(), Kind: hayon.RowEvidence, User: sent.User, Post: sent.Post, Target: sent.Target, Account: sent.Account,
		Generation: sent.Generation, Fence: sent.Fence, Part: sent.Part, Body: hayon.Encode(out),
	}
	if edit != nil {
		edit(row)
	}
	err := r.db.Update(r.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.AppendJournal(ctx, row) })
	if err != nil {
		r.t.Fatal(err)
	}
}

// What another worker learnt decides before the platform is asked: that the post is out always, that
// it is not only where it is about the last call.
func TestEvidenceDecidesByItsKind(t *testing.T) {
	t.Parallel()
	published := hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: "seen"}}
	rejected := hayon.Outcome{Verdict: hayon.VerdictRejected, Error: &hayon.TargetError{Code: hayon.CodeRejected, Message: "no"}}
	absent := hayon.Outcome{Verdict: hayon.VerdictNotApplied, Error: &hayon.TargetError{Code: hayon.CodeUnavailable, Message: "down"}}
	older := func(row *hayon.JournalRow) { row.Fence-- }
	for _, tc := range []struct {
		name string
		out  hayon.Outcome
		edit func(*hayon.JournalRow)
		want hayon.State // "": held
	}{
		{"published", published, nil, hayon.StatePublished},
		{"published by an older call", published, older, hayon.StatePublished},
		{"published in an earlier generation", published, func(row *hayon.JournalRow) { row.Generation-- }, hayon.StatePublished},
		{"rejected in an earlier generation", rejected, func(row *hayon.JournalRow) { row.Generation-- }, ""},
		{"published another part", published, func(row *hayon.JournalRow) { row.Part++ }, ""},
		{"rejected", rejected, nil, hayon.StateFailed},
		{"an older call was rejected", rejected, older, ""},
		{"not applied", absent, nil, hayon.StatePublished},
		{"an older call was not applied", absent, older, ""},
		{"unknown", hayon.Outcome{Verdict: hayon.VerdictUnknown}, nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassE} // it can tell nothing itself
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					t.Error("the platform was asked")
					return hayon.Result{}
				}
				r := newRig(t, platform)
				post := r.orphan(false)
				r.learn(post, tc.out, tc.edit)
				r.takeOver(post)
				if tc.want == "" {
					wantHeld(t, r.find(post.ID))
					r.wantPublic()
					return
				}
				target := r.wantState(post.ID, tc.want)
				if tc.out.Verdict == hayon.VerdictPublished && target.Remote().ID != "seen" {
					t.Errorf("remote id: got %q, want that of the evidence", target.Remote().ID)
				}
				if tc.out.Verdict == hayon.VerdictNotApplied {
					r.wantPublic("hello")
				} else {
					r.wantPublic()
				}
			})
		})
	}
}

// A worker that comes back to a target which is held by now has its word heard: the target is looked
// at again at once, and a hint says so.
func TestLateEvidenceWakesWhatIsHeld(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		arrived bool
		want    []string
	}{{"it was out", true, []string{"hello"}}, {"it never left", false, []string{"hello"}}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassE}
				r := newRig(t, platform)
				first := r.start(1, true)
				var stalled atomic.Bool
				stall := func() {
					if stalled.CompareAndSwap(false, true) {
						first.store.freeze(10 * time.Minute)
					}
				}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if !tc.arrived {
						stall()
					}
					return hayon.Result{}
				}
				platform.AfterPublish = func(_ context.Context, _ hayon.PublishRequest, res hayon.Result) hayon.Result {
					if tc.arrived {
						stall()
					}
					return res
				}
				post := first.post(hayon.PostCreate{Text: "hello"})
				done := make(chan error, 1)
				go func() { done <- first.deliver(post, 5*time.Minute) }()
				pass(3 * time.Minute)
				r.takeOver(post)
				wantHeld(t, r.find(post.ID))
				hints := len(r.hints(post))
				<-done
				target := r.find(post.ID)
				if target.Held() || target.NotBefore.After(time.Now()) {
					t.Errorf("it is not to be looked at now: %s, %s", target.State, target.NotBefore)
				}
				if got := len(r.hints(post)); got != hints+1 {
					t.Errorf("hints: got %d more, want one", got-hints)
				}
				r.takeOver(post)
				r.wantState(post.ID, hayon.StatePublished)
				r.wantPublic(tc.want...)
			})
		})
	}
}

// hints are the outbox rows about a post's target.
func (r *rig) hints(post *hayon.Post) []*hayon.OutboxRow {
	r.t.Helper()
	var out []*hayon.OutboxRow
	err := r.db.View(r.ctx, func(ctx context.Context, tx hayon.Tx) error {
		out = nil
		rows, err := tx.FindOutbox(ctx, 0, 1000)
		for _, row := range rows {
			if row.Hint.Target == post.Targets[0].ID {
				out = append(out, row)
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Evidence that comes while the platform is asked goes before what the platform says: this one would
// leave the last word to the user.
func TestEvidenceDuringALook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD, VisibleAfter: time.Hour}
		r := newRig(t, platform)
		post := r.orphan(true)
		platform.OnReconcile = func(_ context.Context, q hayon.PublishRequest) hayon.Result {
			if q.Looks == 2 {
				r.learn(post, hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: "seen"}}, nil)
			}
			return hayon.Result{}
		}
		r.takeOver(post)
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
		if got := r.find(post.ID).Remote().ID; got != "seen" {
			t.Errorf("remote id: got %q, want that of the evidence", got)
		}
	})
}

// Evidence that comes when the post is in line again, because nobody could find it, is read before it
// is sent a second time.
func TestEvidenceBeforeTheNextCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD, ReadYourWrites: true, VisibleAfter: time.Hour}
		r := newRig(t, platform)
		post := r.orphan(true)
		next := r.start(2, true)
		if _, err := next.scheduler.Sweep(r.ctx); err != nil {
			t.Fatal(err)
		}
		prepared := 0
		platform.OnReconcile = func(_ context.Context, q hayon.PublishRequest) hayon.Result {
			prepared = len(platform.Public())
			return hayon.Result{Verdict: hayon.VerdictNotApplied}
		}
		for next.find(post.ID).State != hayon.StateRetryWait {
			pass(time.Until(next.find(post.ID).Wake()))
			claimOnce(t, next)
		}
		r.learn(post, hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: platform.Public()[0].ID}}, nil)
		r.takeOver(post)
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
		if prepared != 1 {
			t.Errorf("public during the looks: %d, want 1", prepared)
		}
	})
}

// A user who says that a post is not there, while a look finds it, is not taken at their word.
func TestEvidenceAgainstItsUser(t *testing.T) {
	t.Parallel()
	for _, class := range []hayon.Class{hayon.ClassB, hayon.ClassD} {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: class}
				r := newRig(t, platform)
				post := r.orphan(true)
				said := false
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					if said {
						return hayon.Result{}
					}
					said = true
					user := r.start(9, false)
					if _, err := user.scheduler.ResolvePost(r.ctx, post.ID, hayon.PostResolve{Not: true}); err != nil {
						t.Error(err)
					}
					return hayon.Result{}
				}
				r.takeOver(post)
				target := r.wantState(post.ID, hayon.StatePublished)
				r.wantPublic("hello")
				if got := target.Remote().ID; got != platform.Public()[0].ID {
					t.Errorf("remote id: got %q, want that of the post", got)
				}
			})
		})
	}
}

// What is found out of a post that was missed meanwhile counts when its user sends it all the same.
func TestEvidenceBeforeARetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD, ReadYourWrites: true, VisibleAfter: time.Hour}
		r := newRig(t, platform)
		post := r.orphan(true)
		pass(2 * time.Hour)
		platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
			return hayon.Result{Verdict: hayon.VerdictNotApplied}
		}
		r.takeOver(post)
		r.wantState(post.ID, hayon.StateMissed)
		r.learn(post, hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: platform.Public()[0].ID}}, nil)
		user := r.start(3, true)
		if _, err := user.scheduler.RetryPost(r.ctx, post.ID, hayon.PostChangeRequest{}); err != nil {
			t.Fatal(err)
		}
		if err := user.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("hello")
	})
}

// claimOnce works on what is due for one claim.
// The same where its user changes it before, so that it is prepared anew.
func TestEvidenceBeforeAChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(p *process, id hayon.PostID) error{
		"another text": func(p *process, id hayon.PostID) error {
			r, err := p.scheduler.FindRequest(p.ctx, id)
			if err != nil {
				return err
			}
			r.Create.Text = "hello again"
			_, err = p.scheduler.RevisePost(p.ctx, id, hayon.PostRevise{Create: r.Create})
			return err
		},
		"another time": func(p *process, id hayon.PostID) error {
			_, err := p.scheduler.ReschedulePost(p.ctx, id, hayon.PostReschedule{Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassD, ReadYourWrites: true, VisibleAfter: time.Hour}
				r := newRig(t, platform)
				post := r.orphan(true)
				pass(2 * time.Hour)
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
					return hayon.Result{Verdict: hayon.VerdictNotApplied}
				}
				r.takeOver(post)
				r.wantState(post.ID, hayon.StateMissed)
				r.learn(post, hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: platform.Public()[0].ID}}, nil)
				user := r.start(3, true)
				if err := change(user, post.ID); err != nil {
					t.Fatal(err)
				}
				if user.find(post.ID).State == hayon.StateMissed {
					if _, err := user.scheduler.RetryPost(r.ctx, post.ID, hayon.PostChangeRequest{}); err != nil {
						t.Fatal(err)
					}
				}
				pass(time.Hour)
				if _, err := user.scheduler.Sweep(r.ctx); err != nil {
					t.Fatal(err)
				}
				if err := user.deliver(post, time.Minute); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, hayon.StatePublished)
				r.wantPublic("hello")
			})
		})
	}
}

func claimOnce(t *testing.T, p *process) {
	t.Helper()
	if _, err := p.worker.DeliverDue(p.ctx, 1); err != nil {
		t.Fatal(err)
	}
}
