package local

import (
	"cmp"
	"slices"

	"github.com/hayon/hayon"
)

// entry is a message in one queue.
type entry struct {
	seq         uint64 // the place in the queue
	message     hayon.Message
	redelivered bool
}

// queue holds entries in the order of publishing. Its methods are called with the broker's lock held.
type queue struct {
	args  map[string]any
	limit int

	seq uint64
	// fresh[head:] have never left the queue. What was given back is in returned, in order too, and
	// is always older than every fresh one.
	fresh    []*entry
	head     int
	returned []*entry
	unacked  int

	consumers []*consumer
	next      int // the consumer whose turn it is
}

func (q *queue) ready() int { return len(q.fresh) - q.head + len(q.returned) }

func (q *queue) full() bool { return q.ready() >= q.limit }

// add puts a new message at the tail.
func (q *queue) add(m hayon.Message) {
	q.seq++
	q.fresh = append(q.fresh, &entry{seq: q.seq, message: m})
	q.dispatch()
}

// giveBack puts an entry into its old place.
func (q *queue) giveBack(e *entry) {
	i, _ := slices.BinarySearchFunc(q.returned, e.seq, func(have *entry, seq uint64) int { return cmp.Compare(have.seq, seq) })
	q.returned = slices.Insert(q.returned, i, e)
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

// dispatch hands out what is ready to the consumers that may hold more, in turns.
func (q *queue) dispatch() {
	for q.ready() > 0 {
		c := q.turn()
		if c == nil {
			return
		}
		c.held++
		q.unacked++
		e := q.take()
		c.deliveries <- &delivery{consumer: c, entry: e, redelivered: e.redelivered}
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
