package bolt

import (
	"bytes"
	"context"

	"github.com/hayon/hayon"
)

// each calls fn with every row of a bucket that can be read; the others are problems.
func each[T any](c *checker, bucket []byte, what string, fn func(k []byte, v *T)) {
	for k, b := range c.t.from(bucket, nil, nil) {
		v, err := decode[T](what, b)
		if err != nil {
			c.add("%s %x: %v", bucket, k, err)
			continue
		}
		fn(k, v)
	}
}

// under checks that a row stands under the key that follows from it.
func (c *checker) under(k, want []byte, what, name string) {
	if !bytes.Equal(k, want) {
		c.add("%s %s stands under another key", what, name)
	}
}

func (c *checker) posts(context.Context) {
	each(c, bucketPosts, "post", func(k []byte, p *hayon.Post) {
		c.under(k, p.ID[:], "post", p.ID.String())
		targets, err := c.t.placedTargets(p.ID)
		if err != nil {
			c.add("post %s: %v", p.ID, err)
			return
		}
		for _, pl := range targets {
			if !p.DeletedAt.IsZero() && !pl.state.Terminal() {
				c.add("post %s was deleted, and its target %s is %s", p.ID, pl.id, pl.state)
			}
		}
		c.expect(postEntries(p, targets))
	})
}

func (c *checker) targets(ctx context.Context) {
	pos := make(map[hayon.TargetID]int)
	for k, v := range c.t.from(bucketTargetsByPost, nil, nil) {
		if len(k) == idLen+2 {
			pos[idOf[hayon.TargetID](v)] = int(k[idLen])<<8 | int(k[idLen+1])
		}
	}
	each(c, bucketTargets, "target", func(k []byte, tg *hayon.Target) {
		c.under(k, tg.ID[:], "target", tg.ID.String())
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

func (c *checker) journal(context.Context) {
	var last uint64
	pruned := prunedTo(c.t.tx) // rows may be missing up to here
	each(c, bucketJournal, "journal row", func(k []byte, r *hayon.JournalRow) {
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
}

func (c *checker) accounts(context.Context) {
	each(c, bucketAccounts, "account", func(k []byte, a *hayon.Account) {
		c.under(k, a.ID[:], "account", a.ID.String())
		c.expect(accountEntries(a))
	})
}

// groups checks that every member is an account of the group's owner.
func (c *checker) groups(ctx context.Context) {
	each(c, bucketGroups, "group", func(k []byte, g *hayon.Group) {
		c.under(k, nameKey(g.Owner, g.Name), "group", g.Name)
		for _, id := range g.Accounts {
			if a, err := c.t.FindAccountByID(ctx, id); err != nil || a.Owner != g.Owner {
				c.add("group %q names account %s, which its owner does not have", g.Name, id)
			}
		}
	})
}

func (c *checker) letters(context.Context) {
	each(c, bucketLetters, "letter", func(k []byte, l *hayon.Letter) {
		c.under(k, l.ID[:], "letter", l.ID.String())
		if l.Message == nil {
			c.add("letter %s has no message", l.ID)
			return
		}
		if l.Cleared && l.Ended == nil {
			c.add("letter %s was cleared and has not ended", l.ID)
		}
		c.expect(letterEntries(l))
	})
}

// others are rows without indexes: it is enough that they can be read where they stand.
func (c *checker) others(context.Context) {
	each(c, bucketOutbox, "outbox row", func(k []byte, r *hayon.OutboxRow) {
		if r.Seq != keySeq(k) {
			c.add("outbox row %d says %d", keySeq(k), r.Seq)
		}
	})
	each(c, bucketMedia, "medium", func(k []byte, m *hayon.Media) { c.under(k, m.ID[:], "medium", m.ID.String()) })
	each(c, bucketUsers, "user", func(k []byte, u *hayon.User) { c.under(k, u.ID[:], "user", u.ID.String()) })
	each(c, bucketKeys, "idempotency key", func(k []byte, r *hayon.KeyRow) {
		c.under(k, textKey(r.User[:], r.Key), "idempotency key", r.Key)
	})
	each(c, bucketDigests, "digest", func(k []byte, r *hayon.DigestRow) {
		c.under(k, textKey(r.Account[:], r.Digest), "digest", r.Digest)
	})
	each(c, bucketPaces, "pace", func(k []byte, p *hayon.Pace) { c.under(k, textKey(nil, p.Key), "pace", p.Key) })
	each(c, bucketCursors, "cursor", func(k []byte, r *hayon.Cursor) { c.under(k, textKey(nil, r.Name), "cursor", r.Name) })
	each(c, bucketZones, "zone", func(k []byte, z *hayon.Zone) { c.under(k, textKey(nil, z.Name), "zone", z.Name) })
	each(c, bucketPeople, "person", func(k []byte, p *hayon.Person) {
		c.under(k, nameKey(p.Owner, p.Name), "person", p.Name)
	})
	each(c, bucketTemplates, "template", func(k []byte, t *hayon.Template) {
		c.under(k, nameKey(t.Owner, t.Name), "template", t.Name)
	})
	each(c, bucketFits, "fitting", func(k []byte, r *hayon.FitRow) {
		c.under(k, fitKey(r.Source, r.Spec), "fitting", r.Source)
	})
	each(c, bucketWebhooks, "webhook", func(k []byte, h *hayon.Webhook) { c.under(k, h.ID[:], "webhook", h.ID.String()) })
}
