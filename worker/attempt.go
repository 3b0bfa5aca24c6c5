package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// errFence is the cause with which an attempt ends whose lease was taken by somebody else.
var errFence = errors.New("the lease was taken by another worker")

// attempt is one try of one claimed target.
type attempt struct {
	w        *Worker
	t        *hayon.Target // as this worker last stored it
	account  *hayon.Account
	provider hayon.Provider
	session  hayon.Session
	log      *slog.Logger
	// stopping ends when the process drains: no irreversible call starts after it.
	stopping <-chan struct{}
}

// work brings a claimed target to its next resting state. stopping is the context that says "no new
// irreversible call"; the work itself goes on until it may rest, at most Config.Drain longer.
func (w *Worker) work(stopping context.Context, t *hayon.Target) {
	if !w.begin(stopping, t.ID) {
		return
	}
	defer w.end(t.ID)
	log := w.log.With("post_id", t.Post.String(), "target_id", t.ID.String(), "account_id", t.Account.String(),
		"provider", t.Platform, "attempt", t.Attempts+1)

	ctx, cancel := context.WithCancelCause(context.WithoutCancel(stopping))
	defer cancel(nil)
	undrain := context.AfterFunc(stopping, func() {
		timer := time.NewTimer(w.cfg.Drain)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(context.Cause(stopping))
		case <-ctx.Done():
		}
	})
	defer undrain()

	a := &attempt{w: w, t: t, log: log, stopping: stopping.Done()}
	var beat sync.WaitGroup
	beat.Go(func() { a.heartbeat(ctx, t.ID, t.Fence, cancel) })
	err := a.run(ctx)
	cancel(nil)
	beat.Wait()
	if err != nil && !errors.Is(err, errFence) {
		log.Warn("the attempt stopped; the sweeper takes it up again", "err", err)
		pause(stopping) // whatever is wrong with the store is so a moment later too
	}
}

// pause keeps a target for a moment from being taken up again by this process.
func pause(stopping context.Context) {
	timer := time.NewTimer(errorPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-stopping.Done():
	}
}

// heartbeat renews the lease at a third of its time, and ends the attempt once the fence is lost.
func (a *attempt) heartbeat(ctx context.Context, id hayon.TargetID, fence int64, lost context.CancelCauseFunc) {
	tick := time.NewTicker(a.w.cfg.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := a.w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			t, err := tx.FindTargetByID(ctx, id)
			if err != nil {
				return err
			}
			if t.Fence != fence || t.Lease == nil {
				return errFence
			}
			until := time.Now().Add(a.w.cfg.Lease).UTC()
			if t.Lease.Until.After(until) { // the call that is under way was given more
				return nil
			}
			return tx.RenewLease(ctx, id, fence, until)
		})
		if errors.Is(err, errFence) { // any other error may pass, such as a database that is held
			lost(errFence)
			return
		}
	}
}

// run goes through the parts that are not out, from where the journal says the target stands.
func (a *attempt) run(ctx context.Context) error {
	if done, err := a.load(ctx); done || err != nil {
		return err
	}
	if a.t.Crashes >= maxCrashes && a.t.Step != hayon.StepSending {
		return a.finish(ctx, hayon.StateParked, &hayon.TargetError{
			Code:    hayon.CodeInternal,
			Message: "hayon stopped ten times while it worked on this post; it is not tried again by itself",
			Hint:    "hayon retry " + a.t.Post.String(),
		}, nil)
	}
	if a.t.State == hayon.StatePublishing && a.t.Step != hayon.StepSending && a.t.Attempts > len(a.w.cfg.Waits) {
		return a.finish(ctx, hayon.StateParked, &hayon.TargetError{
			Code:    hayon.CodeUnavailable,
			Message: a.account.Name + ": no answer came back to any attempt, and the post is not there",
			Hint:    "hayon retry " + a.t.Post.String(),
		}, nil)
	}
	if a.t.State == hayon.StateUncertain || a.t.Step == hayon.StepSending {
		if rest, err := a.recover(ctx); rest || err != nil {
			return err
		}
	}
	for i := a.t.NextPart(); i < len(a.t.Parts); i = a.t.NextPart() {
		if rest, err := a.part(ctx, i); rest || err != nil {
			return err
		}
	}
	return nil
}

