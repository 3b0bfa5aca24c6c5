package bluesky_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/providertest"
)

const (
	posts       = "app.bsky.feed.post"
	reposts     = "app.bsky.feed.repost"
	threadgates = "app.bsky.feed.threadgate"
	postgates   = "app.bsky.feed.postgate"
)

// connected signs a new account of the shared server in.
func connected(t *testing.T, p *bluesky.Provider, pds *servers.PDSInstance) (servers.Account, *providertest.Session) {
	t.Helper()
	who := pds.NewAccount(t)
	return who, connect(t, p, pds, who)
}

func connect(t *testing.T, p *bluesky.Provider, pds *servers.PDSInstance, who servers.Account) *providertest.Session {
	t.Helper()
	account, secret, err := p.SignIn(t.Context(), signInWith(pds.URL(), who.Handle, who.AppPassword))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, collection := range []string{posts, reposts, threadgates, postgates} {
			for _, r := range pds.ListRecords(onlyForCleanup{t}, who.DID, collection) {
				validate(t, collection, r.Value)
			}
		}
	})
	return providertest.NewSession(named(account), secret)
}

// onlyForCleanup is a test whose context has not ended yet.
type onlyForCleanup struct{ testing.TB }

func (onlyForCleanup) Context() context.Context { return context.Background() }

func signInWith(host, handle, password string) hayon.SignIn {
	return hayon.SignIn{
		Platform: "bluesky",
		Fields:   map[string]string{"host": host, "handle": handle},
		Secret:   hayon.NewSecret([]byte(password)),
	}
}

// named fills in what the caller of SignIn does.
func named(a *hayon.Account) *hayon.Account {
	a.ID, a.Name, a.SecretRef = hayon.NewAccountID(time.Now()), "bluesky", "bluesky"
	return a
}

// with is a session whose kept secret was changed.
func with(t testing.TB, s *providertest.Session, change map[string]string) *providertest.Session {
	t.Helper()
	kept := keptBy(t, s)
	maps.Copy(kept, change)
	b, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	return providertest.NewSession(s.Account(), hayon.NewSecret(b))
}

func keptBy(t testing.TB, s *providertest.Session) map[string]string {
	t.Helper()
	secret, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept := make(map[string]string)
	if err := json.Unmarshal(secret.Reveal(), &kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestContractOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
		t.Helper()
		log := new(providertest.Log)
		p := bluesky.New(bluesky.Config{Logger: log.Logger()})
		who, s := connected(t, p, pds)
		in := signInWith(pds.URL(), who.Handle, who.AppPassword)
		return contract(t, p, log, in, s, func(t testing.TB) []providertest.Post { t.Helper(); return published(t, pds, who.DID) })
	}})
}

// published is what the suite wants to know of the records of an account, which have two collections.
func published(t testing.TB, pds *servers.PDSInstance, did string) []providertest.Post {
	t.Helper()
	var out []providertest.Post
	gates := make(map[string]gate)
	for _, r := range slices.Concat(pds.ListRecords(t, did, threadgates), pds.ListRecords(t, did, postgates)) {
		var g gate
		r.Decode(t, &g)
		gates[g.Type+g.Post] = g
	}
	for _, r := range slices.Concat(pds.ListRecords(t, did, reposts), pds.ListRecords(t, did, posts)) {
		var v record
		r.Decode(t, &v)
		out = append(out, v.seen(r.URI, gates))
	}
	slices.Reverse(out)
	return out
}

// closedServer is the address of nobody.
func closedServer() string {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	return closed.URL
}

// isCall tells which requests belong to a call.
func isCall(c providertest.Call, r *http.Request) bool {
	method := map[providertest.Call]string{
		providertest.CallVerify: "server.getSession", providertest.CallUpload: "repo.uploadBlob", providertest.CallPublish: "repo.putRecord",
		providertest.CallReconcile: "repo.getRecord", providertest.CallDelete: "repo.deleteRecord",
	}[c]
	return method != "" && r.URL.Path == "/xrpc/com.atproto."+method
}

