package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// sweepEvery is how often the sweeper looks.
	sweepEvery = 5 * time.Second
	// sweepAfter is how long a due target may stay unclaimed before it gets another hint.
	sweepAfter = 10 * time.Second
	// sweepRest is how long the sweeper rests between two looks.
	sweepRest = 50 * time.Millisecond
	// hintBackoff bounds the distance between two hints for the same target.
	hintBackoff = time.Minute
	// sweepBatch bounds how many targets one look hints at.
	sweepBatch = 5000
	// overdueEvery is how often the sweeper looks while a wait has ended and nobody has claimed.
	overdueEvery = time.Second
	// pruneEvery is how often old idempotency keys and digests are forgotten.
	pruneEvery = time.Hour
)

// Sweep brings the store up to date for a command that runs no loops: it ends the leases of dead
// processes, queues what is due, and marks what is found too late. It answers the targets that
// became missed.
func (s *Scheduler) Sweep(ctx context.Context) ([]*hayon.Target, error) {
	if err := s.Recover(ctx); err != nil {
		return nil, err
	}
	var missed []*hayon.Target
	next, err := s.nextDue(ctx)
	if err != nil {
		return nil, err
	}
	if !next.IsZero() && !next.After(time.Now()) {
		err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			missed = nil
			moved, err := tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: time.Now().UTC(), Grace: s.cfg.GraceNow})
			for _, t := range moved {
				if t.State == hayon.StateMissed {
					missed = append(missed, t)
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	late, err := s.sweepLate(ctx)
	return append(missed, late...), err
}

// Recover ends the leases of processes of this machine that are dead, so that their targets can be
// claimed at once.
func (s *Scheduler) Recover(ctx context.Context) error {
	var dead []hayon.Owner
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		dead = nil
		owners, err := tx.FindLeases(ctx)
		for _, o := range owners {
			if o != s.deps.Owner && !s.deps.Alive(o) {
				dead = append(dead, o)
			}
		}
		return err
	})
	if err != nil || len(dead) == 0 {
		return err
	}
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		n, err := tx.ExpireLeases(ctx, dead, time.Now().UTC())
		if err == nil && n > 0 {
			s.log.Info("took over from processes that have ended", "targets", n, "processes", len(dead))
		}
		return err
	})
}

// Busy reports whether another live process holds a lease.
func (s *Scheduler) Busy(ctx context.Context) (bool, error) {
	var busy bool
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		owners, err := tx.FindLeases(ctx)
		busy = false
		for _, o := range owners {
			busy = busy || o != s.deps.Owner && s.deps.Alive(o)
		}
		return err
	})
	return busy, err
}

// PruneOutbox forgets hints that have no use any more. It is for a program without a broker: hints
// of a daemon go through the relay.
func (s *Scheduler) PruneOutbox(ctx context.Context) error {
	var stale []uint64
	find := func(ctx context.Context, tx hayon.Tx) error {
		stale = nil
		rows, err := tx.FindOutbox(ctx, 0, sweepBatch)
		if err != nil {
			return err
		}
		for _, r := range rows {
			t, err := tx.FindTargetByID(ctx, r.Hint.Target)
			if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
				return err
			}
			if err != nil || t.State != hayon.StateQueued || t.Generation != r.Hint.Generation {
				stale = append(stale, r.Seq)
			}
		}
		return nil
	}
	if err := s.deps.Store.View(ctx, find); err != nil || len(stale) == 0 {
		return err
	}
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if err := find(ctx, tx); err != nil {
			return err
		}
		return tx.DeleteOutbox(ctx, stale)
	})
}

// waiting are the states in which somebody must come by.
func waiting() []hayon.State {
	return []hayon.State{hayon.StateQueued, hayon.StateRetryWait, hayon.StatePublishing, hayon.StateUncertain}
}

// TooLate reports whether a target that is due will not go out by itself any more: it is later than
// the grace window, nobody works on it, and nothing of it may have been sent.
func (s *Scheduler) TooLate(t *hayon.Target, now time.Time) bool {
	return t.State.Working() && t.Step != hayon.StepSending && !t.Wake().After(now) && s.tooLate(t, now)
}

func (s *Scheduler) tooLate(t *hayon.Target, now time.Time) bool {
	if s.cfg.GraceNow != nil {
		return now.Sub(t.Due) > *s.cfg.GraceNow
	}
	return t.TooLate(now)
}

