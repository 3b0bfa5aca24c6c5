package worker

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/hayon/hayon"
)

// origin is where a result comes from.
type origin int

const (
	// fromPrepare: the irreversible call was not reached.
	fromPrepare origin = iota
	// fromCall: it is the answer to the irreversible call, or the want of one.
	fromCall
	// fromLook: the platform was asked afterwards.
	fromLook
	// fromJournal: nobody was asked.
	fromJournal
)

// settle records what is proved of part i, with the state that follows. rest is false when the next
// part may follow. A worker that has lost its fence leaves what it learnt as evidence.
func (a *attempt) settle(ctx context.Context, i int, res hayon.Result, from origin) (rest bool, err error) {
	err = a.insist(ctx, func(ctx context.Context) (err error) {
		rest, err = a.record(ctx, i, res, from)
		return err
	})
	if errors.Is(err, errFence) && (from == fromCall || from == fromLook && res.Verdict == hayon.VerdictPublished) {
		return true, a.insist(ctx, func(ctx context.Context) error { return a.late(ctx, i, res) })
	}
	return rest || err != nil, err
}

func (a *attempt) record(ctx context.Context, i int, res hayon.Result, from origin) (rest bool, err error) {
	switch res.Verdict {
	case hayon.VerdictPublished:
		return a.published(ctx, i, res, from)
	case hayon.VerdictUnknown:
		return true, a.uncertain(ctx, i, res, from)
	case hayon.VerdictRejected:
		why := res.Err
		if why == nil {
			why = hayon.Errorf(hayon.CodeRejected, "%s: the platform refused the post and gave no reason", a.name())
		}
		return true, a.finish(ctx, i, ending{to: hayon.StateFailed, why: targetError(why), res: &res, from: from})
	case hayon.VerdictNotApplied:
		return true, a.notApplied(ctx, i, res, from)
	}
	res = hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain,
		"%s: the platform's answer was not understood (%q); the post may be out", a.name(), res.Verdict)}
	return true, a.uncertain(ctx, i, res, from)
}

// published records a part that is out; after the last one the target is.
func (a *attempt) published(ctx context.Context, i int, res hayon.Result, from origin) (rest bool, err error) {
	var taken bool
	err = a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		remote := remoteOf(t, i, res.Remote)
		if taken = isAnotherPart(t, i, remote); taken {
			return errTaken
		}
		if _, err := a.pace(ctx, tx, res, from, now); err != nil {
			return err
		}
		t.Parts[i].Remote, t.Parts[i].PublishedAt = remote, now
		body := hayon.Outcome{Verdict: res.Verdict, Remote: remote, Reconciled: from == fromLook}
		var err error
		if t.NextPart() < len(t.Parts) {
			err = a.goOn(ctx, tx, t, i, body, now)
		} else {
			err = a.done(ctx, tx, t, i, body, now)
		}
		taken = hayon.CodeOf(err) == hayon.CodeConflict
		return err
	})
	if taken && a.t.Parts[i].Repost != nil {
		return true, a.reposted(ctx, i, res, from)
	}
	if taken {
		// The fence is ours, so it is the remote id. Asking again would get the same answer.
		return true, a.uncertain(ctx, i, hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: hayon.Errorf(hayon.CodeUncertain,
			"%s: the platform answered with %s, which is another post of this account", a.name(), res.Remote.ID)}, from)
	}
	if err != nil {
		return true, err
	}
	if a.t.State == hayon.StatePublished {
		a.log.Info("published", "url", res.Remote.URL, "late", a.t.Late().Round(time.Millisecond))
	}
	return a.t.State != hayon.StatePublishing, nil
}

// reposted ends a repost that the platform answered by one which an earlier post has made: there is
// nothing to find out, and nothing more to send.
func (a *attempt) reposted(ctx context.Context, i int, res hayon.Result, from origin) error {
	e := hayon.Errorf(hayon.CodeConflict, "%s: it is reposted already", a.name())
	err := a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		id, err := tx.FindTargetByRemote(ctx, a.t.Account, res.Remote.ID)
		if err != nil {
			return err
		}
		owner, err := tx.FindTargetByID(ctx, id)
		if err == nil {
			e.Message += ", by " + owner.Post.String()
			e.Hint = "see that one: hayon show " + owner.Post.String()
		}
		return err
	})
	if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
		return err
	}
	res = hayon.Result{Verdict: hayon.VerdictRejected, Err: e}
	return a.finish(ctx, i, ending{to: hayon.StateFailed, why: targetError(e), res: &res, from: from})
}

// errTaken: the platform names a part that is out already.
var errTaken = errors.New("the remote id is that of another part")

// remoteOf is what part i is known by. A platform that names nothing has published it all the same,
// and it must not look as if it were still to be sent.
func remoteOf(t *hayon.Target, i int, r hayon.Remote) hayon.Remote {
	if r.IsZero() {
		r.ID = t.ID.String() + "/" + strconv.Itoa(i)
	}
	return r
}

