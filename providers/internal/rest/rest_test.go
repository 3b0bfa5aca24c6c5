package rest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/providers/internal/rest"
)

// clock is a clock on the wall that a test sets.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func request(t *testing.T, ctx context.Context, method, url, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// wantError is the [rest.Error] in err, after a look at its kind and at what it says of sending.
func wantError(t *testing.T, err error, kind rest.Kind, sent bool) {
	t.Helper()
	e, ok := errors.AsType[*rest.Error](err)
	if !ok {
		t.Fatalf("got %v, want a *rest.Error", err)
	}
	if e.Kind != kind || e.Sent != sent {
		t.Errorf("got kind %q, sent %t (%v); want %q, %t", e.Kind, e.Sent, e.Err, kind, sent)
	}
}

func TestAnswerIsReadWhole(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Agent", r.UserAgent())
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(append([]byte(r.Method+" "), body...))
	}))
	t.Cleanup(srv.Close)

	client := rest.NewClient(rest.Config{UserAgent: "hayon/test"})
	resp, err := client.Do(request(t, t.Context(), http.MethodPost, srv.URL, "hi"))
	if err != nil {
		t.Fatal(err)
	}
	got := []any{resp.Status, resp.Header.Get("X-Agent"), string(resp.Body)}
	if diff := cmp.Diff([]any{http.StatusTeapot, "hayon/test", "POST hi"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeadlineHoldsTheRequestBack(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	wall := newClock()
	deadline := wall.now().Add(10 * time.Second)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	// The clock jumps while the connection is made, as it does when the machine was suspended.
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		wall.add(time.Hour)
		return nil, nil //nolint:nilnil // the server's own configuration
	}}
	srv.StartTLS()
	t.Cleanup(srv.Close)

	client := rest.NewClient(rest.Config{Now: wall.now})
	rest.TrustForTest(client, srv.Certificate())
	req := request(t, rest.WithDeadline(t.Context(), deadline), http.MethodPost, srv.URL, "body")
	_, err := client.Do(req)
	wantError(t, err, rest.KindDeadline, false)
	if !errors.Is(err, rest.ErrDeadline) {
		t.Errorf("got %v, want ErrDeadline", err)
	}
	_, err = client.Do(req)
	wantError(t, err, rest.KindDeadline, false)

	// The same request without a deadline shows that nothing else was in its way.
	if _, err := client.Do(request(t, t.Context(), http.MethodPost, srv.URL, "body")); err != nil {
		t.Fatal(err)
	}
	if got := asked.Load(); got != 1 {
		t.Errorf("the server saw %d requests, want 1", got)
	}
}

func TestDeadlineHoldsBackOnReusedConnection(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(srv.Close)
	wall := newClock()
	client := rest.NewClient(rest.Config{Now: wall.now})
	if _, err := client.Do(request(t, t.Context(), http.MethodPost, srv.URL, "a")); err != nil {
		t.Fatal(err)
	}
	ctx := rest.WithDeadline(t.Context(), wall.now())
	_, err := client.Do(request(t, ctx, http.MethodPost, srv.URL, "b"))
	wantError(t, err, rest.KindDeadline, false)
	if got := asked.Load(); got != 1 {
		t.Errorf("the server saw %d requests, want 1", got)
	}
}

func TestStaleConnectionIsNotUsed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		idle  time.Duration
		conns int32
	}{
		{"fresh", time.Second, 1},
		{"after a suspend", time.Hour, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var conns, asked atomic.Int32
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
			srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					conns.Add(1)
				}
			}
			srv.Start()
			t.Cleanup(srv.Close)
			wall := newClock()
			client := rest.NewClient(rest.Config{Now: wall.now})
			for range 2 {
				if _, err := client.Do(request(t, t.Context(), http.MethodPost, srv.URL, "x")); err != nil {
					t.Fatal(err)
				}
				wall.add(tt.idle)
			}
			if asked.Load() != 2 || conns.Load() != tt.conns {
				t.Errorf("got %d requests on %d connections, want 2 on %d", asked.Load(), conns.Load(), tt.conns)
			}
		})
	}
}

