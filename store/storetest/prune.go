package storetest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func pruneCases() []testCase {
	return []testCase{
		{"old journal rows go, oldest first, and the newest stays", pruneJournal},
		{"journal rows of targets that are not finished stay", pruneUnfinished},
		{"journal rows of bytes that a target refers to stay", prunePrepared},
		{"journal rows that a subscriber has not read stay", pruneUnread},
		{"a journal that was pruned goes on with the next number", pruneAndAppend},
		{"a pruning that is taken back or cut off is done again", pruneAgain},
		{"a clock that was set back keeps no row for ever", pruneOldBehindYoung},
		{"deleted posts go with everything that follows from them", prunePosts},
		{"posts that were deleted first go first", prunePostsInOrder},
		{"a post stays that is not deleted, or may still go out", prunePostsKeeps},
		{"media go that no target has", pruneMedia},
		{"what is attached, its original and every thumb are needed", neededBlobs},
		{"what a request names stays, and what a change may bring back", neededAgain},
		{"what fitting came to goes after the medium and the targets", pruneFits},
	}
}

const day = 24 * time.Hour

// serviceRows appends journal rows at these times after start.
func (w *world) serviceRows(at ...time.Duration) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for _, d := range at {
			if err := tx.AppendJournal(ctx, &hayon.JournalRow{At: start.Add(d), Kind: hayon.RowService}); err != nil {
				return err
			}
		}
		return nil
	})
}

// pruned forgets journal rows from before an instant and compares how many.
func (w *world) pruned(before time.Time, limit, want int) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		n, err := tx.PruneJournal(ctx, before, limit)
		if n != want {
			w.Errorf("PruneJournal before %s, at most %d, answers %d, want %d", before, limit, n, want)
		}
		return err
	})
}

func (w *world) prunedPosts(before time.Time, limit, want int) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		n, err := tx.PrunePosts(ctx, before, limit)
		if n != want {
			w.Errorf("PrunePosts before %s, at most %d, answers %d, want %d", before, limit, n, want)
		}
		return err
	})
}

// wantRows compares the numbers of the rows that are there.
func (w *world) wantRows(want ...uint64) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindJournal(ctx, hayon.JournalFilter{})
		got := make([]uint64, len(rows))
		for i, r := range rows {
			got[i] = r.Seq
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("journal rows (-want +got):\n%s", diff)
		}
		return err
	})
}

func pruneJournal(w *world) {
	w.pruned(start, 0, 0) // an empty one
	w.serviceRows(-5*day, -4*day, -3*day, -2*day, -day, 0)
	w.pruned(start.Add(-5*day), 0, 0) // before, and not at
	w.pruned(start.Add(-2*day), 2, 2)
	w.wantRows(3, 4, 5, 6)
	w.pruned(start.Add(-2*day), 2, 1)
	w.wantRows(4, 5, 6)
	w.pruned(start.Add(day), 2, 2)
	w.pruned(start.Add(day), 2, 0)
	w.wantRows(6)
}

// aged stores a post for the account whose target is in a state, with a row of the post and one of the
// target, both old. It answers the target.
func (w *world) aged(a hayon.AccountID, s hayon.State) *hayon.Target {
	w.Helper()
	t := w.bring(a, s)
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		err := tx.AppendJournal(ctx, &hayon.JournalRow{At: start.Add(-9 * day), Kind: hayon.RowCreated, User: w.user, Post: t.Post})
		if err != nil {
			return err
		}
		return tx.AppendJournal(ctx, &hayon.JournalRow{
			At: start.Add(-9 * day), Kind: hayon.RowState, User: w.user, Post: t.Post, Target: t.ID, Account: a,
		})
	})
	return t
}

func pruneUnfinished(w *world) {
	var want []uint64
	seq := uint64(0)
	for i, s := range hayon.States() {
		w.aged(w.account("demo/"+strings.Repeat("x", i+1)), s)
		seq += 2
		switch s {
		case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateRetryWait, hayon.StateUncertain:
			want = append(want, seq-1, seq)
		case hayon.StatePublished, hayon.StateFailed, hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		}
	}
	w.serviceRows(0)
	finished := len(hayon.States())*2 - len(want)
	w.pruned(start, 3, 3)
	w.pruned(start, 0, finished-3)
	w.wantRows(append(want, seq+1)...)
}

