package cards_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/cards"
)

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
		{"a page whose type is broken", "/page", file("Text/HTML; charset=utf-8; charset=utf-8", "words <title>T</title>"), "T", ""},
		{"a page whose type is there twice", "/page", file("text/html, text/html; charset=utf-8", "words <title>T</title>"), "T", ""},
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
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": packed("<title>T</title>" + strings.Repeat("<p>", 1<<19) + "<meta property=og:title content='behind the bound'>")})
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
	t.Run("an encoding that is none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"good.example": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "identity")
			page("<title>T</title>")(w, r)
		}})
		if p := read(t, w.reader(cards.Config{}), "http://good.example/"); p.Title != "T" {
			t.Errorf("got %q", p.Title)
		}
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
