package bluesky_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
)

// web answers requests by their URL without the query; what it does not know does not exist.
type web struct {
	pages map[string]string // "GET https://…" or "POST https://…" to the body
	mu    sync.Mutex
	asked []string // guarded by mu
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	key := r.Method + " " + r.URL.Scheme + "://" + r.URL.Host + r.URL.Path
	w.mu.Lock()
	w.asked = append(w.asked, key)
	w.mu.Unlock()
	body, ok := w.pages[key]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
	}
	status := http.StatusOK
	if strings.HasPrefix(body, "404") {
		status = http.StatusNotFound
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func document(did, handle, pds string) string {
	return `{"id":"` + did + `","alsoKnownAs":["at://` + handle + `"],"service":[{"id":"#other","type":"X","serviceEndpoint":{"a":1}},` +
		`{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"` + pds + `"}]}`
}

func sessionFor(did, pds string) string {
	out := `{"did":"` + did + `","handle":"alice.example.org","accessJwt":"a","refreshJwt":"r"`
	if pds != "" {
		out += `,"didDoc":` + document(did, "alice.example.org", pds)
	}
	return out + "}"
}

func TestHandleLeadsToServer(t *testing.T) {
	t.Parallel()
	const (
		alice     = "alice.example.org"
		plc       = "GET https://plc.directory/" + did
		wellKnown = "GET https://alice.example.org/.well-known/atproto-did"
		login     = "POST https://pds.example.org/xrpc/com.atproto.server.createSession"
	)
	doc := document(did, alice, "https://pds.example.org")
	ok := sessionFor(did, "https://pds.example.org")
	for _, tt := range []struct {
		name   string
		handle string
		host   string
		txt    []string
		pages  map[string]string
		code   hayon.Code
		pds    string
	}{
		{"by TXT", alice, "", []string{"v=spf1", "did=" + did}, map[string]string{plc: doc, login: ok}, "", "https://pds.example.org"},
		{"by the web", alice, "", nil, map[string]string{wellKnown: did + "\n", plc: doc, login: ok}, "", "https://pds.example.org"},
		{"TXT wins", alice, "", []string{"did=" + did}, map[string]string{wellKnown: "did:plc:other", plc: doc, login: ok}, "", "https://pds.example.org"},
		{
			"two TXT records are none", alice, "",
			[]string{"did=did:plc:other", "did=" + did},
			map[string]string{wellKnown: did, plc: doc, login: ok},
			"", "https://pds.example.org",
		},
		{"by DID", did, "", nil, map[string]string{plc: doc, login: ok}, "", "https://pds.example.org"},
		{
			"did:web", "did:web:w.example.org", "", nil,
			map[string]string{
				"GET https://w.example.org/.well-known/did.json": document("did:web:w.example.org", alice, "https://pds.example.org"),
				login: sessionFor("did:web:w.example.org", ""),
			},
			"", "https://pds.example.org",
		},
		{
			"an entryway names the server", alice, "bsky.social", nil,
			map[string]string{"POST https://bsky.social/xrpc/com.atproto.server.createSession": sessionFor(did, "https://x.host.bsky.network")},
			"", "https://x.host.bsky.network",
		},
		{
			"a public server may not name this machine", alice, "https://pds.example.org", nil,
			map[string]string{login: sessionFor(did, "http://localhost:2583")},
			"", "https://pds.example.org",
		},
		{
			"nor a server without TLS", alice, "https://pds.example.org", nil,
			map[string]string{login: sessionFor(did, "http://evil.example.org")},
			"", "https://pds.example.org",
		},
		{"unknown handle", alice, "", nil, nil, hayon.CodeNotFound, ""},
		{"page that is no DID", alice, "", nil, map[string]string{wellKnown: "<html>"}, hayon.CodeNotFound, ""},
		{"unknown DID", did, "", nil, map[string]string{plc: "404"}, hayon.CodeNotFound, ""},
		{"document of another", did, "", nil, map[string]string{plc: document("did:plc:other", alice, "https://pds.example.org")}, hayon.CodeUnavailable, ""},
		{"handle that the account does not claim", alice, "", []string{"did=" + did}, map[string]string{plc: document(did, "bob.example.org", "https://pds.example.org")}, hayon.CodeInvalid, ""},
		{"document with this machine", did, "", nil, map[string]string{plc: document(did, alice, "http://127.0.0.1:80")}, hayon.CodeInvalid, ""},
		{"DID of an unknown kind", "did:key:abc", "", nil, nil, hayon.CodeInvalid, ""},
		{"session of another account", alice, "", []string{"did=" + did}, map[string]string{plc: doc, login: sessionFor("did:plc:other", "")}, hayon.CodeUnauthenticated, ""},
		{"http", alice, "http://pds.example.org", nil, nil, hayon.CodeUsage, ""},
		{"path", alice, "https://pds.example.org/xrpc", nil, nil, hayon.CodeUsage, ""},
		{"user in the URL", alice, "https://a:b@pds.example.org", nil, nil, hayon.CodeUsage, ""},
		{"no handle", " ", "", nil, nil, hayon.CodeUsage, ""},
		{"an e-mail address", "alice@example.org", "", nil, nil, hayon.CodeUsage, ""},
		{"server that is none", alice, "https://shop.example.org", nil, map[string]string{"POST https://shop.example.org/xrpc/com.atproto.server.createSession": "404"}, hayon.CodeUnavailable, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &web{pages: tt.pages}
			var log bytes.Buffer
			p := bluesky.New(bluesky.Config{
				Transport: w,
				Logger:    slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				LookupTXT: func(_ context.Context, name string) ([]string, error) {
					if name != "_atproto."+alice || tt.txt == nil {
						return nil, errors.New("no such record")
					}
					return tt.txt, nil
				},
			})
			a, secret, err := p.SignIn(t.Context(), signInWith(tt.host, tt.handle, "hunt-er2h-unte-r2hu"))
			if strings.Contains(log.String(), "hunt-er2h") || err != nil && strings.Contains(err.Error(), "hunt-er2h") {
				t.Error("the password is in the log or in the error")
			}
			if tt.code != "" {
				wantCode(t, err, tt.code)
				if !secret.IsZero() || a != nil {
					t.Error("an error comes with an account")
				}
				return
			}
			if err != nil {
				t.Fatalf("%v, after %v", err, w.asked)
			}
			if a.Host != tt.pds {
				t.Errorf("got the server %s, want %s", a.Host, tt.pds)
			}
			if _, ok := a.Settings["password"]; ok {
				t.Error("the password is among the settings")
			}
		})
	}
}

