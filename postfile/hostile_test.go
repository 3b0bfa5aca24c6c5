package postfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hayon/hayon/postfile"
)

// lines repeats a line with its number.
func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// stairs is a mapping in a mapping in a mapping.
func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// TestHostile: files that are made to cost much are refused for what they are.
func TestHostile(t *testing.T) {
	t.Parallel()
	var laughs strings.Builder
	laughs.WriteString("to: &a [x, x]\n")
	for c := 'b'; c < 'k'; c++ {
		fmt.Fprintf(&laughs, "%c: &%c [*%c, *%c, *%c]\n", c, c, c-1, c-1, c-1)
	}
	tests := []struct {
		name, file, content string
		want                string // the first problem
	}{
		{"billion laughs", "a.yaml", laughs.String(), "a.yaml:1:5: an anchor (&)"},
		{"an alias without anchor", "a.yaml", "to: *x\n", "a.yaml:1:5: an alias (*)"},
		{"an anchor in a list", "a.yaml", "to: [&a bluesky]\n", "a.yaml:1:6: an anchor (&)"},
		{"a merge key", "a.yaml", "<<: {to: bluesky}\n", "a.yaml:1:1: a merge key (<<)"},
		{"a tag", "a.yaml", "to: !!binary aGVsbG8=\n", "a.yaml:1:5: a tag (!)"},
		{"a tag of one's own", "a.yaml", "to: !exec ls\n", "a.yaml:1:5: a tag (!)"},
		{"a complex key", "a.yaml", "? [a, b]\n: c\n", "a.yaml:1:1: a key after ?"},
		{"a directive", "a.yaml", "%YAML 1.1\n---\nto: bluesky\n", "a.yaml:1:1: a directive (%)"},
		{"two documents", "a.yaml", "to: bluesky\n---\nto: mastodon\n", "a.yaml:2:1: a second document begins"},
		{"a document that ends", "a.yaml", "to: bluesky\n...\nto: mastodon\n", "a.yaml:2:1: the document ends by ..."},
		{"brackets, 1 MiB", "a.yaml", strings.Repeat("[", 1<<20), "a.yaml:1:1: there are 1048576 bytes of YAML; a post has at most 262144"},
		{"front matter, 1 MiB", "a.md", "---\n" + strings.Repeat("[", 1<<20-10) + "\n---\n", "a.md:2:1: there are 1048567 bytes of YAML; a post has at most 262144"},
		{"brackets and no more bytes than may be", "a.yaml", strings.Repeat("[", 1<<18), "a.yaml:1:32769: there are more than 32768 lines, brackets, commas, colons and the like"},
		{"brackets", "a.yaml", "to: " + strings.Repeat("[", 30000), "a.yaml:1:13: " + deep},
		{"braces", "a.md", "---\n" + strings.Repeat("{a: ", 9) + "\n---\n", "a.md:2:33: " + deep},
		{"brackets in JSON", "a.json", strings.Repeat("[", 1<<20), "a.json:1:10: " + deep},
		{"braces in JSON", "a.json", strings.Repeat(`{"a":`, 1<<17), "a.json:1:46: " + deep},
		{"dashes", "a.yaml", strings.Repeat("- ", 16000), "a.yaml:1:17: " + deep},
		{"stairs", "a.yaml", "title:\n" + stairs(700), "a.yaml:2:1: unknown key \"a\""},
		{"stairs below a key", "a.yaml", strings.ReplaceAll(stairs(12), "a:", "to:"), "a.yaml:2:2: to: is a mapping; it takes a list of texts"},
		{"keys", "a.yaml", lines(15000, "k%d: 1\n"), "a.yaml:1334:6: there are too many keys and items for a post"},
		{"keys of a mapping", "a.yaml", "text:\n" + lines(501, "  k%d: 1\n"), "a.yaml:502:3: a mapping of more than 500 keys"},
		{"keys in JSON", "a.json", "{" + lines(70000, `"k%d":1,`) + `"a":1}`, "a.json:1:4392: a mapping of more than 500 keys"},
		{"the same key", "a.json", "{" + strings.Repeat(`"a":1,`, 3000) + `"a":1}`, "a.json:1:8: the key \"a\" is there twice, first in line 1"},
		{"items", "a.yaml", "to: [" + strings.Repeat("a,", 16000) + "]", "a.yaml:1:4003: there are too many keys and items for a post"},
		{"items in JSON", "a.json", `{"to": [` + strings.Repeat("1,", 500000) + "1]}", "a.json:1:8005: there are too many keys and items for a post"},
		{"lines", "a.yaml", strings.Repeat("\n", 1<<18), "a.yaml:32769:1: there are more than 32768 lines, brackets, commas, colons and the like"},
		{"a number", "a.yaml", "to: " + strings.Repeat("9", 1<<17), "a.yaml:1:5: a number of 131072 characters"},
		{"a number with an exponent", "a.yaml", "to: 1e" + strings.Repeat("9", 100), "a.yaml:1:5: a number of 102 characters"},
		{"a number in hexadecimal", "a.yaml", "to: [0x" + strings.Repeat("f", 100) + "]", "a.yaml:1:6: a number of 102 characters"},
		{"a number in JSON", "a.json", `{"to": 1` + strings.Repeat("0", 100) + "}", "a.json:1:8: a number of 101 characters"},
		{"a focus", "a.yaml", "media: {file: a, focus: [1e-999999999, .inf]}", "a.yaml:1:25: media.0.focus: is no focus"},
		{"a key", "a.yaml", strings.Repeat("k", 200) + ": x\n", "a.yaml:1:1: a key of 200 bytes"},
		{"a key with an escape", "a.yaml", "\"a\\nb\": x\n", `a.yaml:1:1: the key "a\nb" holds a control character`},
		{"a tab", "a.yaml", "to:\n\t- a\n", "a.yaml:2:1: a tab in the indentation"},
		{"a tab after spaces", "a.yaml", "media:\n  - file: a\n  \talt: b\n", "a.yaml:3:3: a tab in the indentation"},
		{"an escape of NUL", "a.yaml", `title: "a\0b"`, "a.yaml:1:8: title: holds the control character U+0000"},
		{"a size", "a.md", strings.Repeat("a", 1<<20+1), "a.md:1:1: the file has 1048577 bytes; a post file has at most 1048576"},
		{"NUL", "a.yaml", "to: \x00\n", "a.yaml:1:5: holds the control character U+0000"},
		{"next line", "a.txt", "a\u0085b", "a.txt:1:2: holds the control character U+0085"},
		{"a picture", "a.md", "\x89PNG\r\n\x1a\n", "a.md:1:1: the byte 0x89 is not UTF-8"},
		{"quotes", "a.yaml", "title: " + strings.Repeat(`"`, 1<<18-8), "a.yaml:1:32775: there are more than 32768 lines, brackets, commas, colons and the like"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := postfile.Parse(tt.file, []byte(tt.content))
			all, ok := errors.AsType[postfile.Problems](err)
			if !ok {
				t.Fatalf("the error is %v", err)
			}
			if got := all[0].Error(); got != tt.want {
				t.Errorf("it says\n%s, want\n%s", got, tt.want)
			}
			if len(all) > 100 {
				t.Errorf("there are %d problems", len(all))
			}
		})
	}
}

const deep = "lists and mappings stand deeper in one another than 8"

// TestHostileWork: what a refused file costs is bounded by its size, so that none of them takes a moment. The
// parser's time goes with the square of the keys; memory tells what reached it.
func TestHostileWork(t *testing.T) {
	for name, content := range map[string]string{
		"brackets": strings.Repeat("[", 1<<18), "braces": strings.Repeat("{", 1<<18), "keys": lines(25000, "k%d: 1\n"), "items": "[" + strings.Repeat("a,", 1<<17-2),
		"dashes": strings.Repeat("- ", 1<<17), "quotes": strings.Repeat("'a' ", 1<<16), "laughs": "a: &a x\n" + strings.Repeat("b: [*a, *a, *a, *a]\n", 12000),
		"comments": strings.Repeat("#\n", 1<<17), "lines": strings.Repeat("\n", 1<<18), "questions": strings.Repeat("? ", 1<<17),
	} {
		got := testing.AllocsPerRun(1, func() {
			if _, err := postfile.Parse("a.yaml", []byte(content)); err == nil {
				t.Errorf("%s are read", name)
			}
		})
		if got > 200 {
			t.Errorf("%s: %v allocations before they are refused", name, got)
		}
	}
}
