package scheduler

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// kept is a request as it is stored with its post: accounts and posts by their ids, so that it means the
// same when names and groups change, and without what holds for one call alone.
func kept(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate, accounts []*hayon.Account, w *wishes) (*hayon.PostCreate, error) {
	c.To, c.Not = accountIDs(accounts), nil
	c.IdempotencyKey, c.AllowDuplicate, c.BestEffort, c.Undo, c.DryRun, c.Batch, c.Strangers = "", false, false, 0, false, "", false
	c.Schedule = hayon.Schedule{} // the post has it
	c.Texts = nil
	if len(w.texts) > 0 {
		c.Texts = make(map[string]string, len(w.texts))
		for id, body := range w.texts {
			c.Texts[id.String()] = body
		}
	}
	c.Options = optionsByID(c.Options, accounts)
	c.Media = slices.Clone(c.Media)
	for i := range c.Media {
		m := &c.Media[i]
		m.Facts = nil
		if len(m.For) > 0 {
			m.For = nil
			for _, id := range w.media[i].to {
				m.For = append(m.For, id.String())
			}
		}
	}
	for _, ref := range []*string{&c.ReplyTo, &c.Quote, &c.Repost} {
		if *ref == "" || isAddress(*ref) {
			continue
		}
		id, err := lookup(ctx, tx, owner, *ref)
		if err != nil {
			return nil, err
		}
		*ref = id.String()
	}
	return &c, nil
}

func accountIDs(accounts []*hayon.Account) []string {
	out := make([]string, len(accounts))
	for i, a := range accounts {
		out[i] = a.ID.String()
	}
	return out
}

// optionsByID are the options of a request by the ids of accounts, those for all under "". An empty value,
// which takes one away that is for all, stays.
func optionsByID(options map[string]map[string]string, accounts []*hayon.Account) map[string]map[string]string {
	out := make(map[string]map[string]string)
	for _, name := range slices.Sorted(maps.Keys(options)) {
		keys := []string{""}
		if name != "" {
			keys = nil
			for _, a := range accounts {
				if isCalled(a, name) {
					keys = append(keys, a.ID.String())
				}
			}
		}
		for _, key := range keys {
			if len(options[name]) == 0 {
				continue
			}
			if out[key] == nil {
				out[key] = make(map[string]string)
			}
			maps.Copy(out[key], options[name])
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// requestOf is what a stored post was made of, as it stands now, for those of its accounts that are there.
func requestOf(p *hayon.Post, accounts map[hayon.AccountID]*hayon.Account) hayon.PostCreate {
	c := assembled(p)
	if p.Request != nil {
		c = *p.Request
	}
	c.Schedule = p.Schedule
	c.Draft = isDraft(p)
	gone := func(name string) bool {
		return slices.ContainsFunc(p.Targets, func(t *hayon.Target) bool { return accounts[t.Account] == nil && t.Account.String() == name })
	}
	if !slices.ContainsFunc(p.Targets, func(t *hayon.Target) bool { return accounts[t.Account] == nil }) {
		return c
	}
	c.To = slices.DeleteFunc(slices.Clone(c.To), gone)
	c.Texts = maps.Clone(c.Texts)
	maps.DeleteFunc(c.Texts, func(name, _ string) bool { return gone(name) })
	c.Options = maps.Clone(c.Options)
	maps.DeleteFunc(c.Options, func(name string, _ map[string]string) bool { return gone(name) })
	var media []hayon.MediaInput
	for _, m := range c.Media {
		all := len(m.For) == 0
		if m.For = slices.DeleteFunc(slices.Clone(m.For), gone); all || len(m.For) > 0 {
			media = append(media, m)
		}
	}
	c.Media = media
	return c
}

// isDraft reports whether nothing of a post is to be sent.
func isDraft(p *hayon.Post) bool {
	return len(p.Targets) > 0 && !slices.ContainsFunc(p.Targets, func(t *hayon.Target) bool {
		return t.State != hayon.StateDraft && t.State != hayon.StateCancelled
	}) && slices.ContainsFunc(p.Targets, func(t *hayon.Target) bool { return t.State == hayon.StateDraft })
}

// assembled is the request of a post that an older version stored, as far as its targets tell of it.
func assembled(p *hayon.Post) hayon.PostCreate {
	c := hayon.PostCreate{Text: p.Text, Langs: p.Langs, Labels: p.Labels, Note: p.Note}
	for _, t := range p.Targets {
		id := t.Account.String()
		c.To = append(c.To, id)
		c.IfLate, c.Grace = t.IfLate, &t.Grace
		if len(t.Options) > 0 {
			if c.Options == nil {
				c.Options = make(map[string]map[string]string)
			}
			c.Options[id] = maps.Clone(t.Options)
		}
		if t.Parts[0].Repost != nil {
			c.Text, c.Repost = "", p.Repost
			continue
		}
		if body := bodyOf(t); body != p.Text {
			if c.Texts == nil {
				c.Texts = make(map[string]string)
			}
			c.Texts[id] = body
		}
		for i := range t.Parts {
			assembleMedia(&c, id, t.Parts[i].Media)
		}
		first := &t.Parts[0]
		c.Poll = first.Poll
		if first.ReplyTo != nil {
			c.ReplyTo = first.ReplyTo.URL
		}
		if first.Quote != nil {
			c.Quote = first.Quote.URL
		}
	}
	for i := range c.Media {
		if len(c.Media[i].For) == len(c.To) {
			c.Media[i].For = nil
		}
	}
	return c
}

// bodyOf is the text of a target with its parts at lines of ---.
func bodyOf(t *hayon.Target) string {
	texts := make([]string, len(t.Parts))
	for i := range t.Parts {
		texts[i] = t.Parts[i].Text
	}
	return strings.Join(texts, "\n---\n")
}

// assembleMedia adds the media of one target.
func assembleMedia(c *hayon.PostCreate, account string, list []hayon.Attachment) {
	for _, m := range list {
		i := slices.IndexFunc(c.Media, func(in hayon.MediaInput) bool { return in.Media == m.Media && in.Alt == m.Alt })
		if i < 0 {
			c.Media = append(c.Media, hayon.MediaInput{Media: m.Media, Alt: m.Alt, Focus: m.Focus})
			i = len(c.Media) - 1
		}
		if !slices.Contains(c.Media[i].For, account) {
			c.Media[i].For = append(c.Media[i].For, account)
		}
	}
}

// sameRequest reports whether two requests ask for the same.
func sameRequest(a, b hayon.PostCreate) bool {
	for _, c := range []*hayon.PostCreate{&a, &b} {
		c.IdempotencyKey, c.AllowDuplicate, c.BestEffort, c.Undo, c.DryRun, c.Batch, c.Strangers = "", false, false, 0, false, "", false
		c.Not = nil
	}
	return string(hayon.Encode(a)) == string(hayon.Encode(b))
}

// FindRequest answers what a post was made of.
func (s *Scheduler) FindRequest(ctx context.Context, id hayon.PostID) (*hayon.PostRequest, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var out *hayon.PostRequest
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		p, err := ownPost(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		accounts, err := accountsOf(ctx, tx, p)
		if err != nil {
			return err
		}
		out = &hayon.PostRequest{Post: p.ID, Revision: revisionOf(p), Create: requestOf(p, accounts)}
		return nil
	})
	return out, err
}

func revisionOf(p *hayon.Post) int { return max(p.Revision, 1) }
