package bolt

import (
	"bytes"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
)

// postList is a list of posts in the order of their ids, up or down.
type postList interface {
	// seek answers the first post of the list that does not stand before id in its order; ok is false at
	// its end. What it is asked for never goes back.
	seek(id hayon.PostID) (found hayon.PostID, ok bool)
}

// direction is the order of lists of posts.
type direction bool

const (
	upwards   direction = false // the oldest first
	downwards direction = true  // the newest first
)

func (d direction) compare(a, b hayon.PostID) int {
	if d == downwards {
		a, b = b, a
	}
	return bytes.Compare(a[:], b[:])
}

// after is the id that comes next; ok is false where there is none.
func (d direction) after(id hayon.PostID) (next hayon.PostID, ok bool) {
	for i := len(id) - 1; i >= 0; i-- {
		if d == downwards {
			id[i]--
			ok = id[i] != 0xff
		} else {
			id[i]++
			ok = id[i] != 0
		}
		if ok {
			return id, true
		}
	}
	return id, false
}

// meet answers the first post, from id on, that is in every list. The shortest list comes first: each step
// of it is one in the others.
func meet(lists []postList, id hayon.PostID) (found hayon.PostID, ok bool) {
	for i := 0; i < len(lists); {
		found, ok := lists[i].seek(id)
		switch {
		case !ok:
			return id, false
		case found != id:
			id, i = found, 0
		default:
			i++
		}
	}
	return id, true
}

// stream is the list of the posts whose keys in an index have a prefix.
type stream struct {
	c      *bbolt.Cursor
	d      direction
	prefix []byte
	placed bool
	ended  bool
	id     hayon.PostID // the one that c is at
	value  []byte
	key    []byte // memory for the next one
}

// maxSteps is how many entries a stream passes before it looks its way up from the root.
const maxSteps = 8

func (s *stream) seek(id hayon.PostID) (hayon.PostID, bool) {
	for range maxSteps {
		if !s.placed {
			break
		}
		if s.ended || s.d.compare(s.id, id) >= 0 {
			return s.id, !s.ended
		}
		if s.d == downwards {
			s.take(s.c.Prev())
		} else {
			s.take(s.c.Next())
		}
	}
	if !s.placed || !s.ended && s.d.compare(s.id, id) < 0 {
		s.placed = true
		s.place(id)
	}
	return s.id, !s.ended
}

// place moves the cursor to the first entry from id on.
func (s *stream) place(id hayon.PostID) {
	s.key = append(append(s.key[:0], s.prefix...), id[:]...)
	k, v := s.c.Seek(s.key)
	if s.d == downwards && !bytes.Equal(k, s.key) {
		if k == nil {
			k, v = s.c.Last()
		} else {
			k, v = s.c.Prev()
		}
	}
	s.take(k, v)
}

// take makes an entry the one that the stream is at.
func (s *stream) take(k, v []byte) {
	if len(k) != len(s.prefix)+idLen || !bytes.HasPrefix(k, s.prefix) {
		s.ended = true
		return
	}
	s.id, s.value = hayon.PostID(k[len(s.prefix):]), v
}

// union is several streams as one list, each post once.
type union struct {
	streams []*stream
	at      *stream // the one whose post was found last
}

// union opens the streams of these prefixes in an index.
func (t *Tx) union(d direction, bucket []byte, prefixes ...[]byte) *union {
	u := &union{streams: make([]*stream, 0, len(prefixes))}
	for _, p := range prefixes {
		u.streams = append(u.streams, &stream{c: t.bucket(bucket).Cursor(), d: d, prefix: p})
	}
	return u
}

func (u *union) seek(id hayon.PostID) (hayon.PostID, bool) {
	u.at = nil
	for _, s := range u.streams {
		if found, ok := s.seek(id); ok && (u.at == nil || s.d.compare(found, u.at.id) < 0) {
			u.at = s
		}
	}
	if u.at == nil {
		return id, false
	}
	return u.at.id, true
}

// inMemory is a list of posts that were read before.
type inMemory struct {
	d   direction
	ids []hayon.PostID
}

// newInMemory takes ids in any order.
func newInMemory(d direction, ids []hayon.PostID) *inMemory {
	slices.SortFunc(ids, d.compare)
	return &inMemory{d: d, ids: ids}
}

func (l *inMemory) seek(id hayon.PostID) (hayon.PostID, bool) {
	i, _ := slices.BinarySearchFunc(l.ids, id, l.d.compare)
	if l.ids = l.ids[i:]; len(l.ids) == 0 {
		return id, false
	}
	return l.ids[0], true
}
