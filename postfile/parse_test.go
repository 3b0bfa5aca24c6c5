package postfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

// content compares files by what they say.
var content = cmp.Options{
	cmpopts.IgnoreUnexported(postfile.File{}), cmpopts.IgnoreFields(postfile.File{}, "Path", "Kind"), cmpopts.EquateEmpty(),
}

const example = `---
id: 2026-11-launch            # optional
to: [bluesky, mastodon, "@launch"]
at: 2026-12-01 09:00 Europe/Berlin
lang: en
cw: release notes
media:
  - {file: dashboard.png, alt: "A month calendar in a terminal"}
text:
  linkedin: |
    A longer text only for LinkedIn.
published: {}
---
Shipping 2.0 today. Thanks to @{ada}!
---
Second part of the thread.
`

func TestParseExample(t *testing.T) {
	t.Parallel()
	got, err := postfile.Parse("posts/a.md", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &postfile.File{
		ID: "2026-11-launch", To: []string{"bluesky", "mastodon", "@launch"}, At: "2026-12-01 09:00 Europe/Berlin",
		Lang: []string{"en"}, CW: "release notes",
		Media: []postfile.Medium{{File: "dashboard.png", Alt: "A month calendar in a terminal"}},
		Texts: map[string]string{"linkedin": "A longer text only for LinkedIn.\n"},
		Text:  "Shipping 2.0 today. Thanks to @{ada}!\n---\nSecond part of the thread.",
	}
	if diff := cmp.Diff(want, got, content); diff != "" {
		t.Error(diff)
	}
	if got.Path != "posts/a.md" || got.Kind != postfile.Markdown {
		t.Errorf("it is %s, %s", got.Path, got.Kind)
	}
}

// reads are ways to write the same; each is a YAML file.
var reads = []struct {
	name, yaml string
	want       postfile.File
	unschemed  bool // nothing and empty texts, of which editors may warn
}{
	{name: "one account", yaml: "to: bluesky", want: postfile.File{To: []string{"bluesky"}}},
	{name: "accounts with commas", yaml: "to: bluesky, mastodon/work", want: postfile.File{To: []string{"bluesky", "mastodon/work"}}},
	{name: "accounts with dashes", yaml: "to:\n- bluesky\n- mastodon", want: postfile.File{To: []string{"bluesky", "mastodon"}}},
	{name: "a comma in an item", yaml: "labels: [\"a, b\"]", want: postfile.File{Labels: []string{"a, b"}}},
	{name: "a time", yaml: "at: 2026-12-01 09:00", want: postfile.File{At: "2026-12-01 09:00"}},
	{name: "a time that is a timestamp", yaml: "at: 2026-12-01T09:00:00Z", want: postfile.File{At: "2026-12-01T09:00:00Z"}},
	{name: "a clock", yaml: "at: 12:30:45", want: postfile.File{At: "12:30:45"}},
	{
		name: "numbers as they are spelled", yaml: "tags: [2026, 1e3, 0x1F, 017, 1_000, +5, 1.50, .inf]\nin: 90",
		want: postfile.File{In: "90", Tags: []string{"2026", "1e3", "0x1F", "017", "1_000", "+5", "1.50", ".inf"}}, unschemed: true,
	},
	{name: "words that were truths once", yaml: "title: yes\ncw: off\nnote: n", want: postfile.File{Title: "yes", CW: "off", Note: "n"}},
	{name: "truths", yaml: "draft: true\nsensitive: false\ncontinue: True", want: postfile.File{Draft: true, Continue: true}},
	{name: "nothing", yaml: "to:\nat: ~\ndraft: null\nmedia:\npoll:\noptions:\ntext:\npublished: {}\nthread:\nbody:", unschemed: true},
	{name: "the text by another name", yaml: "text: Hello", want: postfile.File{Text: "Hello"}},
	{name: "texts", yaml: "body: Hello\ntext: {linkedin: Good day}", want: postfile.File{Text: "Hello", Texts: map[string]string{"linkedin": "Good day"}}},
	{name: "a folded text", yaml: "body: >-\n  Hello,\n  world\n\n  Bye", want: postfile.File{Text: "Hello, world\nBye"}},
	{name: "a text as it is", yaml: "body: |\n  Hello\n    world  \n  ---\n  # bye\n\n", want: postfile.File{Text: "Hello\n  world  \n---\n# bye\n"}},
	{name: "escapes", yaml: `body: "a\tb\u263a\n\U0001F600"`, want: postfile.File{Text: "a\tb☺\n😀"}},
	{name: "comments", yaml: "# one\nto: bluesky # two\n\n# three\n", want: postfile.File{To: []string{"bluesky"}}},
	{name: "the start of a document", yaml: "---\nto: bluesky\n", want: postfile.File{To: []string{"bluesky"}}},
	{name: "braces", yaml: `{to: [bluesky], body: "Hello"}`, want: postfile.File{To: []string{"bluesky"}, Text: "Hello"}},
	{name: "one medium", yaml: "media: a.png", want: postfile.File{Media: []postfile.Medium{{File: "a.png"}}}},
	{name: "one medium with more", yaml: "media: {file: a.png, alt: A square, strip_exif: true}", want: postfile.File{Media: []postfile.Medium{{File: "a.png", Alt: "A square"}}}},
	{
		name: "paths that lead elsewhere", yaml: "media: [/tmp/a.png, ../b.png, 'C:\\c.png', m_1]",
		want: postfile.File{Media: []postfile.Medium{{File: "/tmp/a.png"}, {File: "../b.png"}, {File: `C:\c.png`}, {File: "m_1"}}},
	},
	{name: "a focus of text", yaml: "media: {file: a.png, focus: \"0.2, -.5\"}", want: postfile.File{Media: []postfile.Medium{{File: "a.png", Focus: &hayon.Focus{X: 0.2, Y: -0.5}}}}},
	{name: "a focus of numbers", yaml: "media: {file: a.png, focus: [1, -1.0]}", want: postfile.File{Media: []postfile.Medium{{File: "a.png", Focus: &hayon.Focus{X: 1, Y: -1}}}}},
	{
		name: "options that are no texts", yaml: "options: {mastodon: {sensitive: true, weight: 3}}",
		want: postfile.File{Options: map[string]map[string]string{"mastodon": {"sensitive": "true", "weight": "3"}}},
	},
	{name: "no tags", yaml: "tags: []", want: postfile.File{}},
	{name: "a draft with a time that is not", yaml: "draft: false\nat: tomorrow 9am", want: postfile.File{At: "tomorrow 9am"}},
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range reads {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := postfile.Parse("a.yml", []byte(tt.yaml))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got, content); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseMarkdown(t *testing.T) {
	t.Parallel()
	to := []string{"bluesky"}
	tests := []struct {
		name, content string
		want          postfile.File
	}{
		{"nothing", "", postfile.File{}},
		{"a text", "Hello\n", postfile.File{Text: "Hello"}},
		{"a text without an end of line", "Hello", postfile.File{Text: "Hello"}},
		{"a thread", "one\n---\ntwo\n", postfile.File{Text: "one\n---\ntwo"}},
		{"a thread that begins below an empty line", "\n---\ntwo\n", postfile.File{Text: "\n---\ntwo"}},
		{"front matter", "---\nto: bluesky\n---\nHello\n", postfile.File{To: to, Text: "Hello"}},
		{"front matter and no text", "---\nto: bluesky\n---", postfile.File{To: to}},
		{"front matter with an empty line below", "---\nto: bluesky\n---\n\nHello\n\n", postfile.File{To: to, Text: "Hello\n"}},
		{"front matter of comments", "---\n# later\n---\nHello\n", postfile.File{Text: "Hello"}},
		{"blanks behind the lines", "--- \nto: bluesky\n---\t\nHello\n", postfile.File{To: to, Text: "Hello"}},
		{"a thread below front matter", "---\nto: bluesky\n---\none\n---\ntwo\n", postfile.File{To: to, Text: "one\n---\ntwo"}},
		{"a separator first", "---\n---\n---\ntwo\n", postfile.File{Text: "---\ntwo"}},
		{"a line in front matter that is not the end", "---\nto: bluesky\nnote: |\n  a\n  ---\n  b\n---\nHello\n", postfile.File{To: to, Note: "a\n---\nb\n", Text: "Hello"}},
		{"four dashes", "----\nto: bluesky\n----\n", postfile.File{Text: "----\nto: bluesky\n----"}},
		{"Windows", "\ufeff---\r\nto: bluesky\r\n---\r\nHello\r\nworld\r\n", postfile.File{To: to, Text: "Hello\nworld"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := postfile.Parse("a.md", []byte(tt.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, got, content); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]postfile.Kind{
		"a.md": postfile.Markdown, "a.MARKDOWN": postfile.Markdown, "a.b/c.yml": postfile.YAML, "a.yaml": postfile.YAML, "a.json": postfile.JSON,
		"a.txt": postfile.Text, "a": postfile.Text, "a.md.bak": postfile.Text, "-": postfile.Text,
	} {
		if got := postfile.KindOf(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	f, err := postfile.Parse("posts/a.md", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ line, column int }
	for field, want := range map[string]place{
		"at": {4, 5}, "to": {3, 5}, "to 2": {3, 25}, "media 0 file": {8, 12}, "media 0 alt": {8, 32}, "text linkedin": {10, 13}, "published": {12, 12},
		"media 0 thumb": {8, 5}, "media 7": {8, 3}, "text mastodon": {10, 3}, "": {14, 1}, "body": {14, 1}, "poll options 1": {14, 1},
	} {
		line, column := f.Where(strings.Fields(field)...)
		if got := (place{line, column}); got != want {
			t.Errorf("%q is at %v, want %v", field, got, want)
		}
	}
	if line, column := f.WhereKey("text", "linkedin"); line != 10 || column != 3 {
		t.Errorf("the key linkedin is at %d:%d, want 10:3", line, column)
	}
	if line, column := f.WhereKey("at"); line != 4 || column != 5 {
		t.Errorf("the key at is at %d:%d, want the place of its value", line, column)
	}
	p := f.Problem("there is no such file", "check the path", "media", "0", "file")
	if got, want := p.Error(), "posts/a.md:8:12: media.0.file: there is no such file"; got != want {
		t.Errorf("the problem is %q, want %q", got, want)
	}
	if e := p.Err(); e.Code != hayon.CodeInvalid || e.Hint != "check the path" || e.Message != p.Error() {
		t.Errorf("the error is %+v", e)
	}
	if line, column := new(postfile.File).Where("at"); line != 1 || column != 1 {
		t.Errorf("the place in no file is %d:%d", line, column)
	}
}

// TestWhereBody: where the text stands, in every kind of file.
func TestWhereBody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path, content string
		line, column  int
	}{
		{"a.md", "Hello\n", 1, 1},
		{"a.md", "---\nto: bluesky\n---\n\n\nHello\n", 5, 1},
		{"a.txt", "Hello\n", 1, 1},
		{"a.yaml", "to: bluesky\nbody: |\n  Hello\n", 2, 7},
		{"a.yaml", "to: bluesky\ntext: Hello\n", 2, 7},
		{"a.json", "{\"to\": \"ü\",\n \"body\": \"Hello\"}", 2, 10},
	}
	for _, tt := range tests {
		f, err := postfile.Parse(tt.path, []byte(tt.content))
		if err != nil {
			t.Fatal(err)
		}
		if line, column := f.Where(); line != tt.line || column != tt.column {
			t.Errorf("the text of %q is at %d:%d, want %d:%d", tt.content, line, column, tt.line, tt.column)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	_, err := postfile.Parse("a.md", []byte("---\ncw: true\nthraed: x\n---\n"))
	want := "a.md:2:5: cw: is true or false; it takes a text\na.md:3:1: unknown key \"thraed\""
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
	first, ok := errors.AsType[*postfile.Problem](err)
	if !ok || first.Line != 2 || first.Field != "cw" {
		t.Errorf("the first problem is %+v", first)
	}
	all, _ := errors.AsType[postfile.Problems](err)
	e := all.Err()
	if e.Code != hayon.CodeInvalid || len(e.Details["problems"].(postfile.Problems)) != 2 {
		t.Errorf("the error is %+v", e)
	}
	if postfile.Problems(nil).Err() != nil {
		t.Error("no problems are an error")
	}
}
