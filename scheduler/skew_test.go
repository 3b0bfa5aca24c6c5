package scheduler_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// fakeClock is the clocks of a machine whose wall is set and which is suspended. While nothing of
// that happens they go as the time of the bubble does.
type fakeClock struct {
	start time.Time

	mu    sync.Mutex    // guards the rest
	wall  time.Duration // how far the wall is ahead of the bubble
	slept time.Duration
}

func newFakeClock() *fakeClock { return &fakeClock{start: time.Now()} }

// Clock is how a program sees the clocks.
func (c *fakeClock) Clock(boot bool) hayon.Clock {
	out := hayon.Clock{Wall: c.now, Mono: func() time.Duration { return time.Since(c.start) }}
	if boot {
		out.Boot = func() time.Duration {
			c.mu.Lock()
			defer c.mu.Unlock()
			return time.Since(c.start) + c.slept
		}
	}
	return out
}

func (c *fakeClock) now() time.Time { return time.Now().Add(c.ahead()) }

func (c *fakeClock) ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall
}

// set is how far the wall was set, which suspends are no part of.
func (c *fakeClock) set() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall - c.slept
}

// jump sets the wall.
func (c *fakeClock) jump(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall += by
}

// suspend lets time pass that no timer of the program sees.
func (c *fakeClock) suspend(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall += d
	c.slept += d
}

// skewed is the store of a worker whose wall is ahead of the bubble. A worker asks package time, which
// in a bubble nobody can set; so all times that it reads are moved by as much as its clock is wrong,
// and those that it writes are moved back. Times inside of the platform's own bytes stay: the platform
// lives in the bubble.
type skewed struct {
	hayon.Store
	clock *fakeClock
}

func (s skewed) View(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	return s.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error { return fn(ctx, skewedTx{tx, s.clock.ahead()}) })
}

func (s skewed) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	return s.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return fn(ctx, skewedTx{tx, s.clock.ahead()}) })
}

type skewedTx struct {
	hayon.Tx
	ahead time.Duration
}

// moved is a time that a worker reads or writes, where it is set.
func moved(t time.Time, by time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(by)
}

func movedTarget(t *hayon.Target, by time.Duration) *hayon.Target {
	if t == nil {
		return nil
	}
	c := *t
	for _, at := range []*time.Time{
		&c.StateSince, &c.Due, &c.NotBefore, &c.SentAt, &c.Deadline, &c.UnknownSince, &c.WaitingSince, &c.PublishedAt,
	} {
		*at = moved(*at, by)
	}
	if t.Lease != nil {
		c.Lease = &hayon.Lease{Until: moved(t.Lease.Until, by), Owner: t.Lease.Owner}
	}
	if t.Error != nil {
		e := *t.Error
		e.RetryAt = moved(e.RetryAt, by)
		c.Error = &e
	}
	c.Parts = slices.Clone(t.Parts)
	for i := range c.Parts {
		c.Parts[i].PublishedAt = moved(c.Parts[i].PublishedAt, by)
	}
	return &c
}

func movedTargets(ts []*hayon.Target, by time.Duration) []*hayon.Target {
	out := make([]*hayon.Target, len(ts))
	for i, t := range ts {
		out[i] = movedTarget(t, by)
	}
	return out
}

func (s skewedTx) FindTargetByID(ctx context.Context, id hayon.TargetID) (*hayon.Target, error) {
	t, err := s.Tx.FindTargetByID(ctx, id)
	return movedTarget(t, -s.ahead), err
}

func (s skewedTx) FindTargets(ctx context.Context, f hayon.TargetFilter) ([]*hayon.Target, error) {
	f.WakeBefore = moved(f.WakeBefore, s.ahead)
	ts, err := s.Tx.FindTargets(ctx, f)
	return movedTargets(ts, -s.ahead), err
}

func (s skewedTx) UpdateTarget(ctx context.Context, t *hayon.Target) error {
	return s.Tx.UpdateTarget(ctx, movedTarget(t, s.ahead))
}

func (s skewedTx) NextWake(ctx context.Context, st hayon.State, after time.Time) (time.Time, error) {
	at, err := s.Tx.NextWake(ctx, st, moved(after, s.ahead))
	return moved(at, -s.ahead), err
}

func (s skewedTx) ClaimTargets(ctx context.Context, r hayon.ClaimRequest) ([]*hayon.Target, error) {
	r.Now = moved(r.Now, s.ahead)
	ts, err := s.Tx.ClaimTargets(ctx, r)
	return movedTargets(ts, -s.ahead), err
}

func (s skewedTx) NextInLane(ctx context.Context, account hayon.AccountID, now time.Time) (*hayon.Target, error) {
	t, err := s.Tx.NextInLane(ctx, account, moved(now, s.ahead))
	return movedTarget(t, -s.ahead), err
}

func (s skewedTx) RenewLease(ctx context.Context, id hayon.TargetID, fence int64, until time.Time) error {
	return s.Tx.RenewLease(ctx, id, fence, moved(until, s.ahead))
}

func (s skewedTx) AppendJournal(ctx context.Context, r *hayon.JournalRow) error {
	c := *r
	c.At = moved(r.At, s.ahead)
	err := s.Tx.AppendJournal(ctx, &c)
	r.Seq = c.Seq
	return err
}

func (s skewedTx) AppendOutbox(ctx context.Context, r *hayon.OutboxRow) error {
	c := *r
	c.At, c.NotBefore = moved(r.At, s.ahead), moved(r.NotBefore, s.ahead)
	err := s.Tx.AppendOutbox(ctx, &c)
	r.Seq = c.Seq
	return err
}

func (s skewedTx) FindPace(ctx context.Context, key string) (*hayon.Pace, error) {
	p, err := s.Tx.FindPace(ctx, key)
	if err != nil {
		return nil, err
	}
	c := *p
	c.NotBefore, c.Since = moved(p.NotBefore, -s.ahead), moved(p.Since, -s.ahead)
	return &c, nil
}

func (s skewedTx) PutPace(ctx context.Context, p *hayon.Pace) error {
	c := *p
	c.NotBefore, c.Since = moved(p.NotBefore, s.ahead), moved(p.Since, s.ahead)
	return s.Tx.PutPace(ctx, &c)
}
