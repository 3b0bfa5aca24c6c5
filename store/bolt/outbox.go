package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// AppendOutbox stores a row under the next number.
func (t *Tx) AppendOutbox(_ context.Context, r *hayon.OutboxRow) error {
	return t.appendTo(bucketOutbox, func(seq uint64) ([]byte, error) {
		r.Seq = seq
		return encode("outbox row", r)
	})
}

// FindOutbox answers rows in order.
func (t *Tx) FindOutbox(_ context.Context, after uint64, limit int) ([]*hayon.OutboxRow, error) {
	if after == ^uint64(0) {
		return nil, nil
	}
	var out []*hayon.OutboxRow
	for _, v := range t.from(bucketOutbox, seqKey(after+1), nil) {
		if limit > 0 && len(out) == limit {
			break
		}
		r, err := decode[hayon.OutboxRow]("outbox row", v)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// DeleteOutbox removes rows.
func (t *Tx) DeleteOutbox(_ context.Context, seqs []uint64) error {
	for _, seq := range seqs {
		if err := t.del(bucketOutbox, seqKey(seq)); err != nil {
			return err
		}
	}
	return nil
}

// CountOutbox reads no row.
func (t *Tx) CountOutbox(context.Context) (int, error) {
	return t.count(bucketOutbox)
}
