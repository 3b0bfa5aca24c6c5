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
	// commitTime is how long the peer is measured before the load, and again after it.
	commitTime = 1500 * time.Millisecond
	// commitsPerTarget is how often a target must be committed at least: claim, sending, outcome.
	commitsPerTarget = 3
	finishWait       = 60 * time.Second
	finishPoll       = 20 * time.Millisecond
)

// measureFinished lets the core finish 5,000 targets that are due at once, in this process, beside
// what the store commits with as many writers.
func measureFinished(ctx context.Context, b *bench) ([]row, error) {
	before, err := commitRate(ctx, b.home("commits-before"))
	if err != nil {
		return nil, err
	}
	finished, err := finishRate(ctx, b.home("finish"))
	if err != nil {
		return nil, err
	}
	after, err := commitRate(ctx, b.home("commits-after"))
	if err != nil {
		return nil, err
	}
	commits := (before + after) / 2
	return []row{
		fact("commits", "group commits, 64 writers", commits, "/s", fmt.Sprintf("%s before and %s after the load", number(before), number(after))),
		b.figure("finished", 100*finished/(commits/commitsPerTarget), number(finished)+" targets/s"),
	}, nil
}

// commitRate is how many journal rows a second 64 writers store, each in a transaction of its own.
func commitRate(ctx context.Context, h home) (rate float64, err error) {
	s, err := openStore(ctx, h)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var commits atomic.Int64
	failed := make([]error, finishLanes)
	var writers sync.WaitGroup
	begin := time.Now()
	for w := range finishLanes {
		writers.Go(func() {
			for time.Since(begin) < commitTime && failed[w] == nil && ctx.Err() == nil {
				failed[w] = s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
					return tx.AppendJournal(ctx, &hayon.JournalRow{At: time.Now().UTC(), Kind: hayon.RowState, User: hayon.LocalUser().ID})
				})
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
