package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/hayon/hayon"
)

// maxProblems bounds what Check reports.
const maxProblems = 20

// Check reads every row, derives every index anew and compares, then lets bbolt check its pages.
// What it finds is one local error with the problems as its cause and in its details.
func (d *DB) Check(ctx context.Context) error {
	if _, err := d.enter(ctx); err != nil {
		return err
	}
	d.writing.Lock() // bbolt's own check looks at what its writer changes
	defer d.writing.Unlock()
	c := &checker{}
	err := d.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		c.t = tx.(*Tx) //nolint:forcetypeassert // View gives nothing else
		if err := c.rows(ctx); err != nil {
			return err
		}
		c.indexes()
		if len(c.problems) > 0 {
			return nil // pages are not worth a look, and bbolt's check may not survive them
		}
		for err := range c.t.tx.Check() {
			c.add("%v", err)
		}
		return nil
	})
	if err != nil || len(c.problems) == 0 {
		return err
	}
	return hayon.Errorf(hayon.CodeLocal, "the database %s contradicts itself: %s", d.path, c.problems[0]).
		WithHint("put a copy of it in its place").
		WithDetail("problems", c.problems).
		WithCause(errors.New(fmt.Sprint(c.problems))) //nolint:err113 // for the log
}

type checker struct {
	t        *Tx
	want     map[string]map[string][]byte // index bucket, key: value
	problems []string
}

func (c *checker) add(format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, fmt.Sprintf(format, args...))
	}
}

func (c *checker) expect(es []entry) {
	for _, e := range es {
		m := c.want[string(e.bucket)]
		if _, twice := m[string(e.key)]; twice {
			c.add("%s: two rows want the key %x", e.bucket, e.key)
		}
		m[string(e.key)] = e.value
	}
}

