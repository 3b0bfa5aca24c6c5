package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

const (
	throughPosts = 5000
	// alonePosts are created one at a time, aloneEvery apart, so that none waits for another.
	alonePosts = 100
	aloneEvery = 10 * time.Millisecond
)

// creator hands over the post of a number, for now.
type creator func(ctx context.Context, i int) error

// measureThrough creates posts for now and sees them published, in this process: as fast as 64 callers
// for 64 accounts can, and one at a time.
func measureThrough(ctx context.Context, b *bench) ([]row, error) {
	n := b.count(throughPosts)
	took, all, err := through(ctx, b.home("through"), n, local, func(ctx context.Context, create creator) error {
		return createAll(ctx, n, create)
	})
	if err != nil {
		return nil, err
	}
	_, alone, err := through(ctx, b.home("alone"), alonePosts, local, oneAtATime)
	return []row{
		fact("through", "created for now and published, 64 callers, 64 lanes", float64(n)/took.Seconds(), "/s",
			"from the first call to the last post; in the queue p50 "+number(millis(median(all.late)))+" ms"),
		fact("alone", "create → published, one post at a time, p50", millis(median(alone.late)), "ms",
			"p99 "+number(millis(quantile(alone.late, 0.99)))+" ms"),
	}, err
}

// oneAtATime creates posts so slowly that none waits for another.
func oneAtATime(ctx context.Context, create creator) error {
	for i := range alonePosts {
		if err := errors.Join(create(ctx, i), pause(ctx, aloneEvery)); err != nil {
			return err
		}
	}
	return nil
}

// through lets handOver create n posts while the core runs, and answers how long it took from the
// first call until the last was out, and what became public.
func through(ctx context.Context, h home, n int, v via, handOver func(context.Context, creator) error) (took time.Duration, out delays, err error) {
	err = inStore(ctx, h, func(s hayon.Store) error {
		if _, err := demoAccounts(ctx, s, time.Now().UTC()); err != nil {
			return err
		}
		c, err := newCore(ctx, h, s)
		if err != nil {
			return err
		}
		ctx, stop := context.WithTimeout(ctx, finishWait)
		defer stop()
		create := func(ctx context.Context, i int) error {
			_, err := c.scheduler.CreatePost(ctx, hayon.PostCreate{
				Text: "Number " + strconv.Itoa(i), To: []string{hayon.AccountName(demo.Name, demoAlias(i%lanes))},
			})
			return err
		}
		return c.during(ctx, v, func(ctx context.Context) error {
			begin := time.Now()
			defer func() { took = time.Since(begin) }()
			if err := handOver(actor(ctx), create); err != nil {
				return err
			}
			return untilPublished(ctx, s, n)
		})
	})
	if err == nil {
		out, err = readPublic(h)
	}
	return took, out, err
}

// createAll creates n posts with 64 callers.
func createAll(ctx context.Context, n int, create creator) error {
	failed := make([]error, lanes)
	var callers sync.WaitGroup
	for caller := range lanes {
		callers.Go(func() {
			for i := caller; i < n && failed[caller] == nil; i += lanes {
				failed[caller] = create(ctx, i)
			}
		})
	}
	callers.Wait()
	return errors.Join(failed...)
}