// load reads the target anew, since another attempt of this process may have ended meanwhile, and
// finds account, provider and session. An account that is gone ends the target.
func (a *attempt) load(ctx context.Context) (done bool, err error) {
	err = a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		t, err := tx.FindTargetByID(ctx, a.t.ID)
		if err != nil {
			return err
		}
		if t.Fence != a.t.Fence || t.Generation != a.t.Generation || t.Lease == nil {
			return errFence
		}
		a.t = t
		a.account, err = tx.FindAccountByID(ctx, a.t.Account)
		return err
	})
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return true, a.finish(ctx, hayon.StateFailed, &hayon.TargetError{
			Code: hayon.CodeUnauthenticated, Message: a.t.Platform + ": the account was removed",
			Hint: "hayon login " + a.t.Platform,
		}, nil)
	}
	if err != nil {
		return true, err
	}
	a.provider, err = a.w.deps.Providers.Find(a.t.Platform)
	if err != nil {
		return true, a.finish(ctx, hayon.StateFailed, targetError(hayon.AsError(err)), nil)
	}
	a.session = a.w.deps.Sessions(a.account)
	return false, nil
}

// part prepares and sends one part. rest is true when the target has left the worker's hands.
func (a *attempt) part(ctx context.Context, i int) (rest bool, err error) {
	if a.drained() {
		return true, a.release(ctx)
	}
	prepared, rest, err := a.prepare(ctx, i)
	if rest || err != nil {
		return true, err
	}
	if a.drained() {
		return true, a.release(ctx)
	}
	deadline, err := a.sending(ctx, i, prepared)
	if err != nil {
		return true, err
	}
	req := hayon.PublishRequest{Target: a.t, Index: i, Prepared: prepared, Deadline: deadline, Now: time.Now()}
	res := a.provider.Publish(ctx, a.session, req)
	if res.Verdict == hayon.VerdictUnknown && a.class() == hayon.ClassA {
		// We chose the id, so the platform can tell at once whether it has the post.
		req.SentAt = req.Now
		req.Now = time.Now()
		if res = a.provider.Reconcile(ctx, a.session, req); res.Verdict == hayon.VerdictNotApplied {
			res.Err = hayon.Errorf(hayon.CodeUnavailable, "%s: no answer came back, and the post is not there", a.account.Name)
		}
	}
	return a.settle(ctx, i, res, false)
}

// prepare answers the bytes to send: those of the journal, or new ones. rest is true when the
// target has left the worker's hands.
func (a *attempt) prepare(ctx context.Context, i int) (p *hayon.Prepared, rest bool, err error) {
	earlier, err := a.prepared(ctx, i)
	if err != nil {
		return nil, true, err
	}
	now := time.Now()
	if earlier != nil && !a.t.Renew && earlier.ReadyAt.IsZero() && (earlier.Expires.IsZero() || now.Add(preparedMargin).Before(earlier.Expires)) {
		return earlier, false, nil
	}
	req := hayon.PrepareRequest{Target: a.t, Index: i, Now: stamp(a.t.Due, now), Open: a.w.open, Earlier: earlier}
	if i > 0 {
		req.Parent, req.Root = a.t.Parts[i-1].Remote, a.t.Parts[0].Remote
	}
	p, err = a.provider.Prepare(ctx, a.session, req)
	if err != nil {
		if ctx.Err() != nil { // ours, not the platform's
			return nil, true, a.release(context.WithoutCancel(ctx))
		}
		_, err = a.settle(ctx, i, hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.AsError(err)}, true)
		return nil, true, err
	}
	if !p.ReadyAt.IsZero() {
		return nil, true, a.wait(ctx, i, p)
	}
	return p, false, nil
}

// stamp is the time that a post carries: its due time, or now where it is over a minute late.
func stamp(due, now time.Time) time.Time {
	if late := now.Sub(due); late < 0 || late > dueStamp {
		return now.UTC()
	}
	return due
}

// prepared reads the bytes of the part from the journal, nil where there are none.
func (a *attempt) prepared(ctx context.Context, i int) (*hayon.Prepared, error) {
	seq := a.t.Parts[i].Prepared
	if seq == 0 {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	var p hayon.Prepared
	err := a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		row, err := tx.FindJournalRow(ctx, seq)
		if err != nil {
			return err
		}
		return json.Unmarshal(row.Body, &p)
	})
	if err != nil {
		return nil, err
	}
	return &p, nil
}

