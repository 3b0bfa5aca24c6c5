package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/hayon/hayon"
)

// problem is something wrong in a configuration file.
type problem struct {
	File string `json:"file"`
	// Line and Column count from 1, columns in bytes; 0 where the place is not known.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Key is the dotted name of what is wrong; "" for bad syntax.
	Key     string `json:"key,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// others are keys that are as guilty as Key; hook is the number of the hook from 1 on, 0 for none.
	others []string
	hook   int
}

func (p problem) place() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// err is the problem as an error.
func (p problem) err() *hayon.Error {
	return hayon.Errorf(hayon.CodeInvalid, "%s: %s", p.place(), p.Message).WithHint(p.Hint)
}

// same reports whether two problems are one, wherever they stand.
func (p problem) same(q problem) bool {
	return p.File == q.File && p.Key == q.Key && p.Message == q.Message
}

// in is the problem with its place in a file.
func (p problem) in(path string, doc tomlDoc) problem {
	p.File = path
	if e, ok := doc.hook(p.hook); ok {
		p.Line, p.Column = doc.position(e.start)
		return p
	}
	for _, key := range append([]string{p.Key}, p.others...) {
		if e, ok := doc.find(key); ok {
			p.Line, p.Column = doc.position(e.valueStart)
			return p
		}
	}
	return p
}

// decodeConfig reads a file over c, which stays as it was where something is wrong. The first thing
// that is wrong is the error.
func decodeConfig(path string, b []byte, c *config) error {
	next := *c
	if err := decodeToml(b, &next); err != nil {
		return problemsOf(path, err)[0].err()
	}
	*c = next
	return nil
}

func decodeToml(b []byte, c *config) error {
	d := toml.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	d.EnableUnmarshalerInterface()
	return d.Decode(c)
}

// problemsOf is what the decoder says: all unknown keys, or the first value that it could not read.
func problemsOf(path string, err error) []problem {
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(strict.Errors) > 0 {
		found := make([]problem, len(strict.Errors))
		for i := range strict.Errors {
			found[i] = unknownKey(path, &strict.Errors[i])
		}
		return found
	}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok {
		return []problem{valueProblem(path, e)}
	}
	return []problem{{File: path, Message: err.Error(), Hint: "mend the file; it is TOML"}}
}

func unknownKey(path string, e *toml.DecodeError) problem {
	p := problem{File: path, Key: strings.Join(e.Key(), ".")}
	p.Line, p.Column = e.Position()
	p.Message, p.Hint = fmt.Sprintf("unknown key %q", p.Key), "see the keys: hayon help configuration"
	if near := nearest(p.Key, configNames()); near != "" {
		p.Hint = "did you mean " + near + "?"
	}
	return p
}

// valueProblem is what the decoder says of a value, or of the syntax around it.
func valueProblem(path string, e *toml.DecodeError) problem {
	p := problem{File: path, Key: strings.Join(e.Key(), ".")}
	p.Line, p.Column = e.Position()
	text := strings.TrimPrefix(e.Error(), "toml: ")
	key, known := configKeyOf(p.Key)
	switch {
	case known && strings.Contains(text, "cannot decode"):
		p.Message, p.Hint = p.Key+" has a value of another type", "write it as "+key.written
	case known:
		p.Message, p.Hint = p.Key+": "+text, "write it as "+key.written
	default:
		p.Message, p.Hint = text, "mend the file; it is TOML"
	}
	return p
}

// configText is the content of a configuration file.
type configText struct {
	configFile
	text []byte
}

// chainProblems is all that is wrong in files of which later ones win, by file and place.
func chainProblems(files []configText) []problem {
	var found, before []problem
	var right [][]byte
	for _, f := range files {
		wrong, rest := fileProblems(f)
		found = append(found, wrong...)
		right = append(right, rest)
		var c config
		for _, text := range right {
			c.Profile = ""
			_ = decodeToml(text, &c) // what is wrong was taken out
		}
		if c.Profile != "" && f.origin == originProfile {
			found = append(found, misplacedProfile().in(f.path, parseToml(rest)))
		}
		values := c.problems()
		for _, p := range values {
			if !slices.ContainsFunc(before, p.same) {
				found = append(found, p.in(f.path, parseToml(rest)))
			}
		}
		before = values
	}
	slices.SortStableFunc(found, func(a, b problem) int {
		if a.File != b.File {
			return 0
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return found
}

// fileProblems finds what cannot be read in one file by itself, and answers the file without it. Bad
// syntax hides all that follows it.
func fileProblems(f configText) (found []problem, rest []byte) {
	rest = slices.Clone(f.text)
	for {
		var c config
		err := decodeToml(rest, &c)
		if err == nil {
			return found, rest
		}
		wrong := problemsOf(f.path, err)
		found = append(found, wrong...)
		doc := parseToml(rest)
		if doc.err != nil {
			return found, nil
		}
		for _, p := range wrong {
			if !doc.blank(rest, p.Line, p.Column) {
				return found, nil
			}
		}
	}
}
