package mastodon_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

const theirs = "https://b.example/@bob/1"

// withTheirs is a rig whose instance can find a post of another one.
func withTheirs(t *testing.T, cfg mastodontest.Config, policy string) *rig {
	t.Helper()
	r := newRig(t, cfg)
	r.srv.AddRemote("bob@b.example", theirs, "far away", policy)
	return r
}

// answering makes the first part an answer.
func answering(t *hayon.Target, what hayon.Remote) *hayon.Target {
	t.Parts[0].ReplyTo = &what
	return t
}

// quoting makes the first part a quote.
func quoting(t *hayon.Target, what hayon.Remote) *hayon.Target {
	t.Parts[0].Quote = &what
	return t
}

func body(t *testing.T, p *hayon.Prepared) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(p.Data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReply(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mastodontest.Config{
		"mastodon": {}, "gotosocial": mastodontest.GoToSocial(), "pleroma": mastodontest.Pleroma(), "glitch": mastodontest.Glitch(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := withTheirs(t, cfg, "public")
			_, mine := r.publish(r.target("mine"), 0)
			for i, what := range []hayon.Remote{{URL: theirs}, {ID: mine.Remote.ID}, mine.Remote, {URL: mine.Remote.URL}} {
				target := answering(r.target(fmt.Sprint("answer ", i), "and more"), what)
				first, out := r.publish(target, 0)
				_, second := r.publish(target, 1)
				st, _ := r.srv.Status(out.Remote.ID)
				parent, _ := r.srv.Status(st.InReplyTo)
				if parent.URL != what.URL && parent.ID != what.ID {
					t.Errorf("%+v: answers %+v", what, parent)
				}
				if more, _ := r.srv.Status(second.Remote.ID); more.InReplyTo != out.Remote.ID || more.Visibility != st.Visibility {
					t.Errorf("the second part answers %q, %s", more.InReplyTo, more.Visibility)
				}
				if again := r.reconcile(first); again.Remote != out.Remote {
					t.Errorf("Reconcile: %+v (%v), want %+v", again.Remote, again.Err, out.Remote)
				}
			}
		})
	}
}

// A second Prepare looks nothing up, and says the same.
func TestReplyIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	r := withTheirs(t, mastodontest.Config{}, "public")
	target := quoting(answering(r.target("an answer"), hayon.Remote{URL: theirs}), hayon.Remote{URL: theirs})
	p := r.step(target, nil)
	asked := len(r.srv.Requests())
	again := r.step(target, p)
	if string(again.Data) != string(p.Data) || len(r.srv.Requests()) != asked {
		t.Errorf("got %s after %d requests more, want %s", again.Data, len(r.srv.Requests())-asked, p.Data)
	}
}

func TestReplyThatCannotBe(t *testing.T) {
	t.Parallel()
	r := withTheirs(t, mastodontest.Config{}, "public")
	_, gone := r.publish(r.target("gone"), 0)
	r.srv.Remove(gone.Remote.ID)
	for name, what := range map[string]hayon.Remote{
		"nobody has it": {URL: "https://b.example/@bob/2"}, "no address": {URL: "x"}, "gone": gone.Remote, "a repost": {ID: "repost:x:1"},
	} {
		_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(answering(r.target("an answer"), what), 0, nil))
		r.wantCode(name, err, hayon.CodeInvalid)
	}
	target := answering(r.target("an answer"), hayon.Remote{URL: theirs})
	r.srv.Fail(searchCall, mastodontest.RefuseHTML(502))
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
	r.wantCode("an instance that is down", err, hayon.CodeUnavailable)

	// A token of an older sign-in may not search, which is no reason to stop the account.
	weak := *r
	weak.session = sessionOn(t, r.account, r.srv.URL, r.srv.Token(r.user, "profile", "write:statuses", "write:media", "read:statuses"))
	_, err = r.p.Prepare(t.Context(), weak.session, r.prepareRequest(target, 0, nil))
	r.wantCode("a token that may not search", err, hayon.CodeInvalid)
	if e := hayon.AsError(err); !strings.HasPrefix(e.Hint, "sign in again") {
		t.Errorf("hint %q", e.Hint)
	}

	req := r.publishRequest(target, 0, r.prepare(target, 0))
	r.srv.Remove(body(t, req.Prepared)["in_reply_to_id"].(string))
	r.wantVerdict("Publish of an answer to what is gone", r.p.Publish(t.Context(), r.session, req), hayon.VerdictRejected, hayon.CodeInvalid)
}

