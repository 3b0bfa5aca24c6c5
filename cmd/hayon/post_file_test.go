package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilePaths(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.md", "b.md", "c[1].md", "d.txt"} {
		write(t, filepath.Join(dir, name), []byte("x"))
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, test := range []struct {
		name  string
		names string
		want  string // or what the error says
		code  hayon.Code
	}{
		{"names", "b.md a.md", "b.md a.md", ""},
		{"a pattern", "*.md", "a.md b.md c[1].md", ""},
		{"a name that looks like a pattern", "c[1].md", "c[1].md", ""},
		{"both", "d.txt ?.md -", "d.txt a.md b.md -", ""},
		{"one that is not there", "none.md", "none.md", ""},
		{"no match", "*.yaml", "no file matches *.yaml", hayon.CodeUsage},
		{"no pattern", "a[.md", "no file matches a[.md", hayon.CodeUsage},
		{"a folder", "a.md folder", "folder is a folder", hayon.CodeUsage},
		{"a folder by a pattern", "f*", "folder is a folder", hayon.CodeUsage},
	} {
		got, err := filePaths(strings.Fields(test.names))
		if hayon.CodeOf(err) != test.code || err == nil && strings.Join(got, " ") != test.want || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %q, %v; want %q %q", test.name, got, err, test.want, test.code)
		}
	}
	if got := distinct([]string{"a.md", "./a.md", "b.md", "a.md", "-", "-"}); !slices.Equal(got, []string{"a.md", "b.md", "-"}) {
		t.Errorf("got %q", got)
	}
}

// What a service says of a request is told at the place in the file that it comes from.
func TestExplained(t *testing.T) {
	t.Parallel()
	const content = `---
to: [demo, "@launch"]
not: [site]
at: tomorrow 9am
lang: [en, 1x]
note: n
labels: [a]
cw: x
reply_to: p_9qx1
media:
  - {file: a.png, alt: "A", for: [bluesky], thumb: t.jpg}
  - b.png
options: {demo: {mood: x}}
parts: [third]
text:
  mastodon: |
    Another.
---
Hello @{ada}
---
second
`
	file, err := postfile.Parse("posts/a.md", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	f := &postFile{File: file, name: "posts/a.md"}
	if err := (&postOptions{app: newTestApp()}).over(hayon.PostCreate{}, f); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		sentence string
		code     hayon.Code
		place    string // of the beginning of what stands there
		field    string
	}{
		{"demo: the text has 600 of 500 characters", hayon.CodeInvalid, "Hello", ""},
		{"demo: part 2: the text has 600 of 500 characters", hayon.CodeInvalid, "second", ""},
		{"demo: part 3: the text has 600 of 500 characters", hayon.CodeInvalid, "third", "parts.0"},
		{"mastodon: the text has 600 of 500 characters", hayon.CodeInvalid, "|", "text.mastodon"},
		{"mastodon/work: part 1: the text is empty", hayon.CodeInvalid, "|", "text.mastodon"},
		{"demo: Demo takes no threads, and this one has 2 parts", hayon.CodeInvalid, "Hello", ""},
		{"the text names @{ada}, and you know nobody of that name; nothing was stored", hayon.CodeUsage, "Hello", ""},
		{"demo: a.png has no description", hayon.CodeInvalid, `"A"`, "media.0.alt"},
		{"demo: b.png has no description", hayon.CodeInvalid, "b.png", "media.1.alt"},
		{"demo: the alt text of a.png has 9 of 8 characters", hayon.CodeInvalid, `"A"`, "media.0.alt"},
		{"demo: b.png is image/tiff, which Demo does not take", hayon.CodeInvalid, "b.png", "media.1"},
		{"demo: a.png has 9 of 8 bytes", hayon.CodeInvalid, "{file", "media.0"},
		{"demo: the thumbnail of a.png: it is no picture", hayon.CodeInvalid, "t.jpg", "media.0.thumb"},
		{"demo: 9 images, at most 4 are allowed", hayon.CodeInvalid, "- {file", "media"},
		{`a medium is for "bluesky", which this post does not go to`, hayon.CodeUsage, "[bluesky]", "media.0.for"},
		{`an option is set for "demo", which this post does not go to`, hayon.CodeUsage, "demo: {", "options.demo"},
		{`demo has no option "mood"`, hayon.CodeUsage, "mood", "options.demo.mood"},
		{`demo: mood is "x"`, hayon.CodeInvalid, "x}", "options.demo.mood"},
		{`demo: cw is "x"`, hayon.CodeInvalid, "x\nreply", "cw"},
		{`--text names "mastodon", which this post does not go to`, hayon.CodeUsage, "mastodon: |", "text.mastodon"},
		{`there is no platform "demo"; there are site`, hayon.CodeUsage, "demo", "to.0"},
		{"there is no group @launch", hayon.CodeUsage, `"@launch"`, "to.1"},
		{`no account "site" is connected`, hayon.CodeUsage, "site]", "not.0"},
		{"--not leaves no account for this post", hayon.CodeUsage, "[site]", "not"},
		{`"1x" is no language tag; nothing was stored`, hayon.CodeUsage, "1x]", "lang.1"},
		{"demo: 4 languages, at most 3 are allowed", hayon.CodeInvalid, "[en", "lang"},
		{"the note has 9 bytes; at most 8 are kept", hayon.CodeUsage, "n\nlabels", "note"},
		{"a label is empty", hayon.CodeUsage, "[a]", "labels"},
		{"the time 2020-01-01T00:00:00Z has passed; nothing was stored", hayon.CodeInvalid, "tomorrow", "at"},
		{"there is no post p_9qx1", hayon.CodeNotFound, "p_9qx1", "reply_to"},
		{"p_9qx1 is not out (draft), so it cannot be answered; nothing was stored", hayon.CodeConflict, "p_9qx1", "reply_to"},
		{"demo got the same text just now, as p_9qx1; nothing was stored", hayon.CodeConflict, "Hello", ""},
		{"something else", hayon.CodeInvalid, "---", ""},
	} {
		p := f.explained(test.code, test.sentence, "")
		lines := strings.Split(content, "\n")
		got := strings.Join(lines[p.Line-1:], "\n")[p.Column-1:]
		if !strings.HasPrefix(got, test.place) || p.Field != test.field {
			t.Errorf("%q: at %d:%d (%.12q) of %q, want %q of %q", test.sentence, p.Line, p.Column, got, p.Field, test.place, test.field)
		}
		if want := test.code; p.Code != want && (want != hayon.CodeUsage || p.Code != hayon.CodeInvalid) {
			t.Errorf("%q: the code is %s", test.sentence, p.Code)
		}
	}
}

