package scheduler

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// callTimeout bounds a call to a platform where the platform names no time of its own.
const callTimeout = 30 * time.Second

// DeletePost takes back what was not sent, then removes what is out where that is asked for, and hides
// the post once nothing is left that was to be removed. Each step is committed as it is done: after a
// crash the same call goes on.
func (s *Scheduler) DeletePost(ctx context.Context, id hayon.PostID, d hayon.PostDelete) (*hayon.PostDeletion, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var out *hayon.PostDeletion
	var accounts map[hayon.AccountID]*hayon.Account
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		p, err := ownPost(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if accounts, err = accountsOf(ctx, tx, p); err != nil {
			return err
		}
		if err := mayDelete(p, accounts); err != nil {
			return err
		}
		before, changed := imageOf(p), p.DeletedAt.IsZero() && (!d.Remote || !slices.ContainsFunc(p.Targets, isOut))
		for _, t := range p.Targets {
			if !t.State.CanBecome(hayon.StateCancelled) || t.State == hayon.StateCancelled {
				continue
			}
			changed = true
			if err := cancel(ctx, tx, actor, t, orDeleted(d.Reason), now); err != nil {
				return err
			}
		}
		out = &hayon.PostDeletion{Post: p, Removals: s.removals(p, accounts, d.Remote)}
		if !d.Remote || d.DryRun {
			if err := hide(ctx, tx, actor, out, d.Reason, now); err != nil {
				return err
			}
		}
		if changed {
			c := hayon.Change{Kind: hayon.ChangeDeleted, Batch: d.Batch, Before: before}
			if err := s.revised(ctx, tx, actor, p, c, orDeleted(d.Reason), now); err != nil {
				return err
			}
		}
		if err := shorten(ctx, tx, p); err != nil {
			return err
		}
		if d.DryRun {
			return errDryRun
		}
		return nil
	})
	switch {
	case errors.Is(err, errDryRun):
		return out, nil
	case err != nil:
		return nil, err
	case !d.Remote:
		return out, nil
	}
	return s.deleteRemote(ctx, actor, out, accounts, d.Reason)
}

// mayDelete refuses while something of the post may be going out.
func mayDelete(p *hayon.Post, accounts map[hayon.AccountID]*hayon.Account) error {
	for _, t := range p.Targets {
		hint := "wait until it is over: hayon wait " + p.ID.String()
		switch {
		case t.State == hayon.StateUncertain:
			hint = "say what became of it: hayon resolve " + p.ID.String() + " --published URL   or: --not"
		case t.State == hayon.StatePublishing, t.State.Working() && t.Lease != nil:
		default:
			continue
		}
		return hayon.Errorf(hayon.CodeConflict, "%s cannot be deleted: on %s it is %s", p.ID, nameOf(t, accounts[t.Account]), describe(t)).
			WithHint(hint).WithDetail("state", string(t.State))
	}
	return nil
}

// isOut reports whether anything of the target is on the platform: all of it, or the first parts of a
// thread that went no further.
func isOut(t *hayon.Target) bool { return t.RemovedAt.IsZero() && !t.Remote().IsZero() }

// removals is what deleting does to each target, as far as that is known without asking a platform.
func (s *Scheduler) removals(p *hayon.Post, accounts map[hayon.AccountID]*hayon.Account, remote bool) []hayon.Removal {
	out := make([]hayon.Removal, len(p.Targets))
	for i, t := range p.Targets {
		r := hayon.Removal{Target: t.ID, Account: nameOf(t, accounts[t.Account]), URL: t.Remote().URL}
		switch {
		case !t.RemovedAt.IsZero():
			r.Effect = hayon.RemovalRemoved
		case !isOut(t):
			r.Effect = hayon.RemovalTakenBack
		case !remote:
			r.Effect = hayon.RemovalKept
		default:
			r.Effect = hayon.RemovalRemoved
			if _, why := s.deleter(t, accounts[t.Account]); why != nil {
				r.Effect, r.Error = hayon.RemovalImpossible, why
			}
		}
		out[i] = r
	}
	return out
}

// deleter is who removes a target from its platform; a is its account, nil for one that was removed.
func (s *Scheduler) deleter(t *hayon.Target, a *hayon.Account) (hayon.Deleter, *hayon.TargetError) {
	hint := "remove it there by hand"
	if url := t.Remote().URL; url != "" {
		hint += ": " + url
	}
	if a == nil {
		return nil, &hayon.TargetError{Code: hayon.CodeUnauthenticated, Message: t.Platform + ": the account was removed", Hint: hint}
	}
	p, err := s.deps.Providers.Find(t.Platform)
	if err != nil {
		return nil, &hayon.TargetError{Code: hayon.CodeOf(err), Message: err.Error(), Hint: hint}
	}
	by, ok := p.(hayon.Deleter)
	if !ok {
		return nil, &hayon.TargetError{Code: hayon.CodeRejected, Message: a.Name + ": " + p.Info().Title + " takes nothing back that is out", Hint: hint}
	}
	return by, nil
}

