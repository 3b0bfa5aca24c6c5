package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server"
	"github.com/hayon/hayon/server/api"
)

const (
	post    = "p_01jd3v9k7m2x4c8q9qx1"
	account = "a_01jd3v9k7m2x4c8q9qx3"
	target  = "t_01jd3v9k7m2x4c8q9qx2"
	letter  = "d_01jd3v9k7m2x4c8q9qx7"
)

func postID(t *testing.T) hayon.PostID {
	t.Helper()
	id, err := hayon.ParsePostID(post)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// wantError checks the one form of errors.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status int, code hayon.Code) api.Error {
	t.Helper()
	var body api.ErrorBody
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("status %d, the body is not in our form of errors: %q", w.Code, w.Body)
	}
	if w.Code != status || body.Error.Code != code || body.Error.Message == "" {
		t.Errorf("got status %d and %+v, want %d %s", w.Code, body.Error, status, code)
	}
	if w.Header().Get(api.HeaderRequestID) == "" {
		t.Error("an error without request id")
	}
	return body.Error
}

func TestCreatePost(t *testing.T) {
	t.Parallel()
	var got hayon.PostCreate
	var actor hayon.Actor
	svc := &stub{
		createPost: func(ctx context.Context, c hayon.PostCreate) (*hayon.Post, error) {
			got = c
			actor, _ = hayon.ActorFrom(ctx)
			id, err := hayon.ParseAccountID(account)
			return &hayon.Post{ID: postID(t), Text: c.Text, Targets: []*hayon.Target{{Account: id, Platform: "site", State: hayon.StateQueued}}}, err
		},
		findAccounts: func(context.Context, hayon.AccountFilter) ([]*hayon.Account, error) {
			id, err := hayon.ParseAccountID(account)
			return []*hayon.Account{{ID: id, Name: "site/blog", Handle: "blog"}}, err
		},
	}
	h := newHandler(t, svc, server.Config{Version: "1.2.3"})
	w := do(t, h, http.MethodPost, "/api/v2/posts", `{"text":"Hello","to":["site"]}`,
		api.HeaderIdempotencyKey, "k1", api.HeaderRequestID, "req-7", api.HeaderSource, "cli")
	if w.Code != http.StatusCreated || w.Header().Get("Location") != "/api/v2/posts/"+post {
		t.Errorf("status %d, location %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	if diff := cmp.Diff(hayon.PostCreate{Text: "Hello", To: []string{"site"}, IdempotencyKey: "k1"}, got); diff != "" {
		t.Errorf("the service got (-want +got):\n%s", diff)
	}
	if want := (hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceCLI, RequestID: "req-7"}); actor != want {
		t.Errorf("actor = %+v, want %+v", actor, want)
	}
	if w.Header().Get(api.HeaderRequestID) != "req-7" || w.Header().Get(api.HeaderVersion) != "1.2.3" {
		t.Errorf("headers %v, want the request's id and the version", w.Header())
	}
	var p api.Post
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || len(p.Targets) != 1 || p.Targets[0].Account != "site/blog" {
		t.Errorf("answer %s (%v), want a target named site/blog", w.Body, err)
	}
}

func TestDryRunStoresNothing(t *testing.T) {
	t.Parallel()
	svc := &stub{createPost: func(context.Context, hayon.PostCreate) (*hayon.Post, error) { return &hayon.Post{Text: "x"}, nil }}
	w := do(t, newHandler(t, svc, server.Config{}), http.MethodPost, "/api/v2/posts", `{"text":"x","dry_run":true}`)
	if w.Code != http.StatusOK || w.Header().Get("Location") != "" {
		t.Errorf("a dry run was answered %d with location %q", w.Code, w.Header().Get("Location"))
	}
}

// A stored post must never be answered as an error.
func TestCreatedPostWithoutAccountNames(t *testing.T) {
	t.Parallel()
	svc := &stub{
		createPost: func(context.Context, hayon.PostCreate) (*hayon.Post, error) { return &hayon.Post{ID: postID(t)}, nil },
		findAccounts: func(context.Context, hayon.AccountFilter) ([]*hayon.Account, error) {
			return nil, errors.New("the disk is gone")
		},
	}
	w := do(t, newHandler(t, svc, server.Config{}), http.MethodPost, "/api/v2/posts", `{"text":"x"}`)
	if w.Code != http.StatusCreated {
		t.Errorf("status %d: %s, want 201", w.Code, w.Body)
	}
}

