package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

const (
	// sweepTargets is how many targets the scheduler queues in one transaction.
	sweepTargets = 500
	// sweeps and creates are how often each is timed for each size.
	sweeps  = 9
	creates = 300
	// scaleDays is over how long posts are scheduled, from scaleFrom days on.
	scaleFrom = 2
	scaleDays = 300
	// createSeed draws the due times of those that are created meanwhile.
	createSeed = 2
)

// scaleSizes are how many posts are scheduled when sweep and create are timed, up to a million.
func (b *bench) scaleSizes() []int {
	return []int{b.count(10_000), b.count(100_000), b.count(1_000_000)}
}

// scale is the one database that grows to a million scheduled posts, for all who need it.
type scale struct {
	home
	posts int // scheduled ones that are in it by now
	took  time.Duration
}

// grown is that database with at least n scheduled posts.
func (b *bench) grown(ctx context.Context, n int) (*scale, error) {
	if b.scale == nil {
		b.scale = &scale{home: b.home("scale")}
	}
	s := b.scale
	if n <= s.posts {
		return s, nil
	}
	b.say("storing posts up to " + strconv.Itoa(n))
	begin := time.Now()
	if err := seeded(ctx, s.home, batch{n - s.posts, spread(n - s.posts)}); err != nil {
		return nil, err
	}
	s.posts, s.took = n, s.took+time.Since(begin)
	return s, nil
}

// spread spreads n due times evenly over the days of scheduled posts.
func spread(n int) func(int) time.Time {
	first := time.Now().AddDate(0, 0, scaleFrom)
	return func(i int) time.Time {
		return first.Add(scaleDays * 24 * time.Hour / time.Duration(n) * time.Duration(i)).Truncate(time.Millisecond)
	}
}

// measureScale times the due sweep and the creation of a post while ever more are scheduled.
func measureScale(ctx context.Context, b *bench) ([]row, error) {
	var rows []row
	var sweepTook, createTook []time.Duration
	sizes := b.scaleSizes()
	for _, n := range sizes {
		s, err := b.grown(ctx, n)
		if err != nil {
			return rows, err
		}
		swept, created, err := sweepAndCreate(ctx, s)
		if err != nil {
			return rows, err
		}
		sweepTook, createTook = append(sweepTook, median(swept)), append(createTook, median(created))
		rows = append(rows,
			fact(fmt.Sprint("sweep-", n), fmt.Sprintf("due sweep of %d, %s scheduled, median", sweepTargets, grouping(n)),
				millis(median(swept)), "ms", worst(swept)),
			fact(fmt.Sprint("create-", n), fmt.Sprintf("create a post, %s scheduled, median", grouping(n)),
				millis(median(created)), "ms", "p99 "+number(millis(quantile(created, 0.99)))+" ms; "+s.note()))
	}
	growth := func(took []time.Duration) float64 { return float64(took[len(took)-1]) / float64(took[0]) }
	return append(rows, b.figure("sweep-growth", growth(sweepTook), ""), b.figure("create-growth", growth(createTook), "")), nil
}

// note is how large the file is, and how long it took to make.
func (s *scale) note() string {
	note := "stored in " + s.took.Round(100*time.Millisecond).String()
	if info, err := os.Stat(s.database()); err == nil {
		note += ", " + number(float64(info.Size())/mib) + " MiB"
	}
	return note
}

func sweepAndCreate(ctx context.Context, sc *scale) (swept, created []time.Duration, err error) {
	err = inStore(ctx, sc.home, func(s hayon.Store) (err error) {
		c, err := newCore(ctx, sc.home, s)
		if err != nil {
			return err
		}
		if created, err = timeCreates(actor(ctx), c); err != nil {
			return err
		}
		sc.posts += len(created)
		swept, err = timeSweeps(ctx, s)
		return err
	})
	return swept, created, err
}

// timeCreates has one caller create posts, each on the disk before the next.
func timeCreates(ctx context.Context, c *core) ([]time.Duration, error) {
	due := dues(creates, time.Now().AddDate(0, 0, scaleFrom), scaleDays*24*time.Hour, createSeed)
	var took []time.Duration
	for i := range creates {
		start := time.Now()
		_, err := c.scheduler.CreatePost(ctx, hayon.PostCreate{
			Text: "Number " + strconv.Itoa(i), To: []string{hayon.AccountName(demo.Name, demoAlias(i%lanes))},
			Schedule: hayon.Schedule{At: due[i]},
		})
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

// timeSweeps stores posts that are due before all others and has them queued, as many at a time as the
// scheduler does. What it has queued it takes back.
func timeSweeps(ctx context.Context, s hayon.Store) ([]time.Duration, error) {
	due := time.Now().Add(24 * time.Hour)
	if err := seed(ctx, s, batch{sweeps * sweepTargets, always(due)}); err != nil {
		return nil, err
	}
	var took []time.Duration
	for range sweeps {
		var moved []*hayon.Target
		start := time.Now()
		err := s.Update(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
			moved, err = tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: due, Limit: sweepTargets})
			return err
		})
		took = append(took, time.Since(start))
		if err == nil && len(moved) != sweepTargets {
			err = fmt.Errorf("%d targets were queued, not %d", len(moved), sweepTargets)
		}
		if err != nil {
			return nil, err
		}
	}
	return took, takeBack(ctx, s)
}

// takeBack cancels what is queued, and forgets the hints.
func takeBack(ctx context.Context, s hayon.Store) error {
	return s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		queued, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{hayon.StateQueued}})
		if err != nil {
			return err
		}
		now := time.Now()
		for _, t := range queued {
			t.Enter(hayon.StateCancelled, now)
			if err := tx.UpdateTarget(ctx, t); err != nil {
				return err
			}
		}
		hints, err := tx.FindOutbox(ctx, 0, len(queued))
		seqs := make([]uint64, len(hints))
		for i, h := range hints {
			seqs[i] = h.Seq
		}
		return errors.Join(err, tx.DeleteOutbox(ctx, seqs))
	})
}

// grouping writes a count as 1,000,000.
func grouping(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
