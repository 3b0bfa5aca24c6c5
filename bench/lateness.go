package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

const (
	latePosts  = 1000
	lateSpread = 10 * time.Second
	// lateLead is the time to hand the posts over before the first is due, and lateCallers do it.
	lateLead    = 5 * time.Second
	lateCallers = 8
	// lateWait is how long after the last due time all must be out.
	lateWait = 20 * time.Second
	// lateSeed draws the due times: evenly distributed, and not evenly spaced, as those of people.
	lateSeed = 1
)

// measureLateness hands 1,000 posts to a daemon over its socket and compares when each was due with
// when the platform had it.
func measureLateness(ctx context.Context, b *bench) ([]row, error) {
	out, err := b.plainLateness(ctx)
	if err != nil {
		return nil, err
	}
	return []row{
		b.figure("late-p50", out.p50(), ""),
		b.figure("late-p99", out.p99(), "max "+number(out.worst())+" ms"+out.work()),
		b.figure("late-early", float64(out.early), ""),
	}, nil
}

// plainLateness is the lateness of a daemon that does nothing else, measured once in a run.
func (b *bench) plainLateness(ctx context.Context) (delays, error) {
	if b.late == nil {
		out, err := b.lateness(ctx, b.home("late"))
		if err != nil {
			return delays{}, err
		}
		b.late = &out
	}
	return *b.late, nil
}

// lateness starts a daemon and measures it.
func (b *bench) lateness(ctx context.Context, h home) (delays, error) {
	d, err := b.startDaemon(ctx, h)
	if err != nil {
		return delays{}, err
	}
	defer d.stop()
	return b.latenessOf(ctx, h, d)
}

// latenessOf has a daemon publish what is due over ten seconds, and watches what it takes for that.
func (b *bench) latenessOf(ctx context.Context, h home, d *daemon) (delays, error) {
	for i := range lanes {
		if _, err := d.CreateAccount(actor(ctx), hayon.SignIn{Platform: demo.Name, Alias: demoAlias(i)}); err != nil {
			return delays{}, err
		}
	}
	load := watchLoad(ctx, d.cmd.Process.Pid)
	out, err := b.scheduledLateness(ctx, h, d)
	if peak, watched := load.end(); watched == nil {
		out.use = &peak
	}
	return out, err
}

func (b *bench) scheduledLateness(ctx context.Context, h home, d *daemon) (delays, error) {
	n, spread := b.count(latePosts), b.span(lateSpread)
	first := time.Now().Add(lateLead)
	if err := schedule(actor(ctx), d, dues(n, first, spread, lateSeed)); err != nil {
		return delays{}, err
	}
	if handed := time.Now(); handed.After(first) {
		return delays{}, fmt.Errorf("this machine took %s longer than the %s that it has to store the posts", handed.Sub(first).Round(time.Millisecond), lateLead)
	}
	b.say("waiting until all are due")
	if err := pause(ctx, time.Until(first.Add(spread))); err != nil {
		return delays{}, err
	}
	return awaitPublic(ctx, h, n, lateWait)
}

// dues draws due times.
func dues(n int, first time.Time, spread time.Duration, seed uint64) []time.Time {
	out := make([]time.Time, n)
	r := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a load that is the same in every run
	for i := range out {
		out[i] = first.Add(time.Duration(r.Int64N(int64(spread))))
	}
	return out
}

// schedule creates a post for each due time with several callers at a time.
func schedule(ctx context.Context, d *daemon, dues []time.Time) error {
	failed := make([]error, lateCallers)
	var callers sync.WaitGroup
	for caller := range lateCallers {
		callers.Go(func() {
			for i := caller; i < len(dues) && failed[caller] == nil; i += lateCallers {
				_, failed[caller] = d.CreatePost(ctx, hayon.PostCreate{
					Text: "Number " + strconv.Itoa(i), To: []string{hayon.AccountName(demo.Name, demoAlias(i%lanes))},
					Schedule: hayon.Schedule{At: dues[i]},
				})
			}
		})
	}
	callers.Wait()
	return errors.Join(failed...)
}
