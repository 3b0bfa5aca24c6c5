package text_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/text"
)

func graphemeLimit(n int, with ...string) []text.Max {
	return []text.Max{{Rule: text.Rule{Unit: text.Graphemes}, Max: n, With: with}}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	auto := func(n int) text.SplitOptions { return text.SplitOptions{Auto: true, Limits: graphemeLimit(n)} }
	tests := []struct {
		name string
		text string
		o    text.SplitOptions
		want []string
	}{
		{"empty", "", auto(5), nil},
		{"white space alone", " \n\n ", auto(5), nil},
		{"what fits stays as it is", "  a b \n", auto(9), []string{"  a b \n"}},
		{"lines of three hyphens", "one\n---\ntwo\n--- \t\r\nthree", text.SplitOptions{}, []string{"one", "two", "three"}},
		{"behind blanks they are text", "one\n    ---\n\t---\n ---\ntwo", text.SplitOptions{}, []string{"one\n    ---\n\t---\n ---\ntwo"}},
		{"in a block of code", "one\n```yaml\n---\na: b\n```\n---\ntwo", text.SplitOptions{}, []string{"one\n```yaml\n---\na: b\n```", "two"}},
		{
			"in a block between more signs", "one\n  ~~~~\n---\n~~~\n---\n~~~~~ \n---\ntwo",
			text.SplitOptions{},
			[]string{"one\n  ~~~~\n---\n~~~\n---\n~~~~~", "two"},
		},
		{"behind a fence that nothing closes", "one\n```\n---\n~~~\n---\n``` two", text.SplitOptions{}, []string{"one\n```", "~~~", "``` two"}},
		{"behind code in a line", "``` one ```\n---\n```\n---\nthree\n```", text.SplitOptions{}, []string{"``` one ```", "```\n---\nthree\n```"}},
		{"white space around them", "one \n\n---\n\n  two\n", text.SplitOptions{}, []string{"one", "two\n"}},
		{"at both ends", "---\none\n---\n\n---", text.SplitOptions{}, []string{"one"}},
		{"other lines", "one\n----\n--- two\n- - -", text.SplitOptions{}, []string{"one\n----\n--- two\n- - -"}},
		{"too long without auto", "one two", text.SplitOptions{Limits: graphemeLimit(3)}, []string{"one two"}},
		{"lines and auto", "one two\n---\nthree", auto(5), []string{"one", "two", "three"}},
		{"paragraphs", "One. Two.\n\nThree. Four.", auto(16), []string{"One. Two.", "Three. Four."}},
		{"a paragraph that fills little", "One\n\nTwo three four. Five six seven.", auto(22), []string{"One\n\nTwo three four.", "Five six seven."}},
		{"sentences", "One two. Three four five. Six seven.", auto(26), []string{"One two. Three four five.", "Six seven."}},
		{"a title", "Ask the good Dr. Who about it", auto(20), []string{"Ask the good Dr. Who", "about it"}},
		{"initials", "Wir sehen z. B. Hunde bei uns", auto(21), []string{"Wir sehen z. B. Hunde", "bei uns"}},
		{"a short name", "Here is Anna. Who is it then?", auto(20), []string{"Here is Anna.", "Who is it then?"}},
		{"a short word", "This is it. Who is it then?", auto(20), []string{"This is it.", "Who is it then?"}},
		{"lines", "One two\nthree four five six seven", auto(20), []string{"One two", "three four five six", "seven"}},
		{"sentences without spaces", "今日は。明日は晴れ！そうですか？はい。", auto(11), []string{"今日は。明日は晴れ！", "そうですか？はい。"}},
		{"words", "one two three four", auto(9), []string{"one two", "three", "four"}},
		{"characters where there are no spaces", "日本語日本語日本語", auto(4), []string{"日本語日", "本語日本", "語"}},
		{"not before punctuation", "日本語日、本語", auto(4), []string{"日本語", "日、本語"}},
		{"graphemes last", "aaaaaaaaaa", auto(4), []string{"aaaa", "aaaa", "aa"}},
		{"graphemes stay whole", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦e\u0301", auto(1), []string{"👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦", "e\u0301"}},
		{"no break at a space that forbids it", "ab 10\u00a0000 x", auto(7), []string{"ab", "10\u00a0000", "x"}},
		{"an address stays whole", "see this https://example.com/a/b", auto(25), []string{"see this", "https://example.com/a/b"}},
		{"a bare one too", "see example.com/a/b", auto(16), []string{"see", "example.com/a/b"}},
		{"a mention", "hello there @alice@example.social", auto(24), []string{"hello there", "@alice@example.social"}},
		{"a tag", "hello hello hello (#longhashtag)", auto(22), []string{"hello hello hello", "(#longhashtag)"}},
		{"a name", "hello hello @{ana-maria}", auto(15), []string{"hello hello", "@{ana-maria}"}},
		{"an escaped name", "aaa@@{b}", auto(5), []string{"aaa", "@@{b}"}},
		{
			"no last part of one word", "One two. Three four five six. Seven eight nine ten", auto(46),
			[]string{"One two. Three four five six.", "Seven eight nine ten"},
		},
		{"nor white space before it", "a.\n  cccc dddd eeee ffff", auto(19), []string{"a.", "cccc dddd eeee ffff"}},
		{"unless there is no sentence before", "one two three", auto(9), []string{"one two", "three"}},
		{"several limits", "ああ ああ", text.SplitOptions{Auto: true, Limits: []text.Max{
			graphemeLimit(100)[0], {Rule: text.Rule{Unit: text.Bytes}, Max: 6},
		}}, []string{"ああ", "ああ"}},
		{"a warning counts", "ab cd", text.SplitOptions{Auto: true, Limits: graphemeLimit(5, "cw!")}, []string{"ab", "cd"}},
		{
			"numbers", "one two three",
			text.SplitOptions{Auto: true, Limits: graphemeLimit(9), Number: "{i}/{n}"},
			[]string{"one 1/3", "two 2/3", "three 3/3"},
		},
		{"a single part has no number", "one", text.SplitOptions{Auto: true, Limits: graphemeLimit(3), Number: "{i}/{n}"}, []string{"one"}},
		{"numbers without auto", "one\n---\ntwo", text.SplitOptions{Number: "({i} of {n})"}, []string{"one (1 of 2)", "two (2 of 2)"}},
		{"a thread of mastodon", "see https://example.com/a/very/long/path/that/counts/little now", text.SplitOptions{
			Auto: true, Limits: []text.Max{{Rule: text.Rule{Unit: text.Mastodon}, Max: 31}},
		}, []string{"see https://example.com/a/very/long/path/that/counts/little now"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := text.Split(tt.text, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Split(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// The tenth part makes every number longer, which makes an eleventh.
func TestSplitNumbersThatGrow(t *testing.T) {
	t.Parallel()
	o := text.SplitOptions{Auto: true, Limits: graphemeLimit(8), Number: "{i}/{n}"}
	got, err := text.Split(strings.TrimSpace(strings.Repeat("abcd ", 10)), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) < 11 || got[0] != "abc 1/"+fmt.Sprint(len(got)) {
		t.Errorf("got %q", got)
	}
	for _, part := range got {
		if n := text.Count(text.Graphemes, part); n > 8 {
			t.Errorf("%q has %d graphemes", part, n)
		}
	}
}

func TestSplitPartsNumbersThrough(t *testing.T) {
	t.Parallel()
	o := text.SplitOptions{Auto: true, Limits: graphemeLimit(8), Number: "{i}/{n}"}
	got, err := text.SplitParts([]string{"one two", " ", "three"}, o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one 1/3", "two 2/3", "thre 3/3"}, got[:3]); diff == "" {
		t.Error("cut inside a word that fits")
	}
	if diff := cmp.Diff([]string{"one 1/4", "two 2/4", "thre 3/4", "e 4/4"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSplitRefuses(t *testing.T) {
	t.Parallel()
	auto := func(n int) text.SplitOptions { return text.SplitOptions{Auto: true, Limits: graphemeLimit(n)} }
	tests := []struct {
		name   string
		bodies []string
		o      text.SplitOptions
		want   text.SplitError
	}{
		{
			"an address",
			[]string{"a", "see https://example.com/a"},
			auto(20),
			text.SplitError{Reason: text.SplitTooLong, Body: 1, At: 4, Text: "https://example.com/a"},
		},
		{
			"an address behind a line",
			[]string{"a\n---\n  https://example.com/a"},
			auto(20),
			text.SplitError{Reason: text.SplitTooLong, At: 8, Text: "https://example.com/a"},
		},
		{"a name", []string{"@{anamaria}"}, auto(5), text.SplitError{Reason: text.SplitTooLong, Text: "@{anamaria}"}},
		{
			"a character",
			[]string{"ab👍🏽"},
			text.SplitOptions{Auto: true, Limits: []text.Max{{Rule: text.Rule{Unit: text.Bytes}, Max: 4}}},
			text.SplitError{Reason: text.SplitTooLong, At: 2, Text: "👍🏽"},
		},
		{
			"no room beside a warning",
			[]string{"ab"},
			text.SplitOptions{Auto: true, Limits: graphemeLimit(2, "warning")},
			text.SplitError{Reason: text.SplitNoRoom},
		},
		{
			"no room beside the number",
			[]string{"abc"},
			text.SplitOptions{Auto: true, Limits: graphemeLimit(2), Number: "{i}/{n}"},
			text.SplitError{Reason: text.SplitNoRoom},
		},
		{
			"too many parts",
			[]string{"abcdef"},
			text.SplitOptions{Auto: true, Limits: graphemeLimit(2), MaxParts: 2},
			text.SplitError{Reason: text.SplitTooMany, At: 4},
		},
		{
			"too many lines",
			[]string{"a\n---\nb\n---\n\nc"},
			text.SplitOptions{MaxParts: 2},
			text.SplitError{Reason: text.SplitTooMany, At: 13},
		},
		{
			"a hundred parts are the most",
			[]string{strings.Repeat("a", 101)},
			auto(1),
			text.SplitError{Reason: text.SplitTooMany, At: 100},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := text.SplitParts(tt.bodies, tt.o)
			e, ok := errors.AsType[*text.SplitError](err)
			if !ok || got != nil {
				t.Fatalf("got %q, %v", got, err)
			}
			if diff := cmp.Diff(tt.want, *e); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err.Error() == "" {
				t.Error("an error without a sentence")
			}
		})
	}
}

func ExampleSplit() {
	const post = "Hello from the lab. We measured everything twice.\n\nThe paper: https://example.com/paper #science"
	parts, err := text.Split(post, text.SplitOptions{
		Auto: true, Number: "{i}/{n}",
		Limits: []text.Max{{Rule: text.Rule{Unit: text.Graphemes}, Max: 60}},
	})
	for _, part := range parts {
		_, _ = fmt.Fprintln(os.Stdout, part)
	}
	_, _ = fmt.Fprintln(os.Stdout, err)
	// Output:
	// Hello from the lab. We measured everything twice. 1/2
	// The paper: https://example.com/paper #science 2/2
	// <nil>
}

func TestPartStarts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []int
	}{
		{"nothing", "", []int{}},
		{"one", "one", []int{0}},
		{"three", "one\n---\n\ntwo\n---\n---\n  three", []int{0, 9, 23}},
		{"a block of code", "```\n---\n```\n---\ntwo", []int{0, 16}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, text.PartStarts(tt.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
