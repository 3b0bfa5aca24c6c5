package main

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// TestTablesFit: a table is never wider than the terminal, however narrow that is, and keeps its first
// column.
func TestTablesFit(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file", passphrase, "HAYON_VAULT=passphrase")
	u.must(t, 0, "", "login", "demo", "--alias", "a-rather-long-name")
	u.must(t, 0, "", "group", "create", "launch", "demo/a-rather-long-name")
	u.must(t, 0, "", "people", "add", "ada-of-the-many-names", "bluesky=ada.example.org", "mastodon=ada@example.social", "--title", "Augusta Ada King, 智子")
	u.must(t, 0, "", "template", "create", "a-rather-long-name", "--text", "{{what}} and {{what-else|日本語の}} are out, says the long text of this template")
	u.must(t, 0, "", "webhook", "add", "https://example.org/a/rather/long/address")
	for _, text := range []string{"a text that is longer than forty cells by far, and then some", "日本語の長いテキスト、二つのセルで", "👩‍👩‍👧‍👦 family 🇩🇪 flags", "שלום עולם, a text from the right"} {
		u.must(t, 0, "", "post", text, "--to", "site,demo/a-rather-long-name", "--draft")
	}
	u.write(t, "hayon.toml", []byte("[delivery]\nwaits = []\n"))
	u.env = append(u.env, "HAYON_CONFIG="+u.dir+"/hayon.toml")
	stick(t, u)
	for _, args := range [][]string{
		{"list"},
		{"account", "list"},
		{"group", "list"},
		{"people", "list"},
		{"template", "list"},
		{"platform", "list"},
		{"webhook", "list"},
		{"broker", "dead", "list"},
		{"broker", "parked", "list"},
		{"config", "list", "--show-origin"},
		{"profile", "list"},
		{"commands"},
		{"log"},
	} {
		for _, columns := range []int{20, 40, 80, 200} {
			t.Run(fmt.Sprint(args, columns), func(t *testing.T) {
				t.Parallel()
				shown, exit := paged(t, u, []string{fmt.Sprintf("COLUMNS=%d", columns), "HAYON_PAGER="}, args...)
				if exit != 0 {
					t.Fatalf("exit code %d", exit)
				}
				if strings.ContainsRune(shown, '�') {
					t.Error("a character is cut")
				}
				for line := range strings.Lines(shown) {
					line = strings.TrimSuffix(line, "\n")
					if n := cells(line); n > columns {
						t.Errorf("%d cells: %q", n, line)
					}
					if strings.TrimSpace(line) == "" {
						t.Error("a row is empty")
					}
				}
			})
		}
	}
}

// TestTextFits: on a narrow terminal texts break between words, and nothing of them is lost.
func TestTextFits(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	text := "a text of many words that is longer than forty cells by far, and then some"
	u.must(t, 0, "", "post", text, "--to", "site", "--draft", "--note", "a note of many words that is longer than forty cells")
	shown, _ := paged(t, u, []string{"COLUMNS=40"}, "show", "last")
	if !strings.Contains(strings.Join(strings.Fields(shown), " "), text) {
		t.Errorf("the text is not there: %q", shown)
	}
	for line := range strings.Lines(shown) {
		if n := cells(strings.TrimSuffix(line, "\n")); n > 40 {
			t.Errorf("%d cells: %q", n, line)
		}
	}
}

// TestStreamsApart: colours go where a terminal is, and nowhere else; a result that is piped is a
// program's, whatever the other stream is.
func TestStreamsApart(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "x", "--to", "site", "--draft")

	t.Run("stdout on the terminal", func(t *testing.T) {
		t.Parallel()
		term, piped := newTerminal(t), &bytes.Buffer{}
		cmd := u.command(t, "show", "last", "-v")
		cmd.Stdout, cmd.Stderr = term.tty, piped
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		_ = term.tty.Close()
		<-term.ended
		if !strings.Contains(term.text(), "\x1b[") || strings.Contains(piped.String(), "\x1b") {
			t.Errorf("stdout %q, stderr %q", term.text(), piped)
		}
	})
	t.Run("stderr on the terminal", func(t *testing.T) {
		t.Parallel()
		term, piped := newTerminal(t), &bytes.Buffer{}
		cmd := u.command(t, "list")
		cmd.Stdout, cmd.Stderr = piped, term.tty
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		cmd = u.command(t, "show", "nope")
		cmd.Stdout, cmd.Stderr = piped, term.tty
		_ = cmd.Run() // it is not there
		_ = term.tty.Close()
		<-term.ended
		if !strings.Contains(term.text(), "\x1b[31mhayon:") || strings.Contains(piped.String(), "\x1b") {
			t.Errorf("stdout %q, stderr %q", piped, term.text())
		}
		if fields := strings.Split(piped.String(), "\t"); len(fields) != 5 || len(fields[0]) != 22 {
			t.Errorf("the row is %q", piped)
		}
	})
}

// TestAccessible: with ACCESSIBLE=1, or where the configuration says so, nothing moves and nothing is
// drawn.
func TestAccessible(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo", "--set", "latency=300ms")
	moves := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x2500 && r <= 0x257f || r == 0x1b }) ||
			strings.Contains(strings.ReplaceAll(s, "\r\n", "\n"), "\r")
	}
	if shown, _ := paged(t, u, nil, "post", "it moves", "--to", "demo"); !moves(shown) {
		t.Errorf("nothing moves without it: %q", shown)
	}
	for n, vars := range [][]string{{"ACCESSIBLE=1"}, nil} {
		if vars == nil {
			u.must(t, 0, "", "config", "set", "accessible", "true")
		}
		shown, exit := paged(t, u, vars, "post", fmt.Sprint("it stands still ", n), "--to", "demo,site")
		if exit != 0 || moves(shown) || strings.Count(shown, "Working…") != 1 {
			t.Errorf("exit code %d, the terminal shows %q", exit, shown)
		}
		if strings.Count(shown, "demo  published") != 1 || strings.Count(shown, "site  published") != 1 {
			t.Errorf("not each target has its line: %q", shown)
		}
	}
	if shown, _ := paged(t, u, []string{"ACCESSIBLE=0"}, "post", "it moves again", "--to", "demo"); !moves(shown) {
		t.Errorf("ACCESSIBLE=0 does not win over the configuration: %q", shown)
	}
}

// TestBrokenPipe: a reader that has seen enough is no error. Where its going is no signal, because the
// parent ignores that, the command ends well.
func TestBrokenPipe(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	for _, line := range []string{
		"hayon commands --json | head -c 1", "hayon commands -o ndjson | head -n 1", "hayon help post | head -n 1",
	} {
		cmd := u.command(t)
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", line}
		if o := finish(t, cmd, ""); o.exit != 0 || o.err != "" || o.out == "" {
			t.Errorf("%s: exit code %d, %q", line, o.exit, o.err)
		}
	}
	cmd := u.command(t)
	cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `trap "" PIPE; { hayon commands --json; echo "ended with $?" >&2; } | head -c 1`}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if o := finish(t, cmd, ""); o.err != "ended with 0\n" {
		t.Errorf("stderr is %q", o.err)
	}
}