func TestRequestsRefusedBeforeTheService(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, target, body string
		header                     []string
		status                     int
		code                       hayon.Code
	}{
		{"unknown member", "POST", "/api/v2/posts", `{"colour":"red"}`, nil, 400, hayon.CodeUsage},
		{"no body", "POST", "/api/v2/posts", "", nil, 400, hayon.CodeUsage},
		{"too much JSON", "POST", "/api/v2/posts", `{"text":"` + strings.Repeat("x", api.MaxJSONBytes) + `"}`, nil, 422, hayon.CodeInvalid},
		{"two keys", "POST", "/api/v2/posts", `{"idempotency_key":"a"}`, []string{api.HeaderIdempotencyKey, "b"}, 400, hayon.CodeUsage},
		{"unknown parameter", "GET", "/api/v2/posts?colour=red", "", nil, 400, hayon.CodeUsage},
		{"wrong parameter", "GET", "/api/v2/posts?limit=x", "", nil, 400, hayon.CodeUsage},
		{"short id", "GET", "/api/v2/posts/p_9qx1", "", nil, 400, hayon.CodeUsage},
		{"id of another kind", "GET", "/api/v2/posts/" + account, "", nil, 400, hayon.CodeUsage},
		{"unknown path", "GET", "/api/v2/pots", "", nil, 404, hayon.CodeUsage},
		{"wrong method", "PUT", "/api/v2/posts", "", nil, 405, hayon.CodeUsage},
		{"wrong wait", "GET", "/api/v2/events?wait=long", "", nil, 400, hayon.CodeUsage},
		{"secret over TCP", "POST", "/api/v2/accounts", `{"platform":"demo","secret":"s"}`, nil, 403, hayon.CodeForbidden},
		{"webhook over TCP", "POST", "/api/v2/webhooks", `{"url":"https://example.org"}`, nil, 403, hayon.CodeForbidden},
		{"resolve without a word", "POST", "/api/v2/posts/" + post + "/resolve", "", nil, 400, hayon.CodeUsage},
		{"update of what no account has", "PATCH", "/api/v2/accounts/" + account, `{"name":"x"}`, nil, 400, hayon.CodeUsage},
		{"grace without a unit", "PATCH", "/api/v2/accounts/" + account, `{"grace":3600}`, nil, 400, hayon.CodeUsage},
		{"webhook with a post's id", "DELETE", "/api/v2/webhooks/" + post, "", nil, 400, hayon.CodeUsage},
		{"letters of an unknown kind", "GET", "/api/v2/letters?kind=lost", "", nil, 400, hayon.CodeUsage},
		{"letters of a wrong number", "GET", "/api/v2/letters?limit=-1", "", nil, 400, hayon.CodeUsage},
		{"a letter of an unknown kind", "GET", "/api/v2/letters/lookup?kind=lost&ref=last", "", nil, 400, hayon.CodeUsage},
		{"replay with a post's id", "POST", "/api/v2/letters/" + post + "/replay", "", nil, 400, hayon.CodeUsage},
		{"replay with a short id", "POST", "/api/v2/letters/d_9qx7/replay", "", nil, 400, hayon.CodeUsage},
		{"discard with a word", "POST", "/api/v2/letters/last/discard", `{"reason":"x"}`, nil, 400, hayon.CodeUsage},
		{"discard without a word", "POST", "/api/v2/letters/" + letter + "/discard", "", nil, 400, hayon.CodeUsage},
		{"discard with more", "POST", "/api/v2/letters/" + target + "/discard", `{"reason":"x","all":true}`, nil, 400, hayon.CodeUsage},
		{"revise without a request", "PUT", "/api/v2/posts/" + post + "/request", "", nil, 400, hayon.CodeUsage},
		{"revise with more", "PUT", "/api/v2/posts/" + post + "/request", `{"text":"x"}`, nil, 400, hayon.CodeUsage},
		{"revise a short id", "PUT", "/api/v2/posts/p_9qx1/request", `{"create":{"text":"x"}}`, nil, 400, hayon.CodeUsage},
		{"request of an account", "GET", "/api/v2/posts/" + account + "/request", "", nil, 400, hayon.CodeUsage},
		{"revisions of an account", "GET", "/api/v2/posts/" + account + "/revisions", "", nil, 400, hayon.CodeUsage},
		{"reschedule without a word", "POST", "/api/v2/posts/" + post + "/reschedule", "", nil, 400, hayon.CodeUsage},
		{"reschedule by a number", "POST", "/api/v2/posts/" + post + "/reschedule", `{"by":{"elapsed":3600}}`, nil, 400, hayon.CodeUsage},
		{"undo of a short id", "POST", "/api/v2/undo", `{"post":"p_9qx1"}`, nil, 400, hayon.CodeUsage},
		{"posts in an unknown order", "GET", "/api/v2/posts?order=random", "", nil, 400, hayon.CodeUsage},
		{"count of an unknown state", "GET", "/api/v2/posts/count?state=late", "", nil, 400, hayon.CodeUsage},
		{"stop where nothing can be stopped", "POST", "/api/v2/daemon/stop", "", nil, 409, hayon.CodeConflict},
	}
	h := newHandler(t, &stub{}, server.Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := do(t, h, tt.method, tt.target, tt.body, tt.header...)
			if e := wantError(t, w, tt.status, tt.code); e.Hint == "" && !strings.Contains(e.Message, post) && !strings.Contains(e.Message, account) {
				t.Errorf("no hint in %+v", e)
			}
			if tt.status == 405 && w.Header().Get("Allow") != "GET, POST" {
				t.Errorf("Allow = %q, want GET, POST", w.Header().Get("Allow"))
			}
		})
	}
}

