package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// examples are the command lines in the examples of each command, and in the topic on scripts.
func examples(t *testing.T, visit func(c *cobra.Command, args []string)) {
	t.Helper()
	for _, c := range commands(newTestApp().rootCommand()) {
		text := c.Example
		if c.Name() == "scripting" {
			text = c.Long
		}
		found := 0
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "  ") {
				continue // prose
			}
			for _, args := range invocations(line) {
				found++
				visit(c, args)
			}
		}
		if found < 2 && !isTopic(c) {
			t.Errorf("%s has %d examples, want 2", c.CommandPath(), found)
		}
	}
}

// TestExamplesParse: no example is refused as a wrong use, by the parser or by what comes before the
// command itself.
func TestExamplesParse(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	examples(t, func(c *cobra.Command, args []string) {
		if err := parses(t, home, args); err != nil {
			t.Errorf("%s: %q: %v", c.CommandPath(), args, err)
		}
	})
}

// TestExamplesRun runs the examples that only read and choose a format: each field and expression is
// one that there is.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo")
	u.must(t, 0, "", "post", "x", "--to", "site,demo")
	ran := 0
	examples(t, func(c *cobra.Command, args []string) {
		chooses := slices.ContainsFunc(args, func(arg string) bool {
			return strings.HasPrefix(arg, "--json") || arg == "--jq" || arg == "-o"
		})
		reads := c.Name() == "list" || c.Name() == "show" || slices.Contains([]string{"hayon log", "hayon commands", "hayon version", "hayon config get", "hayon scripting"}, c.CommandPath())
		if !chooses || !reads || slices.Contains(args, "--follow") || args[0] == "wait" {
			return
		}
		ran++
		if o := u.run(t, "", args...); o.exit == 2 {
			t.Errorf("%s: %q: %s", c.CommandPath(), args, o.err)
		}
	})
	if ran < 8 {
		t.Errorf("only %d examples were run", ran)
	}
}

// invocations are the arguments of each hayon in a line of shell.
func invocations(line string) [][]string {
	var out [][]string
	for _, part := range pipeline(line) {
		words := shellWords(part)
		if i := slices.IndexFunc(words, func(w string) bool { return w == "hayon" || strings.HasSuffix(w, "$(hayon") }); i >= 0 {
			out = append(out, words[i+1:])
		}
	}
	return out
}

// pipeline are the commands of a line, with bars between them that stand outside of quotes.
func pipeline(line string) []string {
	var quote rune
	return strings.FieldsFunc(line, func(r rune) bool {
		switch {
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		}
		return quote == 0 && r == '|'
	})
}

// shellWords splits a simple command; a redirection or a comment ends it.
func shellWords(s string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	started := false
	end := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for _, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
				continue
			}
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, started = r, true
		case r == ' ' || r == '\n':
			end()
		case !started && (r == '<' || r == '>' || r == '#') || r == ')':
			end()
			return words
		default:
			started = true
			word.WriteRune(r)
		}
	}
	end()
	return words
}

// parses reports why a command line would be a usage error, up to the command itself, which is not run.
func parses(t *testing.T, home string, args []string) error {
	t.Helper()
	a := newApp(&streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, env("HAYON_HOME="+home, "HAYON_DEMO=1"))
	if slices.Contains([]string{"retry", "show"}, args[0]) && len(args) == 1 {
		args = append(args, "p_0000") // xargs gives it
	}
	a.args = args
	root := a.rootCommand()
	for _, c := range commands(root) {
		if c.Runnable() {
			c.RunE = func(*cobra.Command, []string) error { return nil }
		}
	}
	if cmd, _, err := root.Find(args); err == nil && cmd == root && len(args) > 0 {
		return unknownCommand(root, args[0])
	}
	root.SetArgs(args)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	return root.ExecuteContext(t.Context())
}

func TestShellWords(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"post", "x", "--att", "9am"},
		{"pots"},
		{"post", "x", "--at", ""},
		{"post", "x", "--at", "9am", "--draft"},
		{"list", "--jq", ".["},
		{"show", "last", "-o", "csv"},
		{"list", "-o", "csv", "--json"},
		{"list", "--color", "pink"},
	} {
		if err := parses(t, t.TempDir(), args); err == nil {
			t.Errorf("%q parses", args)
		}
	}
	if got := pipeline(`a --jq '.[] | .b' | c`); !slices.Equal(got, []string{"a --jq '.[] | .b' ", " c"}) {
		t.Errorf("got %q", got)
	}
	got := invocations(`  printf %s "$P" | hayon login bluesky --handle 'a b' - < f.txt # why`)
	if len(got) != 1 || !slices.Equal(got[0], []string{"login", "bluesky", "--handle", "a b", "-"}) {
		t.Errorf("got %q", got)
	}
}
