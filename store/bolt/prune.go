package bolt

import (
	"bytes"
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

// mediaField is in the stored form of every target with media, and of few others.
var mediaField = []byte(`"media":`)

// PruneMedia removes media that no target has. It reads the targets that have any.
func (t *Tx) PruneMedia(_ context.Context, before time.Time) (int, error) {
	unused := make(map[hayon.MediaID]string)
	for k, v := range t.from(bucketMedia, nil, nil) {
		m, err := decode[hayon.Media]("medium", v)
		if err != nil {
			return 0, err
		}
		if m.CreatedAt.Before(before) {
			unused[idOf[hayon.MediaID](k)] = m.SHA256
		}
	}
	if len(unused) == 0 {
		return 0, nil
	}
	ids, hashes, err := t.usedMedia()
	if err != nil {
		return 0, err
	}
	n := 0
	for id, hash := range unused {
		if ids[id] || hashes[hash] {
			continue
		}
		if err := t.del(bucketMedia, id[:]); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// usedMedia are the ids and the hashes of the media that targets have.
func (t *Tx) usedMedia() (ids map[hayon.MediaID]bool, hashes map[string]bool, err error) {
	ids, hashes = make(map[hayon.MediaID]bool), make(map[string]bool)
	for _, v := range t.from(bucketTargets, nil, nil) {
		if !bytes.Contains(v, mediaField) {
			continue
		}
		tg, err := decode[hayon.Target]("target", v)
		if err != nil {
			return nil, nil, err
		}
		for i := range tg.Parts {
			for _, a := range tg.Parts[i].Media {
				ids[a.Media], hashes[a.SHA256] = true, true
			}
		}
	}
	return ids, hashes, nil
}

// MediaHashes answers the hashes of all media.
func (t *Tx) MediaHashes(context.Context) ([]string, error) {
	var out []string
	for _, v := range t.from(bucketMedia, nil, nil) {
		m, err := decode[hayon.Media]("medium", v)
		if err != nil {
			return nil, err
		}
		out = append(out, m.SHA256)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