func TestErrorsTellWhetherAnythingLeft(t *testing.T) {
	t.Parallel()
	hijack := func(write string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, write)
			_ = conn.Close()
		})
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	cut := httptest.NewServer(hijack(""))
	t.Cleanup(cut.Close)
	half := httptest.NewServer(hijack("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
	t.Cleanup(half.Close)
	large := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 101))
	}))
	t.Cleanup(large.Close)
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(untrusted.Close)
	done := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(silent.Close)
	t.Cleanup(func() { close(done) })

	deaf := listenAndClose(t)

	for _, tt := range []struct {
		name string
		url  string
		kind rest.Kind
		sent bool
	}{
		{"hangs up before TLS", "https://" + deaf, rest.KindTLS, false},
		{"refused", closed.URL, rest.KindConnect, false},
		{"no such host", "http://nowhere.invalid", rest.KindDNS, false},
		{"certificate", untrusted.URL, rest.KindTLS, false},
		{"cut before the answer", cut.URL, rest.KindCut, true},
		{"cut inside the body", half.URL, rest.KindCut, true},
		{"too large", large.URL, rest.KindTooLarge, true},
		{"silent", silent.URL, rest.KindTimeout, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.name == "no such host" && offlineResolver(t) {
				t.Skip("the resolver of this machine does not answer for .invalid")
			}
			timeout := 20 * time.Second
			if tt.kind == rest.KindTimeout {
				timeout = 50 * time.Millisecond
			}
			client := rest.NewClient(rest.Config{MaxBody: 100, Timeout: timeout})
			_, err := client.Do(request(t, t.Context(), http.MethodPost, tt.url, "body"))
			wantError(t, err, tt.kind, tt.sent)
			if e, ok := errors.AsType[*rest.Error](err); ok && e.Unconnected() == tt.sent {
				t.Errorf("says that there was no connection: %t", e.Unconnected())
			}
		})
	}
}

// A request that was held back or cancelled says nothing of its host.
func TestUnconnectedIsAboutTheHost(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		want bool
	}{
		{"asked", t.Context(), true},
		{"too late", rest.WithDeadline(t.Context(), time.Unix(1, 0)), false},
		{"cancelled", cancelled, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := rest.NewClient(rest.Config{}).Do(request(t, tt.ctx, http.MethodPost, closed.URL, ""))
			e, ok := errors.AsType[*rest.Error](err)
			if !ok || e.Sent || e.Unconnected() != tt.want {
				t.Errorf("got %+v, want unconnected %t", e, tt.want)
			}
		})
	}
}

// A proxy that refuses to lead to the host has let nothing through.
func TestProxyThatRefuses(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(proxy.Close)
	client := rest.NewClient(rest.Config{})
	rest.ProxyForTest(t, client, proxy.URL)
	_, err := client.Do(request(t, t.Context(), http.MethodPost, "https://pds.example.org", "body"))
	wantError(t, err, rest.KindConnect, false)
}

// listenAndClose is the address of a server that hangs up on everybody.
func listenAndClose(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// offlineResolver reports whether a name lookup ends with anything but a DNS error.
func offlineResolver(t *testing.T) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, "nowhere.invalid")
	_, ok := errors.AsType[*net.DNSError](err)
	return !ok || ctx.Err() != nil
}

func TestCancelledBeforeSending(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := rest.NewClient(rest.Config{}).Do(request(t, ctx, http.MethodGet, "http://127.0.0.1:1", ""))
	wantError(t, err, rest.KindCancelled, false)
}

type baseFunc func(*http.Request) (*http.Response, error)