// refuseAs refuses as a server does, which has its own statuses for a token and for content.
func refuseAs(w http.ResponseWriter, status int, retryAfter string) {
	name := map[int]string{
		http.StatusUnauthorized: "AuthenticationRequired", http.StatusForbidden: "Forbidden", http.StatusUnprocessableEntity: "InvalidRequest",
		http.StatusTooManyRequests: "RateLimitExceeded", http.StatusInternalServerError: "InternalServerError", http.StatusServiceUnavailable: "NotEnoughResources",
	}[status]
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	answer(w, refuse("", "", status, name))
}

// target is a target of one part whose media are opened from blobs.
func target(p *bluesky.Provider, s hayon.Session, text string, media ...hayon.Attachment) *hayon.Target {
	now := time.Now().UTC()
	tg := &hayon.Target{
		ID: hayon.NewTargetID(now), Account: s.Account().ID, Platform: "bluesky", Due: now,
		Parts: []hayon.Part{{Text: text, Langs: []string{"en", "pt-BR"}, Media: media}},
	}
	tg.Parts[0].Idem = p.NewIdem(tg, 0, now)
	return tg
}

func prepare(t *testing.T, p *bluesky.Provider, s hayon.Session, tg *hayon.Target, file []byte) *hayon.Prepared {
	t.Helper()
	out, err := p.Prepare(t.Context(), s, prepareRequest(tg, file))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func prepareRequest(tg *hayon.Target, file []byte) hayon.PrepareRequest {
	return hayon.PrepareRequest{
		Target: tg, Now: tg.Due,
		Open: func(context.Context, hayon.Attachment) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(file)), nil
		},
	}
}

func publishRequest(tg *hayon.Target, prepared *hayon.Prepared) hayon.PublishRequest {
	now := time.Now()
	return hayon.PublishRequest{Target: tg, Prepared: prepared, Now: now, SentAt: now, Deadline: now.Add(30 * time.Second)}
}

// wantResult fails unless the verdict, and the code of the error, are those.
func wantResult(t *testing.T, got hayon.Result, verdict hayon.Verdict, code hayon.Code) {
	t.Helper()
	var is hayon.Code
	if got.Err != nil {
		is = got.Err.Code
	}
	if got.Verdict != verdict || is != code {
		t.Fatalf("got verdict %q, code %q (%v); want %q, %q", got.Verdict, is, got.Err, verdict, code)
	}
}

