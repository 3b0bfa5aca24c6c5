package cards_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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
		plain := httptest.NewServer(page("<title>T</title>"))
		t.Cleanup(plain.Close)
		secure := httptest.NewTLSServer(redirect(302, plain.URL))
		t.Cleanup(secure.Close)
		_, err := cards.New(cards.Config{AllowPrivate: true}).ReadPage(t.Context(), secure.URL)
		if e := wantCode(t, err, hayon.CodeUnavailable); !strings.Contains(e.Message, "certificate") {
			t.Errorf("a certificate that nobody signed: %v", e) // and nothing of it is followed
		}
	})
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

// TestNoPages: what is no page has the name of its file, and a picture is its own.
func TestNoPages(t *testing.T) {
	t.Parallel()
	disposition := func(name string, h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", name)
			h(w, r)
		}
	}
	tests := []struct {
		name, path string
		answer     http.HandlerFunc
		title      string
		image      string
	}{
		{"a picture", "/a/my%20cat.png?x=1", file("image/png", png), "my cat.png", png},
		{"a picture that says it is a page", "/cat.jpg", file("text/html", jpeg), "cat.jpg", jpeg},
		{"a gif", "/cat", file("application/octet-stream", gif), "cat", gif},
		{"a webp", "/cat.webp", file("image/webp", webp), "cat.webp", webp},
		{"a page that says it is a picture", "/cat.png", file("image/png", "<html><title>no</title>"), "cat.png", ""},
		{"a drawing", "/cat.svg", file("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><title>no</title>"), "cat.svg", ""},
		{"a pdf", "/paper.pdf", file("application/pdf", "%PDF-1.7"), "paper.pdf", ""},
		{"text", "/notes/", file("text/plain", "<html><title>no</title>"), "notes", ""},
		{"a file at the root", "/", file("application/zip", "PK"), "good.example", ""},
		{"a file with a name", "/download", disposition(`attachment; filename="../../etc/Report 1.pdf"`, file("application/pdf", "%PDF")), "Report 1.pdf", ""},
		{"a file with a foreign name", "/download", disposition(`attachment; filename*=UTF-8''%E2%80%AEBericht%20%C3%BC.pdf`, file("application/pdf", "%PDF")), "Bericht ü.pdf", ""},
		{"a file with a bad name", "/download", disposition(`attachment; filename=`, file("application/pdf", "%PDF")), "download", ""},
		{"a name of invisible letters", "/%E2%80%AE%00%1b", file("application/pdf", "%PDF"), "good.example", ""},
		{"nothing", "/empty", func(http.ResponseWriter, *http.Request) {}, "empty", ""},
		{"a page of nobody's type", "/page", file("", "<!doctype html><title>T</title>"), "T", ""},
		{"a page as bytes", "/page", file("application/octet-stream", "<html><title>T</title>"), "T", ""},
		{"xhtml", "/page", file("application/xhtml+xml; charset=utf-8", "<?xml version='1.0'?><html><title>T</title>"), "T", ""},
		{"xhtml as xml", "/page", file("text/xml", "<?xml version='1.0'?><html><title>T</title>"), "T", ""},
		{"a feed", "/feed.xml", file("text/xml", "<?xml version='1.0'?><rss><title>T</title>"), "feed.xml", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]http.HandlerFunc{"good.example": tt.answer})
			p := read(t, w.reader(cards.Config{}), "http://good.example"+tt.path)
			if p.Title != tt.title || string(p.Image) != tt.image || p.Description != "" || p.Canonical != p.URL {
				t.Errorf("got %+v, want %q with %q", p, tt.title, tt.image)
			}
		})
	}
}

// TestPicturesThatCannotBeHad: the page is there without them, and the log says why.
func TestPicturesThatCannotBeHad(t *testing.T) {
	t.Parallel()
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, png)
	}
	announce := func(w http.ResponseWriter, r *http.Request) { // what does not come is not waited for
		w.Header().Set("Content-Length", "1000000")
		_, _ = io.WriteString(w, png+strings.Repeat("x", 512))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		why    string
	}{
		{"there is none", http.NotFound, "404"},
		{"a page", page("<title>not a picture</title>"), "no JPEG"},
		{"a page called a picture", file("image/png", "<title>x</title>"), "no JPEG"},
		{"a drawing", file("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"), "no JPEG"},
		{"an icon", file("image/x-icon", "\x00\x00\x01\x00"), "no JPEG"},
		{"nothing", file("image/png", ""), "no JPEG"},
		{"too large, and says so", announce, "too large"},
		{"too large, and does not say so", flush(png + strings.Repeat("x", 1000)), "too large"},
		{"too large when unpacked", packed(png + strings.Repeat("\x00", 1<<20)), "too large"},
		{"it breaks off", hangUp, "unexpected EOF"},
		{"for ever somewhere else", redirect(302, "/a.png"), "too often"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]http.HandlerFunc{"good.example": site(map[string]http.HandlerFunc{
				"/":      page(`<title>T</title><meta property=og:image content="/a.png?token=hunter2"><meta property=og:image:alt content=x>`),
				"/a.png": tt.answer,
			})})
			p := read(t, w.reader(cards.Config{MaxImage: 1000}), "http://good.example/")
			if p.Title != "T" || p.Image != nil || p.ImageAlt != "" {
				t.Errorf("got %+v", p)
			}
			got := w.log.String()
			if !strings.Contains(got, tt.why) || !strings.Contains(got, "good.example") || !strings.Contains(got, "level=DEBUG") || strings.Contains(got, "hunter2") {
				t.Errorf("the log says %q, want %s", got, tt.why)
			}
		})
	}
	t.Run("as large as may be", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": flush(png + strings.Repeat("x", 1000-len(png)))})
		if p := read(t, w.reader(cards.Config{MaxImage: 1000}), "http://good.example/a.png"); len(p.Image) != 1000 {
			t.Errorf("%d bytes, want 1000", len(p.Image))
		}
	})
	t.Run("a picture as the page, too large", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": flush(png + strings.Repeat("x", 1000))})
		if p := read(t, w.reader(cards.Config{MaxImage: 1000}), "http://good.example/a.png"); p.Image != nil || p.Title != "a.png" {
			t.Errorf("got %q with %d bytes", p.Title, len(p.Image))
		}
	})
}

