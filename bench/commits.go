package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hayon/hayon"
)

// commitTime is how long each way to commit is measured, before the others and again after them.
const commitTime = time.Second

// committer commits for one of 64 writers at a time, or for all at once.
type committer struct {
	commit func(ctx context.Context, writer int) error
	close  func() error
}

// peerOpener opens a database in a home, with one target for each writer in it.
type peerOpener func(context.Context, home) (committer, error)

// measureCommits compares the group commit of the store with bbolt itself, one by one and by its own
// way to gather, on the same disk: for a small row, and for a target that changes its state.
func measureCommits(ctx context.Context, b *bench) ([]row, error) {
	var rows []row
	for _, load := range []struct {
		name, what string
		ours       storeWrite
		theirs     plainWrite
	}{
		{"row", "a journal row", storeJournalRow, (*plain).journalRow},
		{"change", "a target's state, its indexes, a row", storeChange, (*plain).change},
	} {
		paces, err := b.comparePeers(ctx, "commit-"+load.name, []peerOpener{grouped(load.ours), oneByOne(load.theirs), batched(load.theirs)})
		if err != nil {
			return rows, err
		}
		group, alone, batch := paces[0], paces[1], paces[2]
		times := func(p pace) string { return number(group.rate/p.rate) + " times " }
		rows = append(rows,
			fact("group-"+load.name, "group commits, 64 writers: "+load.what, group.rate, "/s",
				group.spread()+"; "+times(alone)+"one by one, "+times(batch)+"db.Batch"),
			fact("plain-"+load.name, "  the same, plain bbolt, one by one", alone.rate, "/s", alone.spread()),
			fact("batch-"+load.name, "  the same, plain bbolt, db.Batch", batch.rate, "/s", batch.spread()))
	}
	return rows, nil
}

// comparePeers measures each twice, in one order and back, so that a disk that grows slower hits all.
func (b *bench) comparePeers(ctx context.Context, name string, open []peerOpener) ([]pace, error) {
	paces := make([]pace, len(open))
	for round := range 2 * len(open) {
		i := min(round, 2*len(open)-1-round)
		p, err := b.peerPace(ctx, b.home(fmt.Sprint(name, round)), open[i])
		if err != nil {
			return nil, err
		}
		if paces[i].took == nil {
			paces[i] = p
		} else {
			paces[i] = paces[i].and(p)
		}
	}
	return paces, nil
}

// peerPace is how fast 64 writers commit, each changing what nobody else does.
func (b *bench) peerPace(ctx context.Context, h home, open peerOpener) (p pace, err error) {
	c, err := open(ctx, h)
	if err != nil {
		return pace{}, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	return writers(ctx, b.span(commitTime), c.commit)
}

// storeWrite is what a writer does with its target in a transaction of the store.
type storeWrite func(ctx context.Context, tx hayon.Tx, id hayon.TargetID) error

// grouped is the store as a daemon has it.
func grouped(write storeWrite) peerOpener {
	return func(ctx context.Context, h home) (committer, error) {
		s, err := openStore(ctx, h, nil)
		if err != nil {
			return committer{}, err
		}
		targets, err := writersTargets(ctx, s)
		if err != nil {
			return committer{}, errors.Join(err, s.Close())
		}
		return committer{
			commit: func(ctx context.Context, w int) error {
				return s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return write(ctx, tx, targets[w]) })
			},
			close: s.Close,
		}, nil
	}
}

// writersTargets stores a target for each writer.
func writersTargets(ctx context.Context, s hayon.Store) (ids []hayon.TargetID, err error) {
	if err := seed(ctx, s, batch{posts: lanes, due: always(time.Now())}); err != nil {
		return nil, err
	}
	err = s.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		targets, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{hayon.StateScheduled}})
		for _, t := range targets {
			ids = append(ids, t.ID)
		}
		return err
	})
	return ids, err
}

// storeJournalRow is the smallest commit that there is.
func storeJournalRow(ctx context.Context, tx hayon.Tx, _ hayon.TargetID) error {
	return tx.AppendJournal(ctx, &hayon.JournalRow{At: time.Now().UTC(), Kind: hayon.RowState, User: hayon.LocalUser().ID})
}

// storeStep is what each step of an attempt does at least.
func storeStep(ctx context.Context, tx hayon.Tx, id hayon.TargetID) error {
	t, err := tx.FindTargetByID(ctx, id)
	if err != nil {
		return err
	}
	t.Attempts++
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	return tx.AppendJournal(ctx, rowOf(t))
}

// storeChange moves the target to another state and so through the indexes.
func storeChange(ctx context.Context, tx hayon.Tx, id hayon.TargetID) error {
	t, err := tx.FindTargetByID(ctx, id)
	if err != nil {
		return err
	}
	r := rowOf(t)
	r.From, r.To = t.State, hayon.StateQueued
	if t.State == hayon.StateQueued {
		r.To = hayon.StateScheduled
	}
	t.Enter(r.To, r.At)
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	return tx.AppendJournal(ctx, r)
}

func rowOf(t *hayon.Target) *hayon.JournalRow {
	return &hayon.JournalRow{
		At: time.Now().UTC(), Kind: hayon.RowState, User: t.Owner, Source: hayon.SourceWorker,
		Post: t.Post, Target: t.ID, Account: t.Account, Platform: t.Platform, Generation: t.Generation, Attempt: t.Attempts,
	}
}
