package cards_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/cards"
)

// The first bytes of pictures are all that counts here.
const (
	png  = "\x89PNG\x0D\x0A\x1A\x0A picture"
	jpeg = "\xFF\xD8\xFF picture"
	gif  = "GIF89a picture"
	webp = "RIFF\x08\x00\x00\x00WEBPVP8 picture"
)

// file answers with bytes of a type.
func file(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// site is a handler by path.
func site(paths map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h := paths[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}
}

// TestReadPage: a page with its picture, by a redirect, over a real connection.
func TestReadPage(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(site(map[string]http.HandlerFunc{
		"/short": redirect(301, "/article?id=7"),
		"/article": page(`<title>x</title><meta property="og:title" content="An &amp; article"><meta property="og:description" content="About it">
			<meta property="og:site_name" content="Example"><meta property="og:image" content="pictures/1.png"><meta property="og:image:alt" content="A cat">`),
		"/pictures/1.png": redirect(302, "/cdn/1"),
		"/cdn/1":          file("text/plain", png), // what it is called does not matter
	}))
	t.Cleanup(server.Close)
	got := read(t, cards.New(cards.Config{AllowPrivate: true}), server.URL+"/short")
	want := &hayon.Page{
		URL: server.URL + "/short", Canonical: server.URL + "/article?id=7", Title: "An & article",
		Description: "About it", Site: "Example", Image: []byte(png), ImageAlt: "A cat",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err := cards.New(cards.Config{}).ReadPage(t.Context(), server.URL)
	wantCode(t, err, hayon.CodeForbidden)
}

// TestRequests: what is sent, and that nothing else is.
func TestRequests(t *testing.T) {
	t.Parallel()
	sent := make(chan http.Header, 3)
	note := func(h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			sent <- r.Header
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) // must not come back
			h(w, r)
		}
	}
	w := newWorld(t, map[string]http.HandlerFunc{"good.example": site(map[string]http.HandlerFunc{
		"/":      note(redirect(302, "/page")),
		"/page":  note(page(`<meta property=og:image content=/a.png>`)),
		"/a.png": note(file("image/png", png)),
	})})
	read(t, w.reader(cards.Config{UserAgent: "hayon/1.2"}), "http://good.example/#fragment")
	for _, accept := range []string{"text/html,", "text/html,", "image/jpeg,"} {
		h := <-sent
		if !strings.HasPrefix(h.Get("Accept"), accept) {
			t.Errorf("Accept: %s, want %s…", h.Get("Accept"), accept)
		}
		h.Del("Accept")
		want := http.Header{"User-Agent": {"hayon/1.2"}, "Accept-Encoding": {"gzip"}, "Connection": {"close"}}
		if diff := cmp.Diff(want, h); diff != "" {
			t.Errorf("headers (-want +got):\n%s", diff)
		}
	}
}

// TestRedirects: as many as are allowed.
func TestRedirects(t *testing.T) {
	t.Parallel()
	hop := func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		if n == 0 {
			page("<title>T</title>")(w, r)
			return
		}
		redirect(302, fmt.Sprintf("/?n=%d", n-1))(w, r)
	}
	tests := []struct {
		name  string
		most  int
		start string
		ok    bool
	}{
		{"five by default", 0, "/?n=5", true},
		{"not six", 0, "/?n=6", false},
		{"two", 2, "/?n=2", true},
		{"not three", 2, "/?n=3", false},
		{"none", -1, "/?n=0", true},
		{"not one", -1, "/?n=1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]http.HandlerFunc{"good.example": hop})
			p, err := w.reader(cards.Config{MaxRedirects: tt.most}).ReadPage(t.Context(), "http://good.example"+tt.start)
			if tt.ok {
				if err != nil || p.Title != "T" || p.Canonical != "http://good.example/?n=0" {
					t.Fatalf("got %+v, %v", p, err)
				}
				return
			}
			wantCode(t, err, hayon.CodeInvalid)
		})
	}
	t.Run("in a circle", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": redirect(307, "/")})
		_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://good.example/")
		wantCode(t, err, hayon.CodeInvalid)
		if n := len(w.connected()); n != 6 {
			t.Errorf("%d requests, want 6", n)
		}
	})
	t.Run("a refresh inside the page is not followed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": page(`<meta http-equiv=refresh content="0;url=http://127.0.0.1/"><title>T</title>`)})
		if p := read(t, w.reader(cards.Config{}), "http://good.example/"); p.Title != "T" {
			t.Errorf("got %q", p.Title)
		}
		wantConnections(t, w, good+":80")
	})
	t.Run("from https to http", func(t *testing.T) {
		t.Parallel()
		referrer := make(chan string, 1)
		plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			referrer <- r.Referer()
			page("<title>T</title>")(w, r)
		}))
		t.Cleanup(plain.Close)
		secure := httptest.NewTLSServer(redirect(302, plain.URL))
		t.Cleanup(secure.Close)
		r := cards.New(cards.Config{AllowPrivate: true})
		cards.SetRoots(r, secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs)
		if p := read(t, r, secure.URL+"/?token=hunter2"); p.Title != "T" || p.Canonical != plain.URL {
			t.Errorf("got %+v", p)
		}
		if got := <-referrer; got != "" {
			t.Errorf("told where it came from: %s", got)
		}
	})
}