// prunePrepared has a post with two targets that are finished, one of which was prepared twice.
func prunePrepared(w *world) {
	p := w.post([]hayon.AccountID{w.account("demo"), w.account("demo/b")}, inState(hayon.StateFailed))
	prepared := func(t *hayon.Target) (seq uint64) {
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			r := &hayon.JournalRow{At: start.Add(-9 * day), Kind: hayon.RowPrepared, Post: p.ID, Target: t.ID, Account: t.Account}
			err := tx.AppendJournal(ctx, r)
			seq = r.Seq
			return err
		})
		return seq
	}
	old, now, others := prepared(p.Targets[0]), prepared(p.Targets[0]), prepared(p.Targets[1])
	for i, seq := range []uint64{now, others} {
		w.change(p.Targets[i].ID, func(t *hayon.Target) { t.Parts[0].Prepared = seq })
	}
	w.serviceRows(0)
	w.pruned(start, 0, 1)
	w.wantRows(now, others, others+1)
	if old != 1 {
		w.Errorf("the first row is %d", old)
	}
	w.change(p.Targets[0].ID, func(t *hayon.Target) { t.Parts[0].Prepared = 0 })
	w.pruned(start, 0, 1)
	w.wantRows(others, others+1)
}

func pruneUnread(w *world) {
	w.serviceRows(-9*day, -8*day, -7*day, -6*day, 0)
	put := func(c hayon.Cursor) {
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutCursor(ctx, &c) })
	}
	put(hayon.Cursor{Name: "far", Seq: 5})
	put(hayon.Cursor{Name: "near", Seq: 2})
	put(hayon.Cursor{Name: "gone", Seq: 1, Disabled: true})
	w.pruned(start, 0, 2)
	w.wantRows(3, 4, 5)
	put(hayon.Cursor{Name: "near", Seq: 3})
	w.pruned(start, 0, 1)
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteCursor(ctx, "near") })
	w.pruned(start, 0, 1)
	w.wantRows(5)
}

func pruneAndAppend(w *world) {
	w.serviceRows(-9*day, -8*day)
	w.pruned(start, 0, 1)
	w.s = w.h.Reopen(w.T, w.s)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		last, err := tx.LastJournalSeq(ctx)
		if last != 2 {
			w.Errorf("the journal ends at %d, want 2", last)
		}
		return err
	})
	w.serviceRows(0)
	w.wantRows(2, 3)
	p := w.aged(w.account("demo"), hayon.StateFailed)
	w.pruned(start, 0, 2)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindJournal(ctx, hayon.JournalFilter{Post: p.Post})
		if len(rows) != 1 || rows[0].Seq != 5 {
			w.Errorf("rows of the post: %v", rows)
		}
		return err
	})
}

func pruneAgain(w *world) {
	t := w.aged(w.account("demo"), hayon.StateScheduled) // rows 1 and 2 stay
	w.serviceRows(-9*day, -8*day, -7*day, 0)
	w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error {
		if n, err := tx.PruneJournal(ctx, start, 2); n != 2 || err != nil {
			w.Errorf("PruneJournal answers %d, %v", n, err)
		}
		return hayon.Errorf(hayon.CodeInternal, "taken back")
	})
	w.wantRows(1, 2, 3, 4, 5, 6)
	w.pruned(start, 1, 1)
	w.s = w.h.Reopen(w.T, w.s)
	w.change(t.ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
	w.pruned(start, 1, 1)
	w.pruned(start.Add(-8*day), 0, 2) // another instant begins anew
	w.wantRows(5, 6)
	w.pruned(start, 0, 1)
	w.pruned(start, 0, 0)
	w.wantRows(6)
}

func pruneOldBehindYoung(w *world) {
	w.serviceRows(day, -9*day, day, -8*day, 0)
	w.pruned(start, 1, 1)
	w.pruned(start, 1, 1)
	w.pruned(start, 1, 0)
	w.wantRows(1, 3, 5)
}

