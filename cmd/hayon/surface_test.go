package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// surface is what scripts rely on: a line for each command and for each of its flags, sorted.
func surface() string {
	var lines []string
	for _, c := range catalog(newTestApp().rootCommand()) {
		lines = append(lines, c.Path)
		for _, f := range c.Flags {
			lines = append(lines, c.Path+" --"+f.Name)
			if f.Shorthand != "" {
				lines = append(lines, c.Path+" -"+f.Shorthand)
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// goneFrom are the lines of a surface that are gone and not listed among the breaks.
func goneFrom(before, now, breaks string) []string {
	var out []string
	for line := range strings.Lines(before) {
		if !hasLine(now, line) && !hasLine(breaks, line) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

func hasLine(text, line string) bool {
	line = strings.TrimSpace(line)
	for l := range strings.Lines(text) {
		if l, _, _ = strings.Cut(l, "#"); strings.TrimSpace(l) == line {
			return true
		}
	}
	return false
}

// TestSurface: no command and no flag comes or goes unseen. -update writes the file; what goes away
// needs its line in .surface-breaking, with the reason behind a #.
func TestSurface(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", ".surface")
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(b)
	}
	before, now := read(path), surface()
	if gone := goneFrom(before, now, read(path+"-breaking")); len(gone) > 0 {
		t.Fatalf("scripts may use what is gone; name it in .surface-breaking, with the reason: %q", gone)
	}
	if *update {
		if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(before, "\n"), strings.Split(now, "\n")); diff != "" {
		t.Errorf("the surface has changed; run: go test ./cmd/hayon -run TestSurface -update\n(-committed +now):\n%s", diff)
	}
}

func TestSurfaceGone(t *testing.T) {
	t.Parallel()
	got := goneFrom("a\na --x\nb\nc\n", "a\nd\n", "b # it was never used\n")
	if want := []string{"a --x", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestDocs: docs/cli is what the program says of itself. make docs writes it.
func TestDocs(t *testing.T) {
	t.Parallel()
	a := newTestApp()
	want, err := a.manual(a.rootCommand(), formatMarkdown)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "..", "docs", "cli")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
	for name := range maps.Keys(want) {
		if got[name] != want[name] {
			t.Errorf("docs/cli/%s is not what the program says; run: make docs", name)
		}
		delete(got, name)
	}
	for name := range maps.Keys(got) {
		t.Errorf("docs/cli/%s is about nothing that there is; run: make docs", name)
	}
}

// TestCatalog: each command and flag is described, as programs are promised.
func TestCatalog(t *testing.T) {
	t.Parallel()
	all := catalog(newTestApp().rootCommand())
	if all[0].Path != "hayon" || len(all[0].Flags) < 10 || len(all) < 40 {
		t.Fatalf("the catalog begins with %q, which has %d flags, and has %d commands", all[0].Path, len(all[0].Flags), len(all))
	}
	variables := make(map[string]string)
	for _, c := range all {
		if c.Short == "" || c.Long == "" || len(c.Examples) < 2 {
			t.Errorf("%s is not described: %+v", c.Path, c)
		}
		for _, f := range c.Flags {
			if f.Usage == "" || f.Type == "" || len(f.Env) != 1 {
				t.Errorf("%s --%s is not described: %+v", c.Path, f.Name, f)
			}
			for _, name := range f.Env {
				if other := variables[name]; other != "" {
					t.Errorf("%s stands for --%s of %s and of %s", name, f.Name, other, c.Path)
				}
				variables[name] = c.Path
			}
		}
	}
}

// TestEnvName: the variables of the catalog are those that commands read.
func TestEnvName(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	for _, tt := range []struct {
		env  string
		args []string
		want string
	}{
		{"HAYON_LIST_LIMIT=x", []string{"list"}, "HAYON_LIST_LIMIT"},
		{"HAYON_ACCOUNT_SET_DRY_RUN=x", []string{"account", "set", "a", "--grace", "1h"}, "HAYON_ACCOUNT_SET_DRY_RUN"},
		{"HAYON_NO_PAGER=x", []string{"list"}, "HAYON_NO_PAGER"},
	} {
		v := &user{u.dir, append(u.env[:len(u.env):len(u.env)], tt.env)}
		v.must(t, 2, "", tt.args...).wantError(t, tt.want)
		name := strings.SplitN(tt.env, "=", 2)[0]
		found := false
		for _, c := range catalog(newTestApp().rootCommand()) {
			for _, f := range c.Flags {
				found = found || slices.Contains(f.Env, name)
			}
		}
		if !found {
			t.Errorf("the catalog does not name %s", name)
		}
	}
}