// TestCertificates: one that nobody signed, or that is for another name, ends the read.
func TestCertificates(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(page("<title>T</title>"))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	_, port, err := net.SplitHostPort(secure.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for host, trusted := range map[string]bool{"127.0.0.1": false, "other.example": true} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			r := cards.New(cards.Config{AllowPrivate: true, Lookup: func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			}})
			if trusted {
				cards.SetRoots(r, secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs)
			}
			_, err := r.ReadPage(t.Context(), "https://"+net.JoinHostPort(host, port)+"/?token=hunter2")
			if e := wantCode(t, err, hayon.CodeUnavailable); e.Message != "the certificate of "+host+" is not valid" {
				t.Errorf("got %q", e.Message)
			}
		})
	}
}

// TestStatuses: which answers are worth another try.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]hayon.Code{
		300: hayon.CodeInvalid, 304: hayon.CodeInvalid, 400: hayon.CodeInvalid, 401: hayon.CodeInvalid, 403: hayon.CodeInvalid,
		404: hayon.CodeInvalid, 410: hayon.CodeInvalid, 451: hayon.CodeInvalid, 408: hayon.CodeUnavailable,
		429: hayon.CodeUnavailable, 500: hayon.CodeUnavailable, 502: hayon.CodeUnavailable, 503: hayon.CodeUnavailable, 999: hayon.CodeUnavailable,
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]http.HandlerFunc{"good.example": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }})
			_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://good.example/?token=hunter2")
			want := strings.TrimSpace(fmt.Sprintf("good.example gives no page: %d %s", status, http.StatusText(status)))
			if e := wantCode(t, err, code); e.Message != want {
				t.Errorf("got %q, want %q", e.Message, want)
			}
		})
	}
}

// TestFailures: what the network does is unavailable, with the host and nothing else of the address.
func TestFailures(t *testing.T) {
	t.Parallel()
	refuse := errors.New("connection refused")
	for name, tt := range map[string]struct {
		host string
		err  error
		want string
	}{
		"no such name":  {"nobody.example", nil, "the address of nobody.example cannot be found"},
		"refused":       {"good.example", refuse, "the page at good.example cannot be read: the connection failed"},
		"one of two":    {"two.example", refuse, "the page at two.example cannot be read: the connection failed"},
		"a broken line": {"broken.example", nil, "the page at broken.example cannot be read: the connection failed"},
		"at a redirect": {"redirect.example", nil, "the address of nobody.example cannot be found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]http.HandlerFunc{"redirect.example": redirect(302, "http://nobody.example/?token=hunter2"), "broken.example": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }})
			w.name("two.example", good, "93.184.216.35")
			w.name("broken.example", good)
			w.name("redirect.example", good)
			r := w.reader(cards.Config{})
			if tt.err != nil {
				cards.SetConnect(r, func(context.Context, netip.AddrPort) (net.Conn, error) { return nil, tt.err })
			}
			_, err := r.ReadPage(t.Context(), "http://"+tt.host+"/?token=hunter2")
			e := wantCode(t, err, hayon.CodeUnavailable)
			if e.Message != tt.want || e.Err == nil || strings.Contains(e.Err.Error(), "hunter2") {
				t.Errorf("got %q (%v), want %q", e.Message, e.Err, tt.want)
			}
		})
	}
	t.Run("a name with many addresses", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, nil)
		w.name("many.example", "93.184.216.1", "93.184.216.2", "93.184.216.3", "93.184.216.4", "93.184.216.5")
		r := w.reader(cards.Config{})
		var tried []string
		cards.SetConnect(r, func(_ context.Context, to netip.AddrPort) (net.Conn, error) {
			tried = append(tried, to.String())
			return nil, refuse
		})
		_, err := r.ReadPage(t.Context(), "https://many.example/")
		wantCode(t, err, hayon.CodeUnavailable)
		if want := "93.184.216.1:443 93.184.216.2:443 93.184.216.3:443 93.184.216.4:443"; strings.Join(tried, " ") != want {
			t.Errorf("tried %v, want %s", tried, want)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": site(map[string]http.HandlerFunc{
			"/": page("<meta property=og:image content=/a>"), "/a": func(http.ResponseWriter, *http.Request) { cancel() },
		})})
		_, err := w.reader(cards.Config{}).ReadPage(ctx, "http://good.example/")
		if e := wantCode(t, err, hayon.CodeUnavailable); !errors.Is(e, context.Canceled) {
			t.Errorf("got %v", e)
		}
	})
}

// TestConcurrent: one reader serves many at once.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(site(map[string]http.HandlerFunc{"/": page("<title>T</title><meta property=og:image content=/a>"), "/a": file("", gif)}))
	t.Cleanup(server.Close)
	r := cards.New(cards.Config{AllowPrivate: true})
	errs := make(chan error, 16)
	for range cap(errs) {
		go func() {
			p, err := r.ReadPage(t.Context(), server.URL)
			if err == nil && string(p.Image) != gif {
				err = fmt.Errorf("got %+v", p)
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
