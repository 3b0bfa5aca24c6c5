package worker

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

// Why a target is given back.
const (
	stopped = "given back: the process is stopping"
	broken  = "given back: the database could not be written"
	// defective counts as a crash: what is not there now will not be there the next time either.
	defective = "given back: what the database has of it cannot be used"
)

// errKept says that the target stays with its lease: something of it may have been sent.
var errKept = errors.New("something may have been sent")

// release gives a target back before anything was sent, or between two looks at the platform.
func (a *attempt) release(ctx context.Context, reason string) error {
	return a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		from := t.State
		if reason == defective {
			t.Crashes++
		}
		switch {
		case from == hayon.StateUncertain:
			since := t.StateSince
			t.Enter(hayon.StateUncertain, now)
			t.StateSince, t.NotBefore = since, now
		case from == hayon.StatePublishing && t.Step != hayon.StepSending:
			t.Enter(hayon.StateQueued, now)
		default:
			return errKept
		}
		if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
			return err
		}
		return a.moved(ctx, tx, t, from, reason, now)
	})
}

// giveBack gives the target back that an error of the store has stopped, so that a disk that was
// full for a moment costs seconds and not a lease. While the process stops there is one try.
func (a *attempt) giveBack(stopping context.Context, why error) {
	ctx := context.WithoutCancel(stopping)
	reason := broken
	if !passing(why) && stopping.Err() == nil {
		reason = defective
	}
	a.asking = false
	wait := errorPause
	for range giveBacks {
		pause(stopping, wait)
		wait = min(2*wait, longestPause)
		err := a.release(ctx, reason)
		if err == nil || errors.Is(err, errFence) || errors.Is(err, errKept) || stopping.Err() != nil {
			return
		}
	}
}

// insist runs fn, which records what the platform said, until the store takes it or a lease's time
// is over: what is known must not become unknown because a disk was full for a moment.
func (a *attempt) insist(ctx context.Context, fn func(ctx context.Context) error) error {
	end := time.Now().Add(a.w.cfg.Lease)
	for wait := errorPause; ; wait = min(2*wait, longestPause) {
		err := fn(context.WithoutCancel(ctx)) // what was learnt is recorded whatever ends
		if !passing(err) || ctx.Err() != nil || time.Now().Add(wait).After(end) {
			return err
		}
		a.log.Warn("what the platform said could not be recorded; it is tried again", "err", err)
		pause(ctx, wait)
	}
}

// passing reports whether the same transaction may succeed later.
func passing(err error) bool {
	switch hayon.CodeOf(err) {
	case hayon.CodeLocal, hayon.CodeConflict, hayon.CodeUnavailable, hayon.CodeTimeout, hayon.CodeUnreachable:
		return true
	case hayon.CodeUsage, hayon.CodeInvalid, hayon.CodeUnauthenticated, hayon.CodeForbidden, hayon.CodeNotFound,
		hayon.CodeRejected, hayon.CodeRateLimited, hayon.CodeUncertain, hayon.CodeInternal:
	}
	return false
}

// pause waits for d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
