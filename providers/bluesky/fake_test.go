package bluesky_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/providertest"
)

const (
	did  = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	rkey = "3m5zzzzzzzz22"
	uri  = "at://" + did + "/app.bsky.feed.post/" + rkey
	// greetingCID is the hash of the record that greeting makes, computed by another program. The server
	// of the integration tests
	// agrees on how it is done.
	greetingCID = "bafyreibsogzxogkleqjwjkdqg6vhhxhhfajrbvfavrnwz4xr4lunkruwue"
)

// step is one request that a script awaits, and the answer to it.
type step struct {
	call   string // the method's name, such as putRecord
	token  string // what must stand in Authorization; "" is none
	status int    // 0 is 200
	header map[string]string
	body   string
	// cut closes the connection instead of answering; with a body, in the middle of it.
	cut bool
}

// script is a server that awaits exactly these requests in this order. Another request fails the
// test, and so does an answer that nobody asked for.
func script(t *testing.T, steps ...step) string {
	t.Helper()
	var (
		mu   sync.Mutex
		next int
	)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '.')+1:]
		if next >= len(steps) {
			t.Errorf("request %d, %s: nobody expects it", next+1, name)
			return
		}
		s := steps[next]
		next++
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if name != s.call || token != s.token {
			t.Errorf("request %d: got %s as %q, want %s as %q", next, name, token, s.call, s.token)
		}
		answer(w, s)
	}))
	t.Cleanup(func() {
		srv.Close()
		if next != len(steps) {
			t.Errorf("%d of %d answers were asked for", next, len(steps))
		}
	})
	return srv.URL
}

func answer(w http.ResponseWriter, s step) {
	if s.cut {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if s.body != "" {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(s.body)+100, s.body)
		}
		_ = conn.Close()
		return
	}
	for k, v := range s.header {
		w.Header().Set(k, v)
	}
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
	_, _ = io.WriteString(w, s.body)
}

func refuse(call, token string, status int, name string) step {
	return step{call: call, token: token, status: status, body: `{"error":"` + name + `","message":"because ` + name + `"}`}
}

// sessionOn is a session whose server is base.
func sessionOn(t *testing.T, base string) *providertest.Session {
	t.Helper()
	b, err := json.Marshal(map[string]string{
		"did": did, "handle": "alice.example.org", "pds": base,
		"access_jwt": "access-1", "refresh_jwt": "refresh-1", "app_password": "abcd-efgh-ijkl-mnop",
	})
	if err != nil {
		t.Fatal(err)
	}
	return providertest.NewSession(&hayon.Account{
		Name: "bluesky/work", Platform: "bluesky", RemoteID: did, Handle: "@alice.example.org", Host: base, SecretRef: "x",
	}, hayon.NewSecret(b))
}

var tenOClock = time.Date(2026, 11, 20, 10, 0, 0, 123_456_789, time.UTC)

func newProvider() *bluesky.Provider {
	return bluesky.New(bluesky.Config{Timeout: 20 * time.Second})
}

// greeting is a part that needs nothing of the server to be prepared.
func greeting(t *testing.T, p *bluesky.Provider, s hayon.Session) (*hayon.Target, *hayon.Prepared) {
	t.Helper()
	tg := &hayon.Target{Due: tenOClock, Parts: []hayon.Part{{Text: "hi #x <b> & ü\u2028", Langs: []string{"en"}, Idem: rkey}}}
	return tg, prepare(t, p, s, tg, nil)
}

const (
	put      = "putRecord"
	written  = `{"uri":"` + uri + `","cid":"` + greetingCID + `"}`
	newPair  = `{"did":"` + did + `","handle":"alice.example.org","accessJwt":"access-2","refreshJwt":"refresh-2"}`
	otherDID = `{"did":"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa","handle":"eve.example.org","accessJwt":"access-2","refreshJwt":"refresh-2"}`
)

