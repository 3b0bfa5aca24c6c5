package bolt

import (
	"bytes"
	"context"
	"errors"
	"iter"

	"go.etcd.io/bbolt"
	bberrors "go.etcd.io/bbolt/errors"

	"github.com/hayon/hayon"
)

// View runs fn on one consistent state; see [hayon.Store]. In short holding it waits for the file
// as Update does.
func (d *DB) View(ctx context.Context, fn func(ctx context.Context, tx hayon.Tx) error) error {
	inner, err := d.enter(ctx)
	if err != nil {
		return err
	}
	for {
		h, release, err := d.acquire(ctx, false, nil)
		if err != nil {
			return err
		}
		began, err := d.view(inner, h, release, fn)
		if !began && errors.Is(err, bberrors.ErrDatabaseNotOpen) {
			continue // released between acquire and the start of the transaction
		}
		return err
	}
}

func (d *DB) view(ctx context.Context, h *handle, release func(), fn txFunc) (began bool, err error) {
	defer release()
	var tx *bbolt.Tx
	err = h.guard(func() (err error) {
		tx, err = h.db.Begin(false)
		return err
	})
	if errors.Is(err, bberrors.ErrDatabaseNotOpen) {
		return false, err
	}
	if err != nil {
		return false, d.explain(err)
	}
	defer func() { _ = h.guard(tx.Rollback) }()
	t := &Tx{tx: tx, onRead: d.read}
	defer func() { t.tx = nil }()
	return true, d.explainOwn(guardCaller(func() error { return fn(ctx, t) }, func() {}))
}

// Tx is a transaction over the file. It implements [hayon.Tx].
type Tx struct {
	tx *bbolt.Tx
	// writes counts the changes; tell is set by one that readers of the journal or outbox wait for.
	writes int
	tell   bool
	// totals are those of all functions of the batch; nil in a view, which changes nothing.
	totals totals
	// last is the target that was read last, as it is stored, with what UpdateTarget compares; nil
	// when a target was written since. The usual change reads a target and stores it again.
	last *hayon.Target
	// onRead is told of each row that is read by its key; nil: nobody. Tests count with it.
	onRead func(bucket []byte)
}

var _ hayon.Tx = (*Tx)(nil)

// bucket panics on a file without it, which the schema rules out: guard makes damage of it.
func (t *Tx) bucket(name []byte) *bbolt.Bucket { return t.tx.Bucket(name) }

func (t *Tx) get(bucket, key []byte) []byte { return t.bucket(bucket).Get(key) }

// has reports whether an index has a key.
func (t *Tx) has(bucket, key []byte) bool {
	k, _ := t.bucket(bucket).Cursor().Seek(key)
	return bytes.Equal(k, key)
}

// put stores a row.
func (t *Tx) put(bucket, key, row []byte) error {
	t.writes++
	b := t.bucket(bucket)
	old := b.Get(key)
	var was total
	if old != nil {
		was.add(old)
	}
	if err := b.Put(key, row); err != nil {
		return refused(err)
	}
	c := t.totals.of(bucket)
	c.rows, c.sum = c.rows-was.rows, c.sum-was.sum
	c.add(row)
	return nil
}

// insert stores a row of which the caller knows that there is none under its key yet.
func (t *Tx) insert(bucket, key, row []byte) error {
	t.writes++
	if err := growing(t.tx, bucket).Put(key, row); err != nil {
		return refused(err)
	}
	t.totals.of(bucket).add(row)
	return nil
}

// del removes a row; an absent one is no error.
func (t *Tx) del(bucket, key []byte) error {
	t.writes++
	b := t.bucket(bucket)
	var was total
	if old := b.Get(key); old != nil {
		was.add(old)
	}
	if err := b.Delete(key); err != nil {
		return refused(err)
	}
	c := t.totals.of(bucket)
	c.rows, c.sum = c.rows-was.rows, c.sum-was.sum
	return nil
}

