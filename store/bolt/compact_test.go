package bolt_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// compactSuffix makes the name of the file that a compaction writes.
const compactSuffix = ".compact"

func mustCompact(t testing.TB, db *bolt.DB) (before, after int64) {
	t.Helper()
	before, after, err := db.Compact(t.Context())
	if err != nil {
		t.Fatalf("Compact: %v", err)
	}
	return before, after
}

// TestCompactKeepsHold compacts a file that is held: it still is, under its own name, with its owner file.
func TestCompactKeepsHold(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	db := opened(t, path, bolt.Config{Owner: self(), Hold: true})
	mustUpdate(t, db, create(newPost(now, account(1), hayon.StateDraft)))
	for range 2 {
		mustCompact(t, db)
	}
	if _, err := bolt.Open(t.Context(), path, bolt.Config{LockTimeout: 20 * time.Millisecond}); !errors.Is(err, bolt.ErrHeld) {
		t.Errorf("a second Open answers %v", err)
	}
	if f, err := bolt.ReadOwnerFile(path); err != nil || f.Owner != self() {
		t.Errorf("owner file: %+v, %v", f, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v", info.Mode(), err)
	}
	mustUpdate(t, db, create(newPost(now, account(1), hayon.StateDraft)))
	if err := db.Release(); err != nil {
		t.Fatal(err)
	}
	if n := countPosts(t, opened(t, path, bolt.Config{})); n != 2 {
		t.Errorf("%d posts, want 2", n)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

// TestOpenedBeforeCompaction opens a file, and has it replaced before it is locked. Nothing is written
// into the one without a name, and nothing read from it.
func TestOpenedBeforeCompaction(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	other := opened(t, path, bolt.Config{})
	db := opened(t, path, bolt.Config{})
	p := newPost(now, account(1), hayon.StateDraft)
	var once *sync.Once
	opens := 0
	db.OnOpened(func() {
		opens++
		once.Do(func() {
			mustCompact(t, other)
			mustUpdate(t, other, create(newPost(now, account(1), hayon.StateDraft)))
		})
	})
	once = &sync.Once{}
	mustUpdate(t, db, create(p))
	if n := countPosts(t, other); n != 2 || opens < 2 {
		t.Errorf("%d posts after %d openings, want both", n, opens)
	}
	once = &sync.Once{}
	if n := countPosts(t, db); n != 3 {
		t.Errorf("%d posts are read, want 3", n)
	}
	db.OnOpened(nil)
}

// TestCompactBesideProcess compacts again and again while another process writes. What that printed was
// committed.
func TestCompactBesideProcess(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	db := opened(t, path, bolt.Config{LockTimeout: time.Minute})
	cmd := child(t, "short", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const lines = 60
	var ids []string
	for s := bufio.NewScanner(out); s.Scan(); {
		ids = append(ids, s.Text())
		if len(ids) < lines && len(ids)%5 == 0 {
			mustCompact(t, db)
		}
		if len(ids) == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			break
		}
	}
	_ = cmd.Wait() // it was killed
	if len(ids) < lines {
		t.Fatalf("the child ended by itself after %d posts", len(ids))
	}
	wantPosts(t, db, ids)
}

func wantPosts(t *testing.T, db *bolt.DB, ids []string) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		for _, s := range ids {
			id, err := hayon.ParsePostID(s)
			if err != nil {
				return err
			}
			if _, err := tx.FindPostByID(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// compactForEver writes a post, prints its id, and compacts, until it is killed.
func compactForEver(path string, cfg bolt.Config) error {
	ctx := context.Background()
	db, err := bolt.Open(ctx, path, cfg)
	if err != nil {
		return err
	}
	for {
		p := newPost(time.Now().UTC(), account(1), hayon.StateScheduled)
		p.Text = strings.Repeat("x", 2000)
		if err := db.Update(ctx, create(p)); err != nil {
			return err
		}
		fmt.Println(p.ID) //nolint:forbidigo // a child's output is its result
		if _, _, err := db.Compact(ctx); err != nil {
			return err
		}
	}
}

// TestKillCompaction kills processes that compact all the time.
func TestKillCompaction(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	path := dbPath(t)
	var ids []string
	leftovers := 0
	for round := range 8 {
		mode := []string{"compact short", "compact hold"}[round%2]
		ids = append(ids, killLater(t, mode, path, 1+r.IntN(5), time.Duration(r.IntN(15_000))*time.Microsecond)...)
		if _, err := os.Stat(path + compactSuffix); err == nil {
			leftovers++
		}
		db := open(t, path, bolt.Config{})
		wantPosts(t, db, ids)
		checkAndClose(t, db)
		if _, err := os.Stat(path + compactSuffix); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("round %d: something is left of the compaction: %v", round, err)
		}
	}
	t.Logf("%d posts, %d of 8 kills left a file", len(ids), leftovers)
}

// killLater kills a child some time after its n-th line, and answers its lines.
func killLater(t *testing.T, mode, path string, n int, later time.Duration) []string {
	t.Helper()
	cmd := child(t, mode, path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for br := bufio.NewReader(out); ; {
		line, err := br.ReadString('\n')
		if err != nil {
			break // what has no end was not printed whole
		}
		if lines = append(lines, strings.TrimSpace(line)); len(lines) == n {
			timer := time.AfterFunc(later, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
	}
	if err := cmd.Wait(); err == nil || len(lines) < n {
		t.Fatalf("the child ended by itself after %d lines: %v", len(lines), err)
	}
	return lines
}

// TestOpenRemovesLeftover has what a compaction left that was cut off.
func TestOpenRemovesLeftover(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		t.Run(map[bool]string{false: "short", true: "hold"}[hold], func(t *testing.T) {
			t.Parallel()
			path := dbPath(t)
			if err := os.WriteFile(path+compactSuffix, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			db := opened(t, path, bolt.Config{Hold: hold})
			if _, err := os.Stat(path + compactSuffix); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the leftover: %v", err)
			}
			if err := os.WriteFile(path+compactSuffix, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			mustCompact(t, db) // nor is one in the way
		})
	}
}

// TestCompactBehindLink compacts a file that is reached by a link: the link stays one.
func TestCompactBehindLink(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no links here: ", err)
	}
	if err := open(t, path, bolt.Config{}).Close(); err != nil {
		t.Fatal(err)
	}
	db := opened(t, link, bolt.Config{})
	mustUpdate(t, db, create(newPost(now, account(1), hayon.StateDraft)))
	mustCompact(t, db)
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if n := countPosts(t, opened(t, path, bolt.Config{})); n != 1 {
		t.Errorf("%d posts, want 1", n)
	}
}

// TestCompactRefusesDamage has a file with a row that is not what was written, and one that lost a row:
// compacting them would hide it.
func TestCompactRefusesDamage(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(data []byte){
		"a row": func(data []byte) {
			// In every copy: which of them is a row, and which lies on a page that is free, differs.
			for rest := data; ; {
				at := bytes.Index(rest, []byte(`"text":"hello"`))
				if at < 0 {
					return
				}
				rest[at+10] ^= 1
				rest = rest[at+10:]
			}
		},
		"a page": func(data []byte) {
			for _, page := range rowPages(data) {
				data[page*pageSize+10] ^= 1 // the number of its rows
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := whole(t)
			spoil(data)
			path := filepath.Join(t.TempDir(), "hayon.db")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			db := open(t, path, bolt.Config{})
			if _, _, err := db.Compact(t.Context()); hayon.CodeOf(err) != hayon.CodeLocal || hayon.AsError(err).Hint == "" {
				t.Errorf("Compact answers %v", err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(data) {
				t.Errorf("the file is not as it was: %v", err)
			}
			if _, err := os.Stat(path + compactSuffix); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the new file is left: %v", err)
			}
		})
	}
}

// TestReaderThroughCompaction reads on in a transaction that began before a compaction of a held file.
func TestReaderThroughCompaction(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{Hold: true})
	mustUpdate(t, db, create(newPost(now, account(1), hayon.StateDraft)))
	began, goOn := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	count := func(ctx context.Context, tx hayon.Tx) (n int) {
		posts, err := tx.FindPosts(ctx, hayon.PostFilter{})
		if err != nil {
			t.Errorf("FindPosts: %v", err)
		}
		return len(posts)
	}
	wg.Go(func() {
		err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
			close(began)
			<-goOn
			if n := count(ctx, tx); n != 1 {
				t.Errorf("%d posts in the old transaction, want 1", n)
			}
			return nil
		})
		if err != nil {
			t.Errorf("View: %v", err)
		}
	})
	<-began
	compacted := make(chan struct{})
	wg.Go(func() {
		defer close(compacted)
		if _, _, err := db.Compact(t.Context()); err != nil {
			t.Errorf("Compact: %v", err)
		}
	})
	wg.Go(func() {
		err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
			if n := count(ctx, tx); n != 1 {
				t.Errorf("%d posts in a new transaction, want 1", n)
			}
			return nil
		})
		if err != nil {
			t.Errorf("View: %v", err)
		}
	})
	select {
	case <-compacted:
		t.Error("the old file was closed under its reader")
	default:
	}
	close(goOn)
	wg.Wait()
}
