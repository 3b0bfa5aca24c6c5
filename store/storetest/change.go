package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func changeCases() []testCase {
	return []testCase{
		{"a target is added behind the others", addTarget},
		{"a target that is added has its post's lists and its own", addTargetLists},
		{"a target that cannot be added is refused", addTargetWrong},
		{"changes of a user and of a post, the newest first", findChanges},
		{"changes go with their rows", pruneChanges},
		{"changes are of a user or of a post", findChangesOfWhom},
	}
}

// newTarget is a target of a post that is there.
func (w *world) newTarget(p *hayon.Post, a hayon.AccountID, s hayon.State) *hayon.Target {
	t := w.newPost([]hayon.AccountID{a}, inState(s)).Targets[0]
	t.Post, t.Owner = p.ID, p.Owner
	return t
}

// add adds a target to a post, here and in the store.
func (w *world) add(p *hayon.Post, t *hayon.Target) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.AddTarget(ctx, t) })
	p.Targets = append(p.Targets, t)
}

func addTarget(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	for _, p := range []*hayon.Post{w.post(nil), w.post([]hayon.AccountID{b, a})} {
		w.add(p, w.newTarget(p, a, hayon.StateScheduled))
		w.add(p, w.newTarget(p, b, hayon.StateQueued))
		w.s = w.h.Reopen(w.T, w.s)
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			got, err := tx.FindPostByID(ctx, p.ID)
			if diff := cmp.Diff(p, got); diff != "" {
				w.Errorf("post (-want +got):\n%s", diff)
			}
			return err
		})
	}
}

func addTargetLists(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	p := w.post([]hayon.AccountID{a}, inState(hayon.StateFailed))
	in := func(s hayon.PostState) hayon.PostFilter { return hayon.PostFilter{States: []hayon.PostState{s}} }
	of := hayon.PostFilter{Accounts: []hayon.AccountID{b}}
	w.counted("failed", in(hayon.PostFailed), p)
	w.counted("not yet for the account", of)
	t := w.newTarget(p, b, hayon.StateScheduled)
	t.Due = start.Add(time.Hour)
	w.add(p, t)
	w.counted("not failed any more", in(hayon.PostFailed))
	w.counted("scheduled", in(hayon.PostScheduled), p)
	w.counted("for the account", of, p)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		next, err := tx.NextWake(ctx, hayon.StateScheduled, time.Time{})
		if !next.Equal(t.Due) {
			w.Errorf("the next one wakes at %s, want %s", next, t.Due)
		}
		return err
	})
	w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
	w.counted("as it was", in(hayon.PostFailed), p)
}

func addTargetWrong(w *world) {
	a := w.account("demo")
	p := w.post([]hayon.AccountID{a})
	for _, c := range []struct {
		name string
		code hayon.Code
		set  func(*hayon.Target)
	}{
		{"another post", hayon.CodeNotFound, func(t *hayon.Target) { t.Post = hayon.NewPostID(start) }},
		{"another owner", hayon.CodeInternal, func(t *hayon.Target) { t.Owner = hayon.UserID{11: 9} }},
		{"no id", hayon.CodeInternal, func(t *hayon.Target) { t.ID = hayon.TargetID{} }},
		{"a state of later", hayon.CodeInternal, func(t *hayon.Target) { t.State = hayon.StatePublished }},
		{"the same again", hayon.CodeConflict, func(t *hayon.Target) { t.ID = p.Targets[0].ID }},
	} {
		t := w.newTarget(p, a, hayon.StateQueued)
		c.set(t)
		err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.AddTarget(ctx, t) })
		if hayon.CodeOf(err) != c.code {
			w.Errorf("%s: AddTarget answers %v, want %s", c.name, err, c.code)
		}
	}
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindPostByID(ctx, p.ID)
		if diff := cmp.Diff(p, got); diff != "" {
			w.Errorf("post (-want +got):\n%s", diff)
		}
		return err
	})
}

