package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// pace is how fast something was done again and again, and how long each time took.
type pace struct {
	rate float64 // a second
	took []time.Duration
}

// and is the mean of two paces that were measured equally long.
func (p pace) and(q pace) pace {
	return pace{rate: (p.rate + q.rate) / 2, took: slices.Concat(p.took, q.took)}
}

// spread tells p50 and p99.
func (p pace) spread() string {
	return "p50 " + number(millis(median(p.took))) + ", p99 " + number(millis(quantile(p.took, 0.99))) + " ms"
}

// writers has 64 writers, by their numbers, commit again and again for a while.
func writers(ctx context.Context, d time.Duration, commit func(ctx context.Context, writer int) error) (pace, error) {
	took := make([][]time.Duration, lanes)
	failed := make([]error, lanes)
	var all sync.WaitGroup
	begin := time.Now()
	for w := range lanes {
		all.Go(func() {
			for time.Since(begin) < d && failed[w] == nil && ctx.Err() == nil {
				start := time.Now()
				failed[w] = commit(ctx, w)
				took[w] = append(took[w], time.Since(start))
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begin)
	each := slices.Concat(took...)
	return pace{rate: float64(len(each)) / elapsed.Seconds(), took: each}, errors.Join(failed...)
}
