package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

const (
	// restarts is how often the broker is stopped, and as often killed, while so many cores, each with its
	// own queues, wait for it: since each draws by itself when it tries again, each is a measurement.
	restarts     = 3
	restartCores = 3
	// answerPoll is how often it is looked whether the broker is back, and restartWait how long a post
	// may take after that.
	answerPoll  = 5 * time.Millisecond
	restartWait = 30 * time.Second
)

// measureRestarts stops and kills the broker, creates posts meanwhile, and measures from the moment at
// which it answers again until they are public.
func (r *rig) measureRestarts(ctx context.Context) (rows []row, err error) {
	if err := r.disconnect(); err != nil { // they would only be in the way
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cores, rounds := restartCores, restarts
	if r.b.short {
		cores, rounds = 1, 1
	}
	var waiting []*waiter
	defer func() {
		stop()
		for _, w := range waiting {
			err = errors.Join(err, w.close())
		}
	}()
	for i := range cores {
		w, err := r.newWaiter(ctx, i)
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, w)
		if _, err := w.create(ctx); err != nil {
			return nil, err
		}
		if _, err := w.published(ctx); err != nil {
			return nil, err
		}
	}
	var stopped, killed []time.Duration
	var created time.Duration
	for range rounds {
		for _, way := range []struct {
			end func()
			out *[]time.Duration
		}{{r.server.StopNow, &stopped}, {r.server.KillNow, &killed}} {
			way.end()
			for _, w := range waiting {
				took, err := w.create(ctx)
				if err != nil {
					return nil, err
				}
				created = max(created, took)
			}
			back, err := r.startServer(ctx)
			if err != nil {
				return nil, err
			}
			for _, w := range waiting {
				out, err := w.published(ctx)
				if err != nil {
					return nil, err
				}
				*way.out = append(*way.out, out.Sub(back))
			}
		}
	}
	figure := func(name string, all []time.Duration) row {
		return r.b.figure(name, quantile(all, 1).Seconds(), fmt.Sprintf("p50 %s s of %d", number(median(all).Seconds()), len(all)))
	}
	return []row{
		figure("restart-stopped", stopped),
		figure("restart-killed", killed),
		fact("create-down", "create a post while the broker is down, the slowest", millis(created), "ms", ""),
	}, nil
}

// startServer starts the broker and answers since when it answers.
func (r *rig) startServer(ctx context.Context) (back time.Time, err error) {
	started := make(chan error, 1)
	go func() { started <- r.server.StartContext(ctx) }()
	for {
		conn, err := amqp.Dial(r.server.URL())
		if err == nil {
			back = time.Now()
			_ = conn.Close() // that it has answered is all
			return back, <-started
		}
		select {
		case err := <-started:
			if err != nil {
				return back, err
			}
			started <- nil // it is there: the next try tells
		default:
		}
		if err := pause(ctx, answerPoll); err != nil {
			return back, errors.Join(err, <-started)
		}
	}
}

// waiter is a core that waits for the broker.
type waiter struct {
	h     home
	store hayon.Store
	core  *core
	posts int
	ended chan error
}

// newWaiter starts a core with queues of its own; it ends with ctx.
func (r *rig) newWaiter(ctx context.Context, i int) (w *waiter, err error) {
	w = &waiter{h: r.b.home("restart" + strconv.Itoa(i)), ended: make(chan error, 1)}
	if w.store, err = openStore(ctx, w.h, nil); err != nil {
		return nil, err
	}
	if _, err = demoAccounts(ctx, w.store, time.Now().UTC()); err == nil {
		w.core, err = newCore(ctx, w.h, w.store)
	}
	if err != nil {
		return nil, errors.Join(err, w.store.Close())
	}
	v := via{url: r.server.URL(), prefix: fmt.Sprintf("bench%d.", i)}
	go func() {
		w.ended <- w.core.during(ctx, v, func(ctx context.Context) error { <-ctx.Done(); return nil })
	}()
	return w, nil
}

// close returns when the core has ended, which the end of its context brings about.
func (w *waiter) close() error { return errors.Join(<-w.ended, w.store.Close()) }

// create hands over a post for now, and answers how long that took.
func (w *waiter) create(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	_, err := w.core.scheduler.CreatePost(actor(ctx), hayon.PostCreate{
		Text: "Number " + strconv.Itoa(w.posts), To: []string{hayon.AccountName(demo.Name, demoAlias(w.posts%lanes))},
	})
	w.posts++
	return time.Since(begin), err
}

// published waits until all posts are out and answers when the last one was.
func (w *waiter) published(ctx context.Context) (last time.Time, err error) {
	ctx, stop := context.WithTimeout(ctx, restartWait)
	defer stop()
	if err := untilPublished(ctx, w.store, w.posts); err != nil {
		return last, err
	}
	files, err := filepath.Glob(filepath.Join(w.h.demo(), "*.ndjson"))
	for _, f := range files {
		posts, err := demo.ReadFile(f)
		if err != nil {
			return last, err
		}
		for _, p := range posts {
			if p.PublishedAt.After(last) {
				last = p.PublishedAt
			}
		}
	}
	return last, err
}
