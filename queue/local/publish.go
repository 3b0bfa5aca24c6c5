package local

import (
	"bytes"
	"context"
	"maps"

	"github.com/hayon/hayon"
)

// MaxBodyBytes is the most that the body of a message may have.
const MaxBodyBytes = 1024

// confirmation is decided when Publish returns.
type confirmation struct{ err error }

// Wait answers at once, also when ctx is over: the outcome is known.
func (c confirmation) Wait(context.Context) error { return c.err }

// Publish puts m into every queue that is bound to its routing key, or into none: not_found where
// there is no such exchange or queue, unavailable where a queue is full. These come by the
// confirmation; a body over [MaxBodyBytes] is invalid at once. The broker keeps copies of body and
// headers.
func (b *Broker) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	if len(m.Body) > MaxBodyBytes {
		return nil, hayon.Errorf(hayon.CodeInvalid, "message %q has a body of %d bytes; a broker carries at most %d", m.ID, len(m.Body), MaxBodyBytes)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	return confirmation{err: b.publish(m)}, nil
}

func (b *Broker) publish(m hayon.Message) error {
	e, ok := b.exchanges[m.Exchange]
	if !ok {
		return hayon.Errorf(hayon.CodeNotFound, "message %q was not taken: the broker has no exchange %q", m.ID, m.Exchange).
			WithHint("declare the topology first")
	}
	var space [4]*queue
	queues := e.route(m.RoutingKey, space[:0])
	if len(queues) == 0 {
		return hayon.Errorf(hayon.CodeNotFound, "message %q was not taken: no queue is bound to exchange %q with key %q", m.ID, m.Exchange, m.RoutingKey)
	}
	for _, q := range queues {
		if q.full() {
			return hayon.Errorf(hayon.CodeUnavailable, "message %q was not taken: a queue for key %q holds %d messages and is full", m.ID, m.RoutingKey, q.ready())
		}
	}
	m = clone(m)
	for _, q := range queues {
		q.add(m)
	}
	return nil
}

// clone copies what two owners of a message would otherwise share.
func clone(m hayon.Message) hayon.Message {
	m.Body = bytes.Clone(m.Body)
	m.Headers = maps.Clone(m.Headers)
	return m
}
