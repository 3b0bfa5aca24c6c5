package scheduler

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

const (
	// mediaRest is how long a medium without a post, and what fitting one came to, is kept: it may have
	// been stored for one that is still being written.
	mediaRest = 24 * time.Hour
	// forgetBatch is how many rows one transaction forgets, so that nobody waits long for it.
	forgetBatch = 500
)

// alone runs fn when no other upkeep of this process does.
func (s *Scheduler) alone(ctx context.Context, fn func() error) error {
	select {
	case s.upkeep <- struct{}{}:
		defer func() { <-s.upkeep }()
		return fn()
	case <-ctx.Done():
		return hayon.Errorf(hayon.CodeTimeout, "a backup, check or compaction was under way for too long; nothing was done").
			WithHint("try again when it has ended").WithCause(context.Cause(ctx))
	}
}

// maintainer is the store, as one that can be looked after.
func (s *Scheduler) maintainer(ctx context.Context) (hayon.Maintainer, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	m, ok := s.deps.Store.(hayon.Maintainer)
	if !ok {
		return nil, hayon.Errorf(hayon.CodeUsage, "this database is looked after by its own tools and not by hayon").
			WithHint("use the tools of the database server")
	}
	return m, nil
}

// WriteBackup writes the archive. Media are not collected meanwhile.
func (s *Scheduler) WriteBackup(ctx context.Context, w io.Writer, r hayon.BackupRequest) error {
	if _, err := s.maintainer(ctx); err != nil {
		return err
	}
	if s.deps.Backup == nil {
		return hayon.Errorf(hayon.CodeInternal, "a backup cannot be written from here")
	}
	return s.alone(ctx, func() error { return s.deps.Backup(ctx, w, r) })
}

func (s *Scheduler) blobHashes(ctx context.Context) ([]string, error) {
	var hashes []string
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		hashes, err = tx.BlobHashes(ctx)
		return err
	})
	return hashes, err
}

// CompactStore collects media that nobody uses, then the free space of the database.
func (s *Scheduler) CompactStore(ctx context.Context) (*hayon.Compaction, error) {
	m, err := s.maintainer(ctx)
	if err != nil {
		return nil, err
	}
	done := new(hayon.Compaction)
	err = s.alone(ctx, func() error {
		before := s.now().Add(-mediaRest)
		err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			_, mediaErr := tx.PruneMedia(ctx, before)
			_, fitErr := tx.PruneFits(ctx, before) // those of media that are gone now go with them
			return errors.Join(mediaErr, fitErr)
		})
		if err != nil {
			return err
		}
		if err := s.collect(ctx, before, done); err != nil {
			return err
		}
		done.Before, done.After, err = m.Compact(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

// collect removes the bytes that the store does not need, and which were written before an instant. What
// is stored meanwhile is younger.
func (s *Scheduler) collect(ctx context.Context, before time.Time, done *hayon.Compaction) error {
	keeper, ok := s.deps.Blobs.(hayon.BlobKeeper)
	if !ok {
		return nil
	}
	known, err := s.blobHashes(ctx)
	if err != nil {
		return err
	}
	sizes := make(map[string]int64)
	err = keeper.List(ctx, func(hash string, bytes int64, written time.Time) error {
		if _, found := slices.BinarySearch(known, hash); !found && written.Before(before) {
			sizes[hash] = bytes
		}
		return nil
	})
	if err != nil {
		return err
	}
	for hash, bytes := range sizes {
		removed, err := keeper.Remove(ctx, hash, before)
		if err != nil {
			return err
		}
		if removed {
			done.Media++
			done.MediaBytes += bytes
		}
	}
	return nil
}

// errCounted ends a transaction that only counted.
var errCounted = errors.New("counted")

// PruneStore forgets posts that were deleted, then journal rows, in many transactions. A dry run does
// it in one and takes it back.
func (s *Scheduler) PruneStore(ctx context.Context, r hayon.PruneRequest) (*hayon.Pruned, error) {
	if _, err := s.maintainer(ctx); err != nil {
		return nil, err
	}
	switch {
	case r.Before.IsZero():
		return nil, hayon.Errorf(hayon.CodeUsage, "nobody said what is old").
			WithHint("say it, as in: hayon db prune --older-than 400d")
	case r.Before.After(s.now()):
		return nil, hayon.Errorf(hayon.CodeUsage, "%s has not come yet; nothing was forgotten", r.Before.Format(time.RFC3339)).
			WithHint("give a time that has passed")
	}
	done := new(hayon.Pruned)
	if r.DryRun {
		err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			var err error
			*done = hayon.Pruned{}
			if done.Posts, err = tx.PrunePosts(ctx, r.Before, 0); err != nil {
				return err
			}
			if done.Rows, err = tx.PruneJournal(ctx, r.Before, 0); err != nil {
				return err
			}
			return errCounted
		})
		if !errors.Is(err, errCounted) {
			return nil, err
		}
		return done, nil
	}
	steps := []struct {
		total *int
		prune func(tx hayon.Tx) func(ctx context.Context, before time.Time, limit int) (int, error)
	}{
		{&done.Posts, func(tx hayon.Tx) func(context.Context, time.Time, int) (int, error) { return tx.PrunePosts }},
		{&done.Rows, func(tx hayon.Tx) func(context.Context, time.Time, int) (int, error) { return tx.PruneJournal }},
	}
	for _, step := range steps {
		for n := forgetBatch; n == forgetBatch; *step.total += n {
			err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
				n, err = step.prune(tx)(ctx, r.Before, forgetBatch)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return done, nil
}
