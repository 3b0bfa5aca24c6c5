package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
)

const (
	// errorPause is how long this process waits before it asks a store again that has failed. It doubles
	// up to longestPause, so that everything goes on within seconds when the store is back.
	errorPause   = time.Second
	longestPause = 4 * time.Second
	// giveBacks is how often it is tried to give a target back.
	giveBacks = 10
	// maxCrashes parks a target that takes its worker down again and again. What may be out is looked
	// up for longer, and then left to its user.
	maxCrashes     = 10
	maxLookCrashes = 2 * maxCrashes
)

var (
	// errFence is the cause with which an attempt ends whose lease was taken by somebody else.
	errFence = errors.New("the lease was taken by another worker")
	// errEvidence refuses to record what the journal knows better meanwhile.
	errEvidence = errors.New("another worker has learnt what became of the call")
)

// attempt is one try of one claimed target.
type attempt struct {
	w        *Worker
	t        *hayon.Target  // as this worker last stored it
	account  *hayon.Account // nil where it was removed
	provider hayon.Provider // nil where there is none
	session  hayon.Session
	log      *slog.Logger
	// gone is why there is no account or no provider.
	gone *hayon.TargetError
	// stopping ends when the process drains: no irreversible call starts after it.
	stopping <-chan struct{}
	// orphan: the call whose outcome is looked for was made by a worker that is gone. That is a crash
	// and no attempt.
	orphan bool
	// beat is the last heartbeat, by the clock on the wall in Unix nanoseconds, and slept says that one
	// came much too late.
	beat  atomic.Int64
	slept atomic.Bool
	// asking: an outcome is looked for, and what another worker learnt of it goes first.
	asking bool
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
	a.beat.Store(wallNow().UnixNano())
	var beat sync.WaitGroup
	beat.Go(func() { a.heartbeat(ctx, t.ID, t.Fence, cancel) })
	err := a.run(ctx)
	cancel(nil)
	beat.Wait()
	if err != nil && !errors.Is(err, errFence) {
		log.Warn("the attempt stopped; the target is given back, or taken up when its lease is over", "err", err)
		a.giveBack(stopping, err)
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
		now := wallNow()
		a.slept.Store(a.stoodStill(now))
		a.beat.Store(now.UnixNano())
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

// stoodStill reports whether the process did nothing for longer than its lease, as through a suspend.
func (a *attempt) stoodStill(now time.Time) bool {
	return a.slept.Load() || now.UnixNano()-a.beat.Load() > int64(a.w.cfg.Lease)
}

// run goes through the parts that are not out, from where the journal says the target stands.
func (a *attempt) run(ctx context.Context) error {
	if err := a.load(ctx); err != nil {
		return err
	}
	if a.t.State == hayon.StateUncertain || a.t.Step == hayon.StepSending {
		if rest, err := a.recover(ctx); rest || err != nil {
			return err
		}
	} else if end := a.over(); end != nil {
		return a.finish(ctx, a.t.NextPart(), *end)
	}
	if a.gone != nil {
		return a.finish(ctx, a.t.NextPart(), ending{to: hayon.StateFailed, why: a.gone})
	}
	for i := a.t.NextPart(); i < len(a.t.Parts); i = a.t.NextPart() {
		if rest, err := a.part(ctx, i); rest || err != nil {
			return err
		}
	}
	return nil
}

// load reads the target anew, since another attempt of this process may have ended meanwhile, and
// finds account, provider and session.
func (a *attempt) load(ctx context.Context) error {
	err := a.w.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		t, err := tx.FindTargetByID(ctx, a.t.ID)
		if err != nil {
			return err
		}
		if t.Fence != a.t.Fence || t.Generation != a.t.Generation || t.Lease == nil {
			return errFence
		}
		a.t = t
		a.account, err = tx.FindAccountByID(ctx, t.Account)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			a.account, err = nil, nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if a.account == nil {
		a.gone = &hayon.TargetError{
			Code: hayon.CodeUnauthenticated, Message: a.t.Platform + ": the account was removed",
			Hint: "hayon login " + a.t.Platform,
		}
		return nil
	}
	if a.provider, err = a.w.deps.Providers.Find(a.t.Platform); err != nil {
		a.gone = targetError(hayon.AsError(err))
		return nil
	}
	a.session = a.w.deps.Sessions(a.account)
	return nil
}

// over is why the target ends before its platform is asked again; nil when it goes on.
func (a *attempt) over() *ending {
	retry := "hayon retry " + a.t.Post.String()
	switch {
	case a.t.Crashes >= maxCrashes:
		return &ending{to: hayon.StateParked, why: &hayon.TargetError{
			Code:    hayon.CodeInternal,
			Message: "hayon stopped ten times while it worked on this post; it is not tried again by itself",
			Hint:    retry,
		}}
	case a.t.Attempts > len(a.w.cfg.Waits):
		why := hayon.TargetError{Code: hayon.CodeUnavailable, Message: a.name() + ": all attempts are used up"}
		if a.t.Error != nil {
			why.Code, why.Message = a.t.Error.Code, a.t.Error.Message
		}
		why.Hint = retry
		return &ending{to: hayon.StateParked, why: &why}
	}
	return nil
}

// part prepares and sends one part. rest is true when the target has left the worker's hands.
func (a *attempt) part(ctx context.Context, i int) (rest bool, err error) {
	if a.drained() {
		return true, a.release(ctx, stopped)
	}
	prepared, rest, err := a.prepare(ctx, i)
	if rest || err != nil {
		return true, err
	}
	if a.drained() {
		return true, a.release(ctx, stopped)
	}
	rest, err = a.sending(ctx, i, prepared)
	if errors.Is(err, errEvidence) {
		res, err := a.learnt(ctx, i)
		if res == nil || err != nil {
			return err != nil, err
		}
		return a.settle(ctx, i, *res, fromJournal)
	}
	if rest || err != nil {
		return true, err
	}
	res := a.publish(ctx, i, prepared)
	if res.Verdict != hayon.VerdictUnknown || a.class() != hayon.ClassA {
		return a.settle(ctx, i, res, fromCall)
	}
	// We chose the id, so the platform can tell at once whether it has the post.
	found, _, err := a.look(ctx, i, prepared)
	if err != nil { // nobody was asked
		return a.settle(ctx, i, res, fromCall)
	}
	if found.Verdict == hayon.VerdictNotApplied {
		found.Err = a.nowhere()
	}
	return a.settle(ctx, i, found, fromLook)
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
		if a.asking {
			out, err := evidence(ctx, tx, t, t.StepPart)
			if err != nil {
				return err
			}
			if out != nil {
				return errEvidence
			}
		}
		stored = t
		return fn(ctx, tx, t, wallNow())
	})
	if err != nil {
		return err
	}
	a.t = stored
	return nil
}

// moved stores t after a change of state that is no outcome, with its journal row.
func (a *attempt) moved(ctx context.Context, tx hayon.Tx, t *hayon.Target, from hayon.State, reason string, now time.Time) error {
	row := a.w.journal(t, hayon.RowState, now)
	row.From, row.To, row.Reason, row.Asks = from, t.State, reason, t.Asks
	if err := tx.AppendJournal(ctx, row); err != nil {
		return err
	}
	return tx.UpdateTarget(ctx, t)
}

func (a *attempt) class() hayon.Class {
	if c, ok := a.provider.(hayon.Classifier); ok {
		return c.ClassOf(a.account)
	}
	return a.info().Class
}

// info describes the platform as it holds for the account.
func (a *attempt) info() hayon.ProviderInfo { return a.provider.Info().For(a.account) }

// name is what a person calls the account.
func (a *attempt) name() string {
	if a.account == nil {
		return a.t.Platform
	}
	return a.account.Name
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
