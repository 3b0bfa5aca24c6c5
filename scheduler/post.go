package scheduler

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// FindPostByID answers one post of the actor.
func (s *Scheduler) FindPostByID(ctx context.Context, id hayon.PostID) (*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var post *hayon.Post
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		post, err = ownPost(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		return shorten(ctx, tx, post)
	})
	return post, err
}

// FindPosts answers the actor's posts, newest first.
func (s *Scheduler) FindPosts(ctx context.Context, f hayon.PostFilter) ([]*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := ownFilter(&f, actor); err != nil {
		return nil, err
	}
	var posts []*hayon.Post
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		posts, err = tx.FindPosts(ctx, f)
		if err != nil {
			return err
		}
		for _, p := range posts {
			if err := shorten(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	})
	return posts, err
}

// CountPosts is how many of the actor's posts a filter selects.
func (s *Scheduler) CountPosts(ctx context.Context, f hayon.PostFilter) (n int, err error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return 0, err
	}
	f.Before, f.Limit = hayon.PostID{}, 0
	if err := ownFilter(&f, actor); err != nil {
		return 0, err
	}
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		n, err = tx.CountPosts(ctx, f)
		return err
	})
	return n, err
}

// ownFilter is a filter for the actor's posts, with its words as they are looked for.
func ownFilter(f *hayon.PostFilter, actor hayon.Actor) error {
	if f.Order != "" && !slices.Contains(hayon.PostOrders(), f.Order) {
		return hayon.Errorf(hayon.CodeUsage, "there is no order %q of posts", f.Order).
			WithHint("use newest, oldest, soonest or latest").WithDetail("values", hayon.PostOrders())
	}
	if !f.Before.IsZero() && f.Order != "" && f.Order != hayon.OrderNewest {
		return hayon.Errorf(hayon.CodeUsage, "posts are paged through from the newest on alone").WithHint("leave out the order, or the page")
	}
	f.Owner = actor.User
	f.Words, f.NotWords = folded(f.Words), folded(f.NotWords)
	return nil
}

// folded are the words of a search as they are compared, without empty ones.
func folded(words []string) []string {
	var out []string
	for _, w := range words {
		if w = hayon.FoldText(text.Normalize(w)); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// LookupPost finds the post that a person means.
func (s *Scheduler) LookupPost(ctx context.Context, ref string) (hayon.PostID, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return hayon.PostID{}, err
	}
	var id hayon.PostID
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		id, err = lookup(ctx, tx, actor.User, ref)
		return err
	})
	return id, err
}

func lookup(ctx context.Context, tx hayon.Tx, owner hayon.UserID, ref string) (hayon.PostID, error) {
	if strings.EqualFold(ref, "last") {
		newest, err := tx.FindPosts(ctx, hayon.PostFilter{Owner: owner, Limit: 1})
		if err != nil {
			return hayon.PostID{}, err
		}
		if len(newest) == 0 {
			return hayon.PostID{}, hayon.Errorf(hayon.CodeNotFound, "there is no post yet").
				WithHint(`write one: hayon post "Hello, world" --to site`)
		}
		return newest[0].ID, nil
	}
	if id, err := hayon.ParsePostID(ref); err == nil {
		if _, err := ownPost(ctx, tx, hayon.Actor{User: owner}, id); err != nil {
			return hayon.PostID{}, err
		}
		return id, nil
	}
	suffix, err := hayon.ParsePostSuffix(ref)
	if err != nil {
		return hayon.PostID{}, err
	}
	const most = 10
	ids, err := tx.FindPostIDs(ctx, owner, suffix, most)
	if err != nil {
		return hayon.PostID{}, err
	}
	switch len(ids) {
	case 0:
		return hayon.PostID{}, noPost(ref)
	case 1:
		return ids[0], nil
	}
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return hayon.PostID{}, hayon.Errorf(hayon.CodeNotFound, "%q fits %d posts: %s", ref, len(ids), strings.Join(list, ", ")).
		WithHint("give more of the last characters").WithDetail("posts", list)
}

func noPost(ref string) *hayon.Error {
	return hayon.Errorf(hayon.CodeNotFound, "there is no post %s", ref).WithHint("see what there is: hayon list")
}

// ownPost is a post that the actor owns; somebody else's is not found.
func ownPost(ctx context.Context, tx hayon.Tx, actor hayon.Actor, id hayon.PostID) (*hayon.Post, error) {
	post, err := tx.FindPostByID(ctx, id)
	if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && post.Owner != actor.User {
		return nil, noPost(id.String())
	}
	return post, err
}

