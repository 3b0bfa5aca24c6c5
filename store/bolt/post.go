package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

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
	targets := make([]placed, 0, len(p.Targets))
	for i, tg := range p.Targets {
		if err := t.createTarget(p, tg, i); err != nil {
			return err
		}
		targets = append(targets, placed{id: tg.ID, state: tg.State, account: tg.Account, pos: i})
	}
	return t.reindex(nil, postEntries(p, targets))
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

// UpdatePost replaces the post's own row. When it was deleted decides in which lists it stands.
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
	if err := t.put(bucketPosts, p.ID[:], b); err != nil || old.DeletedAt.Equal(p.DeletedAt) {
		return err
	}
	targets, err := t.placedTargets(p.ID)
	if err != nil {
		return err
	}
	return t.reindex(postEntries(old, targets), postEntries(p, targets))
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

// FindPosts answers posts with their targets, in the order of f.
func (t *Tx) FindPosts(_ context.Context, f hayon.PostFilter) ([]*hayon.Post, error) {
	newest := f.Order == "" || f.Order == hayon.OrderNewest
	if !newest && !f.Before.IsZero() {
		return nil, hayon.Errorf(hayon.CodeInternal, "posts are paged by an id in the order %s alone, not in %s", hayon.OrderNewest, f.Order)
	}
	m := t.postStreams(f)
	var out []*hayon.Post
	for id, ok := m.next(); ok; id, ok = m.next() {
		if newest && f.Limit > 0 && len(out) == f.Limit {
			break
		}
		p, err := find[hayon.Post](t, bucketPosts, id[:], "post")
		if err == nil && p == nil {
			err = &damage{detail: "post " + id.String() + " is in a list and not there"}
		}
		if err == nil {
			err = t.addTargets(p)
		}
		if err != nil {
			return nil, err
		}
		if fits(p, f) {
			out = append(out, p)
		}
	}
	sortPosts(out, f.Order)
	if f.Limit > 0 && len(out) > f.Limit {
		out = out[:f.Limit]
	}
	return out, nil
}

func sortPosts(ps []*hayon.Post, order hayon.PostOrder) {
	byID := func(a, b *hayon.Post) int { return bytes.Compare(a.ID[:], b.ID[:]) }
	switch order {
	case hayon.OrderOldest:
		slices.SortFunc(ps, byID)
	case hayon.OrderSoonest, hayon.OrderLatest:
		slices.SortFunc(ps, func(a, b *hayon.Post) int {
			if a.At().IsZero() != b.At().IsZero() {
				if a.At().IsZero() {
					return 1
				}
				return -1
			}
			c := cmp.Or(a.At().Compare(b.At()), byID(a, b))
			if order == hayon.OrderLatest {
				return -c
			}
			return c
		})
	}
}

func fits(p *hayon.Post, f hayon.PostFilter) bool {
	account := func(as []hayon.AccountID) bool {
		return slices.ContainsFunc(p.Targets, func(tg *hayon.Target) bool { return slices.Contains(as, tg.Account) })
	}
	label := func(l string) bool { return slices.Contains(p.Labels, l) }
	return (f.Owner.IsZero() || p.Owner == f.Owner) &&
		(f.Deleted || p.DeletedAt.IsZero()) &&
		(f.Since.IsZero() || !p.CreatedAt.Before(f.Since)) &&
		(f.Until.IsZero() || p.CreatedAt.Before(f.Until)) &&
		(len(f.Accounts) == 0 || account(f.Accounts)) && !account(f.NotAccounts) &&
		hasState(f.States, p.State()) && !slices.ContainsFunc(f.NotLabels, label) &&
		!slices.ContainsFunc(f.Labels, func(l string) bool { return !label(l) }) &&
		(len(f.Sources) == 0 || slices.Contains(f.Sources, p.Source)) && fitsText(p, f) && fitsAt(p.At(), f)
}

func fitsText(p *hayon.Post, f hayon.PostFilter) bool {
	if len(f.Words) == 0 && len(f.NotWords) == 0 {
		return true
	}
	text := p.SearchText()
	has := func(w string) bool { return strings.Contains(text, hayon.FoldText(w)) }
	return !slices.ContainsFunc(f.NotWords, has) &&
		!slices.ContainsFunc(f.Words, func(w string) bool { return !has(w) })
}

