package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

// stdinFile is what standard input is called among the files of -f, and stdinName what it is called in words.
const (
	stdinFile = "-"
	stdinName = "standard input"
)

// postFile is a file with a post in it, and what a command makes of it.
type postFile struct {
	*postfile.File

	// name is what it is called: its path as it was named, or standard input.
	name string
	// create is the request, with what the flags say over it, and media what is to be attached to it.
	create hayon.PostCreate
	media  []attachment
	// typed are the flags on the command line, which win over the file.
	typed map[string]bool
	// problems are all that is wrong, and notes what else there is to say.
	problems []fileProblem
	notes    []string
	// past: its time has passed.
	past *fileProblem
	// mistaken are the keys of which the file itself says nothing that could be read.
	mistaken map[string]bool
	// partly: some of its accounts are out, and it goes to the others.
	partly bool
	// targets are the accounts that it goes to, as far as they were found; see [postFile.inspect].
	targets []fileTarget
}

// fileTarget is an account that the post in a file goes to.
type fileTarget struct {
	name    string
	target  *hayon.Target
	content string // what it gets there beside media, in a form in which the same is the same
	// out is the name under which the file says that it is out there, and url where; "" where it does not.
	out, url string
}

// fileProblem is something wrong with the post in a file.
type fileProblem struct {
	File string `json:"file"`
	// Line and Column count from 1, columns in characters.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Field is the dotted name of what is wrong, as media.0.file; "" where it is the text or the file.
	Field   string     `json:"field,omitempty"`
	Code    hayon.Code `json:"code"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
}

// err is the problem as an error.
func (p fileProblem) err() *hayon.Error {
	return hayon.Errorf(p.Code, "%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message).WithHint(p.Hint)
}

// problem is something wrong with a value of the file.
func (f *postFile) problem(code hayon.Code, message, hint string, field ...string) fileProblem {
	line, column := 1, 1
	switch {
	case f.File == nil, len(field) == 1 && field[0] == "to" && len(f.To) == 0: // of what is not there the file itself
	default:
		line, column = f.Where(field...)
	}
	return fileProblem{File: f.name, Line: line, Column: column, Field: strings.Join(field, "."), Code: code, Message: message, Hint: hint}
}

// wrong notes that something is wrong with a value of the file.
func (f *postFile) wrong(message, hint string, field ...string) {
	f.problems = append(f.problems, f.problem(hayon.CodeInvalid, message, hint, field...))
}

// fileFormats are the words of --format.
func fileFormats() []string { return []string{"md", "json", "yaml", "txt"} }

// formatEnd is how the name of a file ends that --format says; "" where its own name says how it is written.
func formatEnd(format string) (string, error) {
	switch {
	case format == "":
		return "", nil
	case !slices.Contains(fileFormats(), format):
		return "", notOneOf("--format", format, fileFormats())
	}
	return "." + format, nil
}

// filePaths are the files that names and patterns mean, in their order; a pattern means what it matches, by
// name. A folder, a pattern that matches nothing, and the same file twice are usage errors.
func filePaths(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		if name == "" {
			return nil, hayon.Errorf(hayon.CodeUsage, "the name of a file is empty; nothing was stored").WithHint("name a file, or - for standard input")
		}
		if name == stdinFile || fileExists(name) || !strings.ContainsAny(name, "*?[") {
			out = append(out, name)
			continue
		}
		found, err := filepath.Glob(name)
		if err != nil || len(found) == 0 {
			return nil, hayon.Errorf(hayon.CodeUsage, "no file matches %s; nothing was stored", name).WithHint("check the pattern: ls " + name)
		}
		out = append(out, found...)
	}
	for _, path := range out {
		if info, err := os.Stat(path); path != stdinFile && err == nil && info.IsDir() {
			return nil, hayon.Errorf(hayon.CodeUsage, "%s is a folder; nothing was stored", path).
				WithHint("name the files in it: " + filepath.ToSlash(filepath.Join(path, "*.md")))
		}
	}
	return out, nil
}

// namedTwice is a file that stands twice in a list, by whatever path; "" for none.
func namedTwice(paths []string) string {
	var seen []os.FileInfo
	for i, path := range paths {
		info, err := os.Stat(path)
		switch {
		case path == stdinFile && slices.Contains(paths[:i], stdinFile):
			return stdinName
		case path == stdinFile || err != nil:
			continue
		case slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }):
			return path
		}
		seen = append(seen, info)
	}
	return ""
}

// readFile is what a file holds, or standard input. Errors are those of a command line.
func (a *app) readFile(ctx context.Context, path string) ([]byte, error) {
	if path == stdinFile {
		b, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.io.in, maxStdin+1)) })
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			return nil, hayon.Errorf(hayon.CodeLocal, "standard input cannot be read: %w", err)
		case len(b) > maxStdin:
			return nil, tooLarge(stdinName)
		}
		return b, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, hayon.Errorf(hayon.CodeUsage, "there is no file %s; nothing was stored", path).WithHint("check the path of --file")
	case err != nil:
		return nil, unreadable(path, err)
	case !info.Mode().IsRegular(): // opening a pipe would wait for whoever writes into it
		return nil, hayon.Errorf(hayon.CodeInvalid, "%s is no ordinary file; nothing was stored", path).
			WithHint("pipe the post to standard input, and name it -")
	case info.Size() > maxStdin:
		return nil, tooLarge(path)
	}
	b, err := await(ctx, func() ([]byte, error) { return readAtMost(path, maxStdin+1) })
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, unreadable(path, err)
	case len(b) > maxStdin:
		return nil, tooLarge(path)
	}
	return b, nil
}

// readAtMost reads the beginning of a file.
func readAtMost(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // read only
	return io.ReadAll(io.LimitReader(file, most))
}

func unreadable(path string, err error) error {
	return hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
}

func tooLarge(name string) error {
	return hayon.Errorf(hayon.CodeInvalid, "%s has more than %d bytes, which is no post", name, maxStdin).
		WithHint("see what fits: hayon help platforms")
}

// parseFile reads the post in a file. What is wrong with its content stands in its problems, and File is nil
// then.
func (a *app) parseFile(ctx context.Context, path, kind string) (*postFile, error) {
	f := &postFile{name: path}
	if path == stdinFile {
		f.name = stdinName
	}
	b, err := a.readFile(ctx, path)
	if err != nil {
		return f, err
	}
	as := path
	if path == stdinFile || kind != "" {
		as = "x" + kindOf(path, kind, b)
	}
	f.File, err = postfile.Parse(as, b)
	list, wrong := errors.AsType[postfile.Problems](err)
	if !wrong {
		return f, err
	}
	f.tell(list, !utf8.Valid(b) && kindOf(path, kind, b) == ".txt")
	return f, nil
}

// tell notes what the reader of files found wrong. unread: it is no text that was to be one.
func (f *postFile) tell(list postfile.Problems, unread bool) {
	f.mistaken = make(map[string]bool)
	for _, p := range list {
		message, hint := p.Reason, p.Hint
		if p.Field != "" {
			message = p.Field + ": " + message
		}
		if unread {
			hint += ", or attach it: -m " + f.name
		}
		key, _, _ := strings.Cut(p.Field, ".")
		f.mistaken[key] = true
		f.problems = append(f.problems, fileProblem{
			File: f.name, Line: p.Line, Column: p.Column, Field: p.Field, Code: hayon.CodeInvalid, Message: message, Hint: hint,
		})
	}
}

// kindOf is how the name of a file would end that is written so: as the flag says, else its own. What comes by
// a pipe has no name: it is a text, unless it begins with front matter.
func kindOf(path, flag string, b []byte) string {
	switch {
	case flag != "":
		return flag
	case path != stdinFile:
		return strings.ToLower(filepath.Ext(path))
	case beginsWithFrontMatter(b):
		return ".md"
	}
	return ".txt"
}

// beginsWithFrontMatter reports whether the first line is one of only ---, and another one follows.
func beginsWithFrontMatter(b []byte) bool {
	first, rest, ok := strings.Cut(strings.TrimPrefix(string(b), "\uFEFF"), "\n")
	if !ok || strings.TrimRight(first, " \t\r") != "---" {
		return false
	}
	for line := range strings.Lines(rest) {
		if strings.TrimRight(line, " \t\r\n") == "---" {
			return true
		}
	}
	return false
}

// folder is where the paths in the file start.
func (f *postFile) folder() string {
	if f.name == stdinName {
		return ""
	}
	return filepath.Dir(f.name)
}
