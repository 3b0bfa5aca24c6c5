package bluesky

import (
	"context"

	"github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/api/bsky"

	"github.com/hayon/hayon"
)

// Refers takes the address of a post, on bsky.app or on a client with the same paths, and its at:// URI.
func (p *Provider) Refers(_ *hayon.Account, url string) bool {
	_, ok := parseLink(url)
	return ok
}

// Quotes is always so: every server takes them.
func (p *Provider) Quotes(*hayon.Account) bool { return true }

// What a part refers to, as errors and previews call it.
const (
	whatItAnswers = "the post that it answers"
	whatItQuotes  = "the post that it quotes"
)

// refs are the posts that a part refers to.
type refs struct {
	reply *bsky.FeedPost_ReplyRef // nil: it answers nothing
	// root is the first post of the conversation that the part joins; empty where it is our own thread.
	root  hayon.Remote
	quote *atproto.RepoStrongRef // nil: it quotes nothing
}

// refer reads what a part answers and quotes. What somebody answers or quotes is looked at even where its
// hash is known: it may be gone.
func (p *Provider) refer(ctx context.Context, s hayon.Session, d *draft) error {
	found := new(refs)
	var err error
	if to := d.answers(); to != nil {
		err = p.joins(ctx, s, d, *to, found)
	} else {
		found.reply, err = p.follows(ctx, s, d.PrepareRequest, d.who)
	}
	if err != nil {
		return err
	}
	if q := d.Part().Quote; q != nil {
		quoted, err := p.original(ctx, s, *q, whatItQuotes, d.who)
		if err != nil {
			return err
		}
		found.quote = strongRef(quoted.Remote)
	}
	d.refs = found
	return nil
}

// answers is the post that the whole target answers; nil where it answers none, and for the later parts.
func (d *draft) answers() *hayon.Remote {
	switch {
	case d.Index > 0:
		return nil
	case !d.Parent.IsZero():
		return &d.Parent
	}
	return d.Part().ReplyTo
}

// joins reads the post that the first part answers, which says what its conversation began with.
func (p *Provider) joins(ctx context.Context, s hayon.Session, d *draft, to hayon.Remote, into *refs) error {
	parent, err := p.original(ctx, s, to, whatItAnswers, d.who)
	if err != nil {
		return err
	}
	into.root = parent.Remote
	if root := parent.value.Reply.Root; root.URI != "" && root.CID != "" {
		name, ok := parseURI(root.URI)
		if !ok {
			return d.who.errorf(hayon.CodeInvalid, "%s, %s, is in a conversation that cannot be joined", whatItAnswers, to.ID)
		}
		into.root = remote(string(name.owner), name.rkey, root.CID)
	}
	into.reply = &bsky.FeedPost_ReplyRef{Parent: strongRef(parent.Remote), Root: strongRef(into.root)}
	return nil
}

func strongRef(r hayon.Remote) *atproto.RepoStrongRef {
	return &atproto.RepoStrongRef{Uri: r.ID, Cid: r.Digest}
}

// follows says which part is before this one, and what their conversation began with.
func (p *Provider) follows(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, who subject) (*bsky.FeedPost_ReplyRef, error) {
	if r.Parent.IsZero() {
		return nil, nil //nolint:nilnil // it answers nothing
	}
	parent, err := p.known(ctx, s, r.Parent, who)
	if err != nil {
		return nil, err
	}
	first := r.Root
	if joined := r.Target.Parts[0].Root; !joined.IsZero() {
		first = joined
	}
	root := parent
	if !first.IsZero() && first.ID != r.Parent.ID {
		if root, err = p.known(ctx, s, first, who); err != nil {
			return nil, err
		}
	}
	return &bsky.FeedPost_ReplyRef{Parent: parent, Root: root}, nil
}

// known is a post of the same conversation with its hash. Where that is not known, because a person
// pointed at the post, it is read.
func (p *Provider) known(ctx context.Context, s hayon.Session, to hayon.Remote, who subject) (*atproto.RepoStrongRef, error) {
	if to.Digest != "" {
		return strongRef(to), nil
	}
	const before = "the part before it"
	name, ok := parseURI(to.ID)
	if !ok {
		return nil, who.errorf(hayon.CodeInvalid, "%s, %q, is no post of Bluesky", before, clean(to.ID, 200))
	}
	if string(name.owner) != s.Account().RemoteID {
		found, err := p.original(ctx, s, to, "the first post of the conversation", who)
		if err != nil {
			return nil, err
		}
		return strongRef(found.Remote), nil
	}
	found, err := p.read(ctx, s, string(name.owner), postCollection, name.rkey)
	if isAbsent(err) {
		return nil, who.errorf(hayon.CodeInvalid, "%s, %s, is not there any more", before, to.ID)
	}
	if err != nil {
		return nil, fault(err, who)
	}
	return &atproto.RepoStrongRef{Uri: to.ID, Cid: found.CID}, nil
}
