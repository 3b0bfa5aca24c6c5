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
	infos map[hayon.AccountID]hayon.ProviderInfo
	names map[hayon.AccountID]string
	// accounts are all that it goes to.
	accounts map[hayon.AccountID]*hayon.Account
	// problems are by target what its platform would refuse.
	problems [][]string
}

// request is a request with what it is made of.
type request struct {
	hayon.PostCreate

	media     []medium
	materials *materials
	// asked is when it came. What it is made of may take longer than until its time.
	asked time.Time
	// tolerant: what would be refused is no error.
	tolerant bool
	// plain: it is probably made of its text alone.
	plain bool
	// elapsed: its time may have passed.
	elapsed bool
}

// compose finds accounts and media, builds the targets and checks each against its platform's
// limits and options. All problems are in the one error, unless a part of the post goes out all the same,
// or all is asked for.
func (s *Scheduler) compose(ctx context.Context, tx hayon.Tx, actor hayon.Actor, r *request, now time.Time) (*composed, error) {
	c := r.PostCreate
	if err := r.checkPast(); err != nil {
		return nil, err
	}
	to, err := s.audienceOf(ctx, tx, actor.User, c, now)
	if err != nil {
		return nil, err
	}
	d := &composed{
		fresh: to.fresh, infos: make(map[hayon.AccountID]hayon.ProviderInfo), names: make(map[hayon.AccountID]string),
		accounts: make(map[hayon.AccountID]*hayon.Account, len(to.accounts)),
		post: &hayon.Post{
			ID: hayon.NewPostID(now), Owner: actor.User, Source: actor.Source, Text: c.Text, Langs: c.Langs,
			Labels: c.Labels, Note: c.Note, Repost: to.address, CreatedAt: now.UTC(), UpdatedAt: now.UTC(), Schedule: c.Schedule,
			Revision: 1,
		},
	}
	for _, a := range to.accounts {
		p, err := s.deps.Providers.Find(a.Platform)
		if err != nil {
			return nil, err
		}
		d.infos[a.ID], d.names[a.ID], d.accounts[a.ID] = p.Info().For(a), a.Name, a
	}
	w, err := s.wishesOf(ctx, tx, actor.User, r, to, d.infos)
	if err != nil {
		return nil, err
	}
	if d.post.Request, err = kept(ctx, tx, actor.User, c, to.accounts, w); err != nil {
		return nil, err
	}
	var problems []problem
	for _, a := range to.accounts {
		p, err := s.deps.Providers.Find(a.Platform)
		if err != nil {
			return nil, err
		}
		t := s.newTarget(d.post, a, c, now)
		if t.Due.Before(r.asked) { // what has just passed means now
			t.Due = now.UTC()
		}
		found, err := s.fill(ctx, tx, t, a, p, r, w, now)
		if err != nil {
			return nil, err
		}
		d.problems = append(d.problems, sentences(found))
		problems = append(problems, found...)
		d.post.Targets = append(d.post.Targets, t)
	}
	none := d.post.State() == hayon.PostFailed
	final := r.materials.sketch || !r.materials.needed.any()
	if len(problems) > 0 && final && !r.tolerant && (!c.BestEffort || none) {
		return nil, refusal(problems, nothingStored)
	}
	return d, nil
}

// checkPast refuses a time that has passed.
func (r *request) checkPast() error {
	if at := r.Schedule.At; !at.IsZero() && !r.elapsed && at.Before(r.asked.Add(-pastSlack)) {
		return hayon.Errorf(hayon.CodeInvalid, "the time %s has passed; nothing was stored", timeIn(at, r.Schedule.Zone, nil)).
			WithHint("give a time in the future, or leave --at out to publish now")
	}
	return nil
}

// wishes are what the request has for each account.
type wishes struct {
	reposts map[hayon.AccountID]hayon.Remote
	texts   map[hayon.AccountID]string
	options map[hayon.AccountID]map[string]string
	people  aliases
	media   []medium
	// replyTo and quote are zero where nothing is meant.
	replyTo, quote *reference
}

