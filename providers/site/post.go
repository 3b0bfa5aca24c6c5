package site

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

const (
	videoMP4   = "video/mp4"
	uuidPrefix = "urn:uuid:"
	sourceName = "hayon"
	fence      = "---\n"
	// titleGraphemes is how much of a text stands for a title that it does not have.
	titleGraphemes = 60
)

// draft is what Prepare answers: the very bytes of the post, and the pictures that go before it.
type draft struct {
	File     string    `json:"file"`
	ID       string    `json:"id"`
	Markdown string    `json:"markdown"`
	Pictures []picture `json:"pictures,omitempty"`
}

// files are all files beside the post's own.
func (d draft) files() (out []picture) {
	for _, pic := range d.Pictures {
		out = append(out, pic.files()...)
	}
	return out
}

// picture is a picture or a video of a post.
type picture struct {
	File   string `json:"file"`
	Alt    string `json:"alt,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	Type   string `json:"type,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	// Poster stands for a video before it plays; nil: nothing does.
	Poster *picture `json:"poster,omitempty"`
}

// files are the picture and what belongs to it.
func (p picture) files() []picture {
	if p.Poster == nil {
		return []picture{p}
	}
	return []picture{p, *p.Poster}
}

func (p picture) isVideo() bool { return p.Type == videoMP4 }

// frontMatter is the head of a Markdown file, in the order of its lines.
type frontMatter struct {
	ID      string    `yaml:"id"`
	Title   quoted    `yaml:"title,omitempty"`
	Date    time.Time `yaml:"date"`
	Updated time.Time `yaml:"updated"`
	Tags    []quoted  `yaml:"tags,omitempty,flow"`
	Lang    quoted    `yaml:"lang,omitempty"`
	// InReplyTo is the address of what the post answers.
	InReplyTo quoted `yaml:"in_reply_to,omitempty"`
	// Summary is the content warning, and Visibility is there where it is not public.
	Summary    quoted `yaml:"summary,omitempty"`
	Visibility string `yaml:"visibility,omitempty"`
	Source     string `yaml:"source"`
}

// quoted is a string that is always written in double quotes: what a person typed may look
// like a number, a date, a comment or a key, and not every parser agrees on which is which.
type quoted string

// MarshalYAML writes the string as JSON does, which is a subset of YAML's double quotes.
func (q quoted) MarshalYAML() ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(string(q)); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// item is a post as the feeds need it, read from its file.
type item struct {
	File    string    `json:"file"`
	ID      string    `json:"id"`
	Title   string    `json:"title,omitempty"`
	Date    time.Time `json:"date"`
	Updated time.Time `json:"updated"`
	Tags    []string  `json:"tags,omitempty"`
	Lang    string    `json:"lang,omitempty"`
	Summary string    `json:"summary,omitempty"`
	// InReplyTo is what it answers: a web address, or the file of another post.
	InReplyTo string `json:"in_reply_to,omitempty"`
	// Unlisted: in no feed.
	Unlisted bool   `json:"unlisted,omitempty"`
	Text     string `json:"text"`

	Pictures []picture `json:"pictures,omitempty"`
	// Size and ModTime (in nanoseconds) are the file's when it was read.
	Size    int64 `json:"size"`
	ModTime int64 `json:"mod_time"`
}

