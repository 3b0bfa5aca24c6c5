package bolt

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// What is in the stored form of every row that refers to bytes or media, and of few others.
var (
	hashField  = []byte(`"sha256":`)
	mediaField = []byte(`"media":[`)
)

// inUse is what posts and targets refer to, as they are and as they were before changes that may be taken
// back.
type inUse struct {
	media  map[hayon.MediaID]bool
	hashes map[string]bool
}

// used reads the rows that refer to something.
func (t *Tx) used() (inUse, error) {
	u := inUse{media: make(map[hayon.MediaID]bool), hashes: make(map[string]bool)}
	err := readUsed(t, bucketTargets, "target", u.target, hashField)
	if err == nil {
		err = readUsed(t, bucketPosts, "post", u.post, mediaField)
	}
	if err == nil {
		err = t.usedBefore(u)
	}
	return u, err
}

// readUsed calls fn with every row that has one of these fields.
func readUsed[T any](t *Tx, bucket []byte, what string, fn func(*T), fields ...[]byte) error {
	for _, v := range t.from(bucket, nil, nil) {
		if !hasField(v, fields...) {
			continue
		}
		row, err := decode[T](what, v)
		if err != nil {
			return err
		}
		fn(row)
	}
	return nil
}

func hasField(row []byte, fields ...[]byte) bool {
	return slices.ContainsFunc(fields, func(f []byte) bool { return bytes.Contains(row, f) })
}

// usedBefore adds what posts that are still there referred to before they were changed.
func (t *Tx) usedBefore(u inUse) error {
	for k, v := range t.from(bucketChangesByUser, nil, nil) {
		if !bytes.Equal(v, []byte{changeRevised}) {
			continue
		}
		row := t.get(bucketJournal, seqKey(keySeq(k)))
		if row != nil && !hasField(row, hashField, mediaField) {
			continue
		}
		r, err := t.listedRow(keySeq(k))
		if err != nil {
			return err
		}
		if t.get(bucketPosts, r.Post[:]) == nil {
			continue
		}
		c, err := parse[hayon.Change]("change", r.Body)
		if err != nil {
			return err
		}
		u.image(c.Before)
	}
	return nil
}

func (u inUse) image(i *hayon.PostImage) {
	if i == nil {
		return
	}
	if i.Post != nil {
		u.post(i.Post)
	}
	for _, tg := range i.Targets {
		u.target(tg)
	}
}

func (u inUse) post(p *hayon.Post) {
	if p.Request == nil {
		return
	}
	for i := range p.Request.Media {
		m := &p.Request.Media[i]
		u.media[m.Media], u.media[m.Thumb] = true, true
	}
}

func (u inUse) target(tg *hayon.Target) {
	for i := range tg.Parts {
		u.part(&tg.Parts[i])
	}
}

func (u inUse) part(p *hayon.Part) {
	for i := range p.Media {
		a := &p.Media[i]
		u.media[a.Media], u.hashes[a.SHA256] = true, true
		u.blob(a.Original)
		u.blob(a.Thumb)
	}
	if p.Card != nil {
		u.blob(p.Card.Thumb)
	}
}

func (u inUse) blob(b *hayon.BlobRef) {
	if b != nil {
		u.hashes[b.SHA256] = true
	}
}

// PruneMedia removes media that nothing refers to, by their ids or by their bytes.
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
	u, err := t.used()
	if err != nil {
		return 0, err
	}
	n := 0
	for id, hash := range unused {
		if u.media[id] || u.hashes[hash] {
			continue
		}
		if err := t.del(bucketMedia, id[:]); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// PruneFits forgets what fitting came to where nothing can ask for it any more.
func (t *Tx) PruneFits(_ context.Context, before time.Time) (int, error) {
	media := make(map[string]bool)
	u, err := t.used()
	if err == nil {
		err = t.mediaHashes(media)
	}
	if err != nil {
		return 0, err
	}
	return prune(t, bucketFits, "fitting", func(r *hayon.FitRow) bool {
		return r.At.Before(before) && !media[r.Source] && !u.hashes[r.Source] && !u.hashes[r.Result.SHA256]
	})
}

// mediaHashes adds those of all media.
func (t *Tx) mediaHashes(to map[string]bool) error {
	for _, v := range t.from(bucketMedia, nil, nil) {
		m, err := decode[hayon.Media]("medium", v)
		if err != nil {
			return err
		}
		to[m.SHA256] = true
	}
	return nil
}

// BlobHashes answers the hashes of all bytes that are needed.
func (t *Tx) BlobHashes(context.Context) ([]string, error) {
	u, err := t.used()
	if err == nil {
		err = t.mediaHashes(u.hashes)
	}
	if err != nil {
		return nil, err
	}
	for _, v := range t.from(bucketFits, nil, nil) {
		r, err := decode[hayon.FitRow]("fitting", v)
		if err != nil {
			return nil, err
		}
		u.blob(&r.Result)
	}
	return slices.Sorted(maps.Keys(u.hashes)), nil
}
