package bolt

import (
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// PrunePosts removes deleted posts, those that were deleted first before others. One with a target that
// may still go out stays, whatever made it so.
func (t *Tx) PrunePosts(_ context.Context, before time.Time, limit int) (int, error) {
	posts := make(map[hayon.PostID][]placed)
	for k := range t.from(bucketPostsDeleted, nil, timeKey(before)) {
		if limit > 0 && len(posts) == limit {
			break
		}
		if len(k) != timeLen+idLen {
			return 0, &damage{detail: "a row of posts_deleted cannot be read"}
		}
		id := idOf[hayon.PostID](k[timeLen:])
		targets, err := t.placedTargets(id)
		if err != nil {
			return 0, err
		}
		if !slices.ContainsFunc(targets, func(p placed) bool { return !p.state.Terminal() }) {
			posts[id] = targets
		}
	}
	for id, targets := range posts {
		if err := t.removePost(id, targets); err != nil {
			return 0, err
		}
	}
	if len(posts) == 0 {
		return 0, nil
	}
	_, err := prune(t, bucketKeys, "idempotency key", func(r *hayon.KeyRow) bool { return posts[r.Post] != nil })
	if err == nil {
		_, err = prune(t, bucketDigests, "digest", func(r *hayon.DigestRow) bool { return posts[r.Post] != nil })
	}
	return len(posts), err
}

// removePost removes a post with its targets and everything that follows from them. Its journal rows
// stay.
func (t *Tx) removePost(id hayon.PostID, targets []placed) error {
	p, err := find[hayon.Post](t, bucketPosts, id[:], "post")
	if err != nil {
		return err
	}
	if p == nil {
		return &damage{detail: "post " + id.String() + " is in a list and not there"}
	}
	t.last = nil
	for _, pl := range targets {
		tg, err := t.target(pl.id)
		if err != nil {
			return err
		}
		if err := t.del(bucketTargets, tg.ID[:]); err != nil {
			return err
		}
		if err := t.reindex(targetEntries(tg, pl.pos), nil); err != nil {
			return err
		}
	}
	if err := t.del(bucketPosts, id[:]); err != nil {
		return err
	}
	return t.reindex(postEntries(p, targets), nil)
}
