package local

import (
	"bytes"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// MaxBodyBytes is the most that the body of a message may have.
const MaxBodyBytes = 1024

// MaxExpiration is the longest expiration of a message, to the millisecond.
const MaxExpiration = math.MaxUint32 * time.Millisecond

// confirmation is decided when Publish returns.
type confirmation struct{ err error }

// Wait answers at once, also when ctx is over: the outcome is known.
func (c confirmation) Wait(context.Context) error { return c.err }

// Publish puts m into every queue that is bound to its routing key, or into none: not_found where
// there is no such exchange, or no such queue and m is not optional; unavailable where a queue is full.
// These come by the confirmation; a body over [MaxBodyBytes] and an expiration that is negative or
// beyond [MaxExpiration] are invalid at once. The broker keeps copies of body and headers.
func (b *Broker) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	if len(m.Body) > MaxBodyBytes {
		return nil, hayon.Errorf(hayon.CodeInvalid, "message %q has a body of %d bytes; a broker carries at most %d", m.ID, len(m.Body), MaxBodyBytes)
	}
	if m.Expiration < 0 || m.Expiration > MaxExpiration {
		return nil, hayon.Errorf(hayon.CodeInvalid, "message %q cannot expire after %v; it is 0 to %v", m.ID, m.Expiration, MaxExpiration)
	}
	b.mu.Lock()
	defer b.unlock()
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	err := b.publish(&m)
	b.counters.publish(err)
	return confirmation{err: err}, nil
}

// publish may change m.
func (b *Broker) publish(m *hayon.Message) error {
	e, ok := b.exchanges[m.Exchange]
	if !ok {
		return hayon.Errorf(hayon.CodeNotFound, "message %q was not taken: the broker has no exchange %q", m.ID, m.Exchange).
			WithHint("declare the topology first")
	}
	if m.Expiration > 0 {
		m.Expiration = max(m.Expiration.Truncate(time.Millisecond), time.Millisecond)
	}
	if e.delays == nil || delayOf(*m) == 0 {
		return b.route(e, m)
	}
	if e.delays.full() {
		return hayon.Errorf(hayon.CodeUnavailable, "message %q was not taken: exchange %q keeps %d messages and is full", m.ID, m.Exchange, len(e.delays.waiting))
	}
	e.delays.keep(clone(*m))
	return nil
}

// route puts a copy of m into every queue that takes it, or into none.
func (b *Broker) route(e *exchange, m *hayon.Message) error {
	var space [4]*queue
	queues := e.route(m.RoutingKey, space[:0])
	if len(queues) == 0 {
		if m.Optional {
			return nil
		}
		return hayon.Errorf(hayon.CodeNotFound, "message %q was not taken: no queue is bound to exchange %q with key %q", m.ID, m.Exchange, m.RoutingKey)
	}
	for _, q := range queues {
		if q.full() {
			return hayon.Errorf(hayon.CodeUnavailable, "message %q was not taken: a queue for key %q holds %d messages and is full", m.ID, m.RoutingKey, q.ready())
		}
	}
	mine := clone(*m)
	mine.Optional = false // it concerned the publishing alone
	for _, q := range queues {
		q.add(&mine)
	}
	return nil
}

// clone copies what two owners of a message would otherwise share.
func clone(m hayon.Message) hayon.Message {
	m.Body = bytes.Clone(m.Body)
	m.Headers = cloneTable(m.Headers)
	return m
}

// cloneTable copies headers. What is in it has the types then that a message has which came over AMQP.
func cloneTable(t map[string]any) map[string]any {
	t = maps.Clone(t)
	for k, v := range t {
		t[k] = cloneField(v)
	}
	return t
}

func cloneField(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneTable(v)
	case []any:
		l := slices.Clone(v)
		for i := range l {
			l[i] = cloneField(l[i])
		}
		return l
	case []byte:
		return bytes.Clone(v)
	case int:
		return int64(v)
	}
	return v
}
