package worker

import (
	"context"
	"io"
	"log/slog"
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
	cfg = cfg.filled()
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

// wallNow is the time on the clock, without the monotonic one, which stands still while the machine
// sleeps: nothing must seem to last through that.
func wallNow() time.Time { return time.Now().Round(0).UTC() }

// lateAfter is when the grace window of t ends; zero when it goes out however late.
func (w *Worker) lateAfter(t *hayon.Target) time.Time { return t.LateAfterGrace(w.cfg.Grace) }

func (w *Worker) tooLate(t *hayon.Target, now time.Time) bool {
	end := w.lateAfter(t)
	return !end.IsZero() && now.After(end)
}

// mayPublish reports whether the clock can be trusted.
func (w *Worker) mayPublish() bool { return w.cfg.MayPublish == nil || w.cfg.MayPublish() }

// claim takes what the request names, for this process.
func (w *Worker) claim(ctx context.Context, r hayon.ClaimRequest) ([]*hayon.Target, error) {
	return w.claimAfter(ctx, nil, r)
}

// step is something that a transaction does at now.
type step func(ctx context.Context, tx hayon.Tx, now time.Time) error

// claimAfter is claim after a step in the same transaction; nil: none. Neither is done while the clock
// cannot be trusted.
func (w *Worker) claimAfter(ctx context.Context, first step, r hayon.ClaimRequest) ([]*hayon.Target, error) {
	if !w.mayPublish() {
		return nil, nil
	}
	var claimed []*hayon.Target
	err := w.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		r.Now, r.Grace, r.Owner, r.Lease = wallNow(), w.cfg.Grace, w.deps.Owner, w.cfg.Lease
		r.CatchUpAfter, r.CatchUpEvery, r.ProbeEvery = w.cfg.CatchUpAfter, w.cfg.CatchUpEvery, w.cfg.ProbeEvery
		if first != nil {
			if err := first(ctx, tx, r.Now); err != nil {
				return err
			}
		}
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
		Post: t.Post, Target: t.ID, Account: t.Account, Platform: t.Platform,
		Generation: t.Generation, Attempt: t.Attempts + 1, Fence: t.Fence, Part: t.StepPart,
	}
}
