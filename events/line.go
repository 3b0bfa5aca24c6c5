package events

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

const (
	// pageRows bounds how much of the journal is read at once.
	pageRows = 200
	// pollEvery is how often the journal is read where nobody tells of commits, and pollTold where
	// somebody does: other processes may commit too.
	pollEvery = 500 * time.Millisecond
	pollTold  = 5 * time.Second
	// pollBlocked is how often the cursor is read while nothing is to be delivered from it: somebody may
	// have changed that, and timers stand still while the machine sleeps.
	pollBlocked = 15 * time.Second
	// breath is the least time from one look at the journal to the next, however much is committed.
	breath = 50 * time.Millisecond
	// skipEvery is how often the cursor is written when nothing was delivered, only passed over.
	skipEvery = 5 * time.Second

	firstWait = time.Second
	maxWait   = 10 * time.Minute
	// maxError bounds the stored text of an error, in bytes.
	maxError = 1000
)

// line is a sink with its place in the journal.
type line struct {
	d    *Dispatcher
	name string
	log  *slog.Logger

	mu   sync.Mutex // guards sink
	sink Sink

	// The rest is used by one goroutine.
	place
	lapsed  int    // events that were given up untried and are not logged yet
	trouble string // the last failure of the store; told once
}

func newLine(d *Dispatcher, s Sink) *line {
	return &line{d: d, name: s.Name(), sink: s, log: d.log.With("sink", s.Name())}
}

// replace puts the sink as it is configured now in the place of the one before.
func (l *line) replace(s Sink) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sink = s
}

func (l *line) current() Sink {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sink
}

// run delivers until ctx ends or somebody deletes the cursor.
func (l *line) run(ctx context.Context) {
	defer l.finish(ctx)
	for {
		begun, changed := time.Now(), l.d.changed()
		wait, err := l.work(ctx, ^uint64(0))
		if ctx.Err() != nil || errors.Is(err, errRemoved) {
			return
		}
		l.tell(err)
		if !l.rest(ctx, begun, wait, changed) {
			return
		}
	}
}

// drain delivers up to a row, and waits for nothing.
func (l *line) drain(ctx context.Context, end uint64) error {
	defer l.finish(ctx)
	_, err := l.work(ctx, end)
	if ctx.Err() != nil || errors.Is(err, errRemoved) {
		return nil
	}
	return err
}

// tell logs what keeps the line from its work, once as long as it is the same.
func (l *line) tell(err error) {
	if err == nil {
		l.trouble = ""
		return
	}
	if text := err.Error(); text != l.trouble {
		l.trouble = text
		l.log.Warn("cannot deliver events now", "err", err)
	}
}

