package postfile_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon/postfile"
)

func BenchmarkParse(b *testing.B) {
	for name, content := range map[string]string{
		"example":    example,
		"long text":  "---\nto: bluesky\n---\n" + strings.Repeat("A line of a long text, as people write them.\n", 20000),
		"brackets":   "to: " + strings.Repeat("[", 1<<18-8),
		"laughs":     "a: &a x\n" + strings.Repeat("b: [*a, *a, *a, *a]\n", 400),
		"keys":       lines(1320, "k%d: 1\n"),
		"items":      "to: [" + strings.Repeat("a,", 1990) + "]",
		"long line":  "{title: \"" + strings.Repeat("ü", 100000) + "\", text: {" + lines(490, "k%d: {x: y}, ") + "}}",
		"long blank": strings.Repeat(" ", 250000) + "{to: [" + strings.Repeat("a,", 1950) + "]}",
		"long keys":  "media:\n" + strings.Repeat("- {"+strings.Repeat("k", 120)+": x}\n", 700),
		"deep":       stairs(700),
		"one word":   strings.Repeat("k", 1<<18-10),
		"block":      "body: |\n" + strings.Repeat(" x\n", 30000),
		"folded":     "body: >\n" + strings.Repeat(" x\n", 30000),
		"plain":      "body: " + strings.Repeat("x\n  ", 30000),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				name := "a.yaml"
				if strings.HasPrefix(content, "---") {
					name = "a.md"
				}
				_, _ = postfile.Parse(name, []byte(content)) // most are refused
			}
		})
	}
}
