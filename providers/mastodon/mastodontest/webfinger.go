package mastodontest

import (
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
)

// hostMeta tells where WebFinger is. Source: RFC 6415.
func (c *call) hostMeta() *Answer {
	return &Answer{http.StatusOK, http.Header{"Content-Type": {"application/xrd+xml; charset=utf-8"}}, []byte(
		`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">` +
			`<Link rel="lrdd" template="` + html.EscapeString(c.s.URL) + `/.well-known/webfinger?resource={uri}"/></XRD>` + "\n",
	)}
}

// webFinger tells where an account is. Its host is not looked at, so that an [Server.Alias] works. Source: RFC 7033.
func (c *call) webFinger() *Answer {
	name, _, _ := strings.Cut(strings.TrimPrefix(c.p.text("resource"), "acct:"), "@")
	u := c.s.userNamed(name)
	if u == nil {
		return page(http.StatusNotFound, "")
	}
	ans := ok(obj{
		"subject": "acct:" + u.Name + "@" + c.s.Host(), "aliases": []string{c.s.URL + "/@" + u.Name, c.s.URL + "/users/" + u.Name},
		"links": []obj{
			{"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": c.s.URL + "/@" + u.Name},
			{"rel": "self", "type": "application/activity+json", "href": c.s.URL + "/users/" + u.Name},
		},
	})
	ans.Header.Set("Content-Type", "application/jrd+json; charset=utf-8")
	return ans
}

// Alias starts a web site whose host the accounts of the instance have: it sends those who look for them
// there, and answers 404 otherwise. It returns the site's URL, and ends with the test.
func (s *Server) Alias() string {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/host-meta" && r.URL.Path != "/.well-known/webfinger" {
			http.NotFound(w, r)
			return
		}
		http.Redirect(w, r, s.URL+r.URL.RequestURI(), http.StatusMovedPermanently)
	}))
	s.t.Cleanup(site.Close)
	return site.URL
}
