package storetest

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func fileCases() []testCase {
	return []testCase{
		{"a message is filed once, until its letter has ended and is cleared", fileOnce},
		{"of many that file one message, one does", fileTogether},
		{"of two letters of one message, one is stored", putTogether},
		{"the journal row of a letter belongs to whom its target does", letterRows},
	}
}

// file files the letter as it is found at an instant, and compares whether it was stored.
func (w *world) file(l *hayon.Letter, at time.Time, want bool) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		stored, err := hayon.FileLetter(ctx, tx, l, at)
		if stored != want {
			w.Errorf("FileLetter answers %v, want %v", stored, want)
		}
		return err
	})
}

// found is the letter of the one message of these cases, as it is found at an instant.
func found(at time.Time) *hayon.Letter {
	return hayon.NewLetter(hayon.Message{ID: "x", Body: []byte("?")}, hayon.CauseUndecodable, "it is no hint", at)
}

func fileOnce(w *world) {
	first := found(start)
	w.file(first, start, true)
	w.wantLetters(first)
	filed := hayon.JournalRow{
		Seq: 1, At: start, Kind: hayon.RowLetter, User: hayon.LocalUser().ID, Source: hayon.SourceWorker, Reason: "it is no hint",
		Body: hayon.Encode(hayon.LetterChange{
			Letter: first.ID, Kind: hayon.LetterDead, Cause: hayon.CauseUndecodable, Effect: hayon.LetterFiled,
		}),
	}
	w.wantJournal(filed)
	w.file(found(start.Add(time.Second)), start, false)
	for _, now := range []*hayon.Letter{first, ended(first, start)} {
		w.update(putLetter(now))
		w.file(found(start.Add(time.Minute)), start, false)
		w.wantLetters(now)
	}
	w.wantJournal(filed)

	w.update(putLetter(cleared(first, start)))
	w.s = w.h.Reopen(w.T, w.s)
	at := start.Add(time.Hour)
	again := found(at)
	w.file(again, at, true)
	if again.ID != first.ID || !again.At.Equal(at) || again.Ended != nil {
		w.Errorf("filed again: %+v, want the id %s", again, first.ID)
	}
	w.wantLetters(again)
	second := filed
	second.Seq, second.At = 2, at
	w.wantJournal(filed, second)
	w.file(found(at), at, false)
}

// wantJournal compares the whole journal.
func (w *world) wantJournal(want ...hayon.JournalRow) {
	w.Helper()
	rows, _ := w.rows()
	got := make([]hayon.JournalRow, len(rows))
	for i, r := range rows {
		got[i] = *r
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("journal (-want +got):\n%s", diff)
	}
}

// together runs n functions at once.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			fn(i)
		})
	}
	close(begin)
	wg.Wait()
}

func fileTogether(w *world) {
	var filed atomic.Int32
	together(16, func(i int) {
		l, stored := found(start.Add(time.Duration(i)*time.Second)), false
		w.try(func(ctx context.Context, tx hayon.Tx) (err error) {
			stored, err = hayon.FileLetter(ctx, tx, l, start)
			return err
		})
		if stored {
			filed.Add(1)
		}
	})
	journal, _ := w.rows()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		all, err := tx.FindLetters(ctx, hayon.LetterFilter{All: true})
		if filed.Load() != 1 || len(all) != 1 || len(journal) != 1 {
			w.Errorf("%d say that they filed it, and there are %d letters and %d rows", filed.Load(), len(all), len(journal))
		}
		return err
	})
}

func putTogether(w *world) {
	var stored, refused atomic.Int32
	together(2, func(i int) {
		l := found(start.Add(time.Duration(i) * time.Second))
		switch err := w.s.Update(w.Context(), putLetter(l)); {
		case err == nil:
			stored.Add(1)
		case hayon.CodeOf(err) == hayon.CodeConflict:
			refused.Add(1)
		default:
			w.Errorf("PutLetter: %v", err)
		}
	})
	if stored.Load() != 1 || refused.Load() != 1 {
		w.Errorf("%d were stored and %d refused, want one each", stored.Load(), refused.Load())
	}
}

func letterRows(w *world) {
	me, other := w.user, hayon.UserID{11: 9}
	w.user = other
	theirs := w.one(w.account("demo"))
	w.user = me
	actor := hayon.Actor{User: hayon.UserID{11: 7}, Source: hayon.SourceAPI, RequestID: "r1"}
	worker := hayon.Actor{Source: hayon.SourceWorker}
	gone := hayon.NewTargetID(start)
	for _, c := range []struct {
		name   string
		target hayon.TargetID
		by     hayon.Actor
		want   hayon.JournalRow
	}{
		{"of a target", theirs.ID, actor, hayon.JournalRow{
			User: other, Source: hayon.SourceAPI, RequestID: "r1", Post: theirs.Post, Target: theirs.ID, Account: theirs.Account, Platform: "demo",
		}},
		{"of a target, by nobody", theirs.ID, worker, hayon.JournalRow{
			User: other, Source: hayon.SourceWorker, Post: theirs.Post, Target: theirs.ID, Account: theirs.Account, Platform: "demo",
		}},
		{"of a target that is gone", gone, actor, hayon.JournalRow{User: actor.User, Source: hayon.SourceAPI, RequestID: "r1", Target: gone}},
		{"of a target that is gone, by nobody", gone, worker, hayon.JournalRow{User: hayon.LocalUser().ID, Source: hayon.SourceWorker, Target: gone}},
		{"of none", hayon.TargetID{}, actor, hayon.JournalRow{User: actor.User, Source: hayon.SourceAPI, RequestID: "r1"}},
		{"of none, by nobody", hayon.TargetID{}, worker, hayon.JournalRow{User: hayon.LocalUser().ID, Source: hayon.SourceWorker}},
	} {
		l := newLetter(1)
		l.Target, l.Cause = c.target, hayon.CauseDeliveryLimit
		at := start.Add(time.Hour)
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			return hayon.JournalLetter(ctx, tx, l, c.by, hayon.LetterReplayed, "the cause is gone", at)
		})
		rows, _ := w.rows()
		got := *rows[len(rows)-1]
		c.want.Seq, c.want.At, c.want.Kind, c.want.Reason = got.Seq, at, hayon.RowLetter, "the cause is gone"
		c.want.Body = got.Body
		if diff := cmp.Diff(c.want, got); diff != "" {
			w.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		var body hayon.LetterChange
		err := json.Unmarshal(got.Body, &body)
		want := hayon.LetterChange{Letter: l.ID, Kind: hayon.LetterDead, Cause: hayon.CauseDeliveryLimit, Effect: hayon.LetterReplayed}
		if err != nil || body != want {
			w.Errorf("%s: the row tells %s, %v", c.name, got.Body, err)
		}
	}
}
