package main

import (
	"context"
	"math"
	"sort"
	"time"

	"github.com/hayon/hayon"
)

// seqBefore is the last sequence number before all events of a time and later. It asks for single
// events, as often as a search by halves needs.
func seqBefore(ctx context.Context, svc hayon.EventService, since time.Time) (uint64, error) {
	last, err := svc.LastSeq(ctx)
	if err != nil {
		return 0, err
	}
	n := sort.Search(int(min(last, math.MaxInt)), func(after int) bool {
		if err != nil {
			return true
		}
		var next []hayon.Event
		next, err = svc.FindEvents(ctx, hayon.EventFilter{After: uint64(after), Limit: 1}) //nolint:gosec // a search goes up from 0
		return len(next) == 0 || !next[0].At.Before(since)
	})
	return uint64(n), err //nolint:gosec // a search goes up from 0
}

// The windows in which the newest events are looked for, from the end: the first one, and how much
// larger the next one is.
const (
	firstWindow  = 256
	windowFactor = 4
)

// tailBefore is the sequence number after which the newest n events of a filter come. There are only
// questions for what comes after a number, so it looks at wider and wider windows from the end.
func tailBefore(ctx context.Context, svc hayon.EventService, f hayon.EventFilter, n int) (uint64, error) {
	last, err := svc.LastSeq(ctx)
	if err != nil || n == 0 {
		return last, err
	}
	var newest []uint64
	window := max(uint64(n), firstWindow) //nolint:gosec // n is not negative
	for high := last; high > 0 && len(newest) < n; window *= windowFactor {
		low := high - min(window, high)
		found, err := seqsBetween(ctx, svc, f, low, high, n-len(newest))
		if err != nil {
			return 0, err
		}
		newest = append(found, newest...)
		high = low
	}
	if len(newest) == 0 {
		return last, nil
	}
	return newest[0] - 1, nil
}

// seqsBetween are the last n sequence numbers of the filter's events after low and up to high.
func seqsBetween(ctx context.Context, svc hayon.EventService, f hayon.EventFilter, low, high uint64, n int) ([]uint64, error) {
	var out []uint64
	for f.After = low; ; {
		page, err := svc.FindEvents(ctx, f)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if f.After = page[i].Seq; f.After > high {
				return out, nil
			}
			if out = append(out, f.After); len(out) > n {
				out = out[1:]
			}
		}
		if len(page) == 0 || f.After == high {
			return out, nil
		}
	}
}
