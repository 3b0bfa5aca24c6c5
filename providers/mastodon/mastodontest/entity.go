package mastodontest

import (
	"html"
	"regexp"
	"strings"
	"time"
)

// statusJSON is a status as the API gives it to the user of a call.
func (c *call) statusJSON(r *record) obj {
	media := []obj{}
	for _, m := range r.media {
		media = append(media, m.json(c.s))
	}
	out := obj{
		"id": r.ID, "uri": r.URI, "url": r.URL, "created_at": timestamp(r.CreatedAt), "edited_at": nil, "account": c.authorJSON(r),
		"content": c.s.content(r.Text), "visibility": r.Visibility, "sensitive": r.Sensitive, "spoiler_text": r.Spoiler, "language": null(r.Language),
		"media_attachments": media, "mentions": []obj{}, "tags": c.s.tags(r.Text), "emojis": []obj{}, "card": nil, "poll": nil, "reblog": nil,
		"in_reply_to_id": null(r.InReplyTo), "in_reply_to_account_id": nil, "application": nil,
		"favourites_count": r.favourites, "reblogs_count": r.boosts, "replies_count": r.replies,
	}
	if !r.EditedAt.IsZero() {
		out["edited_at"] = timestamp(r.EditedAt)
	}
	if up := c.s.find(r.InReplyTo); up != nil {
		out["in_reply_to_account_id"] = c.authorJSON(up)["id"]
	}
	if r.app != nil {
		out["application"] = obj{"name": r.app.name, "website": null(r.app.website)}
	}
	if len(r.Poll) > 0 {
		out["poll"] = c.pollJSON(r)
	}
	for _, other := range c.s.statuses {
		if other.Deleted {
			continue
		}
		if other.ReblogOf == r.ID {
			out["reblogs_count"] = out["reblogs_count"].(int) + 1
		}
		if other.InReplyTo == r.ID {
			out["replies_count"] = out["replies_count"].(int) + 1
		}
	}
	if boosted := c.s.find(r.ReblogOf); boosted != nil {
		out["reblog"], out["content"] = c.statusJSON(boosted), ""
	}
	if c.user != nil {
		out["favourited"], out["muted"], out["bookmarked"], out["reblogged"] = false, false, false, c.boostOf(r) != nil
	}
	c.quoteJSON(r, out)
	return out
}

func (c *call) quoteJSON(r *record, out obj) {
	if !c.s.cfg.quotes() {
		return
	}
	automatic := map[string][]string{"public": {"public"}, "followers": {"followers"}}[r.Policy]
	if automatic == nil {
		automatic = []string{}
	}
	count := 0
	for _, other := range c.s.statuses {
		if other.Quotes == r.ID && !other.Deleted {
			count++
		}
	}
	out["quotes_count"] = count
	manual := []string{}
	if r.Policy == "manual" {
		manual = append(manual, "public")
	}
	out["quote_approval"] = obj{"automatic": automatic, "manual": manual, "current_user": c.mayQuote(r)}
	out["quote"] = nil
	quoted := c.s.find(r.Quotes)
	switch {
	case quoted == nil:
	case quoted.Deleted:
		out["quote"] = obj{"state": "deleted", "quoted_status": nil}
	case r.Pending:
		out["quote"] = obj{"state": "pending", "quoted_status": nil}
	default:
		out["quote"] = obj{"state": "accepted", "quoted_status": c.statusJSON(quoted)}
		if !strings.Contains(r.Text, quoted.URL) {
			link := html.EscapeString(quoted.URL)
			out["content"] = `<p class="quote-inline">RE: <a href="` + link + `">` + link + `</a></p>` + out["content"].(string)
		}
	}
}

func (c *call) pollJSON(r *record) obj {
	options := []obj{}
	for _, o := range r.Poll {
		options = append(options, obj{"title": o, "votes_count": 0})
	}
	return obj{
		"id": r.ID, "expires_at": timestamp(r.PollEnds), "expired": !c.s.now().Before(r.PollEnds), "multiple": r.Multiple, "votes_count": r.Votes,
		"options": options, "emojis": []obj{},
	}
}

func (c *call) authorJSON(r *record) obj {
	if r.author == nil {
		return c.s.accountJSON(&User{ID: "1", Name: r.acct, since: r.CreatedAt})
	}
	return c.s.accountJSON(r.author)
}

// accountJSON is an account. Who is elsewhere has a name with a host.
func (s *Server) accountJSON(u *User) obj {
	count, last := 0, any(nil)
	for _, r := range s.statuses {
		if r.author == u && !r.Deleted {
			count, last = count+1, r.CreatedAt.Format(time.DateOnly)
		}
	}
	name, host, _ := strings.Cut(u.Name, "@")
	base := s.URL
	if host != "" {
		base = "https://" + host
	}
	image := base + "/avatars/missing.png"
	return obj{
		"id": u.ID, "username": name, "acct": u.Name, "display_name": name, "locked": false, "bot": false, "group": false, "discoverable": true,
		"indexable": false, "created_at": timestamp(u.since.Truncate(24 * time.Hour)), "note": "", "url": base + "/@" + name, "uri": base + "/users/" + name,
		"avatar": image, "avatar_static": image, "header": image, "header_static": image, "followers_count": 0, "following_count": 0,
		"statuses_count": count, "last_status_at": last, "emojis": []obj{}, "fields": []obj{},
	}
}

var (
	contentURL = regexp.MustCompile(`https?://[^\s<>"]+`)
	hashtag    = regexp.MustCompile(`(^|[^\p{L}\p{N}_/&])#([\p{L}\p{N}_]*[\p{L}_][\p{L}\p{N}_]*)`)
)

// content makes HTML of a text: paragraphs, lines, links.
func (s *Server) content(text string) string {
	if text == "" {
		return ""
	}
	out := html.EscapeString(strings.ReplaceAll(text, "\r\n", "\n"))
	out = contentURL.ReplaceAllString(out, `<a href="$0" target="_blank" rel="nofollow noopener" translate="no">$0</a>`)
	out = strings.ReplaceAll(out, "\n\n", "</p><p>")
	return "<p>" + strings.ReplaceAll(out, "\n", "<br />") + "</p>"
}

func (s *Server) tags(text string) []obj {
	out := []obj{}
	for _, m := range hashtag.FindAllStringSubmatch(text, -1) {
		name := strings.ToLower(m[2])
		out = append(out, obj{"name": name, "url": s.URL + "/tags/" + name})
	}
	return out
}