// livePost is a post that the actor owns and has not deleted.
func livePost(ctx context.Context, tx hayon.Tx, actor hayon.Actor, id hayon.PostID) (*hayon.Post, error) {
	post, err := ownPost(ctx, tx, actor, id)
	if err == nil && !post.DeletedAt.IsZero() {
		return nil, hayon.Errorf(hayon.CodeConflict, "%s was deleted on %s", id, post.DeletedAt.Format(time.DateOnly)).
			WithHint("make another of it: hayon copy " + id.String() + "   or take that back: hayon undo")
	}
	return post, err
}

// shorten finds how many of the last digits tell the post apart.
func shorten(ctx context.Context, tx hayon.Tx, p *hayon.Post) error {
	digits := p.ID.Digits()
	for n := 4; n < len(digits); n++ {
		ids, err := tx.FindPostIDs(ctx, p.Owner, digits[len(digits)-n:], 2)
		if err != nil {
			return err
		}
		if len(ids) < 2 {
			p.ShortDigits = n
			return nil
		}
	}
	p.ShortDigits = len(digits)
	return nil
}

// CancelPost takes back every target that has not been sent.
func (s *Scheduler) CancelPost(ctx context.Context, id hayon.PostID, c hayon.PostChangeRequest) (*hayon.Post, error) {
	return s.change(ctx, id, c.DryRun, func(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, now time.Time) error {
		var kept *hayon.Target
		var cancelled, changed bool
		before := imageOf(p)
		for _, t := range p.Targets {
			switch {
			case t.State == hayon.StateCancelled:
				cancelled = true
			case mayCancel(t):
				cancelled, changed = true, true
				if err := cancel(ctx, tx, actor, t, c.Reason, now); err != nil {
					return err
				}
			default:
				kept = t
			}
		}
		if kept != nil && !cancelled {
			accounts, err := accountsOf(ctx, tx, p)
			if err != nil {
				return err
			}
			return hayon.Errorf(hayon.CodeConflict, "%s cannot be cancelled: on %s it is %s", p.ID, nameOf(kept, accounts[kept.Account]), describe(kept)).
				WithHint("see it: hayon show "+p.ID.String()).WithDetail("state", string(kept.State))
		}
		if !changed {
			return nil
		}
		return s.revised(ctx, tx, actor, p, hayon.Change{Kind: hayon.ChangeCancelled, Batch: c.Batch, Before: before}, orSaid(c.Reason, "cancelled"), now)
	})
}

// mayCancel reports whether nothing of the target has left this machine and nothing may be leaving. What
// has come to rest without its user can be let be, also where the first parts of a thread are out.
func mayCancel(t *hayon.Target) bool {
	switch t.State {
	case hayon.StateFailed, hayon.StateParked, hayon.StateMissed:
		return true
	case hayon.StatePublishing:
		return t.NextPart() == 0 && t.Step != hayon.StepSending
	case hayon.StateUncertain:
		return false
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait, hayon.StatePublished, hayon.StateCancelled:
	}
	return t.NextPart() == 0 && t.State.CanBecome(hayon.StateCancelled)
}

func describe(t *hayon.Target) string {
	if t.State == hayon.StatePublishing && t.Step == hayon.StepSending {
		return "being sent"
	}
	return string(t.State)
}

// cancel takes a target from whoever works on it and cancels it.
func cancel(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, reason string, now time.Time) error {
	held := t.HoldsLane(now)
	t.Generation++
	t.Error = nil // what kept it back, and what to do about it, is over
	if t.State == hayon.StatePublishing {
		t.Fence++
		if err := move(ctx, tx, actor, t, hayon.StateQueued, "given back to be cancelled", now); err != nil {
			return err
		}
	}
	if err := move(ctx, tx, actor, t, hayon.StateCancelled, reason, now); err != nil || !held {
		return err
	}
	return hayon.HintNext(ctx, tx, t.Account, now)
}

