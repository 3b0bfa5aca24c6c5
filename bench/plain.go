package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
)

// plain is bbolt itself with its defaults, as a program has it that knows nothing better: the peer of
// the group commit. It writes as many bytes and index entries as the store does, and checks nothing.
type plain struct {
	db      *bbolt.DB
	targets [lanes][]byte // JSON
	// moved is how often each writer has moved the entries of its target.
	moved [lanes]uint64
}

// The buckets of the peer. moving are the indexes in which a target that changes its state moves:
// by wake, by account and due time, and its post by owner and by account.
var (
	plainJournal = []byte("journal")
	plainByPost  = []byte("journal_by_post")
	plainTargets = []byte("targets")
	plainPlaces  = []byte("targets_by_post")
)

func plainMoving() [][]byte {
	return [][]byte{[]byte("by_wake"), []byte("due"), []byte("owner_state"), []byte("account_state")}
}

func openPlain(h home) (*plain, error) {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(filepath.Join(h.dir, "plain.db"), 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	p := &plain{db: db}
	now := time.Now().UTC()
	for w := range p.targets {
		p.targets[w] = hayon.Encode(scheduledPost(hayon.NewPostID(now), w, demoAccount(w, now), now, now).Targets[0])
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range append(plainMoving(), plainJournal, plainByPost, plainTargets, plainPlaces) {
			if _, err := tx.CreateBucket(name); err != nil {
				return fmt.Errorf("bucket %s: %w", name, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return p, nil
}

// plainWrite is what a writer does in a transaction.
type plainWrite func(p *plain, tx *bbolt.Tx, writer int) error

// journalRow stores what the store stores for a row of nothing.
func (p *plain) journalRow(tx *bbolt.Tx, _ int) error {
	_, err := p.appendRow(tx, &hayon.JournalRow{At: time.Now().UTC(), Kind: hayon.RowState, User: hayon.LocalUser().ID})
	return err
}

func (p *plain) appendRow(tx *bbolt.Tx, r *hayon.JournalRow) (key []byte, err error) {
	journal := tx.Bucket(plainJournal)
	if r.Seq, err = journal.NextSequence(); err != nil {
		return nil, err
	}
	key = binary.BigEndian.AppendUint64(nil, r.Seq)
	return key, journal.Put(key, hayon.Encode(r))
}

// change stores a target, its journal row, and the entries of both in the indexes.
func (p *plain) change(tx *bbolt.Tx, w int) error {
	id := binary.BigEndian.AppendUint32(nil, uint32(w)) //nolint:gosec // at most lanes
	old, next := entryKey(w, p.moved[w]), entryKey(w, p.moved[w]+1)
	for _, name := range plainMoving() {
		b := tx.Bucket(name)
		if err := errors.Join(b.Delete(old), b.Put(next, entryValue())); err != nil {
			return err
		}
	}
	key, err := p.appendRow(tx, &hayon.JournalRow{
		At: time.Now().UTC(), Kind: hayon.RowState, User: hayon.LocalUser().ID, Source: hayon.SourceWorker,
		From: hayon.StateScheduled, To: hayon.StateQueued, Generation: 1, Platform: "demo",
	})
	return errors.Join(err,
		tx.Bucket(plainByPost).Put(append(id, key...), nil),
		tx.Bucket(plainTargets).Put(id, p.targets[w]),
		tx.Bucket(plainPlaces).Put(id, entryValue()))
}

// entryKey is as long as a state, a time and an identifier.
func entryKey(w int, n uint64) []byte {
	state := strings.Repeat(string(rune('a'+n%2)), 9)
	return fmt.Appendf(nil, "%s%012d", state, w)
}

// entryValue is as long as an account, a time and another one.
func entryValue() []byte { return make([]byte, 28) }

// oneByOne gives each write a commit of its own.
func oneByOne(write plainWrite) peerOpener {
	return openPeer(write, func(db *bbolt.DB, fn func(*bbolt.Tx) error) error { return db.Update(fn) })
}

// batched lets bbolt gather what several goroutines write, for up to 10 ms.
func batched(write plainWrite) peerOpener {
	return openPeer(write, func(db *bbolt.DB, fn func(*bbolt.Tx) error) error { return db.Batch(fn) })
}

func openPeer(write plainWrite, commit func(*bbolt.DB, func(*bbolt.Tx) error) error) peerOpener {
	return func(_ context.Context, h home) (committer, error) {
		p, err := openPlain(h)
		if err != nil {
			return committer{}, err
		}
		return committer{
			commit: func(_ context.Context, w int) error {
				err := commit(p.db, func(tx *bbolt.Tx) error { return write(p, tx, w) })
				p.moved[w]++ // each writer has its own
				return err
			},
			close: p.db.Close,
		}, nil
	}
}
