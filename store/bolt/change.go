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
	targets, err := t.placedTargets(p.ID)
	if err != nil {
		return err
	}
	pos := 0
	if len(targets) > 0 {
		pos = targets[len(targets)-1].pos + 1
	}
	if pos >= maxTargets {
		return hayon.Errorf(hayon.CodeInvalid, "a post cannot have more than %d targets", maxTargets)
	}
	deleted := !p.DeletedAt.IsZero()
	before := postStateEntries(p.ID, p.Owner, deleted, targets)
	if err := t.createTarget(p, tg, pos); err != nil {
		return err
	}
	targets = append(targets, placed{id: tg.ID, state: tg.State, account: tg.Account, pos: pos})
	return t.reindex(before, postStateEntries(p.ID, p.Owner, deleted, targets))
}

// FindChanges walks the list of a user's changes from its end, or of all rows of a post.
func (t *Tx) FindChanges(_ context.Context, f hayon.ChangeFilter) ([]*hayon.JournalRow, error) {
	if f.User.IsZero() == f.Post.IsZero() {
		return nil, hayon.Errorf(hayon.CodeInternal, "changes are looked for by a user or by a post")
	}
	index, id := bucketChangesByUser, f.User[:]
	if f.User.IsZero() {
		index, id = bucketJournalByPost, f.Post[:]
	}
	end := next(id)
	if f.Before > 0 {
		end = join(id, seqKey(f.Before))
	}
	var out []*hayon.JournalRow
	for k := range t.keysBackwards(index, id, end) {
		if f.Limit > 0 && len(out) == f.Limit {
			break
		}
		r, err := t.listedRow(keySeq(k))
		if err != nil {
			return nil, err
		}
		if r.Kind == hayon.RowCreated || r.Kind == hayon.RowRevised {
			out = append(out, r)
		}
	}
	return out, nil
}

// listedRow reads a journal row that an index named.
func (t *Tx) listedRow(seq uint64) (*hayon.JournalRow, error) {
	r, err := find[hayon.JournalRow](t, bucketJournal, seqKey(seq), "journal row")
	if err == nil && r == nil {
		err = &damage{detail: "a journal row is in a list and not there"}
	}
	return r, err
}
