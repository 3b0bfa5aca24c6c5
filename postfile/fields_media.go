package postfile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
)

const mediaHint = "write media: [a.png], or an entry as {file: a.png, alt: A square}"

func mediumKeys() []string {
	return []string{"file", "id", "alt", "for", "thumb", "focus", "no_resize", "strip_exif"}
}

func mediaField() field {
	return field{
		key: "media", about: "Images, video or sound, in their order.", schema: mediaSchema(),
		read: func(r *reader, n *node, at []string, f *File) { f.Media = r.media(n, at) },
		write: func(f *File) *node {
			if len(f.Media) == 0 {
				return nil
			}
			n := &node{kind: kindList}
			for _, m := range f.Media {
				n.items = append(n.items, m.node())
			}
			return n
		},
	}
}

func mediaSchema() *schema {
	m := tableSchema("")
	m.Properties["file"] = textSchema().about("The path of the file, from the folder of this one.")
	m.Properties["id"] = textSchema().about("A medium that is stored already, in the place of file.")
	m.Properties["alt"] = textSchema().about("Its description.")
	m.Properties["for"] = wordsSchema().about("The accounts that get it; by default all.")
	m.Properties["thumb"] = textSchema().about("A picture that stands for a video before it plays.")
	m.Properties["focus"] = (&schema{AnyOf: []*schema{
		{Type: "string", Pattern: focusPattern},
		{Type: "array", Items: &schema{Type: "number", Minimum: new(-1), Maximum: new(1)}, MinItems: 2, MaxItems: 2},
	}}).about("What cropped views keep: two numbers from -1 to 1, from the left and from below; 0,0 is the centre.")
	m.Properties["no_resize"] = truthSchema(false).about("Leave the picture its pixels.")
	m.Properties["strip_exif"] = truthSchema(true).about("Take place, time and camera out of it.")
	item := &schema{AnyOf: []*schema{textSchema(), m}}
	return &schema{AnyOf: []*schema{textSchema(), m, limited(&schema{Type: "array", Items: item})}}
}

// media reads a list of media; one stands for a list of one.
func (r *reader) media(n *node, at []string) []Medium {
	r.put(at, n.at)
	switch n.kind {
	case kindNull:
		return nil
	case kindText, kindNumber, kindTable:
		return []Medium{r.medium(n, below(at, "0"))}
	case kindList:
		r.count(n, at, "media")
		var out []Medium
		for i, item := range n.items {
			out = append(out, r.medium(item, below(at, strconv.Itoa(i))))
		}
		return out
	default:
		r.another(n, at, "a list", mediaHint)
		return nil
	}
}

func (r *reader) medium(n *node, at []string) (m Medium) {
	r.put(at, n.at)
	switch n.kind {
	case kindText, kindNumber:
		m.File = r.file(n, below(at, "file"))
	case kindTable:
		wrong := len(r.problems)
		r.keys(n, at, mediumKeys(), func(e entry, at []string) { r.mediumKey(&m, e, at) })
		if len(r.problems) == wrong && (m.File == "") == m.ID.IsZero() {
			reason := "names no file"
			if m.File != "" {
				reason = "has both a file and an id"
			}
			r.wrong(n.at, at, reason, mediaHint)
		}
	default:
		if n.kind != kindWrong {
			r.wrong(n.at, at, fmt.Sprintf("is %s; it takes the path of a file or a mapping", n.kind), mediaHint)
		}
	}
	return m
}

func (r *reader) mediumKey(m *Medium, e entry, at []string) {
	switch e.key {
	case "file":
		m.File = r.file(e.value, at)
	case "id":
		m.ID = r.mediaID(e.value, at)
	case "alt":
		m.Alt, _ = r.text(e.value, at)
	case "for":
		m.For = r.words(e.value, at)
	case "thumb":
		if e.value.kind != kindNull {
			m.Thumb = r.file(e.value, at)
		}
	case "focus":
		m.Focus = r.focus(e.value, at)
	case "no_resize":
		m.NoResize = r.truth(e.value, at)
	case "strip_exif":
		m.KeepMetadata = e.value.kind != kindNull && !r.truth(e.value, at)
	}
}

