package main

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// fsyncs is how many writes are timed; fsyncLimit ends the row on a disk that is too slow for them.
const (
	fsyncs     = 400
	fsyncLimit = 5 * time.Second
)

// measureFsync times 4 KiB written and made durable, on the disk of all databases of this run.
func measureFsync(ctx context.Context, b *bench) ([]row, error) {
	f, err := os.Create(filepath.Join(b.dir, "fsync"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	var took []time.Duration
	for begin := time.Now(); len(took) < fsyncs && time.Since(begin) < fsyncLimit && ctx.Err() == nil; {
		start := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return []row{
		fact("fsync-p50", "fsync of 4 KiB, p50", millis(median(took)), "ms", ""),
		fact("fsync-p99", "fsync of 4 KiB, p99", millis(quantile(took, 0.99)), "ms", ""),
	}, ctx.Err()
}
