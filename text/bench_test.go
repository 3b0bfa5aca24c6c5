package text_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon/text"
)

// Texts of some length as people write them, and one of everything.
var benchTexts = []struct{ name, text string }{
	{"ascii", strings.Repeat("It was a long day, and we had a lot of fun in the sun; then it rained (a bit). ", 50)},
	{"latin", strings.Repeat("Ça va être une très longue journée, señor Müller: n'oubliez pas l'été à Łódź. ", 50)},
	{"cjk", strings.Repeat("今日は天気がとても良いので、散歩に行きました。明日は雨が降るそうです。", 50)},
	{"mixed", strings.Repeat("Hi @alice.bsky.social, see https://example.com/a?b=c and #tag (example.org). "+
		"Ça va? 今日は天気が良い。👨‍👩‍👧‍👦👍🏽 @bob@example.social said: it is 5.30 p.m.!\n\n", 30)},
}

func BenchmarkCount(b *testing.B) {
	for _, unit := range []text.Unit{text.Graphemes, text.CodePoints, text.UTF16, text.Mastodon, text.Weighted} {
		for _, t := range benchTexts {
			b.Run(string(unit)+"/"+t.name, func(b *testing.B) {
				b.SetBytes(int64(len(t.text)))
				b.ReportAllocs()
				for b.Loop() {
					text.Count(unit, t.text)
				}
			})
		}
	}
}

func BenchmarkFacets(b *testing.B) {
	for _, style := range []text.Style{text.StyleBluesky, text.StyleMastodon, text.StyleX} {
		for _, t := range benchTexts {
			b.Run(string(style)+"/"+t.name, func(b *testing.B) {
				b.SetBytes(int64(len(t.text)))
				b.ReportAllocs()
				for b.Loop() {
					text.Find(style, t.text)
				}
			})
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	hostile := func(s string) string { return strings.Repeat(s, (1<<20)/len(s)) }
	texts := append(benchTexts[:len(benchTexts):len(benchTexts)], []struct{ name, text string }{
		{"1MB_mixed", hostile(benchTexts[3].text)},
		{"1MB_no_spaces", hostile("a")},
		{"1MB_cjk_no_spaces", hostile("日本語")},
		{"1MB_at_signs", hostile("@a")},
		{"1MB_at_signs_alone", hostile("@ ")},
		{"1MB_schemes", hostile("a:// ")},
		{"1MB_dots", hostile("日.")},
	}...)
	for _, unit := range []text.Unit{text.Graphemes, text.Mastodon, text.Weighted} {
		for _, t := range texts {
			b.Run(string(unit)+"/"+t.name, func(b *testing.B) {
				o := text.SplitOptions{Auto: true, Number: "{i}/{n}", MaxParts: 1 << 20, Limits: []text.Max{{Rule: text.Rule{Unit: unit}, Max: 300}}}
				b.SetBytes(int64(len(t.text)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := text.Split(t.text, o); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
