package scheduler_test

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

// turn is when a target was given the lane of its account.
type turn struct {
	given   time.Time     // by the last claim of it without the lane, by the wall
	called  time.Time     // what given was when its last call was about to leave
	waiting time.Duration // since when it waits for a retry, by the time that has passed
}

// read follows a row that was written when that much time had passed.
func (t *turn) read(r *hayon.JournalRow, passed time.Duration) {
	// What waits for a retry keeps its lane for 150 s, which begin anew when the clock is set back.
	const keeps = 300 * time.Second
	switch {
	case r.To == hayon.StateRetryWait:
		t.waiting = passed
	case r.Kind == hayon.RowSending:
		t.called = t.given
	case r.Kind == hayon.RowClaimed && (r.From == hayon.StateQueued || r.From == hayon.StateRetryWait && passed-t.waiting > keeps):
		t.given = r.At
	}
}

// readClaims reads which targets somebody took up when they were due, by the right time, and when each
// was given its lane. It is called before each change of the clock: rows show the wall.
func (w *window) readClaims() {
	w.t.Helper()
	set := w.clock.set()
	err := w.db.View(w.ctx, func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindJournal(ctx, hayon.JournalFilter{After: w.read})
		for _, r := range rows {
			w.read = r.Seq
			p := w.plans[r.Target]
			if p == nil {
				continue
			}
			if r.Kind == hayon.RowClaimed && !r.At.Add(-w.wrong).Before(p.due) {
				p.begun = true
			}
			p.turn.read(r, r.At.Add(-set).Sub(w.start))
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// judgeOrder checks that the calls of an account came in the order in which they were due. What is caught
// up goes slowly, and keeps nobody back who is on time. That is judged by the moment in which the lane
// was given away, and not by that of the call. The lane is kept through a crash, so that a call may be
// late whose turn came on time; and when the clock is set back, what was overtaken while it was late is
// on time once more.
func (w *window) judgeOrder(calls []*plan) {
	const caughtUpAfter = 5 * time.Minute
	for i, p := range calls {
		for _, ahead := range calls[:i] {
			behind := func(q *plan) bool { return ahead.turn.called.Sub(q.due) > caughtUpAfter }
			if p.due.Before(ahead.due) && (behind(ahead) || !behind(p)) {
				w.t.Errorf("%s was published after %s, whose turn came at %s", p.name, ahead.name, ahead.turn.called)
			}
		}
	}
}
