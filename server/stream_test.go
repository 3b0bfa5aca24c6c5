package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server"
	"github.com/hayon/hayon/server/api"
)

// journal is a service with events alone.
type journal struct {
	stub

	mu     sync.Mutex // guards what is below
	events []hayon.Event
	more   chan struct{} // closed at the next event
	broken error
}

func newJournal(n int) *journal {
	j := &journal{more: make(chan struct{})}
	j.add(n, hayon.EventState)
	return j
}

// add appends n events of a kind.
func (j *journal) add(n int, kind hayon.EventKind) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for range n {
		j.events = append(j.events, hayon.Event{Seq: uint64(len(j.events) + 1), At: time.Unix(0, 0).UTC(), Kind: kind})
	}
	close(j.more)
	j.more = make(chan struct{})
}

func (j *journal) breakWith(err error) {
	j.mu.Lock()
	j.broken = err
	j.mu.Unlock()
	j.add(0, "")
}

func (j *journal) FindEvents(ctx context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	end := time.NewTimer(f.Wait)
	defer end.Stop()
	for {
		j.mu.Lock()
		more, err := j.more, j.broken
		from := min(f.After, uint64(len(j.events)))
		to := min(from+uint64(f.Limit), uint64(len(j.events)))
		page := append([]hayon.Event(nil), j.events[from:to]...)
		j.mu.Unlock()
		if err != nil || len(page) > 0 {
			return page, err
		}
		select {
		case <-more:
		case <-end.C:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// pipes is a listener of connections that have no buffers, and live in the time of a bubble.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// servePipes serves svc on pipes until the test ends or stop is called; stop returns when Serve has.
func servePipes(t *testing.T, svc hayon.Service, cfg server.Config) (srv *server.Server, ln *pipes, stop func()) {
	t.Helper()
	cfg.Actor = asLocal
	srv, err := server.New(svc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ln = newPipes()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, ln) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
		_ = ln.Close()
	})
	t.Cleanup(stop)
	return srv, ln, stop
}

// reader is one reader of a stream.
type reader struct {
	t    *testing.T
	conn net.Conn
	resp *http.Response
	r    *bufio.Reader
}

// follow opens a stream; header is pairs of names and values.
func follow(t *testing.T, ln *pipes, query string, header ...string) *reader {
	t.Helper()
	near, far := net.Pipe()
	ln.conns <- far
	t.Cleanup(func() { _ = near.Close() })
	var head strings.Builder
	head.WriteString("GET /api/v2/events" + query + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n")
	for i := 0; i+1 < len(header); i += 2 {
		head.WriteString(header[i] + ": " + header[i+1] + "\r\n")
	}
	if _, err := io.WriteString(near, head.String()+"\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(near), nil) //nolint:bodyclose // the connection is closed below it
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t: t, conn: near, resp: resp, r: bufio.NewReader(resp.Body)}
}

// block is the next lines up to an empty one.
func (r *reader) block() (string, error) {
	var lines []string
	for {
		line, err := r.r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			return strings.Join(lines, "|"), nil
		}
		lines = append(lines, line)
	}
}

// want compares the next blocks, of events their ids alone.
func (r *reader) want(blocks ...string) {
	r.t.Helper()
	for _, want := range blocks {
		got, err := r.block()
		if id, _, ok := strings.Cut(got, "|event:"); ok {
			got = id
		}
		if err != nil || got != want {
			r.t.Fatalf("block %q, %v; want %q", got, err, want)
		}
	}
}

func TestStreamOnTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJournal(2)
		_, ln, _ := servePipes(t, j, server.Config{Version: "1"})
		r := follow(t, ln, "")
		h := r.resp.Header
		if r.resp.StatusCode != 200 || h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" ||
			h.Get("Content-Encoding") != "" || h.Get(api.HeaderRequestID) == "" {
			t.Errorf("head: %d %v", r.resp.StatusCode, h)
		}
		want := []string{
			"retry: 1000",
			`id: 1|event: target.state|data: {"seq":1,"at":"1970-01-01T00:00:00Z","kind":"target.state"}`,
			`id: 2|event: target.state|data: {"seq":2,"at":"1970-01-01T00:00:00Z","kind":"target.state"}`,
		}
		for _, w := range want {
			if got, err := r.block(); err != nil || got != w {
				t.Errorf("block %q, %v; want %q", got, err, w)
			}
		}
		start := time.Now()
		go func() {
			<-time.After(50 * time.Second)
			j.add(1, hayon.EventPublished)
		}()
		r.want(":", ":", ":") // a sign of life each 15 s
		if got := time.Since(start); got != 45*time.Second {
			t.Errorf("three heartbeats took %v, want 45 s", got)
		}
		r.want("id: 3")
		if got := time.Since(start); got != 50*time.Second {
			t.Errorf("the event took %v, want no time after it happened", got)
		}
	})
}

