package mastodon_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func TestPublishSendsWhatIsJournaled(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("Hello, <world> & all", "and more")
	target.Options = map[string]string{"visibility": "followers", "cw": "greetings", "quote_policy": "nobody"}
	target.Parts[0].Langs = []string{"pt-BR", "en"}
	req, first := r.publish(target, 0)
	_, second := r.publish(target, 1)
	sent := requests(r.srv, createCall)
	if len(sent) != 2 || string(sent[0].Body) != string(req.Prepared.Data) || sent[0].Header.Get("Idempotency-Key") != target.Parts[0].Idem {
		t.Fatalf("sent %d requests, the first %s with the key %q", len(sent), sent[0].Body, sent[0].Header.Get("Idempotency-Key"))
	}
	public := r.wantPublic("Hello, <world> & all", "and more")
	got := public[0]
	if got.Visibility != "private" || got.Spoiler != "greetings" || !got.Sensitive || got.Policy != "nobody" || got.Language != "pt" {
		t.Errorf("public: %+v", got)
	}
	if diff := cmp.Diff(hayon.Remote{ID: got.ID, URL: got.URL}, first.Remote); diff != "" {
		t.Errorf("remote (-want +got):\n%s", diff)
	}
	if public[1].InReplyTo != first.Remote.ID || second.Remote.ID == first.Remote.ID {
		t.Errorf("the second part answers %q, want %q", public[1].InReplyTo, first.Remote.ID)
	}
}

func requests(srv *mastodontest.Server, m mastodontest.Match) []mastodontest.Request {
	var out []mastodontest.Request
	for _, req := range srv.Requests() {
		if m(&req) {
			out = append(out, req)
		}
	}
	return out
}

