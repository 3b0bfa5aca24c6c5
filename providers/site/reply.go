package site

import (
	"net/url"

	"github.com/hayon/hayon"
)

// Refers takes every web address: a site answers whatever has one.
func (p *Provider) Refers(_ *hayon.Account, link string) bool { return isWeb(link) }

// Quotes is false: the address of what is quoted stands in the text.
func (p *Provider) Quotes(*hayon.Account) bool { return false }

func isWeb(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// answered is what a part answers, as its file names it: a web address, or where an own post has none, the
// name of its file. "" where it answers nothing.
func answered(part *hayon.Part) (string, error) {
	to := part.ReplyTo
	switch {
	case to == nil:
		return "", nil
	case isWeb(to.URL):
		return to.URL, nil
	case safeName(to.ID):
		return to.ID, nil
	}
	return "", hayon.Errorf(hayon.CodeInvalid, "site: %q is no web address that could be answered", to.URL).
		WithHint("an address begins with https://")
}
