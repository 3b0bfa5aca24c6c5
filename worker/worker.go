package worker

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// Providers finds a provider by its platform's name.
type Providers interface {
	Find(platform string) (hayon.Provider, error)
}

// Deps are what a worker stands on. All are required.
type Deps struct {
	Store     hayon.Store
	Blobs     hayon.Blobs
	Providers Providers
	// Sessions opens the session of an account; it asks nobody.
	Sessions func(*hayon.Account) hayon.Session
	// Owner is this process.
	Owner hayon.Owner
}

// Config adjusts a worker; its zero value works.
type Config struct {
	// Concurrency bounds how many targets run at a time. Default 32.
	Concurrency int
	// Lease is how long a claim lasts without a heartbeat. Default 90 s.
	Lease time.Duration
	// Grace is used in the place of each target's own grace window, where set.
	Grace *time.Duration
	// Waits are the waits before the retries; their number is the number of retries. Default 5 s,
	// 30 s, 120 s, each varied by a fifth.
	Waits []time.Duration
	// Drain is how long running attempts may go on once the context has ended. Default 25 s.
	Drain time.Duration
	// Recover ends the leases of dead processes. Deliver calls it while it waits for a lane; nil: never.
	Recover func(context.Context) error
	// Rand varies the waits; tests give a seeded one. Default: the runtime's.
	Rand   func() float64
	Logger *slog.Logger
}

const (
	defaultConcurrency = 32
	defaultLease       = 90 * time.Second
	defaultDrain       = 25 * time.Second
	// leaseReserve is what a lease must have left beyond the deadline of the irreversible call.
	leaseReserve = 10 * time.Second
	// errorPause is how long this process leaves a target alone whose attempt the store broke off.
	errorPause = time.Second
	// maxCrashes parks a target that takes its worker down again and again.
	maxCrashes = 10
	// preparedMargin is how long before their end uploads count as expired.
	preparedMargin = time.Minute
	// dueStamp is how late a post may be and still carry its due time as its own.
	dueStamp = time.Minute
)

// Worker works on targets. It is safe for concurrent use.
type Worker struct {
	deps Deps
	cfg  Config
	log  *slog.Logger

	mu      sync.Mutex                       // guards running
	running map[hayon.TargetID]chan struct{} // closed at the end of the work
}

// New makes a worker.
func New(deps Deps, cfg Config) (*Worker, error) {
	if deps.Store == nil || deps.Blobs == nil || deps.Providers == nil || deps.Sessions == nil || deps.Owner.IsZero() {
		return nil, hayon.Errorf(hayon.CodeInternal, "worker: a dependency is missing")
	}
	if cfg.Concurrency <= 0 {
		cfg.Concurrency = defaultConcurrency
	}
	if cfg.Lease <= 0 {
		cfg.Lease = defaultLease
	}
	if cfg.Waits == nil {
		cfg.Waits = []time.Duration{5 * time.Second, 30 * time.Second, 120 * time.Second}
	}
	if cfg.Drain <= 0 {
		cfg.Drain = defaultDrain
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Float64
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Worker{deps: deps, cfg: cfg, log: cfg.Logger, running: make(map[hayon.TargetID]chan struct{})}, nil
}

// begin notes that this process works on a target. Where it does already, for a claim whose lease it
// has lost, it waits for that to end; false when stopping ends first.
func (w *Worker) begin(stopping context.Context, id hayon.TargetID) bool {
	for {
		w.mu.Lock()
		earlier, ok := w.running[id]
		if !ok {
			w.running[id] = make(chan struct{})
		}
		w.mu.Unlock()
		if !ok {
			return true
		}
		select {
		case <-earlier:
		case <-stopping.Done():
			return false
		}
	}
}

func (w *Worker) end(id hayon.TargetID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.running[id])
	delete(w.running, id)
}

// claim takes what the request names, for this process.
func (w *Worker) claim(ctx context.Context, r hayon.ClaimRequest) ([]*hayon.Target, error) {
	var claimed []*hayon.Target
	err := w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		r.Now, r.Grace, r.Owner, r.Lease = time.Now().UTC(), w.cfg.Grace, w.deps.Owner, w.cfg.Lease
		var err error
		claimed, err = tx.ClaimTargets(ctx, r)
		return err
	})
	return claimed, err
}

// open reads an attachment's bytes for a provider.
func (w *Worker) open(ctx context.Context, a hayon.Attachment) (io.ReadCloser, error) {
	return w.deps.Blobs.Open(ctx, a.SHA256)
}

// journal is a row about t with the fields that every row of an attempt has.
func (w *Worker) journal(t *hayon.Target, kind hayon.RowKind, now time.Time) *hayon.JournalRow {
	return &hayon.JournalRow{
		At: now.UTC(), Kind: kind, User: t.Owner, Source: hayon.SourceWorker,
		Post: t.Post, Target: t.ID, Account: t.Account,
		Generation: t.Generation, Attempt: t.Attempts + 1, Fence: t.Fence, Part: t.StepPart,
	}
}
