package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/queue"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/store"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
	"github.com/hayon/hayon/worker"
)

const (
	finishTargets = 5000
	finishLanes   = 64
	// commitTime is how long each peer is measured before the load, and again after it.
	commitTime = 1500 * time.Millisecond
	// commitsPerTarget is how often a target must be committed at least: claim, sending, outcome.
	commitsPerTarget = 3
	finishWait       = 60 * time.Second
	finishPoll       = 20 * time.Millisecond
)

// measureFinished lets the core finish 5,000 targets that are due at once, in this process, beside
// what the store commits with as many writers: the smallest commit there is, which the target is
// about, and one that does what each step of an attempt does at least.
func measureFinished(ctx context.Context, b *bench) ([]row, error) {
	var rates []float64
	for i, measure := range []func(context.Context, home) (float64, error){rowRate, stepRate, finishRate, stepRate, rowRate} {
		rate, err := measure(ctx, b.home(fmt.Sprint("finish-", i)))
		if err != nil {
			return nil, err
		}
		rates = append(rates, rate)
	}
	rows, steps, finished := (rates[0]+rates[4])/2, (rates[1]+rates[3])/2, rates[2]
	beforeAfter := func(before, after float64) string {
		return number(before) + " before and " + number(after) + " after the load"
	}
	return []row{
		fact("commits", "group commits, 64 writers, a journal row each", rows, "/s", beforeAfter(rates[0], rates[4])),
		fact("steps", "the same, a target changed and a journal row each", steps, "/s", beforeAfter(rates[1], rates[3])),
		b.figure("finished", 100*finished/(rows/commitsPerTarget), fmt.Sprintf("%s targets/s; %s %% of a third of the commits that change a target",
			number(finished), number(100*finished/(steps/commitsPerTarget)))),
	}, nil
}

// rowRate is how many journal rows a second 64 writers store, each in a transaction of its own.
func rowRate(ctx context.Context, h home) (rate float64, err error) {
	return commitRate(ctx, h, func(ctx context.Context, tx hayon.Tx, _ hayon.TargetID) error {
		return tx.AppendJournal(ctx, &hayon.JournalRow{At: time.Now().UTC(), Kind: hayon.RowState, User: hayon.LocalUser().ID})
	})
}

// stepRate is how many targets a second 64 writers change, each one of its own, with a journal row.
func stepRate(ctx context.Context, h home) (rate float64, err error) {
	return commitRate(ctx, h, func(ctx context.Context, tx hayon.Tx, id hayon.TargetID) error {
		t, err := tx.FindTargetByID(ctx, id)
		if err != nil {
			return err
		}
		t.Attempts++
		if err := tx.UpdateTarget(ctx, t); err != nil {
			return err
		}
		return tx.AppendJournal(ctx, &hayon.JournalRow{
			At: time.Now().UTC(), Kind: hayon.RowState, User: t.Owner, Source: hayon.SourceWorker,
			Post: t.Post, Target: t.ID, Account: t.Account, Generation: t.Generation, Attempt: t.Attempts,
		})
	})
}

// commitRate is how many transactions a second 64 writers commit. Each has a target that nobody
// else touches.
func commitRate(ctx context.Context, h home, write func(context.Context, hayon.Tx, hayon.TargetID) error) (rate float64, err error) {
	s, err := openStore(ctx, h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := seed(ctx, s, finishLanes, finishLanes, time.Now()); err != nil {
		return 0, err
	}
	var targets []*hayon.Target
	err = s.View(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
		targets, err = tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{hayon.StateScheduled}})
		return err
	})
	if err != nil {
		return 0, err
	}
	var commits atomic.Int64
	failed := make([]error, len(targets))
	var writers sync.WaitGroup
	begin := time.Now()
	for w, t := range targets {
		writers.Go(func() {
			for time.Since(begin) < commitTime && failed[w] == nil && ctx.Err() == nil {
				failed[w] = s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return write(ctx, tx, t.ID) })
				commits.Add(1)
			}
		})
	}
	writers.Wait()
	return float64(commits.Load()) / time.Since(begin).Seconds(), errors.Join(failed...)
}

// finishRate is how many targets a second come out, from the moment the core starts until the last.
func finishRate(ctx context.Context, h home) (rate float64, err error) {
	s, err := openStore(ctx, h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := seed(ctx, s, finishLanes, finishTargets, time.Now()); err != nil {
		return 0, err
	}
	ctx, stop := context.WithTimeout(ctx, finishWait)
	defer stop()
	var took time.Duration
	err = withCore(ctx, h, s, func(ctx context.Context) error {
		begin := time.Now()
		defer func() { took = time.Since(begin) }()
		return untilPublished(ctx, s, finishTargets)
	})
	return finishTargets / took.Seconds(), err
}

// withCore runs scheduler, embedded broker and worker on the store until fn returns.
func withCore(ctx context.Context, h home, s hayon.Store, fn func(context.Context) error) error {
	blobs, err := store.OpenBlobs(ctx, fileURL("dir", filepath.Join(h.data(), "blobs")))
	if err != nil {
		return err
	}
	registry := providers.New(providers.Config{Demo: true, DemoDir: h.demo(), SiteDir: filepath.Join(h.data(), "site")})
	secrets := memory.New(nil)
	sessions := vault.Sessions(secrets)
	sched, err := scheduler.New(scheduler.Deps{
		Store: s, Blobs: blobs, Vault: secrets, Providers: registry, Sessions: sessions, Owner: owner(),
		Alive: func(hayon.Owner) bool { return true },
	}, scheduler.Config{})
	if err != nil {
		return err
	}
	work, err := worker.New(worker.Deps{
		Store: s, Blobs: blobs, Providers: registry, Sessions: sessions, Owner: owner(),
	}, worker.Config{Concurrency: finishLanes})
	if err != nil {
		return err
	}
	broker, err := queue.Open(ctx, "local:")
	if err != nil {
		return err
	}
	defer func() { _ = broker.Close() }() // in memory: nothing is lost
	var platforms []string
	for _, p := range registry.All() {
		platforms = append(platforms, p.Info().Name)
	}
	if err := broker.Declare(ctx, hayon.NewTopology(platforms)); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 2)
	go func() { ended <- sched.Run(running, broker) }()
	go func() { ended <- work.Run(running, broker) }()
	err = fn(ctx)
	stop()
	return errors.Join(err, <-ended, <-ended)
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
