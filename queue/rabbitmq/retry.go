package rabbitmq

import (
	"math/rand/v2"
	"time"
)

// The waits between two tries to connect are chosen at random, so that many clients of a server that
// comes back do not come at once.
const (
	waitMin  = 500 * time.Millisecond
	waitSoon = 3 * time.Second  // at most, within soon after the loss
	waitLate = 30 * time.Second // at most, after that
	soon     = 10 * time.Minute
)

// wait is how long to wait before the next try to connect, so long after the loss; chance is in [0, 1).
func wait(since time.Duration, chance float64) time.Duration {
	most := waitSoon
	if since >= soon {
		most = waitLate
	}
	return waitMin + time.Duration(chance*float64(most-waitMin))
}

func chance() float64 {
	return rand.Float64() //nolint:gosec // it spreads waits and hides nothing
}

// retries spaces the channels that are opened in the place of ones that ended: the first follows at
// once, the next ones after longer and longer waits, until there was peace for a while.
type retries struct {
	count int
	last  time.Time
}

const (
	retryFirst = 50 * time.Millisecond
	retryMost  = 3 * time.Second
	peace      = 30 * time.Second
)

// next is how long to wait before the next try.
func (r *retries) next() time.Duration {
	now := time.Now()
	if now.Sub(r.last) > peace {
		r.count = 0
	}
	r.last = now
	if r.count++; r.count == 1 {
		return 0
	}
	most := retryMost
	if shift := r.count - 2; shift < 6 {
		most = min(retryFirst<<shift, retryMost)
	}
	return time.Duration((0.5 + chance()/2) * float64(most))
}
