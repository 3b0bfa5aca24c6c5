package site

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

const (
	// keepStaged is how long pictures of a post that is not out are kept. A worker that comes
	// later asks Prepare for them again.
	keepStaged = 7 * 24 * time.Hour
	// sweepStaged is when they are removed; the difference is room for clocks and long calls.
	sweepStaged = keepStaged + 24*time.Hour
)

// Prepare composes the file and stages the pictures in the folder's hidden part. Nothing of it
// is public. What breaks a limit is invalid; a folder that cannot be written is local.
func (p *Provider) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	at, err := p.place(s.Account())
	if err != nil {
		return nil, err
	}
	var d draft
	if r.Earlier != nil && len(r.Earlier.Data) > 0 {
		d, err = decodeDraft(r.Earlier.Data)
	} else {
		d, err = p.compose(at, r)
	}
	if err != nil {
		return nil, err
	}
	if err := stage(ctx, at, d, r); err != nil {
		return nil, err
	}
	data, err := json.Marshal(d)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "site: the post cannot be encoded").WithCause(err)
	}
	out := &hayon.Prepared{Data: data, Remote: at.remote(d.File, d.Markdown)}
	if len(d.Pictures) > 0 {
		out.Expires = time.Now().UTC().Add(keepStaged)
	}
	return out, nil
}

func (p *Provider) compose(at place, r hayon.PrepareRequest) (draft, error) {
	part := r.Part()
	body := legal(text.Normalize(part.Text))
	if err := check(body, part.Media); err != nil {
		return draft{}, err
	}
	set, err := wishesOf(r.Target.Options)
	if err != nil {
		return draft{}, err
	}
	if part.Poll != nil {
		return draft{}, hayon.Errorf(hayon.CodeInvalid, "site: nobody could answer a poll in a folder").
			WithHint("leave the site out: --not site")
	}
	answers, err := answered(part)
	if err != nil {
		return draft{}, err
	}
	file := part.Idem
	if file == "" {
		file = p.NewIdem(r.Target, r.Index, r.Now)
	}
	if !safeName(file) {
		return draft{}, hayon.Errorf(hayon.CodeInvalid, "site: %q is no name for a post's file", file)
	}
	d := draft{ID: uuidOf(r.Target.ID, r.Index)}
	if d.File, err = freeName(at, file, d.ID, r.Target.ID); err != nil {
		return draft{}, err
	}
	for i, m := range part.Media {
		d.Pictures = append(d.Pictures, pictureFor(m, fmt.Sprintf("%s-%d", strings.TrimSuffix(d.File, postExt), i+1)))
	}
	now := r.Now.UTC().Truncate(time.Second)
	it := item{File: d.File, ID: d.ID, Date: now, Updated: now, InReplyTo: answers, Pictures: d.Pictures}
	it.say(body, part.Langs, set)
	d.Markdown, err = it.markdown()
	return d, err
}

// pictureFor is an attachment as a file of the folder, with this name without its ending.
func pictureFor(m hayon.Attachment, name string) picture {
	pic := picture{File: name + extensions[m.Type], Alt: altOf(m), SHA256: m.SHA256, Type: m.Type, Bytes: m.Bytes}
	if t := m.Thumb; t != nil && pic.isVideo() {
		pic.Poster = &picture{File: name + "-poster" + extensions[t.Type], SHA256: t.SHA256, Type: t.Type, Bytes: t.Bytes}
	}
	return pic
}

func altOf(m hayon.Attachment) string { return oneLine(legal(text.Normalize(m.Alt))) }

func check(body string, media []hayon.Attachment) error {
	if strings.TrimSpace(body) == "" && len(media) == 0 {
		return hayon.Errorf(hayon.CodeInvalid, "site: the post is empty").WithHint("give it a text or a picture")
	}
	if n := text.Count(text.Bytes, body); n > maxTextBytes {
		return hayon.Errorf(hayon.CodeInvalid, "site: the text has %d bytes, %d are allowed", n, maxTextBytes).
			WithHint("shorten it")
	}
	if len(media) > maxImages {
		return hayon.Errorf(hayon.CodeInvalid, "site: %d pictures, %d are allowed", len(media), maxImages).
			WithHint("leave some out, or make two posts")
	}
	for _, m := range media {
		if err := checkMedium(m); err != nil {
			return err
		}
	}
	return nil
}

