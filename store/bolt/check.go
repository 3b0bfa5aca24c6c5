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

// Check reads every page, every row with its checksum, and the totals, derives every index anew and
// compares, then lets bbolt check the order of its keys. What it finds is one local error with the
// problems as its cause and in its details. A byte that changed is missed only where nothing reads it.
func (d *DB) Check(ctx context.Context) error {
	inner, err := d.enter(ctx)
	if err != nil {
		return err
	}
	d.writing.Lock() // nobody changes the pages meanwhile
	defer d.writing.Unlock()
	h, release, err := d.acquire(ctx, false, nil)
	if err != nil {
		return err
	}
	c := &checker{}
	if err := h.walk(ctx, c.add); err != nil || len(c.problems) > 0 {
		release()
		return errors.Join(d.explain(err), c.err(d)) // a walk through such pages may have no end
	}
	_, err = d.view(inner, h, release, func(ctx context.Context, tx hayon.Tx) error {
		c.t = tx.(*Tx) //nolint:forcetypeassert // view gives nothing else
		if err := c.rows(ctx); err != nil {
			return err
		}
		c.indexes()
		c.totals()
		if len(c.problems) > 0 {
			return nil
		}
		for err := range c.t.tx.Check() {
			c.add("%v", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.err(d)
}

// err is what was found, as one error.
func (c *checker) err(d *DB) error {
	if len(c.problems) == 0 {
		return nil
	}
	return hayon.Errorf(hayon.CodeLocal, "the database %s contradicts itself: %s", d.path, c.problems[0]).
		WithHint("put a copy of it in its place: hayon db restore FILE").
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
	for _, step := range []func(context.Context){c.posts, c.targets, c.journal, c.accounts, c.groups, c.letters, c.others} {
		if err := ctx.Err(); err != nil {
			return ctxError(ctx)
		}
		step(ctx)
	}
	return nil
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

// totals compares what is in each bucket with what is noted of it.
func (c *checker) totals() {
	for _, name := range append(countedBuckets(), bucketMeta) {
		want, ok := storedTotal(c.t.tx, name)
		if got := count(c.t.tx, name); !ok || got != want {
			c.add("%s: there are %d rows, and not what was written: %d rows", name, got.rows, want.rows)
		}
	}
	for _, name := range append(indexBuckets(), bucketTotals) {
		if n := c.t.bucket(name).Sequence(); n != 0 {
			c.add("%s: it has given the number %d and has none to give", name, n)
		}
	}
}
