package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

// recover finds out what became of a call whose outcome is not recorded. rest is false when it was
// proved not applied and the attempt may send the same bytes.
func (a *attempt) recover(ctx context.Context) (rest bool, err error) {
	i := a.t.StepPart
	if i >= len(a.t.Parts) || !a.t.Parts[i].Remote.IsZero() {
		return false, nil
	}
	if out, err := a.evidence(ctx, i); err != nil || out != nil {
		if err != nil {
			return true, err
		}
		return a.settle(ctx, i, hayon.Result{Verdict: out.Verdict, Remote: out.Remote}, false)
	}
	prepared, err := a.prepared(ctx, i)
	if err != nil {
		return true, err
	}
	if prepared == nil {
		return true, hayon.Errorf(hayon.CodeInternal, "target %s was being sent without prepared bytes", a.t.ID)
	}
	res := a.provider.Reconcile(ctx, a.session, hayon.PublishRequest{
		Target: a.t, Index: i, Prepared: prepared, Deadline: a.t.Deadline,
		SentAt: a.t.Deadline.Add(-a.provider.Info().PublishTimeout), Now: time.Now(),
	})
	if ctx.Err() != nil {
		return true, context.Cause(ctx)
	}
	if res.Verdict != hayon.VerdictNotApplied {
		return a.settle(ctx, i, res, false)
	}
	if a.t.State == hayon.StateUncertain || a.t.TooLate(time.Now()) {
		return true, a.absent(ctx)
	}
	return false, nil
}

// evidence is what a worker that lost its fence learnt about part i, nil when nothing.
func (a *attempt) evidence(ctx context.Context, i int) (*hayon.Outcome, error) {
	var found *hayon.Outcome
	err := a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindJournal(ctx, hayon.JournalFilter{Post: a.t.Post})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Kind != hayon.RowEvidence || r.Target != a.t.ID || r.Part != i || r.Generation != a.t.Generation {
				continue
			}
			var out hayon.Outcome
			if err := json.Unmarshal(r.Body, &out); err != nil {
				return err
			}
			if out.Verdict == hayon.VerdictPublished {
				found = &out
			}
		}
		return nil
	})
	return found, err
}

// absent puts a target whose call was proved not applied back in line for the next claim.
func (a *attempt) absent(ctx context.Context) error {
	return a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		from := t.State
		t.Enter(hayon.StateRetryWait, now)
		t.NotBefore = now
		return a.moved(ctx, tx, t, from, "looked up: the platform does not have it", now)
	})
}

// settle records what a call proved, with the state that follows. preparing is set where the
// irreversible call was not reached. rest is false when the next part may follow.
func (a *attempt) settle(ctx context.Context, i int, res hayon.Result, preparing bool) (rest bool, err error) {
	ctx = context.WithoutCancel(ctx) // what was learnt is recorded whatever ends
	switch res.Verdict {
	case hayon.VerdictPublished:
		return a.published(ctx, i, res)
	case hayon.VerdictUnknown:
		return true, a.uncertain(ctx, i, res)
	case hayon.VerdictRejected:
		return true, a.finish(ctx, hayon.StateFailed, targetError(orRejected(res.Err)), &res)
	case hayon.VerdictNotApplied:
		return true, a.notApplied(ctx, res, preparing)
	}
	return true, hayon.Errorf(hayon.CodeInternal, "provider %s answered the verdict %q", a.t.Platform, res.Verdict)
}

func orRejected(err *hayon.Error) *hayon.Error {
	if err != nil {
		return err
	}
	return hayon.Errorf(hayon.CodeRejected, "the platform refused the post and gave no reason")
}

