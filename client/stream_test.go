package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/server"
	"github.com/hayon/hayon/server/api"
)

// take reads n events and checks that they follow each other from first on.
func take(t *testing.T, next func() (hayon.Event, error, bool), first, n int) {
	t.Helper()
	for i := range n {
		e, err, ok := next()
		if !ok || err != nil || e.Seq != uint64(first+i) {
			t.Fatalf("event %d, %v, %v; want %d", e.Seq, err, ok, first+i)
		}
	}
}

// pull is one reader of events, which ends with the test.
func pull(t *testing.T, ctx context.Context, c *client.Client, f hayon.EventFilter) (next func() (hayon.Event, error, bool), stop func()) {
	t.Helper()
	next, stop = iter.Pull2(c.Events(ctx, f))
	t.Cleanup(stop)
	return next, stop
}

// A restart of the daemon on the same socket loses nothing and repeats nothing.
func TestEventsThroughARestart(t *testing.T) {
	t.Parallel()
	j, path := newJournal(5), socketPath(t)
	listen := func(path string) func() {
		ln, err := server.ListenUnix(path)
		if err != nil {
			t.Fatal(err)
		}
		return start(t, j, ln, server.Config{Version: "1"})
	}
	stop := listen(path)
	next, _ := pull(t, actor(t), newClient(t, client.Config{Socket: path, Version: "1"}), hayon.EventFilter{After: 2})
	take(t, next, 3, 3)
	for round := range 3 {
		j.add(700, hayon.EventState) // more than a page, some of it not read yet
		take(t, next, 6+round*800, 10)
		stop()
		j.add(100, hayon.EventState)
		stop = listen(path)
		take(t, next, 16+round*800, 790)
	}
}

// A daemon that came back elsewhere is found.
func TestEventsFindAnotherSocket(t *testing.T) {
	t.Parallel()
	j, first, second := newJournal(1), socketPath(t), socketPath(t)
	var now atomic.Value
	now.Store("")
	stop := func() {}
	listen := func(path string) {
		ln, err := server.ListenUnix(path)
		if err != nil {
			t.Fatal(err)
		}
		stop = start(t, j, ln, server.Config{})
	}
	listen(first)
	c := newClient(t, client.Config{Socket: first, FindSocket: func() string { return now.Load().(string) }})
	next, _ := pull(t, actor(t), c, hayon.EventFilter{})
	take(t, next, 1, 1)
	stop()
	now.Store(second)
	listen(second)
	j.add(1, hayon.EventState)
	take(t, next, 2, 1)
}

// A reader that does not read loses nothing, and nobody waits for it.
func TestEventsOfASlowReader(t *testing.T) {
	t.Parallel()
	for _, nap := range []time.Duration{20 * time.Second, 10 * time.Minute} { // the longer one costs the stream
		synctest.Test(t, func(t *testing.T) {
			const n = 10_000
			j, p := newJournal(1), newPipes()
			stop := p.serve(t, j, server.Config{})
			ctx := actor(t)
			slow, _ := pull(t, ctx, p.client(t), hayon.EventFilter{})
			quick, _ := pull(t, ctx, p.client(t), hayon.EventFilter{})
			take(t, slow, 1, 1)
			take(t, quick, 1, 1)
			start := time.Now()
			for i := range n {
				j.add(1, hayon.EventState)
				if i%100 == 99 {
					take(t, quick, i-97, 100)
				}
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("the quick reader waited %v for the slow one", took)
			}
			<-time.After(nap)
			take(t, slow, 2, n)
			j.add(1, hayon.EventState)
			take(t, slow, n+2, 1)
			take(t, quick, n+2, 1)
			stop()
		})
	}
}

func TestEventsEndWithTheirReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		stop := p.serve(t, newJournal(3), server.Config{})
		c := p.client(t)
		for range c.Events(actor(t), hayon.EventFilter{}) {
			break
		}
		ctx, cancel := context.WithTimeout(actor(t), time.Hour)
		defer cancel()
		var seqs []uint64
		start := time.Now()
		for e, err := range c.Events(ctx, hayon.EventFilter{After: 1}) {
			if err != nil {
				t.Errorf("the end of the context is told as %v", err)
			}
			seqs = append(seqs, e.Seq)
		}
		if took := time.Since(start); !slices.Equal(seqs, []uint64{2, 3}) || took != time.Hour {
			t.Errorf("events %v in %v, want 2 and 3 in an hour", seqs, took)
		}
		stop() // a goroutine that is left over fails the bubble
	})
}

func TestEventsOfADaemonThatDoesNotComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		stop := p.serve(t, newJournal(1), server.Config{})
		next, _ := pull(t, actor(t), p.client(t), hayon.EventFilter{})
		take(t, next, 1, 1)
		stop()
		start := time.Now()
		_, err, ok := next()
		if took := time.Since(start); !ok || hayon.CodeOf(err) != hayon.CodeUnreachable || took < 10*time.Second || took > 12*time.Second {
			t.Errorf("after %v: %v, %v; want unreachable after some 10 s", took, err, ok)
		}
		if _, err, ok := next(); ok {
			t.Errorf("it goes on after its error: %v", err)
		}
		// One that was never there is told of at once.
		start = time.Now()
		for _, err := range p.client(t).Events(actor(t), hayon.EventFilter{}) {
			if hayon.CodeOf(err) != hayon.CodeUnreachable || time.Since(start) != 0 {
				t.Errorf("after %v: %v, want unreachable at once", time.Since(start), err)
			}
		}
	})
}

func TestEventsOfKinds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, p := newJournal(600), newPipes()
		stop := p.serve(t, j, server.Config{})
		next, _ := pull(t, actor(t), p.client(t), hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventMissed}})
		j.add(1, hayon.EventMissed)
		take(t, next, 601, 1)
		j.add(5, hayon.EventState)
		<-time.After(time.Minute) // the place to resume from has moved past what is not for it
		stop()
		stop = p.serve(t, j, server.Config{})
		j.add(1, hayon.EventMissed)
		take(t, next, 607, 1)
		stop()
	})
}

func TestEventsNeedAnActor(t *testing.T) {
	t.Parallel()
	c := dial(t, func(http.ResponseWriter, *http.Request) { t.Error("a request without an actor") }, client.Config{})
	for _, err := range c.Events(t.Context(), hayon.EventFilter{}) {
		if hayon.CodeOf(err) != hayon.CodeUnauthenticated {
			t.Errorf("error %v, want unauthenticated", err)
		}
	}
}

// script answers one request after the other, each with its own handler; then it refuses.
type script struct {
	steps []http.HandlerFunc
	asked []*http.Request
}

var errOver = hayon.Errorf(hayon.CodeForbidden, "the script is over")

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked = append(s.asked, r)
	if len(s.asked) > len(s.steps) {
		return nil, errOver
	}
	read, write := io.Pipe()
	w := &pipeWriter{header: http.Header{}, w: write, begun: make(chan struct{})}
	go func() {
		s.steps[len(s.asked)-1](w, r)
		w.WriteHeader(http.StatusOK)
		_ = write.Close()
	}()
	stop := context.AfterFunc(r.Context(), func() { _ = write.CloseWithError(r.Context().Err()) })
	select {
	case <-w.begun:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: w.status, Header: w.header, Body: body{read, stop}, Request: r}, nil
}

type body struct {
	*io.PipeReader
	stop func() bool
}

func (b body) Close() error {
	b.stop()
	return b.PipeReader.Close()
}

type pipeWriter struct {
	header http.Header
	w      *io.PipeWriter
	status int
	begun  chan struct{}
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		close(w.begun)
	}
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.w.Write(b)
}

// stream is a handler that sends text as an event stream.
func stream(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, text)
	}
}

// event is the block of an event.
func event(seq int) string {
	return fmt.Sprintf("id: %d\nevent: target.state\ndata: {\"seq\":%d,\"kind\":\"target.state\"}\n\n", seq, seq)
}

// follow reads until the script is over or the client gives up.
func follow(t *testing.T, s *script, f hayon.EventFilter) (seqs []uint64, err error) {
	t.Helper()
	c := newClient(t, client.Config{BaseURL: "http://x", Version: "2", Transport: s})
	for e, eerr := range c.Events(actor(t), f) {
		if eerr != nil {
			return seqs, eerr
		}
		seqs = append(seqs, e.Seq)
	}
	return seqs, nil
}

func TestEventStreamForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []uint64
	}{
		{"plain", event(1) + event(2), []uint64{1, 2}},
		{"CRLF", strings.ReplaceAll(event(1)+event(2), "\n", "\r\n"), []uint64{1, 2}},
		{"CR", strings.ReplaceAll(event(1)+event(2), "\n", "\r"), []uint64{1, 2}},
		{"mark of the byte order", "\xef\xbb\xbf" + event(1), []uint64{1}},
		{"comments and unknown fields", ":hello\n\n:\ncolour: red\n" + event(1), []uint64{1}},
		{"data in several lines", "id:7\ndata:{\ndata: \"seq\"\ndata::7}\n\n", []uint64{7}},
		{"no id", "data: {\"seq\":4}\n\n", []uint64{4}},
		{"repeated and older ones", event(3) + event(3) + event(2) + event(4), []uint64{3, 4}},
		{"a place without an event", "id: 9\n\n" + event(8) + event(10), []uint64{10}},
		{"an id that counts nothing", "id: 1\x00\ndata: {\"seq\":1}\n\n", []uint64{1}},
		{"empty data", "data\nid\nid: 2\n\n" + event(3), []uint64{3}},
		{"cut in the middle", event(1) + "id: 2\ndata: {\"seq\":2}\n", []uint64{1}},
		{"retry that is none", "retry: soon\nretry: -1\n\n" + event(1), []uint64{1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := follow(t, &script{steps: []http.HandlerFunc{stream(tt.text)}}, hayon.EventFilter{})
			if diff := cmp.Diff(tt.want, got); diff != "" || !errors.Is(err, errOver) {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestEventStreamsOfOthers(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text string }{
		{"no JSON", "data: hello\n\n"},
		{"another shape", "data: [1]\n\n"},
		{"no number", "data: {}\n\n"},
		{"two numbers", "id: 5\ndata: {\"seq\":4}\n\n"},
		{"an id that is no number", "id: abc\n\n"},
		{"a line without an end", "data: " + strings.Repeat("x", 2<<20)},
		{"data without an end", strings.Repeat("data: "+strings.Repeat("x", 1<<10)+"\n", 2<<10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := follow(t, &script{steps: []http.HandlerFunc{stream(tt.text)}}, hayon.EventFilter{})
			if hayon.CodeOf(err) != hayon.CodeConflict || len(got) > 0 {
				t.Errorf("%v, %v; want conflict", got, err)
			}
		})
	}
}

func TestEventsAskWhereTheyWere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 429, api.ErrorOf(hayon.Errorf(hayon.CodeRateLimited, "64 streams are open")))
		}
		s := &script{steps: []http.HandlerFunc{stream(event(4) + "id: 9\n\n"), busy, stream("retry: 3000\n\n"), stream(event(11))}}
		id, _ := hayon.ParsePostID(post)
		got, err := follow(t, s, hayon.EventFilter{After: 3, Post: id, Kinds: []hayon.EventKind{hayon.EventState}})
		if !slices.Equal(got, []uint64{4, 11}) || !errors.Is(err, errOver) {
			t.Errorf("%v, %v; want 4 and 11", got, err)
		}
		var asked []string
		for _, r := range s.asked {
			if r.Header.Get("Accept") != "text/event-stream" || r.Header.Get("Hayon-Version") != "2" {
				t.Errorf("headers %v", r.Header)
			}
			asked = append(asked, r.Header.Get(api.HeaderLastEventID)+" "+r.URL.RawQuery)
		}
		rest := "&kind=target.state&post=" + post + "&wait=25s"
		want := []string{"3 after=3", "9 after=9", "9 after=9", "9 after=9", "11 after=11"}
		for i := range want {
			want[i] += rest
		}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

func TestEventsRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []hayon.Code{hayon.CodeRateLimited, hayon.CodeUnauthenticated, hayon.CodeInternal, hayon.CodeUsage} {
		s := &script{steps: []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(api.HeaderVersion, "2")
			answer(w, code.Status(), api.ErrorOf(hayon.Errorf(code, "no")))
		}}}
		if _, err := follow(t, s, hayon.EventFilter{}); hayon.CodeOf(err) != code || len(s.asked) != 1 {
			t.Errorf("%s: %v after %d requests, want it after one", code, err, len(s.asked))
		}
	}
}

