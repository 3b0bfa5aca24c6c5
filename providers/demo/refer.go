package demo

import (
	"context"
	"net/url"
	"os"
	"strings"

	"github.com/hayon/hayon"
)

// Refers takes every https address: there may be a post of some place.
func (p *Provider) Refers(_ *hayon.Account, link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// Quotes is what the account says.
func (p *Provider) Quotes(a *hayon.Account) bool {
	set, err := parseSettings(a.Settings)
	return err == nil && !set.noQuotes
}

// errNoPost is what is said of an address that is none of a post here.
func errNoPost(link string) *hayon.Error {
	return hayon.Errorf(hayon.CodeInvalid, "demo: there is no such post: %s", link).WithHint("look whether it was removed")
}

// found is a post of this machine: what it answers, and its address.
type found struct {
	stem, id, root string
}

func (f found) url() string { return base + f.stem + "/" + f.id }

// find looks for a post of any account by its address, or of the same account by its id. ok is false where
// the address is of another place.
func (p *Provider) find(ctx context.Context, a *hayon.Account, what hayon.Remote) (f found, ok bool, err error) {
	link := what.URL
	if link == "" {
		link = p.remote(a, what.ID).URL
	}
	f.stem, f.id, ok = parseLink(link)
	if !ok {
		return found{}, false, nil
	}
	l, err := p.ledgerOf(f.stem)
	if err != nil {
		return found{}, true, err
	}
	if _, err := os.Stat(l.file); err != nil { // to ask would make the file
		return found{}, true, errNoPost(link)
	}
	root, there, err := l.rootOf(ctx, f.id)
	if err == nil && !there {
		err = errNoPost(link)
	}
	f.root = root
	return f, true, err
}

// rootOf is the first post of the conversation of a post; ok is false where there is no such post.
func (l *ledger) rootOf(ctx context.Context, id string) (root string, ok bool, err error) {
	h, err := l.lock(ctx)
	if err != nil {
		return "", false, err
	}
	defer h.unlock()
	e, ok := h.byID[id]
	return e.root, ok, nil
}

// answer is the post that a first part answers, and the first one of that conversation: of the same account
// by its id, of others by the address.
func (p *Provider) answer(ctx context.Context, a *hayon.Account, to hayon.Remote) (parent, root hayon.Remote, err error) {
	f, here, err := p.find(ctx, a, to)
	switch {
	case err != nil:
		return parent, root, err
	case !here && !p.Refers(a, to.URL):
		return parent, root, hayon.Errorf(hayon.CodeInvalid, "demo: %q is no address of a post", to.URL).
			WithHint("an address begins with https://")
	case !here:
		there := hayon.Remote{ID: to.URL, URL: to.URL}
		return there, there, nil
	}
	parent = hayon.Remote{ID: f.id, URL: f.url()}
	if f.stem != stemOf(a) {
		parent.ID = f.url()
	}
	root = parent
	switch {
	case strings.HasPrefix(f.root, "https://"):
		root = hayon.Remote{ID: f.root, URL: f.root}
	case f.root != "" && f.stem != stemOf(a):
		there := base + f.stem + "/" + f.root
		root = hayon.Remote{ID: there, URL: there}
	case f.root != "":
		root = p.remote(a, f.root)
	}
	return parent, root, nil
}

// isHere reports whether an id is one of the account's own posts.
func isHere(id string) bool { return id != "" && !strings.HasPrefix(id, "https://") }

// quoted is the address of what is quoted, which is there where it is a post of this machine.
func (p *Provider) quoted(ctx context.Context, a *hayon.Account, what hayon.Remote) (string, error) {
	f, here, err := p.find(ctx, a, what)
	switch {
	case err != nil:
		return "", err
	case here:
		return f.url(), nil
	case !p.Refers(a, what.URL):
		return "", hayon.Errorf(hayon.CodeInvalid, "demo: %q is no address of a post", what.URL).
			WithHint("an address begins with https://")
	}
	return what.URL, nil
}

// original is the URL of what is to be reposted, which must be public: of any account by its URL, or of
// the same one by its id.
func (p *Provider) original(ctx context.Context, a *hayon.Account, what hayon.Remote) (string, error) {
	f, here, err := p.find(ctx, a, what)
	if err != nil {
		return "", err
	}
	if !here {
		return "", hayon.Errorf(hayon.CodeInvalid, "demo: %q is no post", what.URL).
			WithHint("a URL of a post begins with " + base)
	}
	return f.url(), nil
}
