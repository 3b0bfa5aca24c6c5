package rabbitmq

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
)

// Broker is a RabbitMQ server. Make one by [Open]. It is safe for concurrent use.
type Broker struct {
	cfg Config
	at  endpoint
	log *slog.Logger
	// delayedKind is [hayon.ExchangeDelayed]; a test of what needs the plugin puts another type there.
	delayedKind string

	// closing is closed when the broker is to end, and work counts what runs until then: the
	// supervisor and the consumers.
	closing chan struct{}
	once    sync.Once
	work    crew

	counters counters
	// stuck is the last exchange that took a message for nobody; nil once it takes one.
	stuck atomic.Pointer[stuckExchange]

	// mu guards everything below. No call to the library and no wait happens while it is held.
	mu sync.Mutex
	// session is the one that calls are served by; nil while there is none.
	session *session
	// changed is closed when session changes, and replaced.
	changed chan struct{}
	// topology is what was declared, under its names on the server, and edition counts its changes.
	topology hayon.Topology
	edition  int
	// delayed: the server has [hayon.PostDelayedExchange].
	delayed bool

	server     string
	since      time.Time
	sessions   int
	problem    *hayon.Error // why there is no session
	blocking   blocking
	consumers  map[*consumer]struct{}
	subscribed map[*subscription]struct{}
}

var _ hayon.Broker = (*Broker)(nil)

// openTimeout bounds how long [Open] waits for a server.
const openTimeout = 10 * time.Second

// Open connects to the server that cfg names. ctx bounds the opening alone.
//
// A server that cannot be reached is no error: the broker goes on trying, and its State tells why. A
// server that refuses us for good is: unauthenticated for a wrong password or a certificate that is not
// valid, not_found or forbidden for the vhost, invalid for [hayon.DelayPlugin] where the plugin is
// missing, conflict for an exchange of another type in the place of [hayon.PostDelayedExchange].
// Whatever happens later, nothing gives up.
func Open(ctx context.Context, cfg Config) (hayon.Broker, error) {
	b, err := open(ctx, cfg, hayon.ExchangeDelayed)
	if err != nil {
		return nil, err
	}
	return b, nil
}

func open(ctx context.Context, cfg Config, delayedKind string) (*Broker, error) {
	cfg, at, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	b := &Broker{
		cfg: cfg, at: at, delayedKind: delayedKind,
		log:     cfg.Logger.With("broker", at.String()),
		closing: make(chan struct{}), changed: make(chan struct{}),
		since:      time.Now(),
		consumers:  make(map[*consumer]struct{}),
		subscribed: make(map[*subscription]struct{}),
	}
	first, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	s, err := b.connect(first)
	switch {
	case err == nil:
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the broker was not opened: the wait for it ended").WithCause(ctx.Err())
	case !transient(err):
		return nil, err
	default:
		b.lost(err)
	}
	b.work.start(func() { b.supervise(context.WithoutCancel(ctx), s) })
	return b, nil
}

// Close ends all consumers and the connections. Messages that are unacknowledged or were not received
// go back to their queues, and confirmations that have not come are unknown. It returns within a few
// seconds, when nothing of the broker runs any more; closing again does nothing.
func (b *Broker) Close() error {
	b.once.Do(func() { close(b.closing) })
	b.work.end()
	return nil
}

func (b *Broker) closed() bool {
	select {
	case <-b.closing:
		return true
	default:
		return false
	}
}

// name is what an exchange or queue is called on the server. The default exchange has no name.
func (b *Broker) name(s string) string {
	if s == "" {
		return ""
	}
	return b.cfg.Prefix + s
}

// usable reports why a call cannot be served, if so.
func (b *Broker) usable(ctx context.Context) error {
	if b.closed() {
		return errBrokerClosed()
	}
	if err := ctx.Err(); err != nil {
		return hayon.Errorf(hayon.CodeUnavailable, "the broker was not asked: the time for it was over").WithCause(err)
	}
	return nil
}

func errBrokerClosed() *hayon.Error {
	return hayon.Errorf(hayon.CodeUnavailable, "the broker is closed")
}

// connected answers the session, or why there is none.
func (b *Broker) connected(ctx context.Context) (*session, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != nil {
		return b.session, nil
	}
	return nil, b.away()
}

// away says why there is no session. The caller holds mu.
func (b *Broker) away() *hayon.Error {
	if b.problem == nil {
		return hayon.Errorf(hayon.CodeUnavailable, "there is no connection to the broker at %s yet", b.at).WithHint(hintReach)
	}
	return hayon.Errorf(hayon.CodeUnavailable, "%s", b.problem.Message).WithHint(b.problem.Hint).WithCause(b.problem)
}

// next waits for a session; nil where ctx or the broker ends first.
func (b *Broker) next(ctx context.Context) *session {
	for {
		b.mu.Lock()
		s, changed := b.session, b.changed
		b.mu.Unlock()
		if s != nil && !s.ended() {
			return s
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		case <-b.closing:
			return nil
		}
	}
}
