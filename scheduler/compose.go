package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// composed is a post that passed all checks and is not stored yet.
type composed struct {
	post  *hayon.Post
	fresh []*hayon.Account // accounts that need no sign-in and come into being with their first post
	infos map[hayon.AccountID]hayon.ProviderInfo
	names map[hayon.AccountID]string
}

// compose finds accounts and media, builds the targets and checks each against its platform's
// limits and options. All problems are in the one error, unless a part of the post goes out all the same.
func (s *Scheduler) compose(ctx context.Context, tx hayon.Tx, actor hayon.Actor, c hayon.PostCreate, media []hayon.Attachment, now time.Time) (*composed, error) {
	if at := c.Schedule.At; !at.IsZero() && at.Before(now.Add(-pastSlack)) {
		return nil, hayon.Errorf(hayon.CodeInvalid, "the time %s has passed; nothing was stored", at.Format(time.RFC3339)).
			WithHint("give a time in the future, or leave --at out to publish now")
	}
	to, err := s.audienceOf(ctx, tx, actor.User, c, now)
	if err != nil {
		return nil, err
	}
	texts, err := textsByAccount(c.Texts, to.accounts)
	if err != nil {
		return nil, err
	}
	d := &composed{
		fresh: to.fresh, infos: make(map[hayon.AccountID]hayon.ProviderInfo), names: make(map[hayon.AccountID]string),
		post: &hayon.Post{
			ID: hayon.NewPostID(now), Owner: actor.User, Source: actor.Source, Text: c.Text, Langs: c.Langs,
			Labels: c.Labels, Note: c.Note, Repost: to.address, CreatedAt: now.UTC(), UpdatedAt: now.UTC(), Schedule: c.Schedule,
		},
	}
	for _, a := range to.accounts {
		p, err := s.deps.Providers.Find(a.Platform)
		if err != nil {
			return nil, err
		}
		d.infos[a.ID], d.names[a.ID] = p.Info().For(a), a.Name
	}
	wishes, err := wishesByAccount(c.Options, to.accounts, d.infos)
	if err != nil {
		return nil, err
	}
	var problems []problem
	for _, a := range to.accounts {
		p, err := s.deps.Providers.Find(a.Platform)
		if err != nil {
			return nil, err
		}
		t := s.newTarget(d.post, a, c, now)
		if what, ok := to.reposts[a.ID]; ok {
			t.Parts = []hayon.Part{{Repost: &what}}
		} else {
			body := c.Text
			if own, ok := texts[a.ID]; ok {
				body = own
			}
			t.Parts = partsOf(body, c, media)
		}
		t.Options = wishes[a.ID]
		for i := range t.Parts {
			t.Parts[i].Idem = p.NewIdem(t, i, now)
		}
		if found := check(a, p, t); len(found) > 0 {
			problems = append(problems, found...)
			t.State, t.Error = hayon.StateFailed, invalid(found)
		}
		d.post.Targets = append(d.post.Targets, t)
	}
	if len(problems) > 0 && (!c.BestEffort || d.post.State() == hayon.PostFailed) {
		return nil, refusal(problems, nothingStored)
	}
	return d, nil
}

// partsOf are the messages of a target: its text with the media, and the rest of the thread.
func partsOf(first string, c hayon.PostCreate, media []hayon.Attachment) []hayon.Part {
	parts := make([]hayon.Part, 0, 1+len(c.Parts))
	parts = append(parts, hayon.Part{Text: first, Media: media, Langs: c.Langs})
	for _, body := range c.Parts {
		parts = append(parts, hayon.Part{Text: body, Langs: c.Langs})
	}
	return parts
}

func (s *Scheduler) newTarget(p *hayon.Post, a *hayon.Account, c hayon.PostCreate, now time.Time) *hayon.Target {
	t := &hayon.Target{
		ID: hayon.NewTargetID(now), Post: p.ID, Owner: p.Owner, Account: a.ID, Platform: a.Platform,
		CreatedAt: now.UTC(), StateSince: now.UTC(), Generation: 1, Due: now.UTC(),
	}
	t.Grace, t.IfLate = *s.cfg.Grace, s.cfg.IfLate
	if a.Grace != nil {
		t.Grace = *a.Grace
	}
	if c.Grace != nil {
		t.Grace = *c.Grace
	}
	if a.IfLate != "" {
		t.IfLate = a.IfLate
	}
	if c.IfLate != "" {
		t.IfLate = c.IfLate
	}
	switch at := c.Schedule.At; {
	case c.Draft:
		t.State = hayon.StateDraft
	case at.After(now):
		t.State = hayon.StateScheduled
	default:
		t.State = hayon.StateQueued
	}
	if !c.Schedule.At.IsZero() {
		t.Due = c.Schedule.At.UTC()
	}
	return t
}

// textsByAccount assigns the texts for single accounts. A name that is not among the accounts of
// the post is a mistake.
func textsByAccount(texts map[string]string, accounts []*hayon.Account) (map[hayon.AccountID]string, error) {
	out := make(map[hayon.AccountID]string, len(texts))
	for name, body := range texts {
		var found bool
		for _, a := range accounts {
			if a.Name == name || a.Default && a.Platform == name {
				out[a.ID], found = text.Normalize(body), true
			}
		}
		if !found {
			return nil, hayon.Errorf(hayon.CodeUsage, "--text names %q, which this post does not go to", name).
				WithHint("add it: --to " + name)
		}
	}
	return out, nil
}

// attachments reads the media that the request names; they must be the user's own. A dry run may
// describe what is not stored.
func attachments(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate) ([]hayon.Attachment, error) {
	var out []hayon.Attachment
	for _, m := range c.Media {
		if f := m.Facts; f != nil && c.DryRun {
			out = append(out, hayon.Attachment{Alt: m.Alt, Type: f.Type, Bytes: f.Bytes, Width: f.Width, Height: f.Height, Name: f.Name, Focus: m.Focus})
			continue
		}
		found, err := tx.FindMediaByID(ctx, m.Media)
		if err == nil && found.Owner != owner {
			err = hayon.Errorf(hayon.CodeNotFound, "there is no medium %s", m.Media)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, hayon.Attachment{
			Media: found.ID, Alt: m.Alt, SHA256: found.SHA256, Type: found.Type, Bytes: found.Bytes,
			Width: found.Width, Height: found.Height, Name: found.Name, Focus: m.Focus,
		})
	}
	return out, nil
}
