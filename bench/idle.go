package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	idlePosts = 10_000
	// starts is how often the daemon is started to see how fast it is ready.
	starts = 9
	// idleSettle is how long the daemon is left alone first, and idleTime how long it is watched.
	idleSettle = 3 * time.Second
	idleTime   = 10 * time.Second
)

// errNoProc is for systems that do not tell what another process uses.
var errNoProc = errors.New("measured on Linux only")

// measureIdle watches a daemon that has nothing to do until tomorrow.
func measureIdle(ctx context.Context, b *bench) ([]row, error) {
	h := b.home("idle")
	if err := seeded(ctx, h, batch{b.count(idlePosts), always(time.Now().AddDate(0, 0, 1))}); err != nil {
		return nil, err
	}
	d, ready, err := b.restarts(ctx, h, starts)
	if err != nil {
		return nil, err
	}
	defer d.stop()
	rows := []row{b.figure("ready", millis(median(ready)), worst(ready))}
	use, err := b.watch(ctx, d.cmd.Process.Pid)
	if errors.Is(err, errNoProc) {
		return append(rows, b.unknown("rss", err), b.unknown("private", err), b.unknown("cpu", err)), nil
	}
	if err != nil {
		return rows, err
	}
	return append(rows,
		b.figure("rss", use.rss/mib, use.mapped()),
		b.figure("private", use.private/mib, ""),
		b.figure("cpu", use.share(), "over "+use.over.String()),
	), nil
}

// restarts starts the daemon n times and answers how long each took to be ready. The last one runs;
// the caller stops it.
func (b *bench) restarts(ctx context.Context, h home, n int) (d *daemon, ready []time.Duration, err error) {
	for range n {
		if d != nil {
			d.stop()
		}
		if d, err = b.startDaemon(ctx, h); err != nil {
			return nil, nil, err
		}
		ready = append(ready, d.ready)
	}
	return d, ready, nil
}

// worst is the note of a median.
func worst(took []time.Duration) string {
	return fmt.Sprintf("worst of %d: %s ms", len(took), number(millis(quantile(took, 1))))
}

// usage is what a process has taken.
type usage struct {
	rss, private float64 // bytes
	cpu          time.Duration
	over         time.Duration // for how long cpu was measured
}

// mapped is the note of resident memory.
func (u usage) mapped() string {
	return fmt.Sprintf("of it %s MiB of the binary and the database", number((u.rss-u.private)/mib))
}

// share is the part of a processor, in per cent.
func (u usage) share() float64 { return 100 * u.cpu.Seconds() / u.over.Seconds() }

// watch lets the process settle and answers what it uses while it idles.
func (b *bench) watch(ctx context.Context, pid int) (usage, error) {
	if _, err := cpuTime(pid); err != nil {
		return usage{}, err
	}
	if err := pause(ctx, idleSettle); err != nil {
		return usage{}, err
	}
	before, err := cpuTime(pid)
	if err != nil {
		return usage{}, err
	}
	begin := time.Now()
	if err := pause(ctx, b.span(idleTime)); err != nil {
		return usage{}, err
	}
	over := time.Since(begin)
	after, err := cpuTime(pid)
	if err != nil {
		return usage{}, err
	}
	use, err := memoryOf(pid)
	use.cpu, use.over = after-before, over.Round(time.Second)
	return use, err
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