// uuidOf is a permanent UUID of version 8 made from an id of 96 bits: 48 and 12 bits before and
// after the version, 36 after the variant, and the part in the last byte.
// Source: https://www.rfc-editor.org/rfc/rfc9562#section-5.8, read 2026-11-20.
func uuidOf(id [12]byte, part int) string {
	var u [16]byte
	copy(u[:6], id[:6])
	mid := binary.BigEndian.Uint16(id[6:8])
	binary.BigEndian.PutUint16(u[6:8], 0x8000|mid>>4)
	rest := uint64(mid&0xf)<<32 | uint64(binary.BigEndian.Uint32(id[8:12])) // 36 bits
	binary.BigEndian.PutUint64(u[8:16], 1<<63|rest<<26|uint64(part&0xff))
	h := hex.EncodeToString(u[:])
	return uuidPrefix + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// say puts into it what a part says: the text and what follows from it, and the options.
func (it *item) say(body string, langs []string, set wishes) {
	it.Text, it.Summary, it.Unlisted = body, set.warning, set.unlisted
	it.Tags, it.Lang = withTags(tagsOf(body), set.tags), ""
	if len(langs) > 0 {
		it.Lang = langs[0]
	}
	if it.Title = set.title; it.Title == "" {
		it.Title = it.derived()
	}
}

// derived is the title of a post that was given none: of the content warning, since the text would give away
// what is warned of, or of the text.
func (it *item) derived() string {
	if title := text.Clip(it.Summary, titleGraphemes); title != "" {
		return title
	}
	return titleOf(it.Text, it.Pictures, it.Date)
}

// markdown is the file of the post. The same post gives the same bytes.
func (it item) markdown() (string, error) {
	fm := frontMatter{
		ID: it.ID, Title: quoted(it.Title), Date: it.Date, Updated: it.Updated, Lang: quoted(it.Lang),
		InReplyTo: quoted(it.InReplyTo),
		Summary:   quoted(it.Summary), Source: sourceName,
	}
	for _, tag := range it.Tags {
		fm.Tags = append(fm.Tags, quoted(tag))
	}
	if it.Unlisted {
		fm.Visibility = hayon.VisibilityUnlisted
	}
	head, err := yaml.Marshal(fm)
	if err != nil {
		return "", hayon.Errorf(hayon.CodeInternal, "site: front matter cannot be written").WithCause(err)
	}
	var b strings.Builder
	b.WriteString(fence)
	b.Write(head)
	b.WriteString(fence)
	if it.Text != "" {
		b.WriteString("\n" + it.Text + "\n")
	}
	for _, p := range it.Pictures {
		b.WriteString("\n" + p.markdown() + "\n")
	}
	return b.String(), nil
}

// noWords is the text of a link to a video that nobody has described.
const noWords = "video"

// markdown is the line of a picture; a video is a link to it, behind its picture or its description.
func (p picture) markdown() string {
	alt := altEscaper.Replace(p.Alt)
	switch {
	case p.Poster != nil:
		return fmt.Sprintf("[![%s](%s)](%s)", alt, p.Poster.File, p.File)
	case p.isVideo():
		return fmt.Sprintf("[%s](%s)", cmp.Or(alt, noWords), p.File)
	}
	return fmt.Sprintf("![%s](%s)", alt, p.File)
}

var (
	altEscaper   = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`)
	altUnescaper = strings.NewReplacer(`\\`, `\`, `\[`, `[`, `\]`, `]`)
	// pictureLine is a picture, or a link, with or without one in it.
	pictureLine = regexp.MustCompile(`^(?:!\[(.*)\]\(([^()]+)\)|\[!\[(.*)\]\(([^()]+)\)\]\(([^()]+)\)|\[(.*)\]\(([^()]+)\))$`)
)

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func titleOf(body string, pictures []picture, now time.Time) string {
	title := text.Clip(firstLine(body), titleGraphemes)
	for _, p := range pictures {
		if title == "" {
			title = text.Clip(p.Alt, titleGraphemes)
		}
	}
	if title == "" {
		title = now.Format(time.DateOnly)
	}
	return title
}

// withTags are tags and more of them, each once.
func withTags(tags, more []string) []string {
	for _, tag := range more {
		if !slices.ContainsFunc(tags, func(known string) bool { return strings.EqualFold(known, tag) }) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// tagsOf are the hashtags of the text, each once.
func tagsOf(body string) []string {
	var out []string
	seen := make(map[string]bool)
	for _, f := range text.Facets(body) {
		key := strings.ToLower(f.Value)
		if f.Kind == text.Tag && !strings.HasPrefix(f.Value, "$") && !seen[key] {
			seen[key] = true
			out = append(out, f.Value)
		}
	}
	return out
}

var errNotOurs = errors.New("is no post of ours")

// parse reads a Markdown file. A file that we did not write answers an error.
func parse(file string, content []byte) (item, error) {
	// An editor may have changed the line ends or added a byte order mark.
	s := strings.ReplaceAll(strings.TrimPrefix(string(content), "\ufeff"), "\r\n", "\n")
	s, ok := strings.CutPrefix(s, fence)
	head, body, found := strings.Cut(s, "\n"+fence)
	if !ok || !found {
		return item{}, errNotOurs
	}
	var fm frontMatter
	if err := yaml.Unmarshal([]byte(head+"\n"), &fm); err != nil {
		return item{}, fmt.Errorf("front matter of %s: %w", file, err)
	}
	if !strings.HasPrefix(fm.ID, uuidPrefix) || fm.Source != sourceName || fm.Date.IsZero() {
		return item{}, errNotOurs
	}
	it := item{
		File: file, ID: fm.ID, Title: string(fm.Title), Lang: string(fm.Lang),
		Summary: string(fm.Summary), InReplyTo: string(fm.InReplyTo), Unlisted: fm.Visibility != "" && fm.Visibility != hayon.VisibilityPublic,
		Date: fm.Date.UTC(), Updated: fm.Updated.UTC(),
	}
	if it.Updated.Before(it.Date) {
		it.Updated = it.Date
	}
	for _, tag := range fm.Tags {
		it.Tags = append(it.Tags, string(tag))
	}
	it.Text, it.Pictures = cutPictures(body, strings.TrimSuffix(file, postExt))
	return it, nil
}

// cutPictures parts the text from the pictures below it, which are named after the post.
func cutPictures(body, stem string) (string, []picture) {
	var pictures []picture
	body = strings.Trim(body, "\n")
	for {
		end := strings.LastIndexByte(body, '\n')
		pic, ok := pictureOf(body[end+1:])
		if !ok || !strings.HasPrefix(pic.File, stem+"-") {
			break
		}
		pictures = append([]picture{pic}, pictures...)
		body = strings.TrimRight(body[:max(end, 0)], "\n")
	}
	return body, pictures
}

// pictureOf reads the line of a picture or a video.
func pictureOf(line string) (p picture, ok bool) {
	m := pictureLine.FindStringSubmatch(line)
	if m == nil {
		return picture{}, false
	}
	switch {
	case m[2] != "":
		p = picture{Alt: m[1], File: m[2]}
	case m[5] != "":
		p = picture{Alt: m[3], File: m[5], Poster: &picture{File: m[4], Type: typeOf(m[4])}}
	default:
		p = picture{Alt: m[6], File: m[7]}
		if p.Alt == noWords {
			p.Alt = ""
		}
	}
	p.Alt, p.Type = altUnescaper.Replace(p.Alt), typeOf(p.File)
	return p, m[2] != "" || p.isVideo()
}

func typeOf(file string) string {
	ext := path.Ext(file)
	for kind, e := range extensions {
		if e == ext {
			return kind
		}
	}
	kind, _, _ := mime.ParseMediaType(mime.TypeByExtension(ext))
	return kind
}
