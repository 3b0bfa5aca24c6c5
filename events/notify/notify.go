package notify

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

// awayFor is how long a desktop without a notification service is left alone.
const awayFor = time.Minute

// DefaultKinds are the events that somebody has to know or do something about.
func DefaultKinds() []hayon.EventKind {
	return slices.DeleteFunc(hayon.NoticeKinds(), func(k hayon.EventKind) bool { return k == hayon.EventPublished })
}

// Config of a [Desktop]; its zero value works.
type Config struct {
	// Kinds are the events to show; none: [DefaultKinds].
	Kinds []hayon.EventKind
	// Bus is the address of the session bus, where there are such; "": that of the environment.
	Bus string
}

// Desktop shows notices. It is safe for concurrent use.
type Desktop struct {
	kinds  []hayon.EventKind
	screen screen

	mu   sync.Mutex // guards what follows
	away time.Time  // until then nobody is asked
	last error      // why
}

var (
	_ events.Sink    = (*Desktop)(nil)
	_ events.Limited = (*Desktop)(nil)
)

// New makes the sink and asks nobody yet.
func New(cfg Config) *Desktop {
	if len(cfg.Kinds) == 0 {
		cfg.Kinds = DefaultKinds()
	}
	return &Desktop{kinds: cfg.Kinds, screen: screen{bus: cfg.Bus}}
}

// Name is the name of its cursor.
func (d *Desktop) Name() string { return events.NotifyPrefix + "desktop" }

// Kinds are the events that it shows.
func (d *Desktop) Kinds() []hayon.EventKind { return d.kinds }

// Policy leaves the desktop its time.
func (d *Desktop) Policy() events.Policy { return events.Policy{Timeout: 2 * limit, Tries: 1} }

// Deliver shows a notice, or tells that it cannot be shown, which a repeat does not mend.
func (d *Desktop) Deliver(ctx context.Context, n events.Notice) error {
	if err := d.absent(time.Now()); err != nil {
		return events.Drop(err)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := d.screen.show(limited, compose(n))
	if err == nil || ctx.Err() != nil {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errSlow
	}
	return events.Drop(d.leave(time.Now(), err))
}

var errSlow = errors.New("it did not answer within " + limit.String())

// absent is why the desktop is left alone at now, or nil.
func (d *Desktop) absent(now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now.Before(d.away) {
		return d.last
	}
	return nil
}

// leave leaves the desktop alone for a while and answers why.
func (d *Desktop) leave(now time.Time, err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = now.Add(awayFor)
	d.last = hayon.Errorf(hayon.CodeUnavailable, "notices on the desktop are not available: %w", err).
		WithHint("turn them off: hayon config set notify.desktop false")
	return d.last
}
