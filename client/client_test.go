package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/server/api"
)

const (
	post   = "p_01jd3v9k7m2x4c8q9qx1"
	letter = "d_01jd3v9k7m2x4c8q9qx7"
)

func actor(t *testing.T) context.Context {
	t.Helper()
	return hayon.WithActor(t.Context(), hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceCLI, RequestID: "req-1"})
}

func socketPath(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hy") //nolint:usetesting // the path of t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "s")
}

// dial is a client of a handler behind a unix socket.
func dial(t *testing.T, h http.HandlerFunc, cfg client.Config) *client.Client {
	t.Helper()
	cfg.Socket = socketPath(t)
	ln, err := new(net.ListenConfig).Listen(t.Context(), "unix", cfg.Socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}}
	srv.Start()
	t.Cleanup(srv.Close)
	return newClient(t, cfg)
}

func newClient(t *testing.T, cfg client.Config) *client.Client {
	t.Helper()
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// hangUp ends the connection without an answer.
func hangUp() { panic(http.ErrAbortHandler) }

func TestNewChecksTheAddress(t *testing.T) {
	t.Parallel()
	for _, cfg := range []client.Config{
		{},
		{Socket: "/s", BaseURL: "https://h"},
		{BaseURL: "hayon.example.org"},
		{BaseURL: "ftp://h"},
		{BaseURL: "https://h/path"},
		{BaseURL: "https://user@h"},
	} {
		if _, err := client.New(cfg); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("New(%+v): %v, want usage", cfg, err)
		}
	}
}

func TestAbsentDaemonIsUnreachable(t *testing.T) {
	t.Parallel()
	absent := socketPath(t)
	stale := socketPath(t)
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	_ = ln.Close()
	for name, path := range map[string]string{"no socket": absent, "stale socket": stale} {
		c := newClient(t, client.Config{Socket: path})
		_, err := c.CreatePost(actor(t), hayon.PostCreate{Text: "x"})
		e, ok := errors.AsType[*hayon.Error](err)
		if !ok || e.Code != hayon.CodeUnreachable || e.Hint != "start it: hayon daemon start" || !strings.Contains(e.Message, path) {
			t.Errorf("%s: %v, want unreachable with the path and the command", name, err)
		}
		if ok && strings.Contains(e.Message, "may have") {
			t.Errorf("%s: %q speaks of a request that never left", name, e.Message)
		}
	}
}

func TestErrorsArriveWhole(t *testing.T) {
	t.Parallel()
	for _, code := range hayon.Codes() {
		c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			e := hayon.Errorf(code, "it is so").WithHint("do this").WithDetail("posts", []string{post})
			e.RetryAfter = 3 * time.Second
			answer(w, code.Status(), api.ErrorOf(e))
		}, client.Config{})
		_, err := c.FindPostByID(actor(t), hayon.NewPostID(time.Now()))
		want := &hayon.Error{Code: code, Message: "it is so", Hint: "do this", Details: map[string]any{"posts": []any{post}}, RetryAfter: 3 * time.Second}
		got, _ := errors.AsType[*hayon.Error](err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", code, diff)
		}
	}
}

