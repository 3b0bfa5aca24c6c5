package bolt

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// hashField is in the stored form of every target that refers to bytes, and of few others.
var hashField = []byte(`"sha256":`)

// inUse is what targets refer to.
type inUse struct {
	media  map[hayon.MediaID]bool
	hashes map[string]bool
}

// used reads the targets that refer to bytes.
func (t *Tx) used() (inUse, error) {
	u := inUse{media: make(map[hayon.MediaID]bool), hashes: make(map[string]bool)}
	for _, v := range t.from(bucketTargets, nil, nil) {
		if !bytes.Contains(v, hashField) {
			continue
		}
		tg, err := decode[hayon.Target]("target", v)
		if err != nil {
			return inUse{}, err
		}
		for i := range tg.Parts {
			u.part(&tg.Parts[i])
		}
	}
	return u, nil
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

// PruneMedia removes media that no target refers to, by their ids or by their bytes.
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
