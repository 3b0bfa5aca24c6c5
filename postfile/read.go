package postfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a file. Nothing that a person writes comes near; what is above is refused before it costs much.
const (
	maxBytes  = 1 << 20
	maxYAML   = 256 << 10 // bytes, of front matter also; its lexer is slow
	maxDepth  = 8         // of lists and mappings in one another
	maxItems  = 100       // media, or parts; also problems that are told
	maxKeys   = 500       // of one mapping
	maxKey    = 128       // bytes of a key
	maxNumber = 64        // bytes of a number
)

// reader turns nodes into a [File] and collects all that is wrong.
type reader struct {
	path     string
	problems Problems
	places   places
	mapping  bool // the file, or its front matter, is a mapping that could be read
}

// wrong adds a problem. A file with more than a hundred is no post, and nobody reads them.
func (r *reader) wrong(at place, field []string, reason, hint string) {
	if len(r.problems) == maxItems {
		return
	}
	r.problems = append(r.problems, &Problem{
		Path: r.path, Line: at.line, Column: at.column, Field: strings.Join(field, "."), Reason: reason, Hint: hint,
	})
}

// below is the path of a key in a value.
func below(field []string, key string) []string { return append(slices.Clip(field), key) }

// put remembers where a value stands.
func (r *reader) put(field []string, at place) { r.places[placeKey(field)] = at }

// another says that a value is of another kind than the one that is wanted.
func (r *reader) another(n *node, field []string, want, hint string) {
	if n.kind != kindWrong {
		r.wrong(n.at, field, fmt.Sprintf("is %s; it takes %s", n.kind, want), hint)
	}
}

// text reads a text, or a number as it is spelled; ok is false where it is something else.
func (r *reader) text(n *node, field []string) (s string, ok bool) {
	r.put(field, n.at)
	switch n.kind {
	case kindNull:
		return "", true
	case kindText, kindNumber:
		return n.text, r.clean(n, field)
	case kindTruth:
		r.another(n, field, "a text", "put it between quotes: "+field[len(field)-1]+`: "`+n.text+`"`)
	default:
		hint := "write it as " + field[len(field)-1] + `: "…"`
		if _, err := strconv.Atoi(field[len(field)-1]); err == nil && len(field) > 1 { // an item of a list
			hint = `write it as "…"`
		}
		r.another(n, field, "a text", hint)
	}
	return "", false
}

// clean refuses characters that no text has, which can be written in escapes.
func (r *reader) clean(n *node, field []string) bool {
	if i := strings.IndexFunc(n.text, forbidden); i >= 0 {
		c, _ := utf8.DecodeRuneInString(n.text[i:])
		r.wrong(n.at, field, fmt.Sprintf("holds the control character %U", c), "leave it out")
		return false
	}
	return true
}

// forbidden reports whether a character can be in no file: the control characters but for tab and newline.
func forbidden(c rune) bool { return unicode.IsControl(c) && c != '\t' && c != '\n' }

// truth reads true or false.
func (r *reader) truth(n *node, field []string) bool {
	r.put(field, n.at)
	switch {
	case n.kind == kindTruth:
		return n.text == "true"
	case n.kind == kindText && len(n.text) < maxNumber:
		r.wrong(n.at, field, fmt.Sprintf("%q is not true or false", n.text), truthHint(field))
	case n.kind != kindNull:
		r.another(n, field, "true or false", truthHint(field))
	}
	return false
}

func truthHint(field []string) string {
	key := field[len(field)-1]
	return "write " + key + ": true or " + key + ": false"
}

// words reads a list of texts; one text stands for a list of one, and with commas for one of more.
func (r *reader) words(n *node, field []string) []string {
	if n.kind != kindText && n.kind != kindNumber {
		return r.texts(n, field)
	}
	r.put(field, n.at)
	if !r.clean(n, field) {
		return nil
	}
	var out []string
	for word := range strings.SplitSeq(n.text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			out = append(out, word)
		}
	}
	if out == nil && n.text != "" {
		r.wrong(n.at, field, fmt.Sprintf("%q names nothing", n.text), "leave the key out")
	}
	return out
}

// texts reads a list of texts of which none is empty; one text stands for a list of one.
func (r *reader) texts(n *node, field []string) []string {
	r.put(field, n.at)
	var out []string
	switch n.kind {
	case kindNull:
	case kindText, kindNumber:
		if s, ok := r.text(n, field); ok && s != "" {
			out = append(out, s)
		}
	case kindList:
		for i, item := range n.items {
			if s, ok := r.item(item, below(field, strconv.Itoa(i))); ok {
				out = append(out, s)
			}
		}
	default:
		r.another(n, field, "a list of texts", "write it as "+field[len(field)-1]+": [one, two]")
	}
	return out
}

func (r *reader) item(n *node, field []string) (string, bool) {
	s, ok := r.itemText(n, field)
	if ok && s == "" {
		r.wrong(n.at, field, "is empty", "leave the item out, or write something")
		return "", false
	}
	return s, ok
}

func (r *reader) itemText(n *node, field []string) (string, bool) {
	if n.kind == kindTruth {
		r.put(field, n.at)
		r.another(n, field, "a text", `put it between quotes: "`+n.text+`"`)
		return "", false
	}
	return r.text(n, field)
}

// table reads texts by name.
func (r *reader) table(n *node, field []string, value func(n *node, field []string) (string, bool)) map[string]string {
	r.put(field, n.at)
	if n.kind == kindNull {
		return nil
	}
	if n.kind != kindTable {
		r.another(n, field, "a mapping", "write it as "+field[len(field)-1]+": {name: value}")
		return nil
	}
	var out map[string]string
	for _, e := range n.entries {
		r.places[keyOf(below(field, e.key))] = e.at
		s, ok := value(e.value, below(field, e.key))
		if ok {
			if out == nil {
				out = make(map[string]string)
			}
			out[e.key] = s
		}
	}
	return out
}

// literal is like text, and takes true and false as they are spelled.
func (r *reader) literal(n *node, field []string) (string, bool) {
	if n.kind == kindTruth {
		r.put(field, n.at)
		return n.text, true
	}
	return r.text(n, field)
}

// keys reads the entries of a mapping whose keys are known.
func (r *reader) keys(n *node, field []string, known []string, read func(e entry, field []string)) {
	for _, e := range n.entries {
		if slices.Contains(known, e.key) {
			read(e, below(field, e.key))
			continue
		}
		if len(r.problems) == maxItems {
			return
		}
		hint := "the keys are: " + strings.Join(known, ", ")
		if near := nearest(e.key, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		r.wrong(e.at, field, fmt.Sprintf("unknown key %q", e.key), hint)
	}
}

// nearest is the word that s was probably meant to be; "" where none is near. Blanks and dashes count as the
// underscores that the keys have.
func nearest(s string, words []string) string {
	s = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s))
	best, least := "", max(1, len(s)/3)
	if len(s) > maxNumber {
		return ""
	}
	for _, w := range words {
		d := distance(s, w)
		if len(s) > 2 && (strings.HasPrefix(w, s) || strings.HasPrefix(s, w) && len(w) > 2) {
			d = min(d, 1)
		}
		if d <= least && (d < least || best == "") && d < len(s) {
			best, least = w, d
		}
	}
	return best
}

// distance counts the bytes to add, drop, replace or swap with the next that make a out of b.
func distance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
