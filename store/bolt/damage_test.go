package bolt_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// whole is the bytes of a database with some posts.
func whole(t *testing.T) []byte {
	t.Helper()
	path := dbPath(t)
	db := open(t, path, bolt.Config{})
	for range 40 {
		mustUpdate(t, db, create(newPost(now, account(1), hayon.StateQueued)))
	}
	checkAndClose(t, db)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// use does everything that a command might and answers the first error.
func use(t *testing.T, path string, hold bool) error {
	t.Helper()
	db, err := bolt.Open(t.Context(), path, bolt.Config{Hold: hold, LockTimeout: 100 * time.Millisecond})
	if err != nil {
		return err
	}
	errs := []error{
		db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.FindPosts(ctx, hayon.PostFilter{})
			return err
		}),
		db.Update(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.ClaimTargets(ctx, hayon.ClaimRequest{Now: now, Grace: time.Hour, Lease: time.Minute})
			return err
		}),
		db.Update(t.Context(), create(newPost(now, account(1), hayon.StateDraft))),
		db.Check(t.Context()),
		db.Close(),
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestDamagedFile(t *testing.T) {
	t.Parallel()
	good := whole(t)
	for _, c := range []struct {
		name string
		data []byte
		ok   bool
	}{
		{"empty", nil, true},
		{"text", []byte("this is no database\n"), false},
		{"garbage", bytes.Repeat([]byte{0xa5}, 64<<10), false},
		{"zeros", make([]byte, 64<<10), false},
		{"one page", good[:4096], false},
		{"cut in the middle", good[:len(good)/2], false},
		{"cut at three pages", good[:3*4096], false},
		{"metas lost", append(make([]byte, 2*4096), good[2*4096:]...), false},
		{"pages lost", append(bytes.Clone(good[:2*4096]), make([]byte, len(good)-2*4096)...), false},
		{"pages garbage", append(bytes.Clone(good[:2*4096]), bytes.Repeat([]byte{0xff}, len(good)-2*4096)...), false},
	} {
		for _, hold := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "hayon.db")
				if err := os.WriteFile(path, c.data, 0o600); err != nil {
					t.Fatal(err)
				}
				err := use(t, path, hold)
				if c.ok {
					if err != nil {
						t.Errorf("hold %v: %v", hold, err)
					}
					return
				}
				e := hayon.AsError(err)
				if e == nil || e.Code != hayon.CodeLocal || !strings.Contains(e.Message, path) || e.Hint == "" {
					t.Errorf("hold %v: %v, want a local error that names the file", hold, err)
				}
			})
		}
	}
}

// TestDamagedBytes overwrites single pages. Not everything can be noticed; nothing may panic, hang
// or answer with another code.
func TestDamagedBytes(t *testing.T) {
	t.Parallel()
	good := whole(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 30 {
		data := bytes.Clone(good)
		page := 2 + r.IntN(len(data)/4096-2)
		for range 1 + r.IntN(40) {
			data[page*4096+r.IntN(4096)] = byte(r.Uint32())
		}
		path := filepath.Join(t.TempDir(), "hayon.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := use(t, path, r.IntN(2) == 0)
		if code := hayon.CodeOf(err); code != "" && code != hayon.CodeLocal && code != hayon.CodeConflict {
			t.Errorf("page %d: %v (%s)", page, err, code)
		}
	}
}

func TestNoPermission(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may do everything")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	_, err := bolt.Open(t.Context(), filepath.Join(dir, "hayon.db"), bolt.Config{})
	if hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("Open answers %v", err)
	}
}

func TestOpenRefusesRelativePath(t *testing.T) {
	t.Parallel()
	if _, err := bolt.Open(t.Context(), "hayon.db", bolt.Config{}); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("Open answers %v", err)
	}
}