func TestPreparedBytes(t *testing.T) {
	t.Parallel()
	p := newProvider()
	_, got := greeting(t, p, sessionOn(t, script(t)))
	const want = `{"collection":"app.bsky.feed.post","record":{"$type":"app.bsky.feed.post","createdAt":"2026-11-20T10:00:00.123Z",` +
		`"facets":[{"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"x"}],"index":{"byteEnd":5,"byteStart":3}}],"langs":["en"],` +
		`"text":"hi #x \u003cb\u003e \u0026 ü"},"repo":"` + did + `","rkey":"` + rkey + `","swapRecord":null}`
	if string(got.Data) != want {
		t.Errorf("got  %s\nwant %s", got.Data, want)
	}
	wantRemote := hayon.Remote{ID: uri, URL: "https://bsky.app/profile/" + did + "/post/" + rkey, Digest: greetingCID}
	if got.Remote != wantRemote {
		t.Errorf("got %+v, want %+v", got.Remote, wantRemote)
	}
	if !got.Expires.IsZero() {
		t.Errorf("expires %v, want never: there are no uploads", got.Expires)
	}
	var body struct{ Record json.RawMessage }
	if err := json.Unmarshal(got.Data, &body); err != nil {
		t.Fatal(err)
	}
	validate(t, posts, body.Record)
}

