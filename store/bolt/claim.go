package bolt

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// EnqueueDue moves scheduled targets whose time has come; see [hayon.ClaimTx].
func (t *Tx) EnqueueDue(ctx context.Context, r hayon.EnqueueRequest) ([]*hayon.Target, error) {
	r.Now = wall(r.Now)
	rows, err := t.wakeRows(hayon.StateScheduled, r.Now, r.Limit, func(w *wakeRow) bool { return !w.due.After(r.Now) })
	if err != nil {
		return nil, err
	}
	out := make([]*hayon.Target, 0, len(rows))
	for _, w := range rows {
		tg, err := t.enqueue(ctx, w.id, r)
		if err != nil {
			return nil, err
		}
		out = append(out, tg)
	}
	return out, nil
}

func (t *Tx) enqueue(ctx context.Context, id hayon.TargetID, r hayon.EnqueueRequest) (*hayon.Target, error) {
	old, err := t.target(id)
	if err != nil {
		return nil, err
	}
	tg := *old
	reason := ""
	if tooLate(&tg, r.Now, r.Grace) {
		reason = "nobody was there to send it"
		tg.Miss(reason, r.Now)
	} else {
		tg.Enter(hayon.StateQueued, r.Now)
	}
	if err := t.replaceTarget(old, &tg); err != nil {
		return nil, err
	}
	row := &hayon.JournalRow{
		At: r.Now, Kind: hayon.RowState, User: tg.Owner, Source: hayon.SourceWorker,
		Post: tg.Post, Target: tg.ID, Account: tg.Account,
		From: old.State, To: tg.State, Generation: tg.Generation, Fence: tg.Fence, Reason: reason,
		Platform: tg.Platform, Asks: tg.Asks,
	}
	if err := t.AppendJournal(ctx, row); err != nil {
		return nil, err
	}
	if tg.State == hayon.StateQueued {
		return &tg, t.AppendOutbox(ctx, hayon.HintFor(&tg, r.Now))
	}
	return &tg, nil
}

// tooLate reports whether tg is after its grace window, or after another one where that is given.
func tooLate(tg *hayon.Target, now time.Time, grace *time.Duration) bool {
	if grace != nil {
		return now.Sub(tg.Due) > *grace
	}
	return tg.TooLate(now)
}

// wall is t without its monotonic part, which stands still while the machine sleeps: a lease must
// not seem to last through that.
func wall(t time.Time) time.Time { return t.Round(0).UTC() }

// claim is one call of ClaimTargets. What it learns of an account holds until it takes a target of
// that account, and then nothing else of it is taken.
type claim struct {
	t     *Tx
	r     hayon.ClaimRequest
	open  map[hayon.AccountID]bool            // connected and not held back
	lanes map[hayon.AccountID][]*hayon.Target // those that hold the lane
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
		t: t, r: r, open: make(map[hayon.AccountID]bool),
		lanes: make(map[hayon.AccountID][]*hayon.Target), taken: make(map[hayon.AccountID]bool),
	}
	err := c.claimAll(ctx)
	if err != nil {
		return nil, err
	}
	return c.out, nil
}

func (c *claim) claimAll(ctx context.Context) error {
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
		tg, err = c.first(ctx, tg)
		if tg == nil || err != nil {
			return err
		}
	}
	return c.consider(ctx, tg)
}

// claimAny goes through everything that may be due, in the order of Wake. Of the queued targets of
// an account the first is enough: what keeps it back keeps back those behind it.
func (c *claim) claimAny(ctx context.Context) error {
	queued, err := c.t.wakeRows(hayon.StateQueued, c.r.Now, 0, func(w *wakeRow) bool {
		return true
	})
	if err != nil {
		return err
	}
	waiting, err := c.t.wakeRows(hayon.StateRetryWait, c.r.Now, 0, nil)
	if err != nil {
		return err
	}
	orphans, err := c.t.wakeRows(hayon.StatePublishing, c.r.Now, 0, nil)
	if err != nil {
		return err
	}
	lookups, err := c.t.wakeRows(hayon.StateUncertain, c.r.Now, 0, nil)
	if err != nil {
		return err
	}
	rows := slices.Concat(queued, waiting, orphans, lookups)
	slices.SortFunc(rows, (*wakeRow).compare)
	for _, w := range rows {
		if c.full() {
			return nil
		}
		if c.taken[w.account] {
			continue
		}
		tg, err := c.t.target(w.id)
		if err != nil {
			return err
		}
		if err := c.consider(ctx, tg); err != nil {
			return err
		}
	}
	return nil
}

func (c *claim) late(tg *hayon.Target) bool { return tooLate(tg, c.r.Now, c.r.Grace) }

// orphan reports whether nobody works on a publishing target any more, or an uncertain one is due to
// be looked up.
func (c *claim) orphan(tg *hayon.Target) bool {
	switch tg.State {
	case hayon.StatePublishing:
		return !tg.Wake().After(c.r.Now)
	case hayon.StateUncertain: // without a time it is held for its user
		return !tg.NotBefore.IsZero() && !tg.NotBefore.After(c.r.Now)
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait, hayon.StatePublished,
		hayon.StateFailed, hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		return false
	}
	return false
}

