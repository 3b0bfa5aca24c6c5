package main

import "testing"

// TestEditorWithSource: what a template says is what the editor begins with.
func TestEditorWithSource(t *testing.T) {
	t.Parallel()
	u := editorOf(t, `printf '\nand a word more\n' >> "$2"`)
	u.must(t, 0, "", "template", "create", "news", "--text", "{{what}} is new")
	u.edits(t, 0, "post", "--from-template", "news", "--var", "what=It", "-e", "--to", "site", "--draft")
	if got, want := u.must(t, 0, "", "show", "last", "--json").post(t).Text, "It is new\nand a word more"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
