package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The list follows the source: each place is found once, what is put there parses, and the tests that
// have to notice are there. Whether they do is what the program is for.
func TestListIsNotStale(t *testing.T) {
	t.Parallel()
	const root = "../.."
	seen := make(map[string]bool)
	for _, m := range mutants() {
		if seen[m.name] {
			t.Errorf("%s: the name is there twice", m.name)
		}
		seen[m.name] = true
		if m.breaks == "" || len(m.edits) == 0 || len(m.checks) == 0 {
			t.Errorf("%s: it says nothing, changes nothing or is noticed by nothing", m.name)
		}
		sources, err := m.sources(root)
		if err != nil {
			t.Error(err)
		}
		for file, src := range sources {
			if _, err := parser.ParseFile(token.NewFileSet(), file, src, parser.SkipObjectResolution); err != nil {
				t.Errorf("%s: %v", m.name, err)
			}
		}
		for _, c := range m.checks {
			for _, name := range c.tests() {
				if !hasTest(t, filepath.Join(root, c.pkg), name) {
					t.Errorf("%s: %s has no test %s", m.name, c.pkg, name)
				}
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d mutants", len(seen))
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(src), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

// A place that is there twice, or not at all, is an error and no mutant.
func TestStalePlaces(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.go"), []byte("one two two"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ find, want string }{
		{"one", ""},
		{"two", `m: a.go has this text 2 times, not once: "two"`},
		{"three", `m: a.go has this text 0 times, not once: "three"`},
	} {
		_, err := mutant{name: "m", edits: []edit{{"a.go", tt.find, "x"}}}.sources(root)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.find, got, tt.want)
		}
	}
}

func TestPattern(t *testing.T) {
	t.Parallel()
	c := in("worker", "TestA", "TestB/sub/one")
	if got, want := c.pattern(), "^TestA$|^TestB$/sub/one"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What go test says is told apart: a failure, a panic, a test that does not end and one that does not
// compile.
func TestRead(t *testing.T) {
	t.Parallel()
	const broke = `{"Action":"fail"}`
	for _, tt := range []struct {
		name  string
		lines []string
		want  testResult
	}{
		{"passes", []string{`{"Action":"pass","Test":"TestA/b"}`, `{"Action":"pass","Test":"TestA"}`, `{"Action":"pass"}`}, testResult{passed: 2}},
		{"skipped", []string{`{"Action":"skip","Test":"TestA"}`, `{"Action":"pass"}`}, testResult{skipped: 1}},
		{"fails", []string{`{"Action":"fail","Test":"TestA/b"}`, `{"Action":"fail","Test":"TestA"}`, broke}, testResult{failed: "TestA/b"}},
		{"panics", []string{`{"Action":"output","Test":"TestA","Output":"panic: oh\n"}`, broke}, testResult{failed: "panic in TestA"}},
		{"does not end", []string{`{"Action":"output","Test":"TestA","Output":"panic: test timed out after 2m0s\n"}`, broke}, testResult{hung: true}},
		{"does not compile", []string{
			`{"Action":"build-output","Output":"x.go:1: no\n"}`, `{"Action":"build-fail"}`, `{"Action":"fail","FailedBuild":"x"}`,
		}, testResult{build: "x.go:1: no\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := read([]byte(strings.Join(tt.lines, "\n")))
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	list := []mutant{{name: "one"}, {name: "another"}}
	r := newReport(&out, list)
	r.line(result{mutant: list[0], caught: []string{"TestA", "TestB"}})
	if err := r.end(0); err != nil {
		t.Errorf("all were caught: %v", err)
	}
	r.line(result{mutant: list[1], err: os.ErrNotExist})
	if err := r.end(0); err == nil || err.Error() != "not caught: another" {
		t.Errorf("got %v", err)
	}
	if want := regexp.MustCompile(`(?m)^one {6,}0\.0  TestA, TestB$`); !want.MatchString(out.String()) {
		t.Errorf("got %s, want %s in it", out.String(), want)
	}
}
