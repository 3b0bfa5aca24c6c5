package text

import (
	"fmt"
	"strconv"
	"strings"
)

// maxParts is how many parts a thread may have unless something else is asked for.
const maxParts = 100

// Max is a limit that every part must keep.
type Max struct {
	Rule Rule
	// Max is the greatest length, in the rule's unit.
	Max int
	// With are strings that count too, as [Length] takes them.
	With []string
}

// SplitOptions say how a text becomes parts.
type SplitOptions struct {
	// Limits must all hold for each part. Without any, and without Auto, only lines of --- part a text.
	Limits []Max
	// Number stands behind each part, after a space, where there are several: {i} is the part's number
	// and {n} how many there are. It counts. "" is none.
	Number string
	// Auto splits what is longer than the limits. Without it, nothing looks at them.
	Auto bool
	// MaxParts is how many parts there may be; below one: 100.
	MaxParts int
}

// SplitReason says why a text cannot be split.
type SplitReason string

// The reasons.
const (
	// SplitTooLong: something that must stay whole is longer than a part can be.
	SplitTooLong SplitReason = "too_long"
	// SplitNoRoom: the number and the other strings that count leave no room for a text.
	SplitNoRoom SplitReason = "no_room"
	// SplitTooMany: there are more parts than allowed.
	SplitTooMany SplitReason = "too_many"
)

// SplitError says why and where a text cannot be split.
type SplitError struct {
	Reason SplitReason
	// Body is the index of the text, and At the offset in it, in bytes.
	Body, At int
	// Text is what does not fit: an address, a mention, a tag, a name in @{ }, or a single character.
	// It is empty where a part of any text would not fit.
	Text string
}

// Error says what is wrong and where.
func (e *SplitError) Error() string {
	switch e.Reason {
	case SplitTooMany:
		return fmt.Sprintf("too many parts: the rest begins at byte %d", e.At)
	case SplitNoRoom:
		return "no room for a text beside its number and what counts with it"
	default:
		return fmt.Sprintf("%q at byte %d must stay whole and does not fit into a part", Clip(e.Text, 60), e.At)
	}
}

// Split makes the parts of a thread out of a text.
//
// A line of only --- begins a new part: blanks may follow it and none stand before it, and in a block of code
// between lines of ``` or ~~~ it is part of the text. With Auto, what is longer than the limits is cut
// further: between paragraphs (at a blank line) if that fills a third of a part and more, else between
// sentences (UAX #29, but not behind an abbreviation of up to three letters), else at white space, else
// between words, which are single characters in some scripts; each time at the last place that the limits
// allow. Only where there is none of these it cuts inside a word. It never cuts inside a grapheme cluster,
// nor inside what [Facets], [Entities] or [XEntities] find, nor inside an @{name}. A last part of a single
// word takes the sentence before it along, if that fits.
//
// White space at a cut is dropped, and at both ends of a text that had to be cut with Auto; nothing else
// is. Spaces that forbid a break, as U+00A0, are no white space here. Parts of nothing but white space
// vanish, so that an empty text has no part. What cannot be done is a [*SplitError].
func Split(body string, o SplitOptions) ([]string, error) {
	return SplitParts([]string{body}, o)
}

// SplitParts is [Split] for a thread of several texts, each of which begins a part: they are numbered
// through.
func SplitParts(bodies []string, o SplitOptions) ([]string, error) {
	var sections []section
	for i, body := range bodies {
		sections = append(sections, cutLines(i, body)...)
	}
	parts, err := o.cut(sections, "")
	if err != nil || len(parts) < 2 || o.Number == "" {
		return parts, err
	}
	// The number of parts is not known before they are cut, and its digits count.
	for most := strings.Repeat("9", len(strconv.Itoa(len(parts)))); ; most += "9" {
		parts, err = o.cut(sections, most)
		if err != nil {
			return nil, err
		}
		if n := strconv.Itoa(len(parts)); len(n) <= len(most) {
			for i := range parts {
				parts[i] += o.number(i+1, n)
			}
			return parts, nil
		}
	}
}

// number is what stands behind a part; with an empty n nothing does.
func (o *SplitOptions) number(i int, n string) string {
	if o.Number == "" || n == "" {
		return ""
	}
	return " " + strings.ReplaceAll(strings.ReplaceAll(o.Number, "{i}", strconv.Itoa(i)), "{n}", n)
}

// section is a stretch of a body between lines of ---.
type section struct {
	body, at int
	text     string
	borders  *borders // once it was needed
}

// cutLines returns what stands between the lines of ---, without the white space around them.
func cutLines(body int, s string) []section {
	var sections []section
	start, cut, code := 0, false, codeBlocks{}
	add := func(end int, last bool) {
		text := s[start:end]
		at := start
		if cut {
			text = trimLeft(text)
			at = end - len(text)
		}
		if !last {
			text = trimRight(text)
		}
		if !isBlank(text) {
			sections = append(sections, section{body: body, at: at, text: text})
		}
	}
	for at := 0; at < len(s); {
		end := len(s)
		if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		switch next := code.end(s, at); {
		case next > at:
			end = next
		case strings.TrimRight(s[at:end], " \t\r\n") == "---":
			add(at, false)
			start, cut = end, true
		}
		at = end
	}
	add(len(s), true)
	return sections
}

// PartStarts are the offsets, in bytes, at which lines of --- make the parts of a text begin, as in [Split].
func PartStarts(body string) []int {
	sections := cutLines(0, body)
	out := make([]int, len(sections))
	for i, s := range sections {
		out[i] = s.at
	}
	return out
}

// codeBlocks finds blocks of code. Its values are, by character, the shortest fence that nothing closes: a longer
// one behind it is closed by nothing either, and need not be looked for.
type codeBlocks map[byte]int

// end is where the block of code ends that begins at a line; at itself where none does.
func (b codeBlocks) end(s string, at int) int {
	sign, n, rest := fence(line(s, at))
	if open := b[sign]; n == 0 || open > 0 && n >= open || sign == '`' && strings.Contains(rest, "`") {
		return at
	}
	for next := at + len(line(s, at)); next < len(s); {
		l := line(s, next)
		next += len(l)
		if c, m, rest := fence(l); c == sign && m >= n && isBlank(rest) {
			return next
		}
	}
	b[sign] = n
	return at
}

// line is the line that begins at an offset, with its end.
func line(s string, at int) string {
	if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
		return s[at : at+i+1]
	}
	return s[at:]
}

// fence is the character and the length of the fence that a line begins with, behind at most three blanks, and
// what follows it; a length of 0 is none.
func fence(line string) (sign byte, n int, rest string) {
	body := strings.TrimLeft(line, " ")
	if len(line)-len(body) > 3 || body == "" || body[0] != '`' && body[0] != '~' {
		return 0, 0, ""
	}
	rest = strings.TrimLeft(body, body[:1])
	if n = len(body) - len(rest); n < 3 {
		return 0, 0, ""
	}
	return body[0], n, rest
}

// cut makes the parts, without their numbers; n is how many there will be, as far as its length goes.
func (o *SplitOptions) cut(sections []section, n string) ([]string, error) {
	c := &cutter{SplitOptions: o, n: n}
	for i := range sections {
		s := &sections[i]
		if err := c.section(s); err != nil {
			return nil, err
		}
	}
	return c.parts, nil
}
