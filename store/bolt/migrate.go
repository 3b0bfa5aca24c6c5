package bolt

import (
	"bytes"
	"cmp"
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

// toSchema6 writes the indexes of words, labels and times of posts, and of changes.
func toSchema6(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	err := indexRows(tx, bucketPosts, func(row []byte) ([]entry, error) {
		p, err := decode[hayon.Post]("post", row)
		if err != nil {
			return nil, err
		}
		return searchEntries(p), nil
	})
	if err != nil {
		return err
	}
	return indexRows(tx, bucketJournal, func(row []byte) ([]entry, error) {
		if !recordsChange(row) {
			return nil, nil
		}
		r, err := decode[hayon.JournalRow]("journal row", row)
		if err != nil {
			return nil, err
		}
		return journalEntries(r), nil
	})
}

// recordsChange is false of a stored journal row that records no change, and true of few others.
func recordsChange(row []byte) bool {
	for _, kind := range []hayon.RowKind{hayon.RowCreated, hayon.RowRevised} {
		if bytes.Contains(row, []byte(`"kind":"`+kind+`"`)) {
			return true
		}
	}
	return false
}

// indexRows writes what entries answers of every row of a bucket.
func indexRows(tx *bbolt.Tx, bucket []byte, entries func(row []byte) ([]entry, error)) error {
	var es []entry
	seen := 0
	for c, k, v := cursorOf(tx, bucket); k != nil; k, v = c.Next() {
		more, err := entries(v)
		if err != nil {
			return err
		}
		es = append(es, more...)
		if seen++; seen%(100*migrateRows) == 0 {
			if err := putSorted(tx, es); err != nil {
				return err
			}
			es = es[:0]
		}
	}
	return putSorted(tx, es)
}

// putSorted writes entries in their order, since bbolt would move all that follow for each that comes out
// of it.
func putSorted(tx *bbolt.Tx, es []entry) error {
	slices.SortFunc(es, func(a, b entry) int {
		return cmp.Or(bytes.Compare(a.bucket, b.bucket), bytes.Compare(a.key, b.key))
	})
	for _, e := range es {
		if err := growing(tx, e.bucket).Put(e.key, e.value); err != nil {
			return err
		}
	}
	return nil
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

// rebuild writes these indexes of targets from the rows alone, as they are before checksums.
func rebuild(tx *bbolt.Tx, indexes ...[]byte) error {
	for _, name := range indexes {
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return indexRows(tx, bucketTargets, func(row []byte) ([]entry, error) {
		t, err := parse[hayon.Target]("target", row)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(targetEntries(t, 0), func(e entry) bool {
			return !slices.ContainsFunc(indexes, func(name []byte) bool { return bytes.Equal(name, e.bucket) })
		}), nil
	})
}

// cursorOf is a cursor at the first row of a bucket.
func cursorOf(tx *bbolt.Tx, bucket []byte) (c *bbolt.Cursor, k, v []byte) {
	c = tx.Bucket(bucket).Cursor()
	k, v = c.First()
	return c, k, v
}
