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

// TestHelpPageNarrow finds no broken line in what is written for a narrow terminal. Examples stay whole,
// for who copies them.
func TestHelpPageNarrow(t *testing.T) {
	t.Parallel()
	for _, c := range commands(newTestApp().rootCommand()) {
		for line := range strings.Lines(helpPage(c, 60)) {
			line = strings.TrimSuffix(line, "\n")
			if n := cells(line); n > 60 && !strings.HasPrefix(line, " ") {
				t.Errorf("%s: %d cells: %q", c.CommandPath(), n, line)
			}
		}
		var rows strings.Builder
		helpCommands(&rows, c, 40)
		for line := range strings.Lines(rows.String()) {
			if n := cells(strings.TrimSuffix(line, "\n")); n > 40 {
				t.Errorf("%s: %d cells: %q", c.CommandPath(), n, line)
			}
		}
	}
}
