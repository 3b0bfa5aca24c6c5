package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// Config tunes [Metrics]. The zero value works.
type Config struct {
	// Version is that of the program.
	Version string
	// Logger takes what a person should know; nil: nobody listens.
	Logger *slog.Logger
	// Actor is whose events are counted; the zero value is the local user.
	Actor hayon.Actor
	// Streams is how many event streams are open; nil: that is not shown.
	Streams func() int
	// Ready is what must work besides the service, asked by /readyz; nil: nothing else.
	Ready func(ctx context.Context) error
	// AllowRemote lets other machines ask. They are not asked who they are.
	AllowRemote bool
}

// Metrics watches a service. It is safe for concurrent use.
type Metrics struct {
	svc     hayon.Service
	cfg     Config
	log     *slog.Logger
	started time.Time

	lateness, commits *histogram

	status *question[*hayon.Status]
	broker *question[*hayon.BrokerStatus]

	mu       sync.Mutex // guards what is below
	attempts map[series]uint64
	lookups  map[series]uint64
	retries  map[string]uint64 // by platform
	updates  uint64
}

// series is what attempts and look-ups are counted by.
type series struct{ platform, outcome string }

// maxPlatforms bounds the platforms that are counted apart; the rest are "other".
const maxPlatforms = 100

// New makes metrics for svc, which is required.
func New(svc hayon.Service, cfg Config) (*Metrics, error) {
	if svc == nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "metrics need a service")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Actor.User.IsZero() {
		cfg.Actor = hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceAPI}
	}
	return &Metrics{
		svc: svc, cfg: cfg, log: cfg.Logger, started: time.Now(),
		lateness: newHistogram(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 86400),
		commits:  newHistogram(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
		status:   newQuestion(svc.Status, patience, "the service does not say how it is doing"),
		broker:   newQuestion(svc.BrokerStatus, brokerPatience, "the service does not say how its broker is"),
		attempts: make(map[series]uint64), lookups: make(map[series]uint64), retries: make(map[string]uint64),
	}, nil
}

// ObserveCommit counts a commit of the store that took d and carried the changes of n callers.
func (m *Metrics) ObserveCommit(d time.Duration, n int) {
	m.commits.observe(d)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.updates += uint64(max(n, 0))
}

const (
	firstWait = time.Second
	lastWait  = 30 * time.Second
)

// Run counts what happens from now on until ctx ends, which is no error. Where events cannot be read
// it says so and tries again; none is missed by that.
func (m *Metrics) Run(ctx context.Context) error {
	ctx = hayon.WithActor(ctx, m.cfg.Actor)
	f := follower{m: m}
	wait := firstWait
	for {
		err := f.follow(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it is the end that the caller wanted
		}
		if f.heard {
			wait = firstWait
		}
		m.log.WarnContext(ctx, "events are not counted at the moment; it is tried again", slog.Duration("in", wait), slog.Any("err", err))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		wait = min(2*wait, lastWait)
	}
}

// follower is how far Run has come.
type follower struct {
	m     *Metrics
	begun bool   // after is known
	after uint64 // the last event that was counted, or the newest when Run began
	heard bool   // something was counted since the last try
}

func (f *follower) follow(ctx context.Context) error {
	f.heard = false
	if !f.begun {
		seq, err := f.m.svc.LastSeq(ctx)
		if err != nil {
			return err
		}
		f.after, f.begun = seq, true
	}
	for e, err := range f.m.svc.Events(ctx, hayon.EventFilter{After: f.after, Kinds: kinds()}) {
		if err != nil {
			return err
		}
		f.after, f.heard = e.Seq, true
		f.m.count(&e)
	}
	return nil
}

// kinds are the events that say how attempts go.
func kinds() []hayon.EventKind {
	return []hayon.EventKind{
		hayon.EventState, hayon.EventPublished, hayon.EventFailed, hayon.EventMissed, hayon.EventUncertain,
		hayon.EventParked, hayon.EventStep,
	}
}

// count adds an event.
func (m *Metrics) count(e *hayon.Event) {
	// Later parts and later attempts are late because of the ones before them.
	if e.Step == hayon.RowSending && e.Part == 0 && e.Attempt <= 1 {
		m.lateness.observe(e.Late)
	}
	outcome, retry := outcomeOf(e), e.To == hayon.StateRetryWait && e.From != e.To
	if outcome == "" && !retry {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	platform := m.platform(e.Platform)
	if retry {
		m.retries[platform]++
	}
	switch {
	case outcome == "":
	case e.From == hayon.StateUncertain:
		m.lookups[series{platform, outcome}]++
	default:
		m.attempts[series{platform, outcome}]++
	}
}

// platform is the name under which a platform is counted. m.mu is held.
func (m *Metrics) platform(name string) string {
	if _, ok := m.retries[name]; ok {
		return name
	}
	if len(m.retries) >= maxPlatforms {
		name = "other"
	}
	m.retries[name] += 0 // one series for each platform that was met
	return name
}

// outcomeOf is what an attempt or a look-up came to; "" for an event that ends neither.
func outcomeOf(e *hayon.Event) string {
	if e.Step != hayon.RowOutcome || e.From == "" { // what was invalid from the start was never tried
		return ""
	}
	switch e.To {
	case hayon.StatePublished:
		return "published"
	case hayon.StateFailed:
		return "rejected"
	case hayon.StateRetryWait:
		return "retry"
	case hayon.StateUncertain:
		return "uncertain"
	case hayon.StateParked:
		return "parked"
	case hayon.StateMissed:
		return "missed"
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateCancelled:
	}
	return ""
}
