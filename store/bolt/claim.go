package bolt

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

// claim is one call of ClaimTargets. What it learns of an account holds until it changes a target of
// that account; of an account of which it has taken one it takes nothing else.
type claim struct {
	t      *Tx
	r      hayon.ClaimRequest
	window window
	// keys are the pace keys of accounts, nil of one that cannot be used; paces are those that were
	// read, nil where there is none; lanes are the targets that hold the lane of an account.
	keys  map[hayon.AccountID][]string
	paces map[string]*hayon.Pace
	lanes map[hayon.AccountID][]*hayon.Target
	taken map[hayon.AccountID]bool
	out   []*hayon.Target
}

// ClaimTargets takes what may be worked on; see [hayon.ClaimRequest].
func (t *Tx) ClaimTargets(ctx context.Context, r hayon.ClaimRequest) ([]*hayon.Target, error) {
	r.Now = wall(r.Now)
	if r.Lease <= 0 {
		return nil, hayon.Errorf(hayon.CodeInternal, "a claim needs a lease longer than %s", r.Lease)
	}
	c := &claim{
		t: t, r: r, window: newWindow(r.Now, r.Grace),
		keys: make(map[hayon.AccountID][]string), paces: make(map[string]*hayon.Pace),
		lanes: make(map[hayon.AccountID][]*hayon.Target), taken: make(map[hayon.AccountID]bool),
	}
	if err := c.claimAll(ctx); err != nil {
		return nil, err
	}
	return c.out, nil
}

func (c *claim) claimAll(ctx context.Context) error {
	all, err := c.pace(ctx, hayon.PaceAll)
	if err != nil || all != nil && all.NotBefore.After(c.r.Now) {
		return err
	}
	if len(c.r.Targets) == 0 {
		return c.claimAny(ctx)
	}
	for _, ref := range c.r.Targets {
		if c.full() {
			return nil
		}
		if err := c.claimNamed(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}

func (c *claim) full() bool { return c.r.Limit > 0 && len(c.out) >= c.r.Limit }

func (c *claim) claimNamed(ctx context.Context, ref hayon.TargetRef) error {
	tg, err := c.t.FindTargetByID(ctx, ref.Target)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if ref.Generation != 0 && ref.Generation != tg.Generation {
		return nil
	}
	if c.r.InOrder {
		return c.turn(ctx, tg.Account, tg)
	}
	_, err = c.consider(ctx, tg)
	return err
}

// claimAny goes through everything that may be due, in the order of Wake. An account is looked at
// once: nothing of it may go before the target whose turn it is.
func (c *claim) claimAny(ctx context.Context) error {
	seen := make(map[hayon.AccountID]bool)
	m, err := c.t.mergeWake(c.r.Now, func(w *wakeRow) bool { return seen[w.account] || c.passedOver(w) },
		hayon.StateQueued, hayon.StateRetryWait, hayon.StatePublishing, hayon.StateUncertain)
	for err == nil && !c.full() {
		row, more, err := m.next()
		if err != nil || !more {
			return err
		}
		if seen[row.account] { // since it was read
			continue
		}
		seen[row.account] = true
		if err := c.turn(ctx, row.account, nil); err != nil {
			return err
		}
	}
	return err
}

// passedOver reports whether a row is of a target that waits for a worker and is too late for one.
func (c *claim) passedOver(w *wakeRow) bool {
	waits := w.state == hayon.StateQueued || w.state == hayon.StateRetryWait
	return waits && c.window.tooLateBy(w.due[:], w.late[:])
}

// turn considers the target of an account whose turn it is. Where that is to be caught up and must
// wait for another, it keeps nobody back who is on time.
func (c *claim) turn(ctx context.Context, account hayon.AccountID, named *hayon.Target) error {
	for _, due := range []time.Time{{}, c.r.Now.Add(-c.r.CatchUpAfter)} {
		tg, err := c.first(account, named, due)
		if tg == nil || err != nil {
			return err
		}
		if behind, err := c.consider(ctx, tg); !behind || err != nil {
			return err
		}
	}
	return nil
}

// consider takes tg if everything allows it. It reports whether only what else of its account has to
// be caught up keeps it back.
func (c *claim) consider(ctx context.Context, tg *hayon.Target) (behind bool, err error) {
	switch {
	case c.taken[tg.Account]:
		return false, nil
	case !c.ripe(tg): // its pace may be that of what is caught up
		return c.catchesUp(tg), nil
	}
	if usable, err := c.usable(ctx, tg.Account); !usable || err != nil {
		return false, err
	}
	lane, err := c.lane(tg.Account)
	if err != nil || !c.mayHaveLane(tg, lane) {
		return false, err
	}
	paced, probes, err := c.pacedUntil(ctx, tg.Account)
	if err != nil {
		return false, err
	}
	late, err := c.catchUpUntil(ctx, tg)
	if err != nil {
		return false, err
	}
	if until := later(paced, late); !until.IsZero() {
		return paced.IsZero(), c.pushBack(tg, until)
	}
	if err := c.pass(ctx, tg, probes); err != nil {
		return false, err
	}
	return false, c.take(ctx, tg)
}

func (c *claim) take(ctx context.Context, old *hayon.Target) error {
	tg := *old
	row := &hayon.JournalRow{
		At: c.r.Now, Kind: hayon.RowClaimed, User: tg.Owner, Source: hayon.SourceWorker,
		Post: tg.Post, Target: tg.ID, Account: tg.Account, Generation: tg.Generation, Attempt: tg.Attempts + 1,
		Platform: tg.Platform,
	}
	until := c.r.Now.Add(c.r.Lease)
	if old.State == hayon.StatePublishing || old.Lease != nil {
		tg.Crashes++
		row.Reason = "the process that worked on it is gone"
	}
	switch old.State {
	case hayon.StatePublishing:
	case hayon.StateUncertain:
		tg.NotBefore = until // what an uncertain target wakes at
	case hayon.StateQueued, hayon.StateRetryWait, hayon.StateDraft, hayon.StateScheduled, hayon.StatePublished,
		hayon.StateFailed, hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		tg.Enter(hayon.StatePublishing, c.r.Now)
		tg.Step, tg.StepPart = hayon.StepClaimed, 0
		tg.NotBefore = time.Time{}
		row.From, row.To = old.State, tg.State
	}
	tg.Fence++
	tg.Lease = &hayon.Lease{Until: until, Owner: c.r.Owner}
	row.Fence = tg.Fence
	if err := c.t.replaceTarget(old, &tg); err != nil {
		return err
	}
	if err := c.t.AppendJournal(ctx, row); err != nil {
		return err
	}
	c.taken[tg.Account] = true
	c.out = append(c.out, &tg)
	return nil
}
