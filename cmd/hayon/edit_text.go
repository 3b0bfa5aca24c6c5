package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// applyText reads --text and --text-file.
func (o *contentChange) applyText(ctx context.Context, r roster, c *hayon.PostCreate) error {
	whole, own, err := o.splitTexts(r)
	if err != nil {
		return err
	}
	if o.said("text-file") {
		if whole != nil {
			return hayon.Errorf(hayon.CodeUsage, "there are two texts: --text, and --text-file").WithHint("leave out one of them")
		}
		body, err := o.readOnce(ctx, o.textFile)
		if err != nil {
			return err
		}
		whole = &body
	}
	if whole != nil {
		c.Text = *whole
	}
	reading := postOptions{app: o.app, texts: own}
	texts, err := reading.ownTexts()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if key := r.id(name); texts[name] == "" {
			delete(c.Texts, key)
		} else {
			if c.Texts == nil {
				c.Texts = make(map[string]string)
			}
			c.Texts[key] = texts[name]
		}
	}
	return nil
}

// namedText is a text that may be for one account.
var namedText = regexp.MustCompile(`^([a-z][a-z0-9]*(?:/[^\s=*]+)?)=`)

// splitTexts tells --text TEXT from --text ACCOUNT=TEXT: one that begins with the name of an account and = is
// for that account. What only looks so is refused, since a typo would be published.
func (o *contentChange) splitTexts(r roster) (whole *string, own []string, err error) {
	for _, v := range o.texts {
		m := namedText.FindStringSubmatch(v)
		switch {
		case m == nil && whole != nil:
			return nil, nil, hayon.Errorf(hayon.CodeUsage, "there are two new texts").
				WithHint(`give one, and those of accounts as --text bluesky="Hello"`)
		case m == nil:
			whole = &v
		case !o.app.knowsAccount(r, m[1]):
			hint := "a text that begins so comes from a file: --text-file note.txt"
			if near := nearest(m[1], r.words()); near != "" {
				hint = "did you mean --text " + near + "=…? " + hint
			}
			return nil, nil, hayon.Errorf(hayon.CodeUsage, "--text names %q, and there is no such account", m[1]).WithHint(hint)
		default:
			own = append(own, v)
		}
	}
	return whole, own, nil
}

// knowsAccount reports whether a word names an account, or a platform that has one by itself.
func (a *app) knowsAccount(r roster, word string) bool {
	if r.id(word) != word {
		return true
	}
	p, err := a.platforms().Find(word)
	return err == nil && p.Info().NoSignIn
}

// words are what names the accounts.
func (r roster) words() []string {
	var out []string
	for _, a := range r {
		out = append(out, a.Name)
	}
	return out
}

// readOnce is [app.readText], and the same again where it is asked again: standard input is read but once.
func (o *contentChange) readOnce(ctx context.Context, path string) (string, error) {
	if o.body == nil {
		body, err := o.app.readText(ctx, path)
		if err != nil {
			return "", err
		}
		o.body = &body
	}
	return *o.body, nil
}

// readText reads a text from a file, or with - from standard input.
func (a *app) readText(ctx context.Context, path string) (string, error) {
	in := a.io.in
	if path != "-" {
		f, err := await(ctx, func() (*os.File, error) { return os.Open(path) }) // a pipe waits for who writes into it
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case errors.Is(err, fs.ErrNotExist):
			return "", hayon.Errorf(hayon.CodeUsage, "there is no file %s; nothing was changed", path).WithHint("check its path")
		case err != nil:
			return "", hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	}
	b, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(in, maxStdin+1)) })
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return "", hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
	case len(b) > maxStdin:
		return "", hayon.Errorf(hayon.CodeInvalid, "%s has more than %d bytes, which is no post", path, maxStdin).WithHint("see what fits: hayon help platforms")
	case !utf8.Valid(b):
		return "", hayon.Errorf(hayon.CodeInvalid, "%s is no text in UTF-8; nothing was changed", path).WithHint("save it as UTF-8")
	}
	return string(b), nil
}