// ripe reports whether tg may be claimed as far as it depends on tg alone.
func (c *claim) ripe(tg *hayon.Target) bool {
	switch tg.State {
	case hayon.StateQueued, hayon.StateRetryWait:
		return !tg.Wake().After(c.r.Now) && !c.late(tg)
	case hayon.StatePublishing:
		// What may have been sent is looked up however late it is.
		return c.orphan(tg) && (tg.Step == hayon.StepSending || !c.late(tg))
	case hayon.StateUncertain:
		return c.orphan(tg)
	case hayon.StateDraft, hayon.StateScheduled, hayon.StatePublished, hayon.StateFailed,
		hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		return false
	}
	return false
}

// first is the ripe target of the account of named that is due first and may have the lane; nil for
// none. It is often named itself, which is not read again.
func (c *claim) first(ctx context.Context, named *hayon.Target) (*hayon.Target, error) {
	account := named.Account
	if c.taken[account] {
		return nil, nil //nolint:nilnil // none
	}
	lane, err := c.lane(account)
	if err != nil {
		return nil, err
	}
	if len(lane) > 0 { // nobody but a holder can have it
		for _, tg := range lane {
			if c.ripe(tg) && c.mayHaveLane(tg, lane) {
				return tg, nil
			}
		}
		return nil, nil //nolint:nilnil // none
	}
	end := next(join(account[:], timeKey(c.r.Now)))
	for k := range c.t.from(bucketDue, account[:], end) {
		tg, err := named, error(nil)
		if id := idOf[hayon.TargetID](k[min(idLen+timeLen, len(k)):]); id != named.ID {
			tg, err = c.t.FindTargetByID(ctx, id)
		}
		if err != nil {
			return nil, err
		}
		if c.ripe(tg) {
			return tg, nil
		}
	}
	return nil, nil //nolint:nilnil // none
}

// NextInLane answers the queued target of an account that is due first.
func (t *Tx) NextInLane(_ context.Context, account hayon.AccountID, now time.Time) (*hayon.Target, error) {
	queued := []byte{stateBytes[hayon.StateQueued]}
	for k, state := range t.from(bucketDue, account[:], next(join(account[:], timeKey(now)))) {
		if !bytes.Equal(state, queued) {
			continue
		}
		tg, err := t.target(idOf[hayon.TargetID](k[min(idLen+timeLen, len(k)):]))
		if err != nil {
			return nil, err
		}
		if !tg.Wake().After(now) {
			return tg, nil
		}
	}
	return nil, nil //nolint:nilnil // none
}

// lane answers the targets that hold the lane of an account, by due time.
func (c *claim) lane(account hayon.AccountID) ([]*hayon.Target, error) {
	if lane, ok := c.lanes[account]; ok {
		return lane, nil
	}
	var lane []*hayon.Target
	for k := range c.t.under(bucketLanes, account[:]) {
		tg, err := c.t.target(idOf[hayon.TargetID](k[min(idLen, len(k)):]))
		if err != nil {
			return nil, err
		}
		if c.orphan(tg) && !c.ripe(tg) { // too late to be taken up: nobody will end its hold
			continue
		}
		if tg.HoldsLane(c.r.Now) {
			lane = append(lane, tg)
		}
	}
	slices.SortFunc(lane, byDue)
	c.lanes[account] = lane
	return lane, nil
}

func byDue(a, b *hayon.Target) int {
	if c := a.Due.Compare(b.Due); c != 0 {
		return c
	}
	return bytes.Compare(a.ID[:], b.ID[:])
}

// mayHaveLane reports whether no other target keeps tg from its lane. Of several orphans, which
// would wait for each other, the one that is due first goes.
func (c *claim) mayHaveLane(tg *hayon.Target, lane []*hayon.Target) bool {
	for _, o := range lane {
		if o.ID == tg.ID || c.orphan(tg) && c.orphan(o) && byDue(tg, o) < 0 {
			continue
		}
		return false
	}
	return true
}

// accountOpen reports whether the account is connected and nothing holds it back.
func (c *claim) accountOpen(ctx context.Context, id hayon.AccountID) (bool, error) {
	if open, ok := c.open[id]; ok {
		return open, nil
	}
	a, err := c.t.FindAccountByID(ctx, id)
	if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
		return false, err
	}
	open := err == nil && a.Status == hayon.AccountConnected
	if open {
		p, err := c.t.FindPace(ctx, hayon.PaceKey(id))
		if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
			return false, err
		}
		open = err != nil || !p.NotBefore.After(c.r.Now)
	}
	c.open[id] = open
	return open, nil
}

// consider takes tg if everything allows it.
func (c *claim) consider(ctx context.Context, tg *hayon.Target) error {
	if c.taken[tg.Account] || !c.ripe(tg) {
		return nil
	}
	open, err := c.accountOpen(ctx, tg.Account)
	if err != nil || !open {
		return err
	}
	lane, err := c.lane(tg.Account)
	if err != nil || !c.mayHaveLane(tg, lane) {
		return err
	}
	return c.take(ctx, tg)
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
