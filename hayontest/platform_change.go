package hayontest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

var (
	_ hayon.Deleter  = (*Platform)(nil)
	_ hayon.Editor   = (*Platform)(nil)
	_ hayon.Reposter = (*Platform)(nil)
)

const (
	platformURL = "https://platform.example/"
	// repostOf begins the bytes of a repost; the id of the original follows.
	repostOf = "\x00repost "
)

func remote(id string) hayon.Remote { return hayon.Remote{ID: id, URL: platformURL + id} }

func platformOptions() []hayon.Option {
	return []hayon.Option{
		{
			Name: hayon.OptionVisibility, Kind: hayon.OptionChoice, Default: hayon.VisibilityPublic,
			Values: hayon.Visibilities(),
		},
		{Name: hayon.OptionWarning, Kind: hayon.OptionText},
	}
}

// say makes the post say what a part says.
func (p *Public) say(text string, media []hayon.Attachment, options map[string]string) {
	p.Text, p.Alts, p.Options = text, nil, maps.Clone(options)
	for _, m := range media {
		p.Alts = append(p.Alts, m.Alt)
	}
}

// data is what the call that made the post sent.
func (p *Public) data() string {
	if p.Repost != "" {
		return repostOf + p.Repost
	}
	return p.Text
}

// at is the index of the account's post with an id; -1 where there is none. It must be called with mu held.
func (p *Platform) at(a hayon.AccountID, id string) int {
	return slices.IndexFunc(p.public, func(post Public) bool { return post.Account == a && post.ID == id })
}

// Delete removes a post or a repost of the account. Once it is gone, its idem makes another one.
func (p *Platform) Delete(ctx context.Context, s hayon.Session, r hayon.Remote) error {
	if p.OnDelete != nil {
		if err := p.OnDelete(ctx, r); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.at(s.Account().ID, r.ID); i >= 0 {
		p.public = slices.Delete(p.public, i, i+1)
		if p.removed == nil {
			p.removed = make(map[string]bool)
		}
		p.removed[r.ID] = true
	}
	return nil
}

// Edit makes a post of the account say what the part says. One that is gone is not_found, and a repost
// invalid.
func (p *Platform) Edit(ctx context.Context, s hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
	if p.OnEdit != nil {
		if err := p.OnEdit(ctx, r); err != nil {
			return hayon.Remote{}, err
		}
	}
	part := r.Part()
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.at(s.Account().ID, part.Remote.ID)
	if i < 0 {
		return hayon.Remote{}, hayon.Errorf(hayon.CodeNotFound, "platform: the post is not there any more")
	}
	post := &p.public[i]
	if post.Repost != "" {
		return hayon.Remote{}, hayon.Errorf(hayon.CodeInvalid, "platform: a repost says nothing that could be changed")
	}
	post.say(part.Text, part.Media, r.Target.Options)
	post.Edits++
	return remote(post.ID), nil
}

// Reposts takes the addresses of the platform's posts.
func (p *Platform) Reposts(_ *hayon.Account, url string) bool {
	id, ok := strings.CutPrefix(url, platformURL)
	return ok && id != ""
}

// original is the id of a post of anybody, or the address of one elsewhere. One that was removed is invalid.
func (p *Platform) original(what hayon.Remote) (string, error) {
	id := what.ID
	if id == "" {
		id = strings.TrimPrefix(what.URL, platformURL)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.removed[id] {
		return "", hayon.Errorf(hayon.CodeInvalid, "platform: there is no such post any more: %s", id)
	}
	return id, nil
}