func wantCode(t *testing.T, err error, code hayon.Code, says ...string) {
	t.Helper()
	if hayon.CodeOf(err) != code {
		t.Fatalf("got %q (%v), want %q", hayon.CodeOf(err), err, code)
	}
	for _, want := range says {
		if !strings.Contains(err.Error()+" "+hayon.AsError(err).Hint, want) {
			t.Errorf("got %q with the hint %q, want %q in it", err, hayon.AsError(err).Hint, want)
		}
	}
}

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestRecordIsReadBack(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	bob := pds.NewAccount(t)

	text := "👍🏽 Hi #golang https://example.org @" + bob.Handle + " and @nobody-here.test\n"
	file := pngOf(t, 30, 20)
	att := hayon.Attachment{Alt: `a "square" ☐`, Type: "image/png", Bytes: int64(len(file)), Width: 30, Height: 20, Name: "a.png"}
	tg := target(p, s, text, att)
	prepared := prepare(t, p, s, tg, file)
	if prepared.Expires.IsZero() {
		t.Error("an upload is relied on for ever")
	}
	res := p.Publish(t.Context(), s, publishRequest(tg, prepared))
	wantResult(t, res, hayon.VerdictPublished, "")
	if diff := cmp.Diff(prepared.Remote, res.Remote); diff != "" {
		t.Errorf("the server gives the record another name or hash (-prepared +server):\n%s", diff)
	}

	got := pds.Record(t, who.DID, tg.Parts[0].Idem)
	if got.CID != prepared.Remote.Digest || got.URI != prepared.Remote.ID {
		t.Errorf("got %s %s, want %s %s", got.URI, got.CID, prepared.Remote.ID, prepared.Remote.Digest)
	}
	var v record
	got.Decode(t, &v)
	content := strings.TrimRight(text, "\n")
	if v.Text != content {
		t.Errorf("got the text %q, want %q", v.Text, content)
	}
	if want := tg.Due.Format("2006-01-02T15:04:05.000Z"); v.CreatedAt != want {
		t.Errorf("createdAt is %s, want %s", v.CreatedAt, want)
	}
	if diff := cmp.Diff([]string{"en", "pt-BR"}, v.Langs); diff != "" {
		t.Error(diff)
	}
	type stretch struct{ Text, Type, Value string }
	var stretches []stretch
	for _, f := range v.Facets {
		one := stretch{Text: v.Text[f.Index.ByteStart:f.Index.ByteEnd], Type: f.Features[0]["$type"]}
		one.Value = f.Features[0]["tag"] + f.Features[0]["uri"] + f.Features[0]["did"]
		stretches = append(stretches, one)
	}
	want := []stretch{
		{"#golang", "app.bsky.richtext.facet#tag", "golang"},
		{"https://example.org", "app.bsky.richtext.facet#link", "https://example.org"},
		{"@" + bob.Handle, "app.bsky.richtext.facet#mention", bob.DID},
	}
	if diff := cmp.Diff(want, stretches); diff != "" {
		t.Errorf("facets (-want +got):\n%s", diff)
	}
	if len(v.Embed.Images) != 1 {
		t.Fatalf("got %d images, want 1", len(v.Embed.Images))
	}
	img := v.Embed.Images[0]
	if img.Alt != att.Alt || img.Image.MimeType != "image/png" || img.Image.Size != len(file) {
		t.Errorf("got the image %+v", img)
	}
	if diff := cmp.Diff(map[string]int{"width": 30, "height": 20}, img.AspectRatio); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(pds.Blob(t, who.DID, img.Image.Ref.Link), file) {
		t.Error("the image has other bytes on the server")
	}
}

// part makes a part ready that answers the parts before it, as they are known.
func part(t *testing.T, p *bluesky.Provider, s hayon.Session, tg *hayon.Target, i int) hayon.PublishRequest {
	t.Helper()
	r := prepareRequest(tg, nil)
	r.Index = i
	if i > 0 {
		r.Parent, r.Root = tg.Parts[i-1].Remote, tg.Parts[0].Remote
	}
	prepared, err := p.Prepare(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	pub := publishRequest(tg, prepared)
	pub.Index = i
	return pub
}

// Five parts, the third of which a person found by its address after its answer was lost.
func TestThreadOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	tg := target(p, s, "one")
	for _, text := range []string{"two", "three", "four", "five"} {
		tg.Parts = append(tg.Parts, hayon.Part{Text: text})
	}
	for i := range tg.Parts {
		tg.Parts[i].Idem = p.NewIdem(tg, i, tg.Due)
		res := p.Publish(t.Context(), s, part(t, p, s, tg, i))
		wantResult(t, res, hayon.VerdictPublished, "")
		tg.Parts[i].Remote = res.Remote
		if i == 2 {
			tg.Parts[i].Remote.Digest = "" // nothing but what the address says
		}
	}
	all := pds.ListRecords(t, who.DID, posts)
	slices.Reverse(all)
	if len(all) != len(tg.Parts) {
		t.Fatalf("got %d records, want %d", len(all), len(tg.Parts))
	}
	created := ""
	for i, r := range all {
		var v record
		r.Decode(t, &v)
		if r.URI != tg.Parts[i].Remote.ID || v.Text != tg.Parts[i].Text || v.CreatedAt <= created {
			t.Errorf("record %d is %s %q of %s after %s", i, r.URI, v.Text, v.CreatedAt, created)
		}
		created = v.CreatedAt
		want := make([]string, 4)
		if i > 0 {
			want = []string{all[0].URI, all[0].CID, all[i-1].URI, all[i-1].CID}
		}
		if diff := cmp.Diff(want, []string{v.Reply.Root.URI, v.Reply.Root.CID, v.Reply.Parent.URI, v.Reply.Parent.CID}); diff != "" {
			t.Errorf("what record %d answers (-want +got):\n%s", i, diff)
		}
	}
}

func TestSignInOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who := pds.NewAccount(t)

	a, secret, err := p.SignIn(t.Context(), signInWith(pds.URL(), "  @"+strings.ToUpper(who.Handle)+"\u202c", who.AppPassword))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{a.Platform, a.RemoteID, a.Handle, a.Host, string(a.Status), a.Reason}
	if diff := cmp.Diff([]string{"bluesky", who.DID, "@" + who.Handle, pds.URL(), "connected", ""}, got); diff != "" {
		t.Error(diff)
	}
	verified, err := p.Verify(t.Context(), providertest.NewSession(named(a), secret))
	if err != nil || verified.Handle != "@"+who.Handle {
		t.Errorf("Verify answers %+v, %v", verified, err)
	}

	a, secret, err = p.SignIn(t.Context(), signInWith(pds.URL(), who.DID, who.Password))
	if err != nil {
		t.Fatal(err)
	}
	if kept := keptBy(t, providertest.NewSession(a, secret)); kept["app_password"] != "" {
		t.Error("the main password was kept")
	}
	if !strings.Contains(a.Reason, "app password") {
		t.Errorf("the main password was taken without a word: %q", a.Reason)
	}

	_, _, err = p.SignIn(t.Context(), signInWith(pds.URL(), who.Handle, "wrong-wron-gwro-ngwr"))
	wantCode(t, err, hayon.CodeUnauthenticated, "wrong handle or app password", "App passwords")
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	_, _, err = p.SignIn(t.Context(), signInWith(closed.URL, who.Handle, who.AppPassword))
	wantCode(t, err, hayon.CodeUnavailable, strings.TrimPrefix(closed.URL, "http://"), "connection refused")
}

// say makes a call of the account's own, with its main password.
func say(t *testing.T, pds *servers.PDSInstance, token, nsid, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, pds.URL()+"/xrpc/"+nsid, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %s %v", nsid, resp.Status, answer, err)
	}
	return string(answer)
}

func TestDeactivatedAccountIsRefused(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who := pds.NewAccount(t)
	s := connect(t, p, pds, who)
	var full struct{ AccessJWT string }
	answer := say(t, pds, "", "com.atproto.server.createSession", `{"identifier":"`+who.Handle+`","password":"`+who.Password+`"}`)
	if err := json.Unmarshal([]byte(answer), &full); err != nil {
		t.Fatal(err)
	}
	tg := target(p, s, "too late")
	prepared := prepare(t, p, s, tg, nil)
	say(t, pds, full.AccessJWT, "com.atproto.server.deactivateAccount", `{}`)

	_, _, err := p.SignIn(t.Context(), signInWith(pds.URL(), who.Handle, who.AppPassword))
	wantCode(t, err, hayon.CodeForbidden, "deactivated")
	res := p.Publish(t.Context(), s, publishRequest(tg, prepared))
	wantResult(t, res, hayon.VerdictNotApplied, hayon.CodeForbidden)
	say(t, pds, full.AccessJWT, "com.atproto.server.activateAccount", "")
}

