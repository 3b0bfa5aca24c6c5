package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

const (
	latePosts    = 1000
	lateAccounts = 50
	lateSpread   = 10 * time.Second
	// lateLead is the time to hand the posts over before the first is due, and lateCallers do it.
	lateLead    = 8 * time.Second
	lateCallers = 8
	// lateWait is how long after the last due time all must be out.
	lateWait = 20 * time.Second
	// lateSeed draws the due times: evenly distributed, and not evenly spaced, as those of people.
	lateSeed = 1
)

// measureLateness hands 1,000 posts to a daemon over its socket and compares when each was due with
// when the platform had it.
func measureLateness(ctx context.Context, b *bench) (rows []row, err error) {
	h := b.home("late")
	d, err := b.startDaemon(ctx, h)
	if err != nil {
		return nil, err
	}
	defer d.stop()
	for i := range lateAccounts {
		if _, err := d.CreateAccount(actor(ctx), hayon.SignIn{Platform: demo.Name, Alias: demoAlias(i)}); err != nil {
			return nil, err
		}
	}
	first := time.Now().Add(lateLead)
	if err := schedule(actor(ctx), d, first); err != nil {
		return nil, err
	}
	if handed := time.Now(); handed.After(first) {
		return nil, fmt.Errorf("this machine took %s longer than the %s that it has to store the posts", handed.Sub(first).Round(time.Millisecond), lateLead)
	}
	b.say("waiting until all are due")
	if err := pause(ctx, time.Until(first.Add(lateSpread))); err != nil {
		return nil, err
	}
	late, err := published(ctx, h, latePosts)
	if err != nil {
		return nil, err
	}
	return []row{
		b.figure("late-p50", millis(median(late)), ""),
		b.figure("late-p99", millis(quantile(late, 0.99)), "max "+number(millis(quantile(late, 1)))+" ms, none early"),
	}, nil
}

// schedule creates the posts with several callers at a time.
func schedule(ctx context.Context, d *daemon, first time.Time) error {
	dues := make([]time.Time, latePosts)
	r := rand.New(rand.NewPCG(lateSeed, lateSeed)) //nolint:gosec // a load that is the same in every run
	for i := range dues {
		dues[i] = first.Add(time.Duration(r.Int64N(int64(lateSpread))))
	}
	failed := make([]error, lateCallers)
	var callers sync.WaitGroup
	for caller := range lateCallers {
		callers.Go(func() {
			for i := caller; i < latePosts && failed[caller] == nil; i += lateCallers {
				_, failed[caller] = d.CreatePost(ctx, hayon.PostCreate{
					Text: "Number " + strconv.Itoa(i), To: []string{hayon.AccountName(demo.Name, demoAlias(i%lateAccounts))},
					Schedule: hayon.Schedule{At: dues[i]},
				})
			}
		})
	}
	callers.Wait()
	return errors.Join(failed...)
}

// published waits until n posts are public and answers how late each was. One that came early, or
// twice, is an error: then nothing else counts.
func published(ctx context.Context, h home, n int) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, lateWait)
	defer cancel()
	for {
		late, err := lateOf(h)
		if err != nil || len(late) >= n {
			return late, err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, fmt.Errorf("only %d of %d posts came out: %w", len(late), n, err)
		}
	}
}

func lateOf(h home) ([]time.Duration, error) {
	files, err := filepath.Glob(filepath.Join(h.demo(), "*.ndjson"))
	if err != nil {
		return nil, err
	}
	var late []time.Duration
	seen := map[hayon.TargetID]bool{}
	for _, f := range files {
		posts, err := demo.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for _, p := range posts {
			if seen[p.Target] {
				return nil, fmt.Errorf("target %s is public twice", p.Target)
			}
			if p.PublishedAt.Before(p.Due) {
				return nil, fmt.Errorf("target %s came out %s early", p.Target, p.Due.Sub(p.PublishedAt))
			}
			seen[p.Target] = true
			late = append(late, p.PublishedAt.Sub(p.Due))
		}
	}
	return late, nil
}