// A server that says nothing at all is not waited for without end.
func TestEventsOfASilentServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		silent := func(w http.ResponseWriter, r *http.Request) {
			stream(event(1))(w, r)
			<-r.Context().Done()
		}
		start := time.Now()
		s := &script{steps: []http.HandlerFunc{silent, stream(event(2)), hang}}
		got, err := follow(t, s, hayon.EventFilter{})
		if took := time.Since(start); !slices.Equal(got, []uint64{1, 2}) || hayon.CodeOf(err) != hayon.CodeUnreachable || took < 90*time.Second || took > 95*time.Second {
			t.Errorf("%v, %v after %v; want both events, then unreachable after twice 45 s", got, err, took)
		}
	})
}

// A daemon from before there were streams is asked again and again.
func TestEventsOfAnOlderServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var queries []string
		old := func(events string, wait time.Duration) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				queries = append(queries, r.URL.RawQuery)
				w.Header().Set(api.HeaderVersion, "1")
				w.Header().Set("Content-Type", "application/json")
				if r.URL.Query().Has("kind") {
					e := hayon.Errorf(hayon.CodeUsage, "GET /api/v2/events has no parameter %q", "kind").WithDetail(api.DetailUnknown, "kind")
					answer(w, 400, api.ErrorOf(e))
					return
				}
				<-time.After(wait)
				_, _ = io.WriteString(w, events)
			}
		}
		s := &script{steps: []http.HandlerFunc{
			old("", 0), old(`[{"seq":1,"kind":"target.state"},{"seq":2,"kind":"target.missed"}]`, 0),
			old("[]", 25*time.Second), old(`[{"seq":3,"kind":"target.missed"}]`, 0),
		}}
		start := time.Now()
		got, err := follow(t, s, hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventMissed}})
		if took := time.Since(start); !slices.Equal(got, []uint64{2, 3}) || !errors.Is(err, errOver) || took > 26*time.Second {
			t.Errorf("%v, %v after %v; want 2 and 3", got, err, took)
		}
		want := []string{"kind=target.missed&wait=25s", "wait=25s", "after=2&wait=25s", "after=2&wait=25s"}
		if diff := cmp.Diff(want, queries); diff != "" {
			t.Errorf("queries (-want +got):\n%s", diff)
		}
	})
}

// Whatever a server sends, a reader gets events in order or one error, however the bytes are cut.
func FuzzEventStream(f *testing.F) {
	for _, seed := range []string{
		"", event(1) + event(2), ":\r\n\r\ndata: {\"seq\":1}\r\r", "\xef\xbb\xbfid: 5\n\nretry: 99999999999999999999\n\n",
		"id: 1\ndata: {\ndata: \"seq\":1}\n\nid: x\n\n", "data\n\ndata:\n\nevent\n\n:::\n\n", "data: {\"seq\":18446744073709551615}\n\n" + event(1),
	} {
		f.Add([]byte(seed))
	}
	read := func(t *testing.T, r io.Reader) (seqs []uint64, err error) {
		t.Helper()
		s := &script{steps: []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.Copy(w, r)
		}}}
		seqs, err = follow(t, s, hayon.EventFilter{})
		if len(s.asked) > 2 {
			t.Errorf("%d requests, want one and one to resume", len(s.asked))
		}
		return seqs, err
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) { // where waits take no time
			whole, err := read(t, bytes.NewReader(data))
			for i, seq := range whole {
				if seq == 0 || i > 0 && seq <= whole[i-1] {
					t.Errorf("events %v are not in order", whole)
				}
			}
			switch hayon.CodeOf(err) {
			case hayon.CodeForbidden, hayon.CodeConflict, hayon.CodeUnreachable: // over; not understood; said nothing
			default:
				t.Errorf("error %v", err)
			}
			cut, cerr := read(t, iotest.OneByteReader(bytes.NewReader(data)))
			if !slices.Equal(whole, cut) || hayon.CodeOf(err) != hayon.CodeOf(cerr) {
				t.Errorf("whole: %v, %v; in single bytes: %v, %v", whole, err, cut, cerr)
			}
		})
	})
}
