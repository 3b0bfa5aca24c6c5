package mastodon_test

import (
	"bytes"
	"image"
	"image/png"
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
	user := snac.AddUser(t)
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
	a.Name = "mastodon"
	if a.Server.Software != "snac" || p.ClassOf(a) != hayon.ClassD {
		t.Errorf("taken for %s, class %s", a.Server.Software, p.ClassOf(a))
	}
	if n, ok := p.Info().For(a).Limit(hayon.LimitText, hayon.UnitMastodon); ok {
		t.Logf("it names a limit of %d", n)
	}
	r := &rig{t: t, p: p, account: a, session: providertest.NewSession(a, secret), files: map[string][]byte{}, log: log, token: "no token is known here", now: time.Now().UTC()}

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

	_, err = p.Verify(t.Context(), sessionOn(t, a, snac.URL(), "wrong"))
	r.wantCode("Verify with a wrong token", err, hayon.CodeUnauthenticated)
}
