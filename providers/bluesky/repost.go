package bluesky

import (
	"context"
	"errors"
	"net/http"

	"github.com/bluesky-social/indigo/api/bsky"

	"github.com/hayon/hayon"
)

// repostCollection is where reposts stand in a repository. Source: the lexicon app.bsky.feed.repost.
const repostCollection = "app.bsky.feed.repost"

// Reposts takes the address of a post, on bsky.app or on a client with the same paths, and its at:// URI.
func (p *Provider) Reposts(_ *hayon.Account, url string) bool {
	_, ok := parseLink(url)
	return ok
}

// prepareRepost answers the body of putRecord for a repost. A repost has no page of its own: its URL is
// that of the post which it shows, because that is what a person wants to see.
func (p *Provider) prepareRepost(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, who subject) (*hayon.Prepared, error) {
	if r.Earlier != nil && len(r.Earlier.Data) > 0 {
		return r.Earlier, nil
	}
	shown, err := p.original(ctx, s, *r.Part().Repost, "", who)
	if err != nil {
		return nil, err
	}
	out, err := seal(s.Account().RemoteID, repostCollection, r.Part().Idem, &bsky.FeedRepost{
		LexiconTypeID: repostCollection, CreatedAt: createdAt(r), Subject: strongRef(shown.Remote),
	})
	if err != nil {
		return nil, err
	}
	out.Remote.URL = shown.URL
	return out, nil
}

// seenPost is a post of anybody, as it is now.
type seenPost struct {
	hayon.Remote

	value recordValue
}

// original finds a post of anybody. as is what the part calls it; "" where it is just a post.
func (p *Provider) original(ctx context.Context, s hayon.Session, what hayon.Remote, as string, who subject) (*seenPost, error) {
	said := what.ID
	if said == "" {
		said = what.URL
	}
	name, ok := parseLink(said)
	if !ok {
		return nil, who.errorf(hayon.CodeInvalid, "%q is no address of a post", clean(said, 200)).
			WithHint("it looks like https://bsky.app/profile/alice.bsky.social/post/3m5zzzzzzzz22")
	}
	cur := p.reader(ctx, s)
	did, err := p.didOf(ctx, cur, name.owner)
	if err != nil {
		return nil, notThere(err, said, as, who)
	}
	host, err := p.serverOf(ctx, cur, did)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil, missing(err, said, as, who)
	}
	if err != nil {
		return nil, err
	}
	found, err := p.getRecord(ctx, host, did, postCollection, name.rkey)
	if err != nil {
		return nil, notThere(err, said, as, who)
	}
	return &seenPost{remote(did, name.rkey, found.CID), found.Value}, nil
}

func (p *Provider) didOf(ctx context.Context, cur *session, owner identifier) (string, error) {
	if owner.isDID() {
		return string(owner), nil
	}
	did, err := p.resolveOn(ctx, cur.PDS, string(owner))
	if err == nil && !isDID(did) {
		err = &unreadable{Host: hostOf(cur.PDS), Err: errIncomplete}
	}
	return did, err
}

// serverOf is the server of a DID. A server of this machine, which is in no public directory, is asked
// for the posts of its own accounts.
func (p *Provider) serverOf(ctx context.Context, cur *session, did string) (string, error) {
	if did == cur.DID || isLoopback(cur.PDS) {
		return cur.PDS, nil
	}
	doc, err := p.ids.document(ctx, did)
	if err != nil {
		return "", err
	}
	pds := doc.pds(false)
	if pds == "" {
		return "", hayon.Errorf(hayon.CodeInvalid, "bluesky: %s names no server that can be used", did)
	}
	return pds, nil
}

// notThere is what keeps a post from being read: it is not there, or nobody can tell now.
func notThere(err error, said, as string, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	if ok && e.Name != "" && (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound) {
		return missing(err, said, as, who)
	}
	return fault(err, who)
}

func missing(err error, said, as string, who subject) *hayon.Error {
	if as == "" {
		return who.errorf(hayon.CodeInvalid, "there is no such post: %s", clean(said, 200)).WithCause(err)
	}
	return who.errorf(hayon.CodeInvalid, "%s is not there any more: %s", as, clean(said, 200)).WithCause(err)
}
