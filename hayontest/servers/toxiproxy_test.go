package servers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hayon/hayon/hayontest/servers"
)

// ask posts through the proxy on a connection of its own.
func ask(t *testing.T, base string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func TestProxySpoilsAndHeals(t *testing.T) {
	t.Parallel()
	x := servers.Toxiproxy(t)
	if again := servers.Toxiproxy(t); again != x {
		t.Error("a second call gave another server")
	}
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, "hello")
	}))
	t.Cleanup(srv.Close)
	p := x.NewProxy(t, srv.URL)
	for _, tt := range []struct {
		name    string
		spoil   func()
		reached int32
		ok      bool
	}{
		{"nothing", func() {}, 1, true},
		{"the answer is lost", func() {
			p.Spoil(t, servers.Toxic{Type: "reset_peer", Attributes: map[string]int{"timeout": 10}})
		}, 1, false},
		{"the request is lost", func() {
			p.Spoil(t, servers.Toxic{Type: "timeout", Upstream: true, Attributes: map[string]int{"timeout": 50}})
		}, 0, false},
		{"down", func() { p.Down(t) }, 0, false},
		{"healed", func() {}, 1, true},
	} {
		asked.Store(0)
		tt.spoil()
		got, err := ask(t, p.URL())
		if (err == nil && got == "hello") != tt.ok || asked.Load() != tt.reached {
			t.Errorf("%s: got %q, %v with %d requests that arrived, want success %t and %d", tt.name, got, err, asked.Load(), tt.ok, tt.reached)
		}
		p.Heal(t)
	}
}