func (s *Scheduler) wishesOf(ctx context.Context, tx hayon.Tx, owner hayon.UserID, r *request, to *audience, infos map[hayon.AccountID]hayon.ProviderInfo) (w *wishes, err error) {
	w = &wishes{reposts: to.reposts}
	c := r.PostCreate
	if w.texts, err = textsByAccount(c.Texts, to.accounts); err != nil {
		return nil, err
	}
	if w.media, err = mediaFor(ctx, tx, owner, r.media, to.accounts); err != nil {
		return nil, err
	}
	if w.options, err = wishesByAccount(c.Options, to.accounts, infos); err != nil {
		return nil, err
	}
	if w.people, err = aliasesIn(ctx, tx, owner, c); err != nil {
		return nil, err
	}
	if w.replyTo, err = referenceTo(ctx, tx, owner, c.ReplyTo, "answered"); err != nil {
		return nil, err
	}
	w.quote, err = referenceTo(ctx, tx, owner, c.Quote, "quoted")
	return w, err
}

// fill gives a target its parts, options and notes, and answers what the platform would refuse. The
// target is failed then.
func (s *Scheduler) fill(ctx context.Context, tx hayon.Tx, t *hayon.Target, a *hayon.Account, p hayon.Provider, r *request, w *wishes, now time.Time) ([]problem, error) {
	t.Options = w.options[a.ID]
	var notes []string
	var unmade []problem
	if what, ok := w.reposts[a.ID]; ok {
		t.Parts = []hayon.Part{{Repost: &what}}
	} else {
		var err error
		if notes, unmade, err = s.write(ctx, tx, t, a, p, r, w); err != nil {
			return nil, err
		}
	}
	for i := range t.Parts {
		t.Parts[i].Idem = p.NewIdem(t, i, now)
	}
	t.Unmade = sentences(unmade)
	found := append(unmade, checkMade(a, p, t)...)
	t.Notes = withNotes(withNotes(t.Notes, strangerNotes(a, p.Info())), notes)
	if len(found) > 0 {
		t.State, t.Error = hayon.StateFailed, invalid(found)
	}
	return found, nil
}

// write gives a target its texts, media, card, and what it answers, quotes and asks. What cannot be made
// is answered beside the notes.
func (s *Scheduler) write(ctx context.Context, tx hayon.Tx, t *hayon.Target, a *hayon.Account, p hayon.Provider, r *request, w *wishes) (notes []string, unmade []problem, err error) {
	c, info := r.PostCreate, p.Info().For(a)
	body := c.Text
	if own, ok := w.texts[a.ID]; ok {
		body = own
	}
	bodies := []string{body}
	var quote *hayon.Remote
	if !w.quote.isZero() {
		var link string
		switch quote, link = w.quote.quoteOf(a, p); {
		case quote != nil:
		case link == "":
			unmade = append(unmade, problem{
				fmt.Sprintf("%s: %s cannot quote it, and it has no address on the web that could stand in the text", a.Name, info.Title),
				"leave out --quote, or the account: --not " + a.Name,
			})
		default:
			bodies = atLines(info, c, body)
			bodies[0] = withLink(bodies[0], link)
			notes = append(notes, info.Title+" cannot quote it: its address stands in the text")
		}
	}
	texts := make([]string, 0, 1+len(c.Parts))
	for _, one := range slices.Concat(bodies, c.Parts) {
		named, said := w.people.expand(one, info)
		texts, notes = append(texts, named), append(notes, said...)
	}
	texts, note, why := split(a.Name, info, texts, c, t.Options)
	if note != "" {
		notes = append(notes, note)
	}
	if why != nil {
		unmade = append(unmade, *why)
	}
	for _, one := range texts {
		t.Parts = append(t.Parts, hayon.Part{Text: one, Langs: c.Langs})
	}
	list, said, unfit := s.attach(a, info, w.media, c, r.materials)
	notes, unmade = append(notes, said...), append(unmade, unfit...)
	said, bad := altNotes(a.Name, list, c.AltPolicy)
	notes, unmade = append(notes, said...), append(unmade, bad...)
	t.Parts = deal(info, t.Parts, list, c.Thread)
	first := &t.Parts[0]
	first.Quote, first.Poll = quote, c.Poll
	first.ReplyTo, why, err = answered(ctx, tx, a, p, r, w)
	if err != nil {
		return nil, nil, err
	}
	if why != nil {
		unmade = append(unmade, *why)
	}
	notes = append(notes, s.addCards(info, t.Parts, c, r.materials)...)
	return notes, unmade, nil
}

