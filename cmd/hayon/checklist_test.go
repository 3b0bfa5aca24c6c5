package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// rules is how many rules docs/cli-checklist.md has.
const rules = 55

// TestChecklist: each rule of docs/cli-checklist.md has tests that are there, or waits for a command that
// is not.
func TestChecklist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.FromSlash("../../docs/cli-checklist.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests, targets := goTests(t), makeTargets(t)
	commands := make(map[string]bool)
	everyCommand(t, func(path string, _ *cobra.Command) { commands[path] = true })
	row := regexp.MustCompile(`(?m)^\| (\d+) \| .* \| (.*) \|$`)
	ref := regexp.MustCompile("`([^`]+)`")
	waits := regexp.MustCompile("waits for `hayon ([a-z ]+)`")
	next := 1
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil || n != next {
			t.Errorf("rule %s stands where rule %d is expected", m[1], next)
		}
		next = n + 1
		proved := 0
		for _, r := range ref.FindAllStringSubmatch(m[2], -1) {
			name := r[1]
			switch {
			case strings.HasPrefix(name, "Test"):
				proved++
				if !tests[name] {
					t.Errorf("rule %d names %s, which is not there", n, name)
				}
			case strings.HasPrefix(name, "script:"):
				proved++
				if _, err := os.Stat(filepath.Join("testdata", "script", strings.TrimPrefix(name, "script:")+".txtar")); err != nil {
					t.Errorf("rule %d names a script that is not there: %v", n, err)
				}
			case strings.HasPrefix(name, "make "):
				proved++
				if target := strings.Fields(name)[1]; !targets[target] {
					t.Errorf("rule %d names make %s, which is not there", n, target)
				}
			}
		}
		awaited := waits.FindAllStringSubmatch(m[2], -1)
		for _, w := range awaited {
			if commands[w[1]] {
				t.Errorf("rule %d waits for hayon %s, which is there: name its test", n, w[1])
			}
		}
		if proved == 0 && len(awaited) == 0 {
			t.Errorf("rule %d names no test", n)
		}
	}
	if next != rules+1 {
		t.Errorf("the page has %d rules, want %d", next-1, rules)
	}
}

// goTests are the names of all tests of the module.
func goTests(t *testing.T) map[string]bool {
	t.Helper()
	out := make(map[string]bool)
	name := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	root := filepath.FromSlash("../..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		for _, m := range name.FindAllSubmatch(b, -1) {
			out[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// makeTargets are the targets of the Makefile.
func makeTargets(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash("../../Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllSubmatch(b, -1) {
		out[string(m[1])] = true
	}
	return out
}