var searchCall = mastodontest.On("GET", "/api/v2/search")

// An answer is seen by no more people than what it answers, unless its author says so.
func TestVisibilityOfAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ own, parent, asked, want string }{
		{"public", "public", "", "public"},
		{"public", "unlisted", "", "unlisted"},
		{"public", "followers", "", "private"},
		{"public", "direct", "", "direct"},
		{"unlisted", "public", "", "unlisted"},
		{"private", "unlisted", "", "private"},
		{"public", "followers", "unlisted", "unlisted"},
		{"public", "public", "direct", "direct"},
		{"", "followers", "", "private"}, // nobody knows the account's own, which is public
		{"", "unlisted", "", "public"},
	} {
		t.Run(tt.own+" to "+tt.parent+" "+tt.asked, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Config{DefaultVisibility: tt.own})
			if tt.own == "" {
				delete(r.account.Server.Extra, "privacy")
			}
			parent := r.target("the parent")
			parent.Options["visibility"] = tt.parent
			_, out := r.publish(parent, 0)
			target := answering(r.target("an answer", "and more"), out.Remote)
			if tt.asked != "" {
				target.Options["visibility"] = tt.asked
			}
			p := r.prepare(target, 0)
			if narrowed := tt.asked == "" && tt.want != cmp.Or(tt.own, "public"); narrowed != (len(p.Notes) == 1) {
				t.Errorf("notes %q", p.Notes)
			}
			r.publish(target, 0)
			r.publish(target, 1)
			for _, st := range r.wantPublic("the parent", "an answer", "and more")[1:] {
				if st.Visibility != tt.want {
					t.Errorf("%s is %s, want %s", st.Text, st.Visibility, tt.want)
				}
			}
		})
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, policy string
		cfg          mastodontest.Config
		quotes       bool
		pending      bool
		note         string
	}{
		{"anybody may", "public", mastodontest.Config{}, true, false, ""},
		{"glitch", "public", mastodontest.Glitch(), true, false, ""},
		{"whom the author allows it", "manual", mastodontest.Config{}, true, true, "pending"},
		{"nobody may", "nobody", mastodontest.Config{}, false, false, "may not be quoted"},
		{"followers may", "followers", mastodontest.Config{}, false, false, "may not be quoted"},
		{"before quotes", "public", mastodontest.Config{Version: "4.4.5"}, false, false, "knows no quotes"},
		{"gotosocial", "public", mastodontest.GoToSocial(), false, false, "knows no quotes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := withTheirs(t, tt.cfg, tt.policy)
			if got := r.p.Quotes(r.account); got != (!strings.Contains(tt.note, "knows")) {
				t.Errorf("Quotes: %t", got)
			}
			target := quoting(r.target("look"), hayon.Remote{URL: theirs})
			req, out := r.publish(target, 0)
			text := "look"
			if !tt.quotes {
				text += "\n\n" + theirs
			}
			st := r.wantPublic(text)[0]
			if quoted, _ := r.srv.Status(st.Quotes); (quoted.URL == theirs) != tt.quotes || st.Pending != tt.pending {
				t.Errorf("quotes %+v, pending %t", quoted, st.Pending)
			}
			if notes := strings.Join(req.Prepared.Notes, " "); !strings.Contains(notes, tt.note) || (notes == "") != (tt.note == "") {
				t.Errorf("notes %q, want words with %q", notes, tt.note)
			}
			if again := r.reconcile(req); again.Remote != out.Remote {
				t.Errorf("Reconcile: %+v (%v)", again.Remote, again.Err)
			}
			req.SentAt = req.SentAt.AddDate(0, 0, -1) // too late for the key
			if again := r.reconcile(req); again.Remote != out.Remote {
				t.Errorf("by reading back: %+v (%v)", again.Remote, again.Err)
			}
			for change, earlier := range map[string]*hayon.Prepared{"look at this": req.Prepared, "and at that": nil} {
				target.Parts[0].Text = change
				if _, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: earlier}); err != nil {
					t.Fatal(err)
				}
				if st := r.wantPublic(strings.Replace(text, "look", change, 1))[0]; (st.Quotes != "") != tt.quotes {
					t.Errorf("after an edit it quotes %q", st.Quotes)
				}
			}
			target.Parts[0].Text = strings.Repeat("x", int(longest(r.p.Info().For(r.account))))
			_, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: req.Prepared})
			if tt.quotes != (err == nil) || err != nil && hayon.CodeOf(err) != hayon.CodeInvalid {
				t.Errorf("an edit with as much text as there may be: %v", err)
			}
		})
	}
}