// deleteRemote removes from the platforms what is out and hides the post if all of it is gone.
func (s *Scheduler) deleteRemote(ctx context.Context, actor hayon.Actor, d *hayon.PostDeletion,
	accounts map[hayon.AccountID]*hayon.Account, reason string,
) (*hayon.PostDeletion, error) {
	for i, t := range d.Post.Targets {
		r := &d.Removals[i]
		if r.Effect != hayon.RemovalRemoved || !t.RemovedAt.IsZero() {
			continue
		}
		err := s.remove(ctx, actor, t, accounts[t.Account], reason)
		if err != nil && ctx.Err() != nil { // nobody waits for the rest
			return nil, context.Cause(ctx)
		}
		if err != nil {
			e := hayon.AsError(err)
			r.Effect, r.Error = hayon.RemovalFailed, &hayon.TargetError{Code: e.Code, Message: e.Message, Hint: e.Hint}
			s.log.Warn("a post could not be removed from its platform", "post_id", t.Post.String(), "target_id", t.ID.String(),
				"account_id", t.Account.String(), "provider", t.Platform, "err", err)
		}
	}
	err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		p, err := ownPost(ctx, tx, actor, d.Post.ID)
		if err != nil {
			return err
		}
		if err := mayDelete(p, accounts); err != nil {
			return err
		}
		d.Post = p
		if err := hide(ctx, tx, actor, d, reason, s.now()); err != nil {
			return err
		}
		return shorten(ctx, tx, p)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// hide takes the post out of the lists, unless something of it could not be removed.
func hide(ctx context.Context, tx hayon.Tx, actor hayon.Actor, d *hayon.PostDeletion, reason string, now time.Time) error {
	for _, r := range d.Removals {
		if r.Effect == hayon.RemovalImpossible || r.Effect == hayon.RemovalFailed {
			return nil
		}
	}
	p := d.Post
	if !p.DeletedAt.IsZero() {
		return nil
	}
	p.DeletedAt, p.UpdatedAt = now.UTC(), now.UTC()
	if err := tx.UpdatePost(ctx, p); err != nil {
		return err
	}
	r := row(actor, hayon.RowChanged, now)
	r.Post, r.Reason = p.ID, orDeleted(reason)
	return tx.AppendJournal(ctx, r)
}

// remove takes the parts of a target from its platform, the last one first, so that what is left is
// always a whole beginning. Each is recorded when it is gone.
func (s *Scheduler) remove(ctx context.Context, actor hayon.Actor, t *hayon.Target, a *hayon.Account, reason string) error {
	by, why := s.deleter(t, a)
	if why != nil {
		return &hayon.Error{Code: why.Code, Message: why.Message, Hint: why.Hint}
	}
	session := s.deps.Sessions(a)
	for i := len(t.Parts) - 1; i >= 0; i-- {
		if t.Parts[i].Remote.IsZero() {
			continue
		}
		if err := removePart(ctx, by, session, t.Parts[i].Remote); err != nil {
			return err
		}
		if err := s.removed(context.WithoutCancel(ctx), actor, t.ID, i, reason); err != nil {
			return err
		}
	}
	return nil
}

func removePart(ctx context.Context, by hayon.Deleter, session hayon.Session, r hayon.Remote) error {
	bounded, stop := context.WithTimeout(ctx, callTimeout)
	defer stop()
	return inTime(bounded, ctx, session.Account().Name, by.Delete(bounded, session, r))
}

// inTime is err, or that the platform took too long where that is why.
func inTime(bounded, ctx context.Context, account string, err error) error {
	if err == nil || ctx.Err() != nil || !errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return err
	}
	return hayon.Errorf(hayon.CodeUnavailable, "%s: no answer came within the time for it", account).
		WithHint("say it again: what is done already stays done").WithCause(err)
}

// removed records that part i is gone; with the first part the whole target is.
func (s *Scheduler) removed(ctx context.Context, actor hayon.Actor, id hayon.TargetID, i int, reason string) error {
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		t, err := tx.FindTargetByID(ctx, id)
		if err != nil || !t.RemovedAt.IsZero() { // another call was faster
			return err
		}
		if i == 0 {
			t.RemovedAt = now.UTC()
			if err := tx.UpdateTarget(ctx, t); err != nil {
				return err
			}
		}
		r := targetRow(actor, hayon.RowChanged, t, now)
		r.Part, r.Reason = i, orSaid(reason, "removed from the platform")
		return tx.AppendJournal(ctx, r)
	})
}

func orDeleted(reason string) string { return orSaid(reason, "deleted") }
