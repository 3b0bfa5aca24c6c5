package bolt

import (
	"bytes"
	"context"
	"time"

	"github.com/hayon/hayon"
)

// EnqueueDue moves scheduled targets whose time has come; see [hayon.ClaimTx].
func (t *Tx) EnqueueDue(ctx context.Context, r hayon.EnqueueRequest) ([]*hayon.Target, error) {
	r.Now = wall(r.Now)
	window := newWindow(r.Now, r.Grace)
	rows, err := t.wakeRows(hayon.StateScheduled, r.Now, r.Limit, nil)
	if err != nil {
		return nil, err
	}
	out := make([]*hayon.Target, 0, len(rows))
	for _, w := range rows {
		tg, err := t.enqueue(ctx, w.id, window)
		if err != nil {
			return nil, err
		}
		out = append(out, tg)
	}
	return out, nil
}

func (t *Tx) enqueue(ctx context.Context, id hayon.TargetID, w window) (*hayon.Target, error) {
	old, err := t.target(id)
	if err != nil {
		return nil, err
	}
	tg := *old
	reason := ""
	if w.tooLate(&tg) {
		reason = "nobody was there to send it"
		tg.Miss(reason, w.now)
	} else {
		tg.Enter(hayon.StateQueued, w.now)
	}
	if err := t.replaceTarget(old, &tg); err != nil {
		return nil, err
	}
	row := &hayon.JournalRow{
		At: w.now, Kind: hayon.RowState, User: tg.Owner, Source: hayon.SourceWorker,
		Post: tg.Post, Target: tg.ID, Account: tg.Account,
		From: old.State, To: tg.State, Generation: tg.Generation, Fence: tg.Fence, Reason: reason,
		Platform: tg.Platform, Asks: tg.Asks,
	}
	if err := t.AppendJournal(ctx, row); err != nil {
		return nil, err
	}
	if tg.State == hayon.StateQueued {
		return &tg, t.AppendOutbox(ctx, hayon.HintFor(&tg, w.now))
	}
	return &tg, nil
}

// wall is t without its monotonic part, which stands still while the machine sleeps: a lease must
// not seem to last through that.
func wall(t time.Time) time.Time { return t.Round(0).UTC() }

// window tells what is too late at an instant, of targets and of what indexes tell of them. What has
// a grace window counts by that, or by another one that stands for all, where that is given.
type window struct {
	now   time.Time
	grace *time.Duration
	// end is what the end of a grace window in an index is compared with, and oldest a due time; never
	// is the end of what goes out however late.
	end, oldest, never []byte
}

func newWindow(now time.Time, grace *time.Duration) window {
	w := window{now: now, grace: grace, end: timeKey(now), never: lateKey(time.Time{})}
	if grace != nil {
		w.oldest = timeKey(now.Add(-*grace))
	}
	return w
}

func (w *window) tooLate(t *hayon.Target) bool {
	end := t.LateAfterGrace(w.grace)
	return !end.IsZero() && w.now.After(end)
}

// tooLateBy is tooLate for a target of which an index tells the due time and the end of its window.
func (w *window) tooLateBy(due, late []byte) bool {
	if w.grace != nil {
		return bytes.Compare(w.oldest, due) > 0 && !bytes.Equal(late, w.never)
	}
	return bytes.Compare(w.end, late) > 0
}
