package events

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

const (
	// commitEvery is the least time from one commit of a cursor to the next, so that sinks never take
	// more than a small share of the commits that posts need.
	commitEvery = 100 * time.Millisecond
	// leaseSpare is how much longer than one delivery a lease lasts, and leaseMargin how much of that is
	// left at least when a delivery begins.
	leaseSpare  = time.Minute
	leaseMargin = 5 * time.Second
)

// errRemoved says that somebody deleted the cursor: the sink is gone.
var errRemoved = errors.New("the cursor was deleted")

// place is how far a line has come. What it has dealt with it knows before the store does.
type place struct {
	cur   hayon.Cursor
	saved uint64 // the Seq that the store has
	held  bool   // the lease is ours
	known bool   // cur was read from the store
	// hurry: something was delivered that the store does not know of.
	hurry bool
	wrote time.Time
}

// pass goes on past a row that the sink does not want.
func (p *place) pass(seq uint64) {
	p.cur.Seq, p.cur.Tries, p.cur.NotBefore = seq, 0, time.Time{}
}

// deal goes on past a row that was delivered or given up.
func (p *place) deal(seq uint64) {
	p.pass(seq)
	p.hurry = true
}

// owes reports whether the store knows less than the line.
func (p *place) owes() bool { return p.cur.Seq > p.saved }

// holds reports whether the lease is ours for one more delivery.
func (p *place) holds(timeout time.Duration) bool {
	return p.held && p.cur.Lease != nil && time.Until(p.cur.Lease.Until) >= timeout+leaseMargin
}

// blocked reports whether nothing is to be delivered from the cursor now.
func blocked(c *hayon.Cursor) bool { return c.Disabled || time.Now().Before(c.NotBefore) }

// look reads the cursor and the rows after it. Where another process has gone on meanwhile, so does
// this one.
func (l *line) look(ctx context.Context) ([]*hayon.JournalRow, error) {
	var stored *hayon.Cursor
	var rows []*hayon.JournalRow
	err := l.d.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if stored, err = tx.FindCursor(ctx, l.name); err != nil {
			return err
		}
		after := max(stored.Seq, l.cur.Seq)
		if l.held && !l.d.mine(stored.Lease) {
			after = stored.Seq
		}
		if blocked(stored) {
			return nil
		}
		rows, err = tx.FindJournal(ctx, hayon.JournalFilter{After: after, Limit: pageRows})
		return err
	})
	switch {
	case hayon.CodeOf(err) == hayon.CodeNotFound && l.known:
		return nil, errRemoved
	case hayon.CodeOf(err) == hayon.CodeNotFound:
		return nil, l.create(ctx)
	case err != nil:
		return nil, err
	}
	l.adopt(stored)
	return rows, nil
}

// adopt takes over what the store says, unless this process is the one that decides.
func (l *line) adopt(stored *hayon.Cursor) {
	mine := l.d.mine(stored.Lease)
	if l.known && l.held && mine {
		return
	}
	ahead := l.cur.Seq
	if l.held { // the lease was lost, and with it what was not written
		l.log.Warn("another process has taken over the sink; an event may be delivered twice")
		ahead = 0
	}
	l.cur, l.saved, l.held, l.hurry, l.known = *stored, stored.Seq, mine, false, true
	if ahead > l.cur.Seq {
		l.pass(ahead)
	}
}

// create stores the cursor of a new sink: it gets what happens from now on.
func (l *line) create(ctx context.Context) error {
	return l.d.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindCursor(ctx, l.name)
		if hayon.CodeOf(err) != hayon.CodeNotFound {
			return err
		}
		last, err := tx.LastJournalSeq(ctx)
		if err != nil {
			return err
		}
		return tx.PutCursor(ctx, &hayon.Cursor{Name: l.name, Seq: last})
	})
}

// take gets the lease, or answers how long to leave the sink to the process that has it.
func (l *line) take(ctx context.Context, timeout time.Duration) (time.Duration, error) {
	other, err := l.commit(ctx, timeout+leaseSpare)
	if err != nil || other.IsZero() {
		return 0, err
	}
	return max(time.Until(other), time.Second), nil
}