// Files that nobody writes by hand end quickly, and in words.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo")
	var bomb strings.Builder
	bomb.WriteString("a: &a [x, x, x, x, x, x, x, x, x]\n")
	for i := range 8 {
		name := string(rune('b' + i))
		bomb.WriteString(name + ": &" + name + " [" + strings.TrimSuffix(strings.Repeat("*"+string(rune('a'+i))+", ", 9), ", ") + "]\n")
	}
	for name, content := range map[string]string{
		"bomb.yaml":  bomb.String(),
		"deep.yaml":  strings.Repeat("[", 50_000),
		"deep.json":  strings.Repeat(`{"a":`, 50_000),
		"front.md":   "---\n" + strings.Repeat("- ", 50_000) + "\n---\nx\n",
		"open.md":    "---\nto: demo\n" + strings.Repeat("x\n", 50_000),
		"number.yml": "to: demo\nbody: x\ngrace: " + strings.Repeat("9", 50_000) + "\n",
		"twice.yaml": "to: demo\nto: site\nbody: x\n",
		"tabs.yaml":  "to:\n\t- demo\nbody: x\n",
		"null.txt":   "a\x00b",
		"empty.md":   "",
		"large.txt":  strings.Repeat("x", 2<<20),
		"media.yaml": "to: demo\nbody: x\nmedia: [" + strings.TrimSuffix(strings.Repeat("none.png, ", 5000), ", ") + "]\n",
		"names.yaml": "to: [" + strings.TrimSuffix(strings.Repeat("nowhere, ", 5000), ", ") + "]\nbody: x\n",
	} {
		path := u.write(t, name, []byte(content))
		began := time.Now()
		for _, command := range [][]string{{"check", path}, {"post", "--to", "demo", "-f", path}} {
			o := u.run(t, "", command...)
			said := o.out + o.err
			if o.exit != 3 && o.exit != 2 || !strings.Contains(said, name) || strings.Contains(said, "goroutine") {
				t.Errorf("%s of %s: exit %d, %.300q", command[0], name, o.exit, said)
			}
			if len(said) > 200_000 {
				t.Errorf("%s of %s says %d bytes", command[0], name, len(said))
			}
		}
		t.Logf("%s: %s", name, time.Since(began))
	}
	if o := u.must(t, 0, "", "list", "--count"); strings.TrimSpace(o.out) != "0" {
		t.Errorf("there are %s posts", o.out)
	}
}

func TestAnnotation(t *testing.T) {
	t.Parallel()
	p := fileProblem{File: "a,b:c%.md", Line: 3, Column: 4, Message: "100% wrong: x", Hint: "mend it,\nnow"}
	if got, want := p.annotation(), "::error file=a%2Cb%3Ac%25.md,line=3,col=4::100%25 wrong: x%0Amend it,%0Anow"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestGraverExit(t *testing.T) {
	t.Parallel()
	for _, test := range [][3]int{{0, 0, 0}, {0, 7, 7}, {9, 7, 9}, {6, 12, 12}, {0, 99, 99}, {130, 9, 130}} {
		if got := graverExit(test[0], test[1]); got != test[2] {
			t.Errorf("%v: got %d", test, got)
		}
		if got := graverExit(test[1], test[0]); got != test[2] {
			t.Errorf("%v backwards: got %d", test, got)
		}
	}
}
