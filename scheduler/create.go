package scheduler

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// pastSlack is how far in the past a time may lie and still mean now: a request takes its time.
const pastSlack = 30 * time.Second

// CreatePost checks and stores a post for each of its accounts, all or none. A best effort stores those
// that are invalid as failed.
func (s *Scheduler) CreatePost(ctx context.Context, c hayon.PostCreate) (*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	r, err := newRequest(c, s.now())
	if err != nil {
		return nil, err
	}
	if c.DryRun {
		return s.draw(ctx, actor, r)
	}
	s.freshenFacts(ctx, actor, r.To, r.Not)
	for range gatherRounds {
		if !r.plain {
			d, err := s.gatherFor(ctx, actor, r)
			if err == nil && d != nil && !r.BestEffort && (isAddress(r.ReplyTo) || isAddress(r.Quote)) {
				err = s.askAhead(ctx, d)
			}
			if err != nil {
				return nil, err
			}
		}
		post, err := s.createMade(ctx, actor, r)
		if !errors.Is(err, errMore) {
			return post, err
		}
		r.plain = false
	}
	return nil, changesTooFast()
}

// newRequest is a request as it is stored and checked, without what it is made of.
func newRequest(c hayon.PostCreate, now time.Time) (*request, error) {
	c.Text = text.Normalize(c.Text)
	c.Parts = slices.Clone(c.Parts)
	for i := range c.Parts {
		c.Parts[i] = text.Normalize(c.Parts[i])
	}
	if err := checkPoll(&c); err != nil {
		return nil, err
	}
	if err := checkRequest(c); err != nil {
		return nil, err
	}
	var err error
	if c.Schedule, err = meant(c.Schedule); err != nil {
		return nil, err
	}
	return &request{PostCreate: c, materials: newMaterials(c.DryRun), plain: isPlain(c), asked: now}, nil
}

// isPlain reports whether a post is most probably made of its text alone, so that it need not be composed
// to find that out.
func isPlain(c hayon.PostCreate) bool {
	texts := slices.Concat([]string{c.Text}, c.Parts, slices.Collect(maps.Values(c.Texts)))
	return len(c.Media) == 0 && !isAddress(c.Card) && c.Quote == "" && !isAddress(c.ReplyTo) &&
		!slices.ContainsFunc(texts, func(t string) bool { return firstLink(t) != "" })
}

// gatherFor makes what the post is made of, unless it was made before under its Idempotency-Key.
// It answers the post as it is composed then, nil where it was made before.
func (s *Scheduler) gatherFor(ctx context.Context, actor hayon.Actor, r *request) (d *composed, err error) {
	err = s.gather(ctx, r.materials, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		if known, err := liveKey(ctx, tx, actor.User, r.IdempotencyKey, now); known != nil || err != nil {
			return err
		}
		var err error
		d, err = s.composeMedia(ctx, tx, actor, r, now)
		return err
	})
	return d, err
}

