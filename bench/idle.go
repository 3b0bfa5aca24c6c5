package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	idlePosts    = 10_000
	idleAccounts = 50
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
	if err := seeded(ctx, h, idleAccounts, idlePosts, time.Now().AddDate(0, 0, 1)); err != nil {
		return nil, err
	}
	var ready []time.Duration
	var d *daemon
	for range starts {
		if d != nil {
			d.stop()
		}
		var err error
		if d, err = b.startDaemon(ctx, h); err != nil {
			return nil, err
		}
		ready = append(ready, d.ready)
	}
	defer d.stop()
	rows := []row{b.figure("ready", millis(median(ready)), "worst of "+fmt.Sprint(starts)+": "+number(millis(quantile(ready, 1)))+" ms")}
	use, err := watch(ctx, d.cmd.Process.Pid)
	if errors.Is(err, errNoProc) {
		for _, name := range []string{"rss", "private", "cpu"} {
			rows = append(rows, b.unknown(name, err.Error()))
		}
		return rows, nil
	}
	if err != nil {
		return rows, err
	}
	return append(rows,
		b.figure("rss", use.rss/mib, fmt.Sprintf("of it %s MiB of the binary and the database", number((use.rss-use.private)/mib))),
		b.figure("private", use.private/mib, ""),
		b.figure("cpu", 100*use.cpu.Seconds()/idleTime.Seconds(), "over "+idleTime.String()),
	), nil
}

// usage is what a process has taken.
type usage struct {
	rss, private float64 // bytes
	cpu          time.Duration
}

// watch lets the process settle and answers what it uses while it idles.
func watch(ctx context.Context, pid int) (usage, error) {
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
	if err := pause(ctx, idleTime); err != nil {
		return usage{}, err
	}
	after, err := cpuTime(pid)
	if err != nil {
		return usage{}, err
	}
	use, err := memoryOf(pid)
	use.cpu = after - before
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
