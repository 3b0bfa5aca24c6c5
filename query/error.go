package query

import (
	"fmt"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// Error says where and why a query is refused. [hayon.AsError] makes a usage error of it.
type Error struct {
	// Input is what was typed.
	Input string
	// Column is where in Input, in characters, from 1; 0 where a query was not read from text.
	Column int
	// Reason completes the sentence "… is refused:"; lower-case start, no period.
	Reason string
	// Hint is what to type instead.
	Hint string
}

// Error is the column and the reason, without the hint.
func (e *Error) Error() string {
	if e.Column == 0 {
		return "filter: " + e.Reason
	}
	return fmt.Sprintf("filter, column %d: %s", e.Column, e.Reason)
}

// Unwrap is the same as an error for users.
func (e *Error) Unwrap() error {
	return hayon.Errorf(hayon.CodeUsage, "%s", e.Error()).WithHint(e.Hint)
}

// columnOf is the column of a byte of the input.
func columnOf(input string, at int) int { return utf8.RuneCountInString(input[:at]) + 1 }
