package postfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// Problem is one thing that is wrong in a file.
type Problem struct {
	Path string `json:"file"`
	// Line and Column count from 1, columns in characters (code points).
	Line   int `json:"line"`
	Column int `json:"column"`
	// Field is the dotted name of what is wrong, as media.0.file; "" where it is the file.
	Field string `json:"key,omitempty"`
	// Reason is half a sentence, Hint says what to write instead.
	Reason string `json:"message"`
	Hint   string `json:"hint,omitempty"`
}

// Error is place and reason, as "posts/a.md:4:7: at: …".
func (p *Problem) Error() string {
	s := fmt.Sprintf("%s:%d:%d: ", p.Path, p.Line, p.Column)
	if p.Field != "" {
		s += p.Field + ": "
	}
	return s + p.Reason
}

// Err is the problem as an invalid error with its hint.
func (p *Problem) Err() *hayon.Error {
	return hayon.Errorf(hayon.CodeInvalid, "%s", p.Error()).WithHint(p.Hint)
}

// Problems are all things that are wrong, in the order of their places; never none where they are an error.
type Problems []*Problem

// Error has one line for each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap are the problems, for [errors.As].
func (ps Problems) Unwrap() []error {
	out := make([]error, len(ps))
	for i, p := range ps {
		out[i] = p
	}
	return out
}

// Err is the first one as an invalid error, with all of them in its details under "problems"; nil for none.
func (ps Problems) Err() *hayon.Error {
	if len(ps) == 0 {
		return nil
	}
	return ps[0].Err().WithDetail("problems", ps)
}

// Sort puts them in the order of files and places.
func (ps Problems) Sort() {
	slices.SortStableFunc(ps, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// or is ps as an error, sorted; nil for none.
func (ps Problems) or() error {
	if len(ps) == 0 {
		return nil
	}
	ps.Sort()
	return ps
}
