package mastodon_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// lose publishes a target whose answer is lost.
func (r *rig) lose(target *hayon.Target) hayon.PublishRequest {
	r.t.Helper()
	req := r.publishRequest(target, 0, r.prepare(target, 0))
	r.srv.Fail(createCall, mastodontest.LoseAnswer())
	r.wantVerdict("Publish", r.p.Publish(r.t.Context(), r.session, req), hayon.VerdictUnknown, hayon.CodeUncertain)
	return req
}

func (r *rig) reconcile(req hayon.PublishRequest) hayon.Result {
	return r.p.Reconcile(r.t.Context(), r.session, req)
}

func TestRepeatWithinTheKeysLife(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	req := r.lose(r.target("once"))
	r.srv.Advance(29 * time.Minute)
	req.Now = req.SentAt.Add(29 * time.Minute)
	res := r.reconcile(req)
	r.wantVerdict("Reconcile", res, hayon.VerdictPublished, "")
	if public := r.wantPublic("once"); res.Remote.ID != public[0].ID || r.srv.Asked(listCall) != 0 {
		t.Errorf("got %+v by %d lists, want %s by the key", res.Remote, r.srv.Asked(listCall), public[0].ID)
	}
	sent := requests(r.srv, createCall)
	if len(sent) != 2 || string(sent[0].Body) != string(sent[1].Body) || sent[0].Header.Get("Idempotency-Key") != sent[1].Header.Get("Idempotency-Key") {
		t.Error("the repeat is not the same call")
	}
}

func TestReadBackWhenTheKeyIsOver(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	r.publish(r.target("another"), 0)
	req := r.lose(r.target("once: https://example.com/a @bob@example.social"))
	req.Now = req.SentAt.Add(31 * time.Minute)
	res := r.reconcile(req)
	r.wantVerdict("Reconcile", res, hayon.VerdictPublished, "")
	if public := r.srv.Public(r.user); len(public) != 2 || res.Remote.ID != public[1].ID || r.srv.Asked(createCall) != 2 {
		t.Errorf("got %+v of %d posts after %d calls", res.Remote, len(public), r.srv.Asked(createCall))
	}
	req.Claimed = func(_ context.Context, id string) (bool, error) { return id == res.Remote.ID, nil }
	r.wantVerdict("Reconcile with another owner", r.reconcile(req), hayon.VerdictNotApplied, "")
}

// A release answers a repeat by 500: what is there is read then.
func TestRepeatAnswered500(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{Keys: mastodontest.KeysAnswer500})
	req := r.lose(r.target("once"))
	res := r.reconcile(req)
	r.wantVerdict("Reconcile", res, hayon.VerdictPublished, "")
	if public := r.wantPublic("once"); res.Remote.ID != public[0].ID || r.srv.Asked(listCall) == 0 {
		t.Errorf("got %+v by %d lists", res.Remote, r.srv.Asked(listCall))
	}
}

func TestRepeatThatIsNotLetThrough(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]mastodontest.Fault{
		"token":      mastodontest.Refuse(401, "The access token is invalid"),
		"scope":      mastodontest.Refuse(403, "This action is outside the authorized scopes"),
		"rate limit": mastodontest.TooMany(time.Now().Add(time.Minute)),
		"lock":       mastodontest.Refuse(503, "There was a temporary problem serving your request, please try again"),
		"cut":        mastodontest.CutBefore(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Config{})
			req := r.lose(r.target("once"))
			r.srv.Fail(createCall, fault)
			res := r.reconcile(req)
			r.wantVerdict("Reconcile", res, hayon.VerdictUnknown, hayon.CodeUncertain)
			if res.Hold {
				t.Error("held, want that it is asked again")
			}
			r.wantVerdict("Reconcile", r.reconcile(req), hayon.VerdictPublished, "")
			r.wantPublic("once")
		})
	}
}

func TestRepeatOfWhatWasDeleted(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	req := r.lose(r.target("once"))
	public := r.wantPublic("once")
	if err := r.p.Delete(t.Context(), r.session, hayon.Remote{ID: public[0].ID}); err != nil {
		t.Fatal(err)
	}
	r.wantVerdict("Reconcile", r.reconcile(req), hayon.VerdictRejected, hayon.CodeConflict)
	r.wantPublic()
}