// settle writes what is owed when there is nothing to do, and answers when to come back for that.
func (l *line) settle(ctx context.Context) (time.Duration, error) {
	if !l.owes() {
		return 0, nil
	}
	after := skipEvery
	if l.hurry {
		after = commitEvery
	}
	if wait := time.Until(l.wrote.Add(after)); wait > 0 {
		return wait, nil
	}
	return 0, l.write(ctx, l.held)
}

// writeNow writes the cursor after a delivery, unless it did so a moment ago.
func (l *line) writeNow(ctx context.Context) error {
	if time.Since(l.wrote) < commitEvery {
		return nil
	}
	return l.write(ctx, true)
}

// write stores the cursor and keeps the lease, or gives it back.
func (l *line) write(ctx context.Context, keep bool) error {
	var lease time.Duration
	if keep {
		lease = policyOf(l.current()).Timeout + leaseSpare
	}
	_, err := l.commit(ctx, lease)
	return err
}

// commit stores how far the line has come and takes the lease, or with 0 gives it back. Where another
// process has it, nothing is stored and the answer is until when.
func (l *line) commit(ctx context.Context, lease time.Duration) (other time.Time, err error) {
	if !sleep(ctx, time.Until(l.wrote.Add(commitEvery))) {
		return time.Time{}, context.Cause(ctx)
	}
	var next hayon.Cursor
	err = l.d.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		stored, err := tx.FindCursor(ctx, l.name)
		if err != nil {
			return err
		}
		now := time.Now().UTC()
		next, other = *stored, time.Time{}
		if l.d.taken(stored.Lease, now) {
			other = stored.Lease.Until
			return nil
		}
		next = l.merge(*stored)
		next.Lease = nil
		if lease > 0 {
			next.Lease = &hayon.Lease{Until: now.Add(lease), Owner: l.d.deps.Owner}
		}
		return tx.PutCursor(ctx, &next)
	})
	l.wrote = time.Now()
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return time.Time{}, errRemoved
	}
	if err != nil {
		return time.Time{}, err
	}
	l.cur, l.saved, l.hurry = next, next.Seq, false
	l.held = l.d.mine(next.Lease)
	if l.lapsed > 0 {
		l.log.Warn("events became too old while the sink refused others, and are given up", "events", l.lapsed, "up_to", next.Seq)
		l.lapsed = 0
	}
	return other, nil
}

// merge is the cursor to store: ours where we have the lease, else the stored one, gone on past the
// rows that we have dealt with.
func (l *line) merge(stored hayon.Cursor) hayon.Cursor {
	switch {
	case l.held && l.d.mine(stored.Lease):
		return l.cur
	case l.cur.Seq > stored.Seq:
		stored.Seq, stored.Tries, stored.NotBefore = l.cur.Seq, 0, time.Time{}
	}
	return stored
}

// finish writes what is owed and gives the lease back, also when ctx has ended.
func (l *line) finish(ctx context.Context) {
	if !l.held && !l.owes() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	if err := l.write(ctx, false); err != nil && !errors.Is(err, errRemoved) {
		l.log.Warn("cannot store how far the events were delivered; some may be delivered twice", "err", err)
	}
}

// mine reports whether this process has the lease.
func (d *Dispatcher) mine(lease *hayon.Lease) bool {
	return lease != nil && lease.Owner == d.deps.Owner
}

// taken reports whether another process has the lease, and lives.
func (d *Dispatcher) taken(lease *hayon.Lease, now time.Time) bool {
	return lease != nil && !d.mine(lease) && now.Before(lease.Until) && d.deps.Alive(lease.Owner)
}

// cursors are all cursors of the store.
func (d *Dispatcher) cursors(ctx context.Context) (all []*hayon.Cursor, err error) {
	err = d.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		all, err = tx.FindCursors(ctx)
		return err
	})
	return all, err
}

// forget deletes the cursor of a sink that is gone, unless a process delivers from it.
func (d *Dispatcher) forget(ctx context.Context, name string) error {
	return d.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		c, err := tx.FindCursor(ctx, name)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			return nil
		}
		if err != nil || d.taken(c.Lease, time.Now()) {
			return err
		}
		return tx.DeleteCursor(ctx, name)
	})
}
