package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
)

// schemaVersion is the version of the layout of buckets, keys and values.
const schemaVersion = 6

// The buckets of rows, each with its key and its value. "JSON" is that with its checksum.
var (
	bucketMeta      = []byte("meta")      // "schema": uint32, "version": who wrote it last, and those of prune_journal.go
	bucketTotals    = []byte("totals")    // the name of a bucket of rows, or of letters_open: total
	bucketPosts     = []byte("posts")     // post: JSON
	bucketTargets   = []byte("targets")   // target: JSON
	bucketJournal   = []byte("journal")   // seq: JSON
	bucketOutbox    = []byte("outbox")    // seq: JSON
	bucketAccounts  = []byte("accounts")  // account: JSON
	bucketMedia     = []byte("media")     // media: JSON
	bucketUsers     = []byte("users")     // user: JSON
	bucketKeys      = []byte("keys")      // user, key: JSON
	bucketDigests   = []byte("digests")   // account, digest: JSON
	bucketPaces     = []byte("paces")     // key: JSON
	bucketCursors   = []byte("cursors")   // name: JSON
	bucketZones     = []byte("zones")     // name: JSON
	bucketWebhooks  = []byte("webhooks")  // webhook: JSON
	bucketGroups    = []byte("groups")    // owner, name: JSON
	bucketLetters   = []byte("letters")   // letter: JSON
	bucketPeople    = []byte("people")    // owner, name: JSON
	bucketTemplates = []byte("templates") // owner, name: JSON
	bucketFits      = []byte("fits")      // source, spec: JSON
)

// The buckets of indexes. index.go says what stands in them.
var (
	bucketPostsByState    = []byte("posts_by_state")
	bucketPostsByDigits   = []byte("posts_by_digits")
	bucketPostsDeleted    = []byte("posts_deleted")
	bucketPostsBySearch   = []byte("posts_by_search")
	bucketPostsByLabel    = []byte("posts_by_label")
	bucketPostsByAt       = []byte("posts_by_at")
	bucketTargetsByPost   = []byte("targets_by_post")
	bucketTargetsByWake   = []byte("targets_by_wake")
	bucketLanes           = []byte("lanes")
	bucketDue             = []byte("due")
	bucketNeedsUser       = []byte("needs_user")
	bucketLeases          = []byte("leases")
	bucketRemotes         = []byte("remotes")
	bucketJournalByPost   = []byte("journal_by_post")
	bucketChangesByUser   = []byte("changes_by_user")
	bucketAccountsByName  = []byte("accounts_by_name")
	bucketLettersByDigest = []byte("letters_by_digest")
	bucketLettersOpen     = []byte("letters_open")
	bucketLettersEnded    = []byte("letters_ended")
)

var (
	keySchema  = []byte("schema")
	keyVersion = []byte("version")
)

// indexBuckets are the buckets that follow from the rows.
func indexBuckets() [][]byte {
	return [][]byte{
		bucketPostsByState, bucketPostsByDigits, bucketPostsDeleted, bucketPostsBySearch, bucketPostsByLabel, bucketPostsByAt,
		bucketTargetsByPost, bucketTargetsByWake, bucketLanes, bucketDue, bucketNeedsUser, bucketLeases, bucketRemotes,
		bucketJournalByPost, bucketChangesByUser, bucketAccountsByName,
		bucketLettersByDigest, bucketLettersOpen, bucketLettersEnded,
	}
}

// rowBuckets are the buckets whose values are rows.
func rowBuckets() [][]byte {
	return [][]byte{
		bucketPosts, bucketTargets, bucketJournal, bucketOutbox, bucketAccounts, bucketMedia, bucketUsers,
		bucketKeys, bucketDigests, bucketPaces, bucketCursors, bucketZones, bucketWebhooks, bucketGroups,
		bucketLetters, bucketPeople, bucketTemplates, bucketFits,
	}
}

// countedBuckets are the buckets whose totals are noted: those of rows, and an index that somebody counts.
func countedBuckets() [][]byte { return append(rowBuckets(), bucketLettersOpen) }

func allBuckets() [][]byte {
	return append(slices.Concat(indexBuckets(), rowBuckets()), bucketMeta, bucketTotals)
}

// schema is a version of the layout and how to get there.
type schema struct {
	version int
	// migrations lead from a version, the key, to the next. One runs in one transaction with all
	// others that are needed.
	migrations map[int]func(*bbolt.Tx) error
}

