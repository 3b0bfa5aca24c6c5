package bolt

import (
	"context"
	"strconv"

	"github.com/hayon/hayon"
)

// AppendJournal stores a row under the next number.
func (t *Tx) AppendJournal(_ context.Context, r *hayon.JournalRow) error {
	err := t.appendTo(bucketJournal, func(seq uint64) ([]byte, error) {
		r.Seq = seq
		return encode("journal row", r)
	})
	if err != nil {
		return err
	}
	return t.reindex(nil, journalEntries(r))
}

// FindJournal answers rows in the order of Seq.
func (t *Tx) FindJournal(_ context.Context, f hayon.JournalFilter) ([]*hayon.JournalRow, error) {
	if f.After == ^uint64(0) {
		return nil, nil
	}
	keys := t.from(bucketJournal, seqKey(f.After+1), nil)
	if !f.Post.IsZero() {
		keys = t.from(bucketJournalByPost, join(f.Post[:], seqKey(f.After+1)), next(f.Post[:]))
	}
	var out []*hayon.JournalRow
	for k, v := range keys {
		if f.Limit > 0 && len(out) == f.Limit {
			break
		}
		if !f.Post.IsZero() {
			v = t.get(bucketJournal, seqKey(keySeq(k)))
		}
		r, err := decode[hayon.JournalRow]("journal row", v)
		if err != nil {
			return nil, err
		}
		if f.User.IsZero() || r.User == f.User {
			out = append(out, r)
		}
	}
	return out, nil
}

// FindJournalRow answers one row.
func (t *Tx) FindJournalRow(_ context.Context, seq uint64) (*hayon.JournalRow, error) {
	r, err := find[hayon.JournalRow](t, bucketJournal, seqKey(seq), "journal row")
	if err == nil && r == nil {
		err = notFound("journal row", strconv.FormatUint(seq, 10))
	}
	return r, err
}

// LastJournalSeq is the Seq of the newest row.
func (t *Tx) LastJournalSeq(context.Context) (uint64, error) {
	k, _ := t.bucket(bucketJournal).Cursor().Last()
	return keySeq(k), nil
}
