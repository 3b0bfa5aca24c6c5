package bolt_test

import (
	"bytes"
	"context"
	"encoding/binary"
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
			_, err := tx.ClaimTargets(ctx, hayon.ClaimRequest{Now: now, Lease: time.Minute})
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

// TestDamagedBytes overwrites rows and index entries. Not everything can be noticed; nothing may panic,
// hang or answer with another code.
//
// It leaves out what bbolt itself does not survive: pages that point to pages (a tree may point into
// itself then, and a walk through it has no end), and lengths (of any size then, up to what the machine
// has).
func TestDamagedBytes(t *testing.T) {
	t.Parallel()
	good := whole(t)
	pages := rowPages(good)
	if len(pages) < 5 {
		t.Fatalf("only %d pages of rows to damage", len(pages))
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 30 {
		data := bytes.Clone(good)
		page := pages[r.IntN(len(pages))]
		bytesOf := data[page*pageSize:][:pageSize]
		bytesOf = bytesOf[pageHeader+leafElement*int(binary.LittleEndian.Uint16(bytesOf[10:])):]
		for range 1 + r.IntN(40) {
			bytesOf[r.IntN(len(bytesOf))] = byte(r.Uint32())
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

// The form of bbolt's file: https://github.com/etcd-io/bbolt/blob/v1.5.0/internal/common/page.go and
// meta.go, read 2026-11-20.
const (
	pageSize   = 4096
	pageHeader = 16 // id 8, flags 2, count 2, overflow 4
	leafFlag   = 0x02
	// leafElement is what a leaf has for each row before the rows: flags, position, lengths.
	leafElement = 16
	bucketFlag  = 0x01 // of a row that is a bucket
)

// rowPages are the leaf pages of a database that hold no buckets.
func rowPages(data []byte) []int {
	var pages []int
	for page := 2; page < len(data)/pageSize; page++ {
		header := data[page*pageSize:]
		leaf := binary.LittleEndian.Uint16(header[8:]) == leafFlag
		whole := binary.LittleEndian.Uint64(header) == uint64(page) && binary.LittleEndian.Uint32(header[12:]) == 0
		if leaf && whole && !hasBuckets(header) {
			pages = append(pages, page)
		}
	}
	return pages
}

// hasBuckets reports whether a row of a leaf page is a bucket.
func hasBuckets(page []byte) bool {
	rows := int(binary.LittleEndian.Uint16(page[10:]))
	for i := range min(rows, (pageSize-pageHeader)/leafElement) {
		if binary.LittleEndian.Uint32(page[pageHeader+i*leafElement:])&bucketFlag != 0 {
			return true
		}
	}
	return false
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
