package main

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		width    int
		want     string
	}{
		{"fits", "note      a b", 20, "note      a b"},
		{"no bound", "a b c", 0, "a b c"},
		{"second column", "note      one two three", 18, "note      one two\n         three"},
		{"second column, bounded", "note            one two", 18, "note\n         one two"},
		{"indented", "  → type this now", 12, "  → type\n  this now"},
		{"an address stays whole", "url   https://example.org/a/b", 20, "url\n      https://example.org/a/b"},
		{"colours take no room", "\x1b[2mnote\x1b[0m  one two", 13, "\x1b[2mnote\x1b[0m  one two"},
		{"wide characters", "日本 日本 日本", 9, "日本 日本\n日本"},
	} {
		if got := fold(tt.in, tt.width, hanging(tt.in, tt.width)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFitEveryWidth: whatever the columns are, a table keeps within its width and its first column.
func TestFitEveryWidth(t *testing.T) {
	t.Parallel()
	columns := []column{{title: "ID"}, {title: "STATE"}, {title: "WHEN", drop: 2}, {title: "TO", drop: 1}, {title: "TEXT", flexible: true}}
	rows := [][]string{{"p_0000", "scheduled (asks)", "2026-11-20 08:00", strings.Repeat("a", 40), strings.Repeat("日", 40)}}
	for width := 1; width < 220; width++ {
		shown, widths := fit(columns, rows, width)
		if len(shown) == 0 || shown[0] != 0 {
			t.Fatalf("%d: the columns are %v", width, shown)
		}
		if n := total(shown, widths); n > width {
			t.Errorf("%d: the table takes %d", width, n)
		}
		if width >= 160 && len(shown) != len(columns) {
			t.Errorf("%d: there is room for %v", width, shown)
		}
	}
}

func TestInert(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":              "plain",
		"a\tb\nc":            "a b c",
		"\x1b[31mred\x1b[0m": " [31mred [0m",
		"\u009b2J":           " 2J",
		"日本 👩‍👩‍👧‍👦 שלום": "日本 👩‍👩‍👧‍👦 שלום",
	} {
		if got := inert(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
