package scheduler

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// ReplayLetter makes the target of a letter go out once more: in a new generation, with a fresh hint.
func (s *Scheduler) ReplayLetter(ctx context.Context, ref string, r hayon.LetterRequest) (*hayon.Letter, error) {
	return s.changeLetter(ctx, ref, r, hayon.LetterReplayed, func(ctx context.Context, tx hayon.Tx, c *letterChange) error {
		return s.replay(ctx, tx, c)
	})
}

// DiscardLetter ends a letter for a reason. Of a message nothing more happens; a target is cancelled.
func (s *Scheduler) DiscardLetter(ctx context.Context, ref string, r hayon.LetterRequest) (*hayon.Letter, error) {
	if strings.TrimSpace(r.Reason) == "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "nobody said why %s is discarded", ref).WithHint(`say it: --reason "…"`)
	}
	return s.changeLetter(ctx, ref, r, hayon.LetterDiscarded, func(ctx context.Context, tx hayon.Tx, c *letterChange) error {
		if c.letter.Message != nil {
			return nil
		}
		return cancel(ctx, tx, c.actor, c.target, "discarded: "+c.reason, c.now)
	})
}

// letterChange is a letter with what it is about, while somebody deals with it.
type letterChange struct {
	actor  hayon.Actor
	letter *hayon.Letter
	// target and post are nil where the letter has none that is the actor's and still there.
	target *hayon.Target
	post   *hayon.Post
	reason string
	now    time.Time
}

// changeLetter runs fn on an open letter and ends it, in one transaction. A dry run is the same, taken
// back at the end.
func (s *Scheduler) changeLetter(ctx context.Context, ref string, r hayon.LetterRequest, how hayon.LetterEffect,
	fn func(context.Context, hayon.Tx, *letterChange) error,
) (*hayon.Letter, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	letterID, targetID, err := hayon.ParseLetterRef(ref)
	if err != nil {
		return nil, err
	}
	var letter *hayon.Letter
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		c := &letterChange{actor: actor, reason: strings.TrimSpace(r.Reason), now: s.now()}
		if letterID.IsZero() {
			err = c.ofTarget(ctx, tx, targetID)
		} else {
			err = c.ofMessage(ctx, tx, letterID)
		}
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, c); err != nil {
			return err
		}
		if err := c.end(ctx, tx, how); err != nil {
			return err
		}
		letter = c.letter
		if r.DryRun {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, err
	}
	return letter, nil
}

// ofTarget finds the letter that a target of the actor is.
func (c *letterChange) ofTarget(ctx context.Context, tx hayon.Tx, id hayon.TargetID) error {
	if err := c.find(ctx, tx, id); err != nil {
		return err
	}
	if c.target == nil {
		return noLetter("", id.String())
	}
	if t := c.target; t.State != hayon.StateFailed && t.State != hayon.StateParked {
		return hayon.Errorf(hayon.CodeConflict, "%s is %s; there is nothing to do about it here", id, describe(t)).
			WithHint("see it: hayon show "+t.Post.String()).WithDetail("state", string(t.State))
	}
	c.letter = ofTarget(c.target)
	return nil
}

// ofMessage finds the letter of a message, which must be open.
func (c *letterChange) ofMessage(ctx context.Context, tx hayon.Tx, id hayon.LetterID) error {
	l, err := tx.FindLetterByID(ctx, id)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return noLetter("", id.String())
	}
	if err != nil {
		return err
	}
	if l.Ended != nil {
		return hayon.Errorf(hayon.CodeConflict, "%s was %s on %s", id, l.Ended.How, l.Ended.At.Format(time.RFC3339)).
			WithHint("see it: hayon broker "+string(l.Kind)+" show "+id.String()).WithDetail("how", string(l.Ended.How))
	}
	c.letter = l
	if l.Target.IsZero() {
		return nil
	}
	return c.find(ctx, tx, l.Target)
}

// find reads a target of the actor with its post.
func (c *letterChange) find(ctx context.Context, tx hayon.Tx, id hayon.TargetID) error {
	t, err := tx.FindTargetByID(ctx, id)
	if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && t.Owner != c.actor.User {
		return nil
	}
	if err != nil {
		return err
	}
	c.target = t
	c.post, err = tx.FindPostByID(ctx, t.Post)
	return err
}

// end writes down what was done. What a target's letter was follows from its target, which has a journal
// row already.
func (c *letterChange) end(ctx context.Context, tx hayon.Tx, how hayon.LetterEffect) error {
	l := c.letter
	l.Ended = &hayon.LetterEnd{At: c.now.UTC(), How: how, Reason: c.reason}
	if l.Message != nil {
		if err := tx.PutLetter(ctx, l); err != nil {
			return err
		}
		if err := forgetRecord(ctx, tx, l); err != nil {
			return err
		}
		if err := hayon.JournalLetter(ctx, tx, l, c.actor, how, c.reason, c.now); err != nil {
			return err
		}
	}
	l.Hint = ""
	return describeLetter(ctx, tx, c.actor, l)
}

