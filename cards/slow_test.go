package cards_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/cards"
)

// TestSlowServers: the time of a read has one bound, however a server spends it.
func TestSlowServers(t *testing.T) {
	t.Parallel()
	drip := func(first string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, first)
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for {
				w.(http.Flusher).Flush()
				select {
				case <-tick.C:
				case <-r.Context().Done():
					return
				}
				if _, err := io.WriteString(w, "."); err != nil {
					return
				}
			}
		}
	}
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	head := "<title>T</title><meta property=og:image content=/hang></head>" + strings.Repeat("<p>", 200)
	tests := []struct {
		name, path string
		title      string // "" for an error
	}{
		{"no answer", "/hang", ""},
		{"one letter a second", "/drip", ""},
		{"one letter a second behind the head", "/head", "T"},
		{"a picture that does not come", "/page", "T"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, map[string]http.HandlerFunc{"good.example": site(map[string]http.HandlerFunc{
					"/hang": hang, "/drip": drip(strings.Repeat("<p>", 200)), "/head": drip(head), "/page": page(head),
				})})
				begun := time.Now()
				p, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://good.example"+tt.path)
				if took := time.Since(begun); took != 10*time.Second {
					t.Errorf("took %v, want 10 s", took)
				}
				switch {
				case tt.title != "":
					if err != nil || p.Title != tt.title || p.Image != nil {
						t.Errorf("got %+v, %v", p, err)
					}
				default:
					if e := wantCode(t, err, hayon.CodeUnavailable); e.Message != "good.example did not give its page in time" {
						t.Errorf("got %q", e.Message)
					}
				}
			})
		})
	}
}

// TestSlowNetworks: names that are not found out, connections that do not come about and handshakes without an
// answer end with the read, and leave nothing behind: the bubble would not end.
func TestSlowNetworks(t *testing.T) {
	t.Parallel()
	for _, which := range []string{"name", "connection", "handshake"} {
		t.Run(which, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := cards.Config{Timeout: 4 * time.Second, Lookup: func(ctx context.Context, _ string) ([]netip.Addr, error) {
					if which == "name" {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return []netip.Addr{netip.MustParseAddr(good)}, nil
				}}
				r := cards.New(cfg)
				cards.SetConnect(r, func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
					if which == "handshake" {
						near, _ := net.Pipe()
						return near, nil
					}
					<-ctx.Done()
					return nil, ctx.Err()
				})
				begun := time.Now()
				_, err := r.ReadPage(t.Context(), "https://good.example/")
				wantCode(t, err, hayon.CodeUnavailable)
				if took := time.Since(begun); took != 4*time.Second {
					t.Errorf("took %v, want 4 s", took)
				}
			})
		})
	}
}

// TestNoProxy: a proxy would look names up by itself, and is not used.
func TestNoProxy(t *testing.T) {
	w := newWorld(t, map[string]http.HandlerFunc{"good.example": page("<title>T</title>")})
	w.name("proxy.example", "93.184.216.99")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://proxy.example:8080")
	}
	read(t, w.reader(cards.Config{}), "http://good.example/")
	wantConnections(t, w, good+":80")
}

// TestNetworksWithoutOneKind: an address that does not answer leaves time for the next.
func TestNetworksWithoutOneKind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, map[string]http.HandlerFunc{"two.example": page("<title>T</title>")})
		w.name("two.example", "2606:2800:220:1::1", good)
		r := w.reader(cards.Config{})
		cards.SetConnect(r, func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
			if to.Addr().Is6() {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return w.connect(ctx, to)
		})
		begun := time.Now()
		if p := read(t, r, "http://two.example/"); p.Title != "T" {
			t.Errorf("got %q", p.Title)
		}
		if took := time.Since(begun); took != 2500*time.Millisecond {
			t.Errorf("took %v, want a quarter of the whole", took)
		}
	})
}
