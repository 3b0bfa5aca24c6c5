package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// FindPosts answers posts from what the indexes tell of them; it reads no row that it does not answer.
//
// For each owner, the lists that f asks for (of states, accounts, labels, times) are met in the order of
// ids, with posts_by_search as one more where words, sources or instants are asked for: it is read from
// end to end only where no other list is shorter. An order by [hayon.Post.At] alone walks posts_by_at.
func (t *Tx) FindPosts(_ context.Context, f hayon.PostFilter) ([]*hayon.Post, error) {
	hits, err := t.hits(f)
	if err != nil {
		return nil, err
	}
	out := make([]*hayon.Post, 0, len(hits))
	for _, h := range hits {
		p, err := find[hayon.Post](t, bucketPosts, h.id[:], "post")
		if err == nil && p == nil {
			err = &damage{detail: "post " + h.id.String() + " is in a list and not there"}
		}
		if err == nil {
			err = t.addTargets(p)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// CountPosts reads no row of a post.
func (t *Tx) CountPosts(_ context.Context, f hayon.PostFilter) (int, error) {
	f.Limit, f.Before, f.Order = 0, hayon.PostID{}, ""
	n := 0
	for f := range t.byOwner(f) {
		more, err := t.newQuery(f).count()
		if err != nil {
			return 0, err
		}
		n += more
	}
	return n, nil
}

// count is how many posts of the owner fit.
func (q *query) count() (n int, err error) {
	if q.byStateAlone() {
		for _, prefix := range q.statePrefixes() { // each post is in one of them
			for range q.t.keys(bucketPostsByState, prefix, next(prefix)) {
				n++
			}
		}
		return n, nil
	}
	for range q.inOrderOfIDs() {
		n++
	}
	return n, q.err
}

// byStateAlone reports whether nothing but states is asked for.
func (q *query) byStateAlone() bool {
	return len(q.f.Accounts)+len(q.f.NotAccounts)+len(q.f.Labels)+len(q.f.NotLabels) == 0 && !q.at.set() && !q.heads.selects()
}

// hit is a post that a filter selects.
type hit struct {
	id hayon.PostID
	at [timeLen]byte // only of the orders that go by it
}

// hits are the posts that a filter selects, in its order.
func (t *Tx) hits(f hayon.PostFilter) ([]hit, error) {
	switch {
	case f.Order == "":
		f.Order = hayon.OrderNewest
	case !slices.Contains(hayon.PostOrders(), f.Order):
		return nil, hayon.Errorf(hayon.CodeInternal, "posts are looked for in the unknown order %q", f.Order)
	}
	if f.Order != hayon.OrderNewest && !f.Before.IsZero() {
		return nil, hayon.Errorf(hayon.CodeInternal, "posts are paged by an id in the order %s alone, not in %s", hayon.OrderNewest, f.Order)
	}
	var out []hit
	owners := 0
	for f := range t.byOwner(f) {
		hits, err := t.newQuery(f).hits()
		if err != nil {
			return nil, err
		}
		out = append(out, hits...)
		owners++
	}
	if owners > 1 {
		sortHits(out, f.Order)
	}
	return firsts(out, f.Limit), nil
}

func firsts(hits []hit, limit int) []hit {
	if limit > 0 && len(hits) > limit {
		return hits[:limit]
	}
	return hits
}

func sortHits(hits []hit, order hayon.PostOrder) {
	d := direction(order == hayon.OrderNewest || order == hayon.OrderLatest)
	if order == hayon.OrderNewest || order == hayon.OrderOldest {
		slices.SortFunc(hits, func(a, b hit) int { return d.compare(a.id, b.id) })
		return
	}
	slices.SortFunc(hits, func(a, b hit) int {
		c := bytes.Compare(a.at[:], b.at[:])
		switch {
		case c == 0:
			return d.compare(a.id, b.id)
		case allZero(a.at[:]):
			return 1
		case allZero(b.at[:]):
			return -1
		case d == downwards:
			return -c
		}
		return c
	})
}

// byOwner yields a filter for the owner of f or, where it has none, one for each that has posts.
func (t *Tx) byOwner(f hayon.PostFilter) iter.Seq[hayon.PostFilter] {
	return func(yield func(hayon.PostFilter) bool) {
		if !f.Owner.IsZero() {
			yield(f)
			return
		}
		c := t.bucket(bucketPostsBySearch).Cursor()
		for k, _ := c.First(); len(k) >= idLen; {
			f.Owner = idOf[hayon.UserID](k)
			end := next(f.Owner[:])
			if !yield(f) || end == nil {
				return
			}
			k, _ = c.Seek(end)
		}
	}
}

// query is a filter of one owner.
type query struct {
	t     *Tx
	f     hayon.PostFilter
	d     direction // of the lists
	at    timeRange // of [hayon.Post.At]
	heads *headFilter
	err   error // why it ended early
}

func (t *Tx) newQuery(f hayon.PostFilter) *query {
	return &query{
		t: t, f: f, d: direction(f.Order != hayon.OrderOldest), at: rangeOf(f.AtSince, f.AtUntil), heads: newHeadFilter(f),
	}
}

// byAt reports whether the order is one by [hayon.Post.At].
func (q *query) byAt() bool { return q.f.Order == hayon.OrderSoonest || q.f.Order == hayon.OrderLatest }

// narrowed reports whether lists that may be short are to be met.
func (q *query) narrowed() bool {
	return len(q.f.States)+len(q.f.Accounts)+len(q.f.Labels)+len(q.f.Words) > 0 || q.f.Deleted || !q.f.Since.IsZero()
}

// hits are the posts of the owner, in the order of the filter and no more than it wants.
func (q *query) hits() ([]hit, error) {
	walk, sorted := q.inOrderOfIDs(), !q.byAt()
	if q.byAt() && !q.narrowed() {
		walk, sorted = q.inOrderOfAt(), true
	}
	var out []hit
	for h := range walk {
		out = append(out, h)
		if sorted && len(out) == q.f.Limit {
			break
		}
	}
	if !sorted {
		sortHits(out, q.f.Order)
	}
	return firsts(out, q.f.Limit), q.err
}

// inOrderOfIDs yields the posts that fit in the order of their ids.
func (q *query) inOrderOfIDs() iter.Seq[hit] {
	return func(yield func(hit) bool) {
		lists, heads := q.lists()
		id, last := q.bounds()
		for ok := true; ok; id, ok = q.d.after(id) {
			if id, ok = meet(lists, id); !ok || q.d.compare(id, last) > 0 {
				return
			}
			h := hit{id: id}
			fits := heads == nil || q.fitsHead(&h, heads.at.value)
			if q.err == nil && fits {
				fits = q.fitsNot(id)
			}
			if q.err != nil || fits && !yield(h) {
				return
			}
		}
	}
}

// fitsHead reports whether the head of a post fits, and notes what the order needs of it.
func (q *query) fitsHead(h *hit, stored []byte) bool {
	if !q.heads.selects() && !q.byAt() {
		return true
	}
	hd, err := readHead(stored)
	if err != nil {
		q.err = err
		return false
	}
	h.at = [timeLen]byte(hd.at)
	return q.heads.fits(hd)
}

// fitsNot reports whether a post has none of the labels and accounts that it must not have.
func (q *query) fitsNot(id hayon.PostID) bool {
	for _, label := range q.f.NotLabels {
		for _, prefix := range q.shelves(labelKey(label)) {
			if q.t.has(bucketPostsByLabel, join(prefix, id[:])) {
				return false
			}
		}
	}
	if len(q.f.NotAccounts) == 0 {
		return true
	}
	targets, err := q.t.placedTargets(id)
	if err != nil {
		q.err = err
		return false
	}
	return !slices.ContainsFunc(targets, func(p placed) bool { return slices.Contains(q.f.NotAccounts, p.account) })
}

// bounds are the first and the last id that may fit.
func (q *query) bounds() (first, last hayon.PostID) {
	low, high := hayon.PostID{}, hayon.PostID(bytes.Repeat([]byte{0xff}, idLen))
	if !q.f.Since.IsZero() {
		low = idAt(q.f.Since)
	}
	if !q.f.Until.IsZero() {
		high = idAt(q.f.Until.Add(time.Millisecond))
	}
	if !q.f.Before.IsZero() {
		if before, ok := downwards.after(q.f.Before); ok && bytes.Compare(before[:], high[:]) < 0 {
			high = before
		}
	}
	if q.d == downwards {
		return high, low
	}
	return low, high
}

// idAt is the smallest id of a post made in the millisecond of at.
func idAt(at time.Time) hayon.PostID {
	var id hayon.PostID
	ms := uint64(max(at.UnixMilli(), 0)) & (1<<48 - 1)
	binary.BigEndian.PutUint64(id[:8], ms<<16)
	return id
}

// lists are those that every post of the answer is in, and among them, where something is to be known of
// heads, that of heads.
func (q *query) lists() (lists []postList, heads *union) {
	if len(q.f.States)+len(q.f.Accounts) > 0 {
		lists = append(lists, q.t.union(q.d, bucketPostsByState, q.statePrefixes()...))
	}
	if q.at.set() {
		lists = append(lists, q.atRange())
	}
	for _, label := range q.f.Labels {
		lists = append(lists, q.t.union(q.d, bucketPostsByLabel, q.shelves(labelKey(label))...))
	}
	// An account may be another's.
	if len(lists) == 0 || q.heads.selects() || q.byAt() || len(q.f.Accounts) > 0 {
		heads = q.t.union(q.d, bucketPostsBySearch, q.shelves()...)
		lists = append(lists, heads)
	}
	return lists, heads
}

// shelves are the prefixes of an index of the shelves that the filter looks at.
func (q *query) shelves(more ...[]byte) [][]byte {
	var out [][]byte
	for _, deleted := range []bool{false, true} {
		if !deleted || q.f.Deleted {
			s := shelfOf(q.f.Owner, deleted)
			out = append(out, join(s[:], slices.Concat(more...)))
		}
	}
	return out
}

// statePrefixes are the prefixes of posts_by_state of the states and accounts that are wanted.
func (q *query) statePrefixes() [][]byte {
	scopes := make([]scope, 0, 1+len(q.f.Accounts))
	for _, a := range q.f.Accounts {
		scopes = append(scopes, accountScope(a))
	}
	if len(scopes) == 0 {
		scopes = append(scopes, ownerScope(q.f.Owner))
	}
	states := q.f.States
	if len(states) == 0 {
		states = hayon.PostStates()
	}
	states = slices.Compact(slices.Sorted(slices.Values(states)))
	var out [][]byte
	for _, sc := range scopes {
		for _, s := range states {
			out = append(out, join(sc[:], []byte{postStateByte(s, false)}))
			if q.f.Deleted {
				out = append(out, join(sc[:], []byte{postStateByte(s, true)}))
			}
		}
	}
	return out
}