// flush answers without saying how long the answer is.
func flush(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, body[:20])
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, body[20:])
	}
}

// packed answers in gzip.
func packed(body string) http.HandlerFunc {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	_ = z.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(b.Bytes())
	}
}

// counted is a body that goes on for ever, and counts what was taken of it.
func counted(start, again string, n *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		text := start
		for {
			k, err := io.WriteString(w, text)
			n.Add(int64(k))
			if err != nil {
				return
			}
			text = again
		}
	}
}

// TestPagesWithoutEnd: what is read has a bound, before and after unpacking.
func TestPagesWithoutEnd(t *testing.T) {
	t.Parallel()
	full := `<title>T</title><meta property=og:title content=T><meta property=og:description content=D><meta property=og:image content=/a>`
	tests := []struct {
		name        string
		start       string
		least, most int64 // bytes that the server could send
	}{
		{"without a head", "<title>T</title>", 100_000, 200_000},
		{"behind a head that has not all", "<title>T</title></head><body>", 100_000, 200_000},
		{"behind a head that has all", full + "</HEAD><body>", 1, 60_000},
		{"in the body, which has all", full + "<Body>", 1, 60_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			done := make(chan struct{})
			h := counted(tt.start, strings.Repeat("<p>words ", 100), &n)
			w := newWorld(t, map[string]http.HandlerFunc{"good.example": site(map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
				defer close(done)
				h(w, r)
			}})})
			if p := read(t, w.reader(cards.Config{MaxPage: 100_000}), "http://good.example/"); p.Title != "T" {
				t.Errorf("got %q", p.Title)
			}
			<-done
			if got := n.Load(); got < tt.least || got > tt.most {
				t.Errorf("the server could send %d bytes, want %d to %d", got, tt.least, tt.most)
			}
		})
	}
	t.Run("a bomb", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": packed("<title>T</title>" + strings.Repeat("<p>", 10<<20))})
		if p := read(t, w.reader(cards.Config{}), "http://good.example/"); p.Title != "T" {
			t.Errorf("got %q", p.Title)
		}
	})
	t.Run("properties behind the bound", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": page(strings.Repeat(" ", 2000) + "<title>T</title>")})
		if p := read(t, w.reader(cards.Config{MaxPage: 2000}), "http://good.example/"); p.Title != "good.example" {
			t.Errorf("got %q", p.Title)
		}
	})
	t.Run("a header without end", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}})
		_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://good.example/")
		wantCode(t, err, hayon.CodeUnavailable)
	})
	t.Run("an encoding that nobody asked for", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "\x0b\x02\x80")
		}})
		_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://good.example/")
		wantCode(t, err, hayon.CodeInvalid)
	})
}

// TestAnswersThatBreakOff: behind the head they are good enough.
func TestAnswersThatBreakOff(t *testing.T) {
	t.Parallel()
	broken := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, body)
		}
	}
	w := newWorld(t, map[string]http.HandlerFunc{
		"good.example":  broken("<title>T</title></head>" + strings.Repeat("<p>", 1000)),
		"short.example": broken("<title>T</title></head>"),
		"bad.example":   broken("<title>T</title>" + strings.Repeat("<p>", 1000)),
	})
	w.name("short.example", good)
	w.name("bad.example", good)
	for _, host := range []string{"good.example", "short.example"} {
		if p := read(t, w.reader(cards.Config{}), "http://"+host); p.Title != "T" {
			t.Errorf("%s: got %q", host, p.Title)
		}
	}
	_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://bad.example/?token=hunter2")
	if e := wantCode(t, err, hayon.CodeUnavailable); e.Message != "the page at bad.example cannot be read: the connection failed" {
		t.Errorf("got %q", e.Message)
	}
}

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
					if e := wantCode(t, err, hayon.CodeUnavailable); e.Message != "good.example did not give its page within 10s" {
						t.Errorf("got %q", e.Message)
					}
				}
			})
		})
	}
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
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]http.HandlerFunc{"broken.example": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }})
			w.name("two.example", good, "93.184.216.35")
			w.name("broken.example", good)
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
