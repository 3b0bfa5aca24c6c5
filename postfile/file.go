package postfile

import (
	"path/filepath"
	"strings"

	"github.com/hayon/hayon"
)

// Kind is how a file is written.
type Kind string

// The kinds.
const (
	Markdown Kind = "markdown" // front matter, if any, and the text
	Text     Kind = "text"     // the text alone
	JSON     Kind = "json"
	YAML     Kind = "yaml"
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Markdown, Text, JSON, YAML} }

// KindOf is the kind that the name of a file says; what it does not say is [Text].
func KindOf(path string) Kind {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".md", ".markdown":
		return Markdown
	case ".json":
		return JSON
	case ".yaml", ".yml":
		return YAML
	}
	return Text
}

// File is a post as it stands in a file. What the file does not say has the zero value. Its fields are those of
// [hayon.PostCreate], with phrases that nobody has read yet and with media by their paths.
type File struct {
	// Path is the one that [Parse] was given, and Kind what it says. [Format] reads neither.
	Path string
	Kind Kind
	// ID is the name of the post for whoever applies a folder of files; no [hayon.PostID].
	ID      string
	To, Not []string
	// At and In are phrases for a time and a span, as the flags of the same names take them. At most one of
	// At, In and Draft is given.
	At, In string
	Draft  bool
	// IfLate is "" or one of [hayon.LatePolicies], Grace a phrase for a span.
	IfLate hayon.LatePolicy
	Grace  string

	// Text is what all accounts get for which Texts has nothing, with \n at the end of its lines. Lines of
	// only --- in it begin new parts of a thread. Parts are further parts.
	Text  string
	Parts []string
	Texts map[string]string
	// Published is where the post is out, by account.
	Published map[string]string

	Title, CW  string
	Sensitive  bool
	Visibility string // "" or one of [hayon.Visibilities]
	Replies    string // "" or one of [hayon.Replies]
	NoQuotes   bool
	Lang       []string
	Tags       []string
	Labels     []string
	Note       string

	// Thread is "" or one of [hayon.ThreadModes]; Number holds {i} or is "none".
	Thread  hayon.ThreadMode
	Number  string
	ReplyTo string
	Quote   string
	// Continue excludes ReplyTo.
	Continue bool
	// Repost excludes Text, Parts, Texts, Poll and Media.
	Repost string
	// Card is "", [hayon.CardAuto], [hayon.CardNone] or an address.
	Card string
	Poll *Poll
	// AltPolicy is "" or one of [hayon.AltPolicies].
	AltPolicy hayon.AltPolicy
	Media     []Medium
	// Options are by the name of an account or platform what only that one knows.
	Options map[string]map[string]string

	places places
}

// Medium is an image, video or sound of a post. Exactly one of File and ID is given.
type Medium struct {
	// File is a path as it is written: one that is not absolute starts in the folder of the post's file.
	File string
	// ID is a medium that is stored already.
	ID  hayon.MediaID
	Alt string
	// For are the accounts that get it; none: all.
	For []string
	// Thumb is the path of a picture that stands for a video before it plays.
	Thumb string
	Focus *hayon.Focus
	// NoResize: the picture keeps its pixels. KeepMetadata: also its place, time and camera.
	NoResize, KeepMetadata bool
}

// Poll is a question; see [hayon.Poll].
type Poll struct {
	Options []string
	// For is a phrase for how long it is open; "": as long as polls are.
	For                  string
	Multiple, HideTotals bool
}

// place is a position in a file. Both count from 1; columns are in bytes while a file is read, and in characters (code points) then.
type place struct{ line, column int }

// places are the positions of values, by the path of their keys; that of no keys is the text's.
type places map[string]place

func placeKey(field []string) string { return strings.Join(field, "\x00") }

// Where is the position of a value, as Where("at"), Where("media", "0", "file") or Where("text", "bluesky"): both
// count from 1, columns in characters (code points). For what the file does not hold it is that of what it would stand in, and at
// last of the text. A file that [Parse] has not made is 1:1 everywhere.
func (f *File) Where(field ...string) (line, column int) {
	for n := len(field); n >= 0; n-- {
		if p, ok := f.places[placeKey(field[:n])]; ok {
			return p.line, p.column
		}
	}
	return 1, 1
}

// WhereKey is like [File.Where] for the key itself, of those that the file chooses: accounts, platforms and options.
// For others it is that of the value.
func (f *File) WhereKey(field ...string) (line, column int) {
	if p, ok := f.places[keyOf(field)]; ok {
		return p.line, p.column
	}
	return f.Where(field...)
}

// keyOf is where the place of a key is, beside that of its value.
func keyOf(field []string) string { return placeKey(field) + "\x00" }

// Problem is something wrong with a value of the file, found by whoever knows more than this package.
func (f *File) Problem(reason, hint string, field ...string) *Problem {
	line, column := f.Where(field...)
	return &Problem{Path: f.Path, Line: line, Column: column, Field: strings.Join(field, "."), Reason: reason, Hint: hint}
}