// RetryPost queues what did not go out.
func (s *Scheduler) RetryPost(ctx context.Context, id hayon.PostID, c hayon.PostChangeRequest) (*hayon.Post, error) {
	return s.change(ctx, id, c.DryRun, func(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, now time.Time) error {
		accounts, err := accountsOf(ctx, tx, p)
		if err != nil {
			return err
		}
		var gone *hayon.Target
		sent := false
		for _, t := range p.Targets {
			if accounts[t.Account] == nil && rests(t) {
				gone = t
				continue
			}
			still, err := s.retryOne(ctx, tx, actor, p, accounts[t.Account], t, c.Reason, now)
			if err != nil {
				return err
			}
			sent = sent || !still && (t.State.Working() || t.State == hayon.StateScheduled)
		}
		if gone != nil && !sent {
			return accountGone(p, gone)
		}
		return s.start(ctx, tx, p, now)
	})
}

// retryOne brings one target on its way again. It reports whether it stays where it is because it is
// still invalid.
func (s *Scheduler) retryOne(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, a *hayon.Account, t *hayon.Target,
	reason string, now time.Time,
) (still bool, err error) {
	if still, err := s.stillInvalid(ctx, tx, a, t); still || err != nil {
		return still, err
	}
	if t.State == hayon.StateFailed && t.Due.After(now) && p.Schedule.At.After(now) {
		return false, waitAgain(ctx, tx, actor, p, t, reason, now)
	}
	return false, s.again(ctx, tx, actor, t, reason, now)
}

// stillInvalid reports whether a target rests because it was invalid and is so still, with the reason
// of now. Limits change, and so do the accounts' servers; what is valid now may be sent.
func (s *Scheduler) stillInvalid(ctx context.Context, tx hayon.Tx, a *hayon.Account, t *hayon.Target) (bool, error) {
	if !rests(t) || t.Error == nil || t.Error.Code != hayon.CodeInvalid {
		return false, nil
	}
	p, err := s.deps.Providers.Find(t.Platform)
	if err != nil {
		return true, nil //nolint:nilerr // nothing goes out to what is not in this program
	}
	found := check(a, p, t)
	if len(found) == 0 {
		return false, nil
	}
	t.Error = invalid(found)
	return true, tx.UpdateTarget(ctx, t)
}

// rests reports whether the target is where only a retry, or another word of its user, brings it on.
func rests(t *hayon.Target) bool {
	return t.State == hayon.StateFailed || t.State == hayon.StateParked || t.State == hayon.StateMissed
}

// waitAgain lets a target wait for the time of its post that could not be sent, and was found so before
// that time.
func waitAgain(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, t *hayon.Target, reason string, now time.Time) error {
	t.Generation++
	t.Attempts, t.Crashes = 0, 0
	t.Due, t.Error = p.Schedule.At.UTC(), nil
	return move(ctx, tx, actor, t, hayon.StateScheduled, reason, now)
}

// again queues one target to go out now. One that waits for a retry only stops waiting.
func (s *Scheduler) again(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, reason string, now time.Time) error {
	switch t.State {
	case hayon.StateFailed, hayon.StateParked, hayon.StateMissed:
		t.Generation++
		t.Attempts, t.Crashes = 0, 0
		t.Due, t.Error = now.UTC(), nil
		return move(ctx, tx, actor, t, hayon.StateQueued, reason, now)
	case hayon.StateRetryWait:
		t.NotBefore = now.UTC()
		if s.TooLate(t, now) {
			t.Due = now.UTC()
		}
		if err := tx.UpdateTarget(ctx, t); err != nil {
			return err
		}
		return tx.AppendOutbox(ctx, hayon.HintFor(t, now))
	case hayon.StateQueued: // it is on its way, unless it is too late for that
		if s.TooLate(t, now) {
			t.Due = now.UTC()
			return tx.UpdateTarget(ctx, t)
		}
	case hayon.StateDraft, hayon.StateScheduled, hayon.StatePublishing,
		hayon.StatePublished, hayon.StateUncertain, hayon.StateCancelled:
	}
	return nil
}

// change runs fn on a post of the actor that is not deleted and answers the post as it is then. A dry
// run is the same, taken back at the end.
func (s *Scheduler) change(ctx context.Context, id hayon.PostID, dry bool,
	fn func(context.Context, hayon.Tx, hayon.Actor, *hayon.Post, time.Time) error,
) (*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var post *hayon.Post
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		found, err := livePost(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, actor, found, now); err != nil {
			return err
		}
		if post, err = tx.FindPostByID(ctx, id); err != nil {
			return err
		}
		if err := shorten(ctx, tx, post); err != nil {
			return err
		}
		if dry {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return nil, err
	}
	return post, nil
}

// errDryRun takes a transaction back after everything in it worked.
var errDryRun = errors.New("dry run")