func TestPublishVerdicts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		steps   []step
		verdict hayon.Verdict
		code    hayon.Code
		wait    time.Duration // RetryAfter of a refusal, or from now to AskAgain
	}{
		{"written", []step{{call: put, token: "access-1", body: written}}, hayon.VerdictPublished, "", 0},
		{"expired token", []step{
			refuse(put, "access-1", 400, "ExpiredToken"),
			{call: "refreshSession", token: "refresh-1", body: newPair},
			{call: put, token: "access-2", body: written},
		}, hayon.VerdictPublished, "", 0},
		{"401", []step{
			refuse(put, "access-1", 401, "AuthMissing"),
			{call: "refreshSession", token: "refresh-1", body: newPair},
			{call: put, token: "access-2", body: written},
		}, hayon.VerdictPublished, "", 0},
		{"401 for ever", []step{
			refuse(put, "access-1", 401, "AuthMissing"),
			{call: "refreshSession", token: "refresh-1", body: newPair},
			refuse(put, "access-2", 401, "AuthMissing"),
		}, hayon.VerdictNotApplied, hayon.CodeUnauthenticated, 0},
		{"dead refresh token", []step{
			refuse(put, "access-1", 400, "ExpiredToken"),
			refuse("refreshSession", "refresh-1", 400, "ExpiredToken"),
			{call: "createSession", body: newPair},
			{call: put, token: "access-2", body: written},
		}, hayon.VerdictPublished, "", 0},
		{"dead refresh token and app password", []step{
			refuse(put, "access-1", 400, "ExpiredToken"),
			refuse("refreshSession", "refresh-1", 401, "AuthenticationRequired"),
			refuse("createSession", "", 401, "AuthenticationRequired"),
		}, hayon.VerdictNotApplied, hayon.CodeUnauthenticated, 0},
		{"server down while refreshing", []step{
			refuse(put, "access-1", 400, "ExpiredToken"),
			{call: "refreshSession", token: "refresh-1", status: 503, header: map[string]string{"Retry-After": "7"}},
		}, hayon.VerdictNotApplied, hayon.CodeUnavailable, 7 * time.Second},
		{"cut while refreshing", []step{
			refuse(put, "access-1", 400, "ExpiredToken"),
			{call: "refreshSession", token: "refresh-1", cut: true},
		}, hayon.VerdictNotApplied, hayon.CodeUnavailable, 0},
		{"refreshed as somebody else", []step{
			refuse(put, "access-1", 400, "ExpiredToken"),
			{call: "refreshSession", token: "refresh-1", body: otherDID},
		}, hayon.VerdictNotApplied, hayon.CodeUnauthenticated, 0},
		{"taken down", []step{
			refuse(put, "access-1", 401, "AccountTakedown"),
			refuse("createSession", "", 401, "AccountTakedown"),
		}, hayon.VerdictNotApplied, hayon.CodeUnauthenticated, 0},
		{"suspended", []step{
			refuse(put, "access-1", 403, "AccountDeactivated"),
			{call: "createSession", body: strings.Replace(newPair, "{", `{"active":false,"status":"suspended",`, 1)},
		}, hayon.VerdictNotApplied, hayon.CodeForbidden, 0},
		{"429", []step{{
			call: put, token: "access-1", status: 429, header: map[string]string{"Retry-After": "30"},
			body: `{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}`,
		}}, hayon.VerdictNotApplied, hayon.CodeRateLimited, 30 * time.Second},
		{"429 that nobody can read", []step{{
			call: put, token: "access-1", status: 429, header: map[string]string{"Retry-After": "30"}, body: "slow down",
		}}, hayon.VerdictUnknown, hayon.CodeUncertain, 30 * time.Second},
		{"500", []step{refuse(put, "access-1", 500, "InternalServerError")}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
		{"502 of a proxy", []step{{call: put, token: "access-1", status: 502, body: "<html>"}}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
		{"200 that says nothing", []step{{call: put, token: "access-1", body: `{}`}}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
		{"200 of a proxy", []step{{call: put, token: "access-1", body: `<html>`}}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
		{"cut before the answer", []step{{call: put, token: "access-1", cut: true}}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
		{"cut inside the answer", []step{{call: put, token: "access-1", cut: true, body: written}}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
		{"key taken", []step{refuse(put, "access-1", 400, "InvalidSwap")}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
		{"upload gone", []step{refuse(put, "access-1", 400, "BlobNotFound")}, hayon.VerdictNotApplied, hayon.CodeUnavailable, 0},
		{"record refused", []step{refuse(put, "access-1", 400, "InvalidRequest")}, hayon.VerdictRejected, hayon.CodeRejected, 0},
		{"too large", []step{refuse(put, "access-1", 413, "PayloadTooLarge")}, hayon.VerdictRejected, hayon.CodeInvalid, 0},
		{"scope missing", []step{refuse(put, "access-1", 403, "ScopeMissing")}, hayon.VerdictNotApplied, hayon.CodeForbidden, 0},
		{"no such method", []step{refuse(put, "access-1", 404, "XRPCNotSupported")}, hayon.VerdictNotApplied, hayon.CodeUnavailable, 0},
		{"404 of a proxy", []step{{call: put, token: "access-1", status: 404, body: "not here"}}, hayon.VerdictUnknown, hayon.CodeUncertain, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			p := bluesky.New(bluesky.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			s := sessionOn(t, script(t, tt.steps...))
			r := publishRequest(greeting(t, p, s))
			res := p.Publish(t.Context(), s, r)
			noSecret(t, log.String(), res.Err)
			wantResult(t, res, tt.verdict, tt.code)
			var wait time.Duration
			switch {
			case res.Verdict == hayon.VerdictPublished && res.Remote != r.Prepared.Remote:
				t.Errorf("got %+v, want %+v", res.Remote, r.Prepared.Remote)
			case res.Verdict == hayon.VerdictUnknown && !res.AskAgain.IsZero():
				wait = res.AskAgain.Sub(r.Now)
			case res.Err != nil:
				wait = res.Err.RetryAfter
			}
			if wait != tt.wait {
				t.Errorf("got a wait of %v, want %v", wait, tt.wait)
			}
			if tt.code == hayon.CodeUnauthenticated && res.Err.Hint != "hayon login bluesky --alias work --handle alice.example.org" {
				t.Errorf("got the hint %q", res.Err.Hint)
			}
			if res.PrepareAgain != (tt.name == "upload gone") {
				t.Errorf("asks to be prepared res.PrepareAgain: %t", res.PrepareAgain)
			}
		})
	}
}

// noSecret fails where a credential of [sessionOn] or its successor got out.
func noSecret(t *testing.T, log string, e *hayon.Error) {
	t.Helper()
	if !strings.Contains(log, "/xrpc/com.atproto.repo.putRecord") {
		t.Errorf("the log does not tell of the request: %s", log)
	}
	var said strings.Builder
	said.WriteString(log)
	if e != nil {
		for err := error(e); err != nil; err = errors.Unwrap(err) {
			said.WriteString(err.Error() + "\n")
		}
	}
	for _, secret := range []string{"access-", "refresh-", "abcd-efgh"} {
		if strings.Contains(said.String(), secret) {
			t.Errorf("%q got out: %s", secret, said.String())
		}
	}
}

func TestReconcileVerdicts(t *testing.T) {
	t.Parallel()
	get := func(body string) step { return step{call: "getRecord", body: body} }
	for _, tt := range []struct {
		name    string
		step    step
		verdict hayon.Verdict
		code    hayon.Code
		digest  string
	}{
		{"ours", get(`{"uri":"` + uri + `","cid":"` + greetingCID + `","value":{"text":"?"}}`), hayon.VerdictPublished, "", greetingCID},
		{"our text", get(`{"uri":"` + uri + `","cid":"bafyother","value":{"text":"hi #x <b> &  ü\n"}}`), hayon.VerdictPublished, "", "bafyother"},
		{"another text", get(`{"uri":"` + uri + `","cid":"bafyother","value":{"text":"hi #y"}}`), hayon.VerdictRejected, hayon.CodeConflict, ""},
		{"absent", refuse("getRecord", "", 400, "RecordNotFound"), hayon.VerdictNotApplied, "", ""},
		{"absent by another status", refuse("getRecord", "", 404, "RecordNotFound"), hayon.VerdictUnknown, hayon.CodeUncertain, ""},
		{"no such account", refuse("getRecord", "", 400, "RepoNotFound"), hayon.VerdictUnknown, hayon.CodeUncertain, ""},
		{"500", refuse("getRecord", "", 500, "InternalServerError"), hayon.VerdictUnknown, hayon.CodeUncertain, ""},
		{"says nothing", get(`{}`), hayon.VerdictUnknown, hayon.CodeUncertain, ""},
		{"cut", step{call: "getRecord", cut: true}, hayon.VerdictUnknown, hayon.CodeUncertain, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			s := sessionOn(t, script(t, tt.step))
			r := publishRequest(greeting(t, p, s))
			res := p.Reconcile(t.Context(), s, r)
			wantResult(t, res, tt.verdict, tt.code)
			if res.Remote.Digest != tt.digest {
				t.Errorf("got the digest %q, want %q", res.Remote.Digest, tt.digest)
			}
			if !res.AskAgain.IsZero() {
				t.Errorf("asks again at %v, although the server did not say when", res.AskAgain)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	p := newProvider()
	s := sessionOn(t, closed.URL)
	r := publishRequest(greeting(t, p, s))
	res := p.Publish(t.Context(), s, r)
	wantResult(t, res, hayon.VerdictNotApplied, hayon.CodeUnavailable)
	if res.Err.Scope != hayon.ScopeHost {
		t.Errorf("the scope is %q, want that of the host", res.Err.Scope)
	}
	if host := strings.TrimPrefix(closed.URL, "http://"); !strings.Contains(res.Err.Message, host) {
		t.Errorf("got %q, want the host %s in it", res.Err.Message, host)
	}
	wantResult(t, p.Reconcile(t.Context(), s, r), hayon.VerdictUnknown, hayon.CodeUncertain)
}

// What a 429 says of when and for whom.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	reset := tenOClock.Truncate(time.Second).Add(time.Hour)
	for _, tt := range []struct {
		name   string
		header map[string]string
		wait   time.Duration
		scope  hayon.Scope
		says   string
	}{
		{"in seconds", map[string]string{"Retry-After": "30"}, 30 * time.Second, hayon.ScopeAccount, "no more requests for now"},
		{"as a date", map[string]string{"Retry-After": reset.Format(http.TimeFormat)}, reset.Sub(tenOClock), hayon.ScopeAccount, "for now"},
		{"by its reset", map[string]string{"RateLimit-Reset": fmt.Sprint(reset.Unix()), "RateLimit-Policy": "5000;w=3600"}, reset.Sub(tenOClock), hayon.ScopeAccount, "for now"},
		{"of the day", map[string]string{"RateLimit-Reset": fmt.Sprint(reset.Unix()), "RateLimit-Policy": "35000;w=86400"}, reset.Sub(tenOClock), hayon.ScopeAccount, "for today"},
		{"of the address", map[string]string{"Retry-After": "7", "RateLimit-Policy": "3000;w=300"}, 7 * time.Second, hayon.ScopeHost, "from this network"},
		{"of another kind", map[string]string{"RateLimit-Policy": "none;w=x"}, 0, hayon.ScopeAccount, "for now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := bluesky.New(bluesky.Config{Now: func() time.Time { return tenOClock }})
			s := sessionOn(t, script(t, step{
				call: put, token: "access-1", status: 429, header: tt.header, body: `{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}`,
			}))
			r := publishRequest(greeting(t, p, s))
			r.Deadline = tenOClock.Add(time.Minute)
			res := p.Publish(t.Context(), s, r)
			wantResult(t, res, hayon.VerdictNotApplied, hayon.CodeRateLimited)
			if res.Err.RetryAfter != tt.wait || res.Err.Scope != tt.scope || !strings.Contains(res.Err.Message, tt.says) {
				t.Errorf("got %v for %q: %s; want %v for %q: %q", res.Err.RetryAfter, res.Err.Scope, res.Err, tt.wait, tt.scope, tt.says)
			}
		})
	}
}

func TestSessionIsRefreshedOnce(t *testing.T) {
	t.Parallel()
	var (
		mu        sync.Mutex
		refreshed int
	)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strings.HasSuffix(r.URL.Path, ".refreshSession"):
			refreshed++
			answer(w, step{body: newPair})
		case r.Header.Get("Authorization") == "Bearer access-2":
			answer(w, step{body: written})
		default:
			answer(w, refuse(put, "", 400, "ExpiredToken"))
		}
	}))
	t.Cleanup(srv.Close)
	p := newProvider()
	s := sessionOn(t, srv.URL)
	tg, prepared := greeting(t, p, s)
	results := make([]hayon.Result, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i] = p.Publish(t.Context(), s, publishRequest(tg, prepared)) })
	}
	wg.Wait()
	for _, res := range results {
		wantResult(t, res, hayon.VerdictPublished, "")
	}
	if refreshed != 1 {
		t.Errorf("the session was refreshed %d times, want once", refreshed)
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	const resolve = "resolveHandle"
	for _, tt := range []struct {
		name   string
		step   step
		facets int
		code   hayon.Code
	}{
		{"found", step{call: resolve, body: `{"did":"` + did + `"}`}, 2, ""},
		{"nobody", refuse(resolve, "", 400, "HandleNotFound"), 0, ""},
		{"the resolver of the server has a problem", refuse(resolve, "", 500, "InternalServerError"), 0, ""},
		{"no DID", step{call: resolve, body: `{"did":"alice"}`}, 0, ""},
		{"limited", refuse(resolve, "", 429, "RateLimitExceeded"), 0, hayon.CodeRateLimited},
		{"down", step{call: resolve, status: 503}, 0, hayon.CodeUnavailable},
		{"cut", step{call: resolve, cut: true}, 0, hayon.CodeUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			s := sessionOn(t, script(t, tt.step))
			// Twice the same: it is asked for once.
			tg := &hayon.Target{Due: tenOClock, Parts: []hayon.Part{{Text: "@bob.test and @bob.test", Idem: rkey}}}
			got, err := p.Prepare(t.Context(), s, prepareRequest(tg, nil))
			if tt.code != "" {
				wantCode(t, err, tt.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var body struct{ Record record }
			if err := json.Unmarshal(got.Data, &body); err != nil {
				t.Fatal(err)
			}
			if len(body.Record.Facets) != tt.facets {
				t.Errorf("got %d facets, want %d", len(body.Record.Facets), tt.facets)
			}
		})
	}
}

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	img := func(n int, kind string) []hayon.Attachment {
		out := make([]hayon.Attachment, n)
		for i := range out {
			out[i] = hayon.Attachment{Type: kind, Bytes: 3, Name: "a.x"}
		}
		return out
	}
	large := img(1, "image/png")
	large[0].Bytes = 1_000_001
	family := "👨‍👩‍👧‍👦"
	for _, tt := range []struct {
		name string
		part hayon.Part
		says string
	}{
		{"graphemes", hayon.Part{Text: strings.Repeat("a", 301)}, "text has 301 of 300 graphemes"},
		{"bytes", hayon.Part{Text: strings.Repeat(family, 130)}, "text has 3250 of 3000 bytes"},
		{"nothing", hayon.Part{Text: " \n"}, "no text and no image"},
		{"images", hayon.Part{Text: "a", Media: img(5, "image/png")}, "5 of 4 images"},
		{"type", hayon.Part{Text: "a", Media: img(1, "image/bmp")}, "image 1 (a.x) is image/bmp"},
		{"type of a video", hayon.Part{Text: "a", Media: img(1, "video/quicktime")}, "image 1 (a.x) is video/quicktime"},
		{"a video and an image", hayon.Part{Text: "a", Media: append(img(1, "image/png"), img(1, "video/mp4")...)}, "the video (a.x) goes alone"},
		{"a long video", hayon.Part{Media: []hayon.Attachment{{Type: "video/mp4", Bytes: 3, Duration: 601 * time.Second}}}, "the video takes 10m1s of 10m0s"},
		{"a large video", hayon.Part{Media: []hayon.Attachment{{Type: "video/mp4", Bytes: 300_000_001}}}, "the video has 300000001 of 300000000 bytes"},
		{"a poll", hayon.Part{Text: "a", Poll: &hayon.Poll{}}, "no polls"},
		{"an answer to something else", hayon.Part{Text: "a", ReplyTo: &hayon.Remote{URL: "https://example.org/1"}}, "no address of a post"},
		{"a quote of something else", hayon.Part{Text: "a", Quote: &hayon.Remote{URL: "https://example.org/1"}}, "no address of a post"},
		{"size", hayon.Part{Text: "a", Media: large}, "image 1 (a.x) has 1000001 of 1000000 bytes"},
		{"size unlike what is said", hayon.Part{Text: "a", Media: img(1, "image/png")}, "image 1 (a.x) has 1000001 of 1000000 bytes"},
		{"languages", hayon.Part{Text: "a", Langs: []string{"en", "de", "fr", "it"}}, "4 of 3 languages"},
		{"language", hayon.Part{Text: "a", Langs: []string{"English please"}}, `"English please" is no language tag`},
		{"key", hayon.Part{Text: "a", Idem: "self"}, `"self" is no record key`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			s := sessionOn(t, script(t))
			if tt.part.Idem == "" {
				tt.part.Idem = rkey
			}
			tg := &hayon.Target{Due: tenOClock, Parts: []hayon.Part{tt.part}}
			_, err := p.Prepare(t.Context(), s, prepareRequest(tg, make([]byte, 1_100_000)))
			wantCode(t, err, hayon.CodeInvalid, tt.says)
		})
	}
}