// file reads a path, which may lead anywhere: it is the user's own file.
func (r *reader) file(n *node, at []string) string {
	s, ok := r.text(n, at)
	switch {
	case !ok:
	case s == "":
		r.wrong(n.at, at, "names no file", "give the path of a picture or video, from the folder of this file")
	case strings.Contains(s, "://"):
		r.wrong(n.at, at, fmt.Sprintf("%q is an address; a file is attached from this machine", cut(s)), "download it, and write its path")
	case strings.ContainsAny(s, "\n\t"):
		r.wrong(n.at, at, "is no path: it has several lines or a tab", `write the path of one file; between double quotes \n and \t are no backslashes`)
	default:
		return s
	}
	return ""
}

func (r *reader) mediaID(n *node, at []string) hayon.MediaID {
	s, ok := r.text(n, at)
	if !ok || s == "" {
		return hayon.MediaID{}
	}
	id, err := hayon.ParseMediaID(s)
	if err != nil {
		r.wrong(n.at, at, fmt.Sprintf("%q is no id of a medium", cut(s)), "an id begins with m_; a path is written as file: "+cut(s))
	}
	return id
}

const (
	focusPattern = `^ *[+-]?(0|1|0?\.[0-9]+|1\.0*|0\.) *, *[+-]?(0|1|0?\.[0-9]+|1\.0*|0\.) *$`
	focusHint    = "give two numbers from -1 to 1, as focus: [0.2, -0.5]; [0, 0] is the centre"
)

// focusNumber is how a coordinate is spelled: no exponents and no names of numbers.
var focusNumber = regexp.MustCompile(`^[+-]?([0-9]{1,3}\.?[0-9]*|\.[0-9]+)$`)

// focus reads "0.2,-0.5" or [0.2, -0.5].
func (r *reader) focus(n *node, at []string) *hayon.Focus {
	r.put(at, n.at)
	var words []string
	switch n.kind { //nolint:exhaustive // the others are none
	case kindNull:
		return nil
	case kindText, kindNumber:
		words = strings.Split(n.text, ",")
	case kindList:
		for _, item := range n.items {
			words = append(words, item.text)
		}
	}
	if f, ok := focusOf(words); ok {
		return f
	}
	if n.kind != kindWrong {
		r.wrong(n.at, at, "is no focus", focusHint)
	}
	return nil
}

func focusOf(words []string) (*hayon.Focus, bool) {
	if len(words) != 2 {
		return nil, false
	}
	var xy [2]float64
	for i, w := range words {
		w = strings.TrimSpace(w)
		v, err := strconv.ParseFloat(w, 64)
		if err != nil || len(w) > maxNumber || !focusNumber.MatchString(w) {
			return nil, false
		}
		xy[i] = v
	}
	f := &hayon.Focus{X: xy[0], Y: xy[1]}
	return f, f.Check() == nil
}

// node is how a medium is written: as its path alone where nothing else is known of it.
func (m Medium) node() *node {
	n := tableNode()
	n.put("file", someText(m.File))
	if !m.ID.IsZero() {
		n.put("id", textNode(m.ID.String()))
	}
	n.put("alt", someText(m.Alt))
	n.put("for", someTexts(m.For))
	n.put("thumb", someText(m.Thumb))
	if m.Focus != nil {
		n.put("focus", &node{kind: kindList, items: []*node{coordinate(m.Focus.X), coordinate(m.Focus.Y)}})
	}
	n.put("no_resize", someTruth(m.NoResize))
	if m.KeepMetadata {
		n.put("strip_exif", truthNode(false))
	}
	if len(n.entries) == 1 && m.File != "" {
		return textNode(m.File)
	}
	return n
}

func coordinate(v float64) *node { return numberNode(strconv.FormatFloat(v, 'f', -1, 64)) }
