package local

import (
	"context"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// DefaultMaxLength is how many messages a queue holds ready where nothing else is said.
const DefaultMaxLength = 1_000_000

// Config is how a broker differs from the usual one. The zero value works.
type Config struct {
	// MaxLength is how many messages each queue holds ready at most; 0 means [DefaultMaxLength]. An
	// x-max-length that is smaller counts instead, for all but dead letters.
	MaxLength int
	// Delayed: exchanges of the kind x-delayed-message are known, as on a RabbitMQ that has the plugin.
	Delayed bool
}

// Broker is a broker in memory. Make one by [New]. It is safe for concurrent use.
type Broker struct {
	maxLength int
	delayed   bool
	start     time.Time

	// mu guards everything below, and all fields of exchanges, queues, consumers and deliveries.
	// Channels of consumers are written to, emptied and closed only while it is held; none of that
	// blocks, because a channel has room for the whole prefetch. It is given free by unlock.
	mu        sync.Mutex
	closed    bool
	since     time.Time // when the broker was opened or closed
	exchanges map[string]*exchange
	queues    map[string]*queue
	counters  counters
	// dead are the messages that queues are done with since the lock was taken; none while it is free.
	dead []death

	// running counts the consumers whose context is still watched, and the alarms that are set.
	running sync.WaitGroup
}

var _ hayon.Broker = (*Broker)(nil)

// New makes a broker without exchanges and queues. A negative length is invalid.
func New(c Config) (*Broker, error) {
	if c.MaxLength < 0 {
		return nil, hayon.Errorf(hayon.CodeInvalid, "a queue cannot hold %d messages", c.MaxLength)
	}
	if c.MaxLength == 0 {
		c.MaxLength = DefaultMaxLength
	}
	now := time.Now()
	return &Broker{
		maxLength: c.MaxLength,
		delayed:   c.Delayed,
		start:     now,
		since:     now,
		exchanges: make(map[string]*exchange),
		queues:    make(map[string]*queue),
	}, nil
}

// Depth is how much is in a queue. What lies in a consumer's channel is unacknowledged.
func (b *Broker) Depth(ctx context.Context, name string) (hayon.QueueDepth, error) {
	b.mu.Lock()
	defer b.unlock()
	if err := b.usable(ctx); err != nil {
		return hayon.QueueDepth{}, err
	}
	q, err := b.queue(name)
	if err != nil {
		return hayon.QueueDepth{}, err
	}
	return hayon.QueueDepth{Ready: q.ready(), Unacked: q.unacked, Consumers: len(q.consumers)}, nil
}

// Close ends all consumers and forgets all messages. It returns when nothing of the broker runs any
// more; closing again does nothing.
func (b *Broker) Close() error {
	b.mu.Lock()
	if !b.closed {
		b.closed, b.since = true, time.Now()
		for _, q := range b.queues {
			q.expiry.stop()
			for _, c := range q.consumers {
				c.finish()
				if c.unwatch() {
					b.running.Done()
				}
			}
		}
		for _, e := range b.exchanges {
			if e.delays != nil {
				e.delays.due.stop()
			}
		}
		b.exchanges, b.queues = nil, nil
	}
	b.unlock()
	b.running.Wait()
	return nil
}

// now is the time on the clock of the broker, which no change of the wall clock moves.
func (b *Broker) now() time.Duration { return time.Since(b.start) }

// usable reports why a call cannot be served, if so. The caller holds mu.
func (b *Broker) usable(ctx context.Context) error {
	if b.closed {
		return hayon.Errorf(hayon.CodeUnavailable, "the broker is closed")
	}
	if err := ctx.Err(); err != nil {
		return hayon.Errorf(hayon.CodeUnavailable, "the broker was not asked: the time for it was over").WithCause(err)
	}
	return nil
}

// queue finds a queue. The caller holds mu.
func (b *Broker) queue(name string) (*queue, error) {
	if q, ok := b.queues[name]; ok {
		return q, nil
	}
	return nil, hayon.Errorf(hayon.CodeNotFound, "the broker has no queue %q", name).
		WithHint("declare the topology first")
}