// changes compares the numbers of rows that record a change.
func (w *world) changes(name string, f hayon.ChangeFilter, want ...uint64) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindChanges(ctx, f)
		var got []uint64
		for _, r := range rows {
			got = append(got, r.Seq)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%s (-want +got):\n%s", name, diff)
		}
		return err
	})
}

// changeRows appends rows of two users and two posts: 1, 3, 5, 6, 8 and 9 record changes.
func (w *world) changeRows(p, q hayon.PostID, other hayon.UserID) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		var errs []error
		for i, r := range []*hayon.JournalRow{
			{User: w.user, Post: p, Kind: hayon.RowCreated},
			{User: w.user, Post: p, Kind: hayon.RowState},
			{User: w.user, Post: q, Kind: hayon.RowCreated},
			{User: w.user, Post: p, Kind: hayon.RowChanged},
			{User: w.user, Post: p, Kind: hayon.RowRevised, Body: hayon.Encode(hayon.Change{Kind: hayon.ChangeEdited, Revision: 2})},
			{User: other, Post: p, Kind: hayon.RowRevised},
			{User: other, Kind: hayon.RowAccount},
			{Post: q, Kind: hayon.RowRevised},
			{User: w.user, Post: q, Kind: hayon.RowRevised},
		} {
			r.At = start.Add(time.Duration(i) * time.Hour)
			errs = append(errs, tx.AppendJournal(ctx, r))
		}
		return errors.Join(errs...)
	})
}

func findChanges(w *world) {
	p, q, other := hayon.NewPostID(start), hayon.NewPostID(start), hayon.UserID{11: 9}
	w.changeRows(p, q, other)
	mine, of := hayon.ChangeFilter{User: w.user}, hayon.ChangeFilter{Post: p}
	w.changes("of a user", mine, 9, 5, 3, 1)
	w.changes("of another", hayon.ChangeFilter{User: other}, 6)
	w.changes("of nobody that there is", hayon.ChangeFilter{User: hayon.UserID{11: 7}})
	w.changes("of a post", of, 6, 5, 1)
	w.changes("of the other post", hayon.ChangeFilter{Post: q}, 9, 8, 3)
	for _, c := range []struct {
		before     uint64
		limit      int
		mine, post []uint64
	}{
		{9, 0, []uint64{5, 3, 1}, []uint64{6, 5, 1}},
		{5, 0, []uint64{3, 1}, []uint64{1}},
		{5, 1, []uint64{3}, []uint64{1}},
		{1, 0, nil, nil},
		{100, 2, []uint64{9, 5}, []uint64{6, 5}},
	} {
		mine.Before, mine.Limit = c.before, c.limit
		of.Before, of.Limit = c.before, c.limit
		w.changes("page of a user", mine, c.mine...)
		w.changes("page of a post", of, c.post...)
	}
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindChanges(ctx, hayon.ChangeFilter{Post: p, Before: 6, Limit: 1})
		if err != nil || len(rows) != 1 {
			w.Fatalf("FindChanges answers %d rows, %v", len(rows), err)
		}
		want, err := tx.FindJournalRow(ctx, 5)
		if diff := cmp.Diff(want, rows[0]); diff != "" {
			w.Errorf("row (-want +got):\n%s", diff)
		}
		return err
	})
}

func pruneChanges(w *world) {
	p, q := hayon.NewPostID(start), hayon.NewPostID(start)
	w.changeRows(p, q, hayon.UserID{11: 9})
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.PruneJournal(ctx, start.Add(5*time.Hour), 0)
		return err
	})
	w.changes("what is left of a user", hayon.ChangeFilter{User: w.user}, 9)
	w.changes("what is left of a post", hayon.ChangeFilter{Post: p}, 6)
}

func findChangesOfWhom(w *world) {
	for _, f := range []hayon.ChangeFilter{{}, {User: w.user, Post: hayon.NewPostID(start)}} {
		w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.FindChanges(ctx, f)
			return err
		})
	}
}
