package worker

import (
	"context"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// pollEvery bounds how long a one-shot waits before it looks again at targets that another process
// has in its hands.
const pollEvery = 250 * time.Millisecond

// recoverEvery is after how many looks the owners of lanes are checked for life.
const recoverEvery = 8

// Deliver works on these targets, in process and without a broker, until none of them has anything
// left that follows by itself, or ctx ends. It touches no other target, but for those of the same
// accounts that a dead process left in the lane: they are brought to rest first.
//
// When ctx ends it starts nothing new and gives running attempts Config.Drain. It answers the
// context's cause then, and nil when all targets rest.
func (w *Worker) Deliver(ctx context.Context, ids []hayon.TargetID) error {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	slots := make(chan struct{}, w.cfg.Concurrency)
	done := make(chan struct{}, 1)
	for looks := 1; ; looks++ {
		if looks%recoverEvery == 0 && w.cfg.Recover != nil {
			if err := w.cfg.Recover(ctx); err != nil {
				return err
			}
		}
		ready, open, err := w.ready(ctx, ids)
		if err != nil {
			return err
		}
		if !open {
			return nil
		}
		for _, t := range ready {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			attempts.Go(func() {
				w.work(ctx, t)
				<-slots
				select {
				case done <- struct{}{}:
				default:
				}
			})
		}
		timer := time.NewTimer(pollEvery)
		select {
		case <-done:
			timer.Stop()
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

// DeliverDue claims what is due, at most limit targets (0: no bound), works on it, and goes on
// while a target that it worked on waits for its lane, or a due one for its pace, if that is not
// longer than Config.CatchUpEvery and a second. It does not wait for retries. It answers the targets
// that it worked on.
func (w *Worker) DeliverDue(ctx context.Context, limit int) ([]hayon.TargetID, error) {
	var worked []hayon.TargetID
	for ctx.Err() == nil && (limit <= 0 || len(worked) < limit) {
		n := w.cfg.Concurrency
		if limit > 0 {
			n = min(n, limit-len(worked))
		}
		before := wallNow()
		targets, err := w.claim(ctx, hayon.ClaimRequest{Limit: n})
		if err != nil {
			return worked, err
		}
		if len(targets) == 0 {
			if again, err := w.paced(ctx, before); !again || err != nil {
				return worked, err
			}
			continue
		}
		var attempts sync.WaitGroup
		for _, t := range targets {
			worked = append(worked, t.ID)
			attempts.Go(func() { w.work(ctx, t) })
		}
		attempts.Wait()
	}
	return worked, context.Cause(ctx)
}

// paced waits for the queued target that may be claimed next after an instant, and reports whether
// there is one within reach.
func (w *Worker) paced(ctx context.Context, after time.Time) (bool, error) {
	var next time.Time
	err := w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		next, err = tx.NextWake(ctx, hayon.StateQueued, after)
		return err
	})
	left := next.Sub(wallNow())
	if err != nil || next.IsZero() || left > w.cfg.CatchUpEvery+time.Second {
		return false, err
	}
	pause(ctx, left)
	return true, nil
}

// ready answers the targets that this process may work on now. open is false when nothing follows
// for any of ids.
func (w *Worker) ready(ctx context.Context, ids []hayon.TargetID) (ready []*hayon.Target, open bool, err error) {
	claimable, err := w.look(ctx, ids, &ready)
	if err != nil {
		return nil, false, err
	}
	open = claimable != nil
	if len(claimable) == 0 {
		return ready, open, nil
	}
	claimed, err := w.claim(ctx, hayon.ClaimRequest{Targets: claimable})
	return append(ready, claimed...), open, err
}

// look reads the targets: those that are claimed by this process and not worked on yet go to ready;
// it answers those that may be claimed now, with what dead processes left in their lanes, nil when
// nothing is open.
func (w *Worker) look(ctx context.Context, ids []hayon.TargetID, ready *[]*hayon.Target) ([]hayon.TargetRef, error) {
	var refs []hayon.TargetRef
	err := w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		refs, *ready = nil, nil
		now := time.Now()
		for _, id := range ids {
			t, err := tx.FindTargetByID(ctx, id)
			if err != nil {
				return err
			}
			if t.State.Terminal() || t.State == hayon.StateScheduled || t.State == hayon.StateUncertain && t.NotBefore.IsZero() {
				continue
			}
			if refs == nil {
				refs = []hayon.TargetRef{}
			}
			switch {
			case t.Lease != nil && t.Lease.Owner == w.deps.Owner && !w.has(id):
				*ready = append(*ready, t)
			case w.has(id) || t.Wake().After(now):
			default:
				left, err := w.lane(ctx, tx, t, now)
				if err != nil {
					return err
				}
				refs = append(append(refs, left...), hayon.TargetRef{Target: id, Generation: t.Generation})
			}
		}
		return nil
	})
	return refs, err
}

// lane is what stands in t's lane and can be claimed: its worker is gone.
func (w *Worker) lane(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) ([]hayon.TargetRef, error) {
	held, err := tx.FindTargets(ctx, hayon.TargetFilter{
		States:  []hayon.State{hayon.StatePublishing, hayon.StateRetryWait, hayon.StateUncertain},
		Account: t.Account, WakeBefore: now,
	})
	if err != nil {
		return nil, err
	}
	var refs []hayon.TargetRef
	for _, h := range held {
		if h.ID != t.ID && h.HoldsLane(now) && !w.has(h.ID) {
			refs = append(refs, hayon.TargetRef{Target: h.ID})
		}
	}
	return refs, nil
}

func (w *Worker) has(id hayon.TargetID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.running[id]
	return ok
}