func longest(info hayon.ProviderInfo) int64 {
	n, _ := info.Limit(hayon.LimitText, hayon.UnitMastodon)
	return n
}

// What was deleted after it went out is not sent again, also where it quoted.
func TestQuoteThatWasDeletedAfterItWentOut(t *testing.T) {
	t.Parallel()
	r := withTheirs(t, mastodontest.Config{}, "public")
	req := r.lose(quoting(r.target("look"), hayon.Remote{URL: theirs}))
	r.srv.Remove(r.wantPublic("look")[0].ID)
	r.wantVerdict("Reconcile", r.reconcile(req), hayon.VerdictRejected, hayon.CodeInvalid)
	r.wantPublic()
}

// What a repost shows is answered and quoted, and not the repost.
func TestReplyToARepost(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	_, mine := r.publish(r.target("mine"), 0)
	target := r.target("")
	target.Parts[0].Repost = &mine.Remote
	_, repost := r.publish(target, 0)
	target = quoting(answering(r.target("an answer"), repost.Remote), hayon.Remote{ID: repost.Remote.ID})
	_, out := r.publish(target, 0)
	if st, _ := r.srv.Status(out.Remote.ID); repost.Remote.ID == mine.Remote.ID || st.InReplyTo != mine.Remote.ID || st.Quotes != mine.Remote.ID {
		t.Errorf("answers %q, quotes %q, want %q", st.InReplyTo, st.Quotes, mine.Remote.ID)
	}
}

// Where a quote cannot be, its address is in the text, if it fits.
func TestQuoteByItsAddress(t *testing.T) {
	t.Parallel()
	there := hayon.Remote{URL: theirs}
	for _, tt := range []struct {
		name   string
		text   string
		change func(*rig, *hayon.Target)
		want   string
		code   hayon.Code
	}{
		{"there already", "see " + theirs, nil, "see " + theirs, ""},
		{"it just fits", strings.Repeat("x", 474), nil, strings.Repeat("x", 474) + "\n\n" + theirs, ""},
		{"it does not fit", strings.Repeat("x", 475), nil, "", hayon.CodeRejected},
		{"with a picture", "see", func(r *rig, t *hayon.Target) { r.picture(t, 4, "") }, "see\n\n" + theirs, ""},
		{"with a poll", "see", func(_ *rig, t *hayon.Target) { poll(t, 3600, "a", "b") }, "see\n\n" + theirs, ""},
		{"nobody finds it", "see", func(_ *rig, t *hayon.Target) { t.Parts[0].Quote.URL = "https://b.example/@bob/2" }, "see\n\nhttps://b.example/@bob/2", ""},
		{"an id without an address", "see", func(_ *rig, t *hayon.Target) { *t.Parts[0].Quote = hayon.Remote{ID: "1"} }, "", hayon.CodeRejected},
		{"down", "see", func(r *rig, _ *hayon.Target) { r.srv.Fail(searchCall, mastodontest.RefuseHTML(503)) }, "", hayon.CodeUnavailable},
		{"a token that may not search", "see", func(r *rig, _ *hayon.Target) {
			r.session = sessionOn(r.t, r.account, r.srv.URL, r.srv.Token(r.user, "profile", "write:statuses", "write:media", "read:statuses"))
		}, "see\n\n" + theirs, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := withTheirs(t, mastodontest.Config{}, "nobody")
			what := there
			target := quoting(r.target(tt.text), what)
			if tt.change != nil {
				tt.change(r, target)
			}
			p, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
			if tt.code != "" {
				r.wantCode("Prepare", err, tt.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "the address stands") {
				t.Errorf("notes %q", p.Notes)
			}
			r.publish(target, 0)
			if st := r.wantPublic(tt.want)[0]; st.Quotes != "" {
				t.Errorf("it quotes %s", st.Quotes)
			}
		})
	}
}

