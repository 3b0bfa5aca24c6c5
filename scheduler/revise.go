package scheduler

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// RevisePost makes the targets of a post anew of another request.
func (s *Scheduler) RevisePost(ctx context.Context, id hayon.PostID, rv hayon.PostRevise) (*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	c := rv.Create
	c.IdempotencyKey, c.BestEffort, c.Undo, c.Strangers, c.DryRun = "", false, 0, false, rv.DryRun
	r, err := newRequest(c, s.now())
	if err != nil {
		return nil, err
	}
	r.tolerant = true // what is out, and what is not changed, is not checked
	if !rv.DryRun {
		s.freshenFacts(ctx, actor, r.To, r.Not)
	}
	for range gatherRounds {
		err := s.gather(ctx, r.materials, func(ctx context.Context, tx hayon.Tx) error {
			p, err := livePost(ctx, tx, actor, id)
			if err == nil {
				_, err = s.composeRevision(ctx, tx, actor, p, r, s.now())
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		var warnings []string
		post, err := s.change(ctx, id, rv.DryRun, func(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, now time.Time) error {
			r.materials.needed = needs{}
			var err error
			warnings, err = s.revise(ctx, tx, actor, p, r, rv, now)
			return err
		})
		if err == nil {
			post.Warnings = warnings
		}
		if !errors.Is(err, errMore) {
			return post, err
		}
	}
	return nil, changesTooFast()
}

// composeRevision is the post as the request would make it.
func (s *Scheduler) composeRevision(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, r *request, now time.Time) (*composed, error) {
	accounts, err := accountsOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	old := requestOf(p, accounts)
	r.elapsed = sameSchedule(r.Schedule, p.Schedule)
	if sameContent(r.PostCreate, old) && slices.Equal(r.To, old.To) && len(r.Not) == 0 {
		return s.sameAgain(p, r, accounts, now)
	}
	return s.composeMedia(ctx, tx, actor, r, now)
}

// sameAgain is a post of which nothing is made anew, so that nothing need be there any more that it was made
// of: media, pages, or what it answers.
func (s *Scheduler) sameAgain(p *hayon.Post, r *request, accounts map[hayon.AccountID]*hayon.Account, now time.Time) (*composed, error) {
	if err := r.checkPast(); err != nil {
		return nil, err
	}
	c := r.PostCreate
	c.Not, c.Batch, c.AllowDuplicate, c.DryRun, c.Schedule = nil, "", false, false, hayon.Schedule{}
	post := *p
	post.Request, post.Targets = &c, nil
	d := &composed{post: &post, accounts: make(map[hayon.AccountID]*hayon.Account)}
	for _, t := range p.Targets {
		a := accounts[t.Account]
		if a == nil || !slices.Contains(c.To, a.ID.String()) {
			continue
		}
		n := s.newTarget(p, a, r.PostCreate, now)
		n.Parts, n.Options, n.Notes, n.Unmade = copyOf(t).Parts, t.Options, t.Notes, t.Unmade
		d.accounts[a.ID], post.Targets = a, append(post.Targets, n)
	}
	return d, nil
}

func sameSchedule(a, b hayon.Schedule) bool {
	return a.At.Equal(b.At) && a.Wall == b.Wall && a.Zone == b.Zone
}

// sameContent reports whether two requests give the accounts that both name the same.
func sameContent(a, b hayon.PostCreate) bool {
	for _, c := range []*hayon.PostCreate{&a, &b} {
		c.To, c.Labels, c.Note, c.Schedule, c.Draft, c.IfLate, c.Grace = nil, nil, "", hayon.Schedule{}, false, "", nil
	}
	return sameRequest(a, b)
}

// revision is a change of a post that is being made.
type revision struct {
	s      *Scheduler
	actor  hayon.Actor
	post   *hayon.Post
	made   *composed
	old    hayon.PostCreate // what the post was made of
	asked  hayon.PostCreate // what it is made of now
	now    time.Time
	reason string
	// moved: it is to have another time. drafted: it is to become a draft. fresh is what of its targets the
	// revision has changed, and kept those that it would change and that cannot be changed any more.
	// same: the content is what it was.
	moved, drafted, same bool
	fresh, kept          []*hayon.Target
	// rewritten are those of fresh that get another content.
	rewritten []*hayon.Target
	problems  []*hayon.TargetError
}

// revise changes the post in a transaction and answers what its user should know.
func (s *Scheduler) revise(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, r *request, rv hayon.PostRevise, now time.Time) ([]string, error) {
	if is := revisionOf(p); rv.Revision != 0 && rv.Revision != is {
		return nil, hayon.Errorf(hayon.CodeConflict, "%s was changed meanwhile: it is at revision %d, and this was made of revision %d; %s", p.ID, is, rv.Revision, nothingChanged).
			WithHint("see it, and say it again: hayon show "+p.ID.String()).WithDetail("revision", is)
	}
	d, err := s.composeRevision(ctx, tx, actor, p, r, now)
	if err != nil {
		return nil, err
	}
	if r.materials.needed.any() && !r.materials.sketch { // a dry run is one
		return nil, errMore
	}
	accounts, err := accountsOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	v := &revision{
		s: s, actor: actor, post: p, made: d, old: requestOf(p, accounts), asked: *d.post.Request, now: now,
		reason: orSaid(rv.Reason, "edited"), moved: !sameSchedule(r.Schedule, p.Schedule),
	}
	v.asked.Schedule, v.drafted, v.same = r.Schedule, r.Draft && !v.old.Draft, sameContent(v.asked, v.old)
	if sameRequest(v.asked, v.old) {
		return nil, nil
	}
	if !r.Draft && r.Schedule.IsZero() && (v.old.Draft || v.moved) {
		return nil, hayon.Errorf(hayon.CodeUsage, "nobody said when %s is to go out; %s", p.ID, nothingChanged).
			WithHint("give it a time: --at WHEN   or publish it: hayon publish " + p.ID.String())
	}
	before := imageOf(p)
	if err := v.targets(ctx, tx, accounts, r.AllowDuplicate); err != nil {
		return nil, err
	}
	if err := v.row(ctx, tx); err != nil {
		return nil, err
	}
	if err := s.revised(ctx, tx, actor, p, hayon.Change{Kind: hayon.ChangeEdited, Batch: rv.Batch, Before: before}, v.reason, now); err != nil {
		return nil, err
	}
	if v.moved || len(p.Targets) > len(before.Targets) {
		return s.tooClose(ctx, tx, p)
	}
	return nil, nil
}

// targets brings every target to what the request says, all or none.
func (v *revision) targets(ctx context.Context, tx hayon.Tx, accounts map[hayon.AccountID]*hayon.Account, duplicates bool) error {
	were := slices.Clone(v.post.Targets)
	for _, n := range v.made.post.Targets {
		i := slices.IndexFunc(were, func(t *hayon.Target) bool { return t.Account == n.Account })
		if i >= 0 {
			if err := v.one(ctx, tx, were[i], n); err != nil {
				return err
			}
			continue
		}
		if err := v.add(ctx, tx, n); err != nil {
			return err
		}
	}
	for _, t := range were {
		if accounts[t.Account] != nil && v.made.accounts[t.Account] == nil {
			if err := v.leave(ctx, tx, t, accounts[t.Account]); err != nil {
				return err
			}
		}
	}
	if len(v.problems) > 0 {
		return v.refusal()
	}
	if !v.same && len(v.fresh) == 0 && len(v.kept) == 0 && !slices.ContainsFunc(v.post.Targets, mayRevise) {
		v.kept = v.post.Targets // it would be the text of nothing
	}
	if len(v.fresh) == 0 && len(v.kept) > 0 {
		states, list := statesOf(v.kept, accounts)
		return hayon.Errorf(hayon.CodeConflict, "%s cannot be changed any more: %s%s", v.post.ID, strings.Join(list, ", "), goesOut(v.kept)).
			WithHint(keptHint(v.post, v.kept)).WithDetail("states", states)
	}
	if v.asked.Draft {
		return nil
	}
	if !duplicates {
		if err := v.duplicates(ctx, tx); err != nil {
			return err
		}
	}
	return v.remember(ctx, tx)
}

// goesOut says which text goes out where something is being sent.
func goesOut(kept []*hayon.Target) string {
	for _, t := range kept {
		if t.State == hayon.StatePublishing {
			return "; what goes out is its text as it was before"
		}
	}
	return ""
}

// keptHint is what to type where nothing can be changed.
func keptHint(p *hayon.Post, kept []*hayon.Target) string {
	switch kept[0].State {
	case hayon.StatePublished:
		return "change what is out: hayon edit " + p.ID.String() + " --remote   or write another: hayon copy " + p.ID.String()
	case hayon.StateUncertain:
		return "say what became of it: hayon resolve " + p.ID.String() + " --published URL   or: --not"
	case hayon.StateCancelled:
		return "write another: hayon copy " + p.ID.String() + "   or take the cancel back: hayon undo " + p.ID.String()
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateRetryWait,
		hayon.StateFailed, hayon.StateParked, hayon.StateMissed:
	}
	return "wait until it is over: hayon wait " + p.ID.String()
}

// refusal is what the platforms would refuse of what is new.
func (v *revision) refusal() error {
	var texts []string
	for _, e := range v.problems {
		texts = append(texts, e.Message)
	}
	return hayon.Errorf(hayon.CodeInvalid, "%s; %s", strings.Join(texts, "; "), nothingChanged).
		WithHint(v.problems[0].Hint).WithDetail("problems", texts)
}

// duplicates refuses a text that an account got of another post within the hour.
func (v *revision) duplicates(ctx context.Context, tx hayon.Tx) error {
	d, post := *v.made, *v.made.post
	post.ID, post.Targets = v.post.ID, v.rewritten
	d.post = &post
	return v.s.refuseDuplicate(ctx, tx, v.asked, &d, v.now)
}

// remember notes what the accounts get.
func (v *revision) remember(ctx context.Context, tx hayon.Tx) error {
	list := v.rewritten
	if v.old.Draft {
		list = v.fresh
	}
	for _, t := range list {
		if t.State == hayon.StateCancelled {
			continue
		}
		if err := rememberContent(ctx, tx, t, v.asked.Continue, v.now); err != nil {
			return err
		}
	}
	return nil
}

// row puts the request into the post.
func (v *revision) row(ctx context.Context, tx hayon.Tx) error {
	p, c := v.post, v.asked
	if zone := c.Schedule.Zone; zone != "" {
		if err := v.s.rememberZone(ctx, tx, zone); err != nil {
			return err
		}
	}
	p.Schedule, c.Schedule = c.Schedule, hayon.Schedule{}
	p.Request = &c
	p.Text, p.Langs, p.Labels, p.Note = c.Text, c.Langs, c.Labels, c.Note
	p.Repost = v.made.post.Repost
	return nil
}
