package mastodon

import (
	"context"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// poll is the poll of a status, as it is sent.
// Source: https://docs.joinmastodon.org/methods/statuses/#create, read 2026-11-21.
type poll struct {
	Options    []string `json:"options"`
	ExpiresIn  int64    `json:"expires_in"` // seconds
	Multiple   bool     `json:"multiple"`
	HideTotals bool     `json:"hide_totals"`
}

// pollOf is the poll of a part, nil for none. Its options are without the blanks around them, which
// instances leave out.
func pollOf(p *hayon.Poll) *poll {
	if p == nil {
		return nil
	}
	out := &poll{ExpiresIn: p.Seconds, Multiple: p.Multiple, HideTotals: p.HideTotals}
	for _, o := range p.Options {
		out.Options = append(out.Options, strings.TrimSpace(text.Normalize(o)))
	}
	return out
}

// checkPoll refuses a poll that the instance would refuse, or leave out without a word.
func checkPoll(info hayon.ProviderInfo, part *hayon.Part, d *poll, who subject) error {
	if d == nil {
		return nil
	}
	options, ok := limitOf(info, hayon.LimitPollOptions)
	switch n := int64(len(d.Options)); {
	case !ok:
		return who.errorf(hayon.CodeInvalid, "the server has no polls")
	case len(part.Media) > 0:
		return who.errorf(hayon.CodeInvalid, "a post has a poll or media, and not both")
	case n < options.Min:
		return who.errorf(hayon.CodeInvalid, "the poll has %d options, and needs %d", n, options.Min)
	case n > options.Max:
		return who.errorf(hayon.CodeInvalid, "the poll has %d of %d options", n, options.Max)
	}
	if err := checkPollOptions(info, d.Options, who); err != nil {
		return err
	}
	switch l, ok := limitOf(info, hayon.LimitPollTime); {
	case !ok:
	case d.ExpiresIn < l.Min:
		return who.errorf(hayon.CodeInvalid, "the poll is open for %d seconds, and %d are the least", d.ExpiresIn, l.Min)
	case d.ExpiresIn > l.Max:
		return who.errorf(hayon.CodeInvalid, "the poll is open for %d of %d seconds", d.ExpiresIn, l.Max)
	}
	return nil
}

func checkPollOptions(info hayon.ProviderInfo, options []string, who subject) error {
	seen := make(map[string]int)
	l, limited := limitOf(info, hayon.LimitPollOption)
	for i, o := range options {
		if o == "" {
			return who.errorf(hayon.CodeInvalid, "option %d of the poll is empty", i+1)
		}
		if before := seen[o]; before > 0 {
			return who.errorf(hayon.CodeInvalid, "options %d and %d of the poll are the same", before, i+1)
		}
		seen[o] = i + 1
		if n := text.Count(text.Unit(l.Unit), o); limited && int64(n) > l.Max {
			return who.errorf(hayon.CodeInvalid, "option %d of the poll has %d of %d characters", i+1, n, l.Max)
		}
	}
	return nil
}

// keepPoll sends the poll of a status again with the time that is left of it: an instance takes a poll away
// that an edit leaves out, and counts its time anew. One that is over would be opened again.
// Source: https://github.com/mastodon/mastodon (update_status_service.rb), read 2026-11-21.
func (p *Provider) keepPoll(ctx context.Context, s hayon.Session, r hayon.EditRequest, c *change, who subject) error {
	part := r.Part()
	if part.Poll == nil {
		return nil
	}
	now := r.Now
	if now.IsZero() {
		now = p.now()
	}
	st, err := p.post(ctx, s, part.Remote.ID)
	if err != nil {
		return editFault(err, who)
	}
	ends := part.PublishedAt.Add(time.Duration(part.Poll.Seconds) * time.Second)
	switch {
	case st.Poll != nil && !st.Poll.ExpiresAt.IsZero():
		ends = st.Poll.ExpiresAt
	case part.PublishedAt.IsZero():
		ends = now.Add(time.Duration(part.Poll.Seconds) * time.Second)
	}
	left := ends.Sub(now)
	if left <= 0 || st.Poll != nil && st.Poll.Expired {
		return who.errorf(hayon.CodeInvalid, "the poll is over, and an edit would open it again").
			WithHint("leave the post as it is, or delete it and post it anew")
	}
	c.Poll = pollOf(part.Poll)
	c.Poll.ExpiresIn = int64(left.Round(time.Second) / time.Second)
	if l, ok := limitOf(p.Info().For(s.Account()), hayon.LimitPollTime); ok {
		c.Poll.ExpiresIn = max(c.Poll.ExpiresIn, l.Min)
	}
	return nil
}
