package bolt

import (
	"iter"

	"github.com/hayon/hayon"
)

// atRange are the posts whose time is in the range of the filter.
func (q *query) atRange() *inMemory {
	var ids []hayon.PostID
	for _, prefix := range q.shelves() {
		start := atKey(prefix, q.at.from, join(prefix, firstWake()))
		end := atKey(prefix, q.at.to, next(prefix))
		for k := range q.t.keys(bucketPostsByAt, start, end) {
			if len(k) == len(prefix)+timeLen+idLen {
				ids = append(ids, hayon.PostID(k[len(prefix)+timeLen:]))
			}
		}
	}
	return newInMemory(q.d, ids)
}

// inOrderOfAt yields the posts that fit from posts_by_at, those without a time last.
func (q *query) inOrderOfAt() iter.Seq[hit] {
	return func(yield func(hit) bool) {
		prefix := q.shelves()[0]
		for k := range q.walkAt(prefix) {
			if len(k) != len(prefix)+timeLen+idLen {
				q.err = &damage{detail: "a row of posts_by_at cannot be read"}
				return
			}
			h := hit{id: hayon.PostID(k[len(prefix)+timeLen:]), at: [timeLen]byte(k[len(prefix):])}
			fits := !q.heads.selects() || q.fitsHead(&h, q.t.get(bucketPostsBySearch, join(prefix, h.id[:])))
			if q.err == nil && fits {
				fits = q.fitsNot(h.id)
			}
			if q.err != nil || fits && !yield(h) {
				return
			}
		}
	}
}

// walkAt yields the keys of posts_by_at in the order and range of the filter.
func (q *query) walkAt(prefix []byte) iter.Seq[[]byte] {
	timed := join(prefix, firstWake())
	start, end := atKey(prefix, q.at.from, timed), atKey(prefix, q.at.to, next(prefix))
	return func(yield func([]byte) bool) {
		walk := q.t.keys
		if q.f.Order == hayon.OrderLatest {
			walk = q.t.keysBackwards
		}
		for k := range walk(bucketPostsByAt, start, end) {
			if !yield(k) {
				return
			}
		}
		if q.at.set() {
			return // a post without a time is in no range
		}
		for k := range walk(bucketPostsByAt, prefix, timed) {
			if !yield(k) {
				return
			}
		}
	}
}

// atKey is where a time stands under a prefix of posts_by_at; other where there is none.
func atKey(prefix, at, other []byte) []byte {
	if at == nil {
		return other
	}
	return join(prefix, at)
}
