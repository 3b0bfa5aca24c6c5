package mastodon_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg   mastodontest.Config
		media bool // is told to be deleted too
	}{
		"mastodon": {mastodontest.Config{}, true}, "before 4.4": {mastodontest.Config{Version: "4.3.0"}, false}, "gotosocial": {mastodontest.GoToSocial(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.cfg)
			_, out := r.publish(r.target("gone soon"), 0)
			for range 2 { // what is gone is no error
				if err := r.p.Delete(t.Context(), r.session, out.Remote); err != nil {
					t.Fatalf("Delete: %v", err)
				}
			}
			r.wantPublic()
			remove := mastodontest.On("DELETE", "/api/v1/statuses/*")
			if got := requests(r.srv, remove)[0].Query.Get("delete_media") == "true"; got != tt.media {
				t.Errorf("delete_media: %t, want %t", got, tt.media)
			}
			_, kept := r.publish(r.target("kept"), 0)
			r.srv.Fail(remove, mastodontest.RefuseHTML(404))
			r.wantCode("no deletions", r.p.Delete(t.Context(), r.session, kept.Remote), hayon.CodeRejected)
			r.srv.Fail(remove, mastodontest.RefuseHTML(404))
			if err := r.p.Delete(t.Context(), r.session, out.Remote); err != nil {
				t.Errorf("no deletions of what is gone: %v", err)
			}
			r.wantCode("without an id", r.p.Delete(t.Context(), r.session, hayon.Remote{URL: "https://example.org/1"}), hayon.CodeInvalid)
		})
	}
}

// The whole state is sent, so that what was said before can be taken back.
func TestEdit(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("before")
	target.Options = map[string]string{"cw": "warning", "sensitive": "true"}
	r.picture(target, 4, "one")
	r.picture(target, 5, "two")
	req, out := r.publish(target, 0)
	edit := func(earlier *hayon.Prepared) error {
		remote, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: earlier, Now: r.now})
		if err == nil && remote != out.Remote {
			t.Errorf("got %+v, want %+v", remote, out.Remote)
		}
		return err
	}
	target.Options = map[string]string{"sensitive": "false"}
	part := &target.Parts[0]
	part.Text, part.Media[0].Alt, part.Media[1].Alt = "after", "", "the second"
	part.Media[0], part.Media[1] = part.Media[1], part.Media[0]
	if err := edit(req.Prepared); err != nil {
		t.Fatalf("Edit: %v", err)
	}
	st := r.wantPublic("after")[0]
	if st.Sensitive || st.Spoiler != "" || len(st.Media) != 2 || st.Media[0].Description != "the second" || st.Media[1].Description != "" {
		t.Errorf("got %+v", st)
	}
	part.Media = part.Media[:1]
	if err := edit(req.Prepared); err != nil || len(r.wantPublic("after")[0].Media) != 1 {
		t.Errorf("with one medium less: %v, %+v", err, r.wantPublic("after")[0].Media)
	}
	part.Text = "and again"
	if err := edit(nil); err != nil || len(r.wantPublic("and again")[0].Media) != 1 {
		t.Errorf("where nobody knows the ids: %v", err)
	}
	r.picture(target, 9, "new")
	r.wantCode("a new medium", edit(req.Prepared), hayon.CodeInvalid)
	r.wantCode("a new medium, and nobody knows the ids", edit(nil), hayon.CodeInvalid)
	part.Media = nil
	if err := edit(nil); err != nil || len(r.wantPublic("and again")[0].Media) != 0 {
		t.Errorf("without media: %v", err)
	}
	part.Text = ""
	r.wantCode("nothing", edit(nil), hayon.CodeInvalid)
	part.Text = "x"
	r.srv.Fail(mastodontest.On("PUT", "/api/v1/statuses/*"), mastodontest.RefuseHTML(404))
	r.wantCode("no edits", edit(nil), hayon.CodeRejected)
	if err := r.p.Delete(t.Context(), r.session, out.Remote); err != nil {
		t.Fatal(err)
	}
	r.wantCode("not there", edit(nil), hayon.CodeNotFound)
	part.Remote = hayon.Remote{}
	r.wantCode("without an id", edit(nil), hayon.CodeInvalid)
}

