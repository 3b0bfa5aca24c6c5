package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// newTestApp is a program with nothing around it.
func newTestApp() *app {
	return newApp(&streams{}, func(string) (string, bool) { return "", false })
}

// commands are all commands of the tree, topics too.
func commands(root *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{root}
	for _, c := range root.Commands() {
		if !c.Hidden {
			all = append(all, commands(c)...)
		}
	}
	return all
}

// TestHelpPages reads the help of every command and topic, as the binary prints it.
func TestHelpPages(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	for _, c := range commands(newTestApp().rootCommand()) {
		t.Run(c.CommandPath(), func(t *testing.T) {
			t.Parallel()
			args := strings.Fields(c.CommandPath())[1:]
			page := u.must(t, 0, "", append([]string{"help"}, args...)...)
			if page.err != "" {
				t.Errorf("stderr is %q", page.err)
			}
			if !isTopic(c) {
				for _, flag := range []string{"--help", "-h"} {
					if got := u.must(t, 0, "", append(slices.Clone(args), flag)...); got != page {
						t.Errorf("%s differs from help", flag)
					}
				}
				wantSections(t, page.out, "\nUSAGE\n", "\nEXAMPLES\n", "\nGLOBAL FLAGS\n")
			}
			wantPlain(t, page.out)
			if c.Short == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("the short help is %q", c.Short)
			}
		})
	}
}

func wantSections(t *testing.T, page string, sections ...string) {
	t.Helper()
	for _, s := range sections {
		if !strings.Contains(page, s) {
			t.Errorf("the page has no %s", strings.TrimSpace(s))
		}
	}
}

// wantPlain fails for escape codes, wide lines and blanks at the end.
func wantPlain(t *testing.T, page string) {
	t.Helper()
	if strings.Contains(page, "\x1b") {
		t.Error("the page has escape codes")
	}
	if strings.Count(page, "\n") < 3 || !strings.HasSuffix(page, "\n") {
		t.Errorf("the page is %q", page)
	}
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if n := cells(line); n > helpWidth {
			t.Errorf("%d cells, more than %d: %q", n, helpWidth, line)
		}
		if strings.TrimRight(line, " \t") != line {
			t.Errorf("blanks at the end of %q", line)
		}
	}
}

// TestHelpPageNarrow finds no broken line in what is written for a narrow terminal.
func TestHelpPageNarrow(t *testing.T) {
	t.Parallel()
	for _, c := range commands(newTestApp().rootCommand()) {
		for line := range strings.Lines(helpPage(c, 60)) {
			line = strings.TrimSuffix(line, "\n")
			if n := cells(line); n > 60 && !strings.HasPrefix(line, " ") {
				t.Errorf("%s: %d cells: %q", c.CommandPath(), n, line)
			}
		}
	}
}

// TestExamplesParse gives each example, and each line of the topic on scripts, to the parser.
func TestExamplesParse(t *testing.T) {
	t.Parallel()
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
				if err := parses(args); err != nil {
					t.Errorf("%s: %q: %v", c.CommandPath(), args, err)
				}
			}
		}
		if found < 2 && !isTopic(c) {
			t.Errorf("%s has %d examples, want 2", c.CommandPath(), found)
		}
	}
}

// invocations are the arguments of each hayon in a line of shell.
func invocations(line string) [][]string {
	var out [][]string
	for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == '|' }) {
		words := shellWords(part)
		if i := slices.IndexFunc(words, func(w string) bool { return w == "hayon" || strings.HasSuffix(w, "$(hayon") }); i >= 0 {
			out = append(out, words[i+1:])
		}
	}
	return out
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
		case !started && (r == '<' || r == '#') || r == ')':
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

// parses reports why a command line would be a usage error, without running it.
func parses(args []string) error {
	root := newTestApp().rootCommand()
	cmd, rest, err := root.Find(args)
	if err != nil {
		return err
	}
	if cmd == root && len(args) > 0 {
		return unknownCommand(root, args[0])
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if err := cmd.ValidateFlagGroups(); err != nil {
		return err
	}
	operands := cmd.Flags().Args()
	if len(operands) == 0 && slices.Contains([]string{"retry"}, cmd.Name()) {
		operands = []string{"p_0000"} // xargs gives them
	}
	return cmd.ValidateArgs(operands)
}

func TestShellWords(t *testing.T) {
	t.Parallel()
	if err := parses([]string{"post", "x", "--att", "9am"}); err == nil {
		t.Error("an unknown flag parses")
	}
	if err := parses([]string{"pots"}); err == nil {
		t.Error("an unknown command parses")
	}
	got := invocations(`  printf %s "$P" | hayon login bluesky --handle 'a b' - < f.txt # why`)
	if len(got) != 1 || !slices.Equal(got[0], []string{"login", "bluesky", "--handle", "a b", "-"}) {
		t.Errorf("got %q", got)
	}
}
