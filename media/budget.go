package media

import (
	"context"
	"runtime/debug"
	"sync"
)

// budget shares memory between fits: who asks for more than is left waits, in the order of asking, so
// that small ones cannot starve a large one.
type budget struct {
	total int64

	mu      sync.Mutex // guards what follows
	left    int64
	waiting []*waiter
}

type waiter struct {
	bytes int64
	ready chan struct{} // closed when the bytes are taken
}

func newBudget(total int64) *budget { return &budget{total: total, left: total} }

// acquire takes bytes, at most all there are, and waits for them. The caller gives them back by release.
func (b *budget) acquire(ctx context.Context, bytes int64) (release func(), err error) {
	bytes = min(bytes, b.total)
	b.mu.Lock()
	if len(b.waiting) == 0 && b.left >= bytes {
		b.left -= bytes
		b.mu.Unlock()
		return func() { b.release(bytes) }, nil
	}
	w := &waiter{bytes: bytes, ready: make(chan struct{})}
	b.waiting = append(b.waiting, w)
	b.mu.Unlock()
	select {
	case <-w.ready:
		return func() { b.release(bytes) }, nil
	case <-ctx.Done():
		b.forget(w)
		return nil, context.Cause(ctx)
	}
}

// release gives bytes back. Many of them are given back to the system at once: the collector alone
// would let the next fit double what is in use.
func (b *budget) release(bytes int64) {
	const many = 64 << 20
	if bytes >= many {
		debug.FreeOSMemory()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += bytes
	b.admit()
}

// forget takes back a waiter's place, or its bytes where it was served meanwhile.
func (b *budget) forget(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.waiting {
		if other == w {
			b.waiting = append(b.waiting[:i], b.waiting[i+1:]...)
			b.admit()
			return
		}
	}
	b.left += w.bytes
	b.admit()
}

// admit serves who waits, in order. The caller holds mu.
func (b *budget) admit() {
	for len(b.waiting) > 0 && b.waiting[0].bytes <= b.left {
		b.left -= b.waiting[0].bytes
		close(b.waiting[0].ready)
		b.waiting = b.waiting[1:]
	}
}
