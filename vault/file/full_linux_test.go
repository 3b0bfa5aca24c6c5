package file_test

import (
	"context"
	"errors"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/hayon/hayon"
)

// fullDisk is the child that can write no more than a few bytes to any file.
func fullDisk(ctx context.Context, v hayon.Vault, ref string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 16, Max: 16}); err != nil {
		return err
	}
	err := put(ctx, v, ref, "two")
	if hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(err.Error(), "cannot be written") {
		return errors.Join(errors.New("want a local error of Update"), err)
	}
	return v.Lock(ctx, ref, func(context.Context) error { return nil })
}

func TestFullDiskKeepsTheOldFile(t *testing.T) {
	t.Parallel()
	openers(t, func(t *testing.T, opener string) {
		t.Helper()
		dir := t.TempDir()
		v := newVault(t, dir, opener, nil, nil)
		mustPut(t, v, "a", "one")
		before := names(t, dir)
		cmd, lines, stderr := start(limited(t), t, "full", opener, dir, "a", 0)
		for lines.Scan() {
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v: %s", err, stderr)
		}
		wantText(t, v, "a", "one")
		if got := names(t, dir); !slices.Equal(got, before) {
			t.Errorf("files: got %v, want those of before (%v)", got, before)
		}
	})
}
