package query

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names are what only the caller knows, for [Complete].
type Names struct {
	// Accounts are names of accounts and platforms.
	Accounts []string
	Labels   []string
}

// Complete is what input up to the cursor, a byte of it, may become when the term there is completed:
// keys with their colon, then values. Each candidate starts with what stands before the term, so that
// candidate + input[cursor:] is the new input, and the cursor is at the candidate's end. Words and what
// is in open quotes have none.
func Complete(input string, cursor int, known Names) []string {
	before := input[:runeStart(input, min(max(cursor, 0), len(input)))]
	start := 0
	if i := strings.LastIndexFunc(before, unicode.IsSpace); i >= 0 {
		_, size := utf8.DecodeRuneInString(before[i:])
		start = i + size
	}
	if _, err := scan(before[:start]); err != nil {
		return nil
	}
	head, term := before[:start], before[start:]
	name, value, found := strings.Cut(strings.TrimPrefix(term, "-"), ":")
	minus := term[:len(term)-len(strings.TrimPrefix(term, "-"))]
	if !found {
		return completeKey(head+minus, name, minus != "")
	}
	k, ok := keyNamed(name)
	if !ok || minus != "" && !k.Not {
		return nil
	}
	head += minus + k.Name + ":"
	if i := strings.LastIndexByte(value, ','); i >= 0 && k.List {
		head, value = head+value[:i+1], value[i+1:]
	}
	return completeValue(head, value, k, known)
}

func completeKey(head, typed string, not bool) []string {
	var out []string
	for _, k := range Keys() {
		if strings.HasPrefix(k.Name, lower(typed)) && (k.Not || !not) {
			out = append(out, head+k.Name+":")
		}
	}
	return out
}

func completeValue(head, typed string, k Key, known Names) []string {
	values := k.Values
	switch k.Name {
	case keyTo:
		values = known.Accounts
	case keyLabel:
		values = known.Labels
	}
	var out []string
	for _, v := range values {
		if strings.HasPrefix(lower(v), lower(strings.TrimPrefix(typed, `"`))) {
			out = append(out, head+strings.TrimPrefix(listTerm("", []string{v}), ":"))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