func TestSessionIsRenewed(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, fresh := connected(t, p, pds)
	expired := map[string]string{"access_jwt": pds.ExpiredAccessToken(who.DID)}

	t.Run("by the refresh token", func(t *testing.T) {
		t.Parallel()
		s := with(t, fresh, expired)
		tg := target(p, s, "after two hours")
		res := p.Publish(t.Context(), s, publishRequest(tg, prepare(t, p, s, tg, nil)))
		wantResult(t, res, hayon.VerdictPublished, "")
		before, after := keptBy(t, fresh), keptBy(t, s)
		if after["refresh_jwt"] == before["refresh_jwt"] || after["access_jwt"] == expired["access_jwt"] {
			t.Error("the new tokens were not kept")
		}
		if after["app_password"] != who.AppPassword || after["did"] != who.DID || after["pds"] != pds.URL() {
			t.Errorf("the rest of the secret was lost: %d members", len(after))
		}
	})
	t.Run("by the app password", func(t *testing.T) {
		t.Parallel()
		s := with(t, fresh, map[string]string{"access_jwt": expired["access_jwt"], "refresh_jwt": "no.such.token"})
		file := pngOf(t, 3, 3)
		tg := target(p, s, "after ninety days", hayon.Attachment{Type: "image/png", Bytes: int64(len(file))})
		res := p.Publish(t.Context(), s, publishRequest(tg, prepare(t, p, s, tg, file)))
		wantResult(t, res, hayon.VerdictPublished, "")
	})
	t.Run("not at all", func(t *testing.T) {
		t.Parallel()
		s := with(t, fresh, map[string]string{"access_jwt": expired["access_jwt"], "refresh_jwt": "no.such.token", "app_password": "gone-gone-gone-gone"})
		tg := target(p, s, "never")
		res := p.Publish(t.Context(), s, publishRequest(tg, prepare(t, p, s, tg, nil)))
		wantResult(t, res, hayon.VerdictNotApplied, hayon.CodeUnauthenticated)
		wantCode(t, res.Err, hayon.CodeUnauthenticated, "app password", "hayon login bluesky --host "+pds.URL()+" --handle "+who.Handle)
	})
}

// faulty stands before a server and cuts the connection after the server has answered.
func faulty(t *testing.T, pds *servers.PDSInstance) (base string, cut *atomic.Bool) {
	t.Helper()
	to, err := url.Parse(pds.URL())
	if err != nil {
		t.Fatal(err)
	}
	cut = new(atomic.Bool)
	behind := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !cut.Load() {
			behind.ServeHTTP(w, r)
			return
		}
		behind.ServeHTTP(httptest.NewRecorder(), r)
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, cut
}

func TestLostAnswerIsFound(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, direct := connected(t, p, pds)
	base, cut := faulty(t, pds)
	s := with(t, direct, map[string]string{"pds": base})
	tg := target(p, s, "did it go out?")
	r := publishRequest(tg, prepare(t, p, s, tg, nil))

	wantResult(t, p.Reconcile(t.Context(), s, r), hayon.VerdictNotApplied, "")
	cut.Store(true)
	res := p.Publish(t.Context(), s, r)
	wantResult(t, res, hayon.VerdictUnknown, hayon.CodeUncertain)
	if !res.AskAgain.IsZero() {
		t.Errorf("ask again at %v, although the server did not say when", res.AskAgain)
	}
	wantResult(t, p.Reconcile(t.Context(), s, r), hayon.VerdictUnknown, hayon.CodeUncertain)
	cut.Store(false)
	res = p.Reconcile(t.Context(), s, r)
	wantResult(t, res, hayon.VerdictPublished, "")
	if diff := cmp.Diff(r.Prepared.Remote, res.Remote); diff != "" {
		t.Error(diff)
	}
	wantResult(t, p.Publish(t.Context(), s, r), hayon.VerdictPublished, "")
	if n := len(pds.ListRecords(t, who.DID, posts)); n != 1 {
		t.Errorf("got %d records, want 1", n)
	}
}

