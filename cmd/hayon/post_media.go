package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// attachment is one --media with its description.
type attachment struct{ path, alt string }

// attachments pairs --media with --alt. A description inside --media wins over none.
func (o *postOptions) attachments() ([]attachment, error) {
	out := make([]attachment, 0, len(o.media))
	for _, v := range o.media {
		path, alt, err := splitMedia(v)
		if err != nil {
			return nil, err
		}
		out = append(out, attachment{path, alt})
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

// splitMedia reads PATH;alt=TEXT. A file whose name holds a semicolon is found by its whole name.
func splitMedia(v string) (path, alt string, err error) {
	if fileExists(v) {
		return v, "", nil
	}
	path, rest, _ := strings.Cut(v, ";")
	if rest == "" {
		return path, "", nil
	}
	alt, ok := strings.CutPrefix(rest, "alt=")
	if !ok {
		return "", "", hayon.Errorf(hayon.CodeUsage, "--media %q: %q is not known there", v, rest).
			WithHint(`write "PATH;alt=TEXT"`)
	}
	return path, alt, nil
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
			out = append(out, hayon.MediaInput{Alt: m.alt, Facts: facts})
			continue
		}
		stored, err := uploadFile(ctx, b, m.path)
		if err != nil {
			return nil, err
		}
		out = append(out, hayon.MediaInput{Media: stored.ID, Alt: m.alt})
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
