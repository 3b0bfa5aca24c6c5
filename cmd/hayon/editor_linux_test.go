package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// editorOf is a user whose editor is a script: it gets the file as $1.
func editorOf(t *testing.T, script string, more ...string) *user {
	t.Helper()
	u := newUser(t, "file", more...)
	path := filepath.Join(u.dir, "my editor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	u.env = append(u.env, "EDITOR='"+path+"' --wait", "VISUAL=")
	return u
}

// edits runs hayon before a terminal to its end and answers what was shown.
func (u *user) edits(t *testing.T, exit int, args ...string) string {
	t.Helper()
	term := newTerminal(t)
	cmd := u.start(t, term, args...)
	if got := exitCode(cmd); got != exit {
		t.Fatalf("exit code %d, want %d: %s", got, exit, term.text())
	}
	return term.all()
}

// leftovers are the folders of texts that were edited.
func (u *user) leftovers(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(u.dir, "hayon-edit-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestConfigEdit(t *testing.T) {
	t.Parallel()
	// The words of EDITOR are those of a shell; the file is a private copy.
	u := editorOf(t, `[ "$1" = --wait ] && [ "$(stat -c %a "$2")" = 600 ] && echo 'tz = "Asia/Tokyo"' >> "$2"`)
	if shown := u.edits(t, 0, "config", "edit"); !strings.Contains(shown, "Wrote ") {
		t.Errorf("it shows %q", shown)
	}
	if got := u.must(t, 0, "", "config", "get", "tz").out; got != "Asia/Tokyo\n" {
		t.Errorf("tz is %q", got)
	}
	if left := u.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	u.edits(t, 0, "config", "edit", "-p", "work", "--dry-run")
	if _, err := os.Stat(filepath.Join(u.dir, "hayon", "profiles", "work.toml")); err == nil {
		t.Error("a dry run writes")
	}
}

func TestConfigEditUnchanged(t *testing.T) {
	t.Parallel()
	u := editorOf(t, "true")
	if shown := u.edits(t, 0, "config", "edit"); !strings.Contains(shown, "Nothing was changed") {
		t.Errorf("it shows %q", shown)
	}
	if _, err := os.Stat(filepath.Join(u.dir, "hayon", "config.toml")); err == nil {
		t.Error("a file was made")
	}
}

// TestConfigEditBroken: what is wrong is told, and never takes the place of the file.
func TestConfigEditBroken(t *testing.T) {
	t.Parallel()
	u := editorOf(t, `if grep -q tzz "$2"; then echo 'tz = "UTC"' > "$2"; else echo 'tzz = 1' > "$2"; fi`)
	path := filepath.Join(u.dir, "hayon", "config.toml")
	if err := writeFile(path, "demo = true\n"); err != nil {
		t.Fatal(err)
	}
	term := newTerminal(t)
	cmd := u.start(t, term, "config", "edit")
	term.wait(t, "[Y/n] ", 10*time.Second)
	term.wait(t, path+`:1:1: unknown key "tzz"`, time.Second)
	term.typeKeys(t, "n\r")
	if got := exitCode(cmd); got != 3 {
		t.Errorf("exit code %d, want 3: %s", got, term.text())
	}
	term.wait(t, "what you wrote is in ", time.Second)
	left := u.leftovers(t)
	if len(left) != 1 || !strings.Contains(term.text(), left[0]) {
		t.Fatalf("left behind: %q", left)
	}
	if b, err := os.ReadFile(left[0]); err != nil || string(b) != "tzz = 1\n" {
		t.Errorf("what was written is %q, %v", b, err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "demo = true\n" {
		t.Errorf("the configuration is %q, %v", b, err)
	}

	term = newTerminal(t)
	cmd = u.start(t, term, "config", "edit")
	term.wait(t, "[Y/n] ", 10*time.Second)
	term.typeKeys(t, "\r")
	if got := exitCode(cmd); got != 0 {
		t.Errorf("exit code %d: %s", got, term.text())
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "tz = \"UTC\"\n" {
		t.Errorf("the configuration is %q, %v", b, err)
	}
}

// TestConfigEditMeanwhile: a change of somebody else is not overwritten.
func TestConfigEditMeanwhile(t *testing.T) {
	t.Parallel()
	u := editorOf(t, `hayon config set tz UTC && echo 'demo = true' > "$2"`)
	if shown := u.edits(t, 10, "config", "edit"); !strings.Contains(shown, "somebody else has changed it meanwhile") {
		t.Errorf("it shows %q", shown)
	}
	if left := u.leftovers(t); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
	u.must(t, 0, "", "config", "validate")
	if got := u.must(t, 0, "", "config", "get", "tz", "--json=origin").out; got != "{\"origin\":\"user\"}\n" {
		t.Errorf("tz is %s", got)
	}
}

// TestEditorFails keeps what was written and says where.
func TestEditorFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, script, says string
		exit, left         int
	}{
		{"after writing", `echo 'demo = true' >> "$2"; exit 3`, `ended with the exit code 3; what you wrote is in `, 2, 1},
		{"before", `exit 1`, `ended with the exit code 1`, 2, 0},
		{"without the file", `rm "$2"`, `cannot be read`, 13, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := editorOf(t, tt.script)
			shown := u.edits(t, tt.exit, "config", "edit")
			if !strings.Contains(regexp.MustCompile(`\x1b\[\d*m`).ReplaceAllString(shown, ""), tt.says) {
				t.Errorf("it shows %q", shown)
			}
			if left := u.leftovers(t); len(left) != tt.left {
				t.Errorf("left behind: %q", left)
			}
		})
	}
	u := newUser(t, "file", "EDITOR=no-such-editor", "VISUAL=")
	if shown := u.edits(t, 13, "config", "edit"); !strings.Contains(shown, "export EDITOR=") ||
		!strings.Contains(shown, "there is no editor no-such-editor") || strings.Contains(shown, "exec") {
		t.Errorf("it shows %q", shown)
	}
}

func TestEditorName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		vars []string
		want []string
	}{
		{[]string{"VISUAL=emacs", "EDITOR=ed"}, []string{"emacs"}},
		{[]string{"VISUAL= ", "EDITOR=ed"}, []string{"ed"}},
		{[]string{"VISUAL=emacs", "EDITOR=ed", "TERM=dumb"}, []string{"ed"}},
		{[]string{"EDITOR=code --wait"}, []string{"/bin/sh", "-c", `code --wait "$@"`, "code --wait"}},
	} {
		a := newApp(&streams{}, env(tt.vars...))
		if got, err := a.editor(); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, %v; want %q", tt.vars, got, err, tt.want)
		}
	}
}

func TestQuotedFields(t *testing.T) {
	t.Parallel()
	got := quotedFields(`"C:\Program Files\e.exe"  -n "" x`)
	if want := []string{`C:\Program Files\e.exe`, "-n", "", "x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
