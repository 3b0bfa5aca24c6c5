package text_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/hayon/hayon/text"
)

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
		if first := graphemes.FromString(body).First(); i > 0 && strings.Trim(first, " \t\r\n\u3000") == "" {
			t.Fatalf("Split(%q, %+v): part %q begins with white space", s, o, body)
		}
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
		if strings.TrimRight(line, " \t\r\n") == "---" {
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

// Texts in which something is to be looked for again and again, each long enough for half a minute and more
// if every place cost as much as the text is long.
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
			s := tt.start + strings.Repeat(tt.again, 100_000/len(tt.again))
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
