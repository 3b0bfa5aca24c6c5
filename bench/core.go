package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/queue"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/store"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
	"github.com/hayon/hayon/worker"
)

// core is what a daemon runs, in this process and without a socket.
type core struct {
	scheduler *scheduler.Scheduler
	worker    *worker.Worker
	platforms []string
}

// newCore builds it on a store. It starts nothing.
func newCore(ctx context.Context, h home, s hayon.Store) (*core, error) {
	blobs, err := store.OpenBlobs(ctx, fileURL("dir", filepath.Join(h.data(), "blobs")))
	if err != nil {
		return nil, err
	}
	registry := providers.New(providers.Config{Demo: true, DemoDir: h.demo(), SiteDir: filepath.Join(h.data(), "site")})
	secrets := memory.New(nil)
	sessions := vault.Sessions(secrets)
	c := &core{}
	if c.scheduler, err = scheduler.New(scheduler.Deps{
		Store: s, Blobs: blobs, Vault: secrets, Providers: registry, Sessions: sessions, Owner: owner(),
		Alive: func(hayon.Owner) bool { return true },
	}, scheduler.Config{}); err != nil {
		return nil, err
	}
	if c.worker, err = worker.New(worker.Deps{
		Store: s, Blobs: blobs, Providers: registry, Sessions: sessions, Owner: owner(),
	}, worker.Config{Concurrency: lanes}); err != nil {
		return nil, err
	}
	for _, p := range registry.All() {
		c.platforms = append(c.platforms, p.Info().Name)
	}
	return c, nil
}

// via is the broker of a core.
type via struct{ url, prefix string }

// local is the broker in this process, which a daemon has unless it is told otherwise.
var local = via{url: "local:"}

// during runs scheduler, broker and worker until fn returns.
func (c *core) during(ctx context.Context, v via, fn func(context.Context) error) error {
	broker, err := queue.Open(ctx, v.url, queue.Config{Prefix: v.prefix, Name: brokerName})
	if err != nil {
		return err
	}
	defer func() { _ = broker.Close() }() // the store has all that is still to be done
	if err := broker.Declare(ctx, hayon.NewTopology(c.platforms)); err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 2)
	go func() { ended <- c.scheduler.Run(running, broker) }()
	go func() { ended <- c.worker.Run(running, broker) }()
	err = fn(ctx)
	stop()
	return errors.Join(err, <-ended, <-ended)
}
