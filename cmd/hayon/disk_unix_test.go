//go:build linux || darwin

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctorFindsWhatCannotBeWritten: with a folder that is another's no post can be stored, and the
// doctor says so before the first one.
func TestDoctorFindsWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	u := newUser(t, "file", "HAYON_HOME="+filepath.Join(dir, "home"))
	o := u.must(t, 13, "", "doctor")
	if want := dir + " cannot be written"; !strings.Contains(o.out, want) || !strings.Contains(o.out, "HAYON_HOME") {
		t.Errorf("doctor says %q, want %q", o.out, want)
	}
}