// rest waits until there may be something to do, and answers false when ctx ends.
func (l *line) rest(ctx context.Context, begun time.Time, wait time.Duration, changed <-chan struct{}) bool {
	if !sleep(ctx, time.Until(begun.Add(breath))) {
		return false
	}
	poll := pollEvery
	if changed != nil {
		poll = pollTold
	}
	if blocked(&l.cur) { // what is committed does not matter now
		poll, changed = pollBlocked, nil
	}
	if wait <= 0 || wait > poll {
		wait = poll
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	return true
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// work delivers what there is up to the row end. It answers when to come back by itself; 0: when
// something was committed.
func (l *line) work(ctx context.Context, end uint64) (time.Duration, error) {
	for {
		rows, err := l.look(ctx)
		if err != nil {
			return 0, err
		}
		if blocked(&l.cur) {
			return time.Until(l.cur.NotBefore), nil
		}
		if len(rows) == 0 || rows[0].Seq > end {
			return l.settle(ctx)
		}
		if wait, err := l.page(ctx, rows, end); wait > 0 || err != nil {
			return wait, err
		}
	}
}

// page deals with rows of the journal. An answer of 0 means: look again.
func (l *line) page(ctx context.Context, rows []*hayon.JournalRow, end uint64) (time.Duration, error) {
	sink := l.current()
	policy := policyOf(sink)
	for _, r := range rows {
		if r.Seq > end {
			break
		}
		e, unread := hayon.EventFrom(r)
		if !wants(sink, r, e.Kind) {
			l.pass(r.Seq)
			continue
		}
		if !l.holds(policy.Timeout) {
			return l.take(ctx, policy.Timeout)
		}
		if unread != nil {
			l.log.Error("an event is delivered without what it came to", "err", unread)
		}
		if wait, err := l.deliver(ctx, sink, policy, r, e); wait > 0 || err != nil {
			return wait, err
		}
	}
	if l.owes() && time.Since(l.wrote) >= skipEvery {
		return 0, l.write(ctx, l.held)
	}
	return 0, nil
}

// wants reports whether the sink gets the event of a row.
func wants(s Sink, r *hayon.JournalRow, kind hayon.EventKind) bool {
	if o, ok := s.(Owned); ok && !o.Owner().IsZero() && o.Owner() != r.User && r.Kind != hayon.RowService {
		return false
	}
	kinds := s.Kinds()
	if len(kinds) == 0 {
		kinds = hayon.NoticeKinds()
	}
	return slices.Contains(kinds, kind)
}

// deliver tells the sink of one event. An answer above 0 is the wait before its next try.
func (l *line) deliver(ctx context.Context, sink Sink, p Policy, r *hayon.JournalRow, e hayon.Event) (time.Duration, error) {
	if l.overtaken(p, e) {
		l.lapsed++
		l.deal(r.Seq)
		return 0, l.writeNow(ctx)
	}
	n, err := l.d.notice(ctx, r, e)
	if err != nil {
		return 0, err
	}
	limited, cancel := context.WithTimeout(ctx, p.Timeout)
	err = sink.Deliver(limited, n)
	cancel()
	if err == nil {
		l.delivered(e)
		return 0, l.writeNow(ctx)
	}
	if ctx.Err() != nil { // we ended it, so it proves nothing about the sink
		return 0, context.Cause(ctx)
	}
	return l.failed(ctx, p, e, err)
}

// overtaken reports whether an event became too old behind another one that the sink refused. An old
// event alone is no reason: perhaps nobody was there to deliver it.
func (l *line) overtaken(p Policy, e hayon.Event) bool {
	return p.Tries == 0 && l.cur.Tries == 0 && l.cur.LastError != "" && p.exhausted(0, e.At, time.Now())
}

func (l *line) delivered(e hayon.Event) {
	if l.cur.LastError != "" {
		l.log.Info("events are delivered again", "event", e.Seq)
	}
	l.deal(e.Seq)
	l.cur.LastError = ""
}

// failed decides what follows a failed delivery.
func (l *line) failed(ctx context.Context, p Policy, e hayon.Event, err error) (time.Duration, error) {
	known := l.cur.LastError == clip(err.Error())
	l.cur.LastError = clip(err.Error())
	log := l.log.With("event", e.Seq, "kind", e.Kind, "err", err, "tries", l.cur.Tries+1)
	if he, ok := errors.AsType[*hayon.Error](err); ok && len(he.Details) > 0 {
		log = log.With("details", he.Details)
	}
	now := time.Now()
	f, final := errors.AsType[*failure](err)
	switch {
	case final && f.gone:
		log.Error("the sink wants no more events and gets none from now on")
		l.cur.Disabled = true
		return 0, l.write(ctx, false)
	case final:
		if !known {
			log.Warn("an event was not delivered and is not tried again; the same failure is not told again")
		}
		l.deal(e.Seq)
		return 0, l.writeNow(ctx)
	case p.exhausted(l.cur.Tries+1, e.At, now):
		log.Warn("an event was not delivered and is given up")
		l.deal(e.Seq)
		return 0, l.writeNow(ctx)
	}
	wait := l.d.backoff(l.cur.Tries, retryAfter(err))
	if end := e.At.Add(p.For); now.Add(wait).After(end) {
		wait = end.Sub(now) // the last try
	}
	level := slog.LevelWarn
	if known {
		level = slog.LevelDebug
	}
	log.Log(ctx, level, "an event was not delivered; it is tried again", "wait", wait)
	l.cur.Tries++
	l.cur.NotBefore = now.Add(wait).UTC()
	return wait, l.write(ctx, false)
}

// backoff is the wait after so many failures before this one: 1 s doubling to 10 min, varied by a fifth
// up and down, and what the sink asked for where that is longer.
func (d *Dispatcher) backoff(failures int, asked time.Duration) time.Duration {
	wait := maxWait
	if failures < 10 { // 1 s << 10 is above the limit
		wait = min(firstWait<<failures, maxWait)
	}
	wait = time.Duration(float64(wait) * (0.8 + 0.4*d.cfg.Rand()))
	return max(wait, asked)
}

// clip is the text as a cursor keeps it.
func clip(s string) string {
	if len(s) > maxError {
		s = s[:maxError] + "…"
	}
	return s
}

// notice is the event with what it is about.
func (d *Dispatcher) notice(ctx context.Context, r *hayon.JournalRow, e hayon.Event) (Notice, error) {
	n := Notice{Profile: d.cfg.Profile, Event: e}
	if r.Kind == hayon.RowAccount {
		c := new(hayon.AccountChange)
		if json.Unmarshal(r.Body, c) == nil {
			n.Change = c
		}
	}
	err := d.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if !e.Post.IsZero() {
			if n.Post, err = tx.FindPostByID(ctx, e.Post); err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
				return err
			}
		}
		if !e.Account.IsZero() {
			if n.Account, err = tx.FindAccountByID(ctx, e.Account); err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
				return err
			}
		}
		return nil
	})
	if n.Post != nil {
		i := slices.IndexFunc(n.Post.Targets, func(t *hayon.Target) bool { return t.ID == e.Target })
		if i >= 0 {
			n.Target = n.Post.Targets[i]
		}
	}
	return n, err
}
