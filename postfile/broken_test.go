package postfile_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/postfile"
)

var update = flag.Bool("update", false, "write the golden files anew")

// problemsOf are all problems of a file with their hints; "" for none.
func problemsOf(t *testing.T, path string, content []byte) string {
	t.Helper()
	_, err := postfile.Parse(path, content)
	if err == nil {
		return ""
	}
	all, ok := errors.AsType[postfile.Problems](err)
	if !ok || len(all) == 0 {
		t.Fatalf("the error is %T: %v", err, err)
	}
	var b strings.Builder
	for _, p := range all {
		if p.Hint == "" {
			t.Errorf("%v has no hint", p)
		}
		fmt.Fprintf(&b, "%v\n    %s\n", p, p.Hint)
	}
	return b.String()
}

// TestBroken: what is said of each file of testdata/broken, whole.
func TestBroken(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/broken/*")
	if err != nil || len(files) < 30 {
		t.Fatalf("there are %d broken files: %v", len(files), err)
	}
	var got strings.Builder
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		said := problemsOf(t, filepath.Base(name), content)
		if said == "" {
			t.Errorf("%s has no problem", name)
		}
		got.WriteString(said)
	}
	const golden = "testdata/broken.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

// TestBrokenMapping: beside what is wrong the rest is answered, where keys and values could be read.
func TestBrokenMapping(t *testing.T) {
	t.Parallel()
	f, err := postfile.Parse("a.md", []byte("---\nto: demo\nthraed: x\nat: banana\n---\nHello\n"))
	if err == nil || f == nil || f.At != "banana" || f.Text != "Hello" {
		t.Errorf("got %+v, %v; want the file without the key that it does not know", f, err)
	}
	if f, err := postfile.Parse("a.md", []byte("---\nto: \"demo\n---\nHello\n")); err == nil || f != nil {
		t.Errorf("got %+v, %v; want no file of what cannot be read", f, err)
	}
}

// TestColumns: they count characters, as editors do, in every kind of file.
func TestColumns(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"a.md":   "---\n{title: äöü, cw: true}\n---\nx",
		"a.json": "{\n \"title\":\"äöü\",\"cw\":true}",
	} {
		_, err := postfile.Parse(name, []byte(content))
		p, ok := errors.AsType[*postfile.Problem](err)
		if !ok || p.Line != 2 || p.Column != 18 && name == "a.md" || p.Column != 21 && name == "a.json" {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := postfile.Parse("a.md", []byte("---\n{title: 日本語, at: now}\n---\nx"))
	if err != nil {
		t.Fatal(err)
	}
	if line, column := f.Where("at"); line != 2 || column != 18 {
		t.Errorf("at is at %d:%d, want 2:18", line, column)
	}
}
