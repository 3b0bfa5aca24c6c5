package worker

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// maxRetryAfter caps what a platform may ask us to wait.
	maxRetryAfter = 24 * time.Hour
	// connectWait is the wait after a failure to connect where Config.Waits has none.
	connectWait = 5 * time.Second
	// spread is by how much a wait is varied, up and down.
	spread = 0.2
)

// vary spreads a wait by a fifth in both directions, so that what failed together does not come
// back together.
func (w *Worker) vary(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - spread + 2*spread*w.cfg.Rand()))
}

// targetError is an error as a target keeps it; nil for nil.
func targetError(err *hayon.Error) *hayon.TargetError {
	if err == nil {
		return nil
	}
	return &hayon.TargetError{Code: err.Code, Message: err.Message, Hint: err.Hint}
}

// nowhere is why a call whose answer was lost is repeated.
func (a *attempt) nowhere() *hayon.Error {
	return hayon.Errorf(hayon.CodeUnavailable, "%s: no answer came back, and the platform does not have it", a.name())
}

// notApplied decides what follows a call that did not publish: a stop of the account, a wait, or
// the end of the target.
func (a *attempt) notApplied(ctx context.Context, i int, res hayon.Result, from origin) error {
	if from == fromLook && a.asking {
		return a.again(ctx, i, res)
	}
	if res.Err == nil {
		res.Err = hayon.Errorf(hayon.CodeUnavailable, "%s did not take the post and gave no reason", a.name())
	}
	end := ending{to: hayon.StateFailed, why: targetError(res.Err), res: &res, from: from}
	if a.w.cfg.WaitLocal && res.Err.Code == hayon.CodeLocal {
		return a.retry(ctx, i, res, from)
	}
	switch res.Err.Code {
	case hayon.CodeUnavailable, hayon.CodeTimeout, hayon.CodeUnreachable, hayon.CodeRateLimited:
		return a.retry(ctx, i, res, from)
	case hayon.CodeUnauthenticated, hayon.CodeForbidden:
		if a.signedIn(ctx) {
			return a.retry(ctx, i, res, from)
		}
		end.also = func(ctx context.Context, tx hayon.Tx, now time.Time) error {
			return a.stopAccount(ctx, tx, res.Err.Message, now)
		}
	case hayon.CodeInternal:
		a.log.Error("the provider met an error that it does not know", "err", res.Err.Err, "preparing", from == fromPrepare)
	case hayon.CodeUsage, hayon.CodeInvalid, hayon.CodeNotFound, hayon.CodeRejected, hayon.CodeConflict,
		hayon.CodeUncertain, hayon.CodeLocal:
	}
	return a.finish(ctx, i, end)
}

// wait is what lies between two attempts.
type wait struct {
	part int
	res  hayon.Result
	from origin
	// after is how long it is, and counts whether the attempt is one of those that are limited.
	after  time.Duration
	counts bool
	// why is what the late policy tells where the wait ends beyond the grace window.
	why string
}

// again sends once more what was lost on its way: looked up, the platform does not have it. The
// attempt was counted when its answer was lost.
func (a *attempt) again(ctx context.Context, i int, res hayon.Result) error {
	res.Err = a.nowhere()
	return a.retryIn(ctx, wait{part: i, res: res, from: fromLook, why: res.Err.Message})
}

// retry waits for the next attempt, or parks the target when all are used up. What never reached the
// platform, and what it only puts off, is no attempt.
func (a *attempt) retry(ctx context.Context, i int, res hayon.Result, from origin) error {
	n := a.t.Attempts
	if a.t.State == hayon.StateUncertain { // counted when its answer was lost
		n = max(n-1, 0)
	}
	w := wait{part: i, res: res, from: from, why: "the platform did not take it: " + res.Err.Message}
	switch {
	case res.Err.Code == hayon.CodeLocal:
		w.after, w.why = a.w.cfg.RateWait, "this machine could not send it: "+res.Err.Message
		return a.retryIn(ctx, w)
	case res.Err.Code == hayon.CodeRateLimited:
		w.after = min(res.Err.RetryAfter, maxRetryAfter)
		if w.after <= 0 {
			w.after = a.w.cfg.RateWait
		}
		return a.retryIn(ctx, w)
	case unconnected(res.Err):
		w.after, w.why = a.w.vary(a.connectWait()), "the platform is unreachable: "+res.Err.Message
	case n < len(a.w.cfg.Waits):
		w.after, w.counts = a.w.vary(a.w.cfg.Waits[n]), true
	case a.t.State == hayon.StatePublishing:
		why := targetError(res.Err)
		why.Hint = "hayon retry " + a.t.Post.String()
		return a.finish(ctx, i, ending{to: hayon.StateParked, why: why, res: &res, from: from})
	}
	if asked := min(res.Err.RetryAfter, maxRetryAfter); asked > w.after {
		w.after = asked
	}
	return a.retryIn(ctx, w)
}

func (a *attempt) connectWait() time.Duration {
	if len(a.w.cfg.Waits) == 0 {
		return connectWait
	}
	return a.w.cfg.Waits[0]
}

// retryIn puts the target back in line, with the hint that comes when its wait is over; a long wait is
// kept by the store alone. Where its turn would come after its grace window, its late
// policy decides now: nothing goes out when nobody expects it any more.
func (a *attempt) retryIn(ctx context.Context, w wait) error {
	err := a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		until, err := a.pace(ctx, tx, w.res, w.from, now)
		if err != nil {
			return err
		}
		at := now.Add(w.after)
		if until.After(at) {
			at = until
		}
		from := t.State
		if w.counts && from == hayon.StatePublishing && !a.orphan {
			t.Attempts++
		}
		t.Error = targetError(w.res.Err)
		t.Error.RetryAt = at
		t.Renew = t.Renew || w.res.PrepareAgain
		t.Enter(hayon.StateRetryWait, now)
		t.NotBefore = at
		end := a.w.lateAfter(t)
		late := !end.IsZero() && at.After(end) && a.w.mayPublish() // by a clock that counts
		if err := a.outcome(ctx, tx, t, from, row{part: w.part, res: &w.res, from: w.from}, now); err != nil {
			return err
		}
		if late {
			return a.miss(ctx, tx, t, w.tooLong(at), now)
		}
		if hint := hayon.RetryHintFor(t, now); hint != nil {
			return tx.AppendOutbox(ctx, hint)
		}
		return nil
	})
	if err == nil {
		a.log.Warn("the attempt did not succeed", "state", a.t.State, "retry_at", a.t.NotBefore, "err", w.res.Err.Message)
	}
	return err
}

// tooLong is why a wait until at is not waited for.
func (w wait) tooLong(at time.Time) string {
	if w.res.Err.RetryAfter > 0 {
		return "the platform asks to wait until " + at.UTC().Format(time.RFC3339) + ", beyond the grace window: " + w.res.Err.Message
	}
	return w.why
}
