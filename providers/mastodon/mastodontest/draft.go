package mastodontest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	visibilities = []string{"public", "unlisted", "private", "direct"}
	policies     = []string{"public", "followers", "nobody"}
	languages    = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z]+)?$`)
)

// draft reads from a request what a status shall be, or the refusal. old is the status that is edited, nil for a new one.
func (c *call) draft(old *record) (*record, *Answer) {
	r := &record{Status: Status{
		Text: c.p.text("status"), Spoiler: c.p.text("spoiler_text"), Sensitive: c.p.truth("sensitive"), Language: c.p.text("language"),
		Policy: c.p.text("quote_approval_policy"), Key: c.key(), Extra: map[string]any{},
	}, author: c.user, app: c.token.app, poll: c.p.object("poll")}
	for _, name := range c.s.cfg.Params {
		if c.p.has(name) {
			r.Extra[name] = c.p[name]
		}
	}
	if strings.TrimSpace(r.Text) == "" && r.Spoiler != "" {
		r.Text, r.Spoiler = r.Spoiler, "" // the warning becomes the text
	}
	r.Sensitive = r.Sensitive || r.Spoiler != ""
	if !languages.MatchString(r.Language) {
		r.Language = "en" // of the account
	}
	for _, step := range []func(*record, *record) *Answer{c.draftMedia, c.draftPoll, c.draftText, c.draftPolicy} {
		if ans := step(r, old); ans != nil {
			return nil, ans
		}
	}
	return r, nil
}

func (c *call) draftText(r, _ *record) *Answer {
	cfg := c.s.cfg
	switch n := Count(r.Spoiler, r.Text, cfg.URLChars); {
	case cfg.MediaRequired && len(r.media) == 0:
		return refuse(http.StatusUnprocessableEntity, "The media ids field is required.")
	case strings.TrimSpace(r.Text) == "" && len(r.media) == 0:
		return invalid("Text can't be blank")
	case n > cfg.MaxChars:
		return invalid(fmt.Sprintf("Text character limit of %d exceeded", cfg.MaxChars))
	}
	return nil
}

func (c *call) draftMedia(r, old *record) *Answer {
	ids := c.p.list("media_ids")
	switch {
	case len(ids) > c.s.cfg.MaxMedia:
		return invalid(fmt.Sprintf("Cannot attach more than %d files", c.s.cfg.MaxMedia))
	case len(ids) > 0 && len(r.poll) > 0:
		return invalid("Cannot attach media to a post with a poll")
	}
	for i, id := range ids {
		m := c.s.attachment(id)
		switch {
		case m == nil || m.owner != c.user || m.Deleted, m.StatusID != "" && (old == nil || m.StatusID != old.ID):
			return invalid("Media " + id + " not found or already attached to another post")
		case slices.Contains(ids[:i], id):
			return invalid("Media " + id + " is there twice")
		case !m.Ready:
			return invalid("Cannot attach files that have not finished processing. Try again in a moment!")
		case c.s.cfg.DescriptionRequired && m.Description == "":
			return refuse(http.StatusUnprocessableEntity, "media description required")
		}
		r.media = append(r.media, m)
	}
	if len(r.media) > 1 && slices.ContainsFunc(r.media, func(m *attachment) bool { return m.Type != "image" }) {
		return invalid("Cannot attach a video to a post that already contains images")
	}
	return nil
}

func (c *call) draftPoll(r, _ *record) *Answer {
	if c.s.cfg.NoPolls {
		r.poll = nil
	}
	if len(r.poll) == 0 {
		return nil
	}
	for _, o := range r.poll.list("options") {
		if o = strings.TrimSpace(o); o != "" {
			r.Poll = append(r.Poll, o)
		}
	}
	seconds, err := strconv.Atoi(r.poll.text("expires_in"))
	r.PollEnds = c.s.now().Add(time.Duration(seconds) * time.Second)
	r.Multiple, r.HideTotals = r.poll.truth("multiple"), r.poll.truth("hide_totals")
	switch {
	case len(r.Poll) < 2:
		return invalid("Poll must have more than one item")
	case len(r.Poll) > c.s.cfg.MaxPollOptions:
		return invalid(fmt.Sprintf("Poll can't contain more than %d items", c.s.cfg.MaxPollOptions))
	case len(slices.Compact(slices.Sorted(slices.Values(r.Poll)))) < len(r.Poll):
		return invalid("Poll contains duplicate items")
	case slices.ContainsFunc(r.Poll, func(o string) bool { n := Count("", o, len(o)); return n > c.s.cfg.MaxPollChars }):
		return invalid(fmt.Sprintf("Poll can't be longer than %d characters each", c.s.cfg.MaxPollChars))
	case err != nil || seconds < c.s.cfg.MinPoll:
		return invalid("Poll duration is too short")
	case seconds > c.s.cfg.MaxPoll:
		return invalid("Poll duration is too long")
	}
	return nil
}

func (c *call) draftPolicy(r, _ *record) *Answer {
	if !c.s.cfg.quotes() {
		r.Policy = ""
		return nil
	}
	if r.Policy == "" {
		r.Policy = "public"
	}
	if !slices.Contains(policies, r.Policy) {
		return invalid("Quote approval policy is not included in the list")
	}
	return nil
}

// orphan refuses an answer to what is not there. It comes before the look at the key.
func (c *call) orphan() *Answer {
	if reply := c.p.text("in_reply_to_id"); reply != "" && c.visible(reply) == nil {
		return refuse(http.StatusNotFound, "The post you are trying to reply to does not appear to exist.")
	}
	return nil
}

// draftNew adds what only a new status has: its visibility, what it answers and what it quotes.
func (c *call) draftNew() (*record, *Answer) {
	reply, quote := c.p.text("in_reply_to_id"), c.p.text("quoted_status_id")
	r, ans := c.draft(nil)
	if ans != nil {
		return nil, ans
	}
	r.InReplyTo, r.Visibility = reply, c.p.text("visibility")
	if r.Visibility == "" {
		r.Visibility = c.s.cfg.DefaultVisibility
	}
	if !slices.Contains(visibilities, r.Visibility) {
		return nil, invalid("Visibility is not included in the list")
	}
	if quote != "" && c.s.cfg.quotes() {
		quoted := c.visible(quote)
		switch {
		case quoted == nil:
			return nil, refuse(http.StatusNotFound, "The post you are trying to quote does not appear to exist.")
		case len(r.media) > 0 || len(r.Poll) > 0:
			return nil, invalid("Quoted status cannot be combined with media or a poll")
		case c.mayQuote(quoted) == "denied": // which it does not tell from what is not there
			return nil, refuse(http.StatusNotFound, "The post you are trying to quote does not appear to exist.")
		}
		r.Quotes, r.Pending = quote, c.mayQuote(quoted) == "manual"
	}
	return r, nil
}

// mayQuote is what quote_approval says to the user of a call.
func (c *call) mayQuote(r *record) string {
	switch {
	case c.user == nil:
		return "unknown"
	case r.author == c.user, r.Policy == "public" && r.Visibility != "private" && r.Visibility != "direct":
		return "automatic"
	case r.Policy == "manual":
		return "manual"
	}
	return "denied" // nobody follows anybody here
}
