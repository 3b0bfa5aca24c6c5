package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// AddTarget stores a new target of a post that is there.
func (t *Tx) AddTarget(_ context.Context, tg *hayon.Target) error {
	p, err := find[hayon.Post](t, bucketPosts, tg.Post[:], "post")
	switch {
	case err != nil:
		return err
	case p == nil:
		return notFound("post", tg.Post.String())
	}
	before, err := t.placedTargets(p.ID)
	if err != nil {
		return err
	}
	if len(before) >= maxTargets {
		return hayon.Errorf(hayon.CodeInvalid, "a post cannot have more than %d targets", maxTargets)
	}
	pos := 0
	if len(before) > 0 {
		pos = before[len(before)-1].pos + 1
	}
	if err := t.createTarget(p, tg, pos); err != nil {
		return err
	}
	after := append(before[:len(before):len(before)], placed{id: tg.ID, state: tg.State, account: tg.Account, pos: pos})
	return t.reindex(postEntries(p, before), postEntries(p, after))
}

// CountPosts is how many posts f selects.
func (t *Tx) CountPosts(ctx context.Context, f hayon.PostFilter) (int, error) {
	f.Limit, f.Before = 0, hayon.PostID{}
	posts, err := t.FindPosts(ctx, f)
	return len(posts), err
}

// FindChanges answers rows that record a change, the newest first.
func (t *Tx) FindChanges(ctx context.Context, f hayon.ChangeFilter) ([]*hayon.JournalRow, error) {
	rows, err := t.FindJournal(ctx, hayon.JournalFilter{Post: f.Post, User: f.User})
	if err != nil {
		return nil, err
	}
	var out []*hayon.JournalRow
	for i := len(rows) - 1; i >= 0 && (f.Limit == 0 || len(out) < f.Limit); i-- {
		r := rows[i]
		if (r.Kind == hayon.RowCreated || r.Kind == hayon.RowRevised) && (f.Before == 0 || r.Seq < f.Before) {
			out = append(out, r)
		}
	}
	return out, nil
}
