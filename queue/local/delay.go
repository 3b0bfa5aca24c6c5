package local

import (
	"container/heap"
	"maps"
	"math"
	"time"

	"github.com/hayon/hayon"
)

// delays are the messages of an exchange that are kept for a while, as the plugin for delayed messages
// does it.
type delays struct {
	broker   *Broker
	exchange *exchange
	waiting  delayHeap
	seq      uint64
	due      alarm
}

func newDelays(b *Broker, e *exchange) *delays {
	d := &delays{broker: b, exchange: e}
	d.due = alarm{broker: b, ring: d.release}
	return d
}

// full reports whether as many messages are kept as a queue holds.
func (d *delays) full() bool { return len(d.waiting) >= d.broker.maxLength }

// keep takes a message whose delay is more than 0.
func (d *delays) keep(m hayon.Message) {
	d.seq++
	heap.Push(&d.waiting, delayed{due: d.broker.now() + delayOf(m), seq: d.seq, message: m})
	d.due.set(d.waiting[0].due)
}

// release routes what is due. What no queue takes then is gone.
func (d *delays) release() {
	for len(d.waiting) > 0 && d.waiting[0].due <= d.broker.now() {
		m := heap.Pop(&d.waiting).(delayed).message //nolint:forcetypeassert // only these are in it
		// The plugin turns the sign, so that another delayed exchange does not delay it once more.
		m.Headers = maps.Clone(m.Headers)
		m.Headers[hayon.HeaderDelay] = -delayOf(m).Milliseconds()
		_ = d.broker.route(d.exchange, &m)
	}
	if len(d.waiting) > 0 {
		d.due.set(d.waiting[0].due)
	}
}

// delayOf is how long a message is kept; 0 where its header has none, is negative, or is so long that the
// plugin delivers at once.
func delayOf(m hayon.Message) time.Duration {
	n, ok := integer(m.Headers[hayon.HeaderDelay])
	if !ok || n < 0 || n > math.MaxUint32 {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// delayed is a message that is due later.
type delayed struct {
	due     time.Duration // on the clock of the broker
	seq     uint64
	message hayon.Message
}

// delayHeap has what is due first at its top, and of those due together what was published first.
type delayHeap []delayed

func (h delayHeap) Len() int { return len(h) }

func (h delayHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].seq < h[j].seq
}

func (h delayHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for package heap.
func (h *delayHeap) Push(x any) { *h = append(*h, x.(delayed)) } //nolint:forcetypeassert // only keep pushes

// Pop is for package heap.
func (h *delayHeap) Pop() any {
	old := *h
	n := len(old) - 1
	x := old[n]
	old[n] = delayed{}
	*h = old[:n]
	return x
}
