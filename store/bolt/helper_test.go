package bolt_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

var now = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func self() hayon.Owner {
	return hayon.Owner{Host: "host", BootID: "boot", PID: os.Getpid(), Start: 1, Command: "daemon"}
}

func open(t testing.TB, path string, cfg bolt.Config) *bolt.DB {
	t.Helper()
	db, err := bolt.Open(t.Context(), path, cfg)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return db
}

// opened opens a database that the test closes and checks.
func opened(t testing.TB, path string, cfg bolt.Config) *bolt.DB {
	t.Helper()
	db := open(t, path, cfg)
	t.Cleanup(func() { checkAndClose(t, db) })
	return db
}

func checkAndClose(t testing.TB, db *bolt.DB) {
	t.Helper()
	if err := db.Check(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("Check: %v %v", err, hayon.AsError(err).Details)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func dbPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "hayon.db")
}

func account(id byte) hayon.AccountID { return hayon.AccountID{11: id} }

func putAccount(ctx context.Context, tx hayon.Tx, id byte) error {
	return tx.CreateAccount(ctx, &hayon.Account{
		ID: account(id), Owner: hayon.LocalUser().ID, Platform: "demo", Name: "demo/" + strconv.Itoa(int(id)),
		Status: hayon.AccountConnected, CreatedAt: now,
	})
}

// newPost is a post with one target.
func newPost(at time.Time, a hayon.AccountID, s hayon.State) *hayon.Post {
	p := &hayon.Post{ID: hayon.NewPostID(at), Owner: hayon.LocalUser().ID, Text: "hello", CreatedAt: at, UpdatedAt: at}
	p.Targets = []*hayon.Target{{
		ID: hayon.NewTargetID(at), Post: p.ID, Owner: p.Owner, Account: a, Platform: "demo", CreatedAt: at,
		State: s, StateSince: at, Generation: 1, Due: at, Grace: time.Hour, IfLate: hayon.LateAsk,
		Parts: []hayon.Part{{Text: "hello"}},
	}}
	return p
}

func create(p *hayon.Post) func(context.Context, hayon.Tx) error {
	return func(ctx context.Context, tx hayon.Tx) error {
		if err := tx.CreatePost(ctx, p); err != nil {
			return err
		}
		return tx.AppendJournal(ctx, &hayon.JournalRow{At: p.CreatedAt, Kind: hayon.RowCreated, User: p.Owner, Post: p.ID})
	}
}

// putLetters stores the letters of n messages. Every third one ended, and every third was cleared, too.
func putLetters(ctx context.Context, tx hayon.Tx, n int) error {
	for i := range n {
		m := hayon.Message{ID: strconv.Itoa(i), At: now, Body: []byte("?")}
		l := hayon.NewLetter(m, hayon.CauseUndecodable, "it is no hint", now.Add(time.Duration(i)*time.Second))
		if i%3 > 0 {
			l.Ended, l.Cleared = &hayon.LetterEnd{At: now, How: hayon.LetterDiscarded, Reason: "not ours"}, i%3 == 2
		}
		if err := tx.PutLetter(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func mustUpdate(t testing.TB, db *bolt.DB, fn func(context.Context, hayon.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func countPosts(t testing.TB, db *bolt.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		ps, err := tx.FindPosts(ctx, hayon.PostFilter{})
		n = len(ps)
		return err
	})
	if err != nil {
		t.Fatalf("View: %v", err)
	}
	return n
}