func TestServiceErrorsKeepTheirForm(t *testing.T) {
	t.Parallel()
	for _, code := range hayon.Codes() {
		svc := &stub{findPost: func(context.Context, hayon.PostID) (*hayon.Post, error) {
			e := hayon.Errorf(code, "it is so").WithHint("do this").WithDetail("ids", []string{"p_1"}).WithCause(errors.New("hidden"))
			e.RetryAfter = 1200 * time.Millisecond
			return nil, e
		}}
		w := do(t, newHandler(t, svc, server.Config{}), http.MethodGet, "/api/v2/posts/"+post, "")
		e := wantError(t, w, code.Status(), code)
		if e.Hint != "do this" || e.RetryAfter != 1.2 || w.Header().Get("Retry-After") != "2" || strings.Contains(w.Body.String(), "hidden") {
			t.Errorf("%s: %s, Retry-After %q", code, w.Body, w.Header().Get("Retry-After"))
		}
	}
}

func TestForeignErrorsAndPanicsAreHidden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		find func(context.Context, hayon.PostID) (*hayon.Post, error)
	}{
		{"error", func(context.Context, hayon.PostID) (*hayon.Post, error) { return nil, errors.New("hunter2 at row 7") }},
		{"panic", func(context.Context, hayon.PostID) (*hayon.Post, error) { panic("hunter2 at row 7") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			h := newHandler(t, &stub{findPost: tt.find}, server.Config{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
			w := do(t, h, http.MethodGet, "/api/v2/posts/"+post, "", api.HeaderRequestID, "req-9")
			wantError(t, w, 500, hayon.CodeInternal)
			if strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("the cause is in the answer: %s", w.Body)
			}
			if !strings.Contains(log.String(), "hunter2") || !strings.Contains(log.String(), "req-9") {
				t.Errorf("the log does not tell the cause with the request's id: %s", log.String())
			}
		})
	}
}

func TestNobodyIsUnauthenticated(t *testing.T) {
	t.Parallel()
	s, err := server.New(&stub{}, server.Config{}) // no peer is known to a plain handler
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range api.Routes() {
		w := do(t, s.Handler(), route.Method, strings.Replace(route.Path, "{id}", post, 1), "")
		if route.Public {
			if w.Code != http.StatusOK {
				t.Errorf("%s: status %d, want 200 for everybody", route.Op, w.Code)
			}
			continue
		}
		wantError(t, w, 401, hayon.CodeUnauthenticated)
	}
}

func TestRequestIDIsCheckedOrMade(t *testing.T) {
	t.Parallel()
	h := newHandler(t, &stub{}, server.Config{})
	for _, id := range []string{"", "with space", "new\nline", strings.Repeat("x", 65), "ümlaut"} {
		got := do(t, h, http.MethodGet, "/healthz", "", api.HeaderRequestID, id).Header().Get(api.HeaderRequestID)
		if got == id || len(got) != 16 {
			t.Errorf("id %q was answered with %q, want one of our own", id, got)
		}
	}
}

