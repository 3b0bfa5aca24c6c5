package postfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/postfile"
)

var extensions = []string{".md", ".yaml", ".json", ".txt", ".yml"}

// FuzzParse: nothing panics, every problem has a place in the file, and what can be read can be written in every
// kind and reads the same.
func FuzzParse(f *testing.F) {
	broken, err := filepath.Glob("testdata/broken/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range broken {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(slices.Index(extensions, filepath.Ext(name))), content)
	}
	for _, s := range hostile {
		f.Add(uint8(0), []byte("---\ntitle: "+s+"\nto: ["+s+"]\n---\n"+s))
		f.Add(uint8(1), []byte("body: "+s+"\n"))
	}
	f.Add(uint8(0), []byte(example))
	f.Fuzz(func(t *testing.T, ext uint8, src []byte) {
		file, err := postfile.Parse("a"+extensions[int(ext)%len(extensions)], src)
		if err != nil {
			checkPlaces(t, src, err)
			return
		}
		for _, k := range postfile.Kinds() {
			if k == postfile.Text {
				continue // has the text alone
			}
			b, err := postfile.Format(file, k)
			if err != nil {
				t.Fatalf("%s: %v\n%q", k, err, src)
			}
			again, err := postfile.Parse("a."+map[postfile.Kind]string{postfile.Markdown: "md", postfile.JSON: "json", postfile.YAML: "yml"}[k], b)
			if err != nil {
				t.Fatalf("%s: %v\n%s", k, err, b)
			}
			if diff := cmp.Diff(file, again, content); diff != "" {
				t.Fatalf("%s: %s\n%s", k, diff, b)
			}
		}
	})
}

// checkPlaces: every problem lies in the file or right behind it.
func checkPlaces(t *testing.T, src []byte, err error) {
	t.Helper()
	all, ok := errors.AsType[postfile.Problems](err)
	if !ok || len(all) == 0 {
		t.Fatalf("the error is %T: %v", err, err)
	}
	rows := strings.Split(string(src), "\n")
	for _, p := range all {
		if p.Line < 1 || p.Line > len(rows) || p.Column < 1 || p.Column > len(rows[p.Line-1])+1 {
			t.Errorf("%v is no place in the file of %d lines\n%q", p, len(rows), src)
		}
		if p.Reason == "" || p.Hint == "" {
			t.Errorf("%+v says too little", p)
		}
	}
}
