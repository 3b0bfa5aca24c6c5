package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mutant is a mistake and the tests that have to notice it.
type mutant struct {
	name string
	// breaks is the rule of delivery that it violates, in one sentence.
	breaks string
	edits  []edit
	// checks must all fail.
	checks []check
	// hangs: a test that comes to no end has noticed it, too.
	hangs bool
}

// edit replaces a text that stands exactly once in a file.
type edit struct{ file, find, replace string }

// check is what go test is asked for: a package, and names of tests as for -run, each a test with
// perhaps a subtest after a slash, with bars between.
type check struct{ pkg, run string }

func in(pkg string, tests ...string) check { return check{"./" + pkg, strings.Join(tests, "|")} }

// tests are the names of the tests, without subtests.
func (c check) tests() []string {
	var names []string
	for test := range strings.SplitSeq(c.run, "|") {
		name, _, _ := strings.Cut(test, "/")
		names = append(names, name)
	}
	return names
}

// pattern is what -run gets: a test does not stand for those whose names only begin like its own.
func (c check) pattern() string {
	return regexp.MustCompile(`(^|\|)(\w+)`).ReplaceAllString(c.run, "$1^$2$$")
}

// packages are the folders of the files that m changes, as go build takes them.
func (m mutant) packages() []string {
	var dirs []string
	for _, e := range m.edits {
		dirs = append(dirs, "./"+path.Dir(e.file))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// sources are the changed files with their contents.
func (m mutant) sources(root string) (map[string][]byte, error) {
	out := make(map[string][]byte)
	for _, e := range m.edits {
		src, ok := out[e.file]
		if !ok {
			var err error
			if src, err = os.ReadFile(filepath.Join(root, filepath.FromSlash(e.file))); err != nil {
				return nil, fmt.Errorf("%s: %w", m.name, err)
			}
		}
		if n := bytes.Count(src, []byte(e.find)); n != 1 {
			return nil, fmt.Errorf("%s: %s has this text %d times, not once: %q", m.name, e.file, n, e.find)
		}
		out[e.file] = bytes.Replace(src, []byte(e.find), []byte(e.replace), 1)
	}
	return out, nil
}
