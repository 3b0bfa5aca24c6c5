package bolt

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

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
		return !tg.Wake().After(c.r.Now) && !c.window.tooLate(tg)
	case hayon.StatePublishing:
		// What may have been sent is looked up however late it is.
		return c.orphan(tg) && (tg.Step == hayon.StepSending || !c.window.tooLate(tg))
	case hayon.StateUncertain:
		return c.orphan(tg)
	case hayon.StateDraft, hayon.StateScheduled, hayon.StatePublished, hayon.StateFailed,
		hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		return false
	}
	return false
}

// first is the target of an account whose turn it is: due first, not before an instant, and able to have
// the lane; nil for none. It is often named itself, which is not read again.
func (c *claim) first(account hayon.AccountID, named *hayon.Target, due time.Time) (*hayon.Target, error) {
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
	return c.firstWaiting(account, named, due)
}

// firstWaiting is first where nobody has the lane. An orphan would, unless it is too late. One that a
// pace has pushed back keeps its turn, since that may have ended early for the others.
func (c *claim) firstWaiting(account hayon.AccountID, named *hayon.Target, due time.Time) (*hayon.Target, error) {
	start := account[:]
	if !due.IsZero() {
		start = join(start, timeKey(due))
	}
	for k, v := range c.t.from(bucketDue, start, next(join(account[:], c.window.end))) {
		d, err := readDue(k, v)
		if err != nil {
			return nil, err
		}
		waits := bytes.Compare(d.wake, c.window.end) > 0
		if waits && d.state != hayon.StateQueued || c.window.tooLateBy(d.due, d.late) {
			continue
		}
		tg := named
		if named == nil || d.id != named.ID {
			if tg, err = c.t.target(d.id); err != nil {
				return nil, err
			}
		}
		if !waits || tg.WaitingSince.IsZero() {
			return tg, nil
		}
	}
	return nil, nil //nolint:nilnil // none
}

// dueRow is what due tells of a target. Its slices are those of the entry.
type dueRow struct {
	state           hayon.State
	id              hayon.TargetID
	due, late, wake []byte
}

func readDue(k, v []byte) (dueRow, error) {
	if len(k) != 2*idLen+timeLen || len(v) != 1+2*timeLen {
		return dueRow{}, &damage{detail: "a row of due cannot be read"}
	}
	return dueRow{
		state: stateOf(v[0]), id: idOf[hayon.TargetID](k[idLen+timeLen:]),
		due: k[idLen : idLen+timeLen], late: v[1 : 1+timeLen], wake: v[1+timeLen:],
	}, nil
}

// NextInLane answers the queued target of an account that is due first. It reads no other.
func (t *Tx) NextInLane(_ context.Context, account hayon.AccountID, now time.Time) (*hayon.Target, error) {
	at := timeKey(now)
	for k, v := range t.from(bucketDue, account[:], next(join(account[:], at))) {
		d, err := readDue(k, v)
		if err != nil {
			return nil, err
		}
		if d.state == hayon.StateQueued && bytes.Compare(d.wake, at) <= 0 {
			return t.target(d.id)
		}
	}
	return nil, nil //nolint:nilnil // none
}

// lane answers the targets that hold the lane of an account, by due time. One that is too late to be
// taken up keeps nobody back: no claim will end its hold.
func (c *claim) lane(account hayon.AccountID) ([]*hayon.Target, error) {
	if lane, ok := c.lanes[account]; ok {
		return lane, nil
	}
	var lane []*hayon.Target
	for k, v := range c.t.under(bucketLanes, account[:]) {
		if len(k) != 2*idLen || len(v) != 1+2*timeLen {
			return nil, &damage{detail: "a row of lanes cannot be read"}
		}
		s := stateOf(v[0])
		waits := s == hayon.StateQueued || s == hayon.StateRetryWait
		if waits && c.window.tooLateBy(v[1:1+timeLen], v[1+timeLen:]) {
			continue
		}
		tg, err := c.t.target(idOf[hayon.TargetID](k[idLen:]))
		if err != nil {
			return nil, err
		}
		if tg.HoldsLane(c.r.Now) && (c.ripe(tg) || !c.orphan(tg)) {
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

// mayHaveLane reports whether no other target keeps tg, which is ripe, from its lane. Of several that
// hold it and are ripe, which would wait for each other, the one that is due first goes.
func (c *claim) mayHaveLane(tg *hayon.Target, lane []*hayon.Target) bool {
	holds := slices.ContainsFunc(lane, func(o *hayon.Target) bool { return o.ID == tg.ID })
	for _, o := range lane {
		if o.ID != tg.ID && (!holds || !c.ripe(o) || byDue(o, tg) < 0) {
			return false
		}
	}
	return true
}
