package bolt

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

// pace answers what holds a key back, nil when nothing ever did. Each row is read once.
func (c *claim) pace(ctx context.Context, key string) (*hayon.Pace, error) {
	if p, ok := c.paces[key]; ok {
		return p, nil
	}
	p, err := c.t.FindPace(ctx, key)
	if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
		return nil, err
	}
	c.paces[key] = p
	return p, nil
}

func (c *claim) putPace(ctx context.Context, p *hayon.Pace) error {
	c.paces[p.Key] = p
	return c.t.PutPace(ctx, p)
}

// usable reports whether an account is there and connected.
func (c *claim) usable(ctx context.Context, id hayon.AccountID) (bool, error) {
	if keys, ok := c.keys[id]; ok {
		return keys != nil, nil
	}
	a, err := c.t.FindAccountByID(ctx, id)
	if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
		return false, err
	}
	c.keys[id] = nil
	if err == nil && a.Status == hayon.AccountConnected {
		c.keys[id] = a.PaceKeys()
	}
	return c.keys[id] != nil, nil
}

// pacedUntil answers when the last pace ends that holds an account back, zero when none does, and the
// paces of open breakers for which its next target would be the probe.
func (c *claim) pacedUntil(ctx context.Context, id hayon.AccountID) (until time.Time, probes []*hayon.Pace, err error) {
	for _, key := range c.keys[id] {
		p, err := c.pace(ctx, key)
		switch {
		case err != nil:
			return time.Time{}, nil, err
		case p == nil:
		case p.NotBefore.After(c.r.Now):
			until = later(until, p.NotBefore)
		case p.Open:
			probes = append(probes, p)
		}
	}
	return until, probes, nil
}

// catchesUp reports whether tg is among what its account has to catch up.
func (c *claim) catchesUp(tg *hayon.Target) bool {
	return c.r.CatchUpEvery > 0 && c.r.Now.Sub(tg.Due) > c.r.CatchUpAfter
}

// catchUpUntil answers when tg may be caught up, zero when now: another that was taken up holds it
// back for a while, and it does not hold back itself when it comes again. A pace that lasts longer than
// CatchUpEvery was made by a clock that has been set back since, and holds nobody back.
func (c *claim) catchUpUntil(ctx context.Context, tg *hayon.Target) (time.Time, error) {
	if !c.catchesUp(tg) {
		return time.Time{}, nil
	}
	p, err := c.pace(ctx, hayon.LatePaceKey(tg.Account))
	switch {
	case err != nil || p == nil || !p.NotBefore.After(c.r.Now) || p.Reason == caughtUp(tg):
		return time.Time{}, err
	case p.NotBefore.After(c.r.Now.Add(c.r.CatchUpEvery)):
		return time.Time{}, nil
	}
	return p.NotBefore, nil
}

// caughtUp is the reason of the pace that taking up tg makes. It tells whose it is.
func caughtUp(tg *hayon.Target) string { return "caught up with target " + tg.ID.String() }

// pushBack makes somebody come by when the pace that refused tg ends. An orphan is left as it is: it
// can be claimed at any time, and its wake says since when nobody works on it.
func (c *claim) pushBack(old *hayon.Target, until time.Time) error {
	if old.State == hayon.StatePublishing {
		return nil
	}
	tg := *old
	tg.NotBefore = until.UTC()
	if old.Error != nil && !old.Error.RetryAt.IsZero() {
		e := *old.Error
		e.RetryAt = tg.NotBefore
		tg.Error = &e
	}
	delete(c.lanes, tg.Account)
	return c.t.replaceTarget(old, &tg)
}

// pass notes in the paces that tg gets by: as the probe of open breakers, and as what is caught up.
func (c *claim) pass(ctx context.Context, tg *hayon.Target, probes []*hayon.Pace) error {
	for _, p := range probes {
		probed := *p
		probed.NotBefore = c.r.Now.Add(c.r.ProbeEvery)
		if err := c.putPace(ctx, &probed); err != nil {
			return err
		}
	}
	if !c.catchesUp(tg) {
		return nil
	}
	return c.putPace(ctx, &hayon.Pace{
		Key: hayon.LatePaceKey(tg.Account), NotBefore: c.r.Now.Add(c.r.CatchUpEvery), Reason: caughtUp(tg),
	})
}

// later is the later of two instants.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
