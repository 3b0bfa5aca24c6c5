package query

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// reader makes a query of tokens.
type reader struct {
	scanner

	now time.Time
	loc *time.Location
	q   *Query
	at  map[string]int // where the times stand, by key
}

// read adds one term.
func (r *reader) read(t token) *Error {
	var text string
	var err *Error
	switch {
	case t.key.Name == "":
		text, err = r.word(t)
	case len(t.values) == 0:
		err = r.missing(t)
	case len(t.values) > 1 && !t.key.List:
		err = r.refuse(t.values[1].at-1, r.commaHint(t), t.key.Name+": takes one value")
	default:
		text, err = r.key(t)
	}
	if err != nil {
		return err
	}
	if t.not {
		text = "-" + text
	}
	if t.not && (len(r.q.NotStates) == len(hayon.PostStates()) || len(r.q.NotSources) == len(sources())) {
		return r.refuse(t.start, "leave one of them away", "every "+t.key.Name+" is excluded, so nothing fits")
	}
	r.q.terms = append(r.q.terms, Term{Key: t.key.Name, Text: text, Start: t.start, End: t.end})
	return nil
}

func (r *reader) missing(t token) *Error {
	hint := "write it without a blank, as " + t.key.Name + ":" + exampleOf(t.key)
	if t.key.Closed {
		hint += "; use one of: " + strings.Join(t.key.Values, ", ")
	}
	return r.refuse(t.end, hint, t.key.Name+": has no value")
}

func exampleOf(k Key) string {
	switch {
	case len(k.Values) > 0:
		return k.Values[0]
	case k.Name == keyTo:
		return "mastodon"
	}
	return "launch"
}

func (r *reader) commaHint(t token) string {
	a, b := t.values[0].text, t.values[1].text
	switch t.key.Name {
	case keyLabel:
		minus := ""
		if t.not {
			minus = "-"
		}
		return "for both write " + minus + listTerm(keyLabel, []string{a}) + " " + minus + listTerm(keyLabel, []string{b}) +
			"; for one label with a comma " + minus + listTerm(keyLabel, []string{a + "," + b})
	case keyAt:
		return "for all days between write at:" + a + ".." + b
	}
	return "leave one of them away"
}

