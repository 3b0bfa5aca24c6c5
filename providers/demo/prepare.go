package demo

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// The names of the handles.
const (
	handleContainer = "container"
	handleUpload    = "upload"
)

// content is the body of the irreversible call.
type content struct {
	Text    string            `json:"text"`
	Alts    []string          `json:"alts,omitempty"`
	Repost  string            `json:"repost,omitempty"`
	Langs   []string          `json:"langs,omitempty"`
	Options map[string]string `json:"options,omitempty"`
	Parent  string            `json:"parent,omitempty"`
	Root    string            `json:"root,omitempty"`
}

// Prepare checks the content, reads the pictures and, in the classes that have one, makes the
// container or the upload. What breaks a limit is invalid. Asked again, it answers the same bytes,
// and the container or upload that it answered before as long as that is worth keeping.
func (p *Provider) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	set, err := parseSettings(s.Account().Settings)
	if err != nil {
		return nil, err
	}
	if e := set.refused(wall()); e != nil {
		return nil, e
	}
	out := new(hayon.Prepared)
	if r.Earlier != nil && len(r.Earlier.Data) > 0 {
		*out = *r.Earlier
	} else if out.Data, err = p.compose(ctx, s.Account(), r); err != nil {
		return nil, err
	}
	switch set.class {
	case hayon.ClassA:
		out.Remote = p.remote(s.Account(), r.Part().Idem)
	case hayon.ClassC:
		err = p.handle(ctx, s.Account(), out, handleContainer, set.processing)
	case hayon.ClassF:
		err = p.handle(ctx, s.Account(), out, handleUpload, 0)
	case hayon.ClassB, hayon.ClassD, hayon.ClassE:
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (p *Provider) compose(ctx context.Context, a *hayon.Account, r hayon.PrepareRequest) ([]byte, error) {
	part := r.Part()
	c := content{Parent: r.Parent.ID, Root: r.Root.ID}
	var err error
	if part.Repost != nil {
		c.Repost, err = p.original(ctx, a, *part.Repost)
	} else if err = c.say(part, r.Target.Options); err == nil {
		err = uploadAll(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "demo: the post cannot be encoded").WithCause(err)
	}
	return data, nil
}

// say puts into c what a part says, if that is allowed.
func (c *content) say(part *hayon.Part, options map[string]string) error {
	var err error
	if c.Options, err = optionsOf(options); err != nil {
		return err
	}
	c.Text, c.Langs = text.Normalize(part.Text), part.Langs
	if err := check(c.Text, c.Options, part.Media); err != nil {
		return err
	}
	c.Alts = nil
	for _, m := range part.Media {
		c.Alts = append(c.Alts, m.Alt)
	}
	return nil
}

// optionsOf are those of the options that are known here and are set; nil for none.
func optionsOf(in map[string]string) (map[string]string, error) {
	var out map[string]string
	for _, o := range postOptions {
		v := in[o.Name]
		if v == "" {
			continue
		}
		if err := o.Check(v); err != nil {
			e := hayon.AsError(err)
			return nil, hayon.Errorf(hayon.CodeInvalid, "demo: %s", e.Message).WithHint(e.Hint)
		}
		if out == nil {
			out = make(map[string]string)
		}
		out[o.Name] = v
	}
	return out, nil
}

// handle puts the handle that out has, or a new one, into it, and when that is ready.
func (p *Provider) handle(ctx context.Context, a *hayon.Account, out *hayon.Prepared, kind string, processing time.Duration) error {
	l, err := p.ledger(a)
	if err != nil {
		return err
	}
	now := wall()
	name := out.Handles[kind]
	found, state, published, err := l.look(ctx, name, now)
	if err != nil {
		return err
	}
	if published == "" && (state == statusExpired || now.After(found.made.Add(handleLife/2))) {
		found = handle{made: now, ready: now.Add(processing)}
		if name, err = l.newHandle(ctx, kind[:1]+"-", found.ready, now); err != nil {
			return err
		}
	}
	out.Handles = maps.Clone(out.Handles)
	if out.Handles == nil {
		out.Handles = make(map[string]string)
	}
	out.Handles[kind], out.Expires, out.ReadyAt = name, found.made.Add(handleLife), time.Time{}
	if now.Before(found.ready) {
		out.ReadyAt = found.ready
	}
	return nil
}

func check(body string, options map[string]string, media []hayon.Attachment) error {
	if strings.TrimSpace(body) == "" && len(media) == 0 {
		return hayon.Errorf(hayon.CodeInvalid, "demo: the post is empty").WithHint("give it a text or a picture")
	}
	if n := text.Length(text.Rule{Unit: text.Graphemes}, body, options[hayon.OptionWarning]); n > maxGraphemes {
		return hayon.Errorf(hayon.CodeInvalid, "demo: the text has %d characters, %d are allowed", n, maxGraphemes).WithHint("shorten it")
	}
	if len(media) > maxImages {
		return hayon.Errorf(hayon.CodeInvalid, "demo: %d pictures, %d are allowed", len(media), maxImages).WithHint("leave some out")
	}
	for _, m := range media {
		if !slices.Contains(mediaTypes, m.Type) {
			return hayon.Errorf(hayon.CodeInvalid, "demo: %s is not taken", m.Type).WithHint("attach PNG, JPEG, GIF or WebP")
		}
		if m.Bytes > maxImageBytes {
			return hayon.Errorf(hayon.CodeInvalid, "demo: a picture has %d bytes, %d are allowed", m.Bytes, maxImageBytes).WithHint("make it smaller")
		}
		if n := text.Count(text.Graphemes, m.Alt); n > maxAlt {
			return hayon.Errorf(hayon.CodeInvalid, "demo: the alt text of a picture has %d characters, %d are allowed", n, maxAlt).WithHint("shorten it")
		}
	}
	return nil
}

func uploadAll(ctx context.Context, r hayon.PrepareRequest) error {
	for _, m := range r.Part().Media {
		if err := upload(ctx, r, m); err != nil {
			return err
		}
	}
	return nil
}

// upload reads a picture as a platform would; nobody keeps it.
func upload(ctx context.Context, r hayon.PrepareRequest, m hayon.Attachment) error {
	if r.Open == nil {
		return hayon.Errorf(hayon.CodeInternal, "demo: nobody can open the picture %s", m.Media)
	}
	body, err := r.Open(ctx, m)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if _, err := io.Copy(io.Discard, body); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "demo: the picture %s cannot be read", m.Media).WithCause(err)
	}
	return nil
}
