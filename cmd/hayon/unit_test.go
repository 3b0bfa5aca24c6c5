package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"bluesky", "demo", "site", "post", "list"}
	tests := []struct{ in, want string }{
		{"blusky", "bluesky"},
		{"BLUESKY", "bluesky"},
		{"blue", "bluesky"},
		{"pots", "post"},
		{"postt", "post"},
		{"sites", "site"},
		{"mastodon", ""},
		{"x", ""},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			if got := nearest(tt.in, names); got != tt.want {
				t.Errorf("nearest(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"same", "same", 0}}
	for _, tt := range tests {
		if got, back := distance(tt.a, tt.b), distance(tt.b, tt.a); got != tt.want || back != tt.want {
			t.Errorf("distance(%q, %q) = %d and %d, want %d", tt.a, tt.b, got, back, tt.want)
		}
	}
}

func TestSelectFields(t *testing.T) {
	t.Parallel()
	const doc = `{"id":"p_1","at":"<now>","targets":[{"url":"u1","parts":[{"text":"a","n":1}]},{"url":"u2"}],"labels":[]}`
	tests := []struct{ name, in, fields, want string }{
		{"one", doc, "id", `{"id":"p_1"}`},
		{"the order of the document", doc, "at,id", `{"id":"p_1","at":"<now>"}`},
		{"inside a list", doc, "targets.url", `{"targets":[{"url":"u1"},{"url":"u2"}]}`},
		{"two steps inside", doc, "targets.parts.text", `{"targets":[{"parts":[{"text":"a"}]},{}]}`},
		{"whole wins over a part", doc, "targets.url,targets", `{"targets":[{"url":"u1","parts":[{"text":"a","n":1}]},{"url":"u2"}]}`},
		{"from a list", "[" + doc + "," + doc + "]", "id", `[{"id":"p_1"},{"id":"p_1"}]`},
		{"from an empty list", "[]", "id", "[]"},
		{"an empty list", doc, "labels", `{"labels":[]}`},
	}
	valid := []string{"id", "at", "labels", "targets", "targets.url", "targets.parts.text"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := selectFields([]byte(tt.in), strings.Split(tt.fields, ","), valid)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if _, err := selectFields([]byte(doc), []string{"nope"}, valid); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("an unknown field is %v", err)
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	columns := []column{{title: "ID"}, {title: "STATE"}, {title: "WHEN", drop: 2}, {title: "TO", drop: 1}, {title: "TEXT", flexible: true}}
	rows := [][]string{{"p_9qx1", "scheduled", "2026-11-21 09:00", "bluesky,site", strings.Repeat("long ", 20)}}
	tests := []struct {
		width int
		want  []int
		text  int // width of the text
	}{
		{0, []int{0, 1, 2, 3, 4}, 100},
		{200, []int{0, 1, 2, 3, 4}, 100},
		{80, []int{0, 1, 2, 3, 4}, 29},
		{63, []int{0, 1, 2, 3, 4}, 12},
		{62, []int{0, 1, 2, 4}, 25},
		{40, []int{0, 1, 4}, 21},
		{25, []int{0, 1, 4}, 6},
	}
	for _, tt := range tests {
		shown, widths := fit(columns, rows, tt.width)
		if diff := cmp.Diff(tt.want, shown); diff != "" {
			t.Errorf("width %d: columns (-want +got):\n%s", tt.width, diff)
		}
		if widths[4] != tt.text {
			t.Errorf("width %d: the text has %d cells, want %d", tt.width, widths[4], tt.text)
		}
		if n := total(shown, widths); tt.width > 0 && n > tt.width {
			t.Errorf("width %d: the table has %d cells", tt.width, n)
		}
	}
}

func TestClipAndPad(t *testing.T) {
	t.Parallel()
	family := "👨‍👩‍👧" // one grapheme of two cells
	tests := []struct {
		name, in string
		width    int
		fits     bool
	}{
		{"short", "abc", 5, true},
		{"exact", "abc", 3, true},
		{"long", "abcdef", 4, false},
		{"wide", "日本語テキスト", 6, false},
		{"emoji", family + family + family, 4, false},
		{"no bound", "abc", 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := clip(tt.in, tt.width)
			if tt.fits != (got == tt.in) {
				t.Errorf("clip(%q, %d) = %q", tt.in, tt.width, got)
			}
			if tt.width > 0 && cells(got) > tt.width {
				t.Errorf("%q has %d cells, more than %d", got, cells(got), tt.width)
			}
			if strings.HasSuffix(strings.TrimSuffix(got, "…"), "\u200d") {
				t.Errorf("%q ends inside a grapheme", got)
			}
		})
	}
	if got := pad("日本", 6); got != "日本  " {
		t.Errorf("pad = %q", got)
	}
}

func env(vars ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, v := range vars {
			if rest, ok := strings.CutPrefix(v, name+"="); ok {
				return rest, true
			}
		}
		return "", false
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	p, err := newPaths(env("HAYON_HOME=/h", "XDG_DATA_HOME=/d", "XDG_CONFIG_HOME=/c"), "work", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.FromSlash("/h/data/work"); p.data != want {
		t.Errorf("data is %q, want %q", p.data, want)
	}
	if p, err = newPaths(env("XDG_DATA_HOME=/d", "XDG_CONFIG_HOME=/c", "XDG_RUNTIME_DIR=/r"), "work", ""); err != nil {
		t.Fatal(err)
	}
	last := p.configs[len(p.configs)-1]
	if p.data != filepath.FromSlash("/d/hayon/work") || last.path != filepath.FromSlash("/c/hayon/profiles/work.toml") {
		t.Errorf("data is %q, the last configuration %q", p.data, last.path)
	}
	if p, err = newPaths(env("HAYON_HOME=/h"), "work", "/x.toml"); err != nil || len(p.configs) != 1 || p.configs[0].path != "/x.toml" {
		t.Errorf("--config reads %v, %v", p.configs, err)
	}
	for _, bad := range []string{"", "../x", "a/b", ".hidden", strings.Repeat("x", 65)} {
		if _, err := newPaths(env("HAYON_HOME=/h"), bad, ""); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("the profile %q: %v", bad, err)
		}
	}
}

func TestSocketPath(t *testing.T) {
	t.Parallel()
	short := paths{data: "/d", runtime: "/run/user/1"}
	if got, want := short.socket(), filepath.Join("/d", "hayon.sock"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	long := paths{data: "/" + strings.Repeat("d", 100), runtime: "/run/user/1"}
	other := paths{data: "/" + strings.Repeat("e", 100), runtime: "/run/user/1"}
	if got := long.socket(); len(got) > maxSocketPath || filepath.Dir(got) != filepath.FromSlash("/run/user/1") || got == other.socket() {
		t.Errorf("got %q beside %q", got, other.socket())
	}
}

// TestPrecedence: flag over variable over profile over user.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	write := func(path, body string) {
		t.Helper()
		if err := writeFile(filepath.Join(home, path), body); err != nil {
			t.Fatal(err)
		}
	}
	write("config.toml", "tz = \"Asia/Tokyo\"\nserver = \"none\"\n[post]\nlang = [\"en\"]\n")
	write("profiles/work.toml", "tz = \"Europe/Berlin\"\n")
	tests := []struct {
		name, want string
		vars, args []string
	}{
		{"user", "Asia/Tokyo", nil, nil},
		{"TZ is below", "Asia/Tokyo", []string{"TZ=Europe/Paris"}, nil},
		{"profile", "Europe/Berlin", nil, []string{"-p", "work"}},
		{"profile by variable", "Europe/Berlin", []string{"HAYON_PROFILE=work"}, nil},
		{"variable", "America/Lima", []string{"HAYON_TZ=America/Lima"}, []string{"-p", "work"}},
		{"flag", "UTC", []string{"HAYON_TZ=America/Lima"}, []string{"-p", "work", "--tz", "UTC"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(&streams{out: io.Discard, err: io.Discard}, env(append(tt.vars, "HAYON_HOME="+home)...))
			if code := a.execute(t.Context(), append([]string{"account"}, tt.args...)); code != 0 {
				t.Fatalf("exit code %d", code)
			}
			loc, err := a.location()
			if err != nil {
				t.Fatal(err)
			}
			if loc.String() != tt.want || a.flags.server != "none" {
				t.Errorf("the zone is %s, want %s; the server is %q", loc, tt.want, a.flags.server)
			}
		})
	}
}

func TestFlagsOfCommandsFromEnvironment(t *testing.T) {
	t.Parallel()
	a := newApp(&streams{out: io.Discard, err: io.Discard}, env("HAYON_POST_TO=bluesky,site", "HAYON_POST_IDEMPOTENCY_KEY=k", "HAYON_JSON=1"))
	root := a.rootCommand()
	cmd, _, err := root.Find([]string{"post"})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags([]string{"--to", "demo"}); err != nil {
		t.Fatal(err)
	}
	if err := a.flagsFromEnv(cmd); err != nil {
		t.Fatal(err)
	}
	to, err := cmd.Flags().GetStringSlice("to")
	if err != nil {
		t.Fatal(err)
	}
	key, err := cmd.Flags().GetString("idempotency-key")
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(to, []string{"demo"}) || key != "k" || !a.flags.json.on {
		t.Errorf("to %q, key %q, json %v", to, key, a.flags.json.on)
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, flag string
		vars       []string
		tty, want  bool
	}{
		{"terminal", "auto", nil, true, true},
		{"pipe", "auto", nil, false, false},
		{"NO_COLOR", "auto", []string{"NO_COLOR=1"}, true, false},
		{"empty NO_COLOR", "auto", []string{"NO_COLOR="}, true, true},
		{"dumb", "auto", []string{"TERM=dumb"}, true, false},
		{"forced", "auto", []string{"CLICOLOR_FORCE=1"}, false, true},
		{"forced by 0", "auto", []string{"CLICOLOR_FORCE=0"}, false, false},
		{"NO_COLOR over force", "auto", []string{"NO_COLOR=1", "CLICOLOR_FORCE=1"}, true, false},
		{"always", "always", []string{"NO_COLOR=1"}, false, true},
		{"never", "never", []string{"CLICOLOR_FORCE=1"}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(&streams{}, env(tt.vars...))
			a.flags.color = tt.flag
			if got := a.colour(tt.tty); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestExitOf: the exit code of what a command answers, whatever its kind.
func TestExitOf(t *testing.T) {
	t.Parallel()
	interrupted, cancel := context.WithCancelCause(t.Context())
	cancel(signalCause{2})
	late, cancelLate := context.WithTimeoutCause(t.Context(), time.Nanosecond, hayon.Errorf(hayon.CodeTimeout, "over"))
	t.Cleanup(cancelLate)
	<-late.Done()
	tests := []struct {
		name string
		ctx  context.Context //nolint:containedctx // the context is what is tested
		err  error
		want int
	}{
		{"done", t.Context(), nil, 0},
		{"said", t.Context(), exitError{6}, 6},
		{"usage", t.Context(), hayon.Errorf(hayon.CodeUsage, "x"), 2},
		{"wrapped", t.Context(), errors.Join(hayon.Errorf(hayon.CodeConflict, "x")), 10},
		{"unknown", t.Context(), io.ErrUnexpectedEOF, 1},
		{"interrupted", interrupted, context.Canceled, 130},
		{"too late", late, context.DeadlineExceeded, 12},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := exitOf(tt.ctx, tt.err); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
