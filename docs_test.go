package hayon_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// section is the text of docs/states.md below a heading, up to the next one.
func section(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("docs", "states.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(strings.ReplaceAll(string(page), "\r\n", "\n"), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("docs/states.md has no heading %q", heading)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// TestStatesTable: the table of the page is the one of the code.
func TestStatesTable(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile("(?m)^\\| (\\(new\\)|`\\w+`) \\| (.*) \\|$")
	var table strings.Builder
	for _, m := range row.FindAllStringSubmatch(section(t, "The table"), -1) {
		for _, cell := range m[1:] {
			table.WriteString(strings.NewReplacer("`", " ", ",", " ", "–", " ").Replace(cell))
		}
		table.WriteByte('\n')
	}
	diffTransitions(t, realTransitions(), parseTransitions(t, table.String()))
}

// TestStatesDrawing: the arrows of the drawing are the transitions of the code, each once.
func TestStatesDrawing(t *testing.T) {
	t.Parallel()
	arrow := regexp.MustCompile(`^\s+(\S+) --> (\S+?)(?:: .+)?$`)
	drawn := map[[2]hayon.State]bool{}
	for line := range strings.Lines(section(t, "The drawing")) {
		line = strings.TrimRight(line, "\n")
		m := arrow.FindStringSubmatch(line)
		if m == nil {
			if strings.Contains(line, "->") {
				t.Errorf("an arrow that cannot be read: %q", line)
			}
			continue
		}
		pair := [2]hayon.State{hayon.State(m[1]), hayon.State(m[2])}
		if pair[0] == "[*]" {
			pair[0] = ""
		}
		if pair[1] == "[*]" {
			if len(leaving(pair[0])) > 0 {
				t.Errorf("%q is drawn as the end, and it may become %v", pair[0], leaving(pair[0]))
			}
			continue
		}
		if drawn[pair] {
			t.Errorf("the arrow %q to %q is drawn twice", pair[0], pair[1])
		}
		drawn[pair] = true
	}
	diffTransitions(t, realTransitions(), drawn)
}

// leaving are the states that may follow s.
func leaving(s hayon.State) []hayon.State {
	var out []hayon.State
	for pair := range realTransitions() {
		if pair[0] == s {
			out = append(out, pair[1])
		}
	}
	return out
}

// TestStatesPost: the rows of the derived state name every state of a post, in the order of the rules.
func TestStatesPost(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile("(?m)^\\| .+ \\| `(\\w+)` \\|$")
	var got []string
	for _, m := range row.FindAllStringSubmatch(section(t, "The state of a post"), -1) {
		got = append(got, m[1])
	}
	want := "cancelled draft publishing uncertain scheduled published partial missed failed"
	if strings.Join(got, " ") != want || len(got) != len(hayon.PostStates()) {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestGlossaryNamesOnce: no word is defined twice, and each list is in order.
func TestGlossaryNamesOnce(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("docs", "glossary.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen, last := map[string]bool{}, ""
	for line := range strings.Lines(string(page)) {
		word, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " | ")
		if !strings.HasPrefix(line, "| ") || !ok || word == "word" {
			last = ""
			continue
		}
		if seen[word] {
			t.Errorf("%q is defined twice", word)
		}
		seen[word] = true
		if strings.ToLower(word) < last {
			t.Errorf("%q stands after %q", word, last)
		}
		last = strings.ToLower(word)
	}
	for _, word := range []string{"post", "target", "attempt", "delivery", "hint", "seam"} {
		if !seen[word] {
			t.Errorf("%q is not defined", word)
		}
	}
}

// TestLinksOfDocs: a link to another page of the docs leads somewhere.
func TestLinksOfDocs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join("docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("pages: %v, %v", pages, err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join("docs", filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, m[1])
			}
		}
	}
}

// TestInvariantsNameTheirTests: the tests that docs/invariants.md names are there.
func TestInvariantsNameTheirTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("docs", "invariants.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	test := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range test.FindAllSubmatch(b, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 20 {
		t.Errorf("the page names only %d tests", len(named))
	}
	for _, m := range named {
		if !there[m[1]] {
			t.Errorf("docs/invariants.md names %s, which is not there", m[1])
		}
	}
}
