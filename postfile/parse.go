package postfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads a file. The path says its kind, is repeated in the problems, and nothing is opened. What is wrong
// is told as [Problems]: all of it, but where the YAML or JSON itself cannot be read only that, and no File. Where
// keys or values are wrong the File is answered beside the problems without them, for whoever looks for more that
// is wrong.
func Parse(path string, content []byte) (*File, error) {
	f := &File{Path: path, Kind: KindOf(path), places: make(places)}
	r := &reader{path: path, places: f.places}
	src, ok := r.decode(content)
	if ok {
		f.read(r, src)
	}
	r.countCharacters(src)
	if err := r.problems.or(); err != nil {
		if !r.mapping {
			f = nil
		}
		return f, err
	}
	return f, nil
}

// countCharacters makes columns in bytes, in which files are read, those in characters that are told.
func (r *reader) countCharacters(src string) {
	if utf8.RuneCountInString(src) == len(src) {
		return
	}
	lines, counts := strings.Split(src, "\n"), make(map[int][]int)
	column := func(line, column int) int {
		if line > len(lines) || utf8.RuneCountInString(lines[line-1]) == len(lines[line-1]) {
			return column
		}
		before, made := counts[line]
		if !made {
			before = charactersBefore(lines[line-1])
			counts[line] = before
		}
		last := len(before) - 1
		return 1 + before[min(column-1, last)] + max(column-1-last, 0)
	}
	for key, p := range r.places {
		r.places[key] = place{p.line, column(p.line, p.column)}
	}
	for _, p := range r.problems {
		p.Column = column(p.Line, p.Column)
	}
}

// charactersBefore counts the characters before each byte of a line, and before its end.
func charactersBefore(line string) []int {
	out, n := make([]int, 0, len(line)+1), 0
	for i := range len(line) {
		out = append(out, n)
		if i+1 == len(line) || utf8.RuneStart(line[i+1]) {
			n++
		}
	}
	return append(out, n)
}

// decode refuses what is no text, and answers the rest without a byte order mark and with \n at the ends of lines.
func (r *reader) decode(content []byte) (string, bool) {
	if len(content) > maxBytes {
		r.wrong(place{1, 1}, nil, fmt.Sprintf("the file has %d bytes; a post file has at most %d", len(content), maxBytes), "name the file of a post; pictures and videos go under media:")
		return "", false
	}
	src := strings.TrimPrefix(string(content), "\ufeff")
	if i := invalidUTF8(src); i >= 0 {
		hint := "store the file as UTF-8"
		if bytes.HasPrefix(content, []byte{0xFF, 0xFE}) || bytes.HasPrefix(content, []byte{0xFE, 0xFF}) {
			hint = "the file is UTF-16; store it as UTF-8"
		}
		r.wrong(placeOf(src, i), nil, fmt.Sprintf("the byte 0x%02X is not UTF-8", src[i]), hint)
		return src, false
	}
	src = strings.ReplaceAll(src, "\r\n", "\n")
	if i := strings.IndexFunc(src, forbidden); i >= 0 {
		c, _ := utf8.DecodeRuneInString(src[i:])
		r.wrong(placeOf(src, i), nil, fmt.Sprintf("holds the control character %U", c), "take it out; a post file is text")
		return src, false
	}
	return src, true
}

func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, c := range s {
		if c == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return i
		}
	}
	return -1
}

// placeOf is the place of a byte.
func placeOf(s string, at int) place {
	return place{1 + strings.Count(s[:at], "\n"), at - strings.LastIndexByte(s[:at], '\n')}
}

func (f *File) read(r *reader, src string) {
	r.put(nil, place{1, 1})
	switch f.Kind {
	case Markdown:
		f.readMarkdown(r, src)
	case JSON:
		if n := r.parseJSON(src); n != nil {
			f.readKeys(r, n)
		}
	case YAML:
		if n := r.parseYAML(src, 0); n != nil {
			f.readKeys(r, n)
		}
	case Text:
		f.Text = strings.TrimSuffix(src, "\n")
	}
}

// readKeys reads the mapping that a file is, or that its front matter is.
func (f *File) readKeys(r *reader, n *node) {
	if n.kind != kindTable {
		if n.kind != kindWrong {
			r.wrong(n.at, nil, f.noMapping(n), f.mappingHint())
		}
		return
	}
	r.mapping = true
	all := append(fields(), bodyField())
	known := make([]string, len(all))
	for i, field := range all {
		known[i] = field.key
	}
	if f.Kind == Markdown {
		known = known[:len(known)-1]
	}
	var rest node
	for _, e := range n.entries {
		i := slices.IndexFunc(all, func(field field) bool { return field.key == e.key })
		switch {
		case i >= 0:
			all[i].read(r, e.value, []string{e.key}, f)
		case later(e.key) != "":
			r.wrong(e.at, nil, later(e.key), "give the time of the post: at: tomorrow 9am")
		default:
			rest.entries = append(rest.entries, e)
		}
	}
	r.keys(&rest, nil, known, nil)
	f.conflicts(r, n)
}

// later says of keys of which people have read that they will be, that they are not yet.
func later(key string) string {
	switch key {
	case "queue":
		return "this version has no queues"
	case "every":
		return "this version has no recurring posts"
	}
	return ""
}

func (f *File) noMapping(n *node) string {
	if f.Kind == Markdown {
		return "what stands between the lines of --- is " + n.kind.String() + ", and front matter is a mapping"
	}
	if n.kind == kindNull {
		return "the file is empty"
	}
	return "the file is " + n.kind.String() + ", and a post is a mapping"
}

func (f *File) mappingHint() string {
	switch f.Kind {
	case Markdown:
		return "write keys there, as to: bluesky; a text that begins with --- gets an empty line before it"
	case JSON:
		return `write {"to": ["bluesky"], "body": "Hello"}`
	case YAML, Text:
	}
	return "write keys, as to: bluesky and body: Hello"
}

// conflicts refuses keys that exclude each other, at the later one.
func (f *File) conflicts(r *reader, n *node) {
	given := func(key string) bool {
		v := n.get(key)
		switch {
		case v == nil || v.kind == kindNull || v.kind == kindWrong:
			return false
		case key == "draft" || key == "continue":
			return v.kind == kindTruth && v.text == "true"
		}
		return v.kind != kindText || v.text != ""
	}
	exclude := func(hint string, keys ...string) {
		first := ""
		for _, e := range n.entries {
			if !slices.Contains(keys, e.key) || !given(e.key) {
				continue
			}
			if first != "" && first != e.key {
				r.wrong(e.at, []string{e.key}, "cannot go with "+first, hint)
				continue
			}
			first = e.key
		}
	}
	exclude("keep one of at, in and draft", "at", "in", "draft")
	exclude("keep one of reply_to and continue", "reply_to", "continue")
	if text := n.get("text"); text != nil && text.kind != kindTable && f.Kind != Markdown {
		exclude("keep body for all, and under text: other texts by account", "body", "text")
	}
	if !given("repost") {
		return
	}
	for _, e := range n.entries {
		if slices.Contains([]string{"body", "text", "parts", "media", "poll"}, e.key) && given(e.key) {
			r.wrong(e.at, []string{e.key}, "cannot go with repost", "a repost has no text and no media of its own; take them out, or write quote: for repost:")
		}
	}
	if at, ok := f.places[placeKey(nil)]; ok && f.Kind == Markdown && strings.TrimSpace(f.Text) != "" {
		r.wrong(at, nil, "a text cannot go with repost", "a repost has no text of its own; take it out, or write quote: for repost:")
	}
}
