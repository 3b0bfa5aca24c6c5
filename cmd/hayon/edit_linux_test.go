package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// editorFor makes a script the editor of a user: it gets the file as $2.
func editorFor(t *testing.T, u *user, script string) {
	t.Helper()
	path := u.write(t, "editor-"+time.Now().Format("150405.000000000"), []byte("#!/bin/sh\n"+script+"\n"))
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	u.env = append(u.env, "EDITOR="+path+" --wait", "VISUAL=")
}

// bothWays runs a test on the database itself and on a daemon.
func bothWays(t *testing.T, fn func(t *testing.T, u *user)) {
	t.Helper()
	for _, mode := range []string{"file", "socket"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			fn(t, newUser(t, mode))
		})
	}
}

// wantShown fails unless a terminal shows the words, whatever their colours.
func wantShown(t *testing.T, shown string, words ...string) {
	t.Helper()
	shown = strings.ReplaceAll(colours.ReplaceAllString(shown, ""), "\r\n", "\n")
	for _, w := range words {
		if !strings.Contains(shown, w) {
			t.Errorf("it does not show %q, but %q", w, shown)
		}
	}
}

// only is the one file of a text that was kept, which the terminal names.
func (u *user) only(t *testing.T, shown string) string {
	t.Helper()
	left := u.leftovers(t)
	if len(left) != 1 || !strings.Contains(strings.Join(strings.Fields(shown), ""), left[0]) {
		t.Fatalf("left behind: %q", left)
	}
	b, err := os.ReadFile(left[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEditEditor(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, u *user) {
		t.Helper()
		u.must(t, 0, "", "login", "demo")
		png := u.write(t, "a.png", picture(4, 4))
		p := u.must(t, 0, "", "post", "First line\nlast line", "--to", "site,demo", "--at", "2090-03-01 09:00 Europe/Berlin", "--label", "a",
			"--cw", "news", "--set", "demo.visibility=unlisted", "--text", "demo=Only there", "-m", png, "--alt", "one", "--grace", "90m", "--json").post(t)
		editorFor(t, u, `cp "$2" seen.md; sed -i -e 's/^last line/new line/' -e 's/09:00/10:30/' -e 's/news/old news/' "$2"`)
		shown := u.edits(t, 0, "edit", "last")
		wantShown(t, shown, "Changed "+p.Short, "    - last line\n    + new line", "cw  news → old news",
			"at  Wed 1 Mar 2090 09:00 CET → Wed 1 Mar 2090 10:30 CET", "It is scheduled for Wed 1 Mar 2090 10:30 CET")
		if strings.Contains(shown, "- First line") || strings.Contains(shown, "medium") {
			t.Errorf("what is as it was is shown: %q", shown)
		}
		seen, err := os.ReadFile(filepath.Join(u.dir, "seen.md"))
		if err != nil {
			t.Fatal(err)
		}
		id := p.Targets[0].Parts[0].Media[0].ID.String()
		wantShown(t, string(seen), "at: 2090-03-01 09:00 Europe/Berlin\n", "grace: 1h30m\n", "cw: news\n", id, "alt: one", "Only there", "\nFirst line\nlast line\n")
		got := u.must(t, 0, "", "show", "last", "--json").post(t)
		if got.Text != "First line\nnew line" || got.Zone != "Europe/Berlin" || got.Wall != "2090-03-01T10:30:00" || got.Revision != 2 ||
			got.Targets[1].Parts[0].Text != "Only there" || got.Targets[1].Parts[0].Media[0].ID.String() != id || got.Targets[1].Options["cw"] != "old news" {
			t.Errorf("it is %+v", got)
		}
		if left := u.leftovers(t); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

// TestEditUnchanged: what is saved as it was, and what is emptied, changes nothing.
func TestEditUnchanged(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{"as it was": "true", "emptied": `: > "$2"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, "file")
			u.must(t, 0, "", "post", "Hello", "--to", "site", "--draft")
			editorFor(t, u, script)
			wantShown(t, u.edits(t, 0, "edit", "last"), "Nothing was changed.")
			if got := u.must(t, 0, "", "show", "last", "--json").post(t); got.Revision != 1 || got.Text != "Hello" {
				t.Errorf("it is %+v", got)
			}
			if left := u.leftovers(t); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// TestEditWithFlags: the editor begins with what the flags say, and what is left as it is then counts.
func TestEditWithFlags(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "Hello", "--to", "site", "--draft")
	editorFor(t, u, `grep -q '^cw: careful' "$2" && grep -q '^Hi' "$2"`)
	u.edits(t, 0, "edit", "last", "-e", "--cw", "careful", "--text", "Hi")
	if got := u.must(t, 0, "", "show", "last", "--json").post(t); got.Text != "Hi" || got.Targets[0].Options["cw"] != "careful" {
		t.Errorf("it is %+v", got)
	}
}

// TestEditBroken: what is wrong is told with its place, and can be mended; else it is kept.
func TestEditBroken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, spoil, mend string
		says              []string
	}{
		{"a phrase of time", `s/^at: .*/at: banana/`, `s/^at: .*/at: 2090-03-02 09:00/`, []string{"line 3, column 5: at: "}},
		{"a key", `s/^at: /att: /`, `s/^att: /at: /`, []string{"line 3, column 1:", "att"}},
		{"no time", `/^at: /d`, `s/^to: /at: 2090-03-02 09:00\nto: /`, []string{"it does not say any more when it goes out"}},
		{"no account", `/^to: /d`, `s/^at: /to: demo\nat: /`, []string{"it goes to no account any more", "to: bluesky"}},
		{"a medium", `s/^at: /media: [none.png]\nat: /`, `/^media:/d`, []string{"media.0.file: there is no file none.png"}},
		{"what the platform refuses", `s/^Hello$/` + strings.Repeat("x", 501) + `/`, `s/^xx*$/Good day/`, []string{"line ", "demo", "500"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, "file")
			u.must(t, 0, "", "login", "demo")
			p := u.must(t, 0, "", "post", "Hello", "--to", "demo", "--at", "2090-03-01 09:00", "--json").post(t)
			editorFor(t, u, `if [ -f spoilt ]; then rm spoilt; sed -i '`+tt.mend+`' "$2"; else touch spoilt; sed -i '`+tt.spoil+`' "$2"; fi`)

			term := newTerminal(t)
			cmd := u.start(t, term, "edit", "last")
			term.wait(t, "[Y/n] ", 20*time.Second)
			wantShown(t, term.text(), tt.says...)
			term.typeKeys(t, "n\r")
			if got := exitCode(cmd); got != 3 && got != 2 {
				t.Errorf("exit code %d: %s", got, term.text())
			}
			shown := term.all()
			kept := u.only(t, shown)
			wantShown(t, shown, "hayon edit "+p.Short+" -f ")
			if !strings.Contains(kept, "---") {
				t.Errorf("what was kept is %q", kept)
			}
			if err := os.Remove(filepath.Join(u.dir, "spoilt")); err != nil {
				t.Fatal(err)
			}

			term = newTerminal(t)
			cmd = u.start(t, term, "edit", "last")
			term.wait(t, "[Y/n] ", 20*time.Second)
			term.typeKeys(t, "\r")
			if got := exitCode(cmd); got != 0 {
				t.Errorf("exit code %d: %s", got, term.text())
			}
			if got := u.must(t, 0, "", "show", "last", "--json").post(t); got.Revision > 2 || len(got.Targets) != 1 {
				t.Errorf("it is %+v", got)
			}
		})
	}
}

// TestEditMeanwhile: what somebody else has changed is not overwritten; what was written is kept, and can be
// stored over it.
func TestEditMeanwhile(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, u *user) {
		t.Helper()
		p := u.must(t, 0, "", "post", "Hello", "--to", "site", "--at", "2090-03-01 09:00", "--json").post(t)
		editorFor(t, u, `hayon edit last --text theirs -q < /dev/null && sed -i 's/^Hello/mine/' "$2"`)
		shown := u.edits(t, 10, "edit", "last")
		wantShown(t, shown, "It has revision 2 now, and your edit began with 1")
		if kept := u.only(t, shown); !strings.Contains(kept, "\nmine\n") {
			t.Errorf("what was kept is %q", kept)
		}
		if got := u.must(t, 0, "", "show", "last", "--json").post(t); got.Text != "theirs" || got.Revision != 2 {
			t.Errorf("it is %+v", got)
		}
		u.must(t, 0, "", "edit", p.ID.String(), "-f", u.leftovers(t)[0])
		if got := u.must(t, 0, "", "show", "last", "--json").post(t); got.Text != "mine" || got.Wall != p.Wall {
			t.Errorf("it is %+v", got)
		}
	})
}

// TestEditSentMeanwhile: it went out while the editor was open, and the text that went out is told.
func TestEditSentMeanwhile(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, u *user) {
		t.Helper()
		u.must(t, 0, "", "post", "What went out", "--to", "site", "--at", "2090-03-01 09:00")
		editorFor(t, u, `hayon publish last -q < /dev/null && sed -i 's/^What went out/too late/' "$2"`)
		shown := u.edits(t, 10, "edit", "last")
		wantShown(t, shown, "site  published", "site  went out with: What went out")
		if kept := u.only(t, shown); !strings.Contains(kept, "\ntoo late\n") {
			t.Errorf("what was kept is %q", kept)
		}
		if got := u.must(t, 0, "", "show", "last", "--json").post(t); got.Text != "What went out" || got.Revision != 1 {
			t.Errorf("it is %+v", got)
		}
	})
}

// TestEditEveryField: a post with all that a file can say is opened and stored without a change of the rest.
func TestEditEveryField(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo")
	u.must(t, 0, "", "login", "demo", "--alias", "work")
	u.must(t, 0, "", "account", "default", "demo/work") // "demo" alone means another account now
	png := u.write(t, "a.png", picture(4, 4))
	u.must(t, 0, "", "post", "One\n---\nTwo", "--part", "Three", "--to", "demo/*", "--at", "2090-03-01T09:00:00+02:00", "--label", "a,b",
		"--cw", "c: w", "--title", "T", "--tag", "x,y", "--visibility", "unlisted", "--sensitive", "--no-quotes", "--replies", "nobody", "--lang", "de,en",
		"--note", "n", "--text", "demo/work=Own: text", "-m", png+";alt=a;for=demo/work;focus=0.2,-0.5", "-m", png+";alt=b", "--if-late", "skip", "--grace", "0",
		"--number", "{i}/{n}", "--reply-to", "https://example.org/x", "--card", "none", "--alt-policy", "ignore")
	u.must(t, 0, "", "post", "Tea or coffee?", "--to", "demo/*", "--draft", "--poll-option", "Tea", "--poll-option", "Coffee", "--poll-for", "36h", "--poll-multiple")
	for _, o := range []string{"last", u.must(t, 0, "", "list", "--state", "scheduled", "-o", "ids").out} {
		ref := strings.TrimSpace(o)
		before := u.must(t, 0, "", "show", ref, "--revisions", "--jq", ".[0].create").out
		editorFor(t, u, `cp "$2" seen.md; sed -i 's/^\(One\|Tea\)/More \1/' "$2"`)
		u.edits(t, 0, "edit", ref)
		if b, err := os.ReadFile(filepath.Join(u.dir, "seen.md")); err == nil {
			t.Logf("%s", b)
		}
		after := u.must(t, 0, "", "show", ref, "--revisions", "--jq", ".[1].create").out
		after = strings.Replace(strings.Replace(after, "More One", "One", 1), "More Tea", "Tea", 1)
		if before != after {
			t.Errorf("%s: got %s, want %s", ref, after, before)
		}
		if got := u.must(t, 0, "", "show", ref, "--json").post(t); got.Revision != 2 {
			t.Errorf("it is %+v", got)
		}
	}
}

// TestEditNarrow: nothing is wider than a narrow terminal but what cannot be broken.
func TestEditNarrow(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file", "COLUMNS=40")
	u.must(t, 0, "", "post", "one two three four five six seven eight nine ten eleven", "--to", "site", "--at", "2090-03-01 09:00", "-q")
	for _, args := range [][]string{
		{"edit", "last", "--text", "one two three four five six seven eight nine ten twelve", "--note", "a note of more than forty cells in one line"},
		{"show", "last", "--revisions"},
		{"show", "last", "--revision", "2"},
		{"undo"},
	} {
		shown := u.edits(t, 0, args...)
		for line := range strings.Lines(colours.ReplaceAllString(shown, "")) {
			if line = strings.TrimRight(line, "\r\n"); cells(line) > 40 {
				t.Errorf("%q: %d cells: %q", args, cells(line), line)
			}
		}
	}
}

// TestEditsAtOnce: what several say by flags at the same time is all done.
func TestEditsAtOnce(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, u *user) {
		t.Helper()
		u.must(t, 0, "", "post", "Hello", "--to", "site", "--draft", "-q")
		var all sync.WaitGroup
		for _, label := range []string{"a", "b", "c"} {
			cmd := u.command(t, "edit", "last", "--add-label", label, "-q")
			all.Go(func() {
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: %v: %s", label, err, out)
				}
			})
		}
		all.Wait()
		got := u.must(t, 0, "", "show", "last", "--json").post(t)
		slices.Sort(got.Labels)
		if !slices.Equal(got.Labels, []string{"a", "b", "c"}) || got.Revision != 4 {
			t.Errorf("it is %+v", got)
		}
	})
}

// TestEditRemoteEditor: the text that went out on one account is opened, and changed there.
func TestEditRemoteEditor(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo")
	u.must(t, 0, "", "post", "What went out", "--to", "site,demo", "-q")
	editorFor(t, u, `grep -q '^What went out$' "$2" && echo Corrected > "$2"`)
	wantShown(t, u.edits(t, 2, "edit", "last", "--remote"), "is out on 2 accounts", "--account site   or: --account demo")
	wantShown(t, u.edits(t, 0, "edit", "last", "--remote", "--account", "demo"), "- What went out", "+ Corrected")
	got := u.must(t, 0, "", "show", "last", "--json").post(t)
	for _, target := range got.Targets {
		if want := map[string]string{"demo": "Corrected", "site": "What went out"}[target.Account]; target.Parts[0].Text != want {
			t.Errorf("%s has %q, want %q", target.Account, target.Parts[0].Text, want)
		}
	}
	editorFor(t, u, `: > "$2"`)
	wantShown(t, u.edits(t, 0, "edit", "last", "--remote", "--account", "demo"), "Nothing was changed.")
	if left := u.leftovers(t); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