func (f baseFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnotherTransportIsNotTrusted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		kind rest.Kind
		sent bool
	}{
		{"unknown", errors.New("something"), rest.KindOther, true},
		{"dial", &net.OpError{Op: "dial", Err: errors.New("refused")}, rest.KindConnect, false},
		{"read", &net.OpError{Op: "read", Err: io.ErrUnexpectedEOF}, rest.KindCut, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := rest.NewClient(rest.Config{Base: baseFunc(func(*http.Request) (*http.Response, error) { return nil, tt.err })})
			_, err := client.Do(request(t, t.Context(), http.MethodPost, "http://x.example", ""))
			wantError(t, err, tt.kind, tt.sent)
		})
	}
}

// Another port is another host, whoever runs it.
func TestRedirectsTakeNoCredentials(t *testing.T) {
	t.Parallel()
	var got []string
	to := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization")+r.Header.Get("Cookie"))
	}))
	t.Cleanup(to.Close)
	from := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/here" {
			got = append(got, r.Header.Get("Authorization"))
			return
		}
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	}))
	t.Cleanup(from.Close)
	client := rest.NewClient(rest.Config{})
	for _, target := range []string{to.URL, from.URL + "/here"} {
		req := request(t, t.Context(), http.MethodGet, from.URL+"/?to="+target, "")
		req.Header.Set("Authorization", "Bearer secret")
		req.Header.Set("Cookie", "a=b")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSuffix(resp.URL.String(), "/"); got != target {
			t.Errorf("answered by %s, want %s", got, target)
		}
	}
	if diff := cmp.Diff([]string{"", "Bearer secret"}, got); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
}

func TestRedirectsRepeatReadingAlone(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/from", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/to", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	client := rest.NewClient(rest.Config{})
	for method, want := range map[string]int{http.MethodGet: http.StatusNoContent, http.MethodPost: http.StatusTemporaryRedirect} {
		resp, err := client.Do(request(t, t.Context(), method, srv.URL+"/from", ""))
		if err != nil {
			t.Fatal(err)
		}
		if resp.Status != want {
			t.Errorf("%s: got %d, want %d", method, resp.Status, want)
		}
	}
}

func TestNoSecretInLogOrError(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hunter2-answer")
	}))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	t.Cleanup(srv.Close)
	var log bytes.Buffer
	client := rest.NewClient(rest.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	var said strings.Builder
	for _, base := range []string{srv.URL, closed.URL} {
		url := strings.Replace(base, "://", "://user:hunter2-user@", 1) + "/path?token=hunter2-query"
		req := request(t, t.Context(), http.MethodPost, url, "hunter2-body")
		req.Header.Set("Authorization", "Bearer hunter2-header")
		if _, err := client.Do(req); err != nil {
			said.WriteString(err.Error())
		}
	}
	said.WriteString(log.String())
	if strings.Contains(said.String(), "hunter2") {
		t.Errorf("a secret got out: %s", said.String())
	}
	for _, want := range []string{"method=POST", "/path?token", "status=200", "connection refused"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("got %s, want %q in it", said.String(), want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, header, value string
		want                time.Duration
	}{
		{"nothing", "X", "", 0},
		{"seconds", "Retry-After", "30", 30 * time.Second},
		{"fraction", "Retry-After", "0.5", 500 * time.Millisecond},
		{"date", "Retry-After", "Fri, 20 Nov 2026 10:01:00 GMT", time.Minute},
		{"date in the past", "Retry-After", "Fri, 20 Nov 2026 09:00:00 GMT", 0},
		{"negative", "Retry-After", "-5", 0},
		{"huge", "Retry-After", "99999999", 24 * time.Hour},
		{"infinite", "Retry-After", "1e999", 0},
		{"words", "Retry-After", "soon", 0},
		{"reset in seconds", "RateLimit-Reset", "90", 90 * time.Second},
		{"reset at", "RateLimit-Reset", "1795168860", time.Minute},
		{"reset far away", "RateLimit-Reset", "9795168860", 24 * time.Hour},
		{"reset as a date", "X-RateLimit-Reset", "2026-11-20T10:05:00.000Z", 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			h.Set(tt.header, tt.value)
			if got := rest.RetryAfter(h, now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
