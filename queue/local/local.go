package local

import (
	"context"
	"sync"

	"github.com/hayon/hayon"
)

// DefaultMaxLength is how many messages a queue holds ready where nothing else is said.
const DefaultMaxLength = 1_000_000

// Config is how a broker differs from the usual one. The zero value works.
type Config struct {
	// MaxLength is how many messages each queue holds ready at most; 0 means [DefaultMaxLength]. An
	// x-max-length that is smaller counts instead.
	MaxLength int
}

// Broker is a broker in memory. Make one by [New]. It is safe for concurrent use.
type Broker struct {
	maxLength int

	// mu guards everything below, and all fields of exchanges, queues, consumers and deliveries.
	// Channels of consumers are written to, emptied and closed only while it is held; none of that
	// blocks, because a channel has room for the whole prefetch.
	mu        sync.Mutex
	closed    bool
	exchanges map[string]*exchange
	queues    map[string]*queue

	// ends counts the consumers whose context is still watched.
	ends sync.WaitGroup
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
	return &Broker{
		maxLength: c.MaxLength,
		exchanges: make(map[string]*exchange),
		queues:    make(map[string]*queue),
	}, nil
}

// Depth is how much is in a queue. What lies in a consumer's channel is unacknowledged.
func (b *Broker) Depth(ctx context.Context, name string) (hayon.QueueDepth, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
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
		b.closed = true
		for _, q := range b.queues {
			for _, c := range q.consumers {
				c.finish()
				if c.unwatch() {
					b.ends.Done()
				}
			}
		}
		b.exchanges, b.queues = nil, nil
	}
	b.mu.Unlock()
	b.ends.Wait()
	return nil
}

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

// Browse shows what waits in a queue.
func (b *Broker) Browse(context.Context, string, int, func(hayon.Message) (bool, error)) error {
	return hayon.Errorf(hayon.CodeInternal, "not built")
}

// State tells how the broker is.
func (b *Broker) State() hayon.BrokerState {
	return hayon.BrokerState{Kind: hayon.BrokerLocal, Connected: true}
}
