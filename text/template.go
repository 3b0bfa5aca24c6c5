package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Variable is something that a template leaves open.
type Variable struct {
	Name string
	// Default stands where no value is given. A variable that stands in several places has the default
	// of the first place that gives one.
	Default string
	// HasDefault: no value is needed, because every place gives a default.
	HasDefault bool
}

// TemplateError says why a template cannot be filled.
type TemplateError struct {
	// Line and Column, from 1, are where something is wrong with the template itself, and Reason is what.
	// The column counts code points. Without a reason they are zero.
	Line, Column int
	Reason       string
	// Missing are the variables without value and default, in the order of the template.
	Missing []string
	// Unknown are the values that the template has no variable for, sorted by name.
	Unknown []UnknownVariable
}

// UnknownVariable is a value for a variable that a template does not have.
type UnknownVariable struct {
	Name string
	// Nearest is the variable that was probably meant; "" where none is near.
	Nearest string
}

// Error names everything that is wrong.
func (e *TemplateError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
	}
	var parts []string
	if len(e.Missing) > 0 {
		parts = append(parts, "no value for "+strings.Join(e.Missing, ", "))
	}
	for _, u := range e.Unknown {
		part := "the template has no " + u.Name
		if u.Nearest != "" {
			part += ", did you mean " + u.Nearest + "?"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// Variables returns the variables of a template, each once, in the order of their first appearance. A
// template that cannot be read answers a [*TemplateError] with line and column.
func Variables(template string) ([]Variable, error) {
	pieces, err := parseTemplate(template)
	if err != nil {
		return nil, err
	}
	var vars []Variable
	for _, p := range pieces {
		if p.variable.Name == "" {
			continue
		}
		i := slices.IndexFunc(vars, func(v Variable) bool { return v.Name == p.variable.Name })
		if i < 0 {
			vars = append(vars, p.variable)
			continue
		}
		if vars[i].Default == "" {
			vars[i].Default = p.variable.Default
		}
		vars[i].HasDefault = vars[i].HasDefault && p.variable.HasDefault
	}
	return vars, nil
}

// Fill puts values into a template, as they stand: braces in a value mean nothing. {{name}} needs a
// value; {{name|default}} does without. Blanks around the name do not count; the default is everything
// up to the next "}}". "{{{{" is "{{". All variables without a value, and all values without a
// variable, come back as one [*TemplateError]; so does a template that cannot be read.
func Fill(template string, vars map[string]string) (string, error) {
	pieces, err := parseTemplate(template)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	var missing, names []string
	for _, p := range pieces {
		b.WriteString(p.text)
		name := p.variable.Name
		if name == "" {
			continue
		}
		names = append(names, name)
		value, ok := vars[name]
		switch {
		case ok:
			b.WriteString(value)
		case p.variable.HasDefault:
			b.WriteString(p.variable.Default)
		case !slices.Contains(missing, name):
			missing = append(missing, name)
		}
	}
	if unknown := unknownVariables(vars, names); len(missing)+len(unknown) > 0 {
		return "", &TemplateError{Missing: missing, Unknown: unknown}
	}
	return b.String(), nil
}

func unknownVariables(vars map[string]string, names []string) []UnknownVariable {
	var unknown []UnknownVariable
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !slices.Contains(names, name) {
			unknown = append(unknown, UnknownVariable{name, nearest(name, names)})
		}
	}
	return unknown
}

// piece is a text, and perhaps a variable behind it.
type piece struct {
	text     string
	variable Variable
}

func parseTemplate(s string) ([]piece, error) {
	var pieces []piece
	for at := 0; ; {
		i := strings.Index(s[at:], "{{")
		if i < 0 {
			return append(pieces, piece{text: s[at:]}), nil
		}
		open := at + i
		if strings.HasPrefix(s[open:], "{{{{") {
			pieces = append(pieces, piece{text: s[at : open+len("{{")]})
			at = open + len("{{{{")
			continue
		}
		inside, _, closed := strings.Cut(s[open+len("{{"):], "}}")
		if !closed {
			return nil, templateError(s, open, "{{ without }}; write {{{{ for {{")
		}
		name, value, hasDefault := strings.Cut(inside, "|")
		name = strings.TrimSpace(name)
		if !IsName(name) {
			return nil, templateError(s, open, fmt.Sprintf("%q is no name of a variable; write {{{{ for {{", name))
		}
		pieces = append(pieces, piece{s[at:open], Variable{name, value, hasDefault}})
		at = open + len("{{") + len(inside) + len("}}")
	}
}

func templateError(s string, at int, reason string) *TemplateError {
	line := 1 + strings.Count(s[:at], "\n")
	column := 1 + utf8.RuneCountInString(s[1+strings.LastIndexByte(s[:at], '\n'):at])
	return &TemplateError{Line: line, Column: column, Reason: reason}
}

// nearest is the name that needs the fewest changes of a letter, if they are a third of it or less.
func nearest(name string, names []string) string {
	best, least := "", 1+utf8.RuneCountInString(name)/3
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d <= least && (d < least || best == "") {
			best, least = n, d
		}
	}
	return best
}

// distance counts the letters to add, drop or replace that make a out of b.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, q := range to {
			change := diagonal
			if r != q {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
