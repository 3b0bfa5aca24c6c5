package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

func deletedCases() []testCase {
	return []testCase{
		{"a deleted post is in no list unless it is asked for", findDeleted},
		{"pages are full however many posts between were deleted", pageOverDeleted},
		{"states of deleted posts follow every change", deletedByState},
		{"deleting can be taken back", undelete},
	}
}

// remove makes a post a deleted one.
func (w *world) remove(p *hayon.Post, at time.Time) {
	w.Helper()
	p.DeletedAt = at
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.UpdatePost(ctx, p) })
}

func findDeleted(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	p1 := w.post([]hayon.AccountID{a}, inState(hayon.StateDraft))
	p2 := w.post([]hayon.AccountID{a, b}, inState(hayon.StateFailed))
	p3 := w.post([]hayon.AccountID{b}, inState(hayon.StateFailed))
	born := w.newPost([]hayon.AccountID{a}, inState(hayon.StateFailed))
	born.DeletedAt = start
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, born) })
	w.remove(p2, start)
	mine := hayon.PostFilter{Owner: w.user}
	with := func(f hayon.PostFilter) hayon.PostFilter {
		f.Deleted = true
		return f
	}
	failed := hayon.PostFilter{Owner: w.user, States: []hayon.PostState{hayon.PostFailed}}
	accounts := hayon.PostFilter{Accounts: []hayon.AccountID{a, b}}
	newest := hayon.PostFilter{Owner: w.user, Limit: 1}
	w.find("mine", mine, p3, p1)
	w.find("mine, deleted too", with(mine), born, p3, p2, p1)
	w.find("failed", failed, p3)
	w.find("failed, deleted too", with(failed), born, p3, p2)
	w.find("accounts", accounts, p3, p1)
	w.find("accounts, deleted too", with(accounts), born, p3, p2, p1)
	w.find("everybody's", hayon.PostFilter{}, p3, p1)
	w.find("everybody's, deleted too", hayon.PostFilter{Deleted: true}, born, p3, p2, p1)
	w.find("newest", newest, p3)
	w.find("newest, deleted too", with(newest), born)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindPostByID(ctx, p2.ID)
		if err == nil && (!got.DeletedAt.Equal(start) || len(got.Targets) != 2) {
			w.Errorf("the post was deleted %s and has %d targets", got.DeletedAt, len(got.Targets))
		}
		found, findErr := tx.FindPostIDs(ctx, w.user, p2.ID.Digits(), 2)
		if !slices.Equal(found, []hayon.PostID{p2.ID}) || findErr != nil {
			w.Errorf("FindPostIDs answers %v, %v", found, findErr)
		}
		return err
	})
}

func pageOverDeleted(w *world) {
	a := w.account("demo")
	var kept []*hayon.Post
	for i := range 40 {
		p := w.post([]hayon.AccountID{a}, inState(hayon.StateDraft))
		if i%10 == 3 {
			kept = append([]*hayon.Post{p}, kept...)
			continue
		}
		w.remove(p, start)
	}
	f := hayon.PostFilter{Owner: w.user, Limit: 2}
	w.find("first page", f, kept[:2]...)
	f.Before = kept[1].ID
	w.find("second page", f, kept[2:]...)
	f.Before = kept[3].ID
	w.find("third page", f)
}

func deletedByState(w *world) {
	a := w.account("demo")
	p := w.post([]hayon.AccountID{a}, inState(hayon.StateFailed))
	q := w.post([]hayon.AccountID{a}, inState(hayon.StateFailed))
	w.remove(p, start)
	for _, post := range []*hayon.Post{p, q} {
		w.change(post.Targets[0].ID, func(t *hayon.Target) { t.Enter(hayon.StateCancelled, start) })
	}
	for _, s := range hayon.PostStates() {
		f := hayon.PostFilter{Owner: w.user, States: []hayon.PostState{s}}
		with := f
		with.Deleted = true
		if s == hayon.PostCancelled {
			w.find("cancelled", f, q)
			w.find("cancelled, deleted too", with, q, p)
			continue
		}
		w.find(string(s)+", deleted too", with)
	}
}

func undelete(w *world) {
	p := w.post([]hayon.AccountID{w.account("demo")}, inState(hayon.StateDraft))
	f := hayon.PostFilter{Owner: w.user}
	w.remove(p, start)
	w.find("deleted", f)
	w.remove(p, start.Add(time.Hour)) // at another time
	w.remove(p, time.Time{})
	w.find("not deleted", f, p)
	w.prunedPosts(start.Add(2*time.Hour), 0, 0)
}
