package local

import (
	"cmp"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// entry is a message in one queue.
type entry struct {
	seq     uint64 // the place in the queue
	message hayon.Message
	// expires is when it is over with the message, on the clock of the broker; 0: never.
	expires time.Duration
	// returned is how often who had received the message gave it back.
	returned int32
}

// queue holds entries in the order of publishing. Its methods are called with the broker's lock held.
type queue struct {
	settings

	broker *Broker
	name   string
	args   map[string]any

	seq uint64
	// fresh[head:] have never left the queue. What was given back is in returned, in order too, and
	// is always older than every fresh one.
	fresh    []*entry
	head     int
	returned []*entry
	unacked  int

	consumers []*consumer
	next      int // the consumer whose turn it is

	// expiry is set while the queue waits for a consumer and its head can expire.
	expiry alarm
}

func newQueue(b *Broker, name string, args map[string]any, s settings) *queue {
	q := &queue{settings: s, broker: b, name: name, args: args}
	q.expiry = alarm{broker: b, ring: q.dispatch}
	return q
}

func (q *queue) ready() int { return len(q.fresh) - q.head + len(q.returned) }

func (q *queue) full() bool { return q.ready() >= q.limit }

// add puts a new message at the tail.
func (q *queue) add(m *hayon.Message) {
	q.seq++
	e := &entry{seq: q.seq, message: *m}
	if q.ttl > 0 || m.Expiration > 0 {
		e.expires = q.broker.now() + q.lifetime(m)
	}
	q.fresh = append(q.fresh, e)
	q.dispatch()
}

// lifetime is how long a message may wait, where the queue or the message has a bound: the smaller one.
func (q *queue) lifetime(m *hayon.Message) time.Duration {
	if q.ttl == 0 || m.Expiration > 0 && m.Expiration < q.ttl {
		return m.Expiration
	}
	return q.ttl
}

// giveBack puts an entry into its old place.
func (q *queue) giveBack(e *entry) {
	i, _ := slices.BinarySearchFunc(q.returned, e.seq, func(have *entry, seq uint64) int { return cmp.Compare(have.seq, seq) })
	q.returned = slices.Insert(q.returned, i, e)
}

// requeue gives back what somebody had received, unless that has been so too often.
func (q *queue) requeue(e *entry) {
	e.returned++
	if q.bounded && int64(e.returned) > q.returns {
		q.bury(e, reasonLimit)
		return
	}
	q.giveBack(e)
}

// peek is the oldest entry, nil where none is ready.
func (q *queue) peek() *entry {
	if len(q.returned) > 0 {
		return q.returned[0]
	}
	if q.head < len(q.fresh) {
		return q.fresh[q.head]
	}
	return nil
}

// take removes the oldest entry; the queue must have one ready.
func (q *queue) take() *entry {
	if len(q.returned) > 0 {
		e := q.returned[0]
		q.returned[0] = nil
		q.returned = q.returned[1:]
		return e
	}
	e := q.fresh[q.head]
	q.fresh[q.head] = nil
	q.head++
	switch {
	case q.head == len(q.fresh):
		q.fresh, q.head = q.fresh[:0], 0
		if cap(q.fresh) > keepRoom {
			q.fresh = nil
		}
	case q.head >= keepRoom && q.head > len(q.fresh)/2:
		q.fresh, q.head = append([]*entry(nil), q.fresh[q.head:]...), 0
	}
	return e
}

// keepRoom is how many places an empty queue keeps for the messages to come.
const keepRoom = 4096

// expire buries what has expired at the head and answers the entry that is the head then, nil where none
// is ready. What has expired behind an entry that has not waits with it.
func (q *queue) expire() *entry {
	for {
		e := q.peek()
		if e == nil || e.expires == 0 || q.broker.now() < e.expires {
			return e
		}
		q.bury(q.take(), reasonExpired)
	}
}

// dispatch hands out what is ready to the consumers that may hold more, in turns.
func (q *queue) dispatch() {
	for e := q.expire(); e != nil; e = q.expire() {
		c := q.turn()
		if c == nil {
			if e.expires != 0 {
				q.expiry.set(e.expires)
			}
			return
		}
		q.take()
		q.unacked++
		c.deliver(e)
	}
}

// turn is the next consumer that may hold another message, nil when none may.
func (q *queue) turn() *consumer {
	for i := range q.consumers {
		at := (q.next + i) % len(q.consumers)
		if c := q.consumers[at]; c.held < c.prefetch {
			q.next = at + 1
			return c
		}
	}
	return nil
}
