package mastodontest

import (
	"net/http"
	"slices"
	"time"
)

func (c *call) createStatus() *Answer {
	if ans := c.orphan(); ans != nil {
		return ans
	}
	if at := c.p.text("scheduled_at"); at != "" {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return invalid("Scheduled at is no time")
		}
		if when.After(c.s.now()) {
			return c.schedule(when) // a time in the past publishes at once
		}
	}
	if ans := c.repeat(); ans != nil {
		return ans
	}
	r, ans := c.draftNew()
	if ans != nil {
		return ans
	}
	if ans := c.tooManyPosts(); ans != nil {
		return ans
	}
	c.s.publish(r)
	c.countPost()
	c.remember(r)
	return ok(c.statusJSON(r))
}

func (c *call) status() *Answer {
	r := c.visible(c.args["id"])
	if r == nil {
		return notFound()
	}
	return ok(c.statusJSON(r))
}

func (c *call) manyStatuses() *Answer {
	out := []obj{}
	for _, id := range c.p.list("id") {
		if r := c.visible(id); r != nil {
			out = append(out, c.statusJSON(r))
		}
	}
	return ok(out)
}

// editStatus gives a status a whole new state: what is left out, media for one, goes.
func (c *call) editStatus() *Answer {
	old := c.own(c.args["id"])
	if old == nil || old.ReblogOf != "" {
		return notFound()
	}
	attributes := map[string]params{}
	list, _ := c.p["media_attributes"].([]any)
	for _, v := range list {
		m, _ := v.(map[string]any)
		attributes[params(m).text("id")] = m
	}
	r, ans := c.draft(old)
	if ans != nil {
		return ans
	}
	for _, m := range r.media {
		if ans := checkMediaText(c.s.cfg, attributes[m.ID]); ans != nil {
			return ans
		}
	}
	before := Edit{old.Text, old.Spoiler, old.Sensitive, copies(old.media), old.CreatedAt}
	if !old.EditedAt.IsZero() {
		before.At = old.EditedAt
	}
	for _, m := range old.media {
		m.StatusID = ""
	}
	for _, m := range r.media {
		m.StatusID = old.ID
		m.describe(attributes[m.ID])
	}
	if !slices.Equal(old.Poll, r.Poll) || old.Multiple != r.Multiple {
		old.Votes = 0
	}
	old.Text, old.Spoiler, old.Sensitive, old.Language, old.Policy = r.Text, r.Spoiler, r.Sensitive, r.Language, r.Policy
	old.Poll, old.poll, old.PollEnds, old.Multiple, old.HideTotals = r.Poll, r.poll, r.PollEnds, r.Multiple, r.HideTotals
	old.media = r.media
	old.Edits, old.EditedAt = append(old.Edits, before), c.s.now()
	return ok(c.statusJSON(old))
}

func (c *call) deleteStatus() *Answer {
	r := c.own(c.args["id"])
	if r == nil {
		return notFound()
	}
	out := c.statusJSON(r)
	out["text"] = r.Text
	media := r.media
	c.s.remove(r)
	if c.p.truth("delete_media") && c.s.cfg.modern(4, 4) {
		for _, m := range media {
			m.Deleted = true
		}
	}
	return ok(out)
}

func (c *call) statusSource() *Answer {
	r := c.visible(c.args["id"])
	switch {
	case r == nil:
		return notFound()
	case r.author != c.user:
		return notAllowed()
	}
	return ok(obj{"id": r.ID, "text": r.Text, "spoiler_text": r.Spoiler})
}

func (c *call) statusHistory() *Answer {
	r := c.visible(c.args["id"])
	if r == nil {
		return notFound()
	}
	last := r.CreatedAt
	if !r.EditedAt.IsZero() {
		last = r.EditedAt
	}
	out := []obj{}
	for _, e := range append(slices.Clone(r.Edits), Edit{r.Text, r.Spoiler, r.Sensitive, copies(r.media), last}) {
		media := []obj{}
		for _, m := range e.Media {
			media = append(media, (&attachment{Media: m}).json(c.s))
		}
		out = append(out, obj{
			"content": c.s.content(e.Text), "spoiler_text": e.Spoiler, "sensitive": e.Sensitive, "created_at": timestamp(e.At),
			"account": c.authorJSON(r), "media_attachments": media, "emojis": []obj{},
		})
	}
	return ok(out)
}

func (c *call) statusContext() *Answer {
	r := c.visible(c.args["id"])
	if r == nil {
		return notFound()
	}
	above, below := []obj{}, []obj{}
	for up := c.visible(r.InReplyTo); up != nil; up = c.visible(up.InReplyTo) {
		above = slices.Insert(above, 0, c.statusJSON(up))
	}
	thread := map[string]bool{r.ID: true}
	for _, other := range c.s.statuses {
		if thread[other.InReplyTo] && c.visible(other.ID) != nil {
			thread[other.ID] = true
			below = append(below, c.statusJSON(other))
		}
	}
	return ok(obj{"ancestors": above, "descendants": below})
}

// reblog boosts once: a second time answers the boost that is there.
func (c *call) reblog() *Answer {
	r := c.visible(c.args["id"])
	if r != nil && r.ReblogOf != "" {
		r = c.visible(r.ReblogOf)
	}
	switch {
	case r == nil:
		return notFound()
	case r.Visibility == "direct", r.Visibility == "private" && r.author != c.user:
		return notAllowed()
	}
	if there := c.boostOf(r); there != nil {
		return ok(c.statusJSON(there))
	}
	if ans := c.tooManyPosts(); ans != nil {
		return ans
	}
	visibility := c.p.text("visibility")
	if visibility == "" {
		visibility = "public"
	}
	if r.Visibility == "private" {
		visibility = "private"
	}
	if !slices.Contains(visibilities[:3], visibility) {
		return invalid("Visibility is not included in the list")
	}
	boost := c.s.publish(&record{Status: Status{ReblogOf: r.ID, Visibility: visibility}, author: c.user, app: c.token.app})
	c.countPost()
	return ok(c.statusJSON(boost))
}

// unreblog takes the boost back, if there is one, and answers the status.
func (c *call) unreblog() *Answer {
	r := c.visible(c.args["id"])
	if r == nil {
		return notFound()
	}
	if r.ReblogOf != "" {
		r = c.visible(r.ReblogOf)
	}
	if there := c.boostOf(r); there != nil {
		c.s.remove(there)
	}
	return ok(c.statusJSON(r))
}

// boostOf answers the user's boost of a status; nil for none.
func (c *call) boostOf(r *record) *record {
	for _, other := range c.s.statuses {
		if other.ReblogOf == r.ID && other.author == c.user && !other.Deleted {
			return other
		}
	}
	return nil
}

func (c *call) statusPage() *Answer {
	r := c.visible(c.args["id"])
	if r == nil || r.author == nil || c.args["acct"] != "@"+r.author.Name {
		return page(http.StatusNotFound, "The page you are looking for isn't here.")
	}
	return page(http.StatusOK, c.s.content(r.Text))
}
