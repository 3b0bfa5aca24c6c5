package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// postMedia are the flags of what is attached.
type postMedia struct {
	media, alts []string
	altPolicy   string
	noResize    bool
	stripEXIF   bool
}

func (o *postOptions) mediaFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&o.media, "media", "m", nil,
		`image or video to attach: PATH, or "PATH;alt=TEXT;focus=X,Y;for=ACCOUNTS;thumb=PATH" (repeat)`)
	f.StringArrayVar(&o.alts, "alt", nil, "description of an image, in the order of --media (repeat)")
	f.StringVar(&o.altPolicy, "alt-policy", "", "an image without a description: require one, warn or ignore (default warn)")
	f.BoolVar(&o.noResize, "no-resize", false, "leave the images their pixels; their quality may go down, and what is too large is refused")
	f.BoolVar(&o.stripEXIF, "strip-exif", true, "take place, time and camera out of the images")
}

// altPolicyOf is what --alt-policy or the configuration says.
func (o *postOptions) altPolicyOf() (hayon.AltPolicy, error) {
	policy := hayon.AltPolicy(cmp.Or(o.altPolicy, o.app.cfg.Post.AltPolicy))
	if !policy.Valid() {
		return "", notOneOf("--alt-policy", o.altPolicy, texts(hayon.AltPolicies()))
	}
	return policy, nil
}

// attachment is one --media with its description, what a cropped view keeps of it, who gets it, and the
// picture that stands for it.
type attachment struct {
	path, alt string
	focus     *hayon.Focus
	accounts  []string
	thumb     string
	// id is that of a medium that is stored already, in the place of a path.
	id                     hayon.MediaID
	noResize, keepMetadata bool
	// field is where a file says it; nil where a flag does.
	field []string
}

// attachments pairs --media with --alt. A description inside --media wins over none.
func (o *postOptions) attachments() ([]attachment, error) {
	out := make([]attachment, 0, len(o.media))
	for _, v := range o.media {
		if v == "" || v == "-" {
			return nil, hayon.Errorf(hayon.CodeUsage, "--media %q names no file", v).WithHint("give the path of a picture or video: -m a.png")
		}
		m, err := splitMedia(v)
		if err != nil {
			return nil, err
		}
		m.noResize, m.keepMetadata = o.noResize, !o.stripEXIF
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

// splitMedia reads PATH;alt=TEXT;focus=X,Y;for=LIST;thumb=PATH. A file whose name holds a semicolon is
// found by its whole name. A description may hold semicolons too, so it goes on to the next word that is
// known.
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
		if err := m.set(name, value); err != nil {
			e := hayon.AsError(err)
			return m, hayon.Errorf(hayon.CodeUsage, "--media %q: %s", v, e.Message).WithHint(e.Hint)
		}
	}
	return m, nil
}

// set puts what stands behind a word of --media where it belongs.
func (m *attachment) set(name, value string) (err error) {
	switch name {
	case "alt":
		m.alt = value
	case "focus":
		m.focus, err = parseFocus(value)
	case "for":
		if m.accounts = commaList(value); len(m.accounts) == 0 {
			err = hayon.Errorf(hayon.CodeUsage, "for= names no account").WithHint("write for=bluesky or for=bluesky,mastodon/work")
		}
	case "thumb":
		if m.thumb = value; value == "" {
			err = hayon.Errorf(hayon.CodeUsage, "thumb= names no file").WithHint("write thumb=cover.jpg")
		}
	default:
		words := mediaWords()
		hint := `write "PATH;alt=TEXT" or "PATH;alt=TEXT;focus=0.2,-0.5"; the words are: ` + strings.Join(words, ", ")
		err = hayon.Errorf(hayon.CodeUsage, "%q is not known there", name).WithHint(didYouMean(name, words) + hint)
	}
	return err
}

// mediaWords are what may stand behind the path of --media.
func mediaWords() []string { return []string{"alt", "focus", "for", "thumb"} }

// commaList are the words of a list with commas between them.
func commaList(s string) []string {
	var out []string
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	return out
}

// cutField is what stands before the next word that is known, and what follows it.
func cutField(s string) (field, rest string, more bool) {
	next := len(s)
	for _, word := range mediaWords() {
		if i := strings.Index(s, ";"+word+"="); i >= 0 && i < next {
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

// upload stores the files of --media. All are looked at before the first is stored. A dry run stores
// none, and tells what they are.
func (o *postOptions) upload(ctx context.Context, b *backend, dry bool) ([]hayon.MediaInput, error) {
	list, err := o.attachments()
	if err != nil {
		return nil, err
	}
	return o.attach(ctx, b, list, dry)
}

// attach is upload for media that are known.
func (o *postOptions) attach(ctx context.Context, b *backend, list []attachment, dry bool) ([]hayon.MediaInput, error) {
	for _, m := range list {
		if err := m.check(); err != nil {
			return nil, err
		}
	}
	var out []hayon.MediaInput
	for _, m := range list {
		in := m.input()
		var err error
		switch {
		case !m.id.IsZero():
			err = o.storeThumb(ctx, b, m, &in, dry)
		case dry:
			in.Facts, err = probeFile(m.path)
		default:
			err = o.store(ctx, b, m, &in)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, nil
}

// input is how a medium is to be used, wherever it is.
func (m attachment) input() hayon.MediaInput {
	return hayon.MediaInput{
		Media: m.id, Alt: m.alt, Focus: m.focus, For: m.accounts, NoResize: m.noResize, KeepMetadata: m.keepMetadata,
	}
}

// store stores a medium and the picture that stands for it.
func (o *postOptions) store(ctx context.Context, b *backend, m attachment, in *hayon.MediaInput) error {
	stored, err := o.app.uploadFile(ctx, b, m.path)
	if err != nil {
		return err
	}
	in.Media = stored.ID
	return o.storeThumb(ctx, b, m, in, false)
}

// storeThumb stores the picture that stands for a medium, where there is one.
func (o *postOptions) storeThumb(ctx context.Context, b *backend, m attachment, in *hayon.MediaInput, dry bool) error {
	if m.thumb == "" || dry {
		return nil
	}
	thumb, err := o.app.uploadFile(ctx, b, m.thumb)
	if err == nil {
		in.Thumb = thumb.ID
	}
	return err
}

func (m attachment) check() error {
	if m.id.IsZero() {
		if err := checkFile(m.path); err != nil {
			return err
		}
	}
	if m.thumb == "" {
		return nil
	}
	return checkFile(m.thumb)
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

func (a *app) uploadFile(ctx context.Context, b *backend, path string) (*hayon.Media, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
	}
	defer func() { _ = f.Close() }() // read only
	name := filepath.Base(path)
	r := a.watchUpload(f, name)
	defer r.done()
	return b.CreateMedia(ctx, r, name)
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
	info, err := media.ProbeFile(f) // as deep as when it is stored
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInvalid, "%s cannot be attached: %w", filepath.Base(path), err).
			WithHint("attach a JPEG, PNG, GIF or WebP image, or an MP4 or MOV video")
	}
	return &hayon.MediaFacts{
		Type: info.Type, Bytes: stat.Size(), Width: info.Width, Height: info.Height, Animated: info.Animated,
		Duration: info.Duration, Name: filepath.Base(path),
	}, nil
}
