package scheduler

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
	"github.com/hayon/hayon/when"
)

// pastSlack is how far in the past a time may lie and still mean now: a request takes its time.
const pastSlack = 30 * time.Second

const (
	// maxNote bounds a note, in bytes.
	maxNote = 2000
	// maxUndo is how long what is due now can be held back.
	maxUndo = 10 * time.Minute
)

// CreatePost checks and stores a post for each of its accounts, all or none.
func (s *Scheduler) CreatePost(ctx context.Context, c hayon.PostCreate) (*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	now := s.now()
	c.Text = text.Normalize(c.Text)
	c.Parts = slices.Clone(c.Parts)
	for i := range c.Parts {
		c.Parts[i] = text.Normalize(c.Parts[i])
	}
	if err := checkRequest(c); err != nil {
		return nil, err
	}
	if c.Schedule, err = meant(c.Schedule); err != nil {
		return nil, err
	}
	if c.Undo > 0 {
		c.Schedule.At = now.Add(c.Undo).UTC()
	}
	if c.DryRun {
		return s.draw(ctx, actor, c, now)
	}
	var post *hayon.Post
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		post, err = s.create(ctx, tx, actor, c, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return post, nil
}

// draw is the post as CreatePost would store it, without ids.
func (s *Scheduler) draw(ctx context.Context, actor hayon.Actor, c hayon.PostCreate, now time.Time) (*hayon.Post, error) {
	var post *hayon.Post
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		media, err := attachments(ctx, tx, actor.User, c)
		if err != nil {
			return err
		}
		d, err := s.compose(ctx, tx, actor, c, media, now)
		if err != nil {
			return err
		}
		if err := s.refuseDuplicate(ctx, tx, c, d, now); err != nil {
			return err
		}
		post = d.post
		return nil
	})
	if err != nil {
		return nil, err
	}
	post.ID = hayon.PostID{}
	for _, t := range post.Targets {
		t.ID, t.Post = hayon.TargetID{}, hayon.PostID{}
	}
	return post, nil
}

// create composes and stores in one transaction; a repeat under the same key answers the first post.
func (s *Scheduler) create(ctx context.Context, tx hayon.Tx, actor hayon.Actor, c hayon.PostCreate, now time.Time) (*hayon.Post, error) {
	media, err := attachments(ctx, tx, actor.User, c)
	if err != nil {
		return nil, err
	}
	digest := requestDigest(c, media)
	if c.IdempotencyKey != "" {
		if post, err := s.repeated(ctx, tx, actor, c.IdempotencyKey, digest, now); post != nil || err != nil {
			return post, err
		}
	}
	d, err := s.compose(ctx, tx, actor, c, media, now)
	if err != nil {
		return nil, err
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
	return tx.FindPostByID(ctx, d.post.ID)
}

// repeated answers the post that an Idempotency-Key stands for, nil where it is new.
func (s *Scheduler) repeated(ctx context.Context, tx hayon.Tx, actor hayon.Actor, key, digest string, now time.Time) (*hayon.Post, error) {
	known, err := tx.FindKey(ctx, actor.User, key)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	if err != nil {
		return nil, err
	}
	if now.Sub(known.At) > keyLife {
		return nil, nil //nolint:nilnil // the key has lived its life
	}
	if known.Digest != digest {
		return nil, hayon.Errorf(hayon.CodeConflict, "the idempotency key %q was used for another post, %s", key, known.Post).
			WithHint("take a new key, or see what the key made: hayon show "+known.Post.String()).
			WithDetail("post", known.Post.String())
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
			r := &hayon.DigestRow{Account: t.Account, Digest: contentDigest(t), Post: d.post.ID, At: now.UTC()}
			if err := tx.PutDigest(ctx, r); err != nil {
				return err
			}
		}
	}
	r := row(actor, hayon.RowCreated, now)
	r.Post = d.post.ID
	r.Body = hayon.Encode(hayon.PostChange{Targets: len(d.post.Targets), Key: c.IdempotencyKey})
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
	}
	return nil
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
		seen, err := sameText(ctx, tx, t, now)
		if err != nil {
			return err
		}
		if seen != nil {
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

// sameText finds a post that gave the target's account the same text within an hour, nil for none.
// One that ended without going out does not count.
func sameText(ctx context.Context, tx hayon.Tx, t *hayon.Target, now time.Time) (*hayon.DigestRow, error) {
	seen, err := tx.FindDigest(ctx, t.Account, contentDigest(t))
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
		if old.Account == t.Account && old.State.Terminal() && old.State != hayon.StatePublished {
			return nil, nil //nolint:nilnil // it is not out and stays so
		}
	}
	return seen, nil
}