// Every medium is named with its description and focus, so that what nobody changes stays.
func TestEditOfDescriptionsAndFocuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("before")
	r.picture(target, 4, "one")
	r.picture(target, 5, "two")
	r.picture(target, 6, "")
	media := target.Parts[0].Media
	media[0].Focus, media[1].Focus = &hayon.Focus{X: 0.5, Y: -0.25}, &hayon.Focus{X: -1, Y: 1}
	req, out := r.publish(target, 0)
	state := func(want ...string) {
		t.Helper()
		var got []string
		for _, m := range r.srv.Public(r.user)[0].Media {
			got = append(got, m.Description+" "+m.Focus)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("media (-want +got):\n%s", diff)
		}
	}
	state("one 0.500,-0.250", "two -1.000,1.000", " ")
	edit := func(earlier *hayon.Prepared) {
		t.Helper()
		if _, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: earlier, Now: r.now}); err != nil {
			t.Fatalf("Edit: %v", err)
		}
	}
	target.Parts[0].Text = "after"
	edit(req.Prepared)
	state("one 0.500,-0.250", "two -1.000,1.000", " 0.000,0.000")
	media[1].Alt, media[2].Focus = "the second", &hayon.Focus{X: 0.1, Y: 0.2}
	edit(nil) // where nobody knows the ids
	state("one 0.500,-0.250", "the second -1.000,1.000", " 0.100,0.200")
	media[0].Focus = nil // back to the centre
	edit(req.Prepared)
	state("one 0.000,0.000", "the second -1.000,1.000", " 0.100,0.200")
	media[0].Focus = &hayon.Focus{X: 1.01}
	_, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: req.Prepared})
	r.wantCode("a focus outside", err, hayon.CodeInvalid)
	if st, _ := r.srv.Status(out.Remote.ID); len(st.Edits) != 3 {
		t.Errorf("%d edits, want 3", len(st.Edits))
	}
}

// The same picture twice is two media.
func TestEditOfTheSamePictureTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("before")
	r.picture(target, 4, "one")
	r.picture(target, 4, "two")
	req, _ := r.publish(target, 0)
	target.Parts[0].Text = "after"
	if _, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: req.Prepared}); err != nil {
		t.Fatal(err)
	}
	if m := r.wantPublic("after")[0].Media; len(m) != 2 || m[0].ID == m[1].ID {
		t.Errorf("media: %+v", m)
	}
}

func TestRepost(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	bob := r.srv.AddUser("bob")
	token := r.token
	other := &rig{t: t, srv: r.srv, user: bob, p: r.p, account: r.account, session: sessionOn(t, r.account, r.srv.URL, r.srv.Token(bob)), files: r.files, log: r.log, token: token, now: r.now}
	_, out := other.publish(other.target("by bob"), 0)

	repost := func(what hayon.Remote) *hayon.Target {
		t := r.target("")
		t.Parts[0].Repost = &what
		return t
	}
	for _, what := range []hayon.Remote{{URL: out.Remote.URL}, {ID: out.Remote.ID}} {
		target := repost(what)
		req := r.publishRequest(target, 0, r.prepare(target, 0))
		res := r.p.Publish(t.Context(), r.session, req)
		r.wantVerdict("Publish", res, hayon.VerdictPublished, "")
		again := r.reconcile(req)
		r.wantVerdict("Reconcile", again, hayon.VerdictPublished, "")
		if res.Remote.ID == out.Remote.ID || again.Remote != res.Remote {
			t.Errorf("got %+v, and then %+v", res.Remote, again.Remote)
		}
	}
	public := r.srv.Public(r.user)
	if len(public) != 1 || public[0].ReblogOf != out.Remote.ID {
		t.Errorf("public: %+v", public)
	}
	for name, what := range map[string]hayon.Remote{"no address": {URL: "x"}, "nobody has it": {URL: "https://example.org/@a/1"}} {
		_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(repost(what), 0, nil))
		r.wantCode(name, err, hayon.CodeInvalid)
	}
	target := repost(out.Remote)
	target.Options["visibility"] = "direct"
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
	r.wantCode("for single people", err, hayon.CodeInvalid)

	target = repost(hayon.Remote{ID: out.Remote.ID})
	target.Options["visibility"] = "followers"
	p := r.prepare(target, 0)
	var body map[string]any
	if json.Unmarshal(p.Data, &body) != nil || body["visibility"] != "private" {
		t.Errorf("body %s", p.Data)
	}
	if err := other.p.Delete(t.Context(), other.session, out.Remote); err != nil {
		t.Fatal(err)
	}
	r.wantVerdict("what is gone", r.p.Publish(t.Context(), r.session, r.publishRequest(target, 0, p)), hayon.VerdictRejected, hayon.CodeInvalid)
}

