package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// resize gives the terminal another size.
func (term *terminal) resize(t *testing.T, rows, columns uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(term.keys.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns}); err != nil {
		t.Fatal(err)
	}
}

// TestListWatchOnTerminal: the table stays in its place, changes, follows the size of the terminal, and
// ends with Ctrl-C; the terminal is as it was.
func TestListWatchOnTerminal(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"file", "socket"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			u, term := newUser(t, mode), newTerminal(t)
			u.draft(t, "one")
			before := term.settings(t)
			cmd := u.start(t, term, "list", "--watch")
			term.wait(t, "1 post; Ctrl-C ends", 10*time.Second)
			two := u.draft(t, "two")
			term.wait(t, "2 posts; Ctrl-C ends", 10*time.Second)
			u.must(t, 0, "", "cancel", two)
			term.wait(t, "cancelled", 10*time.Second)
			if lines := screen(term.text()); len(lines) < 4 || !strings.HasPrefix(lines[0], "ID") || !strings.Contains(lines[1], "cancelled") ||
				!strings.Contains(lines[2], "one") || lines[3] != "2 posts; Ctrl-C ends" {
				t.Errorf("the screen shows %q", lines)
			}
			if strings.Count(term.text(), "\x1b[2J") > 0 {
				t.Error("the screen was cleared though its size is the same")
			}
			u.must(t, 0, "", "delete", two, "--yes")
			term.wait(t, "1 post; Ctrl-C ends\x1b[K\r\n\r", 10*time.Second)
			if lines := screen(term.text()); strings.TrimSpace(strings.Join(lines[3:], "")) != "" {
				t.Errorf("what is gone is still shown: %q", lines)
			}
			u.draft(t, strings.Repeat("long ", 30))
			term.resize(t, 5, 40)
			term.wait(t, "\x1b[2J", 10*time.Second)
			term.typeKeys(t, "\x03")
			if got := exitCode(cmd); got != 130 {
				t.Errorf("exit code %d, want 130", got)
			}
			if after := term.settings(t); after != before {
				t.Error("the terminal's settings have changed")
			}
			_, last, _ := strings.Cut(term.all(), "\x1b[2J\x1b[H")
			for _, line := range screen(strings.ReplaceAll(last, "\x1b[2J\x1b[H", "")) {
				if n := cells(line); n > 40 {
					t.Errorf("%d cells: %q", n, line)
				}
			}
		})
	}
}

// TestListWatchInLines: where nothing may move, each change has a line.
func TestListWatchInLines(t *testing.T) {
	t.Parallel()
	for _, variable := range []string{"ACCESSIBLE=1", "TERM=dumb"} {
		t.Run(variable, func(t *testing.T) {
			t.Parallel()
			u, term := newUser(t, "file", variable), newTerminal(t)
			u.draft(t, "one")
			cmd := u.start(t, term, "list", "--watch", "--color", "never")
			term.wait(t, "Watching; Ctrl-C ends it.", 10*time.Second)
			u.draft(t, "two")
			term.wait(t, "  created  p_", 10*time.Second)
			term.typeKeys(t, "\x03")
			if got := exitCode(cmd); got != 130 {
				t.Errorf("exit code %d, want 130", got)
			}
			if text := term.all(); strings.Contains(text, "\x1b") {
				t.Errorf("something moves: %q", text)
			}
		})
	}
}

// TestListWidths: what is needed least leaves first, and a label before an account.
func TestListWidths(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "日本語 and a text that is longer than the narrow terminals by far", "--to", "site", "--at", "2090-01-02 09:00", "--label", "launch,news")
	for _, tt := range []struct {
		columns int
		head    []string
		row     string
	}{
		{40, []string{"ID", "STATE", "TEXT"}, "scheduled  日本語 and a text th…"},
		{80, []string{"ID", "STATE", "WHEN", "TO", "LABELS", "TEXT"}, "scheduled  2090-01-02 09:00  site  #launch #news  日本語"},
		{120, []string{"ID", "STATE", "WHEN", "TO", "LABELS", "TEXT"}, "site  #launch #news  日本語 and a text that is longer than the narrow"},
	} {
		t.Run(fmt.Sprint(tt.columns), func(t *testing.T) {
			t.Parallel()
			shown, _ := paged(t, u, []string{fmt.Sprintf("COLUMNS=%d", tt.columns)}, "list")
			lines := strings.Split(strings.TrimSuffix(shown, "\n"), "\n")
			if got := strings.Fields(lines[0]); strings.Join(got, " ") != strings.Join(tt.head, " ") {
				t.Errorf("the head is %q, want %q", got, tt.head)
			}
			if !strings.Contains(lines[1], tt.row) {
				t.Errorf("the row is %q, want %q in it", lines[1], tt.row)
			}
			for _, line := range lines {
				if n := cells(line); n > tt.columns {
					t.Errorf("%d cells: %q", n, line)
				}
			}
		})
	}
}

// TestFilterAsks: what fits is shown before the question, also where the result is JSON, and Enter means
// no.
func TestFilterAsks(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "one", "--to", "site", "--at", "2090-01-02 09:00", "--label", "launch")
	move := []string{"reschedule", "--by", "1d", "--filter", "label:launch"}
	for _, tt := range []struct {
		name, keys string
		args       []string
		exit       int
		at         string
	}{
		{"Enter", "\r", move, 2, "2090-01-02"},
		{"JSON", "\r", append(move[:len(move):len(move)], "--json"), 2, "2090-01-02"},
		{"yes", "y\r", move, 0, "2090-01-03"},
	} {
		term := newTerminal(t)
		cmd := u.start(t, term, tt.args...)
		term.wait(t, "[y/N] ", 10*time.Second)
		if text := colours.ReplaceAllString(term.text(), ""); !strings.Contains(text, "Mon 2 Jan 2090 09:00 UTC → Tue 3 Jan 2090 09:00 UTC  one") ||
			!strings.Contains(text, "Move 1 post? [y/N]") {
			t.Errorf("%s: it asks %q", tt.name, text)
		}
		term.typeKeys(t, tt.keys)
		if got := exitCode(cmd); got != tt.exit {
			t.Errorf("%s: exit code %d, want %d: %q", tt.name, got, tt.exit, term.text())
		}
		if got := u.must(t, 0, "", "list", "at:"+tt.at, "--count").out; got != "1\n" {
			t.Errorf("%s: the post is not on %s", tt.name, tt.at)
		}
	}
}