// checkRequest refuses what cannot be meant, whatever the accounts are.
func checkRequest(c hayon.PostCreate) error {
	if len(c.To) == 0 && c.Repost == "" {
		return hayon.Errorf(hayon.CodeUsage, "no account is named for this post").
			WithHint("name one: --to site, or set post.to in the configuration")
	}
	if c.Repost != "" {
		if err := checkRepost(c); err != nil {
			return err
		}
	}
	if err := checkTime(c); err != nil {
		return err
	}
	if c.Draft && c.BestEffort {
		return hayon.Errorf(hayon.CodeUsage, "a draft is stored where all of it is valid, since nothing of it is sent").
			WithHint("leave out --best-effort, or --draft")
	}
	if len(c.Note) > maxNote {
		return hayon.Errorf(hayon.CodeUsage, "the note has %d bytes; at most %d are kept", len(c.Note), maxNote).WithHint("shorten it")
	}
	for _, m := range c.Media {
		if m.Focus == nil {
			continue
		}
		if err := m.Focus.Check(); err != nil {
			return err
		}
	}
	if len(c.IdempotencyKey) > 200 {
		return hayon.Errorf(hayon.CodeUsage, "the idempotency key has %d bytes; at most 200 are kept", len(c.IdempotencyKey))
	}
	for _, l := range c.Labels {
		if strings.TrimSpace(l) == "" {
			return hayon.Errorf(hayon.CodeUsage, "a label is empty")
		}
	}
	if c.IfLate != "" {
		if err := checkIfLate(c.IfLate); err != nil {
			return err
		}
	}
	if c.Grace != nil {
		return checkGrace(*c.Grace)
	}
	return nil
}

// checkTime refuses two times at once, and an undo of what it cannot hold back.
func checkTime(c hayon.PostCreate) error {
	switch {
	case c.Draft && !c.Schedule.IsZero():
		return hayon.Errorf(hayon.CodeUsage, "a draft has no time").WithHint("leave out --draft, or the time")
	case c.Undo == 0:
		return nil
	case c.Undo < 0 || c.Undo > maxUndo:
		return hayon.Errorf(hayon.CodeUsage, "%s is no time for changing one's mind", c.Undo).
			WithHint("give one up to " + maxUndo.String() + ", as in --undo 10s; for later there is --in")
	case c.Draft:
		return hayon.Errorf(hayon.CodeUsage, "a draft is not sent, so nothing holds it back").WithHint("leave out --draft, or --undo")
	case !c.Schedule.IsZero():
		return hayon.Errorf(hayon.CodeUsage, "what has a time can be cancelled until then").WithHint("leave out the time, or --undo")
	}
	return nil
}

func checkIfLate(p hayon.LatePolicy) error {
	if p.Valid() {
		return nil
	}
	known := make([]string, 0, len(hayon.LatePolicies()))
	for _, k := range hayon.LatePolicies() {
		known = append(known, string(k))
	}
	return hayon.Errorf(hayon.CodeUsage, "%q says nothing about what is late", string(p)).
		WithHint("take one of: " + strings.Join(known, ", "))
}

func checkGrace(d time.Duration) error {
	if d >= 0 && d <= hayon.MaxGrace {
		return nil
	}
	return hayon.Errorf(hayon.CodeUsage, "a grace window of %s is not possible", d).
		WithHint("give one from 0 to 7 days, as in --grace 2h")
}

// meant completes a schedule that has a wall clock: its zone is spelled as in the database of zones,
// and where only the wall clock was given, the instant is that of the rules of today.
func meant(sc hayon.Schedule) (hayon.Schedule, error) {
	if sc.Wall == "" && sc.Zone == "" {
		return sc, nil
	}
	at, err := when.Resolve(sc.Wall, sc.Zone)
	if err != nil {
		return sc, notMeant(err)
	}
	zone, err := when.LoadZone(sc.Zone)
	if err != nil {
		return sc, notMeant(err)
	}
	sc.Zone = zone.String()
	if sc.At.IsZero() {
		sc.At = at.UTC()
	}
	return sc, nil
}

func notMeant(err error) error {
	e := hayon.Errorf(hayon.CodeUsage, "%w; nothing was stored", err)
	if w, ok := errors.AsType[*when.Error](err); ok {
		e.Hint = w.Hint
	}
	return e
}

// requestDigest is what tells two requests under one Idempotency-Key apart. Media count by their
// bytes, since a repeat uploads them anew; an instant without a wall clock does not count, since
// "in 3 s" is another one each time.
func requestDigest(c hayon.PostCreate, media []hayon.Attachment) string {
	c.IdempotencyKey, c.Media = "", nil
	if c.Schedule.Wall == "" {
		c.Schedule.At = time.Time{}
	}
	type medium struct {
		SHA256, Alt string
		Focus       *hayon.Focus `json:",omitempty"`
	}
	request := struct {
		hayon.PostCreate
		Bytes []medium
	}{PostCreate: c}
	for _, m := range media {
		request.Bytes = append(request.Bytes, medium{m.SHA256, m.Alt, m.Focus})
	}
	b, err := json.Marshal(request)
	if err != nil { // strings, times and ids always marshal
		panic("hayon: a request does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// contentDigest tells whether an account got the same post before: its text and its media, or what it
// reposts. Options do not count: the same text for other readers is the same text.
func contentDigest(t *hayon.Target) string {
	h := sha256.New()
	for _, p := range t.Parts {
		_, _ = h.Write([]byte(text.Digest(p.Text)))
		for _, m := range p.Media {
			_, _ = h.Write([]byte(m.SHA256))
		}
		if p.Repost != nil {
			_, _ = h.Write([]byte(cmp.Or(p.Repost.URL, p.Repost.ID)))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
