package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// The kinds of changes.
const (
	changeRemoved = "removed"
	changeEdited  = "edited"
)

// change is a line of the file of what is public that speaks of an earlier one.
type change struct {
	Change string `json:"change"`
	// Of is the id of the post.
	Of string    `json:"of"`
	At time.Time `json:"at"`
	// The others are what an edited post says from now on.
	Text    string            `json:"text,omitempty"`
	Alts    []string          `json:"alts,omitempty"`
	Langs   []string          `json:"langs,omitempty"`
	Options map[string]string `json:"options,omitempty"`
	Facets  []Facet           `json:"facets,omitempty"`
}

// readChange reads a line; ok is false where it is none of a change.
func readChange(line []byte) (c change, ok bool) {
	if !bytes.HasPrefix(line, []byte(`{"change":`)) || json.Unmarshal(line, &c) != nil {
		return change{}, false
	}
	return c, true
}

// applyTo makes the change in a list of posts. What it is about may be gone.
func (c change) applyTo(posts []Post) []Post {
	// The newest of that id: once a post is removed, its id may come again.
	for i := len(posts) - 1; i >= 0; i-- {
		if posts[i].ID != c.Of {
			continue
		}
		if c.Change == changeRemoved {
			return slices.Delete(posts, i, i+1)
		}
		p := &posts[i]
		p.Text, p.Alts, p.Langs, p.Options, p.Facets, p.EditedAt = c.Text, c.Alts, c.Langs, c.Options, c.Facets, c.At
		break
	}
	return posts
}

// change makes the change in the index.
func (l *ledger) change(c change) {
	e, ok := l.byID[c.Of]
	if !ok {
		return
	}
	l.byText[e.marker] = slices.DeleteFunc(l.byText[e.marker], func(s stub) bool { return s.id == c.Of })
	if len(l.byText[e.marker]) == 0 {
		delete(l.byText, e.marker)
	}
	if c.Change == changeRemoved {
		delete(l.byID, c.Of)
		if l.byKey[e.key].id == c.Of {
			delete(l.byKey, e.key)
		}
		return
	}
	e.marker = markerOf(c.Text, len(c.Alts), "")
	l.byID[c.Of] = e
	l.byText[e.marker] = append(l.byText[e.marker], e.stub)
}

// change makes a change public.
func (h *held) change(c change) error {
	if err := h.public.write(h.posts, c); err != nil {
		return local(h.file, err)
	}
	h.ledger.change(c)
	return nil
}

// changing locks the account's ledger for a change of the post with this id, unless the account's
// settings or the fault kind keep it from being made.
func (p *Provider) changing(ctx context.Context, a *hayon.Account, kind fault, id string) (*held, error) {
	set, err := parseSettings(a.Settings)
	if err != nil {
		return nil, err
	}
	if !wait(ctx, set.latency) {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "demo: the connection ended; it may be asked again")
	}
	if e := set.refused(wall()); e != nil {
		return nil, e
	}
	l, err := p.ledger(a)
	if err != nil {
		return nil, err
	}
	h, err := l.lock(ctx)
	if err != nil {
		return nil, err
	}
	h.asked++
	if set.fails(kind, id, h.asked) {
		h.unlock()
		return nil, hayon.Errorf(hayon.CodeUnavailable, "demo: %s has a problem of its own (%s)", set.server(), kind).WithHint("try again")
	}
	return h, nil
}

// Delete removes a post or a repost: a line says so. What it was made of in classes C and F cannot be
// published again.
func (p *Provider) Delete(ctx context.Context, s hayon.Session, r hayon.Remote) error {
	id := idOf(r)
	h, err := p.changing(ctx, s.Account(), faultDelete, id)
	if err != nil {
		return err
	}
	defer h.unlock()
	e, ok := h.byID[id]
	if !ok {
		return nil
	}
	now := wall()
	if err := h.open(); err != nil {
		return err
	}
	if _, ok := h.handles[e.key]; ok {
		if err := h.note(stateLine{Kind: lineGone, At: now, Handle: e.key}); err != nil {
			return err
		}
	}
	return h.change(change{Change: changeRemoved, Of: id, At: now})
}

// idOf is the id of a post, which may be known by its URL alone.
func idOf(r hayon.Remote) string {
	if _, id, ok := parseLink(r.URL); r.ID == "" && ok {
		return id
	}
	return r.ID
}

// Edit makes a post say what the part says: a line says what that is. A post that is gone is not_found,
// and a repost invalid.
func (p *Provider) Edit(ctx context.Context, s hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
	part := r.Part()
	set, err := parseSettings(s.Account().Settings)
	if err != nil {
		return hayon.Remote{}, err
	}
	var c content
	if err := p.say(set, part, r.Target.Options, &c); err != nil {
		return hayon.Remote{}, err
	}
	id := idOf(part.Remote)
	h, err := p.changing(ctx, s.Account(), faultEdit, id)
	if err != nil {
		return hayon.Remote{}, err
	}
	defer h.unlock()
	switch e, ok := h.byID[id]; {
	case !ok:
		return hayon.Remote{}, hayon.Errorf(hayon.CodeNotFound, "demo: the post is not there any more; nothing is changed").
			WithHint("post it again")
	case e.repost:
		return hayon.Remote{}, hayon.Errorf(hayon.CodeInvalid, "demo: a repost says nothing that could be changed")
	}
	now := wall()
	out := change{Change: changeEdited, Of: id, At: now, Text: c.Text, Alts: c.Alts, Langs: slices.Clone(c.Langs), Options: maps.Clone(c.Options), Facets: c.Facets}
	if err := h.change(out); err != nil {
		return hayon.Remote{}, err
	}
	return p.remote(s.Account(), id), nil
}

// Reposts takes the URL of a post of any account of this machine.
func (p *Provider) Reposts(_ *hayon.Account, link string) bool {
	_, _, ok := parseLink(link)
	return ok
}
