package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
)

// parseLink is the page of a post, nil where it cannot be one.
func parseLink(link string) *url.URL {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return u
}

// idIn is what may be a status's id in the address of its page: its last word, on every relative.
func idIn(u *url.URL) mastodon.ID {
	path := strings.TrimRight(u.Path, "/")
	id := path[strings.LastIndexByte(path, '/')+1:]
	if strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_'
	}) {
		return ""
	}
	return mastodon.ID(id)
}

// at reports whether the address is on the account's instance or on the domain of its accounts.
func at(u *url.URL, a *hayon.Account) bool {
	return strings.EqualFold(u.Host, hostOf(a.Host)) || a.Server != nil && strings.EqualFold(u.Host, a.Server.Extra[extraDomain])
}

// RemoteOf is the account's own post with that address, which its instance is asked for.
func (p *Provider) RemoteOf(ctx context.Context, s hayon.Session, link string) (hayon.Remote, error) {
	a := s.Account()
	who := about(a)
	u := parseLink(link)
	if u == nil || !at(u, a) {
		return hayon.Remote{}, who.errorf(hayon.CodeInvalid, "%q is no address of a post on %s", clean(link, 200), hostOf(a.Host)).
			WithHint("it looks like " + a.Host + "/@you/116000000000000000")
	}
	st, err := p.lookUp(ctx, s, u)
	if err != nil {
		return hayon.Remote{}, searchFault(err, who)
	}
	switch {
	case st == nil:
		return hayon.Remote{}, who.errorf(hayon.CodeInvalid, "there is no such post: %s", clean(link, 200))
	case st.Account.ID != localID(a):
		return hayon.Remote{}, who.errorf(hayon.CodeInvalid, "the post is of @%s and not of this account", clean(st.Account.Acct, 200))
	}
	return st.remote(a.Host), nil
}

// lookUp is the status behind an address: by the id in it, where it is the instance's own, else by the
// instance's search, which fetches it from elsewhere. nil: there is none.
func (p *Provider) lookUp(ctx context.Context, s hayon.Session, u *url.URL) (*post, error) {
	if id := idIn(u); id != "" && at(u, s.Account()) {
		st, err := p.post(ctx, s, string(id))
		if err == nil || !isAbsent(err) {
			return st, err
		}
	}
	var found struct {
		Statuses []*post `json:"statuses"`
	}
	err := p.findAny(ctx, s, u.String(), "statuses", &found)
	if isAbsent(err) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil || len(found.Statuses) == 0 {
		return nil, err
	}
	return found.Statuses[0], nil
}

// findAny asks the instance's search for one kind of things, also for what is elsewhere.
// Source: https://docs.joinmastodon.org/methods/search/#v2, read 2026-11-21.
func (p *Provider) findAny(ctx context.Context, s hayon.Session, what, kind string, out any) error {
	return p.signed(ctx, s, func(cur *session) error {
		_, err := p.do(ctx, call{
			method: http.MethodGet, base: cur.Base, path: "/api/v2/search", token: cur.AccessToken,
			query: url.Values{"q": {what}, "type": {kind}, "resolve": {"true"}},
		}, out)
		return err
	})
}

// isAbsent reports whether the instance says that it has no such thing, or that nobody may ask for it.
func isAbsent(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && (e.Status == http.StatusNotFound || e.Status == http.StatusGone || e.Status == http.StatusUnprocessableEntity || e.Status == http.StatusBadRequest)
}

// pageWords stand in the addresses of posts on Mastodon and on what it hears from: Pleroma, Misskey,
// Friendica, Pixelfed, snac, PeerTube, Lemmy and others.
var pageWords = []string{
	"users", "statuses", "status", "notice", "objects", "notes", "display", "p", "post", "posts", "activities", "videos", "w", "comment",
}

// Reposts reports whether the address looks like that of a post, on any server.
func (p *Provider) Reposts(_ *hayon.Account, link string) bool { return isPost(link) }

func isPost(link string) bool {
	u := parseLink(link)
	if u == nil {
		return false
	}
	words := strings.Split(strings.Trim(u.Path, "/"), "/")
	return len(words) > 1 && slices.ContainsFunc(words[:len(words)-1], func(word string) bool {
		return len(word) > 1 && word[0] == '@' || slices.Contains(pageWords, word)
	})
}

// reblog is the body of a repost.
type reblog struct {
	Visibility string `json:"visibility,omitempty"`
}

// prepareRepost finds the post on the account's instance, which only knows posts by ids of its own.
func (p *Provider) prepareRepost(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, who subject) (*hayon.Prepared, error) {
	what := r.Part().Repost
	id := what.ID
	if id == "" && r.Earlier != nil {
		id = r.Earlier.Handles[handleReblog]
	}
	if id == "" {
		st, err := p.referred(ctx, s, *what, who)
		if err != nil {
			return nil, err
		}
		id = string(st.ID)
	}
	body := reblog{Visibility: visibility(r.Target.Options[hayon.OptionVisibility])}
	if body.Visibility == "direct" {
		return nil, who.errorf(hayon.CodeInvalid, "a repost cannot be for single people").WithHint("leave out --visibility")
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &hayon.Prepared{Data: data, Handles: map[string]string{handleReblog: id}}, nil
}
