package dir_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/dir"
)

// childEnv makes the test binary a process in which no file may grow beyond 64 KiB.
const childEnv = "HAYON_DIR_CHILD"

func TestMain(m *testing.M) {
	if root := os.Getenv(childEnv); root != "" {
		if err := putTooMuch(root); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func putTooMuch(root string) error {
	signal.Ignore(syscall.SIGXFSZ) // or the write ends the process instead of failing
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}); err != nil {
		return err
	}
	b, err := dir.Open(root)
	if err != nil {
		return err
	}
	_, _, err = b.Put(context.Background(), strings.NewReader(strings.Repeat("x", 1<<20)))
	e := hayon.AsError(err)
	if e == nil || e.Code != hayon.CodeLocal || !strings.Contains(e.Message, "no space left") || e.Hint == "" {
		return fmt.Errorf("a full disk answers %w", errors.Join(err, errors.New("want no space left")))
	}
	_, _, err = b.Put(context.Background(), strings.NewReader("small"))
	return err
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "media")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+root)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("child: %v: %s", err, out)
	}
	got := files(t, root)
	if len(got) != 1 {
		t.Errorf("%d files are there, want the small one", len(got))
	}
}