// What the account has set as its own holds where the post says nothing, and is sent by name.
func TestDefaultsOfTheAccountAreSent(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{DefaultVisibility: "unlisted"})
	body := func(change func(*hayon.Target)) map[string]any {
		target := r.target("hi")
		change(target)
		var out map[string]any
		if err := json.Unmarshal(r.prepare(target, 0).Data, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := map[string]any{"status": "hi", "visibility": "unlisted", "sensitive": false, "language": "en"}
	if diff := cmp.Diff(want, body(func(*hayon.Target) {})); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	r.account.Server.Extra["language"], r.account.Server.Extra["sensitive"] = "de", "true"
	want = map[string]any{"status": "hi", "visibility": "direct", "sensitive": true, "language": "de"}
	got := body(func(t *hayon.Target) { t.Options["visibility"], t.Parts[0].Langs = "direct", nil })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	got = body(func(t *hayon.Target) { t.Options["sensitive"] = "false" })
	if got["sensitive"] != false {
		t.Errorf("sensitive: got %v, want what the post says", got["sensitive"])
	}
	r.account.Server = nil
	want = map[string]any{"status": "hi", "language": "en"}
	if diff := cmp.Diff(want, body(func(*hayon.Target) {})); diff != "" {
		t.Errorf("body where nothing is known of the account (-want +got):\n%s", diff)
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	reset := time.Now().Add(7 * time.Minute)
	for _, tt := range []struct {
		name    string
		fault   mastodontest.Fault
		verdict hayon.Verdict
		code    hayon.Code
		scope   hayon.Scope
		wait    bool
		public  int
	}{
		{"token", mastodontest.Refuse(401, "The access token is invalid"), hayon.VerdictNotApplied, hayon.CodeUnauthenticated, "", false, 0},
		{"scope", mastodontest.Refuse(403, "This action is outside the authorized scopes"), hayon.VerdictNotApplied, hayon.CodeForbidden, "", false, 0},
		{"disabled", mastodontest.Refuse(403, "Your login is currently disabled"), hayon.VerdictNotApplied, hayon.CodeForbidden, "", false, 0},
		{"not allowed", mastodontest.Refuse(403, "This action is not allowed"), hayon.VerdictRejected, hayon.CodeRejected, "", false, 0},
		{"not found", mastodontest.Refuse(404, "Record not found"), hayon.VerdictRejected, hayon.CodeConflict, "", false, 0},
		{"nothing there", mastodontest.Refuse(404, "Not Found"), hayon.VerdictRejected, hayon.CodeInvalid, "", false, 0},
		{"gone", mastodontest.Refuse(410, "Gone"), hayon.VerdictNotApplied, hayon.CodeForbidden, "", false, 0},
		{"too long", mastodontest.Refuse(422, "Validation failed: Text character limit of 500 exceeded"), hayon.VerdictRejected, hayon.CodeRejected, "", false, 0},
		{"rate limit", mastodontest.TooMany(reset), hayon.VerdictNotApplied, hayon.CodeRateLimited, hayon.ScopeAccount, true, 0},
		{"rate limit that says nothing", mastodontest.TooMany(time.Time{}), hayon.VerdictNotApplied, hayon.CodeRateLimited, hayon.ScopeAccount, false, 0},
		{"error", mastodontest.Refuse(500, "There was an error processing this request"), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 0},
		{"maintenance", mastodontest.RefuseHTML(503), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 0},
		{"overloaded", mastodontest.RetryAfter(503, "30"), hayon.VerdictUnknown, hayon.CodeUncertain, "", true, 0},
		{"cloud", mastodontest.RefuseHTML(522), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 0},
		{"firewall", mastodontest.RefuseHTML(403), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 0},
		{"moved", mastodontest.Respond(308, http.Header{"Location": {"https://example.org/"}}, ""), hayon.VerdictNotApplied, hayon.CodeUnavailable, "", false, 0},
		{"cut before", mastodontest.CutBefore(), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 0},
		{"answer lost", mastodontest.LoseAnswer(), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 1},
		{"answer cut", mastodontest.CutAnswer(), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 1},
		{"answer of another kind", mastodontest.Garble("text/html", "<html>"), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 1},
		{"answer without an id", mastodontest.Garble("application/json", "{}"), hayon.VerdictUnknown, hayon.CodeUncertain, "", false, 1},
		{"numeric id", mastodontest.Respond(200, nil, `{"id":12,"uri":"https://a.example/12"}`), hayon.VerdictPublished, "", "", false, 0},
		{"error that is no text", mastodontest.Respond(422, nil, `{"error":{"status":["too long"]}}`), hayon.VerdictRejected, hayon.CodeRejected, "", false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Config{})
			target := r.target("one")
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			r.srv.Fail(createCall, tt.fault)
			res := r.p.Publish(t.Context(), r.session, req)
			r.wantVerdict("Publish", res, tt.verdict, tt.code)
			if res.Err != nil && (res.Err.Scope != tt.scope || (res.Err.RetryAfter > 0) != tt.wait) {
				t.Errorf("scope %q, wait %v", res.Err.Scope, res.Err.RetryAfter)
			}
			if tt.wait && tt.verdict == hayon.VerdictUnknown && !res.AskAgain.After(r.now) {
				t.Errorf("ask again at %v", res.AskAgain)
			}
			if n := len(r.srv.Public(r.user)); n != tt.public {
				t.Errorf("%d posts, want %d", n, tt.public)
			}
			if n := r.srv.Asked(createCall); n != 1 {
				t.Errorf("%d calls, want 1: a rate limit is not waited for, and nothing is repeated", n)
			}
		})
	}
}

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{MaxChars: 50, MaxMedia: 2, MaxDescription: 10})
	for _, tt := range []struct {
		name   string
		change func(*hayon.Target)
		want   string
	}{
		{"too long", func(t *hayon.Target) { t.Parts[0].Text = strings.Repeat("a", 51) }, "51 of 50"},
		{"too long with the warning", func(t *hayon.Target) {
			t.Parts[0].Text, t.Options["cw"] = strings.Repeat("a", 45), "warning"
		}, "52 of 50"},
		{"nothing", func(t *hayon.Target) { t.Parts[0].Text = " \n" }, "no text"},
		{"unknown option", func(t *hayon.Target) { t.Options["local_only"] = "true" }, "local_only"},
		{"wrong option", func(t *hayon.Target) { t.Options["visibility"] = "everybody" }, "visibility"},
		{"too many pictures", func(t *hayon.Target) { r.picture(t, 1, ""); r.picture(t, 2, ""); r.picture(t, 3, "") }, "3 of 2"},
		{"description", func(t *hayon.Target) { r.picture(t, 1, "12345678901") }, "11 of 10"},
		{"film beside a picture", func(t *hayon.Target) { r.picture(t, 1, ""); r.file(t, "video/mp4", []byte("film"), "") }, "alone"},
		{"kind", func(t *hayon.Target) { r.file(t, "application/pdf", []byte("x"), "") }, "application/pdf"},
		{"large", func(t *hayon.Target) { r.picture(t, 1, ""); t.Parts[0].Media[0].Bytes = 1 << 40 }, "bytes"},
		{"pixels", func(t *hayon.Target) {
			r.picture(t, 1, "")
			t.Parts[0].Media[0].Width, t.Parts[0].Media[0].Height = 10_000, 10_000
		}, "pixels"},
		{"focus", func(t *hayon.Target) { r.picture(t, 1, ""); t.Parts[0].Media[0].Focus = &hayon.Focus{X: 2} }, "focus"},
		{"no key", func(t *hayon.Target) { t.Parts[0].Idem = "" }, "key"},
	} {
		target := r.target("text")
		tt.change(target)
		_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
		r.wantCode(tt.name, err, hayon.CodeInvalid)
		if err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.want)
		}
	}
	if n := r.srv.Asked(uploadCall); n != 0 {
		t.Errorf("%d uploads, want none", n)
	}
	target := r.target(strings.Repeat("a", 26) + " https://example.com/" + strings.Repeat("b", 100))
	r.prepare(target, 0) // 26 + 1 + 23 of 50
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	for tag, want := range map[string]string{"en": "en", "pt-BR": "pt", "EN-us": "en", "zh-TW": "zh-TW", "zh-hk": "zh-HK", "zh-Hans-CN": "zh", "zh-cn": "zh-CN", "gsw": "gsw"} {
		target := r.target("hi")
		target.Parts[0].Langs = []string{tag, "fr"}
		var body struct{ Language string }
		if err := json.Unmarshal(r.prepare(target, 0).Data, &body); err != nil || body.Language != want {
			t.Errorf("%s: got %q, want %q (%v)", tag, body.Language, want, err)
		}
	}
}

// What answers a post that only its address is known of cannot be made.
func TestParentWithoutAnID(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("one", "two")
	target.Parts[0].Remote = hayon.Remote{URL: "https://example.org/1"}
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 1, nil))
	r.wantCode("Prepare", err, hayon.CodeInvalid)
}
