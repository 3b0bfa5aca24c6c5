package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/hayon/hayon"
)

// textLine is a line of a text as it is shown: a stretch of its bytes.
type textLine struct{ start, end int }

// wrapText breaks a text at line feeds, and where a line is wider than width cells at blanks, else between
// graphemes. An address stays whole, so that it can be copied. A width of 0 is no bound.
func wrapText(s string, width int) []textLine {
	var out []textLine
	at := 0
	for line := range strings.SplitSeq(s, "\n") {
		out = append(out, shifted(wrapLine(line, width), at)...)
		at += len(line) + 1
	}
	return out
}

// wrapHanging is wrapText for a text without line feeds whose first line has another width than the rest.
func wrapHanging(s string, first, rest int) []textLine {
	lines := wrapLine(s, first)
	if first == rest || len(lines) < 2 {
		return lines
	}
	from := lines[1].start
	return append(lines[:1], shifted(wrapLine(s[from:], rest), from)...)
}

func shifted(lines []textLine, by int) []textLine {
	for i := range lines {
		lines[i].start += by
		lines[i].end += by
	}
	return lines
}

// wrapLine is wrapText for a text without line feeds.
func wrapLine(s string, width int) []textLine {
	if width <= 0 || cells(s) <= width {
		return []textLine{{0, len(s)}}
	}
	var out []textLine
	start, blank, at, used := 0, -1, 0, 0
	g := displaywidth.StringGraphemes(s)
	for g.Next() {
		w, n := g.Width(), len(g.Value())
		switch {
		case g.Value() == " " && at > start:
			blank = at
		case used+w > width && blank >= start && blank > 0:
			out = append(out, textLine{start, blank})
			start, blank = blank+1, -1
			used = cells(s[start:at])
		case used+w > width && at > start && !isAddress(wordAt(s, start)):
			out = append(out, textLine{start, at})
			start, blank, used = at, -1, 0
		}
		at += n
		used += w
	}
	return append(out, textLine{start, len(s)})
}

// wordAt is the word that begins at an offset.
func wordAt(s string, at int) string {
	word, _, _ := strings.Cut(s[at:], " ")
	return word
}

func isAddress(word string) bool { return strings.Contains(word, "://") }

// inertText is a text without what would command a terminal, of the same length in bytes.
func inertText(s string) string {
	bad := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
	if strings.IndexFunc(s, bad) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case !bad(r):
			_, n := utf8.DecodeRuneInString(s[i:])
			b.WriteString(s[i : i+n])
		default:
			b.WriteString(strings.Repeat(" ", utf8.RuneLen(r)))
		}
	}
	return b.String()
}

// colourFacet marks what is more than its letters.
const colourFacet = "\x1b[4;36m"

// markFacets is a line of a text with what is more than its letters marked.
func markFacets(s string, line textLine, facets []hayon.TextFacet, on bool) string {
	var b strings.Builder
	at := line.start
	for _, f := range facets {
		from, to := max(f.Start, at), min(f.End, line.end)
		if !on || f.Plain || from >= to {
			continue
		}
		b.WriteString(s[at:from])
		b.WriteString(paint(on, colourFacet, s[from:to]))
		at = to
	}
	b.WriteString(s[at:line.end])
	return b.String()
}
