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
	f, err := postfile.Parse(path, content)
	if err == nil {
		return ""
	}
	if f != nil {
		t.Error("a file with problems is answered")
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
