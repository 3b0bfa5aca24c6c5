package bluesky

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/hayon/hayon"
)

// maxRecordKey is the longest record key. Source: https://atproto.com/specs/record-key, read
// 2026-11-20.
const maxRecordKey = 512

// postName names a post: in whose repository, by handle or DID, and under which key.
type postName struct {
	owner identifier
	rkey  string
}

// parseLink reads what a person gives for a post: the address of its page, on bsky.app or on another
// client with the same paths, or its at:// URI.
func parseLink(link string) (n postName, ok bool) {
	link = strings.TrimSpace(link)
	if strings.HasPrefix(link, "at://") {
		return parseURI(link)
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return postName{}, false
	}
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(segments) != 4 || segments[0] != "profile" || segments[2] != "post" {
		return postName{}, false
	}
	return newPostName(segments[1], segments[3])
}

// parseURI reads at://OWNER/app.bsky.feed.post/RKEY.
func parseURI(uri string) (n postName, ok bool) {
	path, ok := strings.CutPrefix(uri, "at://")
	segments := strings.Split(path, "/")
	if !ok || len(segments) != 3 || segments[1] != postCollection {
		return postName{}, false
	}
	return newPostName(segments[0], segments[2])
}

func newPostName(owner, rkey string) (n postName, ok bool) {
	id, ok := parseName(strings.TrimPrefix(owner, "@"))
	return postName{id, rkey}, ok && isRecordKey(rkey)
}

func isRecordKey(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= maxRecordKey &&
		only(s, func(c byte) bool { return alphanumeric(c) || strings.IndexByte("._:~-", c) >= 0 })
}

// RemoteOf is the account's own post with that address, which the account's server is asked for.
func (p *Provider) RemoteOf(ctx context.Context, s hayon.Session, link string) (hayon.Remote, error) {
	who := about(s.Account())
	name, ok := parseLink(link)
	if !ok {
		return hayon.Remote{}, who.errorf(hayon.CodeInvalid, "%q is no address of a post", clean(link, 200)).
			WithHint("it looks like https://bsky.app/profile/alice.bsky.social/post/3m5zzzzzzzz22")
	}
	if err := p.mine(ctx, s, name.owner, who); err != nil {
		return hayon.Remote{}, err
	}
	did := s.Account().RemoteID
	found, err := p.read(ctx, s, did, postCollection, name.rkey)
	if isAbsent(err) {
		return hayon.Remote{}, who.errorf(hayon.CodeInvalid, "there is no such post: %s", clean(link, 200))
	}
	if err != nil {
		return hayon.Remote{}, fault(err, who)
	}
	return remote(did, name.rkey, found.CID), nil
}

// mine refuses whoever is not the account. A handle that is not the account's as we know it may be
// its new one: the account's server knows.
func (p *Provider) mine(ctx context.Context, s hayon.Session, owner identifier, who subject) *hayon.Error {
	a := s.Account()
	if string(owner) == a.RemoteID || strings.EqualFold(string(owner), trimAt(a.Handle)) {
		return nil
	}
	other := who.errorf(hayon.CodeInvalid, "the post is of %s and not of this account", owner)
	if owner.isDID() {
		return other
	}
	did, err := p.resolveOn(ctx, p.reader(ctx, s).PDS, string(owner))
	if e, ok := errors.AsType[*apiError](err); ok && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests {
		return other.WithCause(err)
	}
	if err != nil {
		return fault(err, who)
	}
	if did != a.RemoteID {
		return other
	}
	return nil
}

// reader is the session for reading, which needs none, only to know where.
func (p *Provider) reader(ctx context.Context, s hayon.Session) *session {
	if cur, err := p.load(ctx, s); err == nil {
		return cur
	}
	return &session{DID: s.Account().RemoteID, PDS: s.Account().Host}
}

// read reads a record of the account on its own server.
func (p *Provider) read(ctx context.Context, s hayon.Session, did, collection, rkey string) (*recordRef, error) {
	cur := p.reader(ctx, s)
	found, err := p.getRecord(ctx, cur.PDS, did, collection, rkey)
	if pds, moved := p.movedTo(ctx, cur, err); moved {
		return p.getRecord(ctx, pds, did, collection, rkey)
	}
	return found, err
}

// isAbsent reports whether the server says that it has no such record. Another error says nothing.
func isAbsent(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && e.Status == http.StatusBadRequest && e.Name == "RecordNotFound"
}
