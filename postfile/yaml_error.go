package postfile

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/token"
)

const quoteHint = `put a text with special characters between quotes, as title: "a: b"`

// syntax says in our words what the parser could not read.
func (y *yamlReader) syntax(err error) {
	e, ok := errors.AsType[*yaml.SyntaxError](err)
	if !ok || e.Token == nil || e.Token.Position == nil {
		y.wrong(place{y.offset + 1, 1}, nil, "the YAML cannot be read", quoteHint)
		return
	}
	at, reason, hint := y.explain(e.Message, e.Token)
	y.wrong(at, nil, reason, hint)
}

// explain makes a sentence of the parser's. Its words are matched in part, and what is not known is passed on.
func (y *yamlReader) explain(message string, tk *token.Token) (at place, reason, hint string) {
	at = y.place(tk)
	has := func(s string) bool { return strings.Contains(message, s) }
	switch {
	case has("reserved character"):
		return at, "a value cannot begin with " + message[:min(3, len(message))], `put it between quotes, as "` + y.word(at) + `"`
	case has("escape character"), has("end character of double-quoted") && y.badEscape(at.line) > 0:
		at.column = max(y.badEscape(at.line), 1)
		return at, `an escape (\) that YAML does not know`, `put the text between single quotes, where \ stays as it is, or write each \ twice`
	case has("end character of"):
		return at, "the quote that begins here never ends", "end it by the same quote; a text with quotes in it goes under |, indented"
	case has("flow map") && has("end token"), has("could not find flow map"):
		return at, "the { that begins here never ends", `end it by }; a text that begins with { goes between quotes`
	case has("sequence end token"):
		return at, "the [ that begins here never ends", "end it by ]; a text that begins with [ goes between quotes"
	case has("',' or ']' must be"):
		return at, "a list between [ and ] has no comma or ] here", "write it as [one, two]"
	case has("',' or '}' must be"):
		return at, "a mapping between { and } has no comma or } here", "write it as {file: a.png, alt: A square}"
	case has("tab"), has("'\t'"):
		return at, "a tab in the indentation", "use spaces; YAML takes no tabs there"
	case has("block sequence entries are not allowed"):
		return at, "a list cannot begin in the line of its key", "write each - in a line of its own, or the list as [one, two]"
	case has("mapping value is not allowed"):
		return y.secondColon(at)
	case has("value is not allowed"):
		return y.stray(at)
	case has("non-map value"):
		return at, "a line with no colon after its key", "write key: value, as at: tomorrow 9am"
	}
	return at, "the YAML cannot be read: " + message, quoteHint
}

// badEscape is the column of the first escape that is none in the first text between double quotes of a line; 0 where
// there is none.
func (y *yamlReader) badEscape(line int) int {
	text := y.line(line - y.offset)
	for i := strings.IndexByte(text, '"') + 1; i < len(text) && text[i] != '"'; i++ {
		if text[i] != '\\' {
			continue
		}
		if i++; i == len(text) || strings.IndexByte("0abtnvfre \"/\\N_LP\t", text[i]) >= 0 {
			continue
		}
		if digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[text[i]]; digits == 0 || !isHex(text[i+1:min(i+1+digits, len(text))], digits) {
			return i
		}
	}
	return 0
}

// isHex reports whether s is a number of so many hexadecimal digits.
func isHex(s string, digits int) bool {
	return len(s) == digits && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// word is what stands at a place, up to a sign of YAML.
func (y *yamlReader) word(at place) string {
	text := y.line(at.line - y.offset)
	if at.column > len(text) {
		return "…"
	}
	word := text[at.column-1:]
	if i := strings.IndexAny(word, " \t,]}\"#"); i > 0 {
		word = word[:i]
	}
	return cut(word)
}

// stray tells a text after the end of a quoted one from a line that is indented as nothing above it.
func (y *yamlReader) stray(at place) (place, string, string) {
	text := strings.TrimRight(y.line(at.line-y.offset), " \t")
	at.column = min(at.column, max(len(text), 1)) // and not in the blanks that nobody sees
	before := strings.TrimRight(text[:min(at.column-1, len(text))], " ")
	if before == "" || !strings.ContainsRune(`"'}]`, rune(before[len(before)-1])) {
		return at, "this does not belong to what stands above it", "indent it as the keys beside it"
	}
	_, value, _ := strings.Cut(text, ": ")
	value = cut(strings.TrimSpace(value))
	quote := `"`
	if strings.Contains(value, quote) {
		quote, value = `'`, strings.ReplaceAll(value, `'`, `''`)
	}
	return at, "a text after the closing " + before[len(before)-1:], "put the whole value between quotes, as " + quote + value + quote
}

// secondColon tells a colon too many in a line from a line that is indented too deep: the parser means both, and
// names the value before.
func (y *yamlReader) secondColon(at place) (place, string, string) {
	text := y.line(at.line - y.offset)
	if i := strings.Index(text[min(at.column-1, len(text)):], ": "); i >= 0 {
		return at, "a value with a colon and a blank in it", `put the value between quotes, as "` + cut(strings.TrimSpace(text[at.column-1:])) + `"`
	}
	for n := at.line + 1; n-y.offset <= len(y.lines); n++ {
		next := y.line(n - y.offset)
		if trimmed := strings.TrimLeft(next, " "); trimmed != "" && !strings.HasPrefix(trimmed, "#") {
			return place{n, 1 + len(next) - len(trimmed)}, "a key that is indented deeper than the one above it, which has a value already", "indent keys that belong together alike"
		}
	}
	return at, "a value where none can be", quoteHint
}
