package worker_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// Two posts with the same text in one account: each gets its own, and none gets that of the other.
func TestAdoptionOfEqualTexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD}
		platform.AfterPublish = func(context.Context, hayon.PublishRequest, hayon.Result) hayon.Result { return unknown("lost") }
		r := newRig(t, platform)
		p := r.start(1, true)
		first := p.post(hayon.PostCreate{Text: "same"})
		if err := p.deliver(first, time.Hour); err != nil {
			t.Fatal(err)
		}
		second := p.post(hayon.PostCreate{Text: "same"})
		if err := p.deliver(second, time.Hour); err != nil {
			t.Fatal(err)
		}
		a, b := r.wantState(first.ID, hayon.StatePublished), r.wantState(second.ID, hayon.StatePublished)
		public := platform.Public()
		if a.Remote().ID != public[0].ID || b.Remote().ID != public[1].ID {
			t.Errorf("adopted %s and %s, want %s and %s", a.Remote().ID, b.Remote().ID, public[0].ID, public[1].ID)
		}
	})
}

// A post that was never out does not adopt that of another target, whether the platform looks who owns
// it or not, and one that fits twice is for a person to tell.
func TestNothingIsAdoptedTwice(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		blind bool // the platform does not ask who owns what it finds
		extra bool // somebody else has posted the same text
		hints string
	}{
		{"the platform asks who owns it", false, false, "not to be seen"},
		{"the store refuses it", true, false, "another post of this account"},
		{"two fit", false, true, "2 recent posts"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassD}
				r := newRig(t, platform)
				p := r.start(1, true)
				first := p.post(hayon.PostCreate{Text: "same"})
				if err := p.deliver(first, time.Minute); err != nil {
					t.Fatal(err)
				}
				owned := platform.Public()[0]
				platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
					if tc.extra {
						for _, id := range []string{"by hand", "and again"} {
							platform.Insert(hayontest.Public{ID: id, Account: r.Target.Account, Text: "same", At: time.Now()})
						}
					}
					return unknown("reset before")
				}
				if tc.blind {
					platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result {
						return hayon.Result{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: owned.ID}}
					}
				}
				second := p.post(hayon.PostCreate{Text: "same"})
				if err := p.deliver(second, time.Hour); err != nil {
					t.Fatal(err)
				}
				target := r.find(second.ID)
				wantHeld(t, target)
				if !strings.Contains(target.Error.Message, tc.hints) {
					t.Errorf("message: got %q, want %q in it", target.Error.Message, tc.hints)
				}
			})
		})
	}
}

// Two parts of one thread with the same text are two posts.
func TestEqualPartsAreNotAdoptedTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD, ReadYourWrites: true}
		calls := 0
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls++; calls == 2 {
				return unknown("reset before")
			}
			return hayon.Result{}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "same", Parts: []string{"same"}})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		target := r.wantState(post.ID, hayon.StatePublished)
		r.wantPublic("same", "same")
		if target.Parts[0].Remote == target.Parts[1].Remote {
			t.Errorf("both parts are %+v", target.Parts[0].Remote)
		}
	})
}

// A platform that takes the first part of a thread for the second leaves a question for the user.
func TestPartOfAnotherPartIsHeld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		platform := &hayontest.Platform{Class: hayon.ClassD}
		platform.OnPublish = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			if r.Index == 1 {
				return unknown("reset before")
			}
			return hayon.Result{}
		}
		platform.OnReconcile = func(_ context.Context, r hayon.PublishRequest) hayon.Result {
			return hayon.Result{Verdict: hayon.VerdictPublished, Remote: r.Target.Parts[0].Remote}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "same", Parts: []string{"same"}})
		if err := p.deliver(post, time.Hour); err != nil {
			t.Fatal(err)
		}
		wantHeld(t, r.find(post.ID))
		r.wantPublic("same")
	})
}

// A platform answers a repost of what the account has reposted by the repost that is there. Nothing is
// left to find out then.
func TestRepostThatIsThereAlready(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"by the call": false, "by a look": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				platform := &hayontest.Platform{Class: hayon.ClassB}
				again := hayon.Result{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: "the repost", URL: "https://platform.example/repost"}}
				platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
					if lost {
						return unknown("reset")
					}
					return again
				}
				platform.OnReconcile = func(context.Context, hayon.PublishRequest) hayon.Result { return again }
				r := newRig(t, platform)
				p := r.start(1, true)
				repost := hayon.PostCreate{Repost: "https://platform.example/1"}
				first := p.post(repost)
				if err := p.deliver(first, time.Minute); err != nil {
					t.Fatal(err)
				}
				r.wantState(first.ID, hayon.StatePublished)
				second := p.post(repost)
				if err := p.deliver(second, time.Minute); err != nil {
					t.Fatal(err)
				}
				target := r.wantState(second.ID, hayon.StateFailed)
				if target.Error.Code != hayon.CodeConflict || !strings.Contains(target.Error.Message, first.ID.String()) {
					t.Errorf("got %+v, want the post that has it", target.Error)
				}
			})
		})
	}
}

// An answer that names no post is an answer all the same, and the part is not sent again.
func TestPublishedWithoutID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		platform := &hayontest.Platform{Class: hayon.ClassE}
		platform.OnPublish = func(context.Context, hayon.PublishRequest) hayon.Result {
			if calls++; calls > 2 {
				t.Fatal("sent again")
			}
			return hayon.Result{Verdict: hayon.VerdictPublished}
		}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "one", Parts: []string{"two"}})
		if err := p.deliver(post, time.Minute); err != nil {
			t.Fatal(err)
		}
		r.wantState(post.ID, hayon.StatePublished)
	})
}
