package bluesky_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
)

// endless is a file of zeros that counts what was read of it.
type endless struct {
	left int64
	read *atomic.Int64
	fail error // in the place of its end
}

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		if e.fail != nil {
			return 0, e.fail
		}
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), e.left))
	clear(b[:n])
	e.left -= int64(n)
	e.read.Add(int64(n))
	return n, nil
}

func (e *endless) Close() error { return nil }

func opens(f func() io.ReadCloser) func(context.Context, hayon.Attachment) (io.ReadCloser, error) {
	return func(context.Context, hayon.Attachment) (io.ReadCloser, error) { return f(), nil }
}

// A large video is read as it leaves, not before, and how far it is is told.
func TestVideoIsStreamed(t *testing.T) {
	t.Parallel()
	const size, ahead = 80 << 20, 16 << 20
	var read, arrived atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != size || len(r.TransferEncoding) > 0 {
			t.Errorf("the length is %d, sent as %q", r.ContentLength, r.TransferEncoding)
		}
		for {
			n, err := io.CopyN(io.Discard, r.Body, 1<<20)
			if far := read.Load() - arrived.Add(n); far > ahead {
				t.Errorf("%d bytes were read before they could leave", far)
			}
			if err != nil {
				break
			}
		}
		_, _ = io.WriteString(w, `{"blob":{"$type":"blob","ref":{"$link":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},"mimeType":"video/mp4","size":1}}`)
	}))
	t.Cleanup(srv.Close)
	p := bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService})
	s := sessionOn(t, srv.URL)
	tg := target(p, s, "", hayon.Attachment{Type: "video/mp4", Bytes: size, Name: "a.mp4"})
	r := prepareRequest(tg, nil)
	r.Open = opens(func() io.ReadCloser { return &endless{left: size, read: &read} })
	var last int64
	r.Progress = func(what string, done, total int64) {
		if what != "the video (a.mp4)" || done <= last || total != size {
			t.Errorf("%s: %d of %d after %d", what, done, total, last)
		}
		last = done
	}
	if _, err := p.Prepare(t.Context(), s, r); err != nil {
		t.Fatal(err)
	}
	if arrived.Load() != size || last != size {
		t.Errorf("%d bytes arrived, %d were told, want %d", arrived.Load(), last, size)
	}
}

// A file that is not what it was is the fault of this machine.
func TestVideoThatCannotBeRead(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(srv.Close)
	for name, tt := range map[string]struct {
		has  int64
		fail error
		says string
	}{
		"shorter":    {100, nil, "does not have the 5000 bytes"},
		"longer":     {6000, nil, "does not have the 5000 bytes"},
		"broken off": {100, errors.New("input/output error"), "the video cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService})
			s := sessionOn(t, srv.URL)
			r := prepareRequest(target(p, s, "", hayon.Attachment{Type: "video/mp4", Bytes: 5000}), nil)
			r.Open = opens(func() io.ReadCloser { return &endless{left: tt.has, read: new(atomic.Int64), fail: tt.fail} })
			_, err := p.Prepare(t.Context(), s, r)
			wantCode(t, err, hayon.CodeLocal, tt.says)
		})
	}
	p := bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService})
	s := sessionOn(t, srv.URL)
	r := prepareRequest(target(p, s, "", hayon.Attachment{Type: "video/mp4", Bytes: 5000}), nil)
	r.Open = shelf(nil).open
	_, err := p.Prepare(t.Context(), s, r)
	wantCode(t, err, hayon.CodeNotFound)
}

// deaf takes some bytes of a request and then none, for as long as somebody waits.
type deaf struct{ takes int64 }

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.CopyN(io.Discard, r.Body, d.takes)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// An upload that stands still is given up, long before the time for a large one is over.
func TestVideoThatStandsStill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService, Transport: deaf{1 << 20}})
		s := sessionOn(t, "https://pds.example.org")
		r := prepareRequest(target(p, s, "", hayon.Attachment{Type: "video/mp4", Bytes: 10 << 20}), nil)
		r.Open = opens(func() io.ReadCloser { return &endless{left: 10 << 20, read: new(atomic.Int64)} })
		start := time.Now()
		_, err := p.Prepare(t.Context(), s, r)
		wantCode(t, err, hayon.CodeUnavailable, "pds.example.org gave no answer in time")
		if took := time.Since(start); took != 2*time.Minute || strings.Contains(err.Error(), "cancelled") {
			t.Errorf("it took %v: %v", took, err)
		}
	})
}
