package main

import (
	"context"
	"os"
	"time"
)

const (
	listPosts = 100_000
	// lists is how often each way of listing is timed.
	lists = 31
)

// measureList times the newest 30 of 100,000 posts, from the file and from a daemon, and what a shell
// asks where Tab is pressed.
func measureList(ctx context.Context, b *bench) ([]row, error) {
	h := b.home("list")
	begin := time.Now()
	if err := seeded(ctx, h, batch{b.count(listPosts), always(time.Now().AddDate(1, 0, 0))}); err != nil {
		return nil, err
	}
	note := "database made in " + time.Since(begin).Round(100*time.Millisecond).String()
	if info, err := os.Stat(h.database()); err == nil {
		note += ", " + number(float64(info.Size())/mib) + " MiB"
	}
	took, err := b.timed(ctx, h, "list")
	if err != nil {
		return nil, err
	}
	rows := []row{b.figure("list-file", millis(median(took)), "p99 "+number(millis(quantile(took, 0.99)))+" ms; "+note)}
	if took, err = b.timed(ctx, h, "__complete", "show", "p_"); err != nil {
		return rows, err
	}
	rows = append(rows, b.figure("complete", millis(median(took)), "p99 "+number(millis(quantile(took, 0.99)))+" ms"))
	d, err := b.startDaemon(ctx, h)
	if err != nil {
		return rows, err
	}
	defer d.stop()
	if took, err = b.timed(ctx, h, "list", "--server", "unix"); err != nil {
		return rows, err
	}
	return append(rows, b.figure("list-socket", millis(median(took)), "p99 "+number(millis(quantile(took, 0.99)))+" ms")), nil
}

func (b *bench) timed(ctx context.Context, h home, args ...string) ([]time.Duration, error) {
	argv := append([]string{b.hayon}, args...)
	var took []time.Duration
	for i := range lists + 1 {
		d, _, err := h.run(ctx, argv...)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one reads the file from the disk
			took = append(took, d)
		}
	}
	return took, nil
}
