package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hayon/hayon"
)

const (
	// preparedMargin is how long before their end uploads count as expired.
	preparedMargin = time.Minute
	// dueStamp is how late a post may be and still carry its due time as its own.
	dueStamp = time.Minute
	// laneHold is how long a target that waits for its platform keeps its lane; see
	// [hayon.Target.HoldsLane].
	laneHold = 150 * time.Second
	// stepRest is the shortest wait for a platform that is still processing, and stepShare the least of
	// one as a share of what was waited already: whatever takes for ever is asked for less and less.
	stepRest  = time.Second
	stepShare = 10
)

// prepare answers the bytes to send: those of the journal, or new ones. rest is true when the
// target has left the worker's hands.
func (a *attempt) prepare(ctx context.Context, i int) (p *hayon.Prepared, rest bool, err error) {
	earlier, err := a.prepared(ctx, i)
	if err != nil {
		return nil, true, err
	}
	now := time.Now()
	switch {
	case earlier == nil || a.t.Renew:
	case earlier.ReadyAt.After(now): // only its lane was to be freed
		return nil, true, a.wait(ctx, i, earlier, false)
	case earlier.ReadyAt.IsZero() && (earlier.Expires.IsZero() || now.Add(preparedMargin).Before(earlier.Expires)):
		return earlier, false, nil
	}
	req := hayon.PrepareRequest{Target: a.t, Index: i, Now: stamp(a.t.Due, now), Open: a.w.open, Earlier: earlier}
	req.Parent, req.Root = conversation(a.t, i)
	p, failed := a.makeReady(ctx, req)
	if failed != nil {
		if ctx.Err() != nil { // ours, not the platform's
			return nil, true, a.release(context.WithoutCancel(ctx), stopped)
		}
		_, err = a.settle(ctx, i, hayon.Result{Verdict: hayon.VerdictNotApplied, Err: failed}, fromPrepare)
		return nil, true, err
	}
	if !p.ReadyAt.IsZero() {
		return nil, true, a.wait(ctx, i, p, true)
	}
	return p, false, nil
}

// makeReady asks the provider, for so long as an upload may take.
func (a *attempt) makeReady(ctx context.Context, r hayon.PrepareRequest) (*hayon.Prepared, *hayon.Error) {
	most := a.w.cfg.PrepareTimeout + uploadTime(r.Part())
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	progress, stop := a.telling(ctx, r.Index)
	r.Progress = progress
	p, err := a.provider.Prepare(ctx, a.session, r)
	stop()
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "%s: what is to be sent was not ready on the platform within %s; nothing was sent",
			a.name(), most).WithCause(err)
	}
	return p, hayon.AsError(err)
}

// uploadTime is what the media of a part may take beyond the usual, over a line that is slow.
func uploadTime(p *hayon.Part) (d time.Duration) {
	const bytesPerSecond = 128 << 10
	for _, m := range p.Media {
		d += time.Duration(m.Bytes/bytesPerSecond) * time.Second
	}
	return d
}

// conversation is what part i of t answers, and the first post of the conversation that it joins: a
// thread has one of its own, unless its first part answers somebody.
func conversation(t *hayon.Target, i int) (parent, root hayon.Remote) {
	first := &t.Parts[0]
	switch {
	case i > 0 && !first.Root.IsZero():
		return t.Parts[i-1].Remote, first.Root
	case i > 0:
		return t.Parts[i-1].Remote, first.Remote
	case first.ReplyTo != nil:
		return *first.ReplyTo, hayon.Remote{}
	}
	return hayon.Remote{}, hayon.Remote{}
}

// stamp is the time that a post carries: its due time, or now where it is over a minute late.
func stamp(due, now time.Time) time.Time {
	if late := now.Sub(due); late < 0 || late > dueStamp {
		return now.UTC()
	}
	return due
}

// prepared reads the bytes of the part from the journal, nil where there are none.
func (a *attempt) prepared(ctx context.Context, i int) (p *hayon.Prepared, err error) {
	if a.t.Parts[i].Prepared == 0 {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	err = a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		row, err := tx.FindJournalRow(ctx, a.t.Parts[i].Prepared)
		if err != nil {
			return err
		}
		p = new(hayon.Prepared)
		return json.Unmarshal(row.Body, p)
	})
	return p, err
}

// wait gives back a target whose platform is still processing; no worker sleeps for it. It keeps its
// lane for a while, and comes by once when that is over, to tell the account's next target. asked says
// that the platform has answered just now.
func (a *attempt) wait(ctx context.Context, i int, p *hayon.Prepared, asked bool) error {
	return a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		if err := a.keepPrepared(ctx, tx, t, i, p, now); err != nil {
			return err
		}
		if t.WaitingSince.IsZero() {
			t.WaitingSince = now
		}
		t.Renew = false
		t.Enter(hayon.StateQueued, now)
		t.NotBefore = p.ReadyAt.UTC()
		if soonest := now.Add(max(stepRest, now.Sub(t.WaitingSince)/stepShare)); t.NotBefore.Before(soonest) {
			t.NotBefore = soonest
		}
		if free := t.WaitingSince.Add(laneHold); t.HoldsLane(now) && free.Before(t.NotBefore) {
			t.NotBefore = free
		}
		if asked {
			if err := a.reached(ctx, tx); err != nil {
				return err
			}
		}
		if err := a.moved(ctx, tx, t, hayon.StatePublishing, waits(p), now); err != nil {
			return err
		}
		if end := a.w.lateAfter(t); !end.IsZero() && p.ReadyAt.After(end) && a.w.mayPublish() {
			return a.miss(ctx, tx, t, "the platform is still processing it, until after the grace window", now)
		}
		return nextInLane(ctx, tx, t, now)
	})
}

// waits is what a target waits for whose platform is still processing.
func waits(p *hayon.Prepared) string {
	return cmp.Or(oneLine(p.Waits), "the platform is still processing")
}

// oneLine is a provider's words as one line of bounded length.
func oneLine(s string) string {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	line := []rune(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), blank), " "))
	if len(line) > maxWords {
		return string(line[:maxWords-1]) + "…"
	}
	return string(line)
}

// keepPrepared journals the bytes and points the part at them, unless they are what it points at. With
// those of the first part comes the conversation that the others join, and with those of any what its
// platform made otherwise.
func (a *attempt) keepPrepared(ctx context.Context, tx hayon.Tx, t *hayon.Target, i int, p *hayon.Prepared, now time.Time) error {
	if i == 0 {
		t.Parts[0].Root = p.Root
	}
	for _, n := range p.Notes {
		if n = oneLine(n); n != "" && !slices.Contains(t.Notes, n) {
			t.Notes = append(t.Notes, n)
		}
	}
	row := a.w.journal(t, hayon.RowPrepared, now)
	row.Part, row.Body = i, hayon.Encode(p)
	if seq := t.Parts[i].Prepared; seq != 0 {
		known, err := tx.FindJournalRow(ctx, seq)
		if err != nil {
			return err
		}
		if string(known.Body) == string(row.Body) {
			return nil
		}
	}
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	t.Parts[i].Prepared = row.Seq
	return nil
}
