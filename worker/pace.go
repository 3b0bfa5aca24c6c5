package worker

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// cause is what went wrong, without the word that its outcome is uncertain.
func cause(e *hayon.Error) *hayon.Error {
	if e != nil && e.Code == hayon.CodeUncertain {
		if c, ok := errors.AsType[*hayon.Error](e.Err); ok {
			return c
		}
	}
	return e
}

// unconnected reports whether no connection to the host came about.
func unconnected(e *hayon.Error) bool {
	return e != nil && e.Scope == hayon.ScopeHost && (e.Code == hayon.CodeUnavailable || e.Code == hayon.CodeUncertain)
}

// pace holds back everybody whom the failure of a call concerns, and lets go where the host answered,
// in the transaction that records the outcome. It answers until when t waits with them; zero: it
// does not.
func (a *attempt) pace(ctx context.Context, tx hayon.Tx, res hayon.Result, from origin, now time.Time) (time.Time, error) {
	if a.account == nil || from == fromJournal {
		return time.Time{}, nil
	}
	e := cause(res.Err)
	switch {
	case e != nil && e.Code == hayon.CodeRateLimited:
		return a.limited(ctx, tx, e, now)
	case e != nil && e.Code == hayon.CodeLocal && a.w.cfg.WaitLocal && res.Verdict == hayon.VerdictNotApplied:
		return holdBack(ctx, tx, hayon.PaceKey(a.account.ID), now.Add(a.w.cfg.RateWait), e.Message, now)
	case unconnected(e):
		return a.unreached(ctx, tx, e, now)
	case from == fromPrepare && !answered(e):
		return time.Time{}, nil
	}
	return time.Time{}, a.reached(ctx, tx)
}

// answered reports whether an error of Prepare is the host's word and not ours.
func answered(e *hayon.Error) bool {
	switch e.Code {
	case hayon.CodeUnauthenticated, hayon.CodeForbidden, hayon.CodeUnavailable, hayon.CodeRejected:
		return true
	case hayon.CodeUsage, hayon.CodeInvalid, hayon.CodeNotFound, hayon.CodeRateLimited, hayon.CodeUncertain,
		hayon.CodeConflict, hayon.CodeUnreachable, hayon.CodeTimeout, hayon.CodeLocal, hayon.CodeInternal:
	}
	return false
}

// limited holds back whom a rate limit concerns until it ends.
func (a *attempt) limited(ctx context.Context, tx hayon.Tx, e *hayon.Error, now time.Time) (time.Time, error) {
	if err := a.reached(ctx, tx); err != nil {
		return time.Time{}, err
	}
	wait := min(e.RetryAfter, maxRetryAfter)
	if wait <= 0 {
		wait = a.w.cfg.RateWait
	}
	key := hayon.PaceKey(a.account.ID)
	switch {
	case e.Scope == hayon.ScopeHost:
		key = hayon.HostPaceKey(a.account)
	case e.Scope == hayon.ScopeApplication && a.account.App != "":
		key = hayon.AppPaceKey(a.account)
	}
	return holdBack(ctx, tx, key, now.Add(wait), e.Message, now)
}

// holdBack holds a key back until an instant, where nothing does for longer, and answers until when.
func holdBack(ctx context.Context, tx hayon.Tx, key string, until time.Time, why string, now time.Time) (time.Time, error) {
	p, err := findPace(ctx, tx, key)
	if err != nil {
		return time.Time{}, err
	}
	if until.After(p.NotBefore) {
		p.NotBefore, p.Since, p.Reason = until, now, why
	}
	return p.NotBefore, tx.PutPace(ctx, p)
}

// unreached counts a failure to connect, and opens the host's breaker when there are too many. It
// answers until when it is open.
func (a *attempt) unreached(ctx context.Context, tx hayon.Tx, e *hayon.Error, now time.Time) (time.Time, error) {
	p, err := findPace(ctx, tx, hayon.HostPaceKey(a.account))
	if err != nil {
		return time.Time{}, err
	}
	if !p.Open && (p.Failures == 0 || now.Sub(p.Since) > a.w.cfg.BreakerWindow) {
		p.Failures, p.Since = 0, now
	}
	p.Failures++
	if p.Open || p.Failures >= a.w.cfg.BreakerFailures {
		p.Open = true
		p.Reason = a.host() + " is out of reach: " + strings.TrimPrefix(e.Message, a.account.Name+": ")
		if until := now.Add(a.w.cfg.ProbeEvery); until.After(p.NotBefore) {
			p.NotBefore = until
		}
	}
	return p.NotBefore, tx.PutPace(ctx, p)
}

// reached closes the breaker of the host, which has answered. Where nothing has failed it only reads.
func (a *attempt) reached(ctx context.Context, tx hayon.Tx) error {
	p, err := findPace(ctx, tx, hayon.HostPaceKey(a.account))
	if err != nil || p.Failures == 0 && !p.Open {
		return err
	}
	if p.Open {
		p.NotBefore, p.Reason = time.Time{}, ""
	}
	p.Open, p.Failures, p.Since = false, 0, time.Time{}
	return tx.PutPace(ctx, p)
}

// host is what the host of the account is called.
func (a *attempt) host() string {
	if a.account.Host == "" {
		return a.t.Platform
	}
	return a.account.Host
}

// findPace reads a pace, or makes one that holds back nothing.
func findPace(ctx context.Context, tx hayon.Tx, key string) (*hayon.Pace, error) {
	p, err := tx.FindPace(ctx, key)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return &hayon.Pace{Key: key}, nil
	}
	return p, err
}
