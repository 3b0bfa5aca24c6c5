package mastodontest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Bounds of a page of statuses.
const (
	pageSize    = 20
	maxPageSize = 40
)

func (s *Server) userNamed(name string) *User {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "@"), "@"+s.Host())
	for _, u := range s.users {
		if strings.EqualFold(u.Name, name) {
			return u
		}
	}
	return nil
}

func (s *Server) userByID(id string) *User {
	for _, u := range s.users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// verifyCredentials answers the account with the defaults of its posts.
func (c *call) verifyCredentials() *Answer {
	out := c.s.accountJSON(c.user)
	source := obj{
		"privacy": c.s.cfg.DefaultVisibility, "sensitive": false, "language": nil, "note": "", "fields": []obj{}, "follow_requests_count": 0, "indexable": false,
	}
	if c.s.cfg.quotes() {
		source["quote_policy"] = "public"
	}
	out["source"] = source
	out["role"] = obj{"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": false}
	return ok(out)
}

func (c *call) lookupAccount() *Answer {
	u := c.s.userNamed(c.p.text("acct"))
	if u == nil {
		return notFound()
	}
	return ok(c.s.accountJSON(u))
}

func (c *call) account() *Answer {
	u := c.s.userByID(c.args["id"])
	if u == nil {
		return notFound()
	}
	return ok(c.s.accountJSON(u))
}

// accountStatuses lists the newest first. min_id asks for those directly after it.
func (c *call) accountStatuses() *Answer {
	u := c.s.userByID(c.args["id"])
	if u == nil {
		return notFound()
	}
	var found []*record // the oldest first
	for _, r := range c.s.statuses {
		if r.author == u && c.visible(r.ID) != nil && c.wanted(r) {
			found = append(found, r)
		}
	}
	found = c.cut(found)
	slices.Reverse(found)
	out := []obj{}
	for _, r := range found {
		out = append(out, c.statusJSON(r))
	}
	ans := ok(out)
	if len(found) > 0 {
		c.link(ans, found[0].ID, found[len(found)-1].ID)
	}
	return ans
}

// wanted tells whether the filters of a request let a status pass.
func (c *call) wanted(r *record) bool {
	tagged := c.p.text("tagged")
	return (!c.p.truth("exclude_reblogs") || r.ReblogOf == "") &&
		(!c.p.truth("exclude_replies") || r.InReplyTo == "") &&
		(!c.p.truth("only_media") || len(r.media) > 0) &&
		!c.p.truth("pinned") &&
		(tagged == "" || slices.ContainsFunc(c.s.tags(r.Text), func(t obj) bool { return t["name"] == strings.ToLower(tagged) }))
}

// cut leaves one page of statuses that are sorted with the oldest first.
func (c *call) cut(list []*record) []*record {
	list = slices.DeleteFunc(slices.Clone(list), func(r *record) bool {
		return c.p.has("max_id") && !before(r.ID, c.p.text("max_id")) ||
			c.p.has("since_id") && !before(c.p.text("since_id"), r.ID) ||
			c.p.has("min_id") && !before(c.p.text("min_id"), r.ID)
	})
	n := min(max(c.p.number("limit", pageSize), 1), maxPageSize)
	switch {
	case len(list) <= n:
	case c.p.has("min_id"):
		list = list[:n]
	default:
		list = list[len(list)-n:]
	}
	return list
}

// before compares ids by age.
func before(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// link gives the addresses of the pages beside this one.
func (c *call) link(ans *Answer, newest, oldest string) {
	at := func(name, id, rel string) string {
		q := url.Values{}
		for k, v := range c.req.Query {
			if k != "max_id" && k != "since_id" && k != "min_id" {
				q[k] = v
			}
		}
		q.Set(name, id)
		return "<" + c.s.URL + c.req.Path + "?" + q.Encode() + `>; rel="` + rel + `"`
	}
	ans.Header.Set("Link", at("max_id", oldest, "next")+", "+at("min_id", newest, "prev"))
}

// search finds statuses by their URL and accounts by their name. With resolve it fetches what is elsewhere.
func (c *call) search() *Answer {
	q, kind, resolve := c.p.text("q"), c.p.text("type"), c.p.truth("resolve")
	if c.user == nil && resolve {
		return refuse(http.StatusUnauthorized, "Search queries that resolve remote resources are not supported without authentication")
	}
	statuses, accounts := []obj{}, []obj{}
	if kind == "" || kind == "statuses" {
		if r := c.byURL(q, resolve); r != nil {
			statuses = append(statuses, c.statusJSON(r))
		}
	}
	if resolve {
		c.meet(strings.TrimPrefix(q, "@"))
	}
	if u := c.s.userNamed(q); u != nil && (kind == "" || kind == "accounts") {
		accounts = append(accounts, c.s.accountJSON(u))
	}
	return ok(obj{"accounts": accounts, "statuses": statuses, "hashtags": []obj{}})
}

// meet makes an account of another instance known.
func (c *call) meet(acct string) {
	i := slices.IndexFunc(c.s.strangers, func(s string) bool { return strings.EqualFold(s, acct) })
	if i >= 0 {
		c.s.users = append(c.s.users, &User{ID: c.s.id(), Name: c.s.strangers[i], since: c.s.now()})
		c.s.strangers = slices.Delete(c.s.strangers, i, i+1)
	}
}

func (c *call) byURL(q string, resolve bool) *record {
	for _, r := range c.s.statuses {
		if (r.URL == q || r.URI == q) && c.visible(r.ID) != nil {
			return r
		}
	}
	if remote := c.s.remotes[q]; remote != nil && resolve {
		return c.s.publish(remote)
	}
	return nil
}
