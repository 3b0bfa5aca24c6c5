package local

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/hayon/hayon"
)

// The reasons why a message is dead-lettered.
const (
	reasonExpired  = "expired"
	reasonRejected = "rejected"
	reasonLimit    = "delivery_limit"
)

// Headers that tell of the first time that a message was dead-lettered.
const (
	headerFirstQueue    = "x-first-death-queue"
	headerFirstReason   = "x-first-death-reason"
	headerFirstExchange = "x-first-death-exchange"
)

// The names in an entry of [hayon.HeaderDeath].
const (
	deathQueue      = "queue"
	deathReason     = "reason"
	deathExchange   = "exchange"
	deathKeys       = "routing-keys"
	deathCount      = "count"
	deathTime       = "time"
	deathExpiration = "original-expiration"
)

// death is a message that its queue is done with and that is not yet where its dead letters go.
type death struct {
	queue   *queue
	message hayon.Message
	reason  string
}

// bury dead-letters an entry that has left the queue, where the queue has an exchange for that. It waits
// until the lock is given free, so that a queue that is at work is not changed by its own dead letters.
func (q *queue) bury(e *entry, reason string) {
	if q.buries {
		q.broker.dead = append(q.broker.dead, death{queue: q, message: e.message, reason: reason})
	}
}

// unlock gives the broker's lock free, after all dead letters are where they go.
func (b *Broker) unlock() {
	if len(b.dead) > 0 {
		b.deliverDead()
	}
	b.mu.Unlock()
}

// deliverDead routes the dead letters. Each may make room for others, and what has expired meanwhile
// joins them; it comes to an end because what dies by itself cannot go in circles.
func (b *Broker) deliverDead() {
	for i := 0; i < len(b.dead); i++ {
		d := b.dead[i]
		b.dead[i] = death{}
		if !b.closed {
			b.deliverDeath(d)
		}
	}
	b.dead = b.dead[:0]
	if cap(b.dead) > keepRoom {
		b.dead = nil
	}
}

// deliverDeath routes one dead letter. As with RabbitMQ, what no queue takes is gone, a queue that is full
// for who publishes takes dead letters, and one that the message has come from without anybody having
// rejected it gets it no more.
func (b *Broker) deliverDeath(d death) {
	q := d.queue
	e, ok := b.exchanges[q.exchange]
	if !ok {
		return
	}
	m := d.message
	deaths := deathsAfter(d, time.Now())
	m.Headers = headersAfter(d, deaths)
	m.Expiration = 0
	m.Exchange = q.exchange
	if q.rekeys {
		m.RoutingKey = q.key
	}
	if e.delays != nil && delayOf(m) > 0 {
		if !e.delays.full() {
			e.delays.keep(m)
		}
		return
	}
	var space [4]*queue
	for _, to := range e.route(m.RoutingKey, space[:0]) {
		if to.ready() < b.maxLength && !circles(to.name, d.reason, deaths) {
			to.add(&m)
		}
	}
}

// deathsAfter is the history of a message with its newest death in front. One of the same queue for the
// same reason is counted in the entry that is there.
func deathsAfter(d death, now time.Time) []any {
	old, _ := d.message.Headers[hayon.HeaderDeath].([]any)
	for i, v := range old {
		if entry, ok := v.(map[string]any); ok && entry[deathQueue] == d.queue.name && entry[deathReason] == d.reason {
			entry = maps.Clone(entry)
			count, _ := entry[deathCount].(int64)
			entry[deathCount] = count + 1
			return slices.Concat([]any{entry}, old[:i], old[i+1:])
		}
	}
	entry := map[string]any{
		deathQueue: d.queue.name, deathReason: d.reason,
		deathExchange: d.message.Exchange, deathKeys: []any{d.message.RoutingKey},
		deathCount: int64(1), deathTime: now.UTC().Truncate(time.Second),
	}
	if d.message.Expiration > 0 {
		entry[deathExpiration] = strconv.FormatInt(d.message.Expiration.Milliseconds(), 10)
	}
	return slices.Concat([]any{entry}, old)
}

// headersAfter are the headers of a dead letter.
func headersAfter(d death, deaths []any) map[string]any {
	h := make(map[string]any, len(d.message.Headers)+4)
	maps.Copy(h, d.message.Headers)
	if _, again := h[hayon.HeaderDeath]; !again {
		h[headerFirstQueue], h[headerFirstReason], h[headerFirstExchange] = d.queue.name, d.reason, d.message.Exchange
	}
	h[hayon.HeaderDeath] = deaths
	return h
}

// circles reports whether a message that died comes back to a queue with no rejection on the way: it
// would do so for ever.
func circles(queue, reason string, deaths []any) bool {
	if reason == reasonRejected {
		return false
	}
	for _, v := range deaths {
		entry, ok := v.(map[string]any)
		if !ok || entry[deathReason] == reasonRejected {
			return false
		}
		if entry[deathQueue] == queue {
			return true
		}
	}
	return false
}