// key adds the values of a key and answers the term as it would be written alone.
func (r *reader) key(t token) (string, *Error) {
	switch t.key.Name {
	case keySince, keyUntil:
		return r.bound(t)
	case keyAt:
		return r.days(t)
	case keySort:
		return r.order(t)
	}
	values := make([]string, 0, len(t.values))
	for _, p := range t.values {
		v, err := r.value(t, p)
		if err != nil {
			return "", err
		}
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return listTerm(t.key.Name, values), nil
}

// value adds one value of a key that lists them.
func (r *reader) value(t token, p piece) (string, *Error) {
	q := r.q
	switch t.key.Name {
	case keyState:
		v, err := r.oneOf(t, p)
		return v, firstOf(err, func() *Error { return add(r, p, t.not, &q.States, &q.NotStates, hayon.PostState(v)) })
	case keySource:
		v, err := r.oneOf(t, p)
		return v, firstOf(err, func() *Error { return add(r, p, t.not, &q.Sources, &q.NotSources, hayon.Source(v)) })
	case keyTo:
		v, err := r.account(p)
		return v, firstOf(err, func() *Error { return add(r, p, t.not, &q.To, &q.NotTo, v) })
	default:
		return p.text, add(r, p, t.not, &q.Labels, &q.NotLabels, p.text)
	}
}

func firstOf(err *Error, next func() *Error) *Error {
	if err != nil {
		return err
	}
	return next()
}

// add puts v into the list for what is asked for or excluded, unless it is in the other one.
func add[T ~string](r *reader, p piece, not bool, yes, no *[]T, v T) *Error {
	into, other := yes, no
	if not {
		into, other = no, yes
	}
	if slices.Contains(*other, v) {
		return r.refuse(p.at, "leave one of them away", fmt.Sprintf("%q is asked for and excluded, so nothing fits", string(v)))
	}
	if !slices.Contains(*into, v) {
		*into = append(*into, v)
	}
	return nil
}

// oneOf is a value of a closed list, in any letter case.
func (r *reader) oneOf(t token, p piece) (string, *Error) {
	v := strings.ToLower(p.text)
	if slices.Contains(t.key.Values, v) {
		return v, nil
	}
	hint := "use one of: " + strings.Join(t.key.Values, ", ")
	if near := nearest(v, t.key.Values); near != "" {
		hint = "did you mean " + t.key.Name + ":" + near + "? " + hint
	}
	return "", r.refuse(p.at, hint, fmt.Sprintf("%q is no %s", p.text, t.key.Name))
}

// account is the name of an account or a platform.
func (r *reader) account(p piece) (string, *Error) {
	v := lower(p.text)
	switch {
	case v[0] == '@':
		return "", r.refuse(p.at, "name its accounts, as to:bluesky,mastodon", "to: takes accounts and platforms, and no groups")
	case v == "all":
		return "", r.refuse(p.at, "leave to:all away", "to:all excludes nothing")
	}
	v = strings.TrimSuffix(v, "/*")
	if i := strings.IndexFunc(v, func(c rune) bool {
		return (c < 'a' || 'z' < c) && (c < '0' || '9' < c) && !strings.ContainsRune("/._-", c)
	}); i >= 0 || v == "" {
		return "", r.refuse(p.at, `write it as "hayon account list" does, such as bluesky or bluesky/work`, fmt.Sprintf("%q is no name of an account", p.text))
	}
	if r.q.names[v] == 0 {
		r.q.names[v] = columnOf(r.input, p.at)
	}
	return v, nil
}

// lower is s with ASCII letters in lower case, and as long as before.
func lower(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

func (r *reader) order(t token) (string, *Error) {
	v, err := r.oneOf(t, t.values[0])
	if err != nil {
		return "", err
	}
	if r.q.Order != "" {
		return "", r.twice(t)
	}
	r.q.Order = hayon.PostOrder(v)
	return listTerm(keySort, []string{v}), nil
}

func (r *reader) twice(t token) *Error {
	return r.refuse(t.start, "leave one of them away", t.key.Name+": is there twice")
}

// word adds a word or a phrase.
func (r *reader) word(t token) (string, *Error) {
	q, p := r.q, t.values[0]
	yes, no := &q.Words, &q.NotWords
	if t.not {
		yes, no = no, yes
	}
	folded := func(w string) bool { return hayon.FoldText(w) == hayon.FoldText(p.text) }
	if slices.ContainsFunc(*no, folded) {
		return "", r.refuse(p.at, "leave one of them away", fmt.Sprintf("%q is asked for and excluded, so nothing fits", p.text))
	}
	if !slices.ContainsFunc(*yes, folded) {
		*yes = append(*yes, p.text)
	}
	return wordTerm(p.text), nil
}

// bound reads since: and until:.
func (r *reader) bound(t token) (string, *Error) {
	if _, ok := r.q.said[t.key.Name]; ok {
		return "", r.twice(t)
	}
	p := t.values[0]
	at, err := when.ParseSince(p.text, r.now, r.loc)
	if err != nil {
		return "", r.timeError(p, err)
	}
	s := said{text: tidy(p.text), from: at}
	if t.key.Name == keySince {
		r.q.Since = at
	} else {
		s.from, s.to = time.Time{}, at
		r.q.Until = at
	}
	r.keep(t, s)
	return listTerm(t.key.Name, []string{s.text}), nil
}

// tidy spells a time in lower case, but for names of zones and what RFC 3339 has in upper case.
func tidy(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if strings.Contains(text, "/") {
		return text
	}
	digit := func(i int) bool { return 0 <= i && i < len(text) && '0' <= text[i] && text[i] <= '9' }
	b := []byte(lower(text))
	for i, c := range b {
		if c == 't' && digit(i-1) && digit(i+1) || c == 'z' && digit(i-1) {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// keep remembers how a time was said, and where.
func (r *reader) keep(t token, s said) {
	if r.at == nil {
		r.at = map[string]int{}
	}
	r.at[t.key.Name], r.q.said[t.key.Name] = t.start, s
}

// timeError is why a time was refused, at its place.
func (r *reader) timeError(p piece, err error) *Error {
	e, ok := errors.AsType[*when.Error](err)
	if !ok {
		return r.refuse(p.at, "", err.Error())
	}
	hint := e.Hint
	for i, part := range strings.Split(hint, `"`) {
		if !p.quoted && i%2 == 1 && strings.Contains(part, " ") {
			hint += "; with quotes where it has blanks"
			break
		}
	}
	return r.refuse(p.at, hint, fmt.Sprintf("%q is no time: %s", p.text, e.Reason))
}

// checkTimes refuses bounds between which there is nothing.
func (r *reader) checkTimes() *Error {
	q := r.q
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return r.refuse(max(r.at[keySince], r.at[keyUntil]), "swap the two", "until: is not after since:, so nothing fits")
	}
	return nil
}
