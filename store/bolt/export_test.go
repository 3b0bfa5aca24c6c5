package bolt

import (
	"context"

	"go.etcd.io/bbolt"
)

// OpenSchema opens a database as a program with another schema would.
func OpenSchema(ctx context.Context, path string, cfg Config, version int, migrations map[int]func(*bbolt.Tx) error) (*DB, error) {
	return open(ctx, path, cfg, schema{version: version, migrations: migrations})
}

// Waiting is how many functions wait for the committer.
func (d *DB) Waiting() int { return len(d.queue) }

// Commits grows by one a commit. The file must be held.
func (d *DB) Commits() (n int) {
	_ = d.held.db.View(func(tx *bbolt.Tx) error {
		n = tx.ID()
		return nil
	})
	return n
}

// OnOpened has fn called for every file that the database has opened and not locked yet.
func (d *DB) OnOpened(fn func()) { d.opened = fn }

// OnRead has fn called with the name of its bucket for every row that a view reads by its key.
func (d *DB) OnRead(fn func(bucket string)) { d.read = func(b []byte) { fn(string(b)) } }