// GoToSocial ignores the key: nothing may be repeated.
func TestReadBackWithoutKey(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mastodontest.Config{
		"gotosocial": mastodontest.GoToSocial(), "nobody knows it": {Software: "homemade", Keys: mastodontest.KeysIgnored},
		"no source": {Software: "homemade", Keys: mastodontest.KeysIgnored, NoSource: true, NoV2: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, cfg)
			if c := r.p.ClassOf(r.account); c != hayon.ClassD {
				t.Fatalf("class %s, want D", c)
			}
			target := r.target("Look: https://example.com/a?b=c&d=e <b> @bob hi\n\nthere 👋")
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			if name == "gotosocial" {
				r.wantVerdict("Reconcile before", r.reconcile(req), hayon.VerdictNotApplied, "")
			} else { // perhaps it only does not show it yet
				r.wantVerdict("Reconcile before", r.reconcile(req), hayon.VerdictUnknown, hayon.CodeUncertain)
			}
			req = r.lose(target)
			res := r.reconcile(req)
			r.wantVerdict("Reconcile", res, hayon.VerdictPublished, "")
			if public := r.srv.Public(r.user); len(public) != 1 || res.Remote.ID != public[0].ID || r.srv.Asked(createCall) != 1 {
				t.Errorf("got %+v of %d posts after %d calls", res.Remote, len(public), r.srv.Asked(createCall))
			}
		})
	}
}

func TestReadBackTellsApart(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.GoToSocial())
	first := r.target("same text")
	_, out := r.publish(first, 0)
	second := r.target("same text")
	r.picture(second, 4, "with a picture")
	req := r.publishRequest(second, 0, r.prepare(second, 0))
	r.wantVerdict("without its picture", r.reconcile(req), hayon.VerdictNotApplied, "")
	answer := r.target("one", "same text")
	answer.Parts[0].Remote = out.Remote
	req = r.publishRequest(answer, 1, r.prepare(answer, 1))
	r.wantVerdict("that answers nothing", r.reconcile(req), hayon.VerdictNotApplied, "")
	warned := r.target("same text")
	warned.Options["cw"] = "careful"
	req = r.publishRequest(warned, 0, r.prepare(warned, 0))
	r.wantVerdict("without a warning", r.reconcile(req), hayon.VerdictNotApplied, "")

	twice := r.target("same text")
	r.publish(twice, 0)
	res := r.reconcile(r.publishRequest(twice, 0, r.prepare(twice, 0)))
	r.wantVerdict("two of them", res, hayon.VerdictUnknown, hayon.CodeUncertain)
	if !res.Hold {
		t.Error("not held: nobody can tell which of two it is")
	}

	r.srv.Fail(listCall, mastodontest.Refuse(500, "no"))
	r.wantVerdict("a list that is not to be had", r.reconcile(req), hayon.VerdictUnknown, hayon.CodeUncertain)
}

// Formatted text without its source cannot be compared.
func TestReadBackHoldsWhatItCannotCompare(t *testing.T) {
	t.Parallel()
	cfg := mastodontest.GoToSocial()
	cfg.NoSource = true
	r := newRig(t, cfg)
	target := r.target("**hi** there")
	target.Options["content_type"] = "text/markdown"
	req := r.lose(target)
	r.srv.Fail(mastodontest.On("GET", "/api/v1/accounts/*/statuses"), mastodontest.Garble("application/json",
		`[{"id":"1","created_at":"`+r.now.Format(time.RFC3339)+`","content":"<p><strong>hello</strong></p>","media_attachments":[]}]`))
	res := r.reconcile(req)
	r.wantVerdict("Reconcile", res, hayon.VerdictUnknown, hayon.CodeUncertain)
	if !res.Hold {
		t.Error("not held")
	}
}

// What nobody knows of may show a post later than it published it, so that its list is never believed.
func TestReadBackOfUnknownSoftware(t *testing.T) {
	t.Parallel()
	for name, believed := range map[string]bool{"homemade": false, "gotosocial": true, "snac": true} {
		r := newRig(t, mastodontest.Config{Software: name, Keys: mastodontest.KeysIgnored})
		target := r.target("never sent")
		req := r.publishRequest(target, 0, r.prepare(target, 0))
		if res := r.reconcile(req); (res.Verdict == hayon.VerdictNotApplied) != believed || res.Hold {
			t.Errorf("%s: a look in between: %+v", name, res)
		}
		req.Now = req.UnknownSince.Add(2 * time.Minute)
		if res := r.reconcile(req); (res.Verdict == hayon.VerdictNotApplied) != believed || res.Hold == believed {
			t.Errorf("%s: the last look: %+v, want it held %t", name, res, !believed)
		}
	}
}