func TestMediaLimit(t *testing.T) {
	t.Parallel()
	svc := &stub{createMedia: func(_ context.Context, r io.Reader, _ string) (*hayon.Media, error) {
		n, err := io.Copy(io.Discard, r)
		if err != nil {
			return nil, hayon.Errorf(hayon.CodeLocal, "the blob could not be written")
		}
		return &hayon.Media{Bytes: n, Type: "image/png"}, nil
	}}
	h := newHandler(t, svc, server.Config{})
	tests := []struct {
		name   string
		bytes  int64
		status int
	}{{"at", api.MaxMediaBytes, 201}, {"over", api.MaxMediaBytes + 1, 422}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v2/media?name=a.png", io.LimitReader(zeros{}, tt.bytes))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			if tt.status == 201 {
				if w.Code != 201 {
					t.Errorf("status %d: %s", w.Code, w.Body)
				}
				return
			}
			if e := wantError(t, w, tt.status, hayon.CodeInvalid); !strings.Contains(e.Message, "1024 MiB") {
				t.Errorf("message %q does not name the limit", e.Message)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestReads(t *testing.T) {
	t.Parallel()
	svc := &stub{
		findPosts:    func(context.Context, hayon.PostFilter) ([]*hayon.Post, error) { return nil, nil },
		lookupPost:   func(_ context.Context, ref string) (hayon.PostID, error) { return postID(t), nil },
		findEvents:   func(context.Context, hayon.EventFilter) ([]hayon.Event, error) { return nil, nil },
		status:       func(context.Context) (*hayon.Status, error) { return &hayon.Status{Version: "1", Queued: 3}, nil },
		findLetters:  func(context.Context, hayon.LetterFilter) ([]*hayon.Letter, error) { return nil, nil },
		brokerStatus: func(context.Context) (*hayon.BrokerStatus, error) { return &hayon.BrokerStatus{Outbox: 7}, nil },
	}
	h := newHandler(t, svc, server.Config{Version: "1"})
	tests := []struct{ target, want string }{
		{"/api/v2/posts", "[]"},
		{"/api/v2/posts/lookup?ref=last", `{"id":"` + post + `"}`},
		{"/api/v2/accounts", "[]"},
		{"/api/v2/events", "[]"},
		{"/api/v2/events/last", `{"seq":42}`},
		{"/api/v2/letters", "[]"},
		{"/api/v2/broker", `{"dead":{"open":0},"parked":{"open":0},"outbox":7}`},
		{"/healthz", `{"status":"ok","version":"1"}`},
	}
	for _, tt := range tests {
		w := do(t, h, http.MethodGet, tt.target, "")
		if w.Code != 200 || strings.TrimSpace(w.Body.String()) != tt.want {
			t.Errorf("GET %s: %d %s, want %s", tt.target, w.Code, w.Body, tt.want)
		}
		if w := do(t, h, http.MethodHead, tt.target, ""); w.Code != 200 || w.Body.Len() != 0 {
			t.Errorf("HEAD %s: %d with %d bytes", tt.target, w.Code, w.Body.Len())
		}
	}
	if w := do(t, h, http.MethodGet, "/api/v2/status", ""); !strings.Contains(w.Body.String(), `"queued":3`) {
		t.Errorf("status: %s", w.Body)
	}
	if w := do(t, h, http.MethodGet, "/openapi.yaml", ""); !bytes.Equal(w.Body.Bytes(), api.OpenAPI()) {
		t.Error("the document is not served as it is")
	}
	if w := do(t, h, http.MethodDelete, "/api/v2/accounts/"+account, ""); w.Code != http.StatusNoContent {
		t.Errorf("delete: %d %s", w.Code, w.Body)
	}
}

func TestChangesTakeAnEmptyBody(t *testing.T) {
	t.Parallel()
	var got []hayon.PostChangeRequest
	svc := &stub{changePost: func(_ context.Context, id hayon.PostID, c hayon.PostChangeRequest) (*hayon.Post, error) {
		got = append(got, c)
		return &hayon.Post{ID: id}, nil
	}}
	h := newHandler(t, svc, server.Config{})
	do(t, h, http.MethodPost, "/api/v2/posts/"+post+"/cancel", "")
	do(t, h, http.MethodPost, "/api/v2/posts/"+post+"/retry", `{"reason":"again","dry_run":true}`)
	if diff := cmp.Diff([]hayon.PostChangeRequest{{}, {Reason: "again", DryRun: true}}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	stopped := 0
	w := do(t, newHandler(t, &stub{}, server.Config{Stop: func() { stopped++ }}), http.MethodPost, "/api/v2/daemon/stop", "")
	if w.Code != http.StatusAccepted || stopped != 1 {
		t.Errorf("status %d, stopped %d times", w.Code, stopped)
	}
}

func TestNewWantsAService(t *testing.T) {
	t.Parallel()
	if _, err := server.New(nil, server.Config{}); err == nil {
		t.Error("a server without a service")
	}
}