// Who may quote may change between Prepare and Publish: the bytes are sent as they are.
func TestQuoteThatIsForbiddenMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	bob := r.srv.AddUser("bob")
	id := r.srv.Post(bob, "quote me", "public")
	target := quoting(r.target("look"), hayon.Remote{ID: id})
	req := r.publishRequest(target, 0, r.prepare(target, 0))
	r.srv.Remove(id)
	r.wantVerdict("Publish", r.p.Publish(t.Context(), r.session, req), hayon.VerdictRejected, hayon.CodeInvalid)
	r.wantPublic()
}

func TestWhoMayQuote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		options map[string]string
		want    any
		code    hayon.Code
	}{
		{map[string]string{"no_quotes": "true"}, "nobody", ""},
		{map[string]string{"no_quotes": "false"}, nil, ""},
		{map[string]string{"quote_policy": "followers"}, "followers", ""},
		{map[string]string{"quote_policy": "nobody", "no_quotes": "true"}, "nobody", ""},
		{map[string]string{"quote_policy": "public", "no_quotes": "false"}, "public", ""},
		{map[string]string{"quote_policy": "public", "no_quotes": "true"}, nil, hayon.CodeInvalid},
		{map[string]string{"quote_policy": "nobody", "no_quotes": "false"}, nil, hayon.CodeInvalid},
	} {
		r := newRig(t, mastodontest.Config{})
		target := r.target("x")
		target.Options = tt.options
		p, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
		if tt.code != "" {
			r.wantCode("Prepare", err, tt.code)
			continue
		}
		if err != nil || body(t, p)["quote_approval_policy"] != tt.want {
			t.Errorf("%v: got %s (%v), want %v", tt.options, p.Data, err, tt.want)
		}
	}
	r := newRig(t, mastodontest.Config{Version: "4.4.0"})
	target := r.target("x")
	target.Options = map[string]string{"no_quotes": "true"}
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
	r.wantCode("before quotes", err, hayon.CodeInvalid)
}

func TestRefers(t *testing.T) {
	t.Parallel()
	p := mastodon.New(mastodon.Config{})
	for link, want := range map[string]bool{
		theirs: true, "https://a.example/users/bob/statuses/1": true, "https://pl.example/notice/AbC": true, "https://pl.example/objects/0-1": true,
		"https://px.example/p/bob/1": true, "https://example.org/": false, "https://example.org/@bob": false, "": false, "at://did:plc:x/app.bsky.feed.post/1": false,
	} {
		if got := p.Refers(&hayon.Account{}, link); got != want {
			t.Errorf("%q: got %t", link, got)
		}
	}
	if p.Quotes(&hayon.Account{}) {
		t.Error("an instance that nobody has asked knows quotes")
	}
}