func fitsAt(at time.Time, f hayon.PostFilter) bool {
	return f.AtSince.IsZero() && f.AtUntil.IsZero() ||
		!at.IsZero() && (f.AtSince.IsZero() || !at.Before(f.AtSince)) && (f.AtUntil.IsZero() || at.Before(f.AtUntil))
}

func hasState(states []hayon.PostState, s hayon.PostState) bool {
	if slices.Contains(states, s) {
		return true
	}
	return len(states) == 0
}

// stream is a list of posts in a bucket, read from its end.
type stream struct {
	c      *bbolt.Cursor
	prefix []byte
	id     hayon.PostID // the newest not yet taken
}

// merge reads several streams as one, each post once.
type merge struct {
	streams []*stream
	oldest  hayon.PostID // posts before it are not wanted
}

// postStreams opens the streams that f needs. Without an owner and accounts it is the one of all
// posts.
func (t *Tx) postStreams(f hayon.PostFilter) *merge {
	m := &merge{}
	if !f.Since.IsZero() {
		m.oldest = idAt(f.Since)
	}
	before := f.Before
	if !f.Until.IsZero() {
		if u := idAt(f.Until.Add(time.Millisecond)); before.IsZero() || bytes.Compare(u[:], before[:]) < 0 {
			before = u
		}
	}
	var scopes []scope
	for _, a := range f.Accounts {
		scopes = append(scopes, accountScope(a))
	}
	if len(scopes) == 0 && !f.Owner.IsZero() {
		scopes = append(scopes, ownerScope(f.Owner))
	}
	if len(scopes) == 0 {
		m.add(t.bucket(bucketPosts).Cursor(), nil, before)
	}
	states := f.States
	if len(states) == 0 {
		states = hayon.PostStates()
	}
	for _, sc := range scopes {
		for _, s := range states {
			m.add(t.bucket(bucketPostsByState).Cursor(), join(sc[:], []byte{postStateByte(s, false)}), before)
			if f.Deleted {
				m.add(t.bucket(bucketPostsByState).Cursor(), join(sc[:], []byte{postStateByte(s, true)}), before)
			}
		}
	}
	return m
}

// idAt is the smallest id of a post made in the millisecond of at.
func idAt(at time.Time) hayon.PostID {
	var id hayon.PostID
	ms := uint64(max(at.UnixMilli(), 0)) & (1<<48 - 1)
	binary.BigEndian.PutUint64(id[:8], ms<<16)
	return id
}

// add opens a stream of the posts before an id; the zero id means all.
func (m *merge) add(c *bbolt.Cursor, prefix []byte, before hayon.PostID) {
	s := &stream{c: c, prefix: prefix}
	end := next(prefix)
	if !before.IsZero() {
		end = join(prefix, before[:])
	}
	var k []byte
	if end == nil {
		k, _ = c.Last()
	} else if k, _ = c.Seek(end); k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if s.take(k) {
		m.streams = append(m.streams, s)
	}
}

// take reads the id of the stream's next key, and reports whether there is one.
func (s *stream) take(k []byte) bool {
	if len(k) != len(s.prefix)+idLen || !bytes.HasPrefix(k, s.prefix) {
		return false
	}
	s.id = idOf[hayon.PostID](k[len(s.prefix):])
	return true
}

// next answers the newest post of all streams and moves every stream that has it.
func (m *merge) next() (hayon.PostID, bool) {
	var newest hayon.PostID
	for _, s := range m.streams {
		if bytes.Compare(s.id[:], newest[:]) > 0 {
			newest = s.id
		}
	}
	if newest.IsZero() || bytes.Compare(newest[:], m.oldest[:]) < 0 {
		return hayon.PostID{}, false
	}
	kept := m.streams[:0]
	for _, s := range m.streams {
		if s.id == newest {
			if k, _ := s.c.Prev(); !s.take(k) {
				continue
			}
		}
		kept = append(kept, s)
	}
	m.streams = kept
	return newest, true
}
