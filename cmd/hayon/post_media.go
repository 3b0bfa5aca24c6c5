package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// attachment is one --media with its description and what a cropped view keeps of it.
type attachment struct {
	path, alt string
	focus     *hayon.Focus
}

// attachments pairs --media with --alt. A description inside --media wins over none.
func (o *postOptions) attachments() ([]attachment, error) {
	out := make([]attachment, 0, len(o.media))
	for _, v := range o.media {
		m, err := splitMedia(v)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	if len(o.alts) > len(out) {
		return nil, hayon.Errorf(hayon.CodeUsage, "there are %d --alt and %d --media", len(o.alts), len(out)).
			WithHint("give one --alt for each --media, in the same order")
	}
	for i, alt := range o.alts {
		if out[i].alt != "" {
			return nil, hayon.Errorf(hayon.CodeUsage, "%s is described twice", out[i].path).
				WithHint(`describe it by --alt or by "PATH;alt=TEXT"`)
		}
		out[i].alt = alt
	}
	return out, nil
}

// splitMedia reads PATH;alt=TEXT;focus=X,Y. A file whose name holds a semicolon is found by its whole
// name. A description may hold semicolons too, so it goes on to the next word that is known.
func splitMedia(v string) (attachment, error) {
	if fileExists(v) {
		return attachment{path: v}, nil
	}
	path, rest, more := strings.Cut(v, ";")
	m := attachment{path: path}
	for more {
		var field string
		field, rest, more = cutField(rest)
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "alt":
			m.alt = value
		case "focus":
			focus, err := parseFocus(value)
			if err != nil {
				return m, hayon.Errorf(hayon.CodeUsage, "--media %q: %s", v, hayon.AsError(err).Message).WithHint(hintOf(err))
			}
			m.focus = focus
		default:
			return m, hayon.Errorf(hayon.CodeUsage, "--media %q: %q is not known there", v, field).
				WithHint(`write "PATH;alt=TEXT" or "PATH;alt=TEXT;focus=0.2,-0.5"`)
		}
	}
	return m, nil
}

// cutField is what stands before the next ";alt=" or ";focus=", and what follows it.
func cutField(s string) (field, rest string, more bool) {
	next := len(s)
	for _, word := range []string{";alt=", ";focus="} {
		if i := strings.Index(s, word); i >= 0 && i < next {
			next = i
		}
	}
	if next == len(s) {
		return s, "", false
	}
	return s[:next], s[next+1:], true
}

// parseFocus reads X,Y, each from -1 to 1.
func parseFocus(s string) (*hayon.Focus, error) {
	x, y, ok := strings.Cut(s, ",")
	fx, errX := strconv.ParseFloat(strings.TrimSpace(x), 64)
	fy, errY := strconv.ParseFloat(strings.TrimSpace(y), 64)
	if !ok || errX != nil || errY != nil {
		return nil, hayon.Errorf(hayon.CodeUsage, "%q is no focus", s).WithHint("give two numbers from -1 to 1, as focus=0.2,-0.5; 0,0 is the centre")
	}
	f := hayon.Focus{X: fx, Y: fy}
	return &f, f.Check()
}

// upload stores the files of --media. All are looked at before the first is stored.
func (o *postOptions) upload(ctx context.Context, b *backend, dry bool) ([]hayon.MediaInput, error) {
	list, err := o.attachments()
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		if err := checkFile(m.path); err != nil {
			return nil, err
		}
	}
	var out []hayon.MediaInput
	for _, m := range list {
		if dry {
			facts, err := probeFile(m.path)
			if err != nil {
				return nil, err
			}
			out = append(out, hayon.MediaInput{Alt: m.alt, Focus: m.focus, Facts: facts})
			continue
		}
		stored, err := uploadFile(ctx, b, m.path)
		if err != nil {
			return nil, err
		}
		out = append(out, hayon.MediaInput{Media: stored.ID, Alt: m.alt, Focus: m.focus})
	}
	return out, nil
}

func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return hayon.Errorf(hayon.CodeUsage, "there is no file %s; nothing was stored", path).WithHint("check the path of --media")
	case err != nil:
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
	case info.IsDir():
		return hayon.Errorf(hayon.CodeInvalid, "%s is a folder; nothing was stored", path).
			WithHint("name the images one by one: -m " + filepath.Join(path, "a.png"))
	case !info.Mode().IsRegular():
		return hayon.Errorf(hayon.CodeInvalid, "%s is no ordinary file; nothing was stored", path).WithHint("attach a file")
	}
	return nil
}

func uploadFile(ctx context.Context, b *backend, path string) (*hayon.Media, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
	}
	defer func() { _ = f.Close() }() // read only
	return b.CreateMedia(ctx, f, filepath.Base(path))
}

// probeFile looks at a file for a dry run, which stores nothing.
func probeFile(path string) (*hayon.MediaFacts, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
	}
	defer func() { _ = f.Close() }() // read only
	stat, err := f.Stat()
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err)
	}
	info, err := media.Probe(f)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInvalid, "%s cannot be attached: %w", filepath.Base(path), err).
			WithHint("attach a JPEG, PNG, GIF or WebP image")
	}
	return &hayon.MediaFacts{
		Type: info.Type, Bytes: stat.Size(), Width: info.Width, Height: info.Height, Name: filepath.Base(path),
	}, nil
}
