package text_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
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
		{"lines of three hyphens", "one\n---\ntwo\n  --- \t\r\nthree", text.SplitOptions{}, []string{"one", "two", "three"}},
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

// pieces is what random texts are made of.
var pieces = []string{
	"word", "a", "long-winded", "Sentence one.", "Really?", "No!", "今日は", "明日は晴れ。", "ですか？", "한국어", "สวัสดีครับ", "שלום", "क्षि",
	"https://example.com/a/b?c=d", "http://t.co/abc", "example.org/x", "@alice@example.social", "@alice.bsky.social", "@bob", "#tag", "#日本語",
	"$GME", "@{ana}", "@@{ana}", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301", "1️⃣", "(", ")", ",", ".", "“", "”", "\u00a0", "\u200b", "\xff",
	" ", " ", " ", " ", " ", " ", "\n", "\n\n", "\r\n", "\t", "  ", "\n---\n", " --- ", "\u0600", "\u3000",
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(60) {
		b.WriteString(pieces[r.IntN(len(pieces))])
		if r.IntN(3) == 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func randomOptions(r *rand.Rand) text.SplitOptions {
	o := text.SplitOptions{Auto: true, MaxParts: 10_000}
	units := []text.Unit{text.Graphemes, text.Bytes, text.CodePoints, text.UTF16, text.Mastodon, text.Weighted}
	for range 1 + r.IntN(2) {
		m := text.Max{Rule: text.Rule{Unit: units[r.IntN(len(units))]}, Max: 30 + r.IntN(200)}
		if r.IntN(4) == 0 {
			m.With = []string{"a warning"}
		}
		o.Limits = append(o.Limits, m)
	}
	if r.IntN(2) == 0 {
		o.Number = []string{"{i}/{n}", "({i} of {n})", "🧵{i}"}[r.IntN(3)]
	}
	return o
}

var splitSeed = flag.Uint64("split.seed", 0, "the seed of the random texts that are split; 0 takes another one each time")

func TestSplitProperties(t *testing.T) {
	t.Parallel()
	seed := *splitSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (-split.seed)", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	split := 0
	for range 3000 {
		s, o := randomText(r), randomOptions(r)
		if checkSplit(t, s, o) > 1 {
			split++
		}
	}
	if split < 1000 {
		t.Errorf("only %d texts were split", split)
	}
}

// checkSplit checks what must hold of every text that can be split, and returns how many parts it has.
func checkSplit(t *testing.T, s string, o text.SplitOptions) int {
	t.Helper()
	parts, err := text.Split(s, o)
	if err != nil {
		e, ok := errors.AsType[*text.SplitError](err)
		if !ok || e.At < 0 || e.At > len(s) || !strings.HasPrefix(s[e.At:], e.Text) {
			t.Fatalf("Split(%q, %+v): %#v", s, o, err)
		}
		return 0
	}
	at, rest := 0, lessLines(s)
	grapheme, whole := inside(rest)
	for i, part := range parts {
		for _, l := range o.Limits {
			if n := text.Length(l.Rule, part, l.With...); n > l.Max {
				t.Fatalf("Split(%q, %+v): part %q has %d of %d %s", s, o, part, n, l.Max, l.Rule.Unit)
			}
		}
		body := lessNumber(t, part, o.Number, i+1, len(parts))
		start := strings.Index(rest[at:], body)
		if body == "" || start < 0 || strings.TrimFunc(rest[at:at+start], unicode.IsSpace) != "" {
			t.Fatalf("Split(%q, %+v): part %q is not what follows byte %d of %q", s, o, body, at, rest)
		}
		if i > 0 {
			checkCut(t, rest, at, at+start, grapheme, whole)
		}
		at += start + len(body)
		if lessLines(body) != body {
			continue // a cut has made a line of --- out of a longer one
		}
		if again, err := text.Split(body, o); err != nil || len(again) != 1 || again[0] != body {
			t.Fatalf("Split(%q, %+v) again: %q, %v", body, o, again, err)
		}
	}
	if strings.TrimFunc(rest[at:], unicode.IsSpace) != "" {
		t.Fatalf("Split(%q, %+v): %q is lost", s, o, rest[at:])
	}
	return len(parts)
}

// checkCut checks that a cut from one offset to another is inside nothing.
func checkCut(t *testing.T, s string, from, to int, grapheme, whole []bool) {
	t.Helper()
	for _, at := range []int{from, to} {
		// What a grapheme is where the text is broken, nobody knows.
		if grapheme[at] && utf8.ValidString(s) || whole[at] {
			t.Fatalf("%q is cut at byte %d, in a grapheme: %v, in what stays whole: %v", s, at, grapheme[at], whole[at])
		}
	}
}

// inside tells of each offset whether it is inside a grapheme, and inside what must stay whole.
func inside(s string) (grapheme, whole []bool) {
	grapheme, whole = make([]bool, len(s)+1), make([]bool, len(s)+1)
	for g := graphemes.FromString(s); g.Next(); {
		for i := g.Start() + 1; i < g.End(); i++ {
			grapheme[i] = true
		}
	}
	for _, style := range []text.Style{text.StyleBluesky, text.StyleMastodon, text.StyleX} {
		for _, f := range text.Find(style, s) {
			// White space at the end of an address may be dropped.
			for i := f.Start + 1; i < f.Start+len(strings.TrimRightFunc(s[f.Start:f.End], unicode.IsSpace)); i++ {
				whole[i] = true
			}
		}
	}
	for at := range s {
		switch {
		case strings.HasPrefix(s[at:], "@@{"):
			whole[at+1], whole[at+2] = true, true
		case strings.HasPrefix(s[at:], "@{ana}") && !strings.HasSuffix(s[:at], "@"):
			for i := at + 1; i < at+len("@{ana}"); i++ {
				whole[i] = true
			}
		}
	}
	return grapheme, whole
}

// lessLines is s with its lines of --- replaced by white space.
func lessLines(s string) string {
	var b strings.Builder
	for line := range strings.SplitAfterSeq(s, "\n") {
		if strings.Trim(line, " \t\r\n") == "---" {
			line = strings.ReplaceAll(line, "-", "\n")
		}
		b.WriteString(line)
	}
	return b.String()
}

func lessNumber(t *testing.T, part, number string, i, n int) string {
	t.Helper()
	if number == "" || n == 1 {
		return part
	}
	number = " " + strings.NewReplacer("{i}", fmt.Sprint(i), "{n}", fmt.Sprint(n)).Replace(number)
	body, ok := strings.CutSuffix(part, number)
	if !ok {
		t.Fatalf("part %q does not end in %q", part, number)
	}
	return body
}

// Texts in which something is to be looked for again and again, each long enough for a minute and more if
// every place cost as much as the text is long.
func TestSplitHostile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, start, again string }{
		{"no spaces", "", "a"},
		{"no spaces in another script", "", "日本語"},
		{"spaces", "a.", " "},
		{"wide spaces and joiners", "1.", "\u3000\u200d"},
		{"parentheses", "a.", "("},
		{"quotation marks", "a.", "\""},
		{"parentheses with words", "", "(a"},
		{"at signs", "", "@"},
		{"wide at signs", "", "＠"},
		{"mentions", "", "@a"},
		{"number signs", "", "#"},
		{"cashtags", "", "$a"},
		{"schemes", "", "a://"},
		{"domains", "", "日."},
		{"queries", "", "a.co?! "},
		{"parentheses in addresses", "", "http://a.co/( "},
		{"names", "", "@{a"},
		{"lines", "", "\n---"},
		{"paragraphs", "", "a\n\n"},
		{"flags", "", "🇩"},
		{"joiners", "", "👨\u200d"},
		{"broken", "", "\xe6\xff"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.start + strings.Repeat(tt.again, 200_000/len(tt.again))
			o := text.SplitOptions{Auto: true, MaxParts: len(s), Limits: []text.Max{
				graphemeLimit(300)[0], {Rule: text.Rule{Unit: text.Mastodon}, Max: 500}, {Rule: text.Rule{Unit: text.Weighted}, Max: 280},
			}}
			_, err := text.Split(s, o)
			if _, ok := errors.AsType[*text.SplitError](err); err != nil && !ok {
				t.Error(err)
			}
		})
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("One two. Three https://example.com/a four.\n\nFive @{ana}\n---\n日本語。", 30, "{i}/{n}")
	f.Add("\u0600 \n---\n \u0301x", 5, "")
	f.Fuzz(func(t *testing.T, s string, limit int, number string) {
		if strings.Contains(strings.ReplaceAll(s, "\n---\n", ""), "--") {
			return // a part might look like a line that parts
		}
		o := text.SplitOptions{Auto: true, Limits: graphemeLimit(limit % 1000), Number: number, MaxParts: 1000}
		o.Limits = append(o.Limits, text.Max{Rule: text.Rule{Unit: text.Mastodon}, Max: 500})
		checkSplit(t, s, o)
	})
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
