package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hayon/hayon"
)

const (
	burstPosts = 10_000
	// burstLead is the time to store the posts and to start the daemon before all are due.
	burstLead = 6 * time.Second
	burstWait = 60 * time.Second
	// burstPage is how many journal rows are read at a time.
	burstPage = 10_000
)

// measureBurst has a daemon publish 10,000 posts that are due at the same instant, and watches how
// much memory that takes.
func measureBurst(ctx context.Context, b *bench) ([]row, error) {
	h, n := b.home("burst"), b.count(burstPosts)
	due := time.Now().Add(burstLead).Truncate(time.Millisecond)
	if err := seeded(ctx, h, batch{n, always(due)}); err != nil {
		return nil, err
	}
	out, err := b.burst(ctx, h, n, due)
	if err != nil {
		return nil, err
	}
	claimed, err := claims(ctx, h, n, due)
	if err != nil {
		return nil, err
	}
	rows := []row{
		b.figure("burst-claimed", claimed.worst()/1000, "claimed "+claimed.String()),
		b.figure("burst-early", float64(claimed.early+out.early), ""),
		fact("burst-public", "10,000 in the same instant, public, the last", out.worst()/1000, "s", "public "+out.String()),
	}
	if out.use == nil {
		return append(rows, row{Name: "load-rss", What: "daemon under that load, resident", Unit: "MiB", Note: errNoProc.Error()}), nil
	}
	return append(rows,
		fact("load-rss", "daemon under that load, resident, peak", out.use.rss/mib, "MiB", ""),
		fact("load-private", "daemon under that load, private, peak", out.use.private/mib, "MiB",
			number(out.use.share())+" % of a core over "+out.use.over.Round(100*time.Millisecond).String())), nil
}

// burst starts the daemon and waits until all is public.
func (b *bench) burst(ctx context.Context, h home, n int, due time.Time) (delays, error) {
	d, err := b.startDaemon(ctx, h)
	if err != nil {
		return delays{}, err
	}
	defer d.stop()
	if late := time.Since(due); late > 0 {
		return delays{}, fmt.Errorf("this machine took %s longer than the %s that it has to store the posts", late.Round(time.Millisecond), burstLead)
	}
	if err := pause(ctx, time.Until(due)); err != nil {
		return delays{}, err
	}
	load := watchLoad(ctx, d.cmd.Process.Pid)
	out, err := awaitPublic(ctx, h, n, burstWait)
	if peak, watched := load.end(); watched == nil {
		out.use = &peak
	}
	return out, err
}

// claims are how long after the due time each target was claimed first, and how many were before it,
// as the journal tells.
func claims(ctx context.Context, h home, n int, due time.Time) (out delays, err error) {
	seen := make(map[hayon.TargetID]bool, n)
	err = inStore(ctx, h, func(s hayon.Store) error {
		return eachRow(ctx, s, func(r *hayon.JournalRow) {
			if r.Kind != hayon.RowClaimed || seen[r.Target] {
				return
			}
			seen[r.Target] = true
			late := r.At.Sub(due)
			if late < 0 {
				out.early++
			}
			out.late = append(out.late, late)
		})
	})
	if err == nil && len(seen) != n {
		err = fmt.Errorf("the journal tells of %d claimed targets, not of %d", len(seen), n)
	}
	return out, err
}

// eachRow reads the journal.
func eachRow(ctx context.Context, s hayon.Store, do func(*hayon.JournalRow)) error {
	for after := uint64(0); ; {
		var rows []*hayon.JournalRow
		err := s.View(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
			rows, err = tx.FindJournal(ctx, hayon.JournalFilter{After: after, Limit: burstPage})
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			do(r)
		}
		after = rows[len(rows)-1].Seq
	}
}
