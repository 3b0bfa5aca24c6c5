package mastodon_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func (r *rig) step(target *hayon.Target, earlier *hayon.Prepared) *hayon.Prepared {
	r.t.Helper()
	p, err := r.p.Prepare(r.t.Context(), r.session, r.prepareRequest(target, 0, earlier))
	if err != nil {
		r.t.Fatalf("Prepare: %v", err)
	}
	return p
}

var mediaCall = mastodontest.On("GET", "/api/v1/media/*")

// An instance that processes a film is asked again later, by another call.
func TestMediaInWork(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{MediaPolls: 2})
	target := r.target("a film")
	r.file(target, "video/mp4", []byte("film"), "what it shows")
	target.Parts[0].Media[0].Focus = &hayon.Focus{X: -0.5, Y: 0.25}
	p := r.step(target, nil)
	for i := range 2 {
		if !p.ReadyAt.After(r.now) || p.Handles["waiting"] != "1" || p.Waits != "processing video 1 (holiday.bin)" {
			t.Fatalf("step %d: ready at %v, waiting for %q, %s", i, p.ReadyAt, p.Handles["waiting"], p.Waits)
		}
		p = r.step(target, p)
	}
	p = r.step(target, p)
	if !p.ReadyAt.IsZero() || p.Handles["waiting"]+p.Waits != "" || !p.Expires.After(r.now.Add(time.Hour)) {
		t.Fatalf("got %+v, want ready", p)
	}
	r.wantVerdict("Publish", r.p.Publish(t.Context(), r.session, r.publishRequest(target, 0, p)), hayon.VerdictPublished, "")
	m := r.wantPublic("a film")[0].Media
	if len(m) != 1 || m[0].Description != "what it shows" || m[0].Focus != "-0.500,0.250" || m[0].MIME != "video/mp4" || string(m[0].Bytes) != "film" {
		t.Errorf("media: %+v", m)
	}
	if n := r.srv.Asked(uploadCall); n != 1 {
		t.Errorf("%d uploads, want 1", n)
	}
}

// An instance may process several at once.
func TestSeveralMediaInWork(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{Media: mastodontest.MediaAllAsync})
	target := r.target("two pictures")
	r.picture(target, 4, "one")
	r.picture(target, 5, "two")
	if p := r.step(target, nil); p.Handles["waiting"] != "1,2" || p.Waits != "processing 2 media" {
		t.Errorf("waiting for %q, %s", p.Handles["waiting"], p.Waits)
	}
}

func TestMediaThatFail(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{MediaPolls: -1})
	target := r.target("a film")
	r.file(target, "video/mp4", []byte("film"), "")
	p := r.step(target, nil)
	r.srv.FinishMedia(true)
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, p))
	r.wantCode("Prepare", err, hayon.CodeInvalid)
}

// Publish may find that an upload is gone: it alone is sent again, in a new body.
func TestMediaThatAreGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("two pictures")
	r.picture(target, 4, "one")
	r.picture(target, 5, "two")
	p := r.prepare(target, 0)
	if strings.Contains(string(p.Data), "holiday") {
		t.Error("the name of the file is sent")
	}
	r.srv.RemoveMedia()
	res := r.p.Publish(t.Context(), r.session, r.publishRequest(target, 0, p))
	r.wantVerdict("Publish", res, hayon.VerdictNotApplied, hayon.CodeUnavailable)
	if !res.PrepareAgain {
		t.Fatal("the media are not sent again")
	}
	again := r.step(target, p)
	if again.Handles["media_1"] == p.Handles["media_1"] || string(again.Data) == string(p.Data) || again.Handles["key"] != "" {
		t.Fatalf("got %+v after %+v", again, p)
	}
	r.wantVerdict("Publish", r.p.Publish(t.Context(), r.session, r.publishRequest(target, 0, again)), hayon.VerdictPublished, "")
	m := r.wantPublic("two pictures")[0].Media
	if len(m) != 2 || m[0].Description != "one" || m[1].Description != "two" {
		t.Errorf("media: %+v", m)
	}
}

// What is still there is not sent again, and what is expired is.
func TestMediaAreRenewedWhenTheyExpire(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("a picture")
	r.picture(target, 4, "")
	p := r.prepare(target, 0)
	if same := r.step(target, p); string(same.Data) != string(p.Data) || r.srv.Asked(uploadCall) != 1 {
		t.Errorf("got %s after %d uploads, want the same", same.Data, r.srv.Asked(uploadCall))
	}
	r.set(p.Expires.Add(-30 * time.Second))
	if other := r.step(target, p); string(other.Data) == string(p.Data) || r.srv.Asked(uploadCall) != 2 || !other.Expires.After(p.Expires) {
		t.Errorf("got %s after %d uploads, want new ones", other.Data, r.srv.Asked(uploadCall))
	}
}