func TestStreamResumes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, ln, _ := servePipes(t, newJournal(9), server.Config{})
		tests := []struct {
			name, query string
			header      []string
			want        []string
		}{
			{"from the beginning", "", nil, []string{"id: 1", "id: 2"}},
			{"after a number", "?after=7", nil, []string{"id: 8", "id: 9", ":"}},
			{"after the last event", "", []string{api.HeaderLastEventID, "8"}, []string{"id: 9", ":"}},
			{"the header counts more", "?after=2", []string{api.HeaderLastEventID, "6"}, []string{"id: 7"}},
			{"an empty header counts nothing", "?after=7", []string{api.HeaderLastEventID, ""}, []string{"id: 8"}},
			{"limit and wait mean nothing", "?after=5&limit=1&wait=1s", nil, []string{"id: 6", "id: 7", "id: 8", "id: 9", ":"}},
		}
		for _, tt := range tests {
			r := follow(t, ln, tt.query, tt.header...)
			t.Log(tt.name)
			r.want(append([]string{"retry: 1000"}, tt.want...)...)
		}
	})
}

// A reader of few kinds learns where it is, so that it need not look at the rest again.
func TestStreamOfKinds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJournal(1000)
		_, ln, _ := servePipes(t, j, server.Config{})
		j.add(1, hayon.EventPublished)
		j.add(1000, hayon.EventState)
		j.add(1, hayon.EventMissed)
		j.add(10, hayon.EventState)
		start := time.Now()
		r := follow(t, ln, "?kind=target.published&kind=target.missed")
		r.want("retry: 1000")
		r.want("id: 500") // the first page held nothing for it
		r.want("id: 1001", "id: 2002")
		if took := time.Since(start); took != 0 {
			t.Errorf("what was there took %v", took)
		}
		j.add(5, hayon.EventState)
		r.want("id: 2017", ":")
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("two heartbeats took %v, want 30 s", took)
		}
		j.add(1, hayon.EventPublished)
		r.want("id: 2018")
	})
}

func TestStreamsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJournal(1)
		srv, ln, _ := servePipes(t, j, server.Config{Streams: 2})
		refused := func(status int, code hayon.Code, query string, header ...string) {
			t.Helper()
			r := follow(t, ln, query, header...)
			body, _ := io.ReadAll(r.resp.Body)
			if r.resp.StatusCode != status || !strings.Contains(string(body), `"code":"`+string(code)+`"`) {
				t.Errorf("%s: %d %s, want %d %s", query, r.resp.StatusCode, body, status, code)
			}
		}
		refused(400, hayon.CodeUsage, "", api.HeaderLastEventID, "last")
		refused(400, hayon.CodeUsage, "", api.HeaderLastEventID, "-1")
		refused(400, hayon.CodeUsage, "?kind=target.lost")
		refused(400, hayon.CodeUsage, "?post=last")
		one, two := follow(t, ln, ""), follow(t, ln, "")
		if srv.Streams() != 2 {
			t.Errorf("%d streams are open, want 2", srv.Streams())
		}
		refused(429, hayon.CodeRateLimited, "")
		_ = one.conn.Close()
		synctest.Wait()
		if srv.Streams() != 1 {
			t.Errorf("%d streams are open after one has left, want 1", srv.Streams())
		}
		follow(t, ln, "").want("retry: 1000", "id: 1")
		two.want("retry: 1000", "id: 1")
		_ = two.conn.Close()
		j.breakWith(hayon.Errorf(hayon.CodeLocal, "the disk is gone"))
		synctest.Wait()
		refused(507, hayon.CodeLocal, "")
	})
}

// Who takes nothing for half a minute loses the stream and nothing else.
func TestStreamOfAStalledReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		srv, ln, _ := servePipes(t, newJournal(5000), server.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		stalled := follow(t, ln, "")
		stalled.want("retry: 1000", "id: 1")
		other := follow(t, ln, "?after=4990")
		other.want("retry: 1000", "id: 4991")
		slow := follow(t, ln, "")
		slow.want("retry: 1000")
		for i := range 5000 { // some 4 KiB at a time
			if i%45 == 0 {
				<-time.After(10 * time.Second)
			}
			slow.want(fmt.Sprintf("id: %d", i+1))
		}
		if _, err := io.Copy(io.Discard, stalled.r); err == nil {
			t.Error("the stream of the reader that stalled ended in order, want it cut")
		}
		_ = other.conn.Close()
		synctest.Wait()
		if srv.Streams() != 1 {
			t.Errorf("%d streams are open, want the slow one", srv.Streams())
		}
		if strings.Contains(log.String(), "level=WARN") {
			t.Errorf("a reader's stall is told as if it were the server's:\n%s", log.String())
		}
	})
}

