package mastodon

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// address is where an account is looked for: the URL of a host, and the account's name where it was
// given.
type address struct {
	base string
	acct string // name@host, or ""
}

// parseAddress reads @name@host, name@host, a host or a URL. http is for this machine alone.
func parseAddress(s string) (address, error) {
	s = strings.TrimSpace(s)
	var a address
	if !strings.Contains(s, "://") {
		s = strings.TrimPrefix(s, "@")
		if name, host, ok := strings.Cut(s, "@"); ok && name != "" && !strings.ContainsAny(name, "/:") {
			a.acct, s = name+"@"+host, host
		}
		if s != "" {
			s = "https://" + s
		}
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Hostname() == "", u.User != nil, strings.ContainsAny(u.Hostname(), " %"):
		return a, hayon.Errorf(hayon.CodeUsage, "mastodon: the server must be a name such as fosstodon.org, or @you@fosstodon.org").
			WithHint("hayon login mastodon --host fosstodon.org")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		// A path is that of a page which somebody copied; the API stands at the root.
		a.base = u.Scheme + "://" + strings.ToLower(u.Host)
		return a, nil
	}
	return a, hayon.Errorf(hayon.CodeUsage, "mastodon: the server %s must be reached by https; http is for this machine alone", u.Host).
		WithHint("write https://" + u.Host)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// instance is what an instance says of itself.
type instance struct {
	base     string
	software string // by nodeinfo; "" where it says nothing
	version  string
	about    *about2
	// firstVersion: the description is that of version 1 of the API.
	firstVersion bool
}

// locate finds the instance behind an address: the host itself, or the one that it leads to, where the
// domain of the accounts is not that of the pages.
func (p *Provider) locate(ctx context.Context, a address) (*instance, error) {
	a.base = p.landing(ctx, a.base)
	in, err := p.ask(ctx, a.base)
	if err == nil || !isNoInstance(err) {
		return in, err
	}
	for _, base := range []string{p.byHostMeta(ctx, a.base), p.byWebFinger(ctx, a)} {
		if base == "" || base == a.base {
			continue
		}
		if in, other := p.ask(ctx, base); other == nil {
			return in, nil
		}
	}
	return nil, err
}

// landing is the host that a host leads readers of the API to; the host itself where it leads nobody.
// Nothing but reading is led on, and no token, so that it would be of no use.
func (p *Provider) landing(ctx context.Context, base string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v1/instance", http.NoBody)
	if err != nil {
		return base
	}
	resp, err := p.rest.Do(req)
	if err != nil || resp.Status != http.StatusOK || !trusted(resp.URL, base) {
		return base
	}
	return resp.URL.Scheme + "://" + strings.ToLower(resp.URL.Host)
}

// isNoInstance reports whether a host answered, and not as an instance does.
func isNoInstance(err error) bool {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests
	}
	if e, ok := errors.AsType[*rest.Error](err); ok {
		return e.Unconnected() // the accounts' domain need not have a server of its own
	}
	_, ok := errors.AsType[*unreadable](err)
	return ok
}

// ask reads what the instance at a URL says of itself.
func (p *Provider) ask(ctx context.Context, base string) (*instance, error) {
	in := &instance{base: base}
	var err error
	if in.software, in.version, err = p.nodeInfo(ctx, base); err != nil {
		return nil, err
	}
	if in.software != "" && softwareOf(in.software, in.version).foreign {
		return nil, hayon.Errorf(hayon.CodeInvalid, "mastodon: %s runs %s, which does not speak Mastodon's API", hostOf(base), in.software)
	}
	in.about, in.firstVersion, err = p.describe(ctx, base, "", softwareOf(in.software, in.version))
	if err != nil {
		return nil, err
	}
	return in, nil
}

// describe reads the instance's description, in the newest version that it has.
func (p *Provider) describe(ctx context.Context, base, token string, s software) (out *about2, first bool, err error) {
	paths := []string{"/api/v2/instance", "/api/v1/instance"}
	if !s.instanceV2 && len(s.names) > 0 {
		paths = paths[1:]
	}
	for _, path := range paths {
		out = new(about2)
		_, err = p.do(ctx, call{method: http.MethodGet, base: base, path: path, token: token}, out)
		if err == nil && out.Version == "" && out.Domain == "" && out.URI == "" {
			err = &unreadable{Host: hostOf(base), Err: errIncomplete}
		}
		if err == nil || !isNoInstance(err) || isUnconnected(err) {
			break
		}
	}
	return out, out.URI != "" && out.Domain == "", err
}

