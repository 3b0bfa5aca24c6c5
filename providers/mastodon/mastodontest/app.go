package mastodontest

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// oob is the redirect of an app that has no address: the page shows the code.
const oob = "urn:ietf:wg:oauth:2.0:oob"

// app is a registered client.
type app struct {
	id, secret    string // of OAuth
	number        string
	name, website string
	redirects     []string
	scopes        []string
}

func (s *Server) newApp(name, website string, redirects, scopes []string) *app {
	a := &app{id: random(), secret: random(), number: s.id(), name: name, website: website, redirects: redirects, scopes: scopes}
	s.apps[a.id] = a
	return a
}

// ForgetApps removes all apps, as Mastodon before 4.3 did with unused ones. Tokens stay.
func (s *Server) ForgetApps() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.apps)
}

func (c *call) registerApp() *Answer {
	redirects := c.p.list("redirect_uris")
	if len(redirects) == 0 {
		redirects = strings.Fields(c.p.text("redirect_uris"))
	} else if c.s.cfg.Software == "mastodon" && !c.s.cfg.modern(4, 3) {
		return invalid("Redirect URI must be an absolute URI.") // an array came with 4.3
	}
	scopes := strings.Fields(c.p.text("scopes"))
	if len(scopes) == 0 {
		scopes = []string{"read"}
	}
	switch name := c.p.text("client_name"); {
	case name == "":
		return invalid("Application name can't be blank")
	case len(redirects) == 0:
		return invalid("Redirect URI can't be blank")
	case slices.ContainsFunc(redirects, badRedirect):
		return invalid("Redirect URI must be an absolute URI.")
	case !subset(scopes, c.s.cfg.Scopes):
		return invalid("Scopes doesn't match configured on the server.")
	}
	a := c.s.newApp(c.p.text("client_name"), c.p.text("website"), redirects, scopes)
	out := a.json()
	out["client_id"], out["client_secret"], out["client_secret_expires_at"] = a.id, a.secret, 0
	return ok(out)
}

func badRedirect(raw string) bool {
	u, err := url.Parse(raw)
	return err != nil || u.Scheme == "" || u.Fragment != "" || (u.Opaque == "" && u.Host == "" && u.Path == "")
}

func subset(scopes, of []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(of, s) })
}

func (a *app) json() obj {
	return obj{
		"id": a.number, "name": a.name, "website": null(a.website), "scopes": a.scopes, "redirect_uris": a.redirects,
		"redirect_uri": strings.Join(a.redirects, "\n"), "vapid_key": "BCk-QqERU0q-CfYZjcuB6lnyyOYfJ2AifKqfeGIm7Z-HiTU5T9eTG5GxVA0_OH5mMlI4UkkDTpaZwozy0TzdZ2M=",
	}
}

func (c *call) verifyApp() *Answer { return ok(c.token.app.json()) }

// client answers the app whose id and secret a request has, in its body or by Basic; nil otherwise.
func (c *call) client() *app {
	id, secret := c.p.text("client_id"), c.p.text("client_secret")
	basic := http.Request{Header: c.req.Header}
	if u, p, has := basic.BasicAuth(); has {
		id, secret = u, p
	}
	a := c.s.apps[id]
	if a == nil || a.secret != secret {
		return nil
	}
	return a
}

// redirects tells whether an app may be sent to raw. Of a loopback address that is an IP literal the port
// does not count, unless the instance compares exactly.
func (s *Server) redirects(registered []string, raw string) bool {
	return slices.ContainsFunc(registered, func(r string) bool {
		return r == raw || !s.cfg.ExactRedirect && sameLoopback(r, raw)
	})
}

func sameLoopback(a, b string) bool {
	u, v := mustURL(a), mustURL(b)
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback() && u.Scheme == "http" && v.Scheme == "http" &&
		u.Hostname() == v.Hostname() && u.Path == v.Path && u.RawQuery == v.RawQuery
}

// null makes JSON's null of an empty string.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
