package storetest

import (
	"context"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func dueCases() []testCase {
	return []testCase{
		{"what is due is queued, with a journal row and a hint", enqueue},
		{"the earliest first, up to the limit", enqueueOrder},
		{"nothing is queued early or twice", enqueueEarly},
	}
}

func (w *world) enqueue(at time.Time, limit int) []*hayon.Target {
	w.Helper()
	var out []*hayon.Target
	w.update(func(ctx context.Context, tx hayon.Tx) (err error) {
		out, err = tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: at, Limit: limit})
		return err
	})
	return out
}

// rows reads the whole journal and outbox.
func (w *world) rows() (journal []*hayon.JournalRow, outbox []*hayon.OutboxRow) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
		if journal, err = tx.FindJournal(ctx, hayon.JournalFilter{}); err == nil {
			outbox, err = tx.FindOutbox(ctx, 0, 0)
		}
		return err
	})
	return journal, outbox
}

func enqueue(w *world) {
	t := w.one(w.account("demo"), inState(hayon.StateScheduled))
	now := start.Add(grace) // just inside
	got := w.enqueue(now, 0)
	want := *t
	want.Enter(hayon.StateQueued, now)
	if diff := cmp.Diff([]*hayon.Target{&want}, got); diff != "" {
		w.Fatalf("EnqueueDue (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&want, w.target(t.ID)); diff != "" {
		w.Errorf("stored target (-want +got):\n%s", diff)
	}
	journal, outbox := w.rows()
	if diff := cmp.Diff([]*hayon.JournalRow{{
		Seq: 1, At: now, Kind: hayon.RowState, User: w.user, Source: hayon.SourceWorker, Post: t.Post, Target: t.ID,
		Account: t.Account, Platform: "demo", From: hayon.StateScheduled, To: hayon.StateQueued, Generation: 1,
	}}, journal); diff != "" {
		w.Errorf("journal (-want +got):\n%s", diff)
	}
	hint := hayon.HintFor(&want, now)
	if diff := cmp.Diff([]*hayon.OutboxRow{hint}, outbox, cmpopts.IgnoreFields(hayon.OutboxRow{}, "Seq")); diff != "" {
		w.Errorf("outbox (-want +got):\n%s", diff)
	}
}

func enqueueOrder(w *world) {
	a := w.account("demo")
	third := w.one(a, inState(hayon.StateScheduled), dueIn(-time.Minute))
	first := w.one(a, inState(hayon.StateScheduled), dueIn(-3*time.Minute))
	second := w.one(a, inState(hayon.StateScheduled), dueIn(-2*time.Minute))
	got := append(ids(w.enqueue(start, 2)), ids(w.enqueue(start, 2))...)
	if diff := cmp.Diff(ids([]*hayon.Target{first, second, third}), got); diff != "" {
		w.Errorf("order (-want +got):\n%s", diff)
	}
}

func enqueueEarly(w *world) {
	a := w.account("demo")
	w.one(a, inState(hayon.StateScheduled), dueIn(1))
	w.one(a, inState(hayon.StateDraft), dueIn(-1))
	if got := w.enqueue(start, 0); len(got) != 0 {
		w.Errorf("queued early: %v", got)
	}
	if got := w.enqueue(start.Add(1), 0); len(got) != 1 {
		w.Errorf("queued %d, want 1", len(got))
	}
	if got := w.enqueue(start.Add(1), 0); len(got) != 0 {
		w.Errorf("queued twice: %v", got)
	}
}
