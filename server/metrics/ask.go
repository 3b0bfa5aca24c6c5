package metrics

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// fresh is how old the answer of the service may be.
	fresh = time.Second
	// patience bounds all questions of one scrape together. Prometheus asks for ten seconds at most by
	// default.
	patience = 5 * time.Second
	// brokerPatience bounds the question for the broker within that: a page without its queues is better
	// than one that comes too late.
	brokerPatience = 2 * time.Second
)

// question is what one asks at a time and at most once a second, whoever wants to know.
type question[T any] struct {
	ask      func(context.Context) (T, error)
	patience time.Duration
	silent   string // the error where no answer came in time

	asking chan struct{} // holds a token while somebody asks, and guards what is below
	at     time.Time
	answer T
	err    error
}

func newQuestion[T any](ask func(context.Context) (T, error), patience time.Duration, silent string) *question[T] {
	return &question[T]{ask: ask, patience: patience, silent: silent, asking: make(chan struct{}, 1)}
}

// get is what the service said within the last second, or says now.
func (q *question[T]) get(ctx context.Context) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, q.patience)
	defer cancel()
	select {
	case q.asking <- struct{}{}:
		defer func() { <-q.asking }()
	case <-ctx.Done():
		var none T
		return none, hayon.Errorf(hayon.CodeTimeout, "%s", q.silent).WithHint("look with: hayon daemon status")
	}
	if !q.at.IsZero() && time.Since(q.at) < fresh {
		return q.answer, q.err
	}
	answer, err := q.ask(ctx)
	if ctx.Err() == nil { // what is cut off says nothing about the service
		q.at, q.answer, q.err = time.Now(), answer, err
	}
	return answer, err
}
