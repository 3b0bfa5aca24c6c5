package cards

import (
	"html"
	"strings"
)

// scanner finds the tags of a page. It builds no tree and never fails: what is broken is passed over as
// browsers do. The time that it takes grows with the length of the page and with nothing else.
type scanner struct {
	src string
	pos int
}

// tag is a tag, or an element whose content is text.
type tag struct {
	name string // in lower case
	end  bool   // </name>
	// empty is set for <name/>.
	empty bool
	attrs []attr
	// text is the content of a title.
	text string
}

type attr struct{ name, value string }

// attr is the value of an attribute; "" where there is none. The first of several counts.
func (t *tag) attr(name string) string {
	for _, a := range t.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// next is the next tag; false at the end of the page. A tag that does not end is none.
func (s *scanner) next() (tag, bool) {
	for s.skipTo("<") {
		rest := s.src[s.pos:]
		switch {
		case strings.HasPrefix(rest, "!--"):
			s.comment()
		case strings.HasPrefix(rest, "!"), strings.HasPrefix(rest, "?"):
			s.skipTo(">")
		case len(rest) > 1 && rest[0] == '/' && isLetter(rest[1]):
			s.pos++
			t, ok := s.tag()
			t.end = true
			return t, ok
		case strings.HasPrefix(rest, "/"):
			s.skipTo(">")
		case rest != "" && isLetter(rest[0]):
			t, ok := s.tag()
			if ok {
				t.text = s.content(t.name)
			}
			return t, ok
		}
	}
	return tag{}, false
}

// skipTo goes behind the next stop, or to the end.
func (s *scanner) skipTo(stop string) bool {
	i := strings.Index(s.src[s.pos:], stop)
	if i < 0 {
		s.pos = len(s.src)
		return false
	}
	s.pos += i + len(stop)
	return true
}

// comment goes behind a comment, from its "!--". <!--> and <!---> are whole ones.
func (s *scanner) comment() {
	s.pos += len("!--")
	for _, short := range []string{">", "->"} {
		if strings.HasPrefix(s.src[s.pos:], short) {
			return
		}
	}
	for s.skipTo("--") {
		for strings.HasPrefix(s.src[s.pos:], "-") {
			s.pos++
		}
		for _, stop := range []string{">", "!>"} {
			if strings.HasPrefix(s.src[s.pos:], stop) {
				s.pos += len(stop)
				return
			}
		}
	}
}

// tag reads a tag from its name on.
func (s *scanner) tag() (tag, bool) {
	t := tag{name: strings.ToLower(s.until(" \t\n\r\f/>"))}
	for {
		s.skip(" \t\n\r\f")
		if s.pos == len(s.src) {
			return tag{}, false
		}
		switch s.src[s.pos] {
		case '>':
			s.pos++
			return t, true
		case '/':
			s.pos++
			t.empty = strings.HasPrefix(s.src[s.pos:], ">")
			continue
		}
		if a, wanted := s.attribute(t.name); wanted {
			t.attrs = append(t.attrs, a)
		}
	}
}

// attribute reads an attribute of a tag. Only the values that somebody asks for are kept.
func (s *scanner) attribute(of string) (attr, bool) {
	start := s.pos
	s.pos++ // an equals sign in front belongs to the name
	s.until(" \t\n\r\f/>=")
	name := s.src[start:s.pos]
	s.skip(" \t\n\r\f")
	if !strings.HasPrefix(s.src[s.pos:], "=") {
		return attr{}, false
	}
	s.pos++
	s.skip(" \t\n\r\f")
	value := s.value()
	if of != "meta" && of != "link" && of != "base" {
		return attr{}, false
	}
	return attr{strings.ToLower(name), unescapeValue(value)}, true
}

func (s *scanner) value() string {
	for _, quote := range []string{`"`, `'`} {
		if strings.HasPrefix(s.src[s.pos:], quote) {
			s.pos++
			start := s.pos
			if s.skipTo(quote) {
				return s.src[start : s.pos-1]
			}
			return ""
		}
	}
	return s.until(" \t\n\r\f>")
}

// until reads up to one of the stops, or to the end.
func (s *scanner) until(stops string) string {
	start := s.pos
	if i := strings.IndexAny(s.src[s.pos:], stops); i >= 0 {
		s.pos += i
	} else {
		s.pos = len(s.src)
	}
	return s.src[start:s.pos]
}

func (s *scanner) skip(chars string) {
	for s.pos < len(s.src) && strings.IndexByte(chars, s.src[s.pos]) >= 0 {
		s.pos++
	}
}

// content goes behind an element in which tags are text, and gives that text for a title.
func (s *scanner) content(name string) string {
	switch name {
	case "title", "script", "style", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript":
	default:
		return ""
	}
	start := s.pos
	for s.skipTo("</") {
		rest := s.src[s.pos:]
		if len(rest) > len(name) && strings.EqualFold(rest[:len(name)], name) && strings.IndexByte(" \t\n\r\f/>", rest[len(name)]) >= 0 {
			text := s.src[start : s.pos-len("</")]
			s.skipTo(">")
			return titleOnly(name, text)
		}
	}
	return titleOnly(name, s.src[start:])
}

func titleOnly(name, text string) string {
	if name != "title" {
		return ""
	}
	return html.UnescapeString(text)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// unescapeValue replaces entities in the value of an attribute, where &copy=1 is a part of an address and
// not a sign: without its semicolon an entity counts only before what cannot be its name.
func unescapeValue(v string) string {
	if !strings.Contains(v, "&") {
		return v
	}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(v, "&")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		n := len(rest) - len(strings.TrimLeft(rest, "#abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
		entity := "&" + rest[:n]
		v = rest[n:]
		switch {
		case strings.HasPrefix(v, ";"):
			out.WriteString(html.UnescapeString(entity + ";"))
			v = v[1:]
		case strings.HasPrefix(v, "="), !strings.HasPrefix(entity, "&#") && html.UnescapeString(entity) != html.UnescapeString(entity+";"):
			out.WriteString(entity)
		default:
			out.WriteString(html.UnescapeString(entity))
		}
	}
}
