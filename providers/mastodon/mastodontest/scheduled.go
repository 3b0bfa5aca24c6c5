package mastodontest

import (
	"slices"
	"time"
)

// soon is how far ahead a scheduled status must be. Source:
// https://docs.joinmastodon.org/methods/statuses/#create, read 2026-11-20.
const soon = 5 * time.Minute

// plan is a status that waits for its time.
type plan struct {
	id     string
	at     time.Time
	record *record
}

// schedule keeps a status for later. Its Idempotency-Key is not looked at.
// Source: https://github.com/mastodon/mastodon/issues/30039, read 2026-11-20.
func (c *call) schedule(at time.Time) *Answer {
	if at.Before(c.s.now().Add(soon)) {
		return invalid("Scheduled at The scheduled date must be in the future")
	}
	r, ans := c.draftNew()
	if ans != nil {
		return ans
	}
	p := &plan{id: c.s.id(), at: at.UTC(), record: r}
	c.s.planned = append(c.s.planned, p)
	for _, m := range r.media {
		m.StatusID = p.id
	}
	return ok(p.json(c.s))
}

// publishPlanned publishes what is due.
func (s *Server) publishPlanned() {
	now := s.now()
	s.planned = slices.DeleteFunc(s.planned, func(p *plan) bool {
		if now.Before(p.at) {
			return false
		}
		s.publish(p.record)
		return true
	})
}

func (c *call) plans() []*plan {
	return slices.DeleteFunc(slices.Clone(c.s.planned), func(p *plan) bool { return p.record.author != c.user })
}

func (c *call) planned() *plan {
	for _, p := range c.plans() {
		if p.id == c.args["id"] {
			return p
		}
	}
	return nil
}

func (c *call) scheduledStatuses() *Answer {
	out := []obj{}
	for _, p := range c.plans() {
		out = append(out, p.json(c.s))
	}
	return ok(out)
}

func (c *call) scheduledStatus() *Answer {
	if p := c.planned(); p != nil {
		return ok(p.json(c.s))
	}
	return notFound()
}

func (c *call) editScheduled() *Answer {
	p := c.planned()
	if p == nil {
		return notFound()
	}
	at, err := time.Parse(time.RFC3339, c.p.text("scheduled_at"))
	if err != nil || at.Before(c.s.now().Add(soon)) {
		return invalid("Scheduled at The scheduled date must be in the future")
	}
	p.at = at.UTC()
	return ok(p.json(c.s))
}

func (c *call) deleteScheduled() *Answer {
	p := c.planned()
	if p == nil {
		return notFound()
	}
	for _, m := range p.record.media {
		m.StatusID = ""
	}
	c.s.planned = slices.DeleteFunc(c.s.planned, func(other *plan) bool { return other == p })
	return ok(obj{})
}

func (p *plan) json(s *Server) obj {
	media, ids := []obj{}, []string{}
	for _, m := range p.record.media {
		media, ids = append(media, m.json(s)), append(ids, m.ID)
	}
	r := p.record
	return obj{
		"id": p.id, "scheduled_at": timestamp(p.at), "media_attachments": media,
		"params": obj{
			"text": r.Text, "visibility": r.Visibility, "spoiler_text": null(r.Spoiler), "sensitive": r.Sensitive, "language": null(r.Language),
			"media_ids": ids, "application_id": 1, "with_rate_limit": false, "scheduled_at": nil, "idempotency": nil, "in_reply_to_id": nil, "poll": nil,
		},
	}
}
