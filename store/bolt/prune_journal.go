package bolt

import (
	"bytes"
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
)

// youngRun is how many rows in a row that are not old end the search for old ones. Rows are in the order
// of time, save where the clock was set back.
const youngRun = 1000

// journalPrune is one call of PruneJournal.
type journalPrune struct {
	t      *Tx
	before time.Time
	// open are the targets of posts that are not finished, by post; nil of a post without any.
	open map[hayon.PostID]map[hayon.TargetID]bool
}

// PruneJournal removes old rows; see [hayon.PruneTx]. The newest row stays, and so does what a
// subscriber has not read yet, unless it is disabled. Where limit ends a call, the next with the same
// instant goes on behind the rows that were passed over.
func (t *Tx) PruneJournal(_ context.Context, before time.Time, limit int) (int, error) {
	p := &journalPrune{t: t, before: before, open: make(map[hayon.PostID]map[hayon.TargetID]bool)}
	start := t.pruneFrom(before)
	end, err := t.pruneTo()
	if err != nil {
		return 0, err
	}
	var rows []*hayon.JournalRow
	young := 0
	for _, v := range t.from(bucketJournal, seqKey(start), seqKey(end)) {
		r, err := decode[hayon.JournalRow]("journal row", v)
		if err != nil {
			return 0, err
		}
		if !r.At.Before(before) {
			if young++; young == youngRun {
				break
			}
			continue
		}
		young = 0
		if keep, err := p.keep(r); keep || err != nil {
			if err != nil {
				return 0, err
			}
			continue
		}
		if rows = append(rows, r); len(rows) == limit {
			break
		}
	}
	return len(rows), t.removeRows(rows, before, limit > 0 && len(rows) == limit)
}

// pruneTo is the first row that stays whatever it is: the newest, or one that a subscriber waits for.
func (t *Tx) pruneTo() (uint64, error) {
	k, _ := t.bucket(bucketJournal).Cursor().Last()
	end := keySeq(k)
	for _, v := range t.from(bucketCursors, nil, nil) {
		c, err := decode[hayon.Cursor]("cursor", v)
		if err != nil {
			return 0, err
		}
		if !c.Disabled && c.Seq < end {
			end = c.Seq + 1
		}
	}
	return end, nil
}

// keep reports whether an old row must stay.
func (p *journalPrune) keep(r *hayon.JournalRow) (bool, error) {
	if r.Post.IsZero() {
		return false, nil
	}
	open, err := p.unfinished(r.Post)
	if err != nil {
		return false, err
	}
	if r.Target.IsZero() { // what befell the whole post
		return len(open) > 0, nil
	}
	if open[r.Target] || r.Kind != hayon.RowPrepared {
		return open[r.Target], nil
	}
	tg, err := find[hayon.Target](p.t, bucketTargets, r.Target[:], "target")
	if tg == nil || err != nil {
		return false, err
	}
	for i := range tg.Parts {
		if tg.Parts[i].Prepared == r.Seq {
			return true, nil
		}
	}
	return false, nil
}

// unfinished are the targets of a post that may still go out, drafts among them.
func (p *journalPrune) unfinished(post hayon.PostID) (map[hayon.TargetID]bool, error) {
	if open, ok := p.open[post]; ok {
		return open, nil
	}
	targets, err := p.t.placedTargets(post)
	if err != nil {
		return nil, err
	}
	p.open[post] = nil
	for _, pl := range targets {
		if pl.state.Terminal() && pl.state != hayon.StateDraft {
			continue
		}
		if p.open[post] == nil {
			p.open[post] = make(map[hayon.TargetID]bool)
		}
		p.open[post][pl.id] = true
	}
	return p.open[post], nil
}

// The keys of the meta bucket that tell of pruned rows.
var (
	// keyPruned is the highest number of a row that was removed: up to it, rows may be missing.
	keyPruned = []byte("pruned")
	// keyPruning is the instant of a pruning that a limit ended, and the number where it goes on.
	keyPruning = []byte("pruning")
)

// pruneFrom is where a pruning begins, or goes on.
func (t *Tx) pruneFrom(before time.Time) uint64 {
	v := t.get(bucketMeta, keyPruning)
	if len(v) != timeLen+seqLen || !bytes.Equal(v[:timeLen], timeKey(before)) {
		return 0
	}
	return keySeq(v)
}

// removeRows removes rows, in their order, and notes it. more: there may be others.
func (t *Tx) removeRows(rows []*hayon.JournalRow, before time.Time, more bool) error {
	for _, r := range rows {
		if err := t.del(bucketJournal, seqKey(r.Seq)); err != nil {
			return err
		}
		if err := t.reindex(journalEntries(r), nil); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		last := rows[len(rows)-1].Seq
		if last > prunedTo(t.tx) {
			if err := t.putMeta(keyPruned, seqKey(last)); err != nil {
				return err
			}
		}
		if more {
			return t.putMeta(keyPruning, join(timeKey(before), seqKey(last+1)))
		}
	}
	if t.get(bucketMeta, keyPruning) == nil {
		return nil
	}
	return t.putMeta(keyPruning, nil)
}

// prunedTo is the highest number of a journal row that was ever removed, 0 when none was.
func prunedTo(tx *bbolt.Tx) uint64 { return keySeq(tx.Bucket(bucketMeta).Get(keyPruned)) }
