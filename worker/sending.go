package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/hayon/hayon"
)

// sending commits the intent: the bytes, where they are new, and the row that says that the
// irreversible call is about to leave. It renews the lease to outlast the call. rest is true when a
// worker that had slept found the target too late.
func (a *attempt) sending(ctx context.Context, i int, p *hayon.Prepared) (rest bool, err error) {
	sum := sha256.Sum256(p.Data)
	err = a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		rest = a.stoodStill(now) && a.w.tooLate(t, now)
		if rest {
			return a.overslept(ctx, tx, t, now)
		}
		if t.Parts[i].Prepared != 0 || t.Generation > 1 { // perhaps sent before, by a worker that lost its lease
			if out, err := evidence(ctx, tx, t, i); err != nil {
				return err
			} else if out != nil && out.Verdict == hayon.VerdictPublished {
				return errEvidence
			}
		}
		if err := a.keepPrepared(ctx, tx, t, i, p, now); err != nil {
			return err
		}
		t.Step, t.StepPart, t.Renew, t.WaitingSince = hayon.StepSending, i, false, time.Time{}
		t.SentAt, t.Deadline = now, now.Add(a.timeout(i))
		a.lease(t, t.Deadline)
		row := a.w.journal(t, hayon.RowSending, now)
		row.Late = max(now.Sub(t.Due), 0)
		row.Body = hayon.Encode(hayon.Sending{Idem: t.Parts[i].Idem, Digest: hex.EncodeToString(sum[:]), Deadline: t.Deadline})
		if err := tx.AppendJournal(ctx, row); err != nil {
			return err
		}
		return tx.UpdateTarget(ctx, t)
	})
	return rest, err
}

// overslept leaves a target to its late policy whose worker stood still until after the grace window.
func (a *attempt) overslept(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
	t.Enter(hayon.StateQueued, now)
	if err := a.moved(ctx, tx, t, hayon.StatePublishing, "given back: its worker stood still", now); err != nil {
		return err
	}
	if !a.w.mayPublish() { // perhaps only the clock jumped: whoever finds that out decides
		if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
			return err
		}
		return nextInLane(ctx, tx, t, now)
	}
	return a.miss(ctx, tx, t, "this machine stood still while the post was made ready", now)
}

// publish makes the irreversible call that sending has announced.
func (a *attempt) publish(ctx context.Context, i int, p *hayon.Prepared) hayon.Result {
	now := wallNow()
	left := a.t.Deadline.Sub(now)
	if left <= 0 { // it stood still after the commit
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable,
			"%s: the time to send was over before the request could leave; nothing was sent", a.name())}
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	return a.provider.Publish(ctx, a.session, hayon.PublishRequest{
		Target: a.t, Index: i, Prepared: p, Deadline: a.t.Deadline, SentAt: a.t.SentAt, Now: now,
	})
}

// timeout bounds a call that carries part i.
func (a *attempt) timeout(i int) time.Duration {
	d := a.info().Timeout(&a.t.Parts[i])
	if most := a.w.cfg.PublishTimeout; most > 0 {
		d = min(d, most)
	}
	return d
}

// lease makes the lease of t outlast a call with this deadline.
func (a *attempt) lease(t *hayon.Target, deadline time.Time) {
	until := deadline.Add(a.w.cfg.LeaseReserve).UTC()
	if !t.Lease.Until.Before(until) {
		return
	}
	t.Lease = &hayon.Lease{Until: until, Owner: a.w.deps.Owner}
	if t.State == hayon.StateUncertain {
		t.NotBefore = until // what an uncertain target wakes at
	}
}