func currentSchema() schema {
	return schema{version: schemaVersion, migrations: map[int]func(*bbolt.Tx) error{
		1: toSchema2, 2: toSchema3, 3: toSchema4, 4: toSchema5, 5: toSchema6,
	}}
}

// storedSchema is 0 for a file without one, and who wrote the file.
func storedSchema(tx *bbolt.Tx) (version int, by string) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return 0, ""
	}
	b := meta.Get(keySchema)
	if len(b) != 4 {
		return 0, ""
	}
	return int(binary.BigEndian.Uint32(b)), string(meta.Get(keyVersion))
}

func putSchema(tx *bbolt.Tx, version int, by string) error {
	b := binary.BigEndian.AppendUint32(nil, uint32(version)) //nolint:gosec // a small constant
	return errors.Join(putMeta(tx, keySchema, b), putMeta(tx, keyVersion, []byte(by)))
}

// schemaIsCurrent is an error for a schema newer than this program's.
func (d *DB) schemaIsCurrent(h *handle) (current bool, err error) {
	err = guard(func() error {
		return h.db.View(func(tx *bbolt.Tx) error {
			version, by := storedSchema(tx)
			if version > d.schema.version {
				return d.newer(by)
			}
			current = version == d.schema.version
			return nil
		})
	})
	return current, err
}

func (d *DB) newer(by string) error {
	if by == "" {
		by = "of another version"
	}
	this := d.cfg.Version
	if this == "" {
		this = "this one"
	}
	return hayon.Errorf(hayon.CodeConflict, "the database %s was written by hayon %s, newer than %s; nothing was changed", d.path, by, this).
		WithHint("install hayon " + by + " or newer")
}

// prepare brings an open, writable file to the current schema.
func (d *DB) prepare(h *handle) error {
	current, err := d.schemaIsCurrent(h)
	if err != nil || current {
		return err
	}
	return guard(func() error {
		var from int
		var empty bool
		err := h.db.View(func(tx *bbolt.Tx) error {
			from, _ = storedSchema(tx)
			first, _ := tx.Cursor().First()
			empty = first == nil
			if from == 0 && !empty {
				return &damage{detail: "it has rows and no schema version"}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if empty {
			return h.db.Update(d.create)
		}
		return d.migrate(h, from)
	})
}

func (d *DB) create(tx *bbolt.Tx) error {
	if err := createBuckets(tx); err != nil {
		return err
	}
	if err := putTotals(tx); err != nil {
		return err
	}
	return putSchema(tx, d.schema.version, d.cfg.Version)
}

// putTotals notes the totals of all buckets that have one.
func putTotals(tx *bbolt.Tx) error {
	for _, name := range countedBuckets() {
		if err := putTotal(tx, name); err != nil {
			return err
		}
	}
	return nil
}

// createBuckets makes those that are missing.
func createBuckets(tx *bbolt.Tx) error {
	for _, name := range allBuckets() {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// migrate copies the file first, then runs every migration in one transaction.
func (d *DB) migrate(h *handle, from int) error {
	for v := from; v < d.schema.version; v++ {
		if d.schema.migrations[v] == nil {
			return hayon.Errorf(hayon.CodeConflict, "the database %s has the schema %d, which this hayon cannot read any more", d.path, from).
				WithHint("open it once with an older hayon that still can")
		}
	}
	backup := fmt.Sprintf("%s.schema%d.backup", d.path, from)
	if err := d.backup(h, backup); err != nil {
		return err
	}
	err := h.db.Update(func(tx *bbolt.Tx) error {
		for v := from; v < d.schema.version; v++ {
			if err := d.schema.migrations[v](tx); err != nil {
				return fmt.Errorf("migration from schema %d: %w", v, err)
			}
		}
		return putSchema(tx, d.schema.version, d.cfg.Version)
	})
	if err == nil {
		d.cfg.Logger.Info("database migrated", "path", d.path, "from", from, "to", d.schema.version, "backup", backup)
	}
	return err
}

// backup writes a copy that is whole or not there.
func (d *DB) backup(h *handle, path string) error {
	tmp := path + ".tmp"
	err := h.db.View(func(tx *bbolt.Tx) error { return copyTo(tx, tmp) })
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return err
	}
	return syncDir(filepath.Dir(path))
}

func copyTo(tx *bbolt.Tx, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = tx.WriteTo(f)
	return errors.Join(err, f.Sync(), f.Close())
}
