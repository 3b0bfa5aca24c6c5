package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
)

// migrateRows is how many rows a migration changes between two looks at the bucket.
const migrateRows = 1000

// toSchema2 gives every target a grace window and a late policy, and writes the indexes of targets
// anew, whose entries tell of the window since.
func toSchema2(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	err := rewrite(tx, bucketTargets, func(row []byte) ([]byte, error) {
		t, err := parse[hayon.Target]("target", row)
		if err != nil || t.IfLate != "" {
			return nil, err
		}
		t.Grace, t.IfLate = hayon.DefaultGrace, hayon.LateAsk
		return json.Marshal(t)
	})
	if err != nil {
		return err
	}
	return rebuild(tx, bucketTargetsByWake, bucketLanes, bucketDue, bucketNeedsUser)
}

// toSchema3 makes room for groups and for lists of deleted posts, of which there are none, and puts its
// checksum behind every row.
func toSchema3(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	for _, name := range rowBuckets() {
		err := rewrite(tx, name, func(row []byte) ([]byte, error) {
			if !json.Valid(row) {
				return nil, &damage{detail: "a row of " + string(name) + " cannot be read"}
			}
			return seal(bytes.Clone(row)), nil
		})
		if err != nil {
			return err
		}
	}
	return putTotals(tx)
}

// toSchema4 makes room for letters, of which there are none.
func toSchema4(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	return errors.Join(putTotal(tx, bucketLetters), putTotal(tx, bucketLettersOpen))
}

// toSchema5 makes room for people, templates and what fitting came to, of which there is nothing.
func toSchema5(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	return errors.Join(putTotal(tx, bucketPeople), putTotal(tx, bucketTemplates), putTotal(tx, bucketFits))
}

// rewrite stores what change answers in the place of a row; nil leaves the row as it is.
func rewrite(tx *bbolt.Tx, bucket []byte, change func(row []byte) ([]byte, error)) error {
	type row struct{ k, v []byte }
	b := tx.Bucket(bucket)
	var after []byte // the last key that was looked at
	for {
		var rows []row
		seen := 0
		c := b.Cursor()
		for k, v := c.Seek(after); k != nil && seen < migrateRows; k, v = c.Next() {
			if bytes.Equal(k, after) {
				continue
			}
			seen, after = seen+1, bytes.Clone(k)
			changed, err := change(v)
			if err != nil {
				return err
			}
			if changed != nil {
				rows = append(rows, row{after, changed})
			}
		}
		for _, r := range rows { // not while the cursor is in use
			if err := b.Put(r.k, r.v); err != nil {
				return err
			}
		}
		if seen == 0 {
			return nil
		}
	}
}

// rebuild writes these indexes of targets from the rows alone. The entries are put in their order,
// since bbolt would move all that follow for each that comes out of it.
func rebuild(tx *bbolt.Tx, indexes ...[]byte) error {
	entries := make(map[string][]entry)
	for _, name := range indexes {
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
		entries[string(name)] = nil
	}
	for c, k, v := cursorOf(tx, bucketTargets); k != nil; k, v = c.Next() {
		t, err := parse[hayon.Target]("target", v)
		if err != nil {
			return err
		}
		for _, e := range targetEntries(t, 0) {
			if es, ok := entries[string(e.bucket)]; ok {
				entries[string(e.bucket)] = append(es, e)
			}
		}
	}
	for name, es := range entries {
		slices.SortFunc(es, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
		b := tx.Bucket([]byte(name))
		for _, e := range es {
			if err := b.Put(e.key, e.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// cursorOf is a cursor at the first row of a bucket.
func cursorOf(tx *bbolt.Tx, bucket []byte) (c *bbolt.Cursor, k, v []byte) {
	c = tx.Bucket(bucket).Cursor()
	k, v = c.First()
	return c, k, v
}
