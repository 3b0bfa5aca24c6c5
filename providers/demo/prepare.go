package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// The names of the handles.
const (
	handleContainer = "container"
	handleUpload    = "upload"
)

// processingSteps is how often a container is asked for until it is ready.
const processingSteps = 5

// content is the body of the irreversible call.
type content struct {
	Text    string            `json:"text"`
	Alts    []string          `json:"alts,omitempty"`
	Media   []Medium          `json:"media,omitempty"`
	Facets  []Facet           `json:"facets,omitempty"`
	Repost  string            `json:"repost,omitempty"`
	Quote   string            `json:"quote,omitempty"`
	Card    *Card             `json:"card,omitempty"`
	Poll    *hayon.Poll       `json:"poll,omitempty"`
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
	} else if err = p.compose(ctx, s.Account(), set, r, out); err != nil {
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

// Card is the link card of a post, as the platform shows it.
type Card struct {
	URL         string `json:"url"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	// Thumb is the SHA-256 of its picture.
	Thumb string `json:"thumb,omitempty"`
}

// compose makes the bytes of the call, and what is known of the conversation that the part joins.
func (p *Provider) compose(ctx context.Context, a *hayon.Account, set settings, r hayon.PrepareRequest, out *hayon.Prepared) error {
	part := r.Part()
	var c content
	var err error
	if r.Index == 0 && r.Parent.IsZero() {
		r.Root = hayon.Remote{} // it begins one
	} else if r.Index == 0 {
		r.Parent, r.Root, err = p.answer(ctx, a, r.Parent)
		out.Root = r.Root
	}
	c.Parent, c.Root = r.Parent.ID, r.Root.ID
	if err == nil && part.Repost != nil {
		c.Repost, err = p.original(ctx, a, *part.Repost)
	} else if err == nil {
		err = p.write(ctx, a, set, r, &c)
	}
	if err != nil {
		return err
	}
	if out.Data, err = json.Marshal(c); err != nil {
		return hayon.Errorf(hayon.CodeInternal, "demo: the post cannot be encoded").WithCause(err)
	}
	return nil
}

// write puts into c what a part says and has, if that is allowed, and uploads what it has.
func (p *Provider) write(ctx context.Context, a *hayon.Account, set settings, r hayon.PrepareRequest, c *content) (err error) {
	part := r.Part()
	if err := p.say(set, part, r.Target.Options, c); err != nil {
		return err
	}
	if part.Quote != nil {
		if c.Quote, err = p.quoted(ctx, a, *part.Quote); err != nil {
			return err
		}
	}
	if part.Card != nil {
		c.Card = &Card{URL: part.Card.URL, Title: part.Card.Title, Description: part.Card.Description}
	}
	return p.upload(ctx, set, r, c)
}

// say puts into c what a part says, if that is allowed.
func (p *Provider) say(set settings, part *hayon.Part, options map[string]string, c *content) error {
	var err error
	if c.Options, err = optionsOf(options); err != nil {
		return err
	}
	c.Text, c.Langs, c.Poll = text.Normalize(part.Text), part.Langs, part.Poll
	if err := set.check(*c, part.Media); err != nil {
		return err
	}
	c.Facets, c.Alts = sent(facetsOf(c.Text, true)), nil
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
	out.Handles[kind], out.Expires = name, found.made.Add(handleLife)
	out.ReadyAt, out.Waits = found.waits(now)
	return nil
}

// waits is when to ask again for what is still being processed, and how far that is.
func (h handle) waits(now time.Time) (at time.Time, says string) {
	if !now.Before(h.ready) {
		return time.Time{}, ""
	}
	whole := h.ready.Sub(h.made)
	at = now.Add(max(whole/processingSteps, time.Second))
	if at.After(h.ready) {
		at = h.ready
	}
	return at, fmt.Sprintf("processing what was uploaded, %d %%", 100*now.Sub(h.made)/whole)
}
