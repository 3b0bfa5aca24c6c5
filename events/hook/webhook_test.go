package hook_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/hook"
)

// secret is the one of the convention's own tests.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// receiver is a server of webhooks that remembers what it got.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex // guards what follows
	answer func(w http.ResponseWriter, r *http.Request)
	got    []request
}

type request struct {
	method, path string
	header       http.Header
	body         []byte
	ok           bool
}

func newReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	answer := r.answer
	r.got = append(r.got, request{req.Method, req.URL.Path, req.Header, body, answer == nil})
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
}

func (r *receiver) answerWith(answer func(w http.ResponseWriter, r *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) all() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.got...)
}

func status(code int, header ...string) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

func webhook(url string) *hayon.Webhook {
	return &hayon.Webhook{ID: hayon.WebhookID{11: 5}, Owner: hayon.LocalUser().ID, URL: url}
}

func known(context.Context) (hayon.Secret, error) { return hayon.NewSecret([]byte(secret)), nil }

func notice() events.Notice {
	n := events.Example(hayon.EventPublished, time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC))
	n.Event.Seq, n.Test = 4711, false
	return n
}

// transport keeps no connection, so that nothing is left of a test.
func transport() *http.Transport { return &http.Transport{DisableKeepAlives: true} }

func TestWebhookRequest(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	sink := hook.NewClient("1.2.3", nil).Sink(webhook(r.URL+"/in"), known)
	before := time.Now().Unix()
	if err := sink.Deliver(t.Context(), notice()); err != nil {
		t.Fatal(err)
	}
	got := r.all()
	if len(got) != 1 {
		t.Fatalf("%d requests", len(got))
	}
	q := got[0]
	want, err := json.Marshal(notice())
	if err != nil {
		t.Fatal(err)
	}
	// Example makes new ids, so that only what is fixed is compared.
	var a, b events.Payload
	if err := errors.Join(json.Unmarshal(want, &a), json.Unmarshal(q.body, &b)); err != nil {
		t.Fatal(err)
	}
	if q.method != http.MethodPost || q.path != "/in" || a.ID != b.ID || a.Kind != b.Kind || a.Target.URL != b.Target.URL || b.Test {
		t.Errorf("got %s %s with %s", q.method, q.path, q.body)
	}
	id, stamp := q.header.Get("webhook-id"), q.header.Get("webhook-timestamp")
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || sent < before || sent > time.Now().Unix() {
		t.Errorf("the timestamp is %q", stamp)
	}
	signature, err := hook.Sign(hayon.NewSecret([]byte(secret)), id, time.Unix(sent, 0), q.body)
	if err != nil || q.header.Get("webhook-signature") != signature {
		t.Errorf("the signature is %q, want %q (%v)", q.header.Get("webhook-signature"), signature, err)
	}
	if id != "w_00000000000000000005_4711" || q.header.Get("User-Agent") != "hayon/1.2.3" || q.header.Get("Content-Type") != "application/json" {
		t.Errorf("the headers are %v", q.header)
	}
	if p := sink.Policy(); sink.Name() != "webhook/w_00000000000000000005" || sink.Owner() != hayon.LocalUser().ID || p.Timeout < 10*time.Second {
		t.Errorf("the sink is %s of %s with %+v", sink.Name(), sink.Owner(), p)
	}
}

