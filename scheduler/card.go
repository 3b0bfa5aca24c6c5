package scheduler

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
	"github.com/hayon/hayon/text"
)

const (
	// pageWait bounds the reading of one page for a link card: nobody waits longer for one.
	pageWait = 15 * time.Second
	// pagesWait bounds the reading of all pages of a post.
	pagesWait = 30 * time.Second
)

// page is what was read for a link card, or why nothing was.
type page struct {
	card    hayon.Card
	picture *hayon.BlobRef // as it was sent
	failed  string
}

// checkCard refuses an address that is none.
func checkCard(c hayon.PostCreate) error {
	switch {
	case c.Card == "", c.Card == hayon.CardAuto, c.Card == hayon.CardNone, isAddress(c.Card):
		return nil
	}
	return hayon.Errorf(hayon.CodeUsage, "the card %q is no address", c.Card).
		WithHint("use --card auto, --card none or --card https://example.org/page")
}

// addCards gives each part the card of the first address in it, where the platform makes none itself and
// nothing else stands below the text.
func (s *Scheduler) addCards(info hayon.ProviderInfo, parts []hayon.Part, c hayon.PostCreate, m *materials) (notes []string) {
	meant := isAddress(c.Card)
	switch {
	case meant && !info.Cards:
		return []string{info.Title + " makes its cards itself: the one for " + c.Card + " is left out"}
	case !info.Cards || c.Card == hayon.CardNone || s.deps.Pages == nil:
		return nil
	}
	for i := range parts {
		p := &parts[i]
		address := firstLink(p.Text)
		if i == 0 && meant {
			address = c.Card
		}
		switch {
		case address == "", p.Quote != nil && p.Quote.URL == address:
			continue
		case len(p.Media) > 0, p.Poll != nil:
			if i == 0 && meant {
				notes = append(notes, "no link card: something else stands below the text")
			}
			continue
		}
		card, note := cardOf(info, address, m)
		p.Card = card
		if note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return notes
}

// firstLink is the first address in a text; "" for none.
func firstLink(body string) string {
	for _, f := range text.Facets(body) {
		if f.Kind == text.Link {
			return f.Value
		}
	}
	return ""
}

// cardOf is the card of an address; nil while it is not known, or where there is none, as the note says.
func cardOf(info hayon.ProviderInfo, address string, m *materials) (card *hayon.Card, note string) {
	if m.offline {
		return &hayon.Card{URL: address}, ""
	}
	p := m.pageFor(address)
	switch {
	case p == nil:
		return nil, ""
	case p.failed != "":
		return nil, "no link card: " + p.failed
	}
	out := p.card
	if p.picture != nil {
		n := thumbNeed(info, *p.picture, address)
		n.spare = true
		thumb, why := thumbOf(n, m)
		if why != nil { // a card without its picture is a card
			note = "the link card has no picture: " + why.text
		}
		out.Thumb = thumb
	}
	return &out, note
}

// readPage reads a page until then at most and stores its picture. That it cannot be read is no error: a
// card never stops a post.
func (s *Scheduler) readPage(ctx context.Context, address string, until time.Time) (*page, error) {
	bounded, cancel := context.WithTimeout(ctx, min(pageWait, time.Until(until)))
	defer cancel()
	found, err := s.openPage(bounded, address)
	switch {
	case ctx.Err() != nil:
		return nil, hayon.Errorf(hayon.CodeTimeout, "the page at %s was not read in time", hostOf(address)).WithCause(context.Cause(ctx))
	case err != nil:
		return &page{failed: hayon.AsError(err).Message}, nil
	case strings.TrimSpace(found.Title) == "" && strings.TrimSpace(found.Description) == "":
		return &page{failed: fmt.Sprintf("the page at %s says nothing of itself", hostOf(address))}, nil
	}
	out := &page{card: hayon.Card{URL: address, Title: found.Title, Description: found.Description}}
	if len(found.Image) == 0 || s.deps.Fitter == nil {
		return out, nil
	}
	info, err := media.Probe(bytes.NewReader(found.Image))
	if err != nil {
		return out, nil // a picture that is none is left out
	}
	sum, size, err := s.deps.Blobs.Put(ctx, bytes.NewReader(found.Image))
	if err != nil {
		return nil, err
	}
	out.picture = &hayon.BlobRef{SHA256: sum, Type: info.Type, Bytes: size, Width: info.Width, Height: info.Height}
	return out, nil
}

// openPage reads a page. What stands in one may break its reader, which takes nothing else with it.
func (s *Scheduler) openPage(ctx context.Context, address string) (p *hayon.Page, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = hayon.Errorf(hayon.CodeInternal, "the page at %s cannot be read", hostOf(address)).WithCause(panicked(v))
		}
	}()
	return s.deps.Pages.ReadPage(ctx, address)
}

// hostOf is the host of an address: a query may hold what is for nobody else.
func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}