// defer_ gives back a target whose platform is still processing; no worker sleeps for it.
func (a *attempt) wait(ctx context.Context, i int, p *hayon.Prepared) error {
	return a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		if err := a.appendPrepared(ctx, tx, t, i, p, now); err != nil {
			return err
		}
		t.Enter(hayon.StateQueued, now)
		t.NotBefore = p.ReadyAt.UTC()
		return a.moved(ctx, tx, t, hayon.StatePublishing, "the platform is still processing", now)
	})
}

// appendPrepared journals the bytes and points the part at them.
func (a *attempt) appendPrepared(ctx context.Context, tx hayon.Tx, t *hayon.Target, i int, p *hayon.Prepared, now time.Time) error {
	row := a.w.journal(t, hayon.RowPrepared, now)
	row.Part, row.Body = i, hayon.Encode(p)
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	t.Parts[i].Prepared = row.Seq
	return nil
}

// sending commits the intent: the bytes, where they are new, and the row that says that the
// irreversible call is about to leave. It renews the lease to outlast the call.
func (a *attempt) sending(ctx context.Context, i int, p *hayon.Prepared) (deadline time.Time, err error) {
	timeout := a.provider.Info().PublishTimeout
	sum := sha256.Sum256(p.Data)
	err = a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		if known, err := a.sameAsJournal(ctx, tx, t, i, p); err != nil {
			return err
		} else if !known {
			if err := a.appendPrepared(ctx, tx, t, i, p, now); err != nil {
				return err
			}
		}
		deadline = now.Add(timeout).UTC()
		t.Step, t.StepPart, t.Deadline, t.Renew = hayon.StepSending, i, deadline, false
		if until := deadline.Add(leaseReserve); t.Lease == nil || t.Lease.Until.Before(until) {
			t.Lease = &hayon.Lease{Until: until, Owner: a.w.deps.Owner}
		}
		row := a.w.journal(t, hayon.RowSending, now)
		row.Body = hayon.Encode(hayon.Sending{Idem: t.Parts[i].Idem, Digest: hex.EncodeToString(sum[:]), Deadline: deadline})
		if err := tx.AppendJournal(ctx, row); err != nil {
			return err
		}
		return tx.UpdateTarget(ctx, t)
	})
	return deadline, err
}

// sameAsJournal reports whether the part's journal row holds p already.
func (a *attempt) sameAsJournal(ctx context.Context, tx hayon.Tx, t *hayon.Target, i int, p *hayon.Prepared) (bool, error) {
	seq := t.Parts[i].Prepared
	if seq == 0 {
		return false, nil
	}
	row, err := tx.FindJournalRow(ctx, seq)
	if err != nil {
		return false, err
	}
	return string(row.Body) == string(hayon.Encode(p)), nil
}

// release gives a target back before anything was sent: the process is stopping.
func (a *attempt) release(ctx context.Context) error {
	return a.store(ctx, func(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) error {
		t.Enter(hayon.StateQueued, now)
		if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
			return err
		}
		return a.moved(ctx, tx, t, hayon.StatePublishing, "given back: the process is stopping", now)
	})
}

// moved stores t after a change of state that is no outcome, with its journal row.
func (a *attempt) moved(ctx context.Context, tx hayon.Tx, t *hayon.Target, from hayon.State, reason string, now time.Time) error {
	row := a.w.journal(t, hayon.RowState, now)
	row.From, row.To, row.Reason = from, t.State, reason
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	return tx.UpdateTarget(ctx, t)
}

// store runs fn on a fresh copy of the target in a transaction, refuses when the fence is not ours
// any more, and keeps what fn made of it.
func (a *attempt) store(ctx context.Context, fn func(context.Context, hayon.Tx, *hayon.Target, time.Time) error) error {
	var stored *hayon.Target
	err := a.w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		t, err := tx.FindTargetByID(ctx, a.t.ID)
		if err != nil {
			return err
		}
		if t.Fence != a.t.Fence || t.Generation != a.t.Generation || t.Lease == nil {
			return errFence
		}
		stored = t
		return fn(ctx, tx, t, time.Now().UTC())
	})
	if err != nil {
		return err
	}
	a.t = stored
	return nil
}

func (a *attempt) class() hayon.Class {
	if c, ok := a.provider.(hayon.Classifier); ok {
		return c.ClassOf(a.account)
	}
	return a.provider.Info().Class
}

// drained reports whether no new irreversible call may start.
func (a *attempt) drained() bool {
	select {
	case <-a.stopping:
		return true
	default:
		return false
	}
}
