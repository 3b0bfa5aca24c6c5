package scheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

const (
	// undoPage is how many changes are read at once.
	undoPage = 100
	// maxUndone bounds how many changes are looked through for the newest that was not taken back, and
	// maxBetween how many of others may stand between two of a batch.
	maxUndone  = 10_000
	maxBetween = 500
)

// UndoPost takes back the newest change, with all of its batch.
func (s *Scheduler) UndoPost(ctx context.Context, u hayon.PostUndo) (*hayon.PostUndone, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var out *hayon.PostUndone
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		made, err := lastChanges(ctx, tx, actor, u)
		if err != nil {
			return err
		}
		first := made[0]
		if u.Redo {
			if first, err = undoneBy(ctx, tx, first); err != nil {
				return err
			}
		}
		out = &hayon.PostUndone{Kind: first.Kind, At: first.row.At}
		for _, m := range made {
			p, err := s.undo(ctx, tx, actor, m, u.Reason, now)
			if err != nil {
				return err
			}
			out.Posts = append(slices.DeleteFunc(out.Posts, func(q *hayon.Post) bool { return q.ID == p.ID }), p)
		}
		slices.Reverse(out.Posts)
		if u.DryRun {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, err
	}
	return out, nil
}

// made is a change with its row.
type made struct {
	*hayon.Change

	row *hayon.JournalRow
}

// lastChanges are the newest change that was not taken back, or the newest undo, and the others of its batch,
// the newest first. Who names a post means that one alone.
func lastChanges(ctx context.Context, tx hayon.Tx, actor hayon.Actor, u hayon.PostUndo) ([]made, error) {
	f := hayon.ChangeFilter{User: actor.User}
	if !u.Post.IsZero() {
		if _, err := ownPost(ctx, tx, actor, u.Post); err != nil {
			return nil, err
		}
		f = hayon.ChangeFilter{Post: u.Post}
	}
	var last *made
	err := walkChanges(ctx, tx, f, func(m made, standing bool) bool {
		if (m.Kind == hayon.ChangeUndone) == u.Redo && standing {
			last = &m
		}
		// What was changed since the undo stands on it.
		return last == nil && (!u.Redo || !standing)
	})
	switch {
	case err != nil:
		return nil, err
	case last == nil && u.Redo:
		return nil, hayon.Errorf(hayon.CodeNotFound, "there is nothing to do again: the last change was not taken back").
			WithHint("see what happened: hayon log")
	case last == nil:
		return nil, hayon.Errorf(hayon.CodeNotFound, "there is nothing to take back").WithHint("see what happened: hayon log")
	case last.Batch == "" || !u.Post.IsZero():
		return []made{*last}, nil
	}
	var out []made
	between := 0
	err = walkChanges(ctx, tx, hayon.ChangeFilter{User: actor.User}, func(m made, standing bool) bool {
		switch {
		case !standing || (m.Kind == hayon.ChangeUndone) != u.Redo:
			return !u.Redo || !standing || len(out) == 0
		case m.Batch == last.Batch:
			out, between = append(out, m), 0
			return true
		}
		between++
		return !u.Redo && (len(out) == 0 || between <= maxBetween)
	})
	return out, err
}

