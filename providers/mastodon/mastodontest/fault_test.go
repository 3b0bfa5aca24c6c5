package mastodontest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	reset := time.Date(2026, 11, 20, 12, 5, 0, 0, time.UTC)
	for _, tt := range []struct {
		name      string
		fault     mastodontest.Fault
		status    int // 0 is no answer
		applied   bool
		header    string // name=value
		body      string
		lostAfter bool // the status arrives, the body does not
	}{
		{name: "refusal", fault: mastodontest.Refuse(422, "no"), status: 422, body: `{"error":"no"}`},
		{name: "page", fault: mastodontest.RefuseHTML(503), status: 503, header: "Content-Type=text/html", body: "503 Service Unavailable"},
		{name: "too many", fault: mastodontest.TooMany(reset), status: 429, header: "X-Ratelimit-Reset=2026-11-20T12:05:00.000000Z"},
		{name: "too many without a time", fault: mastodontest.TooMany(time.Time{}), status: 429, header: "X-Ratelimit-Reset="},
		{name: "retry after", fault: mastodontest.RetryAfter(503, "7"), status: 503, header: "Retry-After=7"},
		{name: "cut before", fault: mastodontest.CutBefore()},
		{name: "answer lost", fault: mastodontest.LoseAnswer(), applied: true},
		{name: "answer cut", fault: mastodontest.CutAnswer(), status: 200, applied: true, lostAfter: true},
		{name: "garbage", fault: mastodontest.Garble("application/json", "<html>"), status: 200, applied: true, body: "<html>"},
		{name: "wrong type", fault: mastodontest.Garble("text/html", ""), status: 200, applied: true, header: "Content-Type=text/html", body: `"id"`},
		{name: "slow", fault: mastodontest.Slow(time.Millisecond), status: 200, applied: true, body: `"id"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, ana := signedIn(t, mastodontest.Config{})
			c.srv.Fail(mastodontest.Publishing, tt.fault)
			a, err := c.do("POST", "/api/v1/statuses", obj{"status": "x"})
			if (err != nil) != (tt.status == 0 || tt.lostAfter) || a.status != tt.status || !strings.Contains(a.raw, tt.body) {
				t.Errorf("got %d %q, %v", a.status, a.raw, err)
			}
			if name, value, ok := strings.Cut(tt.header, "="); ok && a.header.Get(name) != value {
				t.Errorf("%s: got %q, want %q", name, a.header.Get(name), value)
			}
			if got := len(c.srv.Public(ana)) == 1; got != tt.applied {
				t.Errorf("applied: got %v, want %v", got, tt.applied)
			}
			c.want(200, "GET", "/api/v1/accounts/verify_credentials", nil) // another request
			c.post(obj{"status": "y"})                                     // the fault was for one
		})
	}
}

func TestFaultsAreCounted(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	f := mastodontest.Refuse(500, "no")
	f.Skip, f.Times = 1, 2
	c.srv.Fail(mastodontest.Any, f)
	for i, want := range []int{200, 500, 500, 200} {
		if a, err := c.do("POST", "/api/v1/statuses", obj{"status": "x"}); err != nil || a.status != want {
			t.Errorf("request %d: got %d %v, want %d", i+1, a.status, err, want)
		}
	}
	f = mastodontest.Refuse(500, "no")
	f.Times = -1
	heal := c.srv.Fail(mastodontest.On("", "/api/v1/accounts/*"), f)
	for range 3 {
		c.want(500, "GET", "/api/v1/accounts/"+ana.ID, nil)
	}
	heal()
	c.want(200, "GET", "/api/v1/accounts/"+ana.ID, nil)
	c.srv.Fail(mastodontest.Any, f)
	c.srv.Heal()
	c.want(200, "GET", "/api/v1/accounts/"+ana.ID, nil)
	if n := c.srv.Asked(mastodontest.Publishing); n != 4 {
		t.Errorf("asked: got %d, want 4", n)
	}
}

func TestHangEndsWithTheClient(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	c.srv.Fail(mastodontest.Publishing, mastodontest.Hang(true))
	c.http.Timeout = 200 * time.Millisecond
	var timeout interface{ Timeout() bool }
	if _, err := c.do("POST", "/api/v1/statuses", obj{"status": "x"}); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v, want the client's timeout", err)
	}
	if n := len(c.srv.Public(ana)); n != 1 {
		t.Errorf("statuses: got %d, want 1", n)
	}
}

// TestMemoryRunsInABubble waits for an hour that nobody waits for.
func TestMemoryRunsInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, ana := signedIn(t, mastodontest.Config{Memory: true})
		begin := time.Now()
		c.srv.Fail(mastodontest.Publishing, mastodontest.Slow(time.Hour))
		c.post(obj{"status": "x"})
		if got := time.Since(begin); got != time.Hour {
			t.Errorf("it took %v, want an hour", got)
		}
		if got := c.srv.Public(ana)[0].CreatedAt; !got.Equal(begin) {
			t.Errorf("created at %v, want %v", got, begin)
		}
		c.srv.Fail(mastodontest.Any, mastodontest.Hang(false))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.srv.URL+"/api/v2/instance", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := c.http.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			if err == nil {
				_ = resp.Body.Close()
			}
			t.Errorf("got %v, want the deadline", err)
		}
		c.http.CloseIdleConnections()
	})
}
