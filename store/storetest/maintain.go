package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

func maintainCases() []testCase {
	return []testCase{
		{"a snapshot is a store with what was there", snapshotAlone},
		{"snapshots are consistent while others write", snapshotUnderLoad},
		{"a snapshot ends with its context, and with its writer", snapshotEnds},
		{"compacting gives free space back and keeps everything", compact},
		{"others read and write through a compaction", compactUnderLoad},
		{"a compaction that is cut off changes nothing", compactEnds},
		{"info tells what is there", info},
		{"not inside of a transaction", maintainInTx},
	}
}

// maintainer is the store, as one that can be looked after.
func (w *world) maintainer() hayon.Maintainer {
	w.Helper()
	m, ok := w.s.(hayon.Maintainer)
	if ok != w.h.Features.Maintainer {
		w.Fatalf("Maintainer is declared %v and implemented %v", w.h.Features.Maintainer, ok)
	}
	if !ok {
		w.Skip("the store declares no Maintainer")
	}
	return m
}

// copied makes a store of a snapshot, checks it, and answers how many posts and journal rows it has.
func (w *world) copied(b []byte) (posts, rows int) {
	w.Helper()
	s := w.h.OpenCopy(w.T, b)
	err := s.Check(w.Context())
	err = errors.Join(err, s.View(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
		all, err := tx.FindPosts(ctx, hayon.PostFilter{})
		posts = len(all)
		journal, rowErr := tx.FindJournal(ctx, hayon.JournalFilter{})
		rows = len(journal)
		return errors.Join(err, rowErr)
	}))
	if err := errors.Join(err, s.Close()); err != nil {
		w.Errorf("the copy: %v", err)
	}
	return posts, rows
}

// written stores a post with a journal row, in one transaction.
func (w *world) written(p *hayon.Post) error {
	return w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
		return errors.Join(tx.CreatePost(ctx, p), tx.AppendJournal(ctx, row(p.Owner, p.ID)))
	})
}

func (w *world) newPosts(n int) []*hayon.Post {
	posts := make([]*hayon.Post, n)
	for i := range posts {
		posts[i] = w.newPost([]hayon.AccountID{{11: 1}}, inState(hayon.StateFailed))
		posts[i].Text = strings.Repeat("text ", 100)
	}
	return posts
}

func snapshotAlone(w *world) {
	m := w.maintainer()
	for _, p := range w.newPosts(20) {
		if err := w.written(p); err != nil {
			w.Fatal(err)
		}
	}
	var b bytes.Buffer
	n, err := m.Snapshot(w.Context(), &b)
	if err != nil || n != int64(b.Len()) {
		w.Fatalf("Snapshot answers %d of %d bytes, %v", n, b.Len(), err)
	}
	w.post(nil) // later
	if posts, rows := w.copied(b.Bytes()); posts != 20 || rows != 20 {
		w.Errorf("the copy has %d posts and %d rows, want 20", posts, rows)
	}
}

func snapshotUnderLoad(w *world) {
	m := w.maintainer()
	var wg sync.WaitGroup
	for range 2 {
		posts := w.newPosts(60)
		wg.Go(func() {
			for _, p := range posts {
				if err := w.written(p); err != nil {
					w.Errorf("Update during a snapshot: %v", err)
				}
			}
		})
	}
	var last []byte
	for range 5 {
		var b bytes.Buffer
		if _, err := m.Snapshot(w.Context(), &b); err != nil {
			w.Errorf("Snapshot: %v", err)
		}
		if posts, rows := w.copied(b.Bytes()); posts != rows {
			w.Errorf("the copy has %d posts and %d rows", posts, rows)
		}
		last = b.Bytes()
	}
	wg.Wait()
	before, _ := w.copied(last)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		posts, err := tx.FindPosts(ctx, hayon.PostFilter{})
		if len(posts) != 120 || before > 120 {
			w.Errorf("%d posts, and %d in the last copy, want 120", len(posts), before)
		}
		return err
	})
}

// failing is a writer that fails after some bytes, with a context that it may end.
type failing struct {
	after int
	err   error
	end   context.CancelFunc
}

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after > 0 {
		return len(p), nil
	}
	if f.end != nil {
		f.end()
		return len(p), nil
	}
	return 0, f.err
}

func snapshotEnds(w *world) {
	m := w.maintainer()
	for _, p := range w.newPosts(50) {
		if err := w.written(p); err != nil {
			w.Fatal(err)
		}
	}
	if _, err := m.Snapshot(w.Context(), &failing{after: 10_000, err: errOwn}); !errors.Is(err, errOwn) {
		w.Errorf("Snapshot into a writer that fails answers %v", err)
	}
	for _, after := range []int{0, 10_000} {
		ctx, cancel := context.WithCancel(w.Context())
		f := &failing{after: after, end: cancel}
		if after == 0 {
			cancel()
		}
		_, err := m.Snapshot(ctx, f)
		if hayon.CodeOf(err) != hayon.CodeTimeout || !errors.Is(err, context.Canceled) {
			w.Errorf("Snapshot with a context that ends after %d bytes answers %v", after, err)
		}
		cancel()
	}
	w.post(nil) // and nobody is in the way
}

