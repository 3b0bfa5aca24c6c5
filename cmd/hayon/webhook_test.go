package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/hook"
)

// request is what a webhook got.
type request struct {
	header http.Header
	body   []byte
}

// receiver is the program behind a webhook.
func receiver(t *testing.T) (address string, got <-chan request) {
	t.Helper()
	requests := make(chan request, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- request{r.Header, body}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/hayon", requests
}

// TestWebhookOnTheWire: what add shows is what test signs with.
func TestWebhookOnTheWire(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"file", "socket"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, mode, passphrase, "HAYON_VAULT=passphrase")
			address, got := receiver(t)
			var added struct{ ID, Secret string }
			if err := json.Unmarshal([]byte(u.must(t, 0, "", "webhook", "add", address, "--events", "failed", "--json").out), &added); err != nil {
				t.Fatal(err)
			}
			u.must(t, 0, "", "webhook", "test", added.ID)
			var r request
			select {
			case r = <-got:
			case <-time.After(30 * time.Second):
				t.Fatal("nothing came")
			}
			wantSigned(t, r, added.Secret)
			var p events.Payload
			if err := json.Unmarshal(r.body, &p); err != nil || !p.Test || p.Kind != hayon.EventFailed {
				t.Errorf("the body is %s (%v)", r.body, err)
			}
			wantNoSecret(t, u, added.Secret)
		})
	}
}

func wantSigned(t *testing.T, r request, secret string) {
	t.Helper()
	var at time.Time
	if s, err := time.ParseDuration(r.header.Get("webhook-timestamp") + "s"); err == nil {
		at = time.Unix(0, 0).Add(s)
	}
	want, err := hook.Sign(hayon.NewSecret([]byte(secret)), r.header.Get("webhook-id"), at, r.body)
	if err != nil || r.header.Get("webhook-signature") != want {
		t.Errorf("the signature is %q, want %q (%v)", r.header.Get("webhook-signature"), want, err)
	}
}

// TestWebhookTable: that a delivery failed is seen however narrow the terminal is, and why.
func TestWebhookTable(t *testing.T) {
	t.Parallel()
	list := []*hayon.Webhook{
		{ID: hayon.NewWebhookID(noon), URL: "https://example.org/" + strings.Repeat("x", 80), Cursor: &hayon.Cursor{
			Tries: 2, NotBefore: noon, LastError: "the webhook at example.org answered 500 Internal Server Error",
		}},
		{ID: hayon.NewWebhookID(noon), URL: "https://example.org/gone", Cursor: &hayon.Cursor{Disabled: true, LastError: "410 Gone"}},
		{ID: hayon.NewWebhookID(noon), URL: "https://example.org/well", Cursor: &hayon.Cursor{}},
	}
	for _, width := range []int{40, 80, 200} {
		var out, talk bytes.Buffer
		a := newTestApp()
		a.io = &streams{out: &out, err: &talk, outTTY: true, width: width}
		a.flags.color, a.flags.tz = "never", "UTC"
		if err := a.printWebhooks(list); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		for i, want := range []string{"DELIVERY", "failed", "stopped", "ok"} {
			if !strings.HasSuffix(lines[i], " "+want) {
				t.Errorf("width %d: line %d ends with other than %q:\n%s", width, i, want, out.String())
			}
		}
		if said := talk.String(); strings.Count(said, "\n") != 2 || !strings.Contains(said, "failed, again at 12:00:00: the webhook at example.org answered 500") ||
			!strings.Contains(said, "stopped: 410 Gone") {
			t.Errorf("width %d: it says %q", width, said)
		}
	}
}