// The end of the server waits neither for readers that listen nor for one that does not.
func TestStreamsEndWithTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := newJournal(3)
		srv, ln, stop := servePipes(t, j, server.Config{})
		listening := follow(t, ln, "?after=2")
		listening.want("retry: 1000", "id: 3")
		ended := make(chan error, 1)
		go func() {
			_, err := listening.block()
			ended <- err
		}()
		deaf := follow(t, ln, "")
		deaf.want("retry: 1000", "id: 1", "id: 2", "id: 3")
		j.add(10_000, hayon.EventState)
		busy := follow(t, ln, "?after=3")
		busy.want("retry: 1000", "id: 4")
		synctest.Wait()
		start := time.Now()
		stop()
		if took := time.Since(start); took >= time.Second {
			t.Errorf("the end took %v, want less than a second", took)
		}
		if err := <-ended; err == nil {
			t.Log("the reader that listened got an event first")
		}
		if srv.Streams() != 0 {
			t.Errorf("%d streams are open after the end", srv.Streams())
		}
	})
}

func TestStreamThatBreaksIsResumable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		j := newJournal(1)
		_, ln, _ := servePipes(t, j, server.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		r := follow(t, ln, "")
		r.want("retry: 1000", "id: 1")
		j.breakWith(errors.New("row 2 cannot be read"))
		if got, err := r.block(); !errors.Is(err, io.EOF) {
			t.Errorf("after the break: %q, %v; want the end", got, err)
		}
		if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "row 2") {
			t.Errorf("nobody is told why:\n%s", log.String())
		}
	})
}

func TestWhoGetsAStream(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newJournal(1), server.Config{})
	tests := []struct {
		accept string
		stream bool
	}{
		{"", false},
		{"application/json", false},
		{"*/*", false},
		{"text/event-stream;q=0", false},
		{"text/event-stream-x", false},
		{"text/event-stream", true},
		{"application/json;q=0.5, text/event-stream", true},
		{"Text/Event-Stream; q=0.2", true},
	}
	for _, tt := range tests {
		w := do(t, h, http.MethodHead, "/api/v2/events", "", "Accept", tt.accept)
		if got := w.Header().Get("Content-Type") == "text/event-stream"; got != tt.stream || w.Code != 200 || w.Body.Len() > 0 {
			t.Errorf("Accept %q: stream %v, status %d, %d bytes; want stream %v", tt.accept, got, w.Code, w.Body.Len(), tt.stream)
		}
	}
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		j := newJournal(0)
		j.findPost = func(context.Context, hayon.PostID) (*hayon.Post, error) {
			<-time.After(2 * time.Second)
			return &hayon.Post{}, nil
		}
		_, ln, stop := servePipes(t, j, server.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
			Level: slog.LevelDebug,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		}))})
		ask := func(path string) {
			t.Helper()
			near, far := net.Pipe()
			ln.conns <- far
			_, err := io.WriteString(near, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: req-1\r\n\r\n")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, near)
			synctest.Wait()
		}
		ask("/api/v2/posts/" + post)
		ask("/api/v2/events?wait=5s")
		ask("/nowhere?x=1")
		r := follow(t, ln, "", "X-Request-Id", "req-2")
		r.want("retry: 1000", ":", ":")
		_ = r.conn.Close()
		stop()
		want := strings.Join([]string{
			`level=INFO msg="request answered" request_id=req-1 method=GET path=/api/v2/posts/{id} status=200 took=2s id=` + post,
			`level=DEBUG msg="request answered" request_id=req-1 method=GET path=/api/v2/events status=200 took=5s`,
			`level=DEBUG msg="request answered" request_id=req-1 method=GET path=/ status=404 took=0s`,
			`level=DEBUG msg="request answered" request_id=req-2 method=GET path=/api/v2/events status=200 took=15s`,
			"",
		}, "\n")
		if diff := cmp.Diff(want, log.String()); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestOtherVersionsAreToldOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newHandler(t, &stub{}, server.Config{Version: "2.0.0", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for _, v := range []string{"", "2.0.0", "1.0.0", "1.0.0", "not plain", strings.Repeat("9", 65), "3.0.0"} {
		do(t, h, http.MethodGet, "/healthz", "", api.HeaderVersion, v)
	}
	if got := strings.Count(log.String(), "another version"); got != 2 ||
		!strings.Contains(log.String(), "client=1.0.0 server=2.0.0") || !strings.Contains(log.String(), "client=3.0.0") {
		t.Errorf("%d lines, want one each of 1.0.0 and 3.0.0:\n%s", got, log.String())
	}
	for i := range 40 {
		do(t, h, http.MethodGet, "/healthz", "", api.HeaderVersion, fmt.Sprintf("0.0.%d", i))
	}
	if got := strings.Count(log.String(), "another version"); got != 16 {
		t.Errorf("%d versions were remembered, want at most 16", got)
	}
}
