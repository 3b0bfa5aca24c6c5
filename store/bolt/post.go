package bolt

import (
	"bytes"
	"context"

	"github.com/hayon/hayon"
)

// CreatePost stores a post and its targets.
func (t *Tx) CreatePost(_ context.Context, p *hayon.Post) error {
	switch {
	case p.ID.IsZero() || p.Owner.IsZero():
		return hayon.Errorf(hayon.CodeInternal, "a post needs an id and an owner to be stored")
	case len(p.Targets) > maxTargets:
		return hayon.Errorf(hayon.CodeInvalid, "a post cannot have %d targets; at most %d", len(p.Targets), maxTargets)
	case t.get(bucketPosts, p.ID[:]) != nil:
		return hayon.Errorf(hayon.CodeConflict, "there is a post %s already", p.ID)
	}
	b, err := encode("post", p)
	if err != nil {
		return err
	}
	if err := t.insert(bucketPosts, p.ID[:], b); err != nil {
		return err
	}
	row, err := postInRow(p, b)
	if err != nil {
		return err
	}
	targets := make([]placed, 0, len(p.Targets))
	for i, tg := range p.Targets {
		if err := t.createTarget(p, tg, i); err != nil {
			return err
		}
		targets = append(targets, placed{id: tg.ID, state: tg.State, account: tg.Account, pos: i})
	}
	return t.reindex(nil, postEntries(row, targets))
}

// replaced is what stands in a row in the place of bytes that are no UTF-8.
var replaced = []byte(`\ufffd`)

// postInRow is p as its row tells of it, from which the indexes follow.
func postInRow(p *hayon.Post, row []byte) (*hayon.Post, error) {
	if !bytes.Contains(row, replaced) {
		return p, nil
	}
	return decode[hayon.Post]("post", row)
}

func (t *Tx) createTarget(p *hayon.Post, tg *hayon.Target, pos int) error {
	switch {
	case tg.ID.IsZero() || tg.Post != p.ID || tg.Owner != p.Owner:
		return hayon.Errorf(hayon.CodeInternal, "target %s does not belong to post %s and its owner", tg.ID, p.ID)
	case !hayon.State("").CanBecome(tg.State):
		return hayon.Errorf(hayon.CodeInternal, "a new target cannot be %s", tg.State)
	case t.get(bucketTargets, tg.ID[:]) != nil:
		return hayon.Errorf(hayon.CodeConflict, "there is a target %s already", tg.ID)
	}
	return t.putTarget(nil, tg, pos)
}

// FindPostByID answers a post with its targets.
func (t *Tx) FindPostByID(_ context.Context, id hayon.PostID) (*hayon.Post, error) {
	p, err := find[hayon.Post](t, bucketPosts, id[:], "post")
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, notFound("post", id.String())
	}
	return p, t.addTargets(p)
}

func (t *Tx) addTargets(p *hayon.Post) error {
	targets, err := t.placedTargets(p.ID)
	if err != nil {
		return err
	}
	p.Targets = make([]*hayon.Target, 0, len(targets))
	for _, pl := range targets {
		tg, err := t.target(pl.id)
		if err != nil {
			return err
		}
		p.Targets = append(p.Targets, tg)
	}
	return nil
}

// UpdatePost replaces the post's own row, and what the indexes hold of it.
func (t *Tx) UpdatePost(_ context.Context, p *hayon.Post) error {
	old, err := find[hayon.Post](t, bucketPosts, p.ID[:], "post")
	switch {
	case err != nil:
		return err
	case old == nil:
		return notFound("post", p.ID.String())
	case old.Owner != p.Owner:
		return hayon.Errorf(hayon.CodeInternal, "post %s cannot change its owner", p.ID)
	}
	b, err := encode("post", p)
	if err != nil {
		return err
	}
	if err := t.put(bucketPosts, p.ID[:], b); err != nil {
		return err
	}
	row, err := postInRow(p, b)
	if err != nil {
		return err
	}
	targets, err := t.placedTargets(p.ID)
	if err != nil {
		return err
	}
	return t.reindex(postEntries(old, targets), postEntries(row, targets))
}

// FindPostIDs looks the digits up from their end.
func (t *Tx) FindPostIDs(_ context.Context, owner hayon.UserID, suffix string, limit int) ([]hayon.PostID, error) {
	var out []hayon.PostID
	for _, v := range t.under(bucketPostsByDigits, join(owner[:], reversed(suffix))) {
		if limit > 0 && len(out) == limit {
			break
		}
		out = append(out, idOf[hayon.PostID](v))
	}
	return out, nil
}