// published records a part that is out; after the last one the target is.
func (a *attempt) published(ctx context.Context, i int, res hayon.Result) (rest bool, err error) {
	var taken bool
	err = a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		taken = false
		from := t.State
		t.Parts[i].Remote, t.Parts[i].PublishedAt = res.Remote, now
		t.StepPart = i
		row := a.w.journal(t, hayon.RowOutcome, now)
		row.Body = hayon.Encode(hayon.Outcome{Verdict: res.Verdict, Remote: res.Remote})
		if t.NextPart() < len(t.Parts) {
			t.Step = hayon.StepClaimed
		} else {
			t.Attempts++
			t.Error = nil
			t.PublishedAt = now
			t.Enter(hayon.StatePublished, now)
			row.From, row.To = from, t.State
		}
		if err := tx.AppendJournal(ctx, row); err != nil {
			return err
		}
		if err := tx.UpdateTarget(ctx, t); err != nil {
			taken = hayon.CodeOf(err) == hayon.CodeConflict
			return err
		}
		return nextInLane(ctx, tx, t, now)
	})
	if errors.Is(err, errFence) {
		return true, a.late(ctx, i, res)
	}
	if taken {
		// The fence is ours, so it is the remote id. Asking again would get the same answer.
		return true, a.uncertain(ctx, i, hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain,
			"%s: the platform answered with %s, which is another post of this account", a.account.Name, res.Remote.ID)})
	}
	if err != nil {
		return true, err
	}
	if a.t.State == hayon.StatePublished {
		a.log.Info("published", "url", res.Remote.URL, "late", a.t.Late().Round(time.Millisecond))
		return true, nil
	}
	return false, nil
}

// late appends what a worker without its fence learnt.
func (a *attempt) late(ctx context.Context, i int, res hayon.Result) error {
	a.log.Warn("the lease was lost; what the platform answered is kept as evidence")
	return a.w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		row := a.w.journal(a.t, hayon.RowEvidence, time.Now())
		row.Part = i
		row.Body = hayon.Encode(hayon.Outcome{Verdict: res.Verdict, Remote: res.Remote, Error: targetError(res.Err)})
		return tx.AppendJournal(ctx, row)
	})
}

// uncertain holds a target whose outcome nobody knows, until it can be looked up again or a person
// says what happened.
func (a *attempt) uncertain(ctx context.Context, i int, res hayon.Result) error {
	te := targetError(res.Err)
	if te == nil {
		te = &hayon.TargetError{Message: a.account.Name + ": the post was sent and no answer came back"}
	}
	te.Code, te.RetryAt = hayon.CodeUncertain, res.AskAgain
	err := a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		from := t.State
		t.StepPart = i
		if from != hayon.StateUncertain {
			t.Attempts++
		}
		t.Error = te
		t.Enter(hayon.StateUncertain, now)
		t.NotBefore = time.Time{}
		if !res.AskAgain.IsZero() {
			t.NotBefore = res.AskAgain.UTC()
		}
		return a.outcome(ctx, tx, t, from, &res, now)
	})
	if err == nil {
		a.log.Warn("the outcome is not known", "ask_again", res.AskAgain, "err", res.Err)
	}
	return err
}

// notApplied decides what follows a call that did not publish: a stop of the account, a wait, or
// the end of the target.
func (a *attempt) notApplied(ctx context.Context, res hayon.Result, preparing bool) error {
	why := res.Err
	if why == nil {
		why = hayon.Errorf(hayon.CodeUnavailable, "%s did not take the post and gave no reason", a.account.Name)
	}
	te := targetError(why)
	switch why.Code {
	case hayon.CodeUnavailable, hayon.CodeTimeout, hayon.CodeUnreachable:
		return a.retry(ctx, te, why.RetryAfter, &res)
	case hayon.CodeRateLimited:
		return a.rateLimited(ctx, te, why.RetryAfter, &res)
	case hayon.CodeUnauthenticated, hayon.CodeForbidden:
		return a.authFailed(ctx, te, &res)
	case hayon.CodeUsage, hayon.CodeInvalid, hayon.CodeNotFound, hayon.CodeRejected, hayon.CodeConflict,
		hayon.CodeUncertain, hayon.CodeLocal, hayon.CodeInternal:
	}
	if why.Code == hayon.CodeInternal {
		a.log.Error("the provider met an error that it does not know", "err", why.Err, "preparing", preparing)
	}
	return a.finish(ctx, hayon.StateFailed, te, &res)
}

// retry waits for the next attempt, or parks the target when all are used up.
func (a *attempt) retry(ctx context.Context, te *hayon.TargetError, after time.Duration, res *hayon.Result) error {
	if a.t.Attempts >= len(a.w.cfg.Waits) {
		te.Hint = "hayon retry " + a.t.Post.String()
		return a.finish(ctx, hayon.StateParked, te, res)
	}
	wait := a.w.vary(a.w.cfg.Waits[a.t.Attempts])
	wait = max(wait, min(after, maxRetryAfter))
	return a.retryAt(ctx, te, time.Now().Add(wait), 1, res)
}

