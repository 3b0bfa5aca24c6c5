package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

const (
	// silence is how long a stream may say nothing, heartbeats included, before it counts as lost.
	silence = 45 * time.Second
	// patience is how long a lost stream is looked for: a restart of the daemon takes a few seconds.
	patience = 10 * time.Second
	// firstWait and lastWait bound the waits between two tries; the server may ask for more than
	// lastWait, up to maxRetry.
	firstWait = 50 * time.Millisecond
	lastWait  = time.Second
	maxRetry  = 5 * time.Second
	// pollWait is how long a server that knows no streams is asked to wait for the next event.
	pollWait = 25 * time.Second
)

// errEnough says that the reader of the events wants no more.
var errEnough = errors.New("the reader has enough")

// Events yields events as they happen, each once. Where the stream is lost it is resumed after the
// last event, for about 10 s; a server that is not there at first is unreachable at once.
func (c *Client) Events(ctx context.Context, f hayon.EventFilter) iter.Seq2[hayon.Event, error] {
	return func(yield func(hayon.Event, error) bool) {
		if _, err := hayon.ActorFrom(ctx); err != nil {
			yield(hayon.Event{}, err)
			return
		}
		fo := &follower{c: c, filter: f, retry: lastWait, yield: yield}
		err := fo.run(ctx)
		if err != nil && !errors.Is(err, errEnough) && ctx.Err() == nil {
			yield(hayon.Event{}, err)
		}
	}
}

// follower is one reader of events, over as many connections as that takes. filter.After is always
// the last event that the reader has, or one that is not for it.
type follower struct {
	c      *Client
	filter hayon.EventFilter
	yield  func(hayon.Event, error) bool
	// retry is the longest wait between two tries.
	retry time.Duration
	// plain: the server knows no filter of kinds, so they are chosen here.
	plain bool
	// heard: the session got anything; given: an event for the reader was among it.
	heard, given bool
}

// run follows until ctx ends, the reader has enough, or the server is lost for good.
func (fo *follower) run(ctx context.Context) error {
	var met bool
	var lost time.Time
	wait := firstWait
	for {
		start := time.Now()
		fo.heard, fo.given = false, false
		err := fo.session(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it is the end that the caller wanted
		}
		if !passing(err) {
			return err
		}
		if fo.heard {
			met, lost = true, time.Now()
		}
		if fo.given || time.Since(start) >= lastWait {
			wait = firstWait
		}
		if !met || time.Since(lost) >= patience {
			return fo.gone(ctx, err)
		}
		fo.c.log.DebugContext(ctx, "the event stream is resumed", slog.Uint64("after", fo.filter.After), slog.Any("err", err))
		if !pause(ctx, wait) {
			return nil
		}
		wait = min(2*wait, fo.retry)
	}
}

// passing reports whether a session that ended with err is worth another one.
func passing(err error) bool {
	if err == nil {
		return true
	}
	if lost, ok := errors.AsType[*lostError](err); ok {
		_, refused := errors.AsType[*hayon.Error](lost.err) // by us, before a connection
		return !refused
	}
	switch hayon.CodeOf(err) {
	case hayon.CodeUnavailable, hayon.CodeRateLimited, hayon.CodeUnreachable, hayon.CodeTimeout:
		return true
	default:
		return false
	}
}

// gone is the error for a server that was not found, or not found again.
func (fo *follower) gone(ctx context.Context, err error) error {
	lost, ok := errors.AsType[*lostError](err)
	switch {
	case err == nil:
		return fo.c.unreachable(&lostError{err: io.EOF})
	case !ok:
		return err
	case notSent(lost.err):
		return fo.c.explain(ctx, api.RouteOf(api.OpFindEvents), lost)
	}
	return fo.c.unreachable(&lostError{err: lost.err})
}