// sweepLate marks targets that waited beyond the grace window as missed: those queued, those that
// wait for a retry, and orphans that were not being sent.
func (s *Scheduler) sweepLate(ctx context.Context) ([]*hayon.Target, error) {
	var late []*hayon.Target
	find := func(ctx context.Context, tx hayon.Tx) error {
		now := time.Now()
		found, err := tx.FindTargets(ctx, hayon.TargetFilter{
			States: []hayon.State{hayon.StateQueued, hayon.StateRetryWait, hayon.StatePublishing}, WakeBefore: now,
		})
		late = nil
		for _, t := range found {
			if s.TooLate(t, now) {
				late = append(late, t)
			}
		}
		return err
	}
	if err := s.deps.Store.View(ctx, find); err != nil || len(late) == 0 {
		return nil, err
	}
	err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if err := find(ctx, tx); err != nil {
			return err
		}
		for _, t := range late {
			if err := s.miss(ctx, tx, t, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	return late, err
}

// miss marks one target as missed, with the reason.
func (s *Scheduler) miss(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
	reason := "nobody was there to send it"
	if acc, err := tx.FindAccountByID(ctx, t.Account); err == nil && acc.Status != hayon.AccountConnected {
		reason = "the account needs a new sign-in"
	} else if t.Error != nil {
		reason = "the platform did not take it: " + t.Error.Message
	}
	held := t.HoldsLane(now)
	actor := hayon.Actor{User: t.Owner, Source: hayon.SourceWorker}
	if t.State == hayon.StatePublishing {
		t.Fence++
		if err := move(ctx, tx, actor, t, hayon.StateQueued, "given back: its worker has ended", now); err != nil {
			return err
		}
	}
	r := row(actor, hayon.RowState, now)
	r.Post, r.Target, r.Account, r.Platform, r.Generation, r.Fence = t.Post, t.ID, t.Account, t.Platform, t.Generation, t.Fence
	r.From, r.Reason = t.State, reason
	t.Miss(reason, now)
	r.To, r.Asks = t.State, t.Asks
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	if err := tx.AppendJournal(ctx, r); err != nil || !held {
		return err
	}
	return hayon.HintNext(ctx, tx, t.Account, now)
}

// hinted is what the sweeper remembers of a target that it hinted at: when, for which end of a wait,
// and how long it leaves it alone.
type hinted struct {
	at, wake time.Time
	wait     time.Duration
}

// runSweeper hints at what nobody claimed, at once when a wait ends, and cleans up.
func (s *Scheduler) runSweeper(ctx context.Context, broker hayon.Broker) error {
	sent := make(map[hayon.TargetID]hinted)
	var swept, looked, pruned time.Time
	for ctx.Err() == nil {
		now := time.Now()
		if now.Sub(swept) >= sweepEvery {
			swept = now
			s.tidy(ctx, &pruned, now)
			looked = time.Time{}
		}
		changed := s.changed()
		next, err := s.nextWait(ctx)
		over := !next.IsZero() && !next.After(now) && now.Sub(looked) >= overdueEvery
		if err == nil && (over || looked.IsZero()) {
			looked = now
			err = s.hint(ctx, broker, sent)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("the sweeper could not look; it tries again", "err", err)
		}
		wait := time.Until(swept.Add(sweepEvery))
		switch {
		case next.IsZero():
		case next.After(now):
			wait = min(wait, time.Until(next))
		default: // its hint is on the way, or its account is held back
			wait = min(wait, overdueEvery)
		}
		// A commit may have brought an earlier end; many commits are looked at together.
		sleep(ctx, wait, changed)
		sleep(ctx, sweepRest, nil)
	}
	return nil
}

// tidy ends leases of the dead, marks what is late and forgets old guards.
func (s *Scheduler) tidy(ctx context.Context, pruned *time.Time, now time.Time) {
	if err := s.Recover(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("the leases of dead processes could not be ended; it is tried again", "err", err)
	}
	if _, err := s.sweepLate(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("late targets could not be marked; it is tried again", "err", err)
	}
	if now.Sub(*pruned) < pruneEvery {
		return
	}
	*pruned = now
	err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.PruneGuards(ctx, now.Add(-keyLife), now.Add(-digestLife), now)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.log.Warn("old idempotency keys could not be forgotten; it is tried again", "err", err)
	}
}

// nextWait is the earliest end of a wait for a retry or a look-up.
func (s *Scheduler) nextWait(ctx context.Context) (time.Time, error) {
	var next time.Time
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		next = time.Time{}
		for _, state := range []hayon.State{hayon.StateRetryWait, hayon.StateUncertain} {
			t, err := tx.NextWake(ctx, state, time.Time{})
			if err != nil {
				return err
			}
			if !t.IsZero() && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
		return nil
	})
	return next, err
}

// hint publishes a hint for each target whose wait is over and that nobody claimed, less and less
// often for the same target. While the queue itself has work left, that explains why a queued target
// waits, and only the others get one: no message of the backlog is theirs.
func (s *Scheduler) hint(ctx context.Context, broker hayon.Broker, sent map[hayon.TargetID]hinted) error {
	now := time.Now()
	var found []*hayon.Target
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		found, err = tx.FindTargets(ctx, hayon.TargetFilter{States: waiting(), WakeBefore: now, Limit: sweepBatch})
		return err
	})
	if err != nil {
		return err
	}
	seen := make(map[hayon.TargetID]bool, len(found))
	for _, t := range found {
		seen[t.ID] = true
	}
	for id := range sent {
		if !seen[id] {
			delete(sent, id)
		}
	}
	ready, _, err := broker.Depth(ctx, hayon.SocialPostsQueue)
	if err != nil {
		return err
	}
	for _, t := range found {
		if ready > 0 && t.State == hayon.StateQueued || !s.wantsHint(t, sent, now) {
			continue
		}
		confirm, err := broker.Publish(ctx, hayon.HintMessage(hayon.HintFor(t, now)))
		if err != nil {
			return err
		}
		if err := confirm.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wantsHint decides, and notes, whether the target gets a hint now. A queued one has a hint on its
// way from the outbox, so it is given time; the end of a wait is told by nobody else.
func (s *Scheduler) wantsHint(t *hayon.Target, sent map[hayon.TargetID]hinted, now time.Time) bool {
	last, again := sent[t.ID]
	again = again && last.wake.Equal(t.Wake())
	if again && now.Sub(last.at) < last.wait {
		return false
	}
	if !again && t.State == hayon.StateQueued && now.Sub(s.started) > sweepAfter && now.Sub(t.Wake()) < sweepAfter {
		return false
	}
	wait := sweepAfter
	if again {
		wait = min(2*last.wait, hintBackoff)
	}
	sent[t.ID] = hinted{at: now, wake: t.Wake(), wait: wait}
	return true
}