func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		code   hayon.Code // "": it is fine
		text   string
		after  time.Duration
	}{
		{"204", status(http.StatusNoContent), "", "", 0},
		{"299", status(299), "", "", 0},
		{"500", status(500), hayon.CodeUnavailable, "answered 500 Internal Server Error", 0},
		{"404", status(404), hayon.CodeUnavailable, "answered 404 Not Found", 0},
		{"429", status(429, "Retry-After", "90"), hayon.CodeRateLimited, "answered 429 Too Many Requests", 90 * time.Second},
		{"503, for ever", status(503, "Retry-After", "999999999"), hayon.CodeUnavailable, "answered 503 Service Unavailable", 24 * time.Hour},
		{"503, in the past", status(503, "Retry-After", "Fri, 20 Nov 2020 10:00:00 GMT"), hayon.CodeUnavailable, "answered 503", 0},
		{"503, nonsense", status(503, "Retry-After", "-soon"), hayon.CodeUnavailable, "answered 503", 0},
		{"410", status(410), hayon.CodeRejected, "wants no more events (410 Gone)", 0},
		{"an endless body", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, "", "", 0},
		{"no answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, hayon.CodeUnavailable, "cannot be called", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t, tt.answer)
			err := hook.NewClient("1", transport()).Sink(webhook(r.URL+"/path-secret"), known).Deliver(t.Context(), notice())
			if tt.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			he := hayon.AsError(err)
			if he == nil || he.Code != tt.code || !strings.Contains(he.Message, tt.text) || he.RetryAfter != tt.after {
				t.Errorf("got %v (%+v)", err, he)
			}
			if err != nil && strings.Contains(err.Error(), "path-secret") {
				t.Errorf("the error tells the path: %v", err)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	there := newReceiver(t, nil)
	here := newReceiver(t, status(http.StatusTemporaryRedirect, "Location", there.URL))
	err := hook.NewClient("1", transport()).Sink(webhook(here.URL), known).Deliver(t.Context(), notice())
	if he := hayon.AsError(err); he == nil || !strings.Contains(he.Message, "has moved (307") {
		t.Errorf("got %v", err)
	}
	if n := len(there.all()); n != 0 {
		t.Errorf("%d requests went where the redirect points", n)
	}
}

func TestRetryAfterAsDate(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	r := newReceiver(t, status(503, "Retry-After", at))
	he := hayon.AsError(hook.NewClient("1", transport()).Sink(webhook(r.URL), known).Deliver(t.Context(), notice()))
	if he == nil || he.RetryAfter <= 0 || he.RetryAfter > time.Hour {
		t.Errorf("got %+v", he)
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	r := &receiver{}
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	r.Config.ErrorLog = nil
	err := hook.NewClient("1", nil).Sink(webhook(r.URL), known).Deliver(t.Context(), notice())
	if he := hayon.AsError(err); he == nil || !strings.Contains(he.Message, "certificate") || len(r.all()) != 0 {
		t.Errorf("got %v and %d requests", err, len(r.all()))
	}
}

func TestWebhookThatCannotBeCalled(t *testing.T) {
	t.Parallel()
	locked := hayon.Errorf(hayon.CodeLocal, "the vault is locked")
	for _, tt := range []struct {
		name, url string
		secret    func(context.Context) (hayon.Secret, error)
		code      hayon.Code
	}{
		{"no secret", "https://example.org", func(context.Context) (hayon.Secret, error) { return hayon.Secret{}, locked }, hayon.CodeLocal},
		{"a broken secret", "https://example.org", func(context.Context) (hayon.Secret, error) {
			return hayon.NewSecret([]byte("whsec_!!broken")), nil
		}, hayon.CodeInvalid},
		{"another scheme", "file:///etc/passwd", known, hayon.CodeInvalid},
		{"no URL", "\x7f", known, hayon.CodeInvalid},
		{"nobody there", "https://" + closedPort(t), known, hayon.CodeUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := hook.NewClient("1", nil).Sink(webhook(tt.url), tt.secret).Deliver(t.Context(), notice())
			if hayon.CodeOf(err) != tt.code || strings.Contains(err.Error(), "broken") || strings.Contains(err.Error(), "dial") {
				t.Errorf("got %v, want the code %s", err, tt.code)
			}
		})
	}
}

// closedPort is an address on which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

func TestRing(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, nil)
	ring := hook.NewClient("1", transport()).Ring
	e := hayon.Event{At: time.Now().UTC(), Kind: hayon.EventFailed, Reason: "a test of this webhook"}
	if err := ring(t.Context(), webhook(r.URL), hayon.NewSecret([]byte(secret)), e); err != nil {
		t.Fatal(err)
	}
	q := r.all()[0]
	var p events.Payload
	if err := json.Unmarshal(q.body, &p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{hayon.EventFailed, true, e.Reason, e.At}, []any{p.Kind, p.Test, p.Reason, p.At}); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	if id := q.header.Get("webhook-id"); !strings.HasPrefix(id, "w_00000000000000000005_test_") {
		t.Errorf("the id is %q", id)
	}
	r.answerWith(status(500))
	if err := ring(t.Context(), webhook(r.URL), hayon.NewSecret([]byte(secret)), e); hayon.CodeOf(err) != hayon.CodeUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	// The vector is that of the convention's own libraries:
	// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/go/webhook_test.go, read 2026-11-20.
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	for _, text := range []string{secret, strings.TrimPrefix(secret, "whsec_")} {
		got, err := hook.Sign(hayon.NewSecret([]byte(text)), "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
		if err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	// One key in each way to write base64.
	key := []string{"whsec_+/+/+/8=", "whsec_+/+/+/8", "whsec_-_-_-_8=", "whsec_-_-_-_8"}
	var first string
	for _, text := range key {
		got, err := hook.Sign(hayon.NewSecret([]byte(text)), "id", time.Unix(1, 0), nil)
		if err != nil || first != "" && got != first {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, first)
		}
		first = got
	}
}
