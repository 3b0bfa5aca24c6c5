package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestTemplateEditor: a new template is written in the editor, and one that is replaced begins with what it
// was.
func TestTemplateEditor(t *testing.T) {
	t.Parallel()
	u := editorOf(t, `cp "$2" "$0.seen"; echo "{{version}} is out" >> "$2"`)
	u.edits(t, 0, "template", "create", "release", "-e")
	if got := u.must(t, 0, "", "template", "show", "release").out; got != "{{version}} is out\n" {
		t.Errorf("the template is %q", got)
	}
	shown := u.edits(t, 10, "template", "create", "release", "-e")
	if !strings.Contains(shown, "--replace") {
		t.Errorf("it shows %q", shown)
	}
	u.edits(t, 0, "template", "create", "release", "-e", "--replace")
	if got := u.must(t, 0, "", "template", "show", "release").out; got != "{{version}} is out\n{{version}} is out\n" {
		t.Errorf("the template is %q", got)
	}
	if seen, err := os.ReadFile(u.dir + "/my editor.seen"); err != nil || string(seen) != "{{version}} is out\n" {
		t.Errorf("the editor got %q, %v", seen, err)
	}
	if left := u.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestTemplateEditorEmpty: nothing is stored of nothing, and no work is lost where a text is no template.
func TestTemplateEditorEmpty(t *testing.T) {
	t.Parallel()
	u := editorOf(t, "true")
	if shown := u.edits(t, 2, "template", "create", "release", "-e"); !strings.Contains(shown, "has no text") {
		t.Errorf("it shows %q", shown)
	}
	if got := u.must(t, 0, "", "template", "list", "-q").out; got != "" {
		t.Errorf("there are the templates %q", got)
	}
}

// TestTemplateOnTerminal: the text stands with what it leaves open below it, no wider than the terminal, and
// without what would move the cursor.
func TestTemplateOnTerminal(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "{{version}} of a product with a name that is long, {{link|the one that you know}}: \x1b[31mred {{day}}", "template", "create", "release", "-")
	for _, columns := range []int{30, 80} {
		shown, exit := paged(t, u, []string{fmt.Sprintf("COLUMNS=%d", columns), "HAYON_PAGER="}, "template", "show", "release")
		if exit != 0 {
			t.Fatalf("exit code %d: %s", exit, shown)
		}
		for line := range strings.Lines(shown) {
			if n := cells(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%d cells: %q", n, line)
			}
		}
		if strings.ContainsRune(shown, '\x1b') || !strings.Contains(shown, "{{version}}  needed") || !strings.Contains(shown, "{{day}}  that of the moment") {
			t.Errorf("it shows %q", shown)
		}
	}
}

// TestRemovingAsks: without a yes nobody and nothing is removed.
func TestRemovingAsks(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "people", "add", "ada", "bluesky=ada.example.org")
	u.must(t, 0, "", "template", "create", "release", "--text", "x")
	for _, args := range [][]string{{"people", "remove", "ada"}, {"template", "delete", "release"}} {
		for _, answer := range []struct {
			typed string
			exit  int
		}{{"\n", 2}, {"n\n", 2}, {"y\n", 0}} {
			term := newTerminal(t)
			cmd := u.start(t, term, args...)
			term.wait(t, "[y/N]", 10*time.Second)
			term.typeKeys(t, answer.typed)
			if got := exitCode(cmd); got != answer.exit {
				t.Errorf("%q answered with %q: exit code %d, want %d: %s", args, answer.typed, got, answer.exit, term.text())
			}
			left := u.must(t, 0, "", args[0], "list", "-q").out
			if (left == "") != (answer.exit == 0) {
				t.Errorf("%q answered with %q: left is %q", args, answer.typed, left)
			}
		}
	}
}
