package scheduler

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// Providers are the platforms that this Hayon knows.
type Providers interface {
	Find(platform string) (hayon.Provider, error)
	All() []hayon.Provider
}

// Deps are what a scheduler stands on. All but Ring, Backup, Fitter and Pages are required.
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
	// Ring sends one event to a webhook at once and answers what went wrong, for TestWebhook; nil: this
	// process sends none.
	Ring func(ctx context.Context, w *hayon.Webhook, secret hayon.Secret, e hayon.Event) error
	// Backup writes the archive of Store and Blobs, for WriteBackup; nil: this process writes none.
	Backup func(ctx context.Context, w io.Writer, r hayon.BackupRequest) error
	// Fitter fits media to what platforms take; nil: media go out as they came.
	Fitter Fitter
	// Pages reads pages for link cards; nil: there are none.
	Pages hayon.PageReader
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
	// Clock is what tells suspends and jumps from the passing of time. Default [hayon.SystemClock].
	Clock hayon.Clock
	// LoadZone answers the rules of a time zone as they are now. Default [when.LoadZone].
	LoadZone func(name string) (*time.Location, error)
	Logger   *slog.Logger
}

const (
	defaultLease = 90 * time.Second
	// keyLife is how long an Idempotency-Key stands for its post.
	keyLife = 7 * 24 * time.Hour
	// digestLife is how long the same text for the same account is taken for a mistake.
	digestLife = time.Hour
	// tick bounds every sleep until a due time: timers stand still while a machine is suspended.
	tick = 250 * time.Millisecond
	// probeEvery is how often a host that cannot be reached is tried, by those who deliver themselves too.
	probeEvery = 15 * time.Second
	// dueBatch is how many targets one transaction queues.
	dueBatch = 500
)

// Scheduler implements [hayon.Service] on a store. It is safe for concurrent use.
type Scheduler struct {
	deps    Deps
	cfg     Config
	log     *slog.Logger
	started time.Time
	guard   *guard
	zones   zones
	// mute has the accounts whose credentials' end could not be found out, and was told of.
	mute sync.Map
	// silent has, by account, when its server last did not tell what it allows.
	silent sync.Map
	// upkeep has one place: who writes a backup, checks or compacts does so alone.
	upkeep chan struct{}
	// broker is the one that Run was given, while it runs; nil: none.
	broker atomic.Pointer[hayon.Broker]
	full   full
	// recorded is what the collector has not heard of yet.
	recorded recorded
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
	if err := errors.Join(checkGrace(*cfg.Grace), checkIfLate(cfg.IfLate)); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Holding == nil {
		cfg.Holding = func() bool { return false }
	}
	if cfg.Clock.Wall == nil || cfg.Clock.Mono == nil {
		cfg.Clock = hayon.SystemClock()
	}
	if cfg.LoadZone == nil {
		cfg.LoadZone = when.LoadZone
	}
	return &Scheduler{
		deps: deps, cfg: cfg, log: cfg.Logger, started: time.Now(),
		guard: newGuard(cfg.Clock), zones: zones{load: cfg.LoadZone, digests: make(map[string]string)},
		upkeep: make(chan struct{}, 1),
	}, nil
}

// row is a journal row of what the actor does.
func row(a hayon.Actor, kind hayon.RowKind, now time.Time) *hayon.JournalRow {
	return &hayon.JournalRow{At: now.UTC(), Kind: kind, User: a.User, Source: a.Source, RequestID: a.RequestID}
}

// targetRow is a journal row of what the actor does to a target.
func targetRow(a hayon.Actor, kind hayon.RowKind, t *hayon.Target, now time.Time) *hayon.JournalRow {
	r := row(a, kind, now)
	r.Post, r.Target, r.Account, r.Platform = t.Post, t.ID, t.Account, t.Platform
	r.Generation, r.Fence = t.Generation, t.Fence
	return r
}

// move stores a change of a target's state that an actor made, with its journal row.
func move(ctx context.Context, tx hayon.Tx, a hayon.Actor, t *hayon.Target, to hayon.State, reason string, now time.Time) error {
	r := targetRow(a, hayon.RowState, t, now)
	r.From, r.To, r.Reason = t.State, to, reason
	t.Enter(to, now)
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	return tx.AppendJournal(ctx, r)
}