// walkChanges calls fn with the changes, the newest first, until it answers false, and says of each whether it
// stands: nobody has taken it back, or done again what it took back.
func walkChanges(ctx context.Context, tx hayon.Tx, f hayon.ChangeFilter, fn func(m made, standing bool) bool) error {
	f.Limit = undoPage
	over := make(takenBack)
	for seen := 0; seen < maxUndone; seen += undoPage {
		rows, err := tx.FindChanges(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range rows {
			c, err := changeOf(r)
			if err != nil {
				return err
			}
			standing := over.stands(r, c)
			if c.Kind != hayon.ChangeRedone && !fn(made{c, r}, standing) {
				return nil
			}
		}
		if len(rows) < undoPage {
			return nil
		}
		f.Before = rows[len(rows)-1].Seq
	}
	return nil
}

// undoneBy is the change that an undo took back.
func undoneBy(ctx context.Context, tx hayon.Tx, m made) (made, error) {
	r, err := tx.FindJournalRow(ctx, m.Of)
	if hayon.CodeOf(err) == hayon.CodeNotFound { // it is older than the journal
		return m, nil
	}
	if err != nil {
		return made{}, err
	}
	c, err := changeOf(r)
	return made{c, r}, err
}

// undo takes back one change.
func (s *Scheduler) undo(ctx context.Context, tx hayon.Tx, actor hayon.Actor, m made, reason string, now time.Time) (*hayon.Post, error) {
	p, err := ownPost(ctx, tx, actor, m.row.Post)
	if err != nil {
		return nil, err
	}
	accounts, err := accountsOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	back, err := s.mayUndo(ctx, tx, p, m, accounts)
	if err != nil {
		return nil, err
	}
	s.byRulesOfNow(m.Before)
	image := imageOf(p)
	kind, said := hayon.ChangeUndone, orSaid(reason, "taken back: "+string(m.Kind))
	if m.Kind == hayon.ChangeUndone {
		kind, said = hayon.ChangeRedone, orSaid(reason, "done again")
	}
	for _, t := range back {
		if err := s.restore(ctx, tx, actor, t, targetIn(m.Before, t.ID), said, now); err != nil {
			return nil, err
		}
	}
	restoreRow(p, m.Change, now)
	c := hayon.Change{Kind: kind, Batch: m.Batch, Before: image, Of: m.row.Seq}
	if err := s.revised(ctx, tx, actor, p, c, said, now); err != nil {
		return nil, err
	}
	if p, err = tx.FindPostByID(ctx, p.ID); err != nil {
		return nil, err
	}
	return p, shorten(ctx, tx, p)
}

// restoreRow makes of the post's own row what the change had made otherwise, and nothing else: its text may
// have been changed since where it is out.
func restoreRow(p *hayon.Post, c *hayon.Change, now time.Time) {
	if c.Before == nil {
		p.DeletedAt = now.UTC()
		return
	}
	was := c.Before.Post
	p.Schedule, p.DeletedAt = was.Schedule, was.DeletedAt
	if c.Kind == hayon.ChangeEdited || c.Kind == hayon.ChangeUndone {
		p.Text, p.Langs, p.Labels, p.Note = was.Text, was.Langs, was.Labels, was.Note
		p.Request, p.Repost = was.Request, was.Repost
	} else if p.Request != nil && was.Request != nil {
		request := *p.Request
		request.Draft = was.Request.Draft
		p.Request = &request
	}
}

// byRulesOfNow gives an image that has a wall clock the instant of that by the rules that its zone has now:
// nobody moves what is cancelled when they change.
func (s *Scheduler) byRulesOfNow(image *hayon.PostImage) {
	if image == nil || image.Post.Schedule.Wall == "" {
		return
	}
	p := image.Post
	loc, _, err := s.zones.read(p.Schedule.Zone)
	if err != nil || p.Schedule.At.In(loc).Format(when.WallLayout) == p.Schedule.Wall { // also the second of two
		return
	}
	old, at := p.Schedule.At, wallAt(p, p.Schedule.Zone, loc)
	p.Schedule.At = at
	for _, t := range image.Targets {
		if t.Due.Equal(old) {
			t.Due = at
		}
	}
}

// mayUndo answers the targets that a change has changed, where all of them can be as they were before.
func (s *Scheduler) mayUndo(ctx context.Context, tx hayon.Tx, p *hayon.Post, m made, accounts map[hayon.AccountID]*hayon.Account) ([]*hayon.Target, error) {
	last, err := generationsLeft(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	var back []*hayon.Target
	var why []string
	for i, t := range p.Targets {
		was := targetIn(m.Before, t.ID)
		if was != nil && i < len(m.Generations) && was.Generation == m.Generations[i] && t.RemovedAt.Equal(was.RemovedAt) {
			continue // the change left it alone
		}
		name := nameOf(t, accounts[t.Account])
		switch {
		case !t.RemovedAt.IsZero():
			why = append(why, "it was removed from "+name)
		case t.State != hayon.StateCancelled && !mayRevise(t):
			why = append(why, "on "+name+" it is "+describe(t))
		case i >= len(last) || t.Generation != last[i]:
			why = append(why, fmt.Sprintf("on %s something else was done since, and it is %s", name, describe(t)))
		case accounts[t.Account] == nil && t.State == hayon.StateCancelled:
			why = append(why, "the account "+name+" was removed")
		default:
			back = append(back, t)
		}
	}
	if len(why) > 0 {
		states, _ := statesOf(p.Targets, accounts)
		return nil, hayon.Errorf(hayon.CodeConflict, "the last change of %s (%s) cannot be taken back: %s", p.ID, m.Kind, strings.Join(why, ", ")).
			WithHint("see it: hayon show "+p.ID.String()+"   or name the post whose last change you mean: hayon undo ID").
			WithDetail("states", states).WithDetail("change", string(m.Kind))
	}
	return back, nil
}

// generationsLeft are those that the newest change of a post, also one that took back another, has left its
// targets in.
func generationsLeft(ctx context.Context, tx hayon.Tx, p *hayon.Post) ([]int, error) {
	rows, err := tx.FindChanges(ctx, hayon.ChangeFilter{Post: p.ID, Limit: 1})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	c, err := changeOf(rows[0])
	if err != nil {
		return nil, err
	}
	return c.Generations, nil
}

// targetIn is a target as an image has it; nil where it was not there.
func targetIn(image *hayon.PostImage, id hayon.TargetID) *hayon.Target {
	if image == nil {
		return nil
	}
	for _, t := range image.Targets {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// restore makes a target what it was, as far as time allows: what was to go out meanwhile is missed.
func (s *Scheduler) restore(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t, was *hayon.Target, reason string, now time.Time) error {
	switch {
	case was == nil && t.State == hayon.StateCancelled:
		return nil
	case was == nil || was.State == hayon.StateCancelled:
		return cancel(ctx, tx, actor, t, reason, now)
	}
	held, err := takeBack(ctx, tx, actor, t, now)
	if err != nil {
		return err
	}
	live := (t.State.Working() || t.State == hayon.StateScheduled) && t.Due.Equal(was.Due) // the time was not changed
	t.Generation++
	t.Attempts, t.Crashes = 0, 0
	t.Parts = copyOf(was).Parts
	beginAnew(t)
	t.Options, t.Notes, t.Unmade = was.Options, was.Notes, was.Unmade
	t.Due, t.Grace, t.IfLate, t.Error = was.Due, was.Grace, was.IfLate, was.Error
	switch {
	case was.State == hayon.StateDraft:
		return bring(ctx, tx, actor, t, hayon.StateDraft, held, reason, now)
	case rests(was) && t.State == was.State:
		return stay(ctx, tx, actor, t, reason, now)
	case rests(was):
		return restUndone(ctx, tx, actor, t, was, held, reason, now)
	case live:
		t.Error = nil
		return stay(ctx, tx, actor, t, reason, now)
	case was.Due.After(now):
		t.Error = nil
		return bring(ctx, tx, actor, t, hayon.StateScheduled, held, reason, now)
	}
	return missUndone(ctx, tx, actor, t, held, reason, now)
}

// restUndone lets a target rest as it did, with the same reason.
func restUndone(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t, was *hayon.Target, held bool, reason string, now time.Time) error {
	if err := bring(ctx, tx, actor, t, was.State, held, reason, now); err != nil {
		return err
	}
	t.Error, t.Asks = was.Error, was.Asks
	if err := tx.UpdateTarget(ctx, t); err != nil || t.State == hayon.StateMissed {
		return err
	}
	return tx.AppendOutbox(ctx, hayon.RecordFor(t, now))
}

// missUndone tells that the time of a target passed while it was not to go out.
func missUndone(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, held bool, reason string, now time.Time) error {
	if !t.State.CanBecome(hayon.StateMissed) {
		if err := move(ctx, tx, actor, t, hayon.StateCancelled, reason, now); err != nil {
			return err
		}
	}
	r := targetRow(actor, hayon.RowState, t, now)
	r.From, r.To = t.State, hayon.StateMissed
	t.Miss("its time passed before this was taken back", now)
	t.Asks = true // whatever its policy is: it was taken back by its user
	r.Asks, r.Reason = true, t.Error.Message
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	if err := tx.AppendJournal(ctx, r); err != nil || !held {
		return err
	}
	return hayon.HintNext(ctx, tx, t.Account, now)
}