// appendTo stores a row under the next number of its bucket, which row sets before it encodes.
func (t *Tx) appendTo(bucket []byte, row func(seq uint64) ([]byte, error)) error {
	t.writes++
	t.tell = true
	b := t.bucket(bucket)
	seq, err := b.NextSequence()
	if err != nil {
		return refused(err)
	}
	value, err := row(seq)
	if err != nil {
		return err
	}
	b.FillPercent = 0.95 // rows only come at the end
	if err := b.Put(seqKey(seq), value); err != nil {
		return refused(err)
	}
	t.totals.of(bucket).add(value)
	return nil
}

// putEntry and delEntry change an index.
func (t *Tx) putEntry(bucket, key, value []byte) error {
	t.writes++
	return refused(growing(t.tx, bucket).Put(key, value))
}

// The buckets that grow at their end, where later changes leave rows about as long as they are, have pages
// that are as full as appendFill says: half as many are written, and read by who goes through all.
const appendFill = 0.9

// growing is a bucket to put something new into.
func growing(tx *bbolt.Tx, name []byte) *bbolt.Bucket {
	b := tx.Bucket(name)
	switch string(name) {
	case string(bucketPosts), string(bucketPostsBySearch), string(bucketTargetsByPost), string(bucketChangesByUser):
		b.FillPercent = appendFill
	}
	return b
}

func (t *Tx) delEntry(bucket, key []byte) error {
	t.writes++
	return refused(t.bucket(bucket).Delete(key))
}

// putMeta stores what the file tells of itself; a nil value removes it.
func (t *Tx) putMeta(key, value []byte) error {
	t.writes++
	return refused(putMeta(t.tx, key, value))
}

// from yields the entries of a bucket whose keys are not before start and, where end is set, before
// end. The bucket must not change meanwhile.
func (t *Tx) from(bucket, start, end []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(bucket).Cursor()
		for k, v := c.Seek(start); k != nil; k, v = c.Next() {
			if end != nil && bytes.Compare(k, end) >= 0 || !yield(k, v) {
				return
			}
		}
	}
}

// backwards yields the entries of a bucket from its end. The bucket must not change meanwhile.
func (t *Tx) backwards(bucket []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		c := t.bucket(bucket).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			if !yield(k, v) {
				return
			}
		}
	}
}

// keys yields the keys of from.
func (t *Tx) keys(bucket, start, end []byte) iter.Seq[[]byte] {
	return func(yield func(k []byte) bool) {
		for k := range t.from(bucket, start, end) {
			if !yield(k) {
				return
			}
		}
	}
}

// keysBackwards yields the same keys from the last one.
func (t *Tx) keysBackwards(bucket, start, end []byte) iter.Seq[[]byte] {
	return func(yield func(k []byte) bool) {
		c := t.bucket(bucket).Cursor()
		for k := lastBefore(c, end); k != nil && bytes.Compare(k, start) >= 0 && yield(k); {
			k, _ = c.Prev()
		}
	}
}

// lastBefore moves a cursor to the last key before end, or of all where end is nil.
func lastBefore(c *bbolt.Cursor, end []byte) (k []byte) {
	if end != nil {
		if k, _ = c.Seek(end); k != nil {
			k, _ = c.Prev()
			return k
		}
	}
	k, _ = c.Last()
	return k
}

// under yields the entries whose keys have the prefix.
func (t *Tx) under(bucket, prefix []byte) iter.Seq2[[]byte, []byte] {
	return t.from(bucket, prefix, next(prefix))
}

// find reads a row by its key, or nil.
func find[T any](t *Tx, bucket, key []byte, what string) (*T, error) {
	b := t.get(bucket, key)
	if b == nil {
		return nil, nil //nolint:nilnil // the callers know what is missing
	}
	if t.onRead != nil {
		t.onRead(bucket)
	}
	return decode[T](what, b)
}