// createMade stores the post in one transaction. errMore says that something is missing that is made
// before.
func (s *Scheduler) createMade(ctx context.Context, actor hayon.Actor, r *request) (*hayon.Post, error) {
	now := s.now() // after what may take its time
	if r.Undo > 0 {
		r.Schedule.At = now.Add(r.Undo).UTC()
	}
	var post *hayon.Post
	err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		r.materials.needed = needs{}
		var err error
		post, err = s.create(ctx, tx, actor, r, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return post, nil
}

// errMore takes back a transaction in which something turned out to be missing.
var errMore = errors.New("something is missing that is made outside of transactions")

// composeMedia composes a post with the media that are stored now.
func (s *Scheduler) composeMedia(ctx context.Context, tx hayon.Tx, actor hayon.Actor, r *request, now time.Time) (*composed, error) {
	var err error
	if r.media, err = attachments(ctx, tx, actor.User, r.PostCreate); err != nil {
		return nil, err
	}
	return s.compose(ctx, tx, actor, r, now)
}

// draw is the post as CreatePost would store it, without ids.
func (s *Scheduler) draw(ctx context.Context, actor hayon.Actor, r *request) (*hayon.Post, error) {
	var post *hayon.Post
	now := s.now()
	if r.Undo > 0 {
		r.Schedule.At = now.Add(r.Undo).UTC()
	}
	err := s.gather(ctx, r.materials, func(ctx context.Context, tx hayon.Tx) error {
		d, err := s.composeMedia(ctx, tx, actor, r, now)
		if err != nil {
			return err
		}
		repeat, err := keyTaken(ctx, tx, actor, r, now)
		if err != nil {
			return err
		}
		if !repeat { // what the key has made is no duplicate
			if err := s.refuseDuplicate(ctx, tx, r.PostCreate, d, now); err != nil {
				return err
			}
		}
		post = d.post
		post.Warnings, err = s.tooClose(ctx, tx, post)
		return err
	})
	if err != nil {
		return nil, err
	}
	withoutIDs(post)
	return post, nil
}

// keyTaken reports whether the Idempotency-Key of a dry run is one that has made a post. That it made another
// one is refused, as [Scheduler.CreatePost] would. Of media that are not stored nobody knows whether they are the same.
func keyTaken(ctx context.Context, tx hayon.Tx, actor hayon.Actor, r *request, now time.Time) (bool, error) {
	known, err := liveKey(ctx, tx, actor.User, r.IdempotencyKey, now)
	if known == nil || err != nil {
		return false, err
	}
	if slices.ContainsFunc(r.Media, func(m hayon.MediaInput) bool { return m.Facts != nil }) {
		return true, nil
	}
	c := r.PostCreate
	c.DryRun, c.Strangers = false, false
	return true, checkKey(known, requestDigest(c, r.media))
}

// checkKey refuses a key that was used for another request.
func checkKey(known *hayon.KeyRow, digest string) error {
	if known.Digest == digest {
		return nil
	}
	return hayon.Errorf(hayon.CodeConflict, "the idempotency key %q was used for another post, %s", known.Key, known.Post).
		WithHint("take a new key, or see what the key made: hayon show "+known.Post.String()).
		WithDetail("post", known.Post.String())
}

// withoutIDs takes from a post that is not stored what would look as if it were.
func withoutIDs(p *hayon.Post) {
	p.ID = hayon.PostID{}
	for _, t := range p.Targets {
		t.ID, t.Post = hayon.TargetID{}, hayon.PostID{}
	}
}

// create composes and stores in one transaction; a repeat under the same key answers the first post.
func (s *Scheduler) create(ctx context.Context, tx hayon.Tx, actor hayon.Actor, r *request, now time.Time) (*hayon.Post, error) {
	media, err := attachments(ctx, tx, actor.User, r.PostCreate)
	if err != nil {
		return nil, err
	}
	c := r.PostCreate
	digest := requestDigest(c, media)
	if post, err := s.repeated(ctx, tx, actor, c.IdempotencyKey, digest, now); post != nil || err != nil {
		return post, err
	}
	r.media = media
	d, err := s.compose(ctx, tx, actor, r, now)
	if err != nil {
		return nil, err
	}
	if r.materials.needed.any() {
		return nil, errMore
	}
	if err := s.refuseDuplicate(ctx, tx, c, d, now); err != nil {
		return nil, err
	}
	for _, a := range d.fresh {
		if err := tx.CreateAccount(ctx, a); err != nil {
			return nil, err
		}
	}
	if err := tx.CreatePost(ctx, d.post); err != nil {
		return nil, err
	}
	if err := s.remember(ctx, tx, actor, c, d, digest, now); err != nil {
		return nil, err
	}
	if err := s.start(ctx, tx, d.post, now); err != nil {
		return nil, err
	}
	post, err := tx.FindPostByID(ctx, d.post.ID)
	if err != nil {
		return nil, err
	}
	post.Warnings, err = s.tooClose(ctx, tx, post)
	return post, err
}

// liveKey is what an Idempotency-Key of a user has made, nil where it is new, or none.
func liveKey(ctx context.Context, tx hayon.Tx, user hayon.UserID, key string, now time.Time) (*hayon.KeyRow, error) {
	if key == "" {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	known, err := tx.FindKey(ctx, user, key)
	if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && now.Sub(known.At) > keyLife {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here, and so is a key that has lived its life
	}
	return known, err
}

// repeated answers the post that an Idempotency-Key stands for, nil where it is new.
func (s *Scheduler) repeated(ctx context.Context, tx hayon.Tx, actor hayon.Actor, key, digest string, now time.Time) (*hayon.Post, error) {
	known, err := liveKey(ctx, tx, actor.User, key, now)
	if known == nil || err != nil {
		return nil, err
	}
	if err := checkKey(known, digest); err != nil {
		return nil, err
	}
	return tx.FindPostByID(ctx, known.Post)
}

// remember writes what stops a second sending, and the journal row.
func (s *Scheduler) remember(ctx context.Context, tx hayon.Tx, actor hayon.Actor, c hayon.PostCreate, d *composed, digest string, now time.Time) error {
	if c.IdempotencyKey != "" {
		k := &hayon.KeyRow{User: actor.User, Key: c.IdempotencyKey, Digest: digest, Post: d.post.ID, At: now.UTC()}
		if err := tx.PutKey(ctx, k); err != nil {
			return err
		}
	}
	if zone := d.post.Schedule.Zone; zone != "" {
		if err := s.rememberZone(ctx, tx, zone); err != nil {
			return err
		}
	}
	if !c.Draft {
		for _, t := range d.post.Targets {
			if t.State == hayon.StateFailed { // the account gets nothing
				continue
			}
			if err := rememberContent(ctx, tx, t, c.Continue, now); err != nil {
				return err
			}
		}
	}
	r := row(actor, hayon.RowCreated, now)
	r.Post = d.post.ID
	r.Body = hayon.Encode(hayon.PostChange{Targets: len(d.post.Targets), Key: c.IdempotencyKey, Batch: c.Batch})
	if err := tx.AppendJournal(ctx, r); err != nil {
		return err
	}
	for _, t := range d.post.Targets {
		if t.State != hayon.StateFailed {
			continue
		}
		if err := tx.AppendJournal(ctx, refusedRow(actor, t, now)); err != nil {
			return err
		}
		if err := tx.AppendOutbox(ctx, hayon.RecordFor(t, now)); err != nil {
			return err
		}
	}
	return nil
}

// rememberContent notes that the account of a target gets this content, so that a repeat of it is refused.
func rememberContent(ctx context.Context, tx hayon.Tx, t *hayon.Target, continues bool, now time.Time) error {
	return tx.PutDigest(ctx, &hayon.DigestRow{Account: t.Account, Digest: contentDigest(t, continues), Post: t.Post, At: now.UTC()})
}

// refusedRow says why a target is not sent that would be refused.
func refusedRow(actor hayon.Actor, t *hayon.Target, now time.Time) *hayon.JournalRow {
	r := targetRow(actor, hayon.RowOutcome, t, now)
	r.To, r.Reason = t.State, t.Error.Message
	r.Body = hayon.Encode(hayon.Outcome{Error: t.Error})
	return r
}

// start claims queued targets for this process where it delivers by itself, and writes hints for
// the others.
func (s *Scheduler) start(ctx context.Context, tx hayon.Tx, p *hayon.Post, now time.Time) error {
	var refs []hayon.TargetRef
	for _, t := range p.Targets {
		if t.State == hayon.StateQueued {
			refs = append(refs, hayon.TargetRef{Target: t.ID, Generation: t.Generation})
		}
	}
	if len(refs) == 0 {
		return nil
	}
	claimed := make(map[hayon.TargetID]bool)
	if s.cfg.ClaimOwn {
		got, err := tx.ClaimTargets(ctx, hayon.ClaimRequest{
			Now: now.UTC(), Grace: s.cfg.GraceNow, ProbeEvery: probeEvery, Owner: s.deps.Owner, Lease: s.cfg.Lease, Targets: refs,
		})
		if err != nil {
			return err
		}
		for _, t := range got {
			claimed[t.ID] = true
		}
	}
	for _, t := range p.Targets {
		if t.State != hayon.StateQueued || claimed[t.ID] {
			continue
		}
		if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
			return err
		}
	}
	return nil
}

// refuseDuplicate takes the same text for the same account within an hour for the double Enter and
// the overlapping cron job that it nearly always is.
func (s *Scheduler) refuseDuplicate(ctx context.Context, tx hayon.Tx, c hayon.PostCreate, d *composed, now time.Time) error {
	if c.AllowDuplicate || c.Draft {
		return nil
	}
	for _, t := range d.post.Targets {
		if d.infos[t.Account].AllowDuplicate || t.State == hayon.StateFailed {
			continue
		}
		seen, err := sameText(ctx, tx, t, contentDigest(t, c.Continue), now)
		if err != nil {
			return err
		}
		if seen != nil && seen.Post != d.post.ID {
			when := "just now"
			if ago := now.Sub(seen.At).Round(time.Second); ago > 0 {
				when = ago.String() + " ago"
			}
			what := "got the same text"
			if d.post.Repost != "" {
				what = "reposted the same"
			}
			return hayon.Errorf(hayon.CodeConflict, "%s %s %s, as %s; nothing was stored",
				d.names[t.Account], what, when, seen.Post).
				WithHint("if it is no mistake: --allow-duplicate").
				WithDetail("post", seen.Post.String())
		}
	}
	return nil
}

// sameText finds a post that gave the target's account the same, by its digest, within an hour, nil for none.
// One that ended without going out does not count.
func sameText(ctx context.Context, tx hayon.Tx, t *hayon.Target, digest string, now time.Time) (*hayon.DigestRow, error) {
	seen, err := tx.FindDigest(ctx, t.Account, digest)
	if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && now.Sub(seen.At) >= digestLife {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	if err != nil {
		return nil, err
	}
	post, err := tx.FindPostByID(ctx, seen.Post)
	if err != nil {
		return nil, err
	}
	for _, old := range post.Targets {
		gone := old.State != hayon.StatePublished || !old.RemovedAt.IsZero()
		if old.Account == t.Account && gone && (old.State.Terminal() || saysOther(old, digest)) {
			return nil, nil //nolint:nilnil // it is not out and stays so
		}
	}
	return seen, nil
}

// saysOther reports whether a target that is not out has been given another content than that of a digest, so
// that its account will not get that.
func saysOther(t *hayon.Target, digest string) bool {
	return t.NextPart() == 0 && mayRevise(t) && contentDigest(t, false) != digest && contentDigest(t, true) != digest
}