// answered is what the first part of a target answers, nil for nothing.
func answered(ctx context.Context, tx hayon.Tx, a *hayon.Account, p hayon.Provider, r *request, w *wishes) (*hayon.Remote, *problem, error) {
	switch {
	case !w.replyTo.isZero():
		what, why := w.replyTo.replyOf(a, p)
		return what, why, nil
	case !r.Continue:
		return nil, nil, nil
	}
	if _, ok := p.(hayon.Replier); !ok {
		return nil, &problem{a.Name + ": " + p.Info().Title + " answers nothing", "leave it out: --not " + a.Name}, nil
	}
	what, err := continued(ctx, tx, a.Owner, a)
	if err != nil {
		return nil, nil, err
	}
	if what == nil && !isStranger(a) {
		return nil, &problem{a.Name + ": nothing of yours is out there that could be continued", "leave out --continue, or the account: --not " + a.Name}, nil
	}
	return what, nil, nil
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

// isCalled reports whether a name is that of the account, of its platform where it is the default there, or
// its id, as the request of a stored post has it.
func isCalled(a *hayon.Account, name string) bool {
	return a.Name == name || a.Default && a.Platform == name || a.ID.String() == name
}

// textsByAccount assigns the texts for single accounts. A name that is not among the accounts of
// the post is a mistake.
func textsByAccount(texts map[string]string, accounts []*hayon.Account) (map[hayon.AccountID]string, error) {
	out := make(map[hayon.AccountID]string, len(texts))
	for name, body := range texts {
		var found bool
		for _, a := range accounts {
			if isCalled(a, name) {
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
func attachments(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate) ([]medium, error) {
	var out []medium
	for _, m := range c.Media {
		if f := m.Facts; f != nil && c.DryRun {
			out = append(out, medium{input: m, Attachment: hayon.Attachment{
				Alt: m.Alt, Type: f.Type, Bytes: f.Bytes, Width: f.Width, Height: f.Height,
				Duration: f.Duration, Animated: f.Animated, Name: f.Name, Focus: m.Focus,
			}})
			continue
		}
		found, err := ownMedium(ctx, tx, owner, m.Media)
		if err != nil {
			return nil, err
		}
		one := medium{input: m, Attachment: hayon.Attachment{
			Media: found.ID, Alt: m.Alt, SHA256: found.SHA256, Type: found.Type, Bytes: found.Bytes,
			Width: found.Width, Height: found.Height, Duration: found.Duration, Animated: found.Animated,
			Name: found.Name, Focus: m.Focus,
		}}
		if !m.Thumb.IsZero() {
			picture, err := ownMedium(ctx, tx, owner, m.Thumb)
			if err != nil {
				return nil, err
			}
			one.Thumb = &hayon.BlobRef{SHA256: picture.SHA256, Type: picture.Type, Bytes: picture.Bytes, Width: picture.Width, Height: picture.Height}
		}
		out = append(out, one)
	}
	return out, nil
}

func ownMedium(ctx context.Context, tx hayon.Tx, owner hayon.UserID, id hayon.MediaID) (*hayon.Media, error) {
	found, err := tx.FindMediaByID(ctx, id)
	if err == nil && found.Owner != owner {
		err = hayon.Errorf(hayon.CodeNotFound, "there is no medium %s", id)
	}
	return found, err
}

// altNotes tells of pictures without a description, as notes or, where one is required, as problems.
func altNotes(account string, list []hayon.Attachment, policy hayon.AltPolicy) (notes []string, problems []problem) {
	for _, m := range list {
		if m.Alt != "" || policy == hayon.AltIgnore || !strings.HasPrefix(m.Type, "image/") {
			continue
		}
		if policy == hayon.AltRequire {
			problems = append(problems, problem{account + ": " + mediumName(m) + " has no description", "describe it: --alt TEXT"})
			continue
		}
		notes = append(notes, mediumName(m)+" has no description: those who cannot see it learn nothing of it (--alt)")
	}
	return notes, problems
}