func checkMedium(m hayon.Attachment) error {
	limit := maxImageBytes
	if m.Type == videoMP4 {
		limit = maxVideoBytes
	}
	switch {
	case extensions[m.Type] == "":
		return hayon.Errorf(hayon.CodeInvalid, "site: %s is %s, which is not taken", nameOf(m), m.Type).
			WithHint("attach PNG, JPEG, GIF, WebP, AVIF or MP4")
	case m.Bytes > int64(limit):
		return hayon.Errorf(hayon.CodeInvalid, "site: %s has %d bytes, %d are allowed", nameOf(m), m.Bytes, limit).
			WithHint("make it smaller")
	case m.Thumb != nil && (m.Thumb.Type == videoMP4 || extensions[m.Thumb.Type] == "" || m.Thumb.Bytes > maxImageBytes):
		return hayon.Errorf(hayon.CodeInvalid, "site: what stands for %s is no picture that is taken", nameOf(m)).
			WithHint("give a PNG or JPEG")
	}
	return nil
}

func nameOf(m hayon.Attachment) string {
	if m.Name != "" {
		return m.Name
	}
	return "a picture"
}

// safeName reports whether name is a plain name of a post's file in the folder itself.
func safeName(name string) bool {
	return strings.HasSuffix(name, postExt) && !strings.HasPrefix(name, ".") && len(name) <= 200 &&
		!strings.ContainsAny(name, "/\\:\x00()[] \n") && filepath.IsLocal(name)
}

// freeName is the name, or, where another post has it, the name with the whole id in it: four
// random digits meet once in a million pairs of the same day and title.
func freeName(at place, name, id string, target hayon.TargetID) (string, error) {
	f, err := openFolder(at.dir)
	if err != nil {
		return "", err
	}
	defer f.close()
	content, err := f.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return name, nil
	}
	if err == nil {
		if it, err := parse(name, content); err == nil && it.ID == id {
			return name, nil
		}
	}
	return strings.TrimSuffix(name, postExt) + "-" + target.Digits() + postExt, nil
}

// stage copies the pictures into the hidden part of the folder.
func stage(ctx context.Context, at place, d draft, r hayon.PrepareRequest) error {
	if len(d.Pictures) == 0 {
		return nil
	}
	f, err := openFolder(at.dir)
	if err != nil {
		return err
	}
	defer f.close()
	if err := f.acquire(ctx); err != nil {
		return err
	}
	if err := f.root.MkdirAll(stageOf(d.File), privateDir); err != nil {
		return localError("write to", at.dir, err)
	}
	for i, m := range r.Part().Media {
		if i >= len(d.Pictures) {
			break
		}
		for k, pic := range d.Pictures[i].files() {
			if k > 0 {
				if m.Thumb == nil {
					break
				}
				m = m.Thumb.Attachment()
			}
			if f.holds(pic.File, m.SHA256) || f.holds(staged(d.File, pic), m.SHA256) {
				continue
			}
			if err := stageOne(ctx, f, staged(d.File, pic), m, r.Open); err != nil {
				return err
			}
		}
	}
	return nil
}

func stageOf(file string) string             { return path.Join(stageDir, strings.TrimSuffix(file, postExt)) }
func staged(file string, pic picture) string { return path.Join(stageOf(file), pic.File) }

func stageOne(ctx context.Context, f *folder, name string, m hayon.Attachment,
	open func(context.Context, hayon.Attachment) (io.ReadCloser, error),
) error {
	if open == nil {
		return hayon.Errorf(hayon.CodeInternal, "site: nobody can open %s", nameOf(m))
	}
	content, err := open(ctx, m)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	sum := sha256.New()
	if err := f.writeNew(name, io.TeeReader(io.LimitReader(content, maxVideoBytes+1), sum)); err != nil {
		return localError("write to", f.dir, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != m.SHA256 {
		_ = f.root.Remove(name)
		return hayon.Errorf(hayon.CodeLocal, "site: the stored bytes of %s are damaged; nothing is published", nameOf(m)).
			WithHint("attach it again").WithDetail("sha256", m.SHA256)
	}
	return nil
}

func decodeDraft(data []byte) (draft, error) {
	var d draft
	if err := json.Unmarshal(data, &d); err != nil || !safeName(d.File) {
		return draft{}, hayon.Errorf(hayon.CodeInvalid, "site: what was prepared cannot be read; nothing is published").
			WithHint("hayon retry ID").WithCause(err)
	}
	for _, pic := range d.files() {
		if !filepath.IsLocal(pic.File) || strings.ContainsAny(pic.File, `/\`) {
			return draft{}, hayon.Errorf(hayon.CodeInvalid, "site: %q is no name for a picture's file", pic.File)
		}
	}
	return d, nil
}
