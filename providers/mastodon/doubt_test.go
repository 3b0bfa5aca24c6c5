package mastodon_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// wantHeld fails unless only a person can tell.
func (r *rig) wantHeld(call string, res hayon.Result) {
	r.t.Helper()
	r.wantVerdict(call, res, hayon.VerdictUnknown, hayon.CodeUncertain)
	if !res.Hold {
		r.t.Errorf("%s: not held (%v)", call, res.Err)
	}
}

// A repeat that is refused before anybody looks at its key says nothing of the first call.
func TestRefusalOfARepeatIsNoProof(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mastodontest.Fault{
		"not allowed any more": mastodontest.Refuse(403, "This action is not allowed"),
		"conflict":             mastodontest.Refuse(409, "Conflict"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Config{})
			req := r.lose(r.target("once"))
			r.srv.Fail(createCall, fault)
			res := r.reconcile(req)
			if public := r.wantPublic("once"); res.Verdict != hayon.VerdictPublished || res.Remote.ID != public[0].ID {
				t.Errorf("got %+v (%v), want what is out", res, res.Err)
			}
		})
	}
}

// A clock that was set back must not make a key look young.
func TestNoRepeatBeforeItsTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	req := r.lose(r.target("once"))
	r.srv.Advance(2 * time.Hour)
	req.Now = req.SentAt.Add(-5 * time.Hour)
	r.wantVerdict("Reconcile", r.reconcile(req), hayon.VerdictPublished, "")
	r.wantPublic("once")
}

// A post that seems to be older than its own sending is held, by a clock of ours that was wrong.
func TestReadBackWithAWrongClock(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"half an hour": 30 * time.Minute, "a zone": 14 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.GoToSocial())
			r.set(r.now.Add(ahead))
			r.wantHeld("Reconcile", r.reconcile(r.lose(r.target("once"))))
			r.wantPublic("once")
		})
	}
	r := newRig(t, mastodontest.GoToSocial())
	r.publish(r.target("another"), 0)
	target := r.target("once")
	r.set(r.now.Add(time.Hour))
	r.wantVerdict("nothing like it", r.reconcile(r.publishRequest(target, 0, r.prepare(target, 0))), hayon.VerdictNotApplied, "")
}

// What somebody has edited since may have been what was sent.
func TestReadBackOfWhatWasEdited(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.GoToSocial())
	target := r.target("onec")
	req := r.lose(target)
	target.Parts[0].Text, target.Parts[0].Remote = "once", hayon.Remote{ID: r.wantPublic("onec")[0].ID}
	if _, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target}); err != nil {
		t.Fatal(err)
	}
	r.wantHeld("Reconcile", r.reconcile(req))
}

// Pictures without words look alike where an instance gives them other ids.
func TestReadBackOfPicturesAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, software, text string
		held                 bool
	}{
		{"pixelfed", "pixelfed", "", true},
		{"signs", "snac", "!!!", true},
		{"words", "snac", "my cat", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Config{Software: tt.software, Keys: mastodontest.KeysIgnored, NoSource: true})
			target := r.target(tt.text)
			r.picture(target, 4, "")
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			content := "<p>" + tt.text + "</p>"
			if tt.held {
				content = "<p>…</p>"
			}
			b, err := json.Marshal([]any{map[string]any{
				"id": "1", "created_at": r.now, "content": content, "media_attachments": []any{map[string]any{"id": "another"}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			r.srv.Fail(listCall, mastodontest.Respond(200, nil, string(b)))
			res := r.reconcile(req)
			if tt.held {
				r.wantHeld("Reconcile", res)
			} else {
				r.wantVerdict("Reconcile", res, hayon.VerdictPublished, "")
			}
		})
	}
}

// Where the picture of a status is the very one that was uploaded, its text may be another.
func TestReadBackByThePicture(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.GoToSocial())
	target := r.target("onec")
	r.picture(target, 4, "")
	req := r.lose(target)
	target.Parts[0].Text, target.Parts[0].Remote = "once", hayon.Remote{ID: r.wantPublic("onec")[0].ID}
	if _, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: req.Prepared}); err != nil {
		t.Fatal(err)
	}
	r.wantVerdict("Reconcile", r.reconcile(req), hayon.VerdictPublished, "")
}

