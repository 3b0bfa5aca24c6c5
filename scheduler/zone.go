package scheduler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// zoneBatch is how many posts one transaction moves after a change of a zone's rules.
const zoneBatch = 100

// zones remembers the digests of time zones' rules.
type zones struct {
	load func(name string) (*time.Location, error)

	mu      sync.Mutex // guards digests
	digests map[string]string
}

// zoneDigest is the digest of a zone's rules, as this process last read them.
func (s *Scheduler) zoneDigest(name string) (string, error) {
	s.zones.mu.Lock()
	digest, ok := s.zones.digests[name]
	s.zones.mu.Unlock()
	if ok {
		return digest, nil
	}
	_, digest, err := s.zones.read(name)
	return digest, err
}

// read answers a zone by its rules of now, and their digest.
func (z *zones) read(name string) (*time.Location, string, error) {
	loc, err := z.load(name)
	if err != nil {
		return nil, "", err
	}
	digest := digestOf(loc)
	z.mu.Lock()
	defer z.mu.Unlock()
	z.digests[name] = digest
	return loc, digest, nil
}

// digestOf is made of all offsets of a zone from 2020 to 2050 and of when they begin. Names and
// abbreviations do not count: they move no post.
func digestOf(loc *time.Location) string {
	sum := sha256.New()
	end := time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC); at.Before(end); {
		_, offset := at.In(loc).Zone()
		_, _ = fmt.Fprintf(sum, "%d %d\n", at.Unix(), offset)
		at = nextOffset(at, end, loc)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// nextOffset is when the offset of at changes, or end. A period of a zone may be followed by one of
// the same offset.
func nextOffset(at, end time.Time, loc *time.Location) time.Time {
	_, offset := at.In(loc).Zone()
	for at.Before(end) {
		_, next := at.In(loc).ZoneBounds()
		if next.IsZero() || !next.After(at) {
			return end
		}
		at = next
		if _, o := at.In(loc).Zone(); o != offset {
			return at
		}
	}
	return end
}

// rememberZone notes with which rules the posts of a zone are scheduled. What is known already
// stays: posts that were scheduled by older rules have not been moved yet.
func (s *Scheduler) rememberZone(ctx context.Context, tx hayon.Tx, name string) error {
	known, err := tx.FindZones(ctx)
	if err != nil || slices.ContainsFunc(known, func(z hayon.Zone) bool { return z.Name == name }) {
		return err
	}
	digest, err := s.zoneDigest(name)
	if err != nil {
		return err
	}
	return tx.PutZone(ctx, hayon.Zone{Name: name, Digest: digest})
}

// checkZones moves the scheduled posts of each zone whose rules are others than those that they were
// scheduled by. One zone that cannot be read, or moved, keeps back no other.
func (s *Scheduler) checkZones(ctx context.Context) error {
	var known []hayon.Zone
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		known, err = tx.FindZones(ctx)
		return err
	})
	if err != nil {
		return err
	}
	var failed error
	for _, z := range known {
		loc, digest, err := s.zones.read(z.Name)
		if err == nil && digest != z.Digest {
			err = s.moveZone(ctx, hayon.Zone{Name: z.Name, Digest: digest}, loc)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("time zone %s: %w", z.Name, err))
		}
	}
	return failed
}

// moveZone moves all scheduled posts of a zone and then stores its new digest. When it is broken off
// the next one begins again, and finds nothing to do with what was moved.
func (s *Scheduler) moveZone(ctx context.Context, z hayon.Zone, loc *time.Location) error {
	owners, err := s.owners(ctx)
	if err != nil {
		return err
	}
	moved := 0
	for _, owner := range owners {
		n, err := s.moveOwner(ctx, owner, z.Name, loc)
		moved += n
		if err != nil {
			return err
		}
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.PutZone(ctx, z) })
	if err == nil {
		s.log.Info("the rules of a time zone changed; its posts were moved", "zone", z.Name, "targets", moved)
	}
	return err
}

