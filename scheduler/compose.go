package scheduler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// composed is a post that passed all checks and is not stored yet.
type composed struct {
	post  *hayon.Post
	fresh []*hayon.Account // accounts that need no sign-in and come into being with their first post
	infos map[string]hayon.ProviderInfo
	names map[hayon.AccountID]string
}

// compose finds accounts and media, builds the targets and checks each against its platform's
// limits. All problems are in the one error.
func (s *Scheduler) compose(ctx context.Context, tx hayon.Tx, actor hayon.Actor, c hayon.PostCreate, media []hayon.Attachment, now time.Time) (*composed, error) {
	if at := c.Schedule.At; !at.IsZero() && at.Before(now.Add(-pastSlack)) {
		return nil, hayon.Errorf(hayon.CodeInvalid, "the time %s has passed; nothing was stored", at.Format(time.RFC3339)).
			WithHint("give a time in the future, or leave --at out to publish now")
	}
	accounts, fresh, err := s.addressees(ctx, tx, actor.User, c.To, c.Not, now)
	if err != nil {
		return nil, err
	}
	texts, err := textsByAccount(c.Texts, accounts)
	if err != nil {
		return nil, err
	}
	d := &composed{
		fresh: fresh, infos: make(map[string]hayon.ProviderInfo), names: make(map[hayon.AccountID]string),
		post: &hayon.Post{
			ID: hayon.NewPostID(now), Owner: actor.User, Source: actor.Source, Text: c.Text, Langs: c.Langs,
			Labels: c.Labels, CreatedAt: now.UTC(), UpdatedAt: now.UTC(), Schedule: c.Schedule,
		},
	}
	var problems []problem
	for _, a := range accounts {
		p, err := s.deps.Providers.Find(a.Platform)
		if err != nil {
			return nil, err
		}
		d.infos[a.Platform], d.names[a.ID] = p.Info(), a.Name
		body := c.Text
		if own, ok := texts[a.ID]; ok {
			body = own
		}
		t := s.newTarget(d.post, a, c, now)
		t.Parts = partsOf(body, c, media)
		for i := range t.Parts {
			t.Parts[i].Idem = p.NewIdem(t, i, now)
		}
		problems = append(problems, problemsOf(a.Name, p.Info(), t.Parts)...)
		d.post.Targets = append(d.post.Targets, t)
	}
	if len(problems) > 0 {
		return nil, refusal(problems)
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
			out = append(out, hayon.Attachment{Alt: m.Alt, Type: f.Type, Bytes: f.Bytes, Width: f.Width, Height: f.Height, Name: f.Name})
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
			Width: found.Width, Height: found.Height, Name: found.Name,
		})
	}
	return out, nil
}

// problem is what a platform would refuse, as a sentence that begins with the account, and how to
// mend it.
type problem struct{ text, hint string }

const (
	hintText      = "shorten it, or give one account its own text: --text ACCOUNT=TEXT"
	hintPart      = "shorten that part, or make two of it: --part TEXT"
	hintEmpty     = "write something, or attach an image"
	hintEmptyPart = "write something in that part, or leave it out"
	hintMedia     = "attach another image, or leave the account out: --not ACCOUNT"
	hintLangs     = "name fewer languages: --lang en"
)

// problemsOf is what a platform would refuse about the parts of a target. In a thread a problem names
// its part, counted from 1.
func problemsOf(account string, info hayon.ProviderInfo, parts []hayon.Part) []problem {
	if len(parts) == 1 {
		return problemsOfPart(account, info, &parts[0], 0)
	}
	if !info.Threads {
		return []problem{{
			fmt.Sprintf("%s: %s takes no threads, and this one has %d parts", account, info.Title, len(parts)),
			"leave it out: --not " + account,
		}}
	}
	var out []problem
	for i := range parts {
		out = append(out, problemsOfPart(fmt.Sprintf("%s: part %d", account, i+1), info, &parts[i], i)...)
	}
	return out
}

// problemsOfPart is what a platform would refuse about one part, which where names.
func problemsOfPart(where string, info hayon.ProviderInfo, p *hayon.Part, i int) []problem {
	var out []problem
	add := func(hint, format string, args ...any) {
		out = append(out, problem{where + ": " + fmt.Sprintf(format, args...), hint})
	}
	shorten, write := hintText, hintEmpty
	if i > 0 {
		shorten, write = hintPart, hintEmptyPart
	}
	if p.Text == "" && (len(p.Media) == 0 || !info.EmptyText) {
		add(write, "the text is empty")
	}
	for _, l := range info.Limits {
		switch l.Of {
		case hayon.LimitText:
			if n := text.Count(text.Unit(l.Unit), p.Text); int64(n) > l.Max {
				add(shorten, "the text has %d of %d %s", n, l.Max, unitName(l.Unit))
			}
		case hayon.LimitImages:
			if int64(len(p.Media)) > l.Max {
				add(hintMedia, "%d images, at most %d are allowed", len(p.Media), l.Max)
			}
		case hayon.LimitLangs: // of all parts the same
			if i == 0 && int64(len(p.Langs)) > l.Max {
				add(hintLangs, "%d languages, at most %d are allowed", len(p.Langs), l.Max)
			}
		}
	}
	for _, m := range p.Media {
		for _, what := range mediaProblems(info, m) {
			add(hintMedia, "%s", what)
		}
	}
	return out
}

func mediaProblems(info hayon.ProviderInfo, m hayon.Attachment) []string {
	var out []string
	name := m.Name
	if name == "" {
		name = m.Media.String()
	}
	if !slices.Contains(info.MediaTypes, m.Type) {
		out = append(out, fmt.Sprintf("%s is %s, which %s does not take", name, m.Type, info.Title))
	}
	if limit, ok := info.Limit(hayon.LimitImage, hayon.UnitBytes); ok && m.Bytes > limit {
		out = append(out, fmt.Sprintf("%s has %d of %d bytes", name, m.Bytes, limit))
	}
	if limit, ok := info.Limit(hayon.LimitAlt, hayon.UnitGraphemes); ok {
		if n := text.Count(text.Graphemes, m.Alt); int64(n) > limit {
			out = append(out, fmt.Sprintf("the alt text of %s has %d of %d characters", name, n, limit))
		}
	}
	return out
}

// refusal is all problems in one error, with the hint of the first.
func refusal(problems []problem) error {
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.text
	}
	return hayon.Errorf(hayon.CodeInvalid, "%s; nothing was stored or sent", strings.Join(texts, "; ")).
		WithHint(problems[0].hint).WithDetail("problems", texts)
}

func unitName(u hayon.Unit) string {
	if u == hayon.UnitGraphemes {
		return "characters"
	}
	return strings.ReplaceAll(string(u), "_", " ")
}