// Where two calls with one key that overlap are both obeyed, the first gets its time before the second.
func TestNoRepeatBesideTheFirstCall(t *testing.T) {
	t.Parallel()
	old := mastodontest.Config{Version: "4.0.2"}
	for name, cfg := range map[string]mastodontest.Config{"pleroma": mastodontest.Pleroma(), "old mastodon": old} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, cfg)
			target := r.target("once")
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			r.srv.Fail(createCall, mastodontest.CutBefore())
			r.wantVerdict("Publish", r.p.Publish(t.Context(), r.session, req), hayon.VerdictUnknown, hayon.CodeUncertain)
			r.wantVerdict("Reconcile at once", r.reconcile(req), hayon.VerdictNotApplied, "")
			if n := r.srv.Asked(createCall); n != 1 {
				t.Errorf("%d calls while the first may be under way, want 1", n)
			}
			req.Now = req.UnknownSince.Add(2 * time.Minute)
			r.wantVerdict("Reconcile", r.reconcile(req), hayon.VerdictPublished, "")
			r.wantPublic("once")
			seen := r.lose(r.target("seen"))
			r.wantVerdict("Reconcile of what is to be seen", r.reconcile(seen), hayon.VerdictPublished, "")
			r.wantPublic("once", "seen")
		})
	}
}

// A refusal that is kept under the key is not the answer to a new attempt, as after a retry by hand.
func TestAttemptThatMeetsAKeptRefusal(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"refusal": 422, "error": 500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Pleroma())
			target := r.target("at last")
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			replayed := http.Header{"Content-Type": {"application/json"}, "Idempotent-Replayed": {"true"}}
			r.srv.Fail(createCall, mastodontest.Respond(status, replayed, `{"error":"as before"}`))
			res := r.p.Publish(t.Context(), r.session, req)
			r.wantVerdict("Publish", res, hayon.VerdictNotApplied, hayon.CodeUnavailable)
			if !res.PrepareAgain {
				t.Error("the key is not renewed")
			}
		})
	}
}

// An error that is kept under the key would come again for ever.
func TestKeyAfterAnErrorThatIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Pleroma())
	target := r.target("x")
	req := r.publishRequest(target, 0, r.prepare(target, 0))
	req.Now = req.UnknownSince.Add(2 * time.Minute)
	replayed := http.Header{"Content-Type": {"application/json"}, "Idempotent-Replayed": {"true"}}
	r.srv.Fail(createCall, mastodontest.Respond(500, replayed, `{"error":"as before"}`))
	res := r.reconcile(req)
	r.wantVerdict("Reconcile", res, hayon.VerdictNotApplied, "")
	if !res.PrepareAgain {
		t.Error("the key is not renewed")
	}
}

// An answer that leads elsewhere may come after the work was done.
func TestRedirectOfACall(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]hayon.Verdict{
		301: hayon.VerdictNotApplied, 307: hayon.VerdictNotApplied, 308: hayon.VerdictNotApplied,
		302: hayon.VerdictUnknown, 303: hayon.VerdictUnknown,
	} {
		r := newRig(t, mastodontest.Config{})
		elsewhere := mastodontest.New(t, mastodontest.Config{})
		target := r.target("one")
		req := r.publishRequest(target, 0, r.prepare(target, 0))
		r.srv.Fail(createCall, mastodontest.Respond(status, http.Header{"Location": {elsewhere.URL + "/api/v1/statuses"}}, ""))
		if res := r.p.Publish(t.Context(), r.session, req); res.Verdict != want {
			t.Errorf("%d: got %+v, want %s", status, res, want)
		}
		if n := len(elsewhere.Requests()); n != 0 {
			t.Errorf("%d: %d requests went elsewhere", status, n)
		}
	}
}

// A key whose status was deleted is no missing parent.
func TestPublishOfWhatWasDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	req := r.lose(r.target("once"))
	if err := r.p.Delete(t.Context(), r.session, hayon.Remote{ID: r.wantPublic("once")[0].ID}); err != nil {
		t.Fatal(err)
	}
	r.wantVerdict("Publish", r.p.Publish(t.Context(), r.session, req), hayon.VerdictRejected, hayon.CodeConflict)
	r.wantPublic()
}
