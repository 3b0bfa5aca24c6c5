package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest name of a person or a variable, in code points.
const maxName = 64

// IsName reports whether people and variables can be called so: 1 to 64 letters of any script with
// their marks, decimal digits, hyphens and underscores.
func IsName(name string) bool {
	return name != "" && nameLen(name) == len(name) && utf8.RuneCountInString(name) <= maxName
}

func nameLen(s string) int {
	return runeSpan(s, func(r rune) bool {
		return r == '-' || r == '_' || r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.Nd)
	})
}

// People returns the names that stand in s as @{name}, each once, in the order of their first
// appearance.
func People(s string) []string {
	var names []string
	seen := make(map[string]bool)
	eachPerson(s, func(_, _ int, name string) {
		if name != "" && !seen[name] {
			names, seen[name] = append(names, name), true
		}
	})
	return names
}

// ExpandPeople replaces each @{name} by what handle answers for the name; what it answers is not
// looked at again. Where it answers false, the text stays and the name is in unknown, once, in the
// order of appearance. "@@{" becomes "@{", and no name begins there. What is no name, such as @{a b},
// stays as it is.
func ExpandPeople(s string, handle func(name string) (text string, ok bool)) (out string, unknown []string) {
	var b strings.Builder
	seen := make(map[string]bool) // of unknown
	at := 0
	eachPerson(s, func(start, end int, name string) {
		if name == "" {
			b.WriteString(s[at : start+1]) // one of the two at signs
			at = start + 2
			return
		}
		if text, ok := handle(name); ok {
			b.WriteString(s[at:start])
			b.WriteString(text)
			at = end
		} else if !seen[name] {
			unknown, seen[name] = append(unknown, name), true
		}
	})
	b.WriteString(s[at:])
	return b.String(), unknown
}

// eachPerson tells of every @{name} in s, and with an empty name of every "@@{".
func eachPerson(s string, found func(start, end int, name string)) {
	for at := 0; ; {
		i := strings.Index(s[at:], "@{")
		if i < 0 {
			return
		}
		start := at + i
		at = start + len("@{")
		if start > 0 && s[start-1] == '@' {
			found(start-1, at, "")
			continue
		}
		end := at + nameLen(s[at:])
		if end < len(s) && s[end] == '}' && IsName(s[at:end]) {
			found(start, end+1, s[at:end])
			at = end + 1
		}
	}
}