func isUnconnected(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && e.Unconnected()
}

// nodeInfo answers what the instance calls itself. That it says nothing is no error: it is unknown
// software then. That it cannot say it now is one, since nothing may follow from it. Source: https://nodeinfo.diaspora.software/protocol, read 2026-11-20.
func (p *Provider) nodeInfo(ctx context.Context, base string) (name, version string, err error) {
	var links struct {
		Links []struct {
			Rel  string `json:"rel"`
			Href string `json:"href"`
		} `json:"links"`
	}
	if _, err := p.do(ctx, call{method: http.MethodGet, base: base, path: "/.well-known/nodeinfo"}, &links); err != nil {
		return "", "", unlessAbsent(err)
	}
	for _, l := range links.Links {
		if !strings.Contains(l.Rel, "nodeinfo") {
			continue
		}
		u, err := url.Parse(l.Href)
		if err != nil || !trusted(u, base) {
			continue
		}
		var info struct {
			Software struct {
				Name    string `json:"name"`
				Version string `json:"version"`
			} `json:"software"`
		}
		c := call{method: http.MethodGet, base: u.Scheme + "://" + u.Host, path: u.EscapedPath(), query: u.Query()}
		if _, err := p.do(ctx, c, &info); unlessAbsent(err) != nil {
			return "", "", err
		}
		if info.Software.Name != "" {
			return clean(strings.ToLower(info.Software.Name), 50), clean(info.Software.Version, 100), nil
		}
	}
	return "", "", nil
}

// unlessAbsent is an error that says nothing of what is there.
func unlessAbsent(err error) error {
	if err == nil || isNoInstance(err) && !isUnconnected(err) {
		return nil
	}
	return err
}

// trusted reports whether an address that a host names may be asked: by https, or on this machine where
// the host is.
func trusted(u *url.URL, from string) bool {
	if u.Hostname() == "" || u.User != nil {
		return false
	}
	base, err := url.Parse(from)
	return u.Scheme == "https" || err == nil && u.Scheme == "http" && isLoopback(u.Hostname()) && isLoopback(base.Hostname())
}

// byHostMeta is where the accounts of a host are looked up, "" where it does not say.
// Source: https://www.rfc-editor.org/rfc/rfc6415#section-2, read 2026-11-20.
func (p *Provider) byHostMeta(ctx context.Context, base string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/.well-known/host-meta", nil)
	if err != nil {
		return ""
	}
	resp, err := p.rest.Do(req)
	if err != nil || resp.Status != http.StatusOK {
		return ""
	}
	var doc struct {
		Links []struct {
			Rel      string `xml:"rel,attr"`
			Template string `xml:"template,attr"`
		} `xml:"Link"`
	}
	if xml.Unmarshal(resp.Body, &doc) != nil {
		return ""
	}
	for _, l := range doc.Links {
		if u, err := url.Parse(strings.ReplaceAll(l.Template, "{uri}", "")); err == nil && l.Rel == "lrdd" && trusted(u, base) {
			return u.Scheme + "://" + strings.ToLower(u.Host)
		}
	}
	return ""
}

// byWebFinger is where the account's page stands, "" where nobody says.
// Source: https://www.rfc-editor.org/rfc/rfc7033, read 2026-11-20.
func (p *Provider) byWebFinger(ctx context.Context, a address) string {
	if a.acct == "" {
		return ""
	}
	var doc struct {
		Links []struct {
			Rel  string `json:"rel"`
			Href string `json:"href"`
		} `json:"links"`
	}
	c := call{method: http.MethodGet, base: a.base, path: "/.well-known/webfinger", query: url.Values{"resource": {"acct:" + a.acct}}}
	if _, err := p.do(ctx, c, &doc); err != nil {
		return ""
	}
	for _, l := range doc.Links {
		if u, err := url.Parse(l.Href); err == nil && l.Rel == "self" && trusted(u, a.base) {
			return u.Scheme + "://" + strings.ToLower(u.Host)
		}
	}
	return ""
}
