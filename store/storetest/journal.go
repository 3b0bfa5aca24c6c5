package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func journalCases() []testCase {
	return []testCase{
		{"rows are numbered without a gap, also after a rollback", journalSeq},
		{"find after, by post, by user, with a limit", findJournal},
		{"a row is stored as it is", journalRow},
		{"outbox rows keep their order and go when deleted", outbox},
		{"an outbox row is stored as it is", outboxRow},
	}
}

func row(user hayon.UserID, post hayon.PostID) *hayon.JournalRow {
	return &hayon.JournalRow{At: start, Kind: hayon.RowState, User: user, Post: post}
}

func journalSeq(w *world) {
	last := func() (seq uint64) {
		w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
			seq, err = tx.LastJournalSeq(ctx)
			return err
		})
		return seq
	}
	if got := last(); got != 0 {
		w.Errorf("an empty journal ends at %d", got)
	}
	for want := uint64(1); want <= 5; want++ {
		if want == 3 {
			_ = w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
				return errors.Join(tx.AppendJournal(ctx, row(w.user, hayon.PostID{})), errOwn)
			})
			w.s = w.h.Reopen(w.T, w.s)
		}
		r := row(w.user, hayon.PostID{})
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.AppendJournal(ctx, r) })
		if r.Seq != want || last() != want {
			w.Errorf("row got %d and the journal ends at %d, want %d", r.Seq, last(), want)
		}
	}
}

func findJournal(w *world) {
	other := hayon.UserID{11: 9}
	p, q := hayon.NewPostID(start), hayon.NewPostID(start)
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for _, r := range []*hayon.JournalRow{row(w.user, p), row(w.user, q), row(other, p), row(w.user, hayon.PostID{}), row(w.user, p)} {
			if err := tx.AppendJournal(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		name string
		f    hayon.JournalFilter
		want []uint64
	}{
		{"all", hayon.JournalFilter{}, []uint64{1, 2, 3, 4, 5}},
		{"after", hayon.JournalFilter{After: 3}, []uint64{4, 5}},
		{"after the end", hayon.JournalFilter{After: 5}, nil},
		{"after everything", hayon.JournalFilter{After: ^uint64(0)}, nil},
		{"post", hayon.JournalFilter{Post: p}, []uint64{1, 3, 5}},
		{"post, after", hayon.JournalFilter{Post: p, After: 1, Limit: 1}, []uint64{3}},
		{"user", hayon.JournalFilter{User: other}, []uint64{3}},
		{"user and post", hayon.JournalFilter{User: w.user, Post: p}, []uint64{1, 5}},
		{"limit counts what fits", hayon.JournalFilter{User: other, Limit: 1}, []uint64{3}},
	} {
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			rows, err := tx.FindJournal(ctx, c.f)
			got := make([]uint64, len(rows))
			for i, r := range rows {
				got[i] = r.Seq
			}
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				w.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			return err
		})
	}
}

func journalRow(w *world) {
	r := &hayon.JournalRow{
		At: start, Kind: hayon.RowSending, User: w.user, Source: hayon.SourceTUI, RequestID: "r1",
		Post: hayon.NewPostID(start), Target: hayon.NewTargetID(start), Account: hayon.NewAccountID(start),
		Platform: "demo", Generation: 2, Attempt: 3, Fence: 4, Part: 1, Late: time.Second, Asks: true, Reason: "why", Body: hayon.Encode(hayon.Sending{Digest: "d"}),
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.AppendJournal(ctx, r) })
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindJournalRow(ctx, r.Seq)
		if diff := cmp.Diff(r, got); diff != "" {
			w.Errorf("row (-want +got):\n%s", diff)
		}
		return err
	})
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindJournalRow(ctx, r.Seq+1)
		return err
	})
}

func outbox(w *world) {
	find := func(after uint64, limit int) (seqs []uint64) {
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			rows, err := tx.FindOutbox(ctx, after, limit)
			for _, r := range rows {
				seqs = append(seqs, r.Seq)
			}
			n, countErr := tx.CountOutbox(ctx)
			if all, _ := tx.FindOutbox(ctx, 0, 0); n != len(all) {
				w.Errorf("CountOutbox is %d, and there are %d", n, len(all))
			}
			return errors.Join(err, countErr)
		})
		return seqs
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for range 300 {
			if err := tx.AppendOutbox(ctx, &hayon.OutboxRow{At: start, Exchange: hayon.PostExchange}); err != nil {
				return err
			}
		}
		return nil
	})
	if got := find(0, 0); len(got) != 300 || got[0] != 1 || got[299] != 300 {
		w.Errorf("outbox holds %v", got)
	}
	if diff := cmp.Diff([]uint64{256, 257}, find(255, 2)); diff != "" {
		w.Errorf("outbox after 255 (-want +got):\n%s", diff)
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteOutbox(ctx, []uint64{1, 256, 300, 999}) })
	if got := find(255, 1); len(got) != 1 || got[0] != 257 {
		w.Errorf("outbox after a deletion: %v", got)
	}
	r := &hayon.OutboxRow{At: start}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.AppendOutbox(ctx, r) })
	if r.Seq != 301 {
		w.Errorf("a number was used twice: %d", r.Seq)
	}
}

func outboxRow(w *world) {
	t := &hayon.Target{
		ID: hayon.NewTargetID(start), Platform: "demo", State: hayon.StateRetryWait, Generation: 3, Attempts: 2,
		NotBefore: start.Add(90*time.Second + 7),
	}
	failed, parked := *t, *t
	failed.State, failed.Error = hayon.StateFailed, &hayon.TargetError{Code: hayon.CodeInvalid, Message: "it is \"too\" long: ä"}
	parked.State = hayon.StateParked
	rows := []*hayon.OutboxRow{
		hayon.HintFor(t, start), hayon.RetryHintFor(t, start), hayon.RecordFor(&failed, start), hayon.RecordFor(&parked, start),
	}
	if retry, record := rows[1], rows[2]; retry.NotBefore.IsZero() || record.Cause == "" || record.Reason == "" {
		w.Fatalf("the rows %+v and %+v have nothing that others do not have", retry, record)
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for _, r := range rows {
			if err := tx.AppendOutbox(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	w.s = w.h.Reopen(w.T, w.s)
	_, got := w.rows()
	if diff := cmp.Diff(rows, got); diff != "" {
		w.Errorf("outbox (-want +got):\n%s", diff)
	}
}
