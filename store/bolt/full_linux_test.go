package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// writeUntilFull lets no file grow beyond 256 KiB and writes until the database says so.
func writeUntilFull(path string) error {
	ctx := context.Background()
	signal.Ignore(syscall.SIGXFSZ) // or the write ends the process instead of failing
	for _, hold := range []bool{true, false} {
		db, err := bolt.Open(ctx, path, bolt.Config{Hold: hold})
		if err != nil {
			return err
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 256 << 10, Max: 1 << 40}); err != nil {
			return err
		}
		written, err := fill(ctx, db)
		if err := notFull(err); err != nil {
			return err
		}
		// The store goes on: it reads, it is whole, and it writes again when there is space.
		if err := db.Check(ctx); err != nil {
			return fmt.Errorf("check while full: %w", err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40}); err != nil {
			return err
		}
		if err := db.Update(ctx, create(newPost(now, account(1), hayon.StateDraft))); err != nil {
			return fmt.Errorf("after making space: %w", err)
		}
		fmt.Println(written + 1) //nolint:forbidigo // a child's output is its result
		if err := errors.Join(db.Check(ctx), db.Close()); err != nil {
			return err
		}
	}
	return nil
}

func fill(ctx context.Context, db *bolt.DB) (int, error) {
	for n := 0; ; n++ {
		p := newPost(now, account(1), hayon.StateDraft)
		p.Text = strings.Repeat("x", 4096)
		if err := db.Update(ctx, create(p)); err != nil {
			return n, err
		}
	}
}

func notFull(err error) error {
	e := hayon.AsError(err)
	if e.Code != hayon.CodeLocal || !strings.Contains(e.Message, "no space left") || !strings.HasPrefix(e.Hint, "free some space") {
		return fmt.Errorf("a full disk answers %s: %s (%w)", e.Code, e.Message, e.Err)
	}
	return nil
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	out, err := child(t, "full", path).Output()
	if err != nil {
		t.Fatalf("child: %v", err)
	}
	var first, second int
	if _, err := fmt.Sscan(string(out), &first, &second); err != nil || first < 2 {
		t.Fatalf("child printed %q", out)
	}
	if n := countPosts(t, opened(t, path, bolt.Config{})); n != first+second {
		t.Errorf("%d posts, want the %d that were committed", n, first+second)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// compactWhenFull compacts a file of which no copy has room.
func compactWhenFull(path string) error {
	ctx := context.Background()
	signal.Ignore(syscall.SIGXFSZ)
	for _, hold := range []bool{true, false} {
		db, err := bolt.Open(ctx, path, bolt.Config{Hold: hold})
		if err != nil {
			return err
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 1 << 40}); err != nil {
			return err
		}
		_, _, err = db.Compact(ctx)
		if err := notFull(err); err != nil {
			return err
		}
		if _, err := os.Stat(path + compactSuffix); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("the new file is left: %w", err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40}); err != nil {
			return err
		}
		if err := errors.Join(db.Check(ctx), db.Update(ctx, create(newPost(now, account(1), hayon.StateDraft)))); err != nil {
			return err
		}
		if _, _, err := db.Compact(ctx); err != nil {
			return fmt.Errorf("after making space: %w", err)
		}
		if err := errors.Join(db.Check(ctx), db.Close()); err != nil {
			return err
		}
	}
	return nil
}

func TestCompactDiskFull(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	db := open(t, path, bolt.Config{})
	for range 60 {
		p := newPost(now, account(1), hayon.StateDraft)
		p.Text = strings.Repeat("x", 4096)
		mustUpdate(t, db, create(p))
	}
	checkAndClose(t, db)
	if out, err := child(t, "compact full", path).Output(); err != nil {
		t.Fatalf("child: %v: %s", err, out)
	}
	if n := countPosts(t, opened(t, path, bolt.Config{})); n != 62 {
		t.Errorf("%d posts, want 62", n)
	}
}
