package events

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

const (
	// sinksEvery is how often the dispatcher asks which sinks there are. A sink that is added in between
	// misses nothing: whoever adds it stores its cursor.
	sinksEvery = 2 * time.Second
	// sinksTimeout bounds that question.
	sinksTimeout = 10 * time.Second
	// finishTimeout bounds what is written when the work ends.
	finishTimeout = 5 * time.Second
)

// Deps are what a dispatcher stands on. All are required.
type Deps struct {
	Store hayon.Store
	// Sinks answers every sink that there is, or an error: one that is not in the answer is gone, and
	// its cursor is deleted. It is asked every other second, so it is to be quick.
	Sinks func(ctx context.Context) ([]Sink, error)
	// Owner is this process, as the owner of leases. A process runs one dispatcher.
	Owner hayon.Owner
	// Alive reports whether the process of a lease still runs.
	Alive func(hayon.Owner) bool
}

// Config of a [Dispatcher]; its zero value works.
type Config struct {
	// Profile names the configuration in what is sent.
	Profile string
	Logger  *slog.Logger
	// Rand answers numbers of [0, 1) that vary the waits before a repeat; nil: at random.
	Rand func() float64
}

// Dispatcher delivers the rows of the journal to sinks. It is safe for concurrent use.
type Dispatcher struct {
	deps Deps
	cfg  Config
	log  *slog.Logger
}

// New makes a dispatcher, which does nothing yet.
func New(deps Deps, cfg Config) (*Dispatcher, error) {
	if deps.Store == nil || deps.Sinks == nil || deps.Alive == nil || deps.Owner.IsZero() {
		return nil, hayon.Errorf(hayon.CodeInternal, "a dispatcher of events needs a store, sinks, an owner and a test of who is alive")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Float64
	}
	return &Dispatcher{deps: deps, cfg: cfg, log: cfg.Logger}, nil
}

// Run delivers until ctx ends, which is no error. It returns when all of its goroutines have, one for
// each sink.
func (d *Dispatcher) Run(ctx context.Context) error {
	c := crew{d: d, lines: make(map[string]*worker)}
	defer c.stop()
	tick := time.NewTicker(sinksEvery)
	defer tick.Stop()
	for {
		c.refresh(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Drain delivers what is in the journal now to every sink at once, and returns when all have it or have
// refused it, or when ctx ends, which is no error: the rest is for the next one. An event that a sink
// has refused is not waited for. A sink that another process works for is left to that one.
func (d *Dispatcher) Drain(ctx context.Context) error {
	sinks, err := d.sinks(ctx)
	if err != nil {
		return ignoreEnd(ctx, err)
	}
	var end uint64
	err = d.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		end, err = tx.LastJournalSeq(ctx)
		return err
	})
	if err != nil {
		return ignoreEnd(ctx, err)
	}
	errs := make([]error, len(sinks))
	var wg sync.WaitGroup
	for i, s := range sinks {
		wg.Go(func() { errs[i] = newLine(d, s).drain(ctx, end) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// ignoreEnd is err, unless ctx has ended and explains it.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// sinks are all sinks, the first of a name where there are several.
func (d *Dispatcher) sinks(ctx context.Context) ([]Sink, error) {
	ctx, cancel := context.WithTimeout(ctx, sinksTimeout)
	defer cancel()
	all, err := d.deps.Sinks(ctx)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(all))
	out := make([]Sink, 0, len(all))
	for _, s := range all {
		if !seen[s.Name()] {
			seen[s.Name()] = true
			out = append(out, s)
		}
	}
	return out, nil
}

// changed is closed at the next commit of this process; nil where the store does not tell.
func (d *Dispatcher) changed() <-chan struct{} {
	if c, ok := d.deps.Store.(hayon.Changes); ok {
		return c.Changed()
	}
	return nil
}

// worker is the goroutine of a line.
type worker struct {
	line   *line
	cancel context.CancelFunc
	done   chan struct{}
}

func (w *worker) ended() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// crew are the workers of a [Dispatcher.Run], by the names of their sinks.
type crew struct {
	d       *Dispatcher
	lines   map[string]*worker
	trouble string // the last failure to learn of sinks; told once
}

func (c *crew) stop() {
	for _, w := range c.lines {
		w.cancel()
	}
	for _, w := range c.lines {
		<-w.done
	}
}

// refresh starts the workers of new sinks and ends those of sinks that are gone, with their cursors.
func (c *crew) refresh(ctx context.Context) {
	err := c.update(ctx)
	switch {
	case ctx.Err() != nil:
	case err == nil:
		c.trouble = ""
	case err.Error() != c.trouble:
		c.trouble = err.Error()
		c.d.log.Warn("cannot tell who wants events; going on with those known", "err", err)
	}
}

func (c *crew) update(ctx context.Context) error {
	// Cursors first: one that is there now, without a sink afterwards, belongs to nobody. The other way
	// round a sink that is added in between would lose its cursor.
	cursors, err := c.d.cursors(ctx)
	if err != nil {
		return err
	}
	sinks, err := c.d.sinks(ctx)
	if err != nil {
		return err
	}
	wanted := make(map[string]bool, len(sinks))
	for _, s := range sinks {
		wanted[s.Name()] = true
	}
	for name, w := range c.lines {
		if !wanted[name] {
			w.cancel()
		}
	}
	maps.DeleteFunc(c.lines, func(_ string, w *worker) bool { return w.ended() })
	for _, s := range sinks {
		c.employ(ctx, s)
	}
	for _, cur := range cursors {
		if !wanted[cur.Name] && c.lines[cur.Name] == nil && ours(cur.Name) {
			err = errors.Join(err, c.d.forget(ctx, cur.Name))
		}
	}
	return err
}

// employ has somebody work for the sink.
func (c *crew) employ(ctx context.Context, s Sink) {
	if w := c.lines[s.Name()]; w != nil {
		w.line.replace(s)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &worker{line: newLine(c.d, s), cancel: cancel, done: make(chan struct{})}
	c.lines[s.Name()] = w
	go func() {
		defer close(w.done)
		defer cancel()
		w.line.run(ctx)
	}()
}

// ours reports whether a cursor of that name belongs to a sink.
func ours(name string) bool {
	for _, prefix := range []string{HookPrefix, WebhookPrefix, NotifyPrefix} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