// pause waits for d and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// session is one connection. It ends without an error where the server ended it in order.
func (fo *follower) session(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	req, err := fo.c.newRequest(ctx, api.RouteOf(api.OpFindEvents), fo.request())
	if err != nil {
		return err
	}
	resp, err := fo.c.http.Do(req)
	if err != nil {
		return &lostError{err: err, sent: !notSent(err)}
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	fo.c.noteVersion(resp.Header)
	body := &heeded{r: resp.Body, quiet: quiet}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fo.refused(resp, body)
	}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err == nil && kind == "text/event-stream" {
		return fo.stream(body)
	}
	return fo.page(body)
}

// request asks for a stream. An older server does not see that, and answers as soon as there is
// something.
func (fo *follower) request() request {
	f := hayon.EventFilter{After: fo.filter.After, Post: fo.filter.Post, Kinds: fo.filter.Kinds, Wait: pollWait}
	if fo.plain {
		f.Kinds = nil
	}
	header := http.Header{"Accept": {"text/event-stream"}}
	header.Set(api.HeaderLastEventID, strconv.FormatUint(f.After, 10))
	return request{op: api.OpFindEvents, query: api.EventQuery(f), header: header}
}

// refused is the error of an answer. A server that knows no filter of kinds is asked without.
func (fo *follower) refused(resp *http.Response, r io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(r, maxLine))
	if err != nil {
		return &lostError{err: err, sent: true}
	}
	refusal := fo.c.refusal(resp, body)
	if _, other := errors.AsType[*mismatchError](refusal); other && len(fo.filter.Kinds) > 0 && !fo.plain {
		fo.plain, fo.heard = true, true
		return nil
	}
	return refusal
}

// page takes the answer of a server that knows no streams.
func (fo *follower) page(r io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(r, maxAnswer))
	if err != nil {
		return &lostError{err: err, sent: true}
	}
	var list []hayon.Event
	if err := json.Unmarshal(body, &list); err != nil {
		return fo.c.notUnderstood(err)
	}
	fo.heard = true
	for i := range list {
		if err := fo.give(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

// stream takes events until the server ends the stream.
func (fo *follower) stream(r io.Reader) error {
	blocks := newBlockReader(r)
	for {
		b, err := blocks.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errMalformed):
			return fo.c.notUnderstood(err)
		case err != nil:
			return &lostError{err: err, sent: true}
		}
		fo.heard = true
		if err := fo.take(b); err != nil {
			return err
		}
	}
}

// take looks at one block: an event, the place to resume from, or nothing but a sign of life.
func (fo *follower) take(b block) error {
	if b.Retry > 0 {
		fo.retry = min(max(b.Retry, firstWait), maxRetry)
	}
	var id uint64
	if b.HasID {
		var err error
		if id, err = strconv.ParseUint(b.ID, 10, 64); err != nil {
			return fo.c.notUnderstood(err)
		}
	}
	if len(b.Data) == 0 {
		fo.filter.After = max(fo.filter.After, id)
		return nil
	}
	var e hayon.Event
	if err := json.Unmarshal(b.Data, &e); err != nil {
		return fo.c.notUnderstood(err)
	}
	if e.Seq == 0 || b.HasID && id != e.Seq {
		return fo.c.notUnderstood(errMalformed)
	}
	return fo.give(&e)
}

// give hands an event to the reader, unless it has it or did not ask for it.
func (fo *follower) give(e *hayon.Event) error {
	if e.Seq <= fo.filter.After {
		return nil
	}
	fo.filter.After = e.Seq
	if fo.plain && !slices.Contains(fo.filter.Kinds, e.Kind) {
		return nil
	}
	fo.given = true
	if !fo.yield(*e, nil) {
		return errEnough
	}
	return nil
}

// heeded is a body whose silence ends the session. The time that the reader takes for an event does
// not count.
type heeded struct {
	r     io.Reader
	quiet *time.Timer
}

func (h *heeded) Read(p []byte) (int, error) {
	h.quiet.Reset(silence)
	defer h.quiet.Stop()
	return h.r.Read(p)
}
