package bolt_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

func TestNewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	newer, err := bolt.OpenSchema(t.Context(), path, bolt.Config{Version: "9.0.0"}, 9, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := newer.Close(); err != nil {
		t.Fatal(err)
	}
	for _, hold := range []bool{false, true} {
		_, err = bolt.Open(t.Context(), path, bolt.Config{Version: "1.0.0", Hold: hold})
		e := hayon.AsError(err)
		if e.Code != hayon.CodeConflict || !strings.Contains(e.Message, "written by hayon 9.0.0, newer than 1.0.0") || e.Hint == "" {
			t.Errorf("Open answers %s: %s", e.Code, e.Message)
		}
	}
	// The refusal leaves no lock behind.
	newer, err = bolt.OpenSchema(t.Context(), path, bolt.Config{Hold: true}, 9, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkAndClose(t, newer)
}

func TestMigration(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	old := open(t, path, bolt.Config{Version: "1.0.0"})
	mustUpdate(t, old, create(newPost(now, account(1), hayon.StateDraft)))
	checkAndClose(t, old)

	ran := 0
	step := func(tx *bbolt.Tx) error {
		ran++
		_, err := tx.CreateBucketIfNotExists([]byte("new"))
		return err
	}
	broken := func(*bbolt.Tx) error { return errors.New("broken") }
	if _, err := bolt.OpenSchema(t.Context(), path, bolt.Config{}, 8, map[int]func(*bbolt.Tx) error{6: step, 7: broken}); err == nil {
		t.Fatal("a broken migration is no error")
	}
	if _, err := bolt.OpenSchema(t.Context(), path, bolt.Config{}, 8, map[int]func(*bbolt.Tx) error{7: step}); hayon.CodeOf(err) != hayon.CodeConflict {
		t.Errorf("a missing migration answers %v", err)
	}
	checkAndClose(t, open(t, path, bolt.Config{})) // still what it was

	ran = 0
	db, err := bolt.OpenSchema(t.Context(), path, bolt.Config{Version: "7.0.0"}, 8, map[int]func(*bbolt.Tx) error{6: step, 7: step})
	if err != nil {
		t.Fatal(err)
	}
	if n := countPosts(t, db); n != 1 || ran != 2 {
		t.Errorf("%d posts after %d migrations, want 1 after 2", n, ran)
	}
	checkAndClose(t, db)
	backup := path + ".schema6.backup"
	if info, err := os.Stat(backup); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("backup: %v, %v", info, err)
	}
	if n := countPosts(t, opened(t, backup, bolt.Config{})); n != 1 {
		t.Errorf("the backup has %d posts, want 1", n)
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, bucket := range []string{
		"posts_by_state", "posts_by_digits", "posts_deleted", "posts_by_search", "posts_by_label", "posts_by_at",
		"targets_by_post", "targets_by_wake", "lanes", "due", "needs_user", "leases", "remotes",
		"journal_by_post", "changes_by_user", "accounts_by_name", "letters_by_digest", "letters_open", "letters_ended",
	} {
		for _, how := range []string{"lost", "strange", "changed"} {
			t.Run(bucket+" "+how, func(t *testing.T) {
				t.Parallel()
				path := dbPath(t)
				db := open(t, path, bolt.Config{})
				p := newPost(now, account(1), hayon.StatePublishing)
				p.Targets[0].Lease = &hayon.Lease{Until: now, Owner: self()}
				p.Targets[0].Parts[0].Remote.ID = "x"
				p.Labels = []string{"sea"}
				gone := newPost(now, account(3), hayon.StateFailed)
				gone.DeletedAt = now
				held := newPost(now, account(2), hayon.StatePublishing)
				mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
					err := errors.Join(putAccount(ctx, tx, 1), create(p)(ctx, tx), create(held)(ctx, tx), create(gone)(ctx, tx), putLetters(ctx, tx, 2))
					held.Targets[0].Enter(hayon.StateUncertain, now)
					return errors.Join(err, tx.UpdateTarget(ctx, held.Targets[0]))
				})
				spoil(t, path, bucket, how)
				if err := db.Check(t.Context()); hayon.CodeOf(err) != hayon.CodeLocal {
					t.Errorf("Check answers %v", err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func spoil(t *testing.T, path, bucket, how string) {
	t.Helper()
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		k, _ := b.Cursor().First()
		switch how {
		case "lost":
			return b.Delete(k)
		case "strange":
			return b.Put(append([]byte{0}, k...), nil)
		default:
			return b.Put(k, []byte("?"))
		}
	})
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
}