// rateLimited holds back the whole account and costs no attempt.
func (a *attempt) rateLimited(ctx context.Context, te *hayon.TargetError, after time.Duration, res *hayon.Result) error {
	if after <= 0 {
		after = defaultRateWait
	}
	at := time.Now().Add(min(after, maxRetryAfter))
	err := a.w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		return tx.PutPace(ctx, &hayon.Pace{Key: hayon.PaceKey(a.t.Account), NotBefore: at.UTC(), Reason: te.Message})
	})
	if err != nil {
		return err
	}
	return a.retryAt(ctx, te, at, 0, res)
}

func (a *attempt) retryAt(ctx context.Context, te *hayon.TargetError, at time.Time, counts int, res *hayon.Result) error {
	te.RetryAt = at.UTC()
	err := a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		from := t.State
		if from == hayon.StateUncertain {
			counts = 0 // counted when the call was made
		}
		t.Attempts += counts
		t.Error = te
		t.Renew = res != nil && res.PrepareAgain
		t.Enter(hayon.StateRetryWait, now)
		t.NotBefore = te.RetryAt
		return a.outcome(ctx, tx, t, from, res, now)
	})
	if err == nil {
		a.log.Warn("the attempt did not succeed; another follows", "retry_at", te.RetryAt, "err", te.Message)
	}
	return err
}

// authFailed stops the account, so that its other targets wait, and ends this one.
func (a *attempt) authFailed(ctx context.Context, te *hayon.TargetError, res *hayon.Result) error {
	err := a.w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		acc, err := tx.FindAccountByID(ctx, a.t.Account)
		if err != nil {
			return err
		}
		acc.Status, acc.Reason = hayon.AccountNeedsReconnect, te.Message
		row := a.w.journal(a.t, hayon.RowAccount, time.Now())
		row.Reason = te.Message
		row.Body = hayon.Encode(hayon.AccountChange{Name: acc.Name, Status: acc.Status})
		if err := tx.AppendJournal(ctx, row); err != nil {
			return err
		}
		return tx.UpdateAccount(ctx, acc)
	})
	if err != nil {
		return err
	}
	return a.finish(ctx, hayon.StateFailed, te, res)
}

// finish ends the target in a state that only a user leaves.
func (a *attempt) finish(ctx context.Context, to hayon.State, te *hayon.TargetError, res *hayon.Result) error {
	err := a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		from := t.State
		if from == hayon.StateUncertain && to != hayon.StatePublished {
			// An uncertain target leaves by way of "proved absent".
			t.Enter(hayon.StateRetryWait, now)
			t.NotBefore = now
			if err := a.moved(ctx, tx, t, from, "looked up: it is not out", now); err != nil {
				return err
			}
			if to != hayon.StateFailed {
				return nil
			}
			from = t.State
		}
		if res != nil {
			t.Attempts++
		}
		t.Error = te
		t.Enter(to, now)
		return a.outcome(ctx, tx, t, from, res, now)
	})
	if err == nil {
		a.log.Error("not published", "state", to, "err", te.Message)
	}
	return err
}

// outcome appends the outcome row, stores t and, where the lane is free now, writes the hint for
// the account's next target.
func (a *attempt) outcome(ctx context.Context, tx hayon.Tx, t *hayon.Target, from hayon.State, res *hayon.Result, now time.Time) error {
	row := a.w.journal(t, hayon.RowOutcome, now)
	row.From, row.To = from, t.State
	row.Attempt = max(t.Attempts, 1)
	out := hayon.Outcome{Error: t.Error}
	if res != nil {
		out.Verdict = res.Verdict
	}
	row.Body = hayon.Encode(out)
	if t.Error != nil {
		row.Reason = t.Error.Message
	}
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	return nextInLane(ctx, tx, t, now)
}

// nextInLane writes the hint for the account's next target where t leaves the lane free.
func nextInLane(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
	if t.HoldsLane(now) {
		return nil
	}
	return hayon.HintNext(ctx, tx, t.Account, now)
}
