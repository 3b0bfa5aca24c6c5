package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"github.com/clipperhouse/uax29/v2/words"
)

// kind says what a border parts.
type kind uint8

// The kinds of borders, the better ones later.
const (
	inWord kind = iota
	betweenWords
	atSpace
	atSentence
	atParagraph
)

// borders are the places where a text may be cut, by index. Between two of them is an atom: a grapheme
// cluster, or something longer that must stay whole.
type borders struct {
	s     string
	ends  []int // offsets; the first is 0, the last the length
	texts []int // offsets behind the last atom that is no white space
	kinds []kind
	// breaks are the borders that are not inside a word, but for the first.
	breaks []int
}

func findBorders(s string) *borders {
	b := &borders{s: s, ends: []int{0}, texts: []int{0}}
	keep := wholes(s)
	text := 0
	for g := graphemes.FromString(s); g.Next(); {
		end := g.End()
		for len(keep) > 0 && keep[0].end <= end {
			keep = keep[1:]
		}
		if strings.TrimLeftFunc(g.Value(), isBreakSpace) != "" {
			text = end
		}
		if len(keep) > 0 && keep[0].start < end {
			continue
		}
		b.ends = append(b.ends, end)
		b.texts = append(b.texts, text)
	}
	b.kinds = make([]kind, len(b.ends))
	b.markWords()
	b.markSentences()
	b.markSpaces()
	for i := 1; i <= b.last(); i++ {
		if b.kinds[i] > inWord || i == b.last() {
			b.breaks = append(b.breaks, i)
		}
	}
	return b
}

// wholes are the stretches that must stay whole, sorted and apart.
func wholes(s string) []entity {
	var found []entity
	for _, style := range []Style{StyleBluesky, StyleMastodon, StyleX} {
		for _, f := range Find(style, s) {
			// An address of Mastodon's may end in an ideographic space.
			found = append(found, entity{start: f.Start, end: f.Start + len(trimRight(s[f.Start:f.End]))})
		}
	}
	eachPerson(s, func(start, end int, _ string) { found = append(found, entity{start: start, end: end}) })
	slices.SortFunc(found, func(a, b entity) int { return a.start - b.start })
	var apart []entity
	for _, e := range found {
		if n := len(apart); n > 0 && e.start < apart[n-1].end {
			apart[n-1].end = max(apart[n-1].end, e.end)
		} else {
			apart = append(apart, e)
		}
	}
	return apart
}

func (b *borders) markWords() {
	i := 0
	for w := words.FromString(b.s); w.Next(); {
		if i = b.index(i, w.End()); b.ends[i] == w.End() && mayBreak(b.s, w.End()) {
			b.kinds[i] = betweenWords
		}
	}
}

// mayBreak reports whether a line may end between two words: not before white space, which comes with a
// border of its own, nor before most punctuation, nor behind what opens a quotation or parentheses.
func mayBreak(s string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	behind, _ := utf8.DecodeRuneInString(s[at:])
	switch {
	case unicode.IsSpace(behind), noBreak(before), noBreak(behind), unicode.In(before, unicode.Ps, unicode.Pi):
		return false
	case behind == '#', behind == '@', behind == '＃', behind == '＠':
		return true
	}
	return !unicode.In(behind, unicode.Pe, unicode.Pf, unicode.Po, unicode.Pd, unicode.Pc)
}

func (b *borders) markSentences() {
	i, start := 0, 0
	for start < len(b.s) {
		chunk := b.s[start : start+sentenceChunk(b.s[start:])]
		for w := sentences.FromString(chunk); w.Next(); {
			if w.End() == len(chunk) && !strings.HasSuffix(chunk, "\n") {
				break // the end of a text, or of a chunk in the middle of nothing
			}
			at := start + w.End()
			if i = b.index(i, at); b.ends[i] == at && !abbreviates(w.Value()) {
				b.kinds[i] = atSentence
			}
		}
		start += len(chunk)
	}
}

