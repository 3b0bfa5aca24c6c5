package scheduler

import (
	"context"
	"fmt"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// tooClose tells of other posts that wait for a time that is closer to that of this one, on the same
// account, than the account's minimum gap.
func (s *Scheduler) tooClose(ctx context.Context, tx hayon.Tx, p *hayon.Post) ([]string, error) {
	var out []string
	for _, t := range p.Targets {
		if t.State != hayon.StateScheduled {
			continue
		}
		a, err := tx.FindAccountByID(ctx, t.Account)
		if hayon.CodeOf(err) == hayon.CodeNotFound { // it needs no sign-in and comes into being with its first post
			continue
		}
		if err != nil {
			return nil, err
		}
		near, err := neighbour(ctx, tx, t, a.MinGap())
		if err != nil {
			return nil, err
		}
		if near == nil {
			continue
		}
		other, err := tx.FindPostByID(ctx, near.Post)
		if err == nil {
			err = shorten(ctx, tx, other)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, gapWarning(a, t, near, other.Short()))
	}
	return out, nil
}

// neighbour is a target of the same account and another post that is due within the gap; nil for none.
func neighbour(ctx context.Context, tx hayon.Tx, t *hayon.Target, gap time.Duration) (*hayon.Target, error) {
	if gap <= 0 {
		return nil, nil //nolint:nilnil // nothing is too close then
	}
	found, err := tx.FindTargets(ctx, hayon.TargetFilter{
		States: []hayon.State{hayon.StateScheduled}, Account: t.Account, Limit: 2,
		WakeAfter: t.Due.Add(time.Nanosecond - gap), WakeBefore: t.Due.Add(gap - time.Nanosecond),
	})
	for _, other := range found {
		if other.Post != t.Post {
			return other, err
		}
	}
	return nil, err
}

func gapWarning(a *hayon.Account, t, near *hayon.Target, other string) string {
	apart := "at the same time"
	switch d := near.Due.Sub(t.Due); {
	case d > 0:
		apart = when.Humanize(d) + " later"
	case d < 0:
		apart = when.Humanize(-d) + " earlier"
	}
	return fmt.Sprintf("%s goes out on %s %s: that is less than its gap of %s (hayon account set %s --gap)",
		other, a.Name, apart, when.Humanize(a.MinGap()), a.Name)
}