// Pleroma answers a repeat as it answered before, refusals too: the next try has another key, and a
// repeat is believed.
func TestKeyAfterARefusalThatIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Pleroma())
	if c := r.p.ClassOf(r.account); c != hayon.ClassB {
		t.Fatalf("class %s, want B", c)
	}
	target := r.target("later")
	prepared := r.prepare(target, 0)
	r.srv.Fail(createCall, mastodontest.Refuse(http.StatusTooManyRequests, "Throttled"))
	res := r.p.Publish(t.Context(), r.session, r.publishRequest(target, 0, prepared))
	r.wantVerdict("Publish", res, hayon.VerdictNotApplied, hayon.CodeRateLimited)
	if !res.PrepareAgain {
		t.Fatal("the key is not renewed")
	}
	for _, want := range []string{target.Parts[0].Idem + ".2", target.Parts[0].Idem + ".3"} {
		again, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, prepared))
		if err != nil {
			t.Fatal(err)
		}
		if string(again.Data) != string(prepared.Data) || again.Handles["key"] != want {
			t.Fatalf("got the key %q and %s, want %q and the same bytes", again.Handles["key"], again.Data, want)
		}
		prepared = again
	}
	req := r.publishRequest(target, 0, prepared)
	r.srv.Fail(createCall, mastodontest.LoseAnswer())
	r.wantVerdict("Publish", r.p.Publish(t.Context(), r.session, req), hayon.VerdictUnknown, hayon.CodeUncertain)
	req.Now = req.SentAt.Add(2 * time.Hour) // of the three that are half of the key's life
	r.srv.Advance(2 * time.Hour)
	r.wantVerdict("Reconcile", r.reconcile(req), hayon.VerdictPublished, "")
	r.wantPublic("later")
	sent := requests(r.srv, createCall)
	if got := sent[len(sent)-1].Header.Get("Idempotency-Key"); got != target.Parts[0].Idem+".3" {
		t.Errorf("the repeat has the key %q", got)
	}
}

func TestRefusalThatIsReplayed(t *testing.T) {
	t.Parallel()
	replayed := http.Header{"Content-Type": {"application/json"}, "Idempotent-Replayed": {"true"}}
	for _, tt := range []struct {
		name    string
		status  int
		verdict hayon.Verdict
		code    hayon.Code
	}{
		{"content", 422, hayon.VerdictRejected, hayon.CodeRejected},
		{"rate limit", 429, hayon.VerdictNotApplied, hayon.CodeRateLimited},
		{"error, and nothing is there", 502, hayon.VerdictNotApplied, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Pleroma())
			target := r.target("x")
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			req.Now = req.UnknownSince.Add(2 * time.Minute)
			r.srv.Fail(createCall, mastodontest.Respond(tt.status, replayed, `{"error":"as before"}`))
			r.wantVerdict("Reconcile", r.reconcile(req), tt.verdict, tt.code)
			r.wantPublic()
		})
	}
}

// Where the source is not to be had, what the page shows is compared.
func TestCompareWhatIsShown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, warning, content, spoiler, reply string
		verdict                                      hayon.Verdict
	}{
		{"same", "Hello & @bob@b.example: https://example.com/a?b=c #tag", "", `<p>Hello &amp; <a>@<span>bob</span></a>: <a><span>https://</span><span>example.com/a?b=c</span></a> #<span>tag</span></p>`, "", "null", hayon.VerdictPublished},
		{"a mail address keeps its host", "a@b.example", "", "<p>a@b.example</p>", "", "null", hayon.VerdictPublished},
		{"another", "Hello", "", "<p>Bye</p>", "", "null", hayon.VerdictNotApplied},
		{"with something before it", "Hello", "", "<p>RE: x Hello</p>", "", "null", hayon.VerdictUnknown},
		{"another warning", "Hello", "a", "<p>Hello</p>", "b", "null", hayon.VerdictUnknown},
		{"a warning that became the text", "", "Hello", "<p>Hello</p>", "", "null", hayon.VerdictPublished},
		{"an answer", "Hello", "", "<p>Hello</p>", "", "17", hayon.VerdictNotApplied},
		{"broken", "Hello", "", "<p>Hello<", "", `""`, hayon.VerdictPublished},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Config{Software: "snac", Keys: mastodontest.KeysIgnored, NoSource: true})
			target := r.target(tt.text)
			if tt.warning != "" {
				target.Options["cw"] = tt.warning
			}
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			b, err := json.Marshal(map[string]any{
				"id": "1", "url": "https://example.org/1", "created_at": r.now, "content": tt.content, "spoiler_text": tt.spoiler,
				"in_reply_to_id": json.RawMessage(tt.reply), "media_attachments": []any{},
			})
			if err != nil {
				t.Fatal(err)
			}
			r.srv.Fail(listCall, mastodontest.Respond(200, nil, "["+string(b)+"]"))
			if res := r.reconcile(req); res.Verdict != tt.verdict || res.Hold != (tt.verdict == hayon.VerdictUnknown) {
				t.Errorf("got %+v (%v), want %s", res, res.Err, tt.verdict)
			}
		})
	}
}
