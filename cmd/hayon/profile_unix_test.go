//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestProfileInUse refuses to rename what another process works on.
func TestProfileInUse(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "x", "--to", "site", "--draft", "-p", "work")
	path := filepath.Join(u.dir, "hayon", "data", "work", "hayon.db")
	hold := exec.CommandContext(t.Context(), "hold-file", path)
	in, err := hold.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := hold.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hold.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = hold.Wait() // it ends with its input
	})
	if _, err := io.ReadFull(out, make([]byte, len("held\n"))); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"profile", "rename", "work", "office"}, {"profile", "delete", "work", "--yes"}} {
		u.must(t, 10, "", args...).wantError(t, "nothing was changed")
	}
	u.must(t, 0, "", "profile", "list", "--json=name,accounts")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