// rows reads every row and notes what the indexes must hold.
func (c *checker) rows(ctx context.Context) error {
	c.want = make(map[string]map[string][]byte)
	for _, name := range indexBuckets() {
		c.want[string(name)] = make(map[string][]byte)
	}
	for _, step := range []func(context.Context) error{c.posts, c.targets, c.journal, c.accounts, c.groups, c.others} {
		if err := ctx.Err(); err != nil {
			return ctxError(ctx)
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func each[T any](t *Tx, bucket []byte, what string, fn func(k []byte, v *T)) error {
	for k, b := range t.from(bucket, nil, nil) {
		v, err := decode[T](what, b)
		if err != nil {
			return err
		}
		fn(k, v)
	}
	return nil
}

func (c *checker) posts(context.Context) error {
	var failed error
	err := each(c.t, bucketPosts, "post", func(k []byte, p *hayon.Post) {
		if !bytes.Equal(k, p.ID[:]) {
			c.add("post %s stands under another id", p.ID)
		}
		targets, err := c.t.placedTargets(p.ID)
		if err != nil {
			failed = err
			return
		}
		for _, pl := range targets {
			if !p.DeletedAt.IsZero() && !pl.state.Terminal() {
				c.add("post %s was deleted, and its target %s is %s", p.ID, pl.id, pl.state)
			}
		}
		c.expect(postEntries(p, targets))
	})
	return errors.Join(err, failed)
}

func (c *checker) targets(ctx context.Context) error {
	pos := make(map[hayon.TargetID]int)
	for k, v := range c.t.from(bucketTargetsByPost, nil, nil) {
		if len(k) == idLen+2 {
			pos[idOf[hayon.TargetID](v)] = int(k[idLen])<<8 | int(k[idLen+1])
		}
	}
	return each(c.t, bucketTargets, "target", func(k []byte, tg *hayon.Target) {
		if !bytes.Equal(k, tg.ID[:]) {
			c.add("target %s stands under another id", tg.ID)
		}
		if !tg.State.Valid() {
			c.add("target %s has the unknown state %q", tg.ID, tg.State)
		}
		if tg.Lease != nil && tg.State != hayon.StatePublishing && tg.State != hayon.StateUncertain {
			c.add("target %s is %s and has a lease", tg.ID, tg.State)
		}
		if p, err := c.t.FindPostByID(ctx, tg.Post); err != nil || p.Owner != tg.Owner {
			c.add("target %s has no post of its owner", tg.ID)
		}
		for i := range tg.Parts {
			c.prepared(tg, i)
		}
		at, ok := pos[tg.ID]
		if !ok {
			c.add("target %s is not among those of its post", tg.ID)
			return
		}
		c.expect(targetEntries(tg, at))
	})
}

// prepared checks that the journal row with a part's bytes is there.
func (c *checker) prepared(tg *hayon.Target, part int) {
	seq := tg.Parts[part].Prepared
	if seq == 0 {
		return
	}
	r, err := find[hayon.JournalRow](c.t, bucketJournal, seqKey(seq), "journal row")
	if err != nil || r == nil || r.Target != tg.ID || r.Kind != hayon.RowPrepared {
		c.add("target %s: journal row %d is not what part %d was prepared with", tg.ID, seq, part)
	}
}

func (c *checker) journal(context.Context) error {
	var last uint64
	pruned := prunedTo(c.t.tx) // rows may be missing up to here
	err := each(c.t, bucketJournal, "journal row", func(k []byte, r *hayon.JournalRow) {
		seq := keySeq(k)
		if r.Seq != seq || seq > max(last, pruned)+1 {
			c.add("journal row %d follows %d and says %d", seq, last, r.Seq)
		}
		if r.From != "" && r.To != "" && !r.From.CanBecome(r.To) {
			c.add("journal row %d tells of a change from %s to %s", seq, r.From, r.To)
		}
		last = seq
		c.expect(journalEntries(r))
	})
	if top := c.t.bucket(bucketJournal).Sequence(); top != last {
		c.add("journal: the next number is %d after row %d", top+1, last)
	}
	return err
}

func (c *checker) accounts(context.Context) error {
	return each(c.t, bucketAccounts, "account", func(k []byte, a *hayon.Account) {
		if !bytes.Equal(k, a.ID[:]) {
			c.add("account %s stands under another id", a.ID)
		}
		c.expect(accountEntries(a))
	})
}

// groups checks that every member is an account of the group's owner.
func (c *checker) groups(ctx context.Context) error {
	return each(c.t, bucketGroups, "group", func(k []byte, g *hayon.Group) {
		if !bytes.Equal(k, groupKey(g.Owner, g.Name)) {
			c.add("group %q stands under another name", g.Name)
		}
		for _, id := range g.Accounts {
			if a, err := c.t.FindAccountByID(ctx, id); err != nil || a.Owner != g.Owner {
				c.add("group %q names account %s, which its owner does not have", g.Name, id)
			}
		}
	})
}

// others are rows without indexes: it is enough that they can be read where they stand.
func (c *checker) others(context.Context) error {
	return errors.Join(
		each(c.t, bucketOutbox, "outbox row", func(k []byte, r *hayon.OutboxRow) {
			if r.Seq != keySeq(k) {
				c.add("outbox row %d says %d", keySeq(k), r.Seq)
			}
		}),
		each(c.t, bucketMedia, "medium", func([]byte, *hayon.Media) {}),
		each(c.t, bucketUsers, "user", func([]byte, *hayon.User) {}),
		each(c.t, bucketKeys, "idempotency key", func([]byte, *hayon.KeyRow) {}),
		each(c.t, bucketDigests, "digest", func([]byte, *hayon.DigestRow) {}),
		each(c.t, bucketPaces, "pace", func(k []byte, p *hayon.Pace) { c.named(k, "pace", p.Key) }),
		each(c.t, bucketCursors, "cursor", func(k []byte, r *hayon.Cursor) { c.named(k, "cursor", r.Name) }),
		each(c.t, bucketZones, "zone", func(k []byte, z *hayon.Zone) { c.named(k, "zone", z.Name) }),
		each(c.t, bucketWebhooks, "webhook", func(k []byte, w *hayon.Webhook) {
			if !bytes.Equal(k, w.ID[:]) {
				c.add("webhook %s stands under another id", w.ID)
			}
		}),
	)
}

// named checks that a row stands under its name.
func (c *checker) named(k []byte, what, name string) {
	if !bytes.Equal(k, textKey(nil, name)) {
		c.add("%s %q stands under another name", what, name)
	}
}

// indexes compares what is there with what must be.
func (c *checker) indexes() {
	for _, name := range indexBuckets() {
		want := c.want[string(name)]
		for k, v := range c.t.from(name, nil, nil) {
			w, ok := want[string(k)]
			switch {
			case !ok:
				c.add("%s: the key %x belongs to no row", name, k)
			case !bytes.Equal(w, v):
				c.add("%s: the key %x has the value %x, not %x", name, k, v, w)
			}
			delete(want, string(k))
		}
		for k := range want {
			c.add("%s: the key %x is missing", name, k)
		}
	}
}