func TestUploadsOfRelatives(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg mastodontest.Config
		v1  int
	}{
		"pixelfed": {mastodontest.Pixelfed(), 1}, "old": {mastodontest.Old(), 1}, "unknown": {mastodontest.Config{Software: "homemade"}, 1},
		"gotosocial": {mastodontest.GoToSocial(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.cfg)
			target := r.target("a picture")
			r.picture(target, 4, "alt")
			req, out := r.publish(target, 0)
			if found := r.reconcile(req); found.Remote != out.Remote {
				t.Errorf("Reconcile: %+v (%v), want %+v", found, found.Err, out.Remote)
			}
			if m := r.srv.Public(r.user)[0].Media; len(m) != 1 || m[0].Description != "alt" {
				t.Errorf("media: %+v", m)
			}
			if n := r.srv.Asked(mastodontest.On("POST", "/api/v1/media")); n != tt.v1 {
				t.Errorf("%d uploads by version 1, want %d", n, tt.v1)
			}
		})
	}
	r := newRig(t, mastodontest.Pixelfed())
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(r.target("text alone"), 0, nil))
	r.wantCode("a post without a picture", err, hayon.CodeInvalid)
}

func TestUploadFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	for _, tt := range []struct {
		name  string
		fault mastodontest.Fault
		want  hayon.Code
	}{
		{"kind", mastodontest.Refuse(422, "Validation failed: File content type is invalid"), hayon.CodeInvalid},
		{"proxy", mastodontest.RefuseHTML(413), hayon.CodeInvalid},
		{"scope", mastodontest.Refuse(403, "This action is outside the authorized scopes"), hayon.CodeForbidden},
		{"token", mastodontest.Refuse(401, "The access token was revoked"), hayon.CodeUnauthenticated},
		{"rate limit", mastodontest.TooMany(r.now.Add(time.Minute)), hayon.CodeRateLimited},
		{"down", mastodontest.RefuseHTML(502), hayon.CodeUnavailable},
		{"no id", mastodontest.Respond(200, nil, "{}"), hayon.CodeUnavailable},
		{"a page", mastodontest.RefuseHTML(200), hayon.CodeUnavailable},
	} {
		target := r.target("a picture")
		r.picture(target, 4, "")
		r.srv.Fail(uploadCall, tt.fault)
		_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
		r.wantCode(tt.name, err, tt.want)
	}
	for name, want := range map[int]hayon.Code{http.StatusBadGateway: hayon.CodeUnavailable, http.StatusTooManyRequests: hayon.CodeRateLimited} {
		target := r.target("a film")
		r.file(target, "video/mp4", []byte("film"), "")
		p := r.step(target, nil)
		r.srv.Fail(mediaCall, mastodontest.Refuse(name, "no"))
		_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, p))
		r.wantCode("asking for a film", err, want)
	}
}

// The words of a refusal are in the language of the account: the media themselves tell.
func TestRefusedMediaInAnotherLanguage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		change  func(*rig)
		verdict hayon.Verdict
		code    hayon.Code
	}{
		{"all are there", func(*rig) {}, hayon.VerdictRejected, hayon.CodeRejected},
		{"gone", func(r *rig) { r.srv.RemoveMedia() }, hayon.VerdictNotApplied, hayon.CodeUnavailable},
		{"in work", func(r *rig) { r.srv.Fail(mediaCall, mastodontest.Respond(206, nil, `{"id":"1"}`)) }, hayon.VerdictNotApplied, hayon.CodeUnavailable},
		{"nobody can tell", func(r *rig) { r.srv.Fail(mediaCall, mastodontest.RefuseHTML(502)) }, hayon.VerdictNotApplied, hayon.CodeUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, mastodontest.Config{})
			target := r.target("ein Bild")
			r.picture(target, 4, "")
			req := r.publishRequest(target, 0, r.prepare(target, 0))
			tt.change(r)
			r.srv.Fail(createCall, mastodontest.Refuse(422, "Anhänge, die noch bearbeitet werden, sind nicht möglich"))
			res := r.p.Publish(t.Context(), r.session, req)
			r.wantVerdict("Publish", res, tt.verdict, tt.code)
			if res.PrepareAgain != (tt.verdict == hayon.VerdictNotApplied) {
				t.Errorf("prepare again: %t", res.PrepareAgain)
			}
		})
	}
}

// A medium that is sent anew does not make the others last longer.
func TestMediaExpireWithTheOldest(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("two pictures")
	r.picture(target, 4, "one")
	r.picture(target, 5, "two")
	p := r.prepare(target, 0)
	r.set(r.now.Add(10 * time.Hour))
	r.srv.Fail(mediaCall, mastodontest.Refuse(404, "Record not found"))
	again := r.step(target, p)
	if r.srv.Asked(uploadCall) != 3 || !again.Expires.Equal(p.Expires) {
		t.Errorf("%d uploads, until %s; want 3, until %s", r.srv.Asked(uploadCall), again.Expires, p.Expires)
	}
}
