package ics

import (
	"bufio"
	"strings"
	"unicode/utf8"
)

// maxLine is how long a line may be, in octets, without its end. Source:
// https://www.rfc-editor.org/rfc/rfc5545#section-3.1, read 2026-11-21.
const maxLine = 75

// encoder writes lines. Its writer keeps the first error.
type encoder struct{ w *bufio.Writer }

// line writes a property, folded. A value is escaped by then; both are UTF-8.
func (e *encoder) line(name, value string) {
	rest, room := name+":"+value, maxLine
	for len(rest) > room {
		n := room
		for !utf8.RuneStart(rest[n]) {
			n--
		}
		_, _ = e.w.WriteString(rest[:n] + "\r\n ")
		rest, room = rest[n:], maxLine-1 // the blank counts
	}
	_, _ = e.w.WriteString(rest + "\r\n")
}

// optional writes a property that has a value.
func (e *encoder) optional(name, value string) {
	if value != "" {
		e.line(name, value)
	}
}

// escapes are what a text has in the place of what would end it. Source:
// https://www.rfc-editor.org/rfc/rfc5545#section-3.3.11, read 2026-11-21.
var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`)

// text is s as a TEXT value: escaped, every end of a line a \n, without control characters other than the
// tab, and with U+FFFD for what is no UTF-8.
func text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return escapes.Replace(s)
}

// texts is a list of TEXT values, without the empty ones.
func texts(list []string) string {
	var out []string
	for _, s := range list {
		if s = text(s); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ",")
}