// The one promise of the client: a post whose answer was lost is asked for under the same key.
func TestCreateIsRepeatedUnderItsKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		key  string
		lose func(w http.ResponseWriter)
	}{
		{"before the head, random key", "", func(http.ResponseWriter) { hangUp() }},
		{"before the head, own key", "mine", func(http.ResponseWriter) { hangUp() }},
		{"in the body", "", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"id":`)
			hangUp()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var keys, bodies []string
			c := dial(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				keys, bodies = append(keys, r.Header.Get(api.HeaderIdempotencyKey)), append(bodies, string(body))
				first := len(keys) == 1
				mu.Unlock()
				if first {
					tt.lose(w)
				}
				answer(w, http.StatusCreated, map[string]any{"id": post, "state": "publishing", "text": "x", "labels": []string{}, "targets": []any{}})
			}, client.Config{})
			p, err := c.CreatePost(actor(t), hayon.PostCreate{Text: "x", To: []string{"site"}, IdempotencyKey: tt.key})
			if err != nil || p.ID.String() != post {
				t.Fatalf("CreatePost = %v, %v", p, err)
			}
			if len(keys) != 2 || keys[0] == "" || keys[0] != keys[1] || bodies[0] != bodies[1] {
				t.Errorf("keys %q, bodies %q: want the same request twice", keys, bodies)
			}
			if tt.key != "" && keys[0] != tt.key {
				t.Errorf("key %q, want the caller's %q", keys[0], tt.key)
			}
			if strings.Contains(bodies[0], "idempotency_key") {
				t.Errorf("the key is in the body too, where it changes what is compared: %s", bodies[0])
			}
		})
	}
}

// A key that no header can carry goes into the body: it must mean the same over both ways.
func TestOddKeysTravelInTheBody(t *testing.T) {
	t.Parallel()
	var got hayon.PostCreate
	var header string
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Get(api.HeaderIdempotencyKey)
		_ = json.NewDecoder(r.Body).Decode(&got)
		answer(w, http.StatusCreated, map[string]any{"id": post})
	}, client.Config{})
	for _, key := range []string{"with space ", "new\nline", "schlüssel"} {
		if _, err := c.CreatePost(actor(t), hayon.PostCreate{Text: "x", IdempotencyKey: key}); err != nil {
			t.Errorf("key %q: %v", key, err)
		}
		if header != "" || got.IdempotencyKey != key {
			t.Errorf("key %q arrived as header %q and member %q", key, header, got.IdempotencyKey)
		}
	}
}

func TestRouteThatAnOlderDaemonLacks(t *testing.T) {
	t.Parallel()
	h := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(api.HeaderVersion, "1.0.0")
		answer(w, http.StatusNotFound, api.ErrorOf(hayon.Errorf(hayon.CodeUsage, "there is nothing at /x")))
	}
	_, err := dial(t, h, client.Config{Version: "2.0.0"}).Status(actor(t))
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok || e.Code != hayon.CodeConflict || e.Code.Exit() != 10 || e.Hint != "restart it: hayon daemon restart" ||
		e.Message != "the daemon runs hayon 1.0.0, which cannot do this; here is hayon 2.0.0" {
		t.Errorf("an older daemon: %v, want conflict and how to restart it", err)
	}
	if _, err := dial(t, h, client.Config{Version: "1.0.0"}).Status(actor(t)); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("a daemon of the same version: %v, want what it said", err)
	}
}

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	id := hayon.NewPostID(time.Now())
	tests := []struct {
		name  string
		call  func(context.Context, *client.Client) error
		calls int32
	}{
		{"create twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.CreatePost(ctx, hayon.PostCreate{Text: "x"})
			return err
		}, 2},
		{"read twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.FindPosts(ctx, hayon.PostFilter{})
			return err
		}, 2},
		{"cancel once", func(ctx context.Context, c *client.Client) error {
			_, err := c.CancelPost(ctx, id, hayon.PostChangeRequest{})
			return err
		}, 1},
		{"read the request twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.FindRequest(ctx, id)
			return err
		}, 2},
		{"read the revisions twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.FindRevisions(ctx, id)
			return err
		}, 2},
		{"count twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.CountPosts(ctx, hayon.PostFilter{})
			return err
		}, 2},
		{"revise whatever is there once", func(ctx context.Context, c *client.Client) error {
			_, err := c.RevisePost(ctx, id, hayon.PostRevise{})
			return err
		}, 1},
		{"revise a revision twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.RevisePost(ctx, id, hayon.PostRevise{Revision: 1})
			return err
		}, 2},
		{"reschedule once", func(ctx context.Context, c *client.Client) error {
			_, err := c.ReschedulePost(ctx, id, hayon.PostReschedule{By: &hayon.Shift{Days: 1}})
			return err
		}, 1},
		{"undo once", func(ctx context.Context, c *client.Client) error {
			_, err := c.UndoPost(ctx, hayon.PostUndo{})
			return err
		}, 1},
		{"try an undo twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.UndoPost(ctx, hayon.PostUndo{DryRun: true})
			return err
		}, 2},
		{"retry once", func(ctx context.Context, c *client.Client) error {
			_, err := c.RetryPost(ctx, id, hayon.PostChangeRequest{})
			return err
		}, 1},
		{"sign in once", func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateAccount(ctx, hayon.SignIn{Platform: "demo"})
			return err
		}, 1},
		{"resolve once", func(ctx context.Context, c *client.Client) error {
			_, err := c.ResolvePost(ctx, id, hayon.PostResolve{Not: true})
			return err
		}, 1},
		{"make a webhook once", func(ctx context.Context, c *client.Client) error {
			_, _, err := c.CreateWebhook(ctx, hayon.WebhookCreate{URL: "https://example.org"})
			return err
		}, 1},
		{"ask the broker twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.BrokerStatus(ctx)
			return err
		}, 2},
		{"look a letter up twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.LookupLetter(ctx, hayon.LetterDead, "last")
			return err
		}, 2},
		{"replay once", func(ctx context.Context, c *client.Client) error {
			_, err := c.ReplayLetter(ctx, letter, hayon.LetterRequest{})
			return err
		}, 1},
		{"discard once", func(ctx context.Context, c *client.Client) error {
			_, err := c.DiscardLetter(ctx, letter, hayon.LetterRequest{Reason: "old"})
			return err
		}, 1},
		{"pause twice", func(ctx context.Context, c *client.Client) error {
			_, err := c.Pause(ctx, "holiday")
			return err
		}, 2},
		{"upload once", func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateMedia(ctx, strings.NewReader("x"), "a.png")
			return err
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			c := dial(t, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				calls.Add(1)
				hangUp()
			}, client.Config{})
			err := tt.call(actor(t), c)
			if hayon.CodeOf(err) != hayon.CodeUnavailable || calls.Load() != tt.calls {
				t.Errorf("%d requests, %v; want %d and unavailable", calls.Load(), err, tt.calls)
			}
		})
	}
}

func TestNoActorAsksNobody(t *testing.T) {
	t.Parallel()
	c := dial(t, func(http.ResponseWriter, *http.Request) { t.Error("a request without an actor") }, client.Config{})
	id, ctx := hayon.NewPostID(time.Now()), t.Context()
	errs := make([]error, 0, 32)
	add := func(_ any, err error) { errs = append(errs, err) }
	add(c.CreatePost(ctx, hayon.PostCreate{}))
	add(c.FindPostByID(ctx, id))
	add(c.FindPosts(ctx, hayon.PostFilter{}))
	add(c.LookupPost(ctx, "last"))
	add(c.CancelPost(ctx, id, hayon.PostChangeRequest{}))
	add(c.CreateAccount(ctx, hayon.SignIn{}))
	add(c.FindAccounts(ctx, hayon.AccountFilter{}))
	add(c.VerifyAccount(ctx, hayon.NewAccountID(time.Now())))
	add(nil, c.DeleteAccount(ctx, hayon.NewAccountID(time.Now())))
	add(c.CreateMedia(ctx, strings.NewReader("x"), ""))
	add(c.FindMediaByID(ctx, hayon.NewMediaID(time.Now())))
	add(c.FindEvents(ctx, hayon.EventFilter{}))
	add(c.LastSeq(ctx))
	add(c.Status(ctx))
	add(nil, c.StopDaemon(ctx))
	add(c.ResolvePost(ctx, id, hayon.PostResolve{}))
	add(c.FindRequest(ctx, id))
	add(c.RevisePost(ctx, id, hayon.PostRevise{}))
	add(c.ReschedulePost(ctx, id, hayon.PostReschedule{}))
	add(c.UndoPost(ctx, hayon.PostUndo{}))
	add(c.FindRevisions(ctx, id))
	add(c.CountPosts(ctx, hayon.PostFilter{}))
	add(c.UpdateAccount(ctx, hayon.NewAccountID(time.Now()), hayon.AccountUpdate{}))
	add(c.Pause(ctx, ""))
	add(c.Resume(ctx))
	_, _, err := c.CreateWebhook(ctx, hayon.WebhookCreate{})
	add(nil, err)
	add(c.FindWebhooks(ctx))
	add(nil, c.DeleteWebhook(ctx, hayon.NewWebhookID(time.Now())))
	add(nil, c.TestWebhook(ctx, hayon.NewWebhookID(time.Now())))
	add(c.BrokerStatus(ctx))
	add(c.FindLetters(ctx, hayon.LetterFilter{}))
	add(c.LookupLetter(ctx, "", "last"))
	add(c.ReplayLetter(ctx, letter, hayon.LetterRequest{}))
	add(c.DiscardLetter(ctx, letter, hayon.LetterRequest{}))
	for i, err := range errs {
		if hayon.CodeOf(err) != hayon.CodeUnauthenticated {
			t.Errorf("call %d: %v, want unauthenticated", i, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	var got http.Header
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		answer(w, 200, api.LastEvent{Seq: 7})
	}, client.Config{Version: "1.2.3"})
	if seq, err := c.LastSeq(actor(t)); seq != 7 || err != nil {
		t.Fatalf("LastSeq = %d, %v", seq, err)
	}
	want := map[string]string{
		api.HeaderRequestID: "req-1", api.HeaderSource: "cli", "User-Agent": "hayon/1.2.3", api.HeaderVersion: "1.2.3", "Accept": "application/json",
	}
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s = %q, want %q", name, got.Get(name), value)
		}
	}
}

func TestVersionHandshake(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, ours, theirs string
		told               []string
	}{
		{"older daemon", "2.0.0", "1.0.0", []string{"1.0.0"}},
		{"same", "2.0.0", "2.0.0", nil},
		{"no header", "2.0.0", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var told []string
			c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
				if tt.theirs != "" {
					w.Header().Set(api.HeaderVersion, tt.theirs)
				}
				answer(w, 200, api.Health{Status: "ok"})
			}, client.Config{Version: tt.ours, OnVersion: func(v string) { told = append(told, v) }})
			for range 2 {
				if err := c.Ping(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.told, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if c.ServerVersion() != tt.theirs {
				t.Errorf("ServerVersion = %q, want %q", c.ServerVersion(), tt.theirs)
			}
		})
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 2)
	c := dial(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	}, client.Config{Timeout: 50 * time.Millisecond})
	_, err := c.RetryPost(actor(t), hayon.NewPostID(time.Now()), hayon.PostChangeRequest{})
	if hayon.CodeOf(err) != hayon.CodeTimeout || !strings.Contains(err.Error(), "may still do") {
		t.Errorf("a slow answer: %v, want timeout that tells of the doubt", err)
	}
	<-arrived
	ctx, cancel := context.WithCancel(actor(t))
	go func() {
		<-arrived
		cancel()
	}()
	// A poll waits longer than the time of ordinary calls, and ends with its caller.
	_, err = c.FindEvents(ctx, hayon.EventFilter{Wait: 20 * time.Second})
	if !errors.Is(err, context.Canceled) || hayon.CodeOf(err) != hayon.CodeTimeout {
		t.Errorf("a call that its caller ended: %v, want the cancel as cause", err)
	}
}

func TestSecretStaysHomeWithoutTLS(t *testing.T) {
	t.Parallel()
	in := hayon.SignIn{Platform: "demo", Secret: hayon.NewSecret([]byte("hunter2"))}
	var bodies bytes.Buffer
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&bodies, r.Body)
		answer(w, http.StatusCreated, api.Account{Name: "demo"})
	})
	plain := httptest.NewServer(h)
	t.Cleanup(plain.Close)
	c := newClient(t, client.Config{BaseURL: plain.URL})
	if _, err := c.CreateAccount(actor(t), in); hayon.CodeOf(err) != hayon.CodeForbidden || bodies.Len() > 0 {
		t.Errorf("over http: %v, sent %q; want forbidden and nothing", err, bodies.String())
	}
	sealed := httptest.NewTLSServer(h)
	t.Cleanup(sealed.Close)
	c = newClient(t, client.Config{BaseURL: sealed.URL, Transport: sealed.Client().Transport})
	if _, err := c.CreateAccount(actor(t), in); err != nil || !strings.Contains(bodies.String(), "hunter2") {
		t.Errorf("over https: %v, sent %q", err, bodies.String())
	}
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	c := newClient(t, client.Config{BaseURL: srv.URL})
	if err := c.Ping(t.Context()); hayon.CodeOf(err) != hayon.CodeUnreachable || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate of nobody: %v, want unreachable and why", err)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v2/status" {
			t.Errorf("followed to %s", r.URL)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}, client.Config{})
	if _, err := c.Status(actor(t)); err == nil {
		t.Error("a redirect passed for an answer")
	}
}

func TestAnswerOfAnotherProgram(t *testing.T) {
	t.Parallel()
	c := dial(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>hello</html>") }, client.Config{})
	if _, err := c.Status(actor(t)); hayon.CodeOf(err) != hayon.CodeConflict {
		t.Errorf("HTML for JSON: %v, want conflict", err)
	}
}

func TestUploadErrorsNameTheFile(t *testing.T) {
	t.Parallel()
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return
		}
		answer(w, http.StatusCreated, api.Media{Bytes: n})
	}, client.Config{})
	broken := io.MultiReader(strings.NewReader("some"), readerFunc(func([]byte) (int, error) { return 0, os.ErrPermission }))
	if _, err := c.CreateMedia(actor(t), broken, "a.png"); hayon.CodeOf(err) != hayon.CodeLocal || !errors.Is(err, os.ErrPermission) {
		t.Errorf("a file that cannot be read: %v, want local", err)
	}
	big := io.LimitReader(readerFunc(func(p []byte) (int, error) { return len(p), nil }), api.MaxMediaBytes+1)
	if _, err := c.CreateMedia(actor(t), big, "a.png"); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("a file that is too large: %v, want invalid", err)
	}
	if m, err := c.CreateMedia(actor(t), strings.NewReader("12345"), "a b.png"); err != nil || m.Bytes != 5 {
		t.Errorf("a whole file: %+v, %v", m, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