func compact(w *world) {
	m := w.maintainer()
	posts := w.newPosts(400)
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for _, p := range posts {
			err := errors.Join(tx.CreatePost(ctx, p), tx.AppendJournal(ctx, row(p.Owner, p.ID)), tx.AppendOutbox(ctx, &hayon.OutboxRow{At: start}))
			if err != nil {
				return err
			}
		}
		return tx.DeleteOutbox(ctx, []uint64{400})
	})
	for _, p := range posts[:380] {
		p.DeletedAt = start
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for _, p := range posts[:380] {
			if err := tx.UpdatePost(ctx, p); err != nil {
				return err
			}
		}
		_, err := tx.PrunePosts(ctx, start.Add(time.Hour), 0)
		return err
	})
	is, err := m.Info(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	before, after, err := m.Compact(w.Context())
	if err != nil || before != is.Bytes || after > before/2 {
		w.Errorf("Compact answers %d and %d, %v; there were %d bytes", before, after, err, is.Bytes)
	}
	if is, err = m.Info(w.Context()); err != nil || is.Bytes != after || is.Posts != 20 {
		w.Errorf("afterwards there are %d bytes and %d posts, %v", is.Bytes, is.Posts, err)
	}
	if err := w.s.Check(w.Context()); err != nil {
		w.Errorf("Check: %v", err)
	}
	for i := range posts[380:] {
		w.target(posts[380+i].Targets[0].ID)
	}
	w.s = w.h.Reopen(w.T, w.s)
	r, o := row(w.user, hayon.PostID{}), &hayon.OutboxRow{At: start}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		return errors.Join(tx.AppendJournal(ctx, r), tx.AppendOutbox(ctx, o))
	})
	if r.Seq != 401 || o.Seq != 401 {
		w.Errorf("the next numbers are %d and %d, want 401", r.Seq, o.Seq)
	}
}

func compactUnderLoad(w *world) {
	m := w.maintainer()
	const writers, each = 2, 60
	done := make(chan struct{})
	var wg, readers sync.WaitGroup
	for range writers {
		posts := w.newPosts(each)
		wg.Go(func() {
			for _, p := range posts {
				if err := w.written(p); err != nil {
					w.Errorf("Update during a compaction: %v", err)
				}
			}
		})
	}
	readers.Go(func() {
		for seen := 0; ; {
			select {
			case <-done:
				return
			default:
			}
			err := w.s.View(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
				posts, err := tx.FindPosts(ctx, hayon.PostFilter{})
				if len(posts) < seen {
					w.Errorf("there were %d posts, and then %d", seen, len(posts))
				}
				seen = len(posts)
				return err
			})
			if err != nil {
				w.Errorf("View during a compaction: %v", err)
			}
		}
	})
	for range 6 {
		if _, _, err := m.Compact(w.Context()); err != nil {
			w.Errorf("Compact: %v", err)
		}
	}
	wg.Wait()
	close(done)
	readers.Wait()
	if is, err := m.Info(w.Context()); err != nil || is.Posts != writers*each || is.Targets != writers*each {
		w.Errorf("there are %d posts and %d targets, %v, want %d", is.Posts, is.Targets, err, writers*each)
	}
}

func compactEnds(w *world) {
	m := w.maintainer()
	w.post(nil)
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	if _, _, err := m.Compact(ctx); hayon.CodeOf(err) != hayon.CodeTimeout {
		w.Errorf("Compact with a context that has ended answers %v", err)
	}
	w.post(nil)
	if is, err := m.Info(w.Context()); err != nil || is.Posts != 2 {
		w.Errorf("there are %d posts, %v, want 2", is.Posts, err)
	}
}

func info(w *world) {
	m := w.maintainer()
	a := w.account("demo")
	w.post([]hayon.AccountID{a, a})
	p := w.post([]hayon.AccountID{a}, inState(hayon.StateFailed))
	w.remove(p, start)
	is, err := m.Info(w.Context())
	if err != nil || is.Posts != 2 || is.Targets != 3 || is.Bytes <= 0 || is.Schema <= 0 || is.WrittenBy == "" {
		w.Errorf("Info answers %+v, %v", is, err)
	}
	w.prunedPosts(start.Add(1), 0, 1)
	if is, err = m.Info(w.Context()); err != nil || is.Posts != 1 || is.Targets != 2 {
		w.Errorf("after pruning Info answers %+v, %v", is, err)
	}
}

func maintainInTx(w *world) {
	m := w.maintainer()
	w.view(func(ctx context.Context, _ hayon.Tx) error {
		_, snapshotErr := m.Snapshot(ctx, io.Discard)
		_, _, compactErr := m.Compact(ctx)
		_, infoErr := m.Info(ctx)
		for _, err := range []error{snapshotErr, compactErr, infoErr} {
			if hayon.CodeOf(err) != hayon.CodeInternal {
				w.Errorf("inside of a transaction: %v, want internal", err)
			}
		}
		return nil
	})
}
