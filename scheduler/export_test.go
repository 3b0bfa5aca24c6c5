package scheduler

import (
	"context"

	"github.com/hayon/hayon"
)

// FreshenFacts is what a new post does before its transaction.
func (s *Scheduler) FreshenFacts(ctx context.Context, actor hayon.Actor, to, not []string) {
	s.freshenFacts(ctx, actor, to, not)
}

// Relay is one run over the outbox; it answers how many rows it took off.
func (s *Scheduler) Relay(ctx context.Context, broker hayon.Broker) (int, error) {
	s.guard.settle(s.guard.shakes)
	return s.relay(ctx, broker)
}

// BoundLetters is the chore that ends the oldest letters, with another bound.
func (s *Scheduler) BoundLetters(ctx context.Context, most int) error {
	return s.boundLetters(ctx, most)
}
