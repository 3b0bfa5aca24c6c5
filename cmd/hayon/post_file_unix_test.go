//go:build unix

package main

import (
	"context"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hayon/hayon"
)

// What is no ordinary file would be waited for, or never end.
func TestReadFileThatIsNone(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe.md")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	a := newApp(&streams{}, func(string) (string, bool) { return "", false })
	for _, path := range []string{pipe, "/dev/zero"} {
		_, err := a.readFile(t.Context(), path)
		if hayon.CodeOf(err) != hayon.CodeInvalid || !strings.Contains(err.Error(), "is no ordinary file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A pipe that nobody writes into keeps no command from ending.
func TestReadTextEnds(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe.txt")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := newApp(&streams{}, func(string) (string, bool) { return "", false })
	if _, err := a.readText(ctx, pipe); err == nil {
		t.Error("a text was read that nobody wrote")
	}
	f, err := syscall.Open(pipe, syscall.O_RDWR, 0) // who still waits for it ends too
	if err == nil {
		_ = syscall.Close(f)
	}
}
