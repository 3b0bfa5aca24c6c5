package main

import (
	"context"
	"errors"
)

// millionStarts is how often the daemon is started on the large database.
const millionStarts = 5

// measureMillion starts the daemon with a million scheduled posts, watches it while it idles, and has
// it publish what is due meanwhile.
func measureMillion(ctx context.Context, b *bench) ([]row, error) {
	plain, err := b.plainLateness(ctx)
	if err != nil {
		return nil, err
	}
	sizes := b.scaleSizes()
	s, err := b.grown(ctx, sizes[len(sizes)-1])
	if err != nil {
		return nil, err
	}
	d, ready, err := b.restarts(ctx, s.home, millionStarts)
	if err != nil {
		return nil, err
	}
	defer d.stop()
	rows := []row{b.figure("million-ready", millis(median(ready)), worst(ready)+"; "+s.note())}
	idle, err := b.millionIdle(ctx, d)
	rows = append(rows, idle...)
	if err != nil {
		return rows, err
	}
	out, err := b.latenessOf(ctx, s.home, d)
	if err != nil {
		return rows, err
	}
	rows = append(rows,
		b.figure("million-late-p50", out.p50()/plain.p50(), out.String()+out.work()),
		b.figure("million-late-p99", out.p99()/plain.p99(), "without: "+plain.String()+plain.work()))
	if out.use != nil {
		rows = append(rows, fact("million-busy", "daemon, 1,000,000 scheduled, publishing, private, peak", out.use.private/mib, "MiB", ""))
	}
	return rows, nil
}

// millionIdle is what the daemon takes while nothing is due.
func (b *bench) millionIdle(ctx context.Context, d *daemon) ([]row, error) {
	use, err := b.watch(ctx, d.cmd.Process.Pid)
	if errors.Is(err, errNoProc) {
		return []row{b.unknown("million-private", err)}, nil
	}
	if err != nil {
		return nil, err
	}
	return []row{
		b.figure("million-private", use.private/mib, "resident "+number(use.rss/mib)+" MiB, "+use.mapped()),
		fact("million-cpu", "daemon, 1,000,000 scheduled, share of a core", use.share(), "%", "over "+use.over.String()),
	}, nil
}