func isAnotherPart(t *hayon.Target, i int, r hayon.Remote) bool {
	for k := range t.Parts {
		if k != i && r.ID != "" && t.Parts[k].Remote.ID == r.ID {
			return true
		}
	}
	return false
}

// done ends a target whose last part is out.
func (a *attempt) done(ctx context.Context, tx hayon.Tx, t *hayon.Target, i int, body hayon.Outcome, now time.Time) error {
	row := a.w.journal(t, hayon.RowOutcome, now)
	row.Part, row.Body, row.From, row.To = i, hayon.Encode(body), t.State, hayon.StatePublished
	if t.State == hayon.StatePublishing {
		t.Attempts++
	}
	t.Attempts = max(t.Attempts, 1)
	row.Attempt = t.Attempts
	t.Error, t.PublishedAt = nil, now
	t.Enter(hayon.StatePublished, now)
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	return nextInLane(ctx, tx, t, now)
}

// goOn keeps the claim of a thread of which part i is out, for the next part. One that was uncertain
// goes on within its grace window; later, its late policy decides.
func (a *attempt) goOn(ctx context.Context, tx hayon.Tx, t *hayon.Target, i int, body hayon.Outcome, now time.Time) error {
	row := a.w.journal(t, hayon.RowOutcome, now)
	row.Part, row.Body = i, hayon.Encode(body)
	lease, from := t.Lease, t.State
	if from == hayon.StateUncertain {
		t.Enter(hayon.StateQueued, now)
		t.NotBefore = time.Time{}
		row.From, row.To, row.Attempt = from, t.State, max(t.Attempts, 1)
	}
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	if from == hayon.StateUncertain {
		if a.w.tooLate(t, now) {
			return a.miss(ctx, tx, t, "only now it is known that part "+strconv.Itoa(i+1)+" is out", now)
		}
		t.Enter(hayon.StatePublishing, now)
	}
	t.Lease, t.Error = lease, nil
	t.Step, t.StepPart = hayon.StepClaimed, t.NextPart()
	t.SentAt, t.Deadline, t.UnknownSince, t.Looks = time.Time{}, time.Time{}, time.Time{}, 0
	if from != hayon.StateUncertain {
		return tx.UpdateTarget(ctx, t)
	}
	return a.moved(ctx, tx, t, hayon.StateQueued, "the thread goes on", now)
}

// uncertain records that nobody knows the outcome: until the next look, or until a person says what
// happened.
func (a *attempt) uncertain(ctx context.Context, i int, res hayon.Result, from origin) error {
	err := a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		was, since := t.State, t.StateSince
		t.UnknownSince = a.unknownSince(t, now)
		if was != hayon.StateUncertain && !a.orphan {
			t.Attempts++
		}
		if from == fromLook {
			t.Looks++
		}
		until, err := a.pace(ctx, tx, res, from, now)
		if err != nil {
			return err
		}
		t.Enter(hayon.StateUncertain, now)
		if was == hayon.StateUncertain {
			t.StateSince = since
		}
		t.StepPart = i
		if t.NotBefore = a.nextLook(t, res, now); !t.NotBefore.IsZero() && until.After(t.NotBefore) {
			t.NotBefore = until
		}
		t.Error = a.doubt(t, res)
		if c := cause(res.Err); from == fromLook && c != nil && stops(c.Code) {
			if err := a.stopAccount(ctx, tx, c.Message, now); err != nil {
				return err
			}
		}
		return a.outcome(ctx, tx, t, was, row{part: i, res: &res, from: from, quiet: was == t.State && !t.Held()}, now)
	})
	if err == nil {
		a.log.Warn("the outcome is not known", "look", a.t.NotBefore, "held", a.t.Held(), "err", res.Err)
	}
	return err
}

// doubt is what the user is told of an unknown outcome.
func (a *attempt) doubt(t *hayon.Target, res hayon.Result) *hayon.TargetError {
	e := targetError(res.Err)
	if e == nil {
		e = &hayon.TargetError{Message: a.name() + ": the post was sent and no answer came back"}
	}
	e.Code, e.RetryAt = hayon.CodeUncertain, t.NotBefore
	if !t.Held() {
		return e
	}
	if !res.Hold && t.Looks > 0 {
		e.Message += "; nobody could tell for a day whether it is out"
	}
	id, where := t.Post.String(), a.name()
	if v, ok := a.provider.(hayon.Viewer); ok && a.account != nil && v.ViewURL(a.account) != "" {
		where = v.ViewURL(a.account)
	}
	e.Hint = "look at " + where + "; if it is there: hayon resolve " + id + " --published URL   or if not: hayon resolve " + id + " --not"
	return e
}

// ending is how a target ends in a state that only a user leaves.
type ending struct {
	to   hayon.State
	why  *hayon.TargetError
	res  *hayon.Result // what the platform said; nil where it was not asked
	from origin
	// also is done in the same transaction; nil: nothing.
	also func(ctx context.Context, tx hayon.Tx, now time.Time) error
}

