package worker

import (
	"time"

	"github.com/hayon/hayon"
)

const (
	// maxRetryAfter caps what a platform may ask us to wait.
	maxRetryAfter = 24 * time.Hour
	// defaultRateWait is for a rate limit that does not say how long.
	defaultRateWait = time.Minute
	// spread is by how much a wait is varied, up and down.
	spread = 0.2
)

// vary spreads a wait by a fifth in both directions, so that what failed together does not come
// back together.
func (w *Worker) vary(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 - spread + 2*spread*w.cfg.Rand()))
}

// targetError is an error as a target keeps it; nil for nil.
func targetError(err *hayon.Error) *hayon.TargetError {
	if err == nil {
		return nil
	}
	return &hayon.TargetError{Code: err.Code, Message: err.Message, Hint: err.Hint}
}
