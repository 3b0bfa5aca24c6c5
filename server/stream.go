package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

const (
	// heartbeat is how long a stream is silent at most.
	heartbeat = 15 * time.Second
	// stalled is how long a reader may take nothing before its stream ends. It resumes where it was.
	stalled = 30 * time.Second
	// lastWords is how long a stream may go on writing when the server is to end.
	lastWords = 250 * time.Millisecond
	// reconnect is how long a reader should wait before it connects again.
	reconnect = time.Second
	// eventPage is how many events are read at once. Nothing else of a stream is kept in memory.
	eventPage = 500

	streamType = "text/event-stream"
)

// wantsStream reports whether the request accepts server-sent events.
func wantsStream(r *http.Request) bool {
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			kind, params, err := mime.ParseMediaType(part)
			if err != nil || kind != streamType {
				continue
			}
			if q, err := strconv.ParseFloat(params["q"], 64); params["q"] == "" || err == nil && q > 0 {
				return true
			}
		}
	}
	return false
}

// streamEvents sends events as they happen. It reads the journal at the reader's own pace, a page at
// a time: a slow reader misses nothing, and nobody waits for it.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request, f hayon.EventFilter) error {
	if err := resumeAfter(r, &f); err != nil {
		return err
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		e := hayon.Errorf(hayon.CodeRateLimited, "%d event streams are open, and there may be no more", cap(s.streams)).
			WithHint("end one: hayon wait, hayon log --follow, or a dashboard")
		e.RetryAfter = reconnect
		return e
	}
	ctx, stop := waiting(r.Context())
	defer stop()
	st := &stream{s: s, filter: f, sent: f.After, out: newPaced(w)}
	// The first page comes before the head of the answer, so that what cannot be read is an error.
	events, err := st.page(ctx, 0)
	if err != nil && draining(r.Context()) {
		return hayon.Errorf(hayon.CodeUnavailable, "the server is ending").WithHint("connect again in a moment").WithCause(err)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", streamType)
	w.Header().Set("X-Accel-Buffering", "no")
	w.Header().Set("Connection", "close") // its write deadline must not meet another answer
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	defer st.out.close()
	defer context.AfterFunc(ctx, st.out.end)()
	if err := st.run(ctx, events); err != nil {
		s.log.LogAttrs(r.Context(), streamLevel(err), "an event stream ended", slog.String("request_id", requestID(r.Context())),
			slog.Uint64("seq", st.filter.After), slog.Any("err", err))
	}
	return nil
}

// resumeAfter lets the event that the reader saw last count more than the one that its address names,
// which stays the same when it connects again.
func resumeAfter(r *http.Request, f *hayon.EventFilter) error {
	last := r.Header.Get(api.HeaderLastEventID)
	if last == "" {
		return nil
	}
	seq, err := strconv.ParseUint(last, 10, 64)
	if err != nil {
		return hayon.Errorf(hayon.CodeUsage, "%s: %q is no sequence number", api.HeaderLastEventID, last).
			WithHint("give the id of the last event that you saw")
	}
	f.After = seq
	return nil
}

// streamLevel is that of the line about the end of a stream: a reader that left or stalled is nothing
// to look at.
func streamLevel(err error) slog.Level {
	if _, ok := errors.AsType[*writeError](err); ok {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// stream is one reader of events.
type stream struct {
	s      *Server
	filter hayon.EventFilter
	// sent is the last sequence number that the reader was told; filter.After may be ahead of it.
	sent uint64
	out  *paced
}

// run writes events until ctx ends, which is no error, the reader is gone or the journal cannot be
// read.
func (st *stream) run(ctx context.Context, events []hayon.Event) error {
	if err := st.out.writef("retry: %d\n\n", reconnect.Milliseconds()); err != nil {
		return err
	}
	for {
		if err := st.send(events); err != nil {
			return err
		}
		var err error
		if events, err = st.next(ctx, time.Now()); ctx.Err() != nil {
			return nil //nolint:nilerr // the reader has left, or the server is to end
		}
		if err != nil {
			return err
		}
	}
}

// next is the next page with something for the reader, or nothing when it has been silent for a
// heartbeat since the last one.
func (st *stream) next(ctx context.Context, last time.Time) ([]hayon.Event, error) {
	for {
		left := max(heartbeat-time.Since(last), 0)
		events, err := st.page(ctx, left)
		if err != nil || len(events) > 0 || left == 0 {
			return events, err
		}
	}
}

// page is the next events, after a wait where there are none. Kinds are left out here and not in the
// question, so that the next one starts after all that was looked at.
func (st *stream) page(ctx context.Context, wait time.Duration) ([]hayon.Event, error) {
	events, err := st.s.svc.FindEvents(ctx, hayon.EventFilter{After: st.filter.After, Post: st.filter.Post, Limit: eventPage, Wait: wait})
	if err != nil || len(events) == 0 {
		return nil, err
	}
	st.filter.After = events[len(events)-1].Seq
	if len(st.filter.Kinds) > 0 {
		events = slices.DeleteFunc(events, func(e hayon.Event) bool { return !slices.Contains(st.filter.Kinds, e.Kind) })
	}
	return events, nil
}

// send writes a page and hands it to the network. One that holds nothing for the reader becomes a
// heartbeat, with the place that it may resume from where that has moved.
func (st *stream) send(events []hayon.Event) error {
	for i := range events {
		if err := st.event(&events[i]); err != nil {
			return err
		}
	}
	if len(events) == 0 {
		if err := st.beat(); err != nil {
			return err
		}
	}
	return st.out.flush()
}

func (st *stream) beat() error {
	if st.sent == st.filter.After {
		return st.out.writef(":\n\n")
	}
	st.sent = st.filter.After
	return st.out.writef("id: %d\n\n", st.sent)
}

func (st *stream) event(e *hayon.Event) error {
	data, err := json.Marshal(e) // has no line breaks
	if err != nil {
		return hayon.Errorf(hayon.CodeInternal, "event %d does not marshal: %w", e.Seq, err)
	}
	st.sent = e.Seq
	return st.out.writef("id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Kind, data)
}

// writeError says that the reader took no more.
type writeError struct{ err error }

func (e *writeError) Error() string { return "write to the reader: " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// paced writes an answer that has no end, and gives up on a reader that takes nothing for a while.
type paced struct {
	w       http.ResponseWriter
	control *http.ResponseController

	mu    sync.Mutex // guards ended, and the order of deadlines
	ended bool
}

func newPaced(w http.ResponseWriter) *paced {
	return &paced{w: w, control: http.NewResponseController(w)}
}

// close ends the writing. The answer is not touched afterwards.
func (p *paced) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}

// end lets a write that hangs fail soon, and every later one.
func (p *paced) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	p.ended = true
	_ = p.control.SetWriteDeadline(time.Now().Add(lastWords)) // what has no deadlines is no network
}

// progress gives the next write its time.
func (p *paced) progress() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return &writeError{err: context.Canceled}
	}
	if err := p.control.SetWriteDeadline(time.Now().Add(stalled)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return &writeError{err: err}
	}
	return nil
}

func (p *paced) writef(format string, args ...any) error {
	if err := p.progress(); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(p.w, format, args...); err != nil {
		return &writeError{err: err}
	}
	return nil
}

func (p *paced) flush() error {
	if err := p.progress(); err != nil {
		return err
	}
	if err := p.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return &writeError{err: err}
	}
	return nil
}
