package events

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

// The prefixes of the names of sinks. A [Dispatcher] deletes cursors under these names whose sinks are
// gone, and no others.
const (
	HookPrefix    = "hook/"
	WebhookPrefix = "webhook/"
	NotifyPrefix  = "notify/"
)

// Sink is somebody outside who is told of events. It is used by one goroutine at a time.
type Sink interface {
	// Name is the name of the sink's [hayon.Cursor]: one of the prefixes of this package and what tells
	// the sink apart from others. It stays the same as long as the sink is the same for its user.
	Name() string
	// Kinds are the events that it gets; none: [hayon.NoticeKinds].
	Kinds() []hayon.EventKind
	// Deliver tells of one event and answers nil when the sink has it. It returns soon after ctx ends.
	// An error means that the event is delivered again later, under the same id, unless it is one of
	// [Drop] or [Gone]; a [hayon.Error] with RetryAfter says how much later at least. The message of the
	// error is stored and shown to the user.
	Deliver(ctx context.Context, n Notice) error
}

// Limited is a [Sink] with a policy of its own.
type Limited interface {
	Policy() Policy
}

// Owned is a [Sink] of one user, who sees the events of that user alone. Without it, and for the zero
// user, a sink gets everybody's.
type Owned interface {
	Owner() hayon.UserID
}

// Policy says how long an event is tried. The zero value of a field means its default.
type Policy struct {
	// Timeout bounds one delivery; default [DefaultTimeout].
	Timeout time.Duration
	// Tries is how often an event is delivered before it is given up; default: only For counts.
	Tries int
	// For is how old an event may become before it is given up; default [DefaultFor].
	For time.Duration
}

// The defaults of a [Policy].
const (
	DefaultTimeout = 30 * time.Second
	DefaultFor     = 24 * time.Hour
)

func policyOf(s Sink) Policy {
	var p Policy
	if l, ok := s.(Limited); ok {
		p = l.Policy()
	}
	if p.Timeout <= 0 {
		p.Timeout = DefaultTimeout
	}
	if p.For <= 0 {
		p.For = DefaultFor
	}
	return p
}

// exhausted reports whether an event that has failed this often is given up.
func (p Policy) exhausted(tries int, at, now time.Time) bool {
	return p.Tries > 0 && tries >= p.Tries || !now.Before(at.Add(p.For))
}

// Drop marks the error of a delivery that a repeat would not mend: the event is given up at once.
func Drop(err error) error { return &failure{err: err} }

// Gone marks the error of a delivery to a sink that wants nothing any more. Its cursor is disabled, and
// stays so until somebody clears that.
func Gone(err error) error { return &failure{err: err, gone: true} }

// failure is an error that decides what follows.
type failure struct {
	err  error
	gone bool
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// retryAfter is what the failed delivery asks to wait at least.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}