// owners are the users that have accounts.
func (s *Scheduler) owners(ctx context.Context) ([]hayon.UserID, error) {
	var owners []hayon.UserID
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		accounts, err := tx.FindAccounts(ctx, hayon.AccountFilter{})
		owners = nil
		for _, a := range accounts {
			if !slices.Contains(owners, a.Owner) {
				owners = append(owners, a.Owner)
			}
		}
		return err
	})
	return owners, err
}

// moveOwner goes through the posts of an owner that may have scheduled targets.
func (s *Scheduler) moveOwner(ctx context.Context, owner hayon.UserID, zone string, loc *time.Location) (moved int, err error) {
	page := hayon.PostFilter{
		Owner: owner, Limit: zoneBatch,
		States: []hayon.PostState{hayon.PostScheduled, hayon.PostPublishing, hayon.PostUncertain},
	}
	for {
		var posts []*hayon.Post
		err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
			var err error
			posts, err = tx.FindPosts(ctx, page)
			return err
		})
		if err != nil || len(posts) == 0 {
			return moved, err
		}
		page.Before = posts[len(posts)-1].ID
		n, err := s.movePosts(ctx, posts, zone, loc)
		moved += n
		if err != nil {
			return moved, err
		}
	}
}

// movePosts moves those of a batch that are in the zone, in one transaction, and answers how many
// targets moved.
func (s *Scheduler) movePosts(ctx context.Context, posts []*hayon.Post, zone string, loc *time.Location) (moved int, err error) {
	posts = slices.DeleteFunc(posts, func(p *hayon.Post) bool { return wallAt(p, zone, loc).Equal(p.Schedule.At) })
	if len(posts) == 0 {
		return 0, nil
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		moved = 0
		for _, p := range posts {
			n, err := s.movePost(ctx, tx, p.ID, zone, loc)
			if err != nil {
				return err
			}
			moved += n
		}
		return nil
	})
	return moved, err
}

// wallAt is when the wall clock of a post comes by these rules; its own time where it has none, or
// one in another zone.
func wallAt(p *hayon.Post, zone string, loc *time.Location) time.Time {
	if p.Schedule.Zone != zone {
		return p.Schedule.At
	}
	at, err := when.ResolveIn(p.Schedule.Wall, loc)
	if err != nil {
		return p.Schedule.At
	}
	return at.UTC()
}

// movePost gives the scheduled targets of a post the time that its wall clock has by these rules.
// Targets with a time of their own keep it.
func (s *Scheduler) movePost(ctx context.Context, tx hayon.Tx, id hayon.PostID, zone string, loc *time.Location) (moved int, err error) {
	p, err := tx.FindPostByID(ctx, id)
	if err != nil {
		return 0, err
	}
	now, old, at := s.now(), p.Schedule.At, wallAt(p, zone, loc)
	if at.Equal(old) {
		return 0, nil
	}
	reason := fmt.Sprintf("the rules of %s changed: %s there is %s now, and was %s", zone, p.Schedule.Wall,
		at.Format(time.RFC3339), old.UTC().Format(time.RFC3339))
	for _, t := range p.Targets {
		if t.State != hayon.StateScheduled || !t.Due.Equal(old) {
			continue
		}
		if err := reschedule(ctx, tx, t, at, reason, now); err != nil {
			return 0, err
		}
		moved++
	}
	if moved == 0 {
		return 0, nil
	}
	p.Schedule.At, p.UpdatedAt = at, now
	return moved, tx.UpdatePost(ctx, p)
}

// reschedule gives a scheduled target another due time.
func reschedule(ctx context.Context, tx hayon.Tx, t *hayon.Target, due time.Time, reason string, now time.Time) error {
	t.Generation++
	t.Due = due
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	r := row(hayon.Actor{User: t.Owner, Source: hayon.SourceWorker}, hayon.RowChanged, now)
	r.Post, r.Target, r.Account, r.Platform = t.Post, t.ID, t.Account, t.Platform
	r.Generation, r.Fence, r.Reason = t.Generation, t.Fence, reason
	return tx.AppendJournal(ctx, r)
}
