package scheduler

import (
	"context"
	"log/slog"
	"time"

	"github.com/hayon/hayon"
)

// Providers are the platforms that this Hayon knows.
type Providers interface {
	Find(platform string) (hayon.Provider, error)
	All() []hayon.Provider
}

// Deps are what a scheduler stands on. All are required.
type Deps struct {
	Store     hayon.Store
	Blobs     hayon.Blobs
	Vault     hayon.Vault
	Providers Providers
	// Sessions opens the session of an account; it asks nobody.
	Sessions func(*hayon.Account) hayon.Session
	// Owner is this process.
	Owner hayon.Owner
	// Alive reports whether a process that may hold a lease still runs. It answers true when it
	// cannot know, as for a process of another machine.
	Alive func(hayon.Owner) bool
}

// Config adjusts a scheduler; its zero value works.
type Config struct {
	// ClaimOwn makes CreatePost and RetryPost claim what is to go out now for this process, because
	// it delivers it itself. The lease lasts for Lease.
	ClaimOwn bool
	Lease    time.Duration // default 90 s
	// Grace and IfLate are the defaults of new targets. Default 1 h, and ask.
	Grace  *time.Duration
	IfLate hayon.LatePolicy
	// GraceNow is used in the place of each target's own grace window, where set.
	GraceNow *time.Duration
	// Version is this program's version, for Status.
	Version string
	// Holding reports whether this process keeps the database to itself, for Status; nil: no.
	Holding func() bool
	Logger  *slog.Logger
}

const (
	defaultLease = 90 * time.Second
	// keyLife is how long an Idempotency-Key stands for its post.
	keyLife = 7 * 24 * time.Hour
	// digestLife is how long the same text for the same account is taken for a mistake.
	digestLife = time.Hour
	// tick bounds every sleep until a due time: timers stand still while a machine is suspended.
	tick = 250 * time.Millisecond
	// dueBatch is how many targets one transaction queues.
	dueBatch = 500
)

// Scheduler implements [hayon.Service] on a store. It is safe for concurrent use.
type Scheduler struct {
	deps    Deps
	cfg     Config
	log     *slog.Logger
	started time.Time
}

var _ hayon.Service = (*Scheduler)(nil)

// New makes a scheduler. It starts nothing.
func New(deps Deps, cfg Config) (*Scheduler, error) {
	if deps.Store == nil || deps.Blobs == nil || deps.Vault == nil || deps.Providers == nil ||
		deps.Sessions == nil || deps.Owner.IsZero() || deps.Alive == nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "scheduler: a dependency is missing")
	}
	if cfg.Lease <= 0 {
		cfg.Lease = defaultLease
	}
	if cfg.Grace == nil {
		grace := hayon.DefaultGrace
		cfg.Grace = &grace
	}
	if cfg.IfLate == "" {
		cfg.IfLate = hayon.LateAsk
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Holding == nil {
		cfg.Holding = func() bool { return false }
	}
	return &Scheduler{deps: deps, cfg: cfg, log: cfg.Logger, started: time.Now()}, nil
}

// Status counts what waits.
func (s *Scheduler) Status(ctx context.Context) (*hayon.Status, error) {
	st := &hayon.Status{
		Version: s.cfg.Version, Owner: s.deps.Owner, StartedAt: s.started.UTC(), Holding: s.cfg.Holding(),
	}
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		overdue := time.Now().Add(-sweepAfter)
		counts := []struct {
			state hayon.State
			into  *int
			late  bool
		}{
			{hayon.StateScheduled, &st.Scheduled, true},
			{hayon.StateQueued, &st.Queued, true},
			{hayon.StatePublishing, &st.Publishing, false},
			{hayon.StateRetryWait, &st.RetryWait, true},
			{hayon.StateUncertain, &st.Uncertain, false},
		}
		st.Overdue = 0
		for _, c := range counts {
			n, err := tx.CountTargets(ctx, c.state, time.Time{})
			if err != nil {
				return err
			}
			*c.into = n
			if !c.late {
				continue
			}
			if n, err = tx.CountTargets(ctx, c.state, overdue); err != nil {
				return err
			}
			st.Overdue += n
		}
		var err error
		if st.Outbox, err = tx.CountOutbox(ctx); err != nil {
			return err
		}
		st.Next, err = tx.NextWake(ctx, hayon.StateScheduled, time.Time{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return st, nil
}

// row is a journal row of what the actor does.
func row(a hayon.Actor, kind hayon.RowKind, now time.Time) *hayon.JournalRow {
	return &hayon.JournalRow{At: now.UTC(), Kind: kind, User: a.User, Source: a.Source, RequestID: a.RequestID}
}

// move stores a change of a target's state that an actor made, with its journal row.
func move(ctx context.Context, tx hayon.Tx, a hayon.Actor, t *hayon.Target, to hayon.State, reason string, now time.Time) error {
	r := row(a, hayon.RowState, now)
	r.Post, r.Target, r.Account, r.Generation, r.Fence = t.Post, t.ID, t.Account, t.Generation, t.Fence
	r.From, r.To, r.Reason = t.State, to, reason
	t.Enter(to, now)
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	return tx.AppendJournal(ctx, r)
}
