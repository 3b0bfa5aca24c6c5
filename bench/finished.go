package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
)

const (
	finishTargets = 5000
	// commitsPerTarget is how often a target must be committed at least: claim, sending, outcome.
	commitsPerTarget = 3
	finishWait       = 60 * time.Second
	finishPoll       = 20 * time.Millisecond
)

// measureFinished lets the core finish 5,000 targets that are due at once, in this process, beside
// what the store commits with as many writers: the smallest commit there is, which the target is
// about, and one that does what each step of an attempt does at least.
func measureFinished(ctx context.Context, b *bench) ([]row, error) {
	around, err := b.comparePeers(ctx, "finish-before-", []peerOpener{grouped(storeJournalRow), grouped(storeStep)})
	if err != nil {
		return nil, err
	}
	out, err := b.finish(ctx, b.home("finish"), b.count(finishTargets), local)
	if err != nil {
		return nil, err
	}
	after, err := b.comparePeers(ctx, "finish-after-", []peerOpener{grouped(storeJournalRow), grouped(storeStep)})
	if err != nil {
		return nil, err
	}
	beforeAfter := func(i int) string {
		return number(around[i].rate) + " before and " + number(after[i].rate) + " after the load"
	}
	rows, steps := around[0].and(after[0]).rate, around[1].and(after[1]).rate
	return []row{
		fact("commits", "group commits, 64 writers, a journal row each", rows, "/s", beforeAfter(0)),
		fact("steps", "the same, a target changed and a journal row each", steps, "/s", beforeAfter(1)),
		b.figure("targets", out.rate(), out.perTarget()),
		b.figure("finished", 100*out.rate()/(rows/commitsPerTarget),
			fmt.Sprintf("%s %% of a third of the commits that change a target", number(100*out.rate()/(steps/commitsPerTarget)))),
	}, nil
}

// finishing is how a number of targets went out.
type finishing struct {
	targets int
	took    time.Duration
	// updates is how many transactions changed something, commits how many times the disk was waited for.
	updates, commits int64
	// cpu is what this process took of the processors; 0 where this system does not tell.
	cpu time.Duration
}

func (f finishing) rate() float64 { return float64(f.targets) / f.took.Seconds() }

func (f finishing) perTarget() string {
	s := fmt.Sprintf("%s transactions a target, %s of them in a commit",
		number(float64(f.updates)/float64(f.targets)), number(float64(f.updates)/float64(f.commits)))
	if f.cpu > 0 {
		s += "; " + number(millis(f.cpu)/float64(f.targets)) + " ms of a core a target"
	}
	return s
}

// finish measures n targets from the moment the core starts until the last one is out.
func (b *bench) finish(ctx context.Context, h home, n int, v via) (f finishing, err error) {
	var updates, commits atomic.Int64
	s, err := openStore(ctx, h, func(_ time.Duration, changes int) {
		updates.Add(int64(changes))
		commits.Add(1)
	})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	f.targets = n
	if err := seed(ctx, s, batch{f.targets, always(time.Now())}); err != nil {
		return f, err
	}
	c, err := newCore(ctx, h, s)
	if err != nil {
		return f, err
	}
	ctx, stop := context.WithTimeout(ctx, finishWait)
	defer stop()
	err = c.during(ctx, v, func(ctx context.Context) error {
		begin, u, n := time.Now(), updates.Load(), commits.Load()
		before, _ := cpuTime(os.Getpid()) // both are 0 where this system does not tell
		err := untilPublished(ctx, s, f.targets)
		after, _ := cpuTime(os.Getpid())
		f.cpu = after - before
		f.took, f.updates, f.commits = time.Since(begin), updates.Load()-u, commits.Load()-n
		return err
	})
	return f, err
}

// untilPublished waits until n targets are out.
func untilPublished(ctx context.Context, s hayon.Store, n int) error {
	for {
		var out int
		err := s.View(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
			out, err = tx.CountTargets(ctx, hayon.StatePublished, time.Time{})
			return err
		})
		if err != nil || out >= n {
			return err
		}
		if err := pause(ctx, finishPoll); err != nil {
			return fmt.Errorf("only %d of %d targets came out: %w", out, n, err)
		}
	}
}