func TestAccountThatMoved(t *testing.T) {
	t.Parallel()
	deactivated := func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusUnauthorized, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(`{"error":"AccountDeactivated","message":"Account is deactivated"}`)),
		}, nil
	}
	nowhere := func(r *http.Request) (*http.Response, error) {
		return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
	}
	for _, tt := range []struct {
		name string
		old  func(*http.Request) (*http.Response, error)
	}{
		{"the old server says so", deactivated},
		{"the old server is gone", nowhere},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const xrpc = "https://new.example.org/xrpc/com.atproto."
			p := bluesky.New(bluesky.Config{Transport: moved{old: tt.old, web: &web{pages: map[string]string{
				"GET https://plc.directory/" + did:      document(did, "alice.example.org", "https://new.example.org"),
				"POST " + xrpc + "server.createSession": sessionFor(did, "https://new.example.org"),
				"GET " + xrpc + "server.getSession":     `{"did":"` + did + `","handle":"alice.example.net"}`,
				"GET " + xrpc + "repo.getRecord":        `{"uri":"` + uri + `","cid":"` + greetingCID + `","value":{}}`,
			}}}})
			s := sessionOn(t, "https://old.example.org")
			tg, prepared := greeting(t, p, s)
			wantResult(t, p.Reconcile(t.Context(), s, publishRequest(tg, prepared)), hayon.VerdictPublished, "")
			a, err := p.Verify(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{a.Host, a.Handle, keptBy(t, s)["pds"]}
			if diff := cmp.Diff([]string{"https://new.example.org", "@alice.example.net", "https://new.example.org"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// moved is a web with a server old.example.org that serves no account any more.
type moved struct {
	*web
	old func(*http.Request) (*http.Response, error)
}

func (m moved) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "old.example.org" {
		return m.old(r)
	}
	return m.web.RoundTrip(r)
}
