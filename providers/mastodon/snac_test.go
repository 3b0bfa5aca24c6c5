package mastodon_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/providertest"
)

// A real server, which has little of what Mastodon has: no second version of anything, no key, ids that
// are no numbers, and pages in the place of errors.
func TestSnac(t *testing.T) {
	t.Parallel()
	snac := servers.Snac(t)
	cases := []struct {
		name string
		run  func(r, other *rig)
	}{
		{"all that it has", everythingOnSnac},
		{"shows what was sent", shownBySnac},
		{"polls", pollOnSnac},
		{"answers", repliesOnSnac},
		{"quotes", quoteOnSnac},
		{"previews", previewOnSnac},
	}
	// A snac that is asked while a user is added may end, so that the cases, whose texts differ, share two.
	ana, bob := snac.AddUser(t), snac.AddUser(t)
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(onSnac(t, snac, ana), onSnac(t, snac, bob))
		})
	}
}

func everythingOnSnac(r, _ *rig) {
	t, p, a := r.t, r.p, r.account
	if a.Server.Software != "snac" || p.ClassOf(a) != hayon.ClassD {
		t.Errorf("taken for %s, class %s", a.Server.Software, p.ClassOf(a))
	}
	if n, ok := p.Info().For(a).Limit(hayon.LimitText, hayon.UnitMastodon); ok {
		t.Logf("it names a limit of %d", n)
	}

	target := r.target("Hello <b> & all: https://example.com/a?b=c #tag", "and more")
	var img bytes.Buffer
	if err := png.Encode(&img, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	r.file(target, "image/png", img.Bytes(), "a grey square")
	before := r.publishRequest(target, 0, r.prepare(target, 0))
	r.wantVerdict("Reconcile before", r.reconcile(before), hayon.VerdictNotApplied, "")
	req, first := r.publish(target, 0)
	again := r.reconcile(req)
	r.wantVerdict("Reconcile", again, hayon.VerdictPublished, "")
	if again.Remote != first.Remote {
		t.Errorf("found %+v, want %+v", again.Remote, first.Remote)
	}
	req2, second := r.publish(target, 1)
	if again := r.reconcile(req2); again.Remote != second.Remote {
		t.Errorf("found %+v (%v), want %+v", again.Remote, again.Err, second.Remote)
	}
	if got, err := p.RemoteOf(t.Context(), r.session, first.Remote.URL); err != nil || got != first.Remote {
		t.Errorf("RemoteOf: %+v, %v; want %+v", got, err, first.Remote)
	}
	target.Parts[1].Text = "and less"
	if _, err := p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Index: 1, Earlier: req2.Prepared}); err != nil {
		t.Errorf("Edit: %v", err)
	}
	r.wantCode("Delete", p.Delete(t.Context(), r.session, second.Remote), hayon.CodeRejected) // it has no such call

	repost := r.target("", "")
	repost.Parts[0].Repost, repost.Parts[1].Repost = &hayon.Remote{URL: first.Remote.URL}, &hayon.Remote{ID: "0"}
	_, reposted := r.publish(repost, 0)
	if reposted.Remote.ID == first.Remote.ID {
		t.Error("the repost has the id of the post")
	}
	if err := p.Delete(t.Context(), r.session, reposted.Remote); err != nil {
		t.Errorf("Delete of a repost: %v", err)
	}
	if _, err := p.RemoteOf(t.Context(), r.session, first.Remote.URL); err != nil {
		t.Errorf("what was reposted: %v", err)
	}
	prepared := r.prepare(repost, 1)
	r.wantVerdict("Publish of a repost of nothing", p.Publish(t.Context(), r.session, r.publishRequest(repost, 1, prepared)), hayon.VerdictRejected, hayon.CodeInvalid)

	_, err := p.Verify(t.Context(), sessionOn(t, a, a.Host, "wrong"))
	r.wantCode("Verify with a wrong token", err, hayon.CodeUnauthenticated)
}

// onSnac is a rig of a user on a snac, who signs in as by a browser.
func onSnac(t *testing.T, snac *servers.SnacInstance, user servers.SnacUser) *rig {
	t.Helper()
	log := new(providertest.Log)
	p := mastodon.New(mastodon.Config{Logger: log.Logger()})
	flow := flowOf(t, p, snac.URL(), "http://127.0.0.1:4711/callback")
	back := snac.SignIn(t, user, flow.URL)
	if back.Query().Get("state") != flow.State {
		t.Fatalf("the browser comes back to %s", back)
	}
	a, secret, err := endOf(t, p, snac.URL(), flow, back.Query().Get("code"))
	if err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	a.ID, a.Name = hayon.NewAccountID(time.Now()), "mastodon"
	r := &rig{t: t, p: p, account: a, session: providertest.NewSession(a, secret), files: map[string][]byte{}, log: log, token: "no token is known here"}
	r.clock = new(atomic.Pointer[time.Time])
	r.set(time.Now().UTC())
	return r
}

// seen is a status as a snac shows it to its author.
type seen struct {
	Content     string `json:"content"`
	InReplyToID string `json:"in_reply_to_id"`
	Media       []struct {
		URL         string `json:"url"`
		Description string `json:"description"`
	} `json:"media_attachments"`
	Mentions []struct { // without ids: all are 0
		URL string `json:"url"`
	} `json:"mentions"`
	Tags []struct {
		Name string `json:"name"`
	} `json:"tags"`
}

