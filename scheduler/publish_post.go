package scheduler

import (
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// PublishPost sends what is a draft or waits for its time, now.
func (s *Scheduler) PublishPost(ctx context.Context, id hayon.PostID, c hayon.PostChangeRequest) (*hayon.Post, error) {
	return s.change(ctx, id, c.DryRun, func(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, now time.Time) error {
		accounts, err := accountsOf(ctx, tx, p)
		if err != nil {
			return err
		}
		var gone *hayon.Target
		sent := false
		for _, t := range p.Targets {
			switch {
			case t.State != hayon.StateDraft && t.State != hayon.StateScheduled:
			case accounts[t.Account] == nil:
				gone = t
			default:
				if err := sendNow(ctx, tx, actor, t, c.Reason, now); err != nil {
					return err
				}
				sent = true
			}
		}
		switch {
		case !sent && gone != nil:
			return accountGone(p, gone)
		case !sent:
			return nothingTo(p, "publish", p.Targets, accounts, publishHint(p))
		}
		p.Schedule, p.UpdatedAt = hayon.Schedule{At: now.UTC()}, now.UTC()
		if err := tx.UpdatePost(ctx, p); err != nil {
			return err
		}
		return s.start(ctx, tx, p, now)
	})
}

// sendNow queues a draft or a scheduled target as due now, and remembers that its account gets the text.
func sendNow(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, reason string, now time.Time) error {
	if err := rememberContent(ctx, tx, t, false, now); err != nil {
		return err
	}
	t.Generation++
	t.Due, t.Error = now.UTC(), nil
	return move(ctx, tx, actor, t, hayon.StateQueued, reason, now)
}

// publishHint is what to type where nothing waits for being sent.
func publishHint(p *hayon.Post) string {
	if slices.ContainsFunc(p.Targets, rests) {
		return "to send it again: hayon retry " + p.ID.String()
	}
	return "see it: hayon show " + p.ID.String()
}

// accountGone is why nothing of a post can be sent.
func accountGone(p *hayon.Post, t *hayon.Target) error {
	return hayon.Errorf(hayon.CodeConflict, "%s cannot be sent: its account on %s was removed", p.ID, t.Platform).
		WithHint("sign in and write it anew: hayon login "+t.Platform).WithDetail("state", string(t.State))
}