func TestTakenKey(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	first := target(p, s, "I was here")
	wantResult(t, p.Publish(t.Context(), s, publishRequest(first, prepare(t, p, s, first, nil))), hayon.VerdictPublished, "")

	one := func(t *testing.T) {
		t.Helper()
		if n := len(pds.ListRecords(t, who.DID, posts)); n != 1 {
			t.Errorf("got %d records, want 1", n)
		}
	}
	t.Run("by another post", func(t *testing.T) {
		t.Parallel()
		other := target(p, s, "so was I")
		other.Parts[0].Idem = first.Parts[0].Idem
		r := publishRequest(other, prepare(t, p, s, other, nil))
		wantResult(t, p.Publish(t.Context(), s, r), hayon.VerdictUnknown, hayon.CodeUncertain)
		wantResult(t, p.Reconcile(t.Context(), s, r), hayon.VerdictRejected, hayon.CodeConflict)
		one(t)
	})
	t.Run("by the same text", func(t *testing.T) {
		t.Parallel()
		same := target(p, s, "I was here")
		same.Parts[0].Idem, same.Due = first.Parts[0].Idem, first.Due.Add(time.Second)
		r := publishRequest(same, prepare(t, p, s, same, nil))
		wantResult(t, p.Publish(t.Context(), s, r), hayon.VerdictUnknown, hayon.CodeUncertain)
		res := p.Reconcile(t.Context(), s, r)
		wantResult(t, res, hayon.VerdictPublished, "")
		if found := pds.Record(t, who.DID, first.Parts[0].Idem).CID; res.Remote.Digest != found {
			t.Errorf("got the digest %s, want %s, which is on the server", res.Remote.Digest, found)
		}
		one(t)
	})
}

func TestServerWithASmallerLimit(t *testing.T) {
	t.Parallel()
	pds := servers.StartPDS(t, servers.WithBlobUploadLimit(100))
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	file := append(pngOf(t, 3, 3), bytes.Repeat([]byte{0}, 200)...)
	tg := target(p, s, "", hayon.Attachment{Type: "image/png", Bytes: int64(len(file)), Name: "big.png"})
	_, err := p.Prepare(t.Context(), s, prepareRequest(tg, file))
	wantCode(t, err, hayon.CodeInvalid, "image 1 (big.png)", "more than localhost")
	tg = target(p, s, "", videoOf(file))
	_, err = p.Prepare(t.Context(), s, prepareRequest(tg, file))
	wantCode(t, err, hayon.CodeInvalid, "the video (a.mp4)", "more than localhost")
}

func TestUploadThatIsGone(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	file := pngOf(t, 7, 7)
	tg := target(p, s, "without its image", hayon.Attachment{Type: "image/png", Bytes: int64(len(file))})
	prepared := prepare(t, p, s, tg, file)
	// The hash of bytes that nobody has uploaded.
	const other = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
	prepared.Data = bytes.ReplaceAll(prepared.Data, []byte(prepared.Handles["image_1"]), []byte(other))
	res := p.Publish(t.Context(), s, publishRequest(tg, prepared))
	wantResult(t, res, hayon.VerdictNotApplied, hayon.CodeUnavailable)
	if !res.PrepareAgain {
		t.Error("the result does not ask for another Prepare")
	}
}

func TestPrepareAgainKeepsTheBytes(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	file := pngOf(t, 9, 9)
	tg := target(p, s, "again", hayon.Attachment{Type: "image/png", Bytes: int64(len(file))})
	first := prepare(t, p, s, tg, file)
	r := prepareRequest(tg, file)
	r.Earlier, r.Now = first, tg.Due.Add(time.Hour)
	second, err := p.Prepare(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first.Data), string(second.Data)); diff != "" {
		t.Error(diff)
	}
	r.Open = prepareRequest(tg, pngOf(t, 8, 8)).Open
	_, err = p.Prepare(t.Context(), s, r)
	wantCode(t, err, hayon.CodeInvalid, "image 1")
}
