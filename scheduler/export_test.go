package scheduler

import (
	"context"

	"github.com/hayon/hayon"
)

// FreshenFacts is what a new post does before its transaction.
func (s *Scheduler) FreshenFacts(ctx context.Context, actor hayon.Actor, to, not []string) {
	s.freshenFacts(ctx, actor, to, not)
}