// A relative that answers a repost by what is reposted names nothing that a deletion may remove: that
// takes the repost back, and leaves the post alone.
func TestRepostThatIsAnsweredByThePost(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mastodontest.Config{"mastodon": {}, "snac": {Software: "snac", Keys: mastodontest.KeysIgnored}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, cfg)
			_, mine := r.publish(r.target("mine"), 0)
			target := r.target("")
			target.Parts[0].Repost = &mine.Remote
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			r.srv.Fail(mastodontest.On("POST", "/api/v1/statuses/*/reblog"), mastodontest.Garble("application/json",
				`{"id":"`+mine.Remote.ID+`","url":"`+mine.Remote.URL+`"}`))
			res := r.p.Publish(t.Context(), r.session, req)
			r.wantVerdict("Publish", res, hayon.VerdictPublished, "")
			if res.Remote.ID == mine.Remote.ID {
				t.Error("the repost has the id of the post")
			}
			for range 2 {
				if err := r.p.Delete(t.Context(), r.session, res.Remote); err != nil {
					t.Fatal(err)
				}
				r.wantPublic("mine")
			}
		})
	}
}

// A list that may be behind does not prove that there is no repost.
func TestRepostOnUnknownSoftware(t *testing.T) {
	t.Parallel()
	for name, held := range map[string]bool{"homemade": true, "mastodon": false} {
		r := newRig(t, mastodontest.Config{Software: name})
		_, mine := r.publish(r.target("mine"), 0)
		target := r.target("")
		target.Parts[0].Repost = &mine.Remote
		req := r.publishRequest(target, 0, r.prepare(target, 0))
		req.Now = req.UnknownSince.Add(2 * time.Minute)
		if res := r.reconcile(req); res.Hold != held || (res.Verdict == hayon.VerdictNotApplied) == held {
			t.Errorf("%s: %+v, want held %t", name, res, held)
		}
	}
}

func TestReposts(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	for link, want := range map[string]bool{
		"https://mastodon.social/@Gargron/1": true, "https://a.example/@bob@b.example/1": true, "https://a.example/users/bob/statuses/1": true,
		"https://pl.example/notice/AbC": true, "https://pl.example/objects/0-1": true, "https://mk.example/notes/9abc": true, "https://px.example/p/bob/1": true,
		"https://snac.example/bob/p/1.2": true, "https://lemmy.example/post/1": true, "http://127.0.0.1:1/@bob/1": true,
		"": false, "x": false, "https://example.org/": false, "https://example.org/@bob": false, "https://example.org/a/b/c/d": false, "ftp://a.example/@bob/1": false,
	} {
		if got := r.p.Reposts(r.account, link); got != want {
			t.Errorf("%q: got %t", link, got)
		}
	}
}

func TestLinkOfAnotherAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	bob := r.srv.AddUser("bob")
	other := &rig{t: t, srv: r.srv, user: bob, p: r.p, session: sessionOn(t, r.account, r.srv.URL, r.srv.Token(bob)), log: r.log, token: r.token, now: r.now}
	_, out := other.publish(other.target("by bob"), 0)
	_, err := r.p.RemoteOf(t.Context(), r.session, out.Remote.URL)
	r.wantCode("a post of bob", err, hayon.CodeInvalid)
	_, mine := r.publish(r.target("mine"), 0)
	r.srv.Fail(mastodontest.On("GET", "/api/v1/statuses/*"), mastodontest.RefuseHTML(502))
	_, err = r.p.RemoteOf(t.Context(), r.session, mine.Remote.URL)
	r.wantCode("an instance that is down", err, hayon.CodeUnavailable)
	for _, link := range []string{mine.Remote.URL, r.srv.URL + "/users/ana/statuses/" + mine.Remote.ID, r.srv.URL + "/web/statuses/" + mine.Remote.ID + "/"} {
		if got, err := r.p.RemoteOf(t.Context(), r.session, link); err != nil || got != mine.Remote {
			t.Errorf("%s: %+v, %v", link, got, err)
		}
	}
}