// fetch reads what is at an address, with the session's token.
func (r *rig) fetch(address string) []byte {
	r.t.Helper()
	secret, err := r.session.Load(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	var kept struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(secret.Reveal(), &kept); err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+kept.Token)
	resp, err := new(http.Client).Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %d %s (%v)", address, resp.StatusCode, b, err)
	}
	return b
}

func (r *rig) seen(id string) seen {
	r.t.Helper()
	var out seen
	if err := json.Unmarshal(r.fetch(r.account.Host+"/api/v1/statuses/"+id), &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// What comes back is what was sent: the text, the picture's bytes and its description.
func shownBySnac(r, _ *rig) {
	t := r.t
	target := r.target("A picture & <more>: 👨‍👩‍👧‍👦 日本語")
	r.picture(target, 12, "three by twelve & \"grey\"")
	target.Parts[0].Media[0].Focus = &hayon.Focus{X: 0.5, Y: -0.5}
	_, out := r.publish(target, 0)
	st := r.seen(out.Remote.ID)
	if got := html.UnescapeString(st.Content); !strings.Contains(got, target.Parts[0].Text) {
		t.Errorf("content %q", st.Content)
	}
	if len(st.Media) != 1 || st.Media[0].Description != target.Parts[0].Media[0].Alt {
		t.Fatalf("media %+v", st.Media)
	}
	sum := sha256.Sum256(r.fetch(st.Media[0].URL))
	if got := hex.EncodeToString(sum[:]); got != target.Parts[0].Media[0].SHA256 {
		t.Errorf("the picture is another one: %s", got)
	}
}

// A snac names limits of polls, and leaves the poll of a status out without a word: nobody may lose one so.
func pollOnSnac(r, _ *rig) {
	t := r.t
	if l, ok := r.p.Info().For(r.account).Limit(hayon.LimitPollOptions, hayon.UnitItems); ok {
		t.Errorf("%d options of polls, want no polls", l)
	}
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(poll(r.target("which?"), 3600, "tea", "coffee"), 0, nil))
	r.wantCode("Prepare", err, hayon.CodeInvalid)
}

// Answers to one's own post, by id and by address, and to that of somebody else. A snac finds what is not of
// the account by an address with https alone, which it does not have here.
func repliesOnSnac(r, other *rig) {
	t := r.t
	_, mine := r.publish(r.target("mine"), 0)
	_, theirs := other.publish(other.target("theirs"), 0)
	for name, what := range map[string]hayon.Remote{
		"own by id": {ID: mine.Remote.ID}, "own by address": {URL: mine.Remote.URL}, "another's": theirs.Remote,
	} {
		if what.URL != "" && !r.p.Refers(r.account, what.URL) {
			t.Errorf("%s: %s is no address of a post", name, what.URL)
		}
		target := answering(r.target("an answer, "+name, "and more, "+name), what)
		req, out := r.publish(target, 0)
		_, more := r.publish(target, 1)
		want := mine.Remote.ID
		if name == "another's" {
			want = theirs.Remote.ID
		}
		if got := r.seen(out.Remote.ID).InReplyToID; got != want {
			t.Errorf("%s: answers %q, want %q", name, got, want)
		}
		if got := r.seen(more.Remote.ID).InReplyToID; got != out.Remote.ID {
			t.Errorf("%s: the second part answers %q, want %q", name, got, out.Remote.ID)
		}
		if again := r.reconcile(req); again.Remote != out.Remote {
			t.Errorf("%s: Reconcile: %+v (%v), want %+v", name, again.Remote, again.Err, out.Remote)
		}
	}
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(answering(r.target("x"), hayon.Remote{URL: r.account.Host + "/nobody/p/1.2"}), 0, nil))
	r.wantCode("an answer to what is not there", err, hayon.CodeInvalid)
}

// A quote on a server without them is an address in the text.
func quoteOnSnac(r, _ *rig) {
	t := r.t
	_, mine := r.publish(r.target("mine"), 0)
	target := quoting(r.target("look"), mine.Remote)
	req, out := r.publish(target, 0)
	if r.p.Quotes(r.account) || len(req.Prepared.Notes) != 1 {
		t.Errorf("notes %q", req.Prepared.Notes)
	}
	if got := r.seen(out.Remote.ID).Content; !strings.Contains(got, mine.Remote.URL) {
		t.Errorf("content %q", got)
	}
}

func previewOnSnac(r, other *rig) {
	t := r.t
	name, _, _ := strings.Cut(strings.TrimPrefix(other.account.Handle, "@"), "@")
	target := r.target("@" + name + " and @nobodyatall: https://mastodon.social/about #Tag")
	got := r.preview(r.session, target)
	f := got.Facets
	if len(f) != 4 || f[0].ID == "" || !f[1].Plain || f[2].Kind != "link" || f[3].Kind != "tag" || len(got.Unresolved) != 0 {
		t.Fatalf("got %+v", got)
	}
	_, out := r.publish(target, 0)
	st := r.seen(out.Remote.ID)
	if len(st.Mentions) != 1 || !strings.HasSuffix(st.Mentions[0].URL, "/"+name) {
		t.Errorf("it mentions %+v, want %s alone", st.Mentions, name)
	}
	if len(st.Tags) != 1 || !strings.EqualFold(strings.TrimPrefix(st.Tags[0].Name, "#"), f[3].Value) {
		t.Errorf("tags %+v, want %s", st.Tags, f[3].Value)
	}
	if !strings.Contains(st.Content, `href="`+f[2].Value+`"`) {
		t.Errorf("no link to %s in %s", f[2].Value, st.Content)
	}
}
