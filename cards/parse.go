package cards

import (
	"net/url"
	"strings"

	"github.com/hayon/hayon"
)

// What is kept of texts, in grapheme clusters.
const (
	maxTitle       = 300
	maxDescription = 1000
)

// meta is what a page says of itself, word for word. The first of several counts.
type meta struct {
	values map[string]string // by the name of the property, such as og:title
	title  string            // of the element
	base   string
	// pictures are the addresses of pictures that were given by Open Graph so far; what describes the
	// second is not kept.
	pictures int
	svg      int // how deep in drawings, whose titles are not the page's
	behind   bool
}

// kept are the properties that are kept, and how they are called here.
func kept(property string) string {
	switch property = strings.ToLower(property); property {
	case "og:title", "og:description", "og:site_name", "og:url",
		"og:image", "og:image:secure_url", "og:image:alt",
		"twitter:title", "twitter:description", "twitter:image", "twitter:image:alt", "description":
		return property
	case "og:image:url":
		return "og:image"
	case "twitter:image:src":
		return "twitter:image"
	}
	return ""
}

// scan reads a page up to where nothing more is needed. Whole pages are read where the head does not have what
// a card needs: not every page has its properties in the head.
func scan(page string) *meta {
	m := &meta{values: map[string]string{}}
	s := scanner{src: page}
	for !m.done() {
		t, ok := s.next()
		if !ok {
			break
		}
		m.see(&t)
	}
	return m
}

// done tells that the head is behind and everything is known.
func (m *meta) done() bool {
	return m.behind && m.values["og:title"] != "" && m.values["og:description"] != "" && m.values["og:image"] != ""
}

func (m *meta) see(t *tag) {
	switch {
	case t.name == "svg":
		m.drawing(t)
	case t.name == "head" && t.end, t.name == "body":
		m.behind = true
	case t.end:
	case t.name == "title" && m.title == "" && m.svg == 0:
		m.title = t.text
	case t.name == "base" && m.base == "":
		m.base = t.attr("href")
	case t.name == "link":
		m.link(t)
	case t.name == "meta":
		m.property(t)
	}
}

func (m *meta) drawing(t *tag) {
	switch {
	case t.end:
		m.svg = max(m.svg-1, 0)
	case !t.empty:
		m.svg++
	}
}

func (m *meta) link(t *tag) {
	for rel := range strings.FieldsSeq(strings.ToLower(t.attr("rel"))) {
		if rel == "canonical" || rel == "image_src" {
			m.keep(rel, t.attr("href"))
		}
	}
}

func (m *meta) property(t *tag) {
	content := t.attr("content")
	for _, names := range []string{t.attr("property"), t.attr("name")} {
		for name := range strings.FieldsSeq(names) {
			m.keep(kept(name), content)
		}
	}
}

func (m *meta) keep(name, value string) {
	value = strings.TrimSpace(value)
	if name == "" || value == "" {
		return
	}
	if name == "og:image" && value != m.values[name] {
		m.pictures++
	}
	if strings.HasPrefix(name, "og:image:") && m.pictures > 1 {
		return
	}
	if m.values[name] == "" {
		m.values[name] = value
	}
}

// text is the first of the values that is a text, on one line and at most width grapheme clusters long.
func (m *meta) text(width int, names ...string) string {
	for _, name := range names {
		value := m.values[name]
		if name == "title" {
			value = m.title
		}
		if value = clip(value, width); value != "" {
			return value
		}
	}
	return ""
}

// parse is the page at an address from its body, which may be cut off.
func parse(body []byte, declared string, at *url.URL) finding {
	m := scan(decode(body, declared))
	base := at
	if b := resolve(at, m.base); b != nil && m.base != "" {
		base = b
	}
	f := finding{page: hayon.Page{
		Canonical:   m.canonical(base, at).String(),
		Title:       m.text(maxTitle, "og:title", "twitter:title", "title"),
		Description: m.text(maxDescription, "og:description", "twitter:description", "description"),
		Site:        m.text(maxTitle, "og:site_name"),
	}}
	if f.page.Title == "" {
		f.page.Title = shown(at.Hostname())
	}
	f.picture, f.page.ImageAlt = m.picture(base)
	return f
}

func (m *meta) canonical(base, at *url.URL) *url.URL {
	for _, name := range []string{"og:url", "canonical"} {
		if u := m.address(base, name); u != nil {
			return u
		}
	}
	return at
}

// picture is the address of the picture with the words for it; nil for none.
func (m *meta) picture(base *url.URL) (u *url.URL, alt string) {
	for _, name := range []string{"og:image:secure_url", "og:image", "twitter:image", "image_src"} {
		if u := m.address(base, name); u != nil {
			return u, m.text(maxDescription, "og:image:alt", "twitter:image:alt")
		}
	}
	return nil, ""
}

func (m *meta) address(base *url.URL, name string) *url.URL {
	if m.values[name] == "" {
		return nil
	}
	return resolve(base, m.values[name])
}

// resolve is an address that a page gives; nil for what is none of the web. Blanks are common in the
// addresses of pictures.
func resolve(base *url.URL, address string) *url.URL {
	if len(address) > maxAddress || strings.ContainsFunc(address, isUnread) {
		return nil
	}
	u, err := base.Parse(strings.ReplaceAll(strings.TrimSpace(address), " ", "%20"))
	if err != nil || (guard{private: true}).parsed(u) != nil {
		return nil
	}
	return u
}