func prunePosts(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	p := w.post([]hayon.AccountID{a, b}, inState(hayon.StateFailed))
	w.change(p.Targets[0].ID, func(t *hayon.Target) {
		t.Parts[0].Remote.ID = "r1"
		t.Enter(hayon.StatePublished, start)
	})
	other := w.post([]hayon.AccountID{a}, inState(hayon.StateFailed))
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for i, post := range []hayon.PostID{p.ID, other.ID} {
			name := string(rune('x' + i))
			if err := tx.PutKey(ctx, &hayon.KeyRow{User: w.user, Key: name, Post: post, At: start}); err != nil {
				return err
			}
			if err := tx.PutDigest(ctx, &hayon.DigestRow{Account: a, Digest: name, Post: post, At: start}); err != nil {
				return err
			}
			if err := tx.AppendJournal(ctx, row(w.user, post)); err != nil {
				return err
			}
		}
		return nil
	})
	w.remove(p, start)
	w.prunedPosts(start, 0, 0)
	w.prunedPosts(start.Add(1), 0, 1)
	w.prunedPosts(start.Add(1), 0, 0)
	w.wantGone(p, a)
	w.wantRows(1, 2)
	w.find("what is left", hayon.PostFilter{Owner: w.user, Deleted: true}, other)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		_, keyErr := tx.FindKey(ctx, w.user, "y")
		_, digestErr := tx.FindDigest(ctx, a, "y")
		if keyErr != nil || digestErr != nil {
			w.Errorf("key and digest of the other post: %v, %v", keyErr, digestErr)
		}
		return nil
	})
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, w.fresh(p)) }) // nothing is in its way
}

// fresh is a post as before it was ever changed.
func (w *world) fresh(p *hayon.Post) *hayon.Post {
	p.DeletedAt = time.Time{}
	p.Targets[0].Parts[0].Remote.ID = "r1"
	return p
}

// wantGone looks for everything of a removed post that had the key and digest x, and the remote id r1.
func (w *world) wantGone(p *hayon.Post, a hayon.AccountID) {
	w.Helper()
	for name, find := range map[string]func(ctx context.Context, tx hayon.Tx) error{
		"post": func(ctx context.Context, tx hayon.Tx) error { _, err := tx.FindPostByID(ctx, p.ID); return err },
		"target": func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.FindTargetByID(ctx, p.Targets[1].ID)
			return err
		},
		"remote": func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.FindTargetByRemote(ctx, a, "r1")
			return err
		},
		"key":    func(ctx context.Context, tx hayon.Tx) error { _, err := tx.FindKey(ctx, w.user, "x"); return err },
		"digest": func(ctx context.Context, tx hayon.Tx) error { _, err := tx.FindDigest(ctx, a, "x"); return err },
	} {
		if err := w.s.View(w.Context(), find); hayon.CodeOf(err) != hayon.CodeNotFound {
			w.Errorf("the %s is still there: %v", name, err)
		}
	}
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		found, err := tx.FindPostIDs(ctx, w.user, p.ID.Digits(), 0)
		if len(found) > 0 {
			w.Errorf("FindPostIDs answers %v", found)
		}
		return err
	})
}

func prunePostsInOrder(w *world) {
	a := w.account("demo")
	var posts []*hayon.Post
	for range 6 {
		posts = append(posts, w.post([]hayon.AccountID{a}, inState(hayon.StateDraft)))
	}
	for i, p := range posts { // the newest first
		w.change(p.Targets[0].ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
		w.remove(p, start.Add(-time.Duration(i)*day))
	}
	slices.Reverse(posts)
	all := hayon.PostFilter{Owner: w.user, Deleted: true}
	w.prunedPosts(start.Add(day), 2, 2)
	w.find("after two", all, posts[2:]...)
	w.prunedPosts(start.Add(-day), 2, 2)
	w.prunedPosts(start.Add(-day), 2, 0)
	w.find("after the old ones", all, posts[4:]...)
}

// prunePostsKeeps has a deleted post that is to go out, which no service makes.
func prunePostsKeeps(w *world) {
	a := w.account("demo")
	w.post([]hayon.AccountID{a}, inState(hayon.StateFailed))
	p := w.post([]hayon.AccountID{a}, inState(hayon.StateScheduled))
	w.remove(p, start)
	w.prunedPosts(start.Add(day), 0, 0)
	w.target(p.Targets[0].ID)
	if err := w.s.Check(w.Context()); hayon.CodeOf(err) != hayon.CodeLocal {
		w.Errorf("Check of a deleted post that is scheduled answers %v", err)
	}
	w.change(p.Targets[0].ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
	w.prunedPosts(start.Add(day), 0, 1)
}
