package mastodontest_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

var noon = time.Date(2026, 11, 20, 12, 1, 0, 0, time.UTC)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func TestRateLimitHeaders(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{Now: at(noon), RateLimit: 3})
	for left := 2; left >= 0; left-- {
		a := c.want(200, "GET", "/api/v2/instance", nil)
		if got := a.header.Get("X-RateLimit-Remaining"); got != strconv.Itoa(left) {
			t.Errorf("remaining: got %s, want %d", got, left)
		}
		if got := a.header.Get("X-RateLimit-Reset"); got != "2026-11-20T12:05:00.000000Z" {
			t.Errorf("reset: got %s", got)
		}
	}
	if a := c.want(429, "GET", "/api/v2/instance", nil); a.text("error") != "Too many requests" || a.header.Get("X-RateLimit-Remaining") != "0" || a.header.Get("Retry-After") != "" {
		t.Errorf("got %v %s", a.header, a.raw)
	}
	newClient(t, c.srv, "").want(200, "GET", "/api/v2/instance", nil) // counted apart
	c.srv.Advance(4 * time.Minute)
	c.want(200, "GET", "/api/v2/instance", nil)
}

func TestLimitsOfKinds(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{Now: at(noon), MediaLimit: 1, DeleteLimit: 1, PostLimit: 2})
	c.upload()
	if a := c.want(429, "POST", "/api/v2/media", file(t, "image/png", square(t))); a.header.Get("X-RateLimit-Reset") != "2026-11-20T12:30:00.000000Z" {
		t.Errorf("uploads: got %v", a.header)
	}
	first, second := c.post(obj{"status": "1"}), c.post(obj{"status": "2"})
	a := c.want(429, "POST", "/api/v1/statuses", obj{"status": "3"})
	if a.header.Get("X-RateLimit-Limit") != "2" || a.header.Get("X-RateLimit-Reset") != "2026-11-20T15:00:00.000000Z" {
		t.Errorf("statuses: got %v", a.header)
	}
	c.want(429, "POST", "/api/v1/statuses/"+first+"/reblog", nil)
	c.want(200, "DELETE", "/api/v1/statuses/"+first, nil)
	c.want(429, "DELETE", "/api/v1/statuses/"+second, nil)
	c.srv.Advance(3 * time.Hour)
	c.post(obj{"status": "3"})
	if n := len(c.srv.Statuses(ana)); n != 3 {
		t.Errorf("statuses: got %d, want 3", n)
	}
}