// finish ends the target, with the record of it for the dead letters or the parking lot.
func (a *attempt) finish(ctx context.Context, i int, end ending) error {
	err := a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		from := t.State
		if from == hayon.StateUncertain { // it leaves by way of "proved absent"
			t.Enter(hayon.StateRetryWait, now)
			t.NotBefore = now
			if err := a.moved(ctx, tx, t, from, "looked up: it is not out", now); err != nil {
				return err
			}
			from = t.State
		} else if end.res != nil && !a.orphan {
			t.Attempts++
		}
		if end.res != nil {
			t.Renew = t.Renew || end.res.PrepareAgain // for who retries it
			if _, err := a.pace(ctx, tx, *end.res, end.from, now); err != nil {
				return err
			}
		}
		if end.also != nil {
			if err := end.also(ctx, tx, now); err != nil {
				return err
			}
		}
		if c := end.why.Code; end.res != nil && (c == hayon.CodeInvalid || c == hayon.CodeRejected) {
			if err := a.doubtFacts(ctx, tx); err != nil {
				return err
			}
		}
		t.Error = end.why
		t.Enter(end.to, now)
		if err := a.outcome(ctx, tx, t, from, row{part: i, res: end.res, from: end.from}, now); err != nil {
			return err
		}
		return tx.AppendOutbox(ctx, hayon.RecordFor(t, now))
	})
	if err == nil {
		a.log.Error("not published", "state", end.to, "err", end.why.Message)
	}
	return err
}

// doubtFacts has what the account's server allows read anew before the next post, unless somebody has
// since this attempt began: what was refused now had passed by them.
func (a *attempt) doubtFacts(ctx context.Context, tx hayon.Tx) error {
	if a.account == nil || a.account.Server == nil {
		return nil
	}
	acc, err := tx.FindAccountByID(ctx, a.t.Account)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil
	}
	if err != nil || acc.Server == nil || !acc.Server.ReadAt.Equal(a.account.Server.ReadAt) {
		return err
	}
	acc.Server.ReadAt = time.Time{}
	return tx.UpdateAccount(ctx, acc)
}

// stops reports whether an error of this kind stops the account.
func stops(c hayon.Code) bool { return c == hayon.CodeUnauthenticated || c == hayon.CodeForbidden }

// isRenewed reports whether its platform has taken the credentials of the account since this attempt
// began, so that what it refused were those before.
func (a *attempt) isRenewed(now *hayon.Account) bool {
	return now.VerifiedAt.After(a.account.VerifiedAt)
}

// signedIn is isRenewed of the account as it is now.
func (a *attempt) signedIn(ctx context.Context) bool {
	var renewed bool
	err := a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		acc, err := tx.FindAccountByID(ctx, a.t.Account)
		renewed = err == nil && a.isRenewed(acc)
		return err
	})
	return err == nil && renewed
}

// stopAccount lets nothing more of the account be claimed until it is connected again.
func (a *attempt) stopAccount(ctx context.Context, tx hayon.Tx, reason string, now time.Time) error {
	acc, err := tx.FindAccountByID(ctx, a.t.Account)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if a.isRenewed(acc) {
		return nil
	}
	acc.Status, acc.Reason = hayon.AccountNeedsReconnect, reason
	row := a.w.journal(a.t, hayon.RowAccount, now)
	row.Reason = reason
	row.Body = hayon.Encode(hayon.AccountChange{Name: acc.Name, Status: acc.Status})
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	return tx.UpdateAccount(ctx, acc)
}

// row is what an outcome row tells beside the target.
type row struct {
	part int
	res  *hayon.Result
	from origin
	// quiet: nothing has changed that anybody is to hear of.
	quiet bool
}

// outcome appends the outcome row, stores t and, where the lane is free now, writes the hint for
// the account's next target.
func (a *attempt) outcome(ctx context.Context, tx hayon.Tx, t *hayon.Target, from hayon.State, r row, now time.Time) error {
	j := a.w.journal(t, hayon.RowOutcome, now)
	j.Part, j.Attempt = r.part, max(t.Attempts, 1)
	if !r.quiet {
		j.From, j.To = from, t.State
	}
	out := hayon.Outcome{Error: t.Error, Reconciled: r.from == fromLook && r.res != nil}
	if r.res != nil {
		out.Verdict = r.res.Verdict
	}
	j.Body = hayon.Encode(out)
	if t.Error != nil {
		j.Reason = t.Error.Message
	}
	if err := tx.AppendJournal(ctx, j); err != nil {
		return err
	}
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	return nextInLane(ctx, tx, t, now)
}

// miss leaves t, which is queued or waits for a retry, to its late policy.
func (a *attempt) miss(ctx context.Context, tx hayon.Tx, t *hayon.Target, reason string, now time.Time) error {
	from := t.State
	t.Miss(reason, now)
	if err := a.moved(ctx, tx, t, from, reason, now); err != nil {
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