// abbreviates reports whether what was taken for a sentence ends in what is rather an abbreviation, such as
// "Dr. ", in any language with capitals: a single letter, or a capital and two small ones at most.
func abbreviates(s string) bool {
	s, ok := strings.CutSuffix(strings.TrimRight(s, " "), ".")
	if !ok {
		return false
	}
	for letters := 1; letters <= 3; letters++ {
		r, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
		before, _ := utf8.DecodeLastRuneInString(s)
		switch {
		case !unicode.IsUpper(r) && !unicode.IsLower(r):
			return false
		case !unicode.IsLetter(before) && !unicode.IsMark(before) && !unicode.IsDigit(before):
			return letters == 1 || unicode.IsUpper(r)
		}
	}
	return false
}

// sentenceChunk is how much of s is looked through for sentences at a time: a line, or less where signs or
// spaces go on and on, behind each of which the search for a sentence's end would go back to the first.
func sentenceChunk(s string) int {
	const longest = 64
	for at, run := 0, 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		at += size
		run++
		switch {
		case r == '\n', run == longest:
			return at
		case unicode.IsLetter(r), unicode.IsDigit(r):
			run = 0
		}
	}
	return len(s)
}

// markSpaces marks where a text goes on behind white space, and whether that holds a blank line.
func (b *borders) markSpaces() {
	lines := 0
	for i := 1; i < b.last(); i++ {
		if b.texts[i] == b.ends[i] {
			lines = 0
			continue
		}
		lines += strings.Count(b.s[b.ends[i-1]:b.ends[i]], "\n")
		switch {
		case b.texts[i+1] == b.texts[i]: // it goes on
		case lines > 1:
			b.kinds[i] = atParagraph
		default:
			b.kinds[i] = max(b.kinds[i], atSpace)
		}
	}
}

// index is the first border at an offset or behind it, from one border on.
func (b *borders) index(from, offset int) int {
	for b.ends[from] < offset {
		from++
	}
	return from
}

func (b *borders) last() int { return len(b.ends) - 1 }

// part is the text between two borders without the white space at its end.
func (b *borders) part(from, to int) string {
	return b.s[b.ends[from]:max(b.texts[to], b.ends[from])]
}

// skip is the first border from one on that has no white space behind it.
func (b *borders) skip(from int) int {
	for from < b.last() && b.texts[from+1] <= b.ends[from] {
		from++
	}
	return from
}

// before is the last border of a kind or better behind one border and up to another; the first one where
// there is none.
func (b *borders) before(k kind, from, to int) int {
	for ; to > from; to-- {
		if b.kinds[to] >= k {
			break
		}
	}
	return to
}

// trimLeft and trimRight take white space off, but never half of a grapheme cluster.
func trimLeft(s string) string {
	t := strings.TrimLeftFunc(s, isBreakSpace)
	if n := len(s) - len(t); n > 0 && t != "" {
		_, size := utf8.DecodeLastRuneInString(s[:n])
		if g := graphemes.FromString(s[n-size:]); g.Next() && g.End() > size {
			return s[n-size:]
		}
	}
	return t
}

func trimRight(s string) string {
	t := strings.TrimRightFunc(s, isBreakSpace)
	if t != "" && t != s {
		_, size := utf8.DecodeLastRuneInString(t)
		if g := graphemes.FromString(s[len(t)-size:]); g.Next() && g.End() > size {
			return s[:len(t)-size+g.End()]
		}
	}
	return t
}

// isBlank reports whether there is nothing but white space of any kind.
func isBlank(s string) bool { return strings.TrimLeftFunc(s, unicode.IsSpace) == "" }

// isBreakSpace is white space that a line may end at.
func isBreakSpace(r rune) bool { return unicode.IsSpace(r) && !noBreak(r) }

// noBreak is a character that keeps together what is around it.
func noBreak(r rune) bool {
	return r == 0xA0 || r == 0x2007 || r == 0x202F || r == 0x2060 || r == 0xFEFF
}
