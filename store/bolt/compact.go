package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

const (
	// compactSuffix makes the name of the file that a compaction writes. It is beside the database, so
	// that a rename is enough.
	compactSuffix = ".compact"
	// copyBatch is how many bytes of rows are in memory at once while they are copied.
	copyBatch = 16 << 20
	// compactFill is how full pages are made. A little room keeps the next change from splitting them.
	compactFill = 0.95
)

// Compact copies all rows into a new file and puts it in the place of the old one. Until then the old
// file stays as it is, whatever happens: an end of ctx, a full disk, a crash. What a crash leaves behind
// is removed by the next [Open].
//
// Writers wait for it, and where the file is not held, readers too; those of other processes give up
// after their LockTimeout. 100,000 posts, which are 300 MB, take three seconds. Every checksum is
// verified on the way: a damaged file is not compacted.
func (d *DB) Compact(ctx context.Context) (before, after int64, err error) {
	if _, err := d.enter(ctx); err != nil {
		return 0, 0, err
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	defer d.rest()()
	old, release, err := d.acquire(ctx, true, nil)
	if err != nil {
		return 0, 0, err
	}
	defer release()
	c := &compaction{d: d, old: old, held: d.Holding()}
	if err := c.run(ctx); err != nil {
		return 0, 0, d.explain(err)
	}
	return c.before, c.after, nil
}

// rest makes the readers of this process that would open the file wait, until the answered function is
// called.
func (d *DB) rest() func() {
	c := make(chan struct{})
	d.mu.Lock()
	d.resting = c
	d.mu.Unlock()
	return func() {
		d.mu.Lock()
		d.resting = nil
		d.mu.Unlock()
		close(c)
	}
}

// waitRest waits for the end of a compaction.
func (d *DB) waitRest(ctx context.Context) error {
	d.mu.Lock()
	c := d.resting
	d.mu.Unlock()
	if c == nil {
		return nil
	}
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctxError(ctx)
	case <-d.closing:
		return closedError(d.path)
	}
}

// compaction is one run of Compact. The old file is locked, so that no other process uses it.
type compaction struct {
	d             *DB
	old           *handle
	held          bool
	path, tmp     string // of the file itself, behind any link
	before, after int64
}

func (c *compaction) run(ctx context.Context) error {
	var err error
	if c.path, err = filepath.EvalSymlinks(c.d.path); err != nil {
		return err
	}
	c.tmp = c.path + compactSuffix
	info, err := c.old.file.Stat()
	if err != nil {
		return err
	}
	c.before = info.Size()
	if err = c.copy(ctx); err == nil {
		err = c.replace(ctx)
	}
	if err != nil {
		_ = os.Remove(c.tmp) // renamed already where only its folder could not be synced
	}
	return err
}

// copy makes the new file, whole and on the disk.
func (c *compaction) copy(ctx context.Context) error {
	problems := &checker{}
	if err := c.old.walk(ctx, problems.add); err != nil {
		return err
	}
	if err := problems.err(c.d); err != nil {
		return err
	}
	if err := os.Remove(c.tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next, err := openHandle(c.tmp, forWriting, nil)
	if err != nil {
		return err
	}
	next.db.NoSync, next.db.NoGrowSync = true, true // it is synced below, once
	err = c.old.guard(func() error {
		return c.old.db.View(func(tx *bbolt.Tx) error { return copyRows(ctx, tx, next.db) })
	})
	if err == nil {
		err = next.db.View(func(tx *bbolt.Tx) error {
			c.after = tx.Size()
			return nil
		})
	}
	if err = errors.Join(err, next.close()); err != nil {
		return err
	}
	return syncFile(c.tmp, c.after)
}

// syncFile cuts a file behind its last page and brings it to the disk.
func syncFile(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

// rowCopy copies rows in transactions of a bearable size.
type rowCopy struct {
	ctx   context.Context //nolint:containedctx // lives for one copy
	db    *bbolt.DB
	tx    *bbolt.Tx
	bytes int
}

// copyRows copies all buckets into an empty database, and refuses rows that are not what was written.
func copyRows(ctx context.Context, src *bbolt.Tx, to *bbolt.DB) error {
	c := &rowCopy{ctx: ctx, db: to}
	var err error
	if c.tx, err = to.Begin(true); err != nil {
		return err
	}
	sealed := make(map[string]bool)
	for _, name := range rowBuckets() {
		sealed[string(name)] = true
	}
	err = src.ForEach(func(name []byte, from *bbolt.Bucket) error {
		got, err := c.bucket(name, from, sealed[string(name)])
		if err != nil || !sealed[string(name)] {
			return err
		}
		if want, ok := storedTotal(src, name); !ok || got != want {
			return &damage{detail: string(name) + " has other rows than were written"}
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, c.tx.Rollback())
	}
	return c.tx.Commit()
}

// bucket copies a bucket and answers what it has. sealed: its values are rows with a checksum.
func (c *rowCopy) bucket(name []byte, from *bbolt.Bucket, sealed bool) (got total, err error) {
	to, err := c.tx.CreateBucket(name)
	if err != nil {
		return got, err
	}
	got.seq = from.Sequence()
	if err := to.SetSequence(got.seq); err != nil {
		return got, err
	}
	to.FillPercent = compactFill
	cur := from.Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		if _, ok := unseal(v); sealed && !ok {
			return got, &damage{detail: fmt.Sprintf("the row %x of %s is not what was written", k, name)}
		}
		got.add(v)
		if err := to.Put(k, v); err != nil {
			return got, err
		}
		if c.bytes += len(k) + len(v); c.bytes < copyBatch {
			continue
		}
		if err := c.next(); err != nil {
			return got, err
		}
		to = c.tx.Bucket(name)
		to.FillPercent = compactFill
	}
	return got, nil
}

// next commits what was copied so far.
func (c *rowCopy) next() error {
	if c.ctx.Err() != nil {
		return ctxError(c.ctx)
	}
	if err := c.tx.Commit(); err != nil {
		return err
	}
	var err error
	c.tx, err = c.db.Begin(true)
	c.bytes = 0
	return err
}

// removeLeftover removes what a compaction left that was cut off. The file is locked: none is under way.
func (d *DB) removeLeftover() {
	path, err := filepath.EvalSymlinks(d.path)
	if err != nil {
		return
	}
	if err := os.Remove(path + compactSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.cfg.Logger.Warn("what is left of a compaction cannot be removed", "path", path+compactSuffix, "err", err)
	}
}
