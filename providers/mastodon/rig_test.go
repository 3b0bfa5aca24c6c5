package mastodon_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
	"github.com/hayon/hayon/providers/providertest"
)

// rig is an instance with an account that is signed in.
type rig struct {
	t       *testing.T
	srv     *mastodontest.Server
	user    *mastodontest.User
	p       *mastodon.Provider
	account *hayon.Account
	session *providertest.Session
	files   map[string][]byte // by SHA-256
	log     *providertest.Log
	token   string
	now     time.Time // see set
	clock   *atomic.Pointer[time.Time]
}

func newRig(t *testing.T, cfg mastodontest.Config) *rig {
	t.Helper()
	r := &rig{t: t, srv: mastodontest.New(t, cfg), files: make(map[string][]byte), log: new(providertest.Log), clock: new(atomic.Pointer[time.Time])}
	r.set(time.Now().UTC())
	r.user = r.srv.AddUser("ana")
	r.token = r.srv.Token(r.user)
	r.p = mastodon.New(mastodon.Config{Logger: r.log.Logger(), Now: func() time.Time { return *r.clock.Load() }})
	account, secret, err := r.p.SignIn(t.Context(), r.signIn())
	if err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	r.account = account
	account.ID, account.Name, account.SecretRef = hayon.NewAccountID(r.now), "mastodon", "mastodon"
	r.session = providertest.NewSession(account, secret)
	return r
}

// set sets the clock of the test and of the provider, which connections that are being closed read too.
func (r *rig) set(now time.Time) {
	r.now = now
	r.clock.Store(&now)
}

func (r *rig) signIn() hayon.SignIn {
	return hayon.SignIn{Platform: "mastodon", Fields: map[string]string{"host": r.srv.URL}, Secret: hayon.NewSecret([]byte(r.token))}
}

// target has one part a text.
func (r *rig) target(texts ...string) *hayon.Target {
	t := &hayon.Target{ID: hayon.NewTargetID(r.now), Platform: "mastodon", Due: r.now, Options: map[string]string{}}
	for i, s := range texts {
		t.Parts = append(t.Parts, hayon.Part{Text: s, Langs: []string{"en"}})
		t.Parts[i].Idem = r.p.NewIdem(t, i, r.now)
	}
	return t
}

// picture attaches a PNG to the first part.
func (r *rig) picture(t *hayon.Target, width int, alt string) {
	r.t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 3))); err != nil {
		r.t.Fatal(err)
	}
	r.file(t, "image/png", b.Bytes(), alt)
}

func (r *rig) file(t *hayon.Target, kind string, b []byte, alt string) {
	sum := sha256.Sum256(b)
	a := hayon.Attachment{SHA256: hex.EncodeToString(sum[:]), Type: kind, Bytes: int64(len(b)), Alt: alt, Name: "holiday.bin"}
	r.files[a.SHA256] = b
	t.Parts[0].Media = append(t.Parts[0].Media, a)
}

func (r *rig) prepareRequest(t *hayon.Target, i int, earlier *hayon.Prepared) hayon.PrepareRequest {
	req := hayon.PrepareRequest{Target: t, Index: i, Now: r.now, Earlier: earlier, Open: func(_ context.Context, a hayon.Attachment) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(r.files[a.SHA256])), nil
	}}
	if i > 0 {
		req.Parent, req.Root = t.Parts[i-1].Remote, t.Parts[0].Remote
	}
	return req
}

// prepare makes part i ready, in as many steps as it takes.
func (r *rig) prepare(t *hayon.Target, i int) *hayon.Prepared {
	r.t.Helper()
	var p *hayon.Prepared
	for range 10 {
		var err error
		if p, err = r.p.Prepare(r.t.Context(), r.session, r.prepareRequest(t, i, p)); err != nil {
			r.t.Fatalf("Prepare: %v", err)
		}
		if p.ReadyAt.IsZero() {
			return p
		}
	}
	r.t.Fatal("Prepare is not ready after 10 steps")
	return nil
}

func (r *rig) publishRequest(t *hayon.Target, i int, p *hayon.Prepared) hayon.PublishRequest {
	return hayon.PublishRequest{
		Target: t, Index: i, Prepared: p, Now: r.now, SentAt: r.now, UnknownSince: r.now, Deadline: r.now.Add(time.Minute),
		Claimed: func(context.Context, string) (bool, error) { return false, nil },
	}
}

// publish makes part i public.
func (r *rig) publish(t *hayon.Target, i int) (hayon.PublishRequest, hayon.Result) {
	r.t.Helper()
	req := r.publishRequest(t, i, r.prepare(t, i))
	res := r.p.Publish(r.t.Context(), r.session, req)
	r.wantVerdict("Publish", res, hayon.VerdictPublished, "")
	t.Parts[i].Remote = res.Remote
	return req, res
}

func (r *rig) wantVerdict(call string, res hayon.Result, want hayon.Verdict, code hayon.Code) {
	r.t.Helper()
	got := hayon.Code("")
	if res.Err != nil {
		got = res.Err.Code
		r.wantNoSecret(res.Err)
	}
	if res.Verdict != want || got != code {
		r.t.Errorf("%s: verdict %q, code %q (%v); want %q, %q", call, res.Verdict, got, res.Err, want, code)
	}
}

func (r *rig) wantCode(call string, err error, want hayon.Code) {
	r.t.Helper()
	if hayon.CodeOf(err) != want {
		r.t.Errorf("%s: got %v (%s), want %s", call, err, hayon.CodeOf(err), want)
	}
	r.wantNoSecret(err)
}

func (r *rig) wantNoSecret(err error) {
	r.t.Helper()
	b, _ := json.Marshal(hayon.AsError(err))
	if strings.Contains(string(b), r.token) || strings.Contains(r.log.String(), r.token) {
		r.t.Error("the token is in an error or in the log")
	}
}

// wantPublic fails unless these texts are public.
func (r *rig) wantPublic(texts ...string) []mastodontest.Status {
	r.t.Helper()
	public := r.srv.Public(r.user)
	var got []string
	for _, st := range public {
		got = append(got, st.Text)
	}
	if strings.Join(got, "|") != strings.Join(texts, "|") {
		r.t.Fatalf("public: %q, want %q", got, texts)
	}
	return public
}

var (
	createCall = mastodontest.On("POST", "/api/v1/statuses")
	uploadCall = mastodontest.On("POST", "/api/v2/media")
	listCall   = mastodontest.On("GET", "/api/v1/accounts/*/statuses")
)