func TestRecordKeysGrow(t *testing.T) {
	t.Parallel()
	p, other := newProvider(), newProvider()
	last := ""
	seen := make(map[string]bool)
	for i := range 1000 {
		// The clock stands still, then is set back.
		key := p.NewIdem(nil, 0, tenOClock.Add(-time.Duration(i/500)*time.Hour))
		if len(key) != 13 || key <= last {
			t.Fatalf("key %q follows %q", key, last)
		}
		last = key
		seen[key] = true
	}
	if key := other.NewIdem(nil, 0, tenOClock); seen[key] {
		t.Logf("two clocks of 1024 have the same id: %s", key)
	}
}

// An address is written in ASCII, because not every server takes another one; the text stays as it is.
func TestAddressesAreEscaped(t *testing.T) {
	t.Parallel()
	p := newProvider()
	for typed, want := range map[string]string{
		"https://example.org/ü?q=日":  "https://example.org/%C3%BC?q=%E6%97%A5",
		"https://bücher.example":     "https://b%C3%BCcher.example",
		"https://example.org/%C3~{}": "https://example.org/%C3~{}",
	} {
		tg := &hayon.Target{Due: tenOClock, Parts: []hayon.Part{{Text: typed, Idem: rkey, Card: &hayon.Card{URL: typed}}}}
		got := prepare(t, p, sessionOn(t, script(t)), tg, nil)
		var body struct{ Record record }
		if err := json.Unmarshal(got.Data, &body); err != nil {
			t.Fatal(err)
		}
		v := body.Record
		if v.Text != typed || len(v.Facets) != 1 || v.Facets[0].Features[0]["uri"] != want || v.Embed.External.URI != want {
			t.Errorf("%s: got %+v and %+v, want %s", typed, v.Facets, v.Embed.External, want)
		}
	}
}
