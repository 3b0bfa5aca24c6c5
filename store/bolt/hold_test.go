package bolt_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

func TestHoldKeepsOthersOut(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	cfg := bolt.Config{Owner: self(), Version: "1.2.3", Socket: "/run/hayon.sock", Hold: true}
	holder := opened(t, path, cfg)

	f, err := bolt.ReadOwnerFile(path)
	if err != nil || f.Owner != self() || f.Version != "1.2.3" || f.Socket != "/run/hayon.sock" || f.Since.IsZero() {
		t.Errorf("owner file is %+v, %v", f, err)
	}
	if info, err := os.Stat(bolt.OwnerPath(path)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("owner file: %v, %v", info.Mode(), err)
	}
	_, err = bolt.Open(t.Context(), path, bolt.Config{LockTimeout: 20 * time.Millisecond})
	e := hayon.AsError(err)
	if e.Code != hayon.CodeConflict || !strings.Contains(e.Message, "hayon daemon (process ") ||
		!strings.Contains(e.Message, "version 1.2.3") || e.Hint != "stop it: hayon daemon stop" {
		t.Errorf("second handle: %s (hint %q)", e.Message, e.Hint)
	}

	if err := holder.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.ReadOwnerFile(path); hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("owner file after Release: %v", err)
	}
	second := opened(t, path, bolt.Config{})
	mustUpdate(t, second, create(newPost(now, account(1), hayon.StateDraft)))
	if n := countPosts(t, holder); n != 1 {
		t.Errorf("the first handle sees %d posts, want 1", n)
	}
	if err := errors.Join(holder.Hold(t.Context()), holder.Hold(t.Context())); err != nil {
		t.Errorf("holding again: %v", err)
	}
	if !holder.Holding() {
		t.Error("not held")
	}
	if err := holder.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestHolderWithoutOwnerFile(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	holder := opened(t, path, bolt.Config{Hold: true, Owner: self()})
	if err := os.Remove(bolt.OwnerPath(path)); err != nil {
		t.Fatal(err)
	}
	_, err := bolt.Open(t.Context(), path, bolt.Config{LockTimeout: 20 * time.Millisecond})
	if hayon.CodeOf(err) != hayon.CodeConflict || hayon.AsError(err).Hint == "" {
		t.Errorf("Open answers %v", err)
	}
	_ = holder
}

func TestWaitForLockEndsWithContext(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	short := opened(t, path, bolt.Config{LockTimeout: time.Hour})
	other := open(t, path, bolt.Config{Hold: true})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	ran := false
	err := short.Update(ctx, func(context.Context, hayon.Tx) error {
		ran = true
		return nil
	})
	if !errors.Is(err, context.DeadlineExceeded) || ran {
		t.Errorf("Update answers %v, ran %v", err, ran)
	}
	if err := short.View(ctx, func(context.Context, hayon.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("View answers %v", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	mustUpdate(t, short, create(newPost(now, account(1), hayon.StateDraft)))
}

// TestShortHandlesInterleave has two handles, as of two processes, write and read by turns.
func TestShortHandlesInterleave(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	const each = 30
	var wg sync.WaitGroup
	for range 2 {
		db := opened(t, path, bolt.Config{LockTimeout: time.Minute})
		wg.Go(func() {
			for range each {
				if err := db.Update(t.Context(), create(newPost(now, account(1), hayon.StateDraft))); err != nil {
					t.Errorf("Update: %v", err)
				}
			}
		})
		wg.Go(func() {
			for range each {
				err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
					_, err := tx.LastJournalSeq(ctx)
					return err
				})
				if err != nil {
					t.Errorf("View: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n := countPosts(t, opened(t, path, bolt.Config{})); n != 2*each {
		t.Errorf("%d posts, want %d", n, 2*each)
	}
}

// TestGroupCommit lets writers pile up behind one that waits, and counts the commits and what is told
// of them.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	const n = 50
	told := make(chan int, 10)
	db := opened(t, dbPath(t), bolt.Config{Hold: true, OnCommit: func(d time.Duration, changes int) {
		if d <= 0 {
			t.Errorf("a commit took %s", d)
		}
		told <- changes
	}})
	blocked, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		once := sync.OnceFunc(func() { close(blocked) })
		_ = db.Update(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
			once()
			<-release
			return create(newPost(now, account(1), hayon.StateDraft))(ctx, tx)
		})
	})
	<-blocked
	var seen []uint64 // by the order of running; the committer runs one at a time
	var mu sync.Mutex
	for range n {
		wg.Go(func() {
			err := db.Update(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
				last, err := tx.LastJournalSeq(ctx)
				mu.Lock()
				seen = append(seen, last)
				mu.Unlock()
				return errors.Join(err, create(newPost(now, account(1), hayon.StateDraft))(ctx, tx))
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		})
	}
	for db.Waiting() < n { // bounded by the test's own time limit
		select {
		case <-t.Context().Done():
			t.Fatal("the writers do not come")
		case <-time.After(time.Millisecond):
		}
	}
	before := db.Commits()
	close(release)
	wg.Wait()
	if got := db.Commits() - before; got != 2 {
		t.Errorf("%d commits, want one for the first and one for all others", got)
	}
	for i, last := range seen {
		if last != uint64(i+1) {
			t.Fatalf("function %d saw the journal end at %d: not in one line", i, last)
		}
	}
	// What changes nothing, or fails, is not told.
	mustUpdate(t, db, func(context.Context, hayon.Tx) error { return nil })
	if err := db.Update(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		return errors.Join(appendRow(ctx, tx), errors.New("no"))
	}); err == nil {
		t.Error("a function that fails is no error")
	}
	mustUpdate(t, db, appendRow)
	for _, want := range []int{1, n, 1} {
		if got := <-told; got != want {
			t.Errorf("told of %d changes in a commit, want %d", got, want)
		}
	}
}

// TestHoldWhileBusy changes the way of holding under readers and writers: none of them notices.
func TestHoldWhileBusy(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{LockTimeout: time.Minute})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	busy := func(fn func() error) {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := fn(); err != nil {
					t.Errorf("while holding changes: %v", err)
					return
				}
			}
		})
	}
	for range 2 {
		busy(func() error { return db.Update(t.Context(), create(newPost(now, account(1), hayon.StateDraft))) })
		busy(func() error {
			return db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
				_, err := tx.LastJournalSeq(ctx)
				return err
			})
		})
	}
	for range 20 {
		if err := errors.Join(db.Hold(t.Context()), db.Check(t.Context()), db.Release()); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}