// forgetRecord takes the record of a letter off the outbox that was not published yet: it would be found
// in the dead letters after the letter has ended.
func forgetRecord(ctx context.Context, tx hayon.Tx, l *hayon.Letter) error {
	if l.Cause != hayon.CauseUnroutable {
		return nil
	}
	rows, err := tx.FindOutbox(ctx, 0, 0)
	if err != nil {
		return err
	}
	var seqs []uint64
	for _, r := range rows {
		if r.Cause == hayon.CauseUnroutable && hayon.HintMessage(r, r.At).Digest() == l.Message.Digest {
			seqs = append(seqs, r.Seq)
		}
	}
	return tx.DeleteOutbox(ctx, seqs)
}

// replayable reports whether a replay may send the target once more.
func replayable(t *hayon.Target) bool {
	switch t.State {
	case hayon.StateQueued, hayon.StateRetryWait, hayon.StateFailed, hayon.StateParked:
		return true
	case hayon.StateDraft, hayon.StateScheduled, hayon.StatePublishing, hayon.StatePublished, hayon.StateUncertain,
		hayon.StateMissed, hayon.StateCancelled:
	}
	return false
}

// replay sends the target of a letter once more.
func (s *Scheduler) replay(ctx context.Context, tx hayon.Tx, c *letterChange) error {
	t := c.target
	discard := "end it: hayon broker " + string(c.letter.Kind) + " discard " + c.letter.Ref() + ` --reason "…"`
	switch {
	case c.letter.Target.IsZero():
		return hayon.Errorf(hayon.CodeConflict, "the message of %s names no target; there is nothing to send", c.letter.Ref()).WithHint(discard)
	case t == nil:
		return hayon.Errorf(hayon.CodeConflict, "the target that %s names is not there; there is nothing to send", c.letter.Ref()).WithHint(discard)
	case !replayable(t):
		return notReplayable(t, discard)
	}
	if _, err := livePost(ctx, tx, c.actor, t.Post); err != nil {
		return err
	}
	account, err := tx.FindAccountByID(ctx, t.Account)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return accountGone(c.post, t)
	}
	if err != nil {
		return err
	}
	if err := s.sendAgain(ctx, tx, c, account); err != nil {
		return err
	}
	return s.start(ctx, tx, &hayon.Post{Targets: []*hayon.Target{t}}, c.now)
}

// sendAgain brings the target on its way in a new generation, so that every hint from before has no
// effect.
func (s *Scheduler) sendAgain(ctx context.Context, tx hayon.Tx, c *letterChange, account *hayon.Account) error {
	t, reason := c.target, orSaid(c.reason, "replayed")
	if rests(t) {
		still, err := s.retryOne(ctx, tx, c.actor, c.post, account, t, reason, c.now)
		if err == nil && still {
			return hayon.Errorf(hayon.CodeConflict, "%s would be refused again: %s", t.ID, t.Error.Message).WithHint(t.Error.Hint)
		}
		return err
	}
	t.Generation++
	if err := tx.AppendJournal(ctx, replayedRow(c.actor, t, reason, c.now)); err != nil {
		return err
	}
	if t.State == hayon.StateRetryWait {
		return s.again(ctx, tx, c.actor, t, reason, c.now)
	}
	if s.TooLate(t, c.now) {
		t.Due = c.now.UTC()
	}
	return tx.UpdateTarget(ctx, t)
}

func replayedRow(a hayon.Actor, t *hayon.Target, reason string, now time.Time) *hayon.JournalRow {
	r := targetRow(a, hayon.RowChanged, t, now)
	r.Reason = reason
	return r
}

// notReplayable is why a target is not sent once more, and what to do in its place.
func notReplayable(t *hayon.Target, discard string) error {
	post := t.Post.String()
	why, hint := "it is "+describe(t), discard
	switch t.State {
	case hayon.StateScheduled:
		why = "it goes out at " + t.Due.UTC().Format(time.RFC3339) + ", so there is nothing to send again"
	case hayon.StateDraft:
		why, hint = "it is a draft, so there is nothing to send again", "send it: hayon publish "+post+"   or "+discard
	case hayon.StatePublishing:
		hint = "wait until it is over: hayon wait " + post
	case hayon.StateUncertain:
		hint = "say what became of it: hayon resolve " + post + " --published URL   or: --not"
	case hayon.StateMissed:
		hint = "publish it now: hayon retry " + post + "   or " + discard
	case hayon.StatePublished, hayon.StateCancelled, hayon.StateQueued, hayon.StateRetryWait, hayon.StateFailed, hayon.StateParked:
	}
	return hayon.Errorf(hayon.CodeConflict, "%s is not sent again: %s", t.ID, why).WithHint(hint).WithDetail("state", string(t.State))
}
