package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// ReschedulePost gives every target that is not out another time.
func (s *Scheduler) ReschedulePost(ctx context.Context, id hayon.PostID, r hayon.PostReschedule) (*hayon.Post, error) {
	if (r.By == nil) == r.Schedule.IsZero() {
		return nil, hayon.Errorf(hayon.CodeUsage, "a post moves to a time, or by a time").WithHint("say one of both: --at WHEN or --by +1d")
	}
	given, err := meant(r.Schedule)
	if err != nil {
		return nil, err
	}
	var warnings []string
	post, err := s.change(ctx, id, r.DryRun, func(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, now time.Time) error {
		to := given
		if r.By != nil {
			if to, err = shifted(p, *r.By); err != nil {
				return err
			}
		}
		if to.At.Before(now.Add(-pastSlack)) {
			return hayon.Errorf(hayon.CodeInvalid, "the time %s has passed; %s", timeIn(to.At, to.Zone, r.By), nothingChanged).
				WithHint("give a time in the future, or send it now: hayon publish " + p.ID.String())
		}
		before := imageOf(p)
		if err := s.moveTargets(ctx, tx, actor, p, to, r.Reason, now); err != nil {
			return err
		}
		if to.Zone != "" {
			if err := s.rememberZone(ctx, tx, to.Zone); err != nil {
				return err
			}
		}
		p.Schedule = to
		if p.Request != nil {
			request := *p.Request
			request.Draft = false
			p.Request = &request
		}
		c := hayon.Change{Kind: hayon.ChangeRescheduled, Batch: r.Batch, Before: before}
		if err := s.revised(ctx, tx, actor, p, c, orSaid(r.Reason, "rescheduled"), now); err != nil {
			return err
		}
		if warnings, err = s.tooClose(ctx, tx, p); err != nil {
			return err
		}
		if to.At.After(now) {
			return nil
		}
		return s.start(ctx, tx, p, now)
	})
	if err != nil {
		return nil, err
	}
	post.Warnings = warnings
	return post, nil
}

// timeIn is a time for people in the zone of a schedule, else that of a shift, else in UTC.
func timeIn(t time.Time, zone string, by *hayon.Shift) string {
	if zone == "" && by != nil {
		zone = by.Zone
	}
	if loc, err := when.LoadZone(zone); err == nil {
		return when.Format(t.In(loc))
	}
	return when.Format(t.UTC())
}

// shifted is when a post comes after a shift of its time.
func shifted(p *hayon.Post, by hayon.Shift) (hayon.Schedule, error) {
	sc := p.Schedule
	if sc.At.IsZero() {
		if isDraft(p) {
			return sc, hayon.Errorf(hayon.CodeUsage, "%s is a draft without a time, so it has none to move; %s", p.ID, nothingChanged).
				WithHint("give it one: --at WHEN")
		}
		sc.At = p.CreatedAt
	}
	zone := sc.Zone
	if zone == "" {
		zone = by.Zone
	}
	if zone == "" {
		zone = "UTC"
	}
	loc, err := when.LoadZone(zone)
	if err != nil {
		return sc, notMeant(err)
	}
	wall := sc.Wall
	if wall == "" {
		wall = sc.At.In(loc).Format(when.WallLayout)
	}
	day, werr := time.Parse(when.WallLayout, wall)
	if werr != nil {
		return sc, hayon.Errorf(hayon.CodeInternal, "the time %q of %s cannot be read: %w", wall, p.ID, werr)
	}
	out := sc
	out.At = sc.At
	if by.Days != 0 {
		out.Wall = day.AddDate(0, 0, by.Days).Format(when.WallLayout)
		at, err := when.ResolveIn(out.Wall, loc)
		if err != nil {
			return sc, notMeant(err)
		}
		if sc.Wall == "" { // an instant stays one, with its fraction of a second
			at = at.Add(time.Duration(sc.At.Nanosecond()))
		}
		out.At = at.UTC()
	}
	if by.Elapsed != 0 {
		out.At = out.At.Add(by.Elapsed).UTC()
		out.Wall = out.At.In(loc).Format(when.WallLayout)
	}
	if sc.Wall == "" {
		out.Wall, out.Zone = "", ""
	}
	if y := out.At.Year(); y > 9999 || y < 1 {
		return sc, hayon.Errorf(hayon.CodeUsage, "%s would go out in the year %d; %s", p.ID, y, nothingChanged).WithHint("move it by less")
	}
	return out, nil
}

// moveTargets gives the targets that are not out the new time; where all are, it is a conflict.
func (s *Scheduler) moveTargets(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, to hayon.Schedule, reason string, now time.Time) error {
	accounts, err := accountsOf(ctx, tx, p)
	if err != nil {
		return err
	}
	moved := false
	var gone, bad *hayon.Target
	for _, t := range p.Targets {
		switch {
		case !mayRevise(t):
		case accounts[t.Account] == nil:
			gone = t
		default:
			still, err := s.stillInvalid(ctx, tx, accounts[t.Account], t)
			if err != nil {
				return err
			}
			if still { // another time makes nothing of it valid
				bad = t
				continue
			}
			moved = true
			if err := s.moveTarget(ctx, tx, actor, t, to.At.UTC(), orSaid(reason, "rescheduled"), now); err != nil {
				return err
			}
		}
	}
	switch {
	case moved:
		return nil
	case bad != nil:
		return hayon.Errorf(hayon.CodeInvalid, "%s; %s", bad.Error.Message, nothingChanged).
			WithHint("change it first: hayon edit " + p.ID.String())
	case gone != nil:
		return accountGone(p, gone)
	}
	return nothingTo(p, "reschedule", p.Targets, accounts, keptHint(p, p.Targets))
}

// moveTarget gives one target the new time.
func (s *Scheduler) moveTarget(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, due time.Time, reason string, now time.Time) error {
	held, err := takeBack(ctx, tx, actor, t, now)
	if err != nil {
		return err
	}
	beginAnew(t)
	if t.State == hayon.StateDraft {
		if err := rememberContent(ctx, tx, t, false, now); err != nil {
			return err
		}
	}
	t.Generation++
	t.Attempts, t.Crashes, t.Error = 0, 0, nil
	t.Due = due
	to := hayon.StateScheduled
	if !due.After(now) { // what has just passed means now
		t.Due = now.UTC()
		if t.State.CanBecome(hayon.StateQueued) {
			to = hayon.StateQueued
		}
	}
	if t.State != to {
		return bring(ctx, tx, actor, t, to, held, reason, now)
	}
	t.NotBefore = time.Time{}
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	r := targetRow(actor, hayon.RowChanged, t, now)
	r.Reason = reason
	return tx.AppendJournal(ctx, r)
}
