package site

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"html"
	"regexp"
	"strings"
	"time"

	"github.com/hayon/hayon/text"
)

const (
	about       = "https://github.com/hayon/hayon"
	jsonVersion = "https://jsonfeed.org/version/1.1"
	jsonType    = "application/feed+json"
	atomType    = "application/atom+xml"
)

// The members of JSON Feed. Source: https://www.jsonfeed.org/version/1.1/, read 2026-11-20.
type (
	jsonRoot struct {
		Version     string       `json:"version"`
		Title       string       `json:"title"`
		HomePageURL string       `json:"home_page_url,omitempty"`
		FeedURL     string       `json:"feed_url,omitempty"`
		Authors     []jsonAuthor `json:"authors"`
		Items       []jsonItem   `json:"items"`
	}
	jsonAuthor struct {
		Name string `json:"name"`
		URL  string `json:"url,omitempty"`
	}
	jsonItem struct {
		ID          string           `json:"id"`
		URL         string           `json:"url,omitempty"`
		Title       string           `json:"title,omitempty"`
		ContentHTML string           `json:"content_html"`
		ContentText string           `json:"content_text,omitempty"`
		Summary     string           `json:"summary,omitempty"`
		Image       string           `json:"image,omitempty"`
		Published   string           `json:"date_published"`
		Modified    string           `json:"date_modified,omitempty"`
		Tags        []string         `json:"tags,omitempty"`
		Language    string           `json:"language,omitempty"`
		Attachments []jsonAttachment `json:"attachments,omitempty"`
		Hayon       jsonHayon        `json:"_hayon"`
	}
	jsonAttachment struct {
		URL      string `json:"url"`
		MIMEType string `json:"mime_type"`
		Title    string `json:"title,omitempty"`
		Bytes    int64  `json:"size_in_bytes,omitempty"`
	}
	// jsonHayon is our extension: where the post and its pictures lie beside the feed.
	jsonHayon struct {
		About    string         `json:"about"`
		File     string         `json:"file"`
		Pictures []jsonPictures `json:"pictures,omitempty"`
	}
	jsonPictures struct {
		File string `json:"file"`
		Alt  string `json:"alt"`
	}
)

// The elements of Atom. Source: https://www.rfc-editor.org/rfc/rfc4287, read 2026-11-20.
type (
	atomRoot struct {
		XMLName   xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID        string      `xml:"id"`
		Title     string      `xml:"title"`
		Updated   string      `xml:"updated"`
		Author    atomAuthor  `xml:"author"`
		Links     []atomLink  `xml:"link"`
		Generator atomGen     `xml:"generator"`
		Entries   []atomEntry `xml:"entry"`
	}
	atomAuthor struct {
		Name string `xml:"name"`
		URI  string `xml:"uri,omitempty"`
	}
	atomGen struct {
		URI  string `xml:"uri,attr"`
		Name string `xml:",chardata"`
	}
	atomLink struct {
		Rel    string `xml:"rel,attr"`
		Href   string `xml:"href,attr"`
		Type   string `xml:"type,attr,omitempty"`
		Title  string `xml:"title,attr,omitempty"`
		Length int64  `xml:"length,attr,omitempty"`
	}
	atomEntry struct {
		ID         string         `xml:"id"`
		Title      string         `xml:"title"`
		Updated    string         `xml:"updated"`
		Published  string         `xml:"published"`
		Links      []atomLink     `xml:"link"`
		Categories []atomCategory `xml:"category"`
		InReplyTo  *atomReply     `xml:"http://purl.org/syndication/thread/1.0 in-reply-to"`
		Summary    string         `xml:"summary,omitempty"`
		Content    atomContent    `xml:"content"`
	}
	atomCategory struct {
		Term string `xml:"term,attr"`
	}
	// atomReply is of the threading extension. Source: https://www.rfc-editor.org/rfc/rfc4685#section-3,
	// read 2026-11-21.
	atomReply struct {
		Ref  string `xml:"ref,attr"`
		Href string `xml:"href,attr"`
	}
	atomContent struct {
		Type string `xml:"type,attr"`
		Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
		Body string `xml:",chardata"`
	}
)

// writeFeeds writes both feeds where what is there differs. Feeds that hold nothing any more stay, for
// those who read them; but none are made for nothing.
func (f *folder) writeFeeds(at place, ix *index) error {
	items := ix.Items[:min(feedLength, len(ix.Items))]
	if len(items) == 0 && !f.exists(atomFeed) {
		return nil
	}
	inJSON, err := makeJSON(at, items)
	if err != nil {
		return err
	}
	inAtom, err := makeAtom(at, ix.FeedID, items, f.feedUpdated())
	if err != nil {
		return err
	}
	changed := false
	for _, feed := range []struct {
		name    string
		content []byte
	}{{jsonFeed, inJSON}, {atomFeed, inAtom}} {
		if old, err := f.read(feed.name); err == nil && bytes.Equal(old, feed.content) {
			continue
		}
		if err := f.write(feed.name, feed.content); err != nil {
			return err
		}
		changed = true
	}
	if !changed {
		return nil
	}
	return f.sync()
}

func makeJSON(at place, items []item) ([]byte, error) {
	root := jsonRoot{
		Version: jsonVersion, Title: legal(at.title), HomePageURL: at.base, FeedURL: at.fileURL(jsonFeed),
		Authors: []jsonAuthor{{Name: legal(at.title), URL: at.base}}, Items: []jsonItem{},
	}
	for _, it := range items {
		root.Items = append(root.Items, jsonOf(at, it))
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(root)
	return buf.Bytes(), err
}

func jsonOf(at place, it item) jsonItem {
	out := jsonItem{
		ID: it.ID, ContentHTML: contentHTML(at, it), ContentText: it.Text, Summary: legal(it.Summary),
		Title: givenTitle(it), Published: stamp(it.Date), Tags: it.Tags, Language: it.Lang,
		Hayon: jsonHayon{About: about, File: it.File},
	}
	if at.base != "" {
		out.URL = at.postURL(it.File)
	}
	if !it.Updated.Equal(it.Date) {
		out.Modified = stamp(it.Updated)
	}
	for _, pic := range it.Pictures {
		out.Hayon.Pictures = append(out.Hayon.Pictures, jsonPictures{File: pic.File, Alt: pic.Alt})
		if at.base == "" || pic.Type == "" {
			continue // an attachment needs a URL and a type
		}
		if out.Image == "" {
			out.Image = at.still(pic)
		}
		out.Attachments = append(out.Attachments, jsonAttachment{
			URL: at.fileURL(pic.File), MIMEType: pic.Type, Title: pic.Alt, Bytes: pic.Bytes,
		})
	}
	return out
}

// givenTitle is the title of a post that has one of its own; most short ones have none.
func givenTitle(it item) string {
	if it.Title == it.derived() {
		return ""
	}
	return legal(it.Title)
}

// makeAtom makes the feed; before is when it was updated last, which stays where it has no entry.
func makeAtom(at place, id string, items []item, before time.Time) ([]byte, error) {
	root := atomRoot{
		ID: id, Title: legal(at.title), Author: atomAuthor{Name: legal(at.title), URI: at.base},
		Generator: atomGen{URI: about, Name: "Hayon"},
	}
	if at.base != "" {
		root.Links = []atomLink{
			{Rel: "self", Href: at.fileURL(atomFeed), Type: atomType},
			{Rel: "alternate", Href: at.base, Type: "text/html"},
			{Rel: "alternate", Href: at.fileURL(jsonFeed), Type: jsonType},
		}
	}
	var newest time.Time
	for _, it := range items {
		if it.Updated.After(newest) {
			newest = it.Updated
		}
		root.Entries = append(root.Entries, atomOf(at, it))
	}
	if len(items) == 0 {
		newest = before
	}
	root.Updated = stamp(newest)
	body, err := xml.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, err
	}
	return []byte(xml.Header + string(body) + "\n"), nil
}

func atomOf(at place, it item) atomEntry {
	out := atomEntry{
		ID: it.ID, Title: legal(text.Clip(it.Title, maxTitle)),
		Updated: stamp(it.Updated), Published: stamp(it.Date),
		Summary: legal(it.Summary), Content: atomContent{Type: "html", Lang: it.Lang, Body: contentHTML(at, it)},
	}
	for _, tag := range it.Tags {
		out.Categories = append(out.Categories, atomCategory{Term: legal(tag)})
	}
	if isWeb(it.InReplyTo) {
		out.InReplyTo = &atomReply{Ref: legal(it.InReplyTo), Href: legal(it.InReplyTo)}
	}
	if at.base == "" {
		return out
	}
	out.Links = append(out.Links, atomLink{Rel: "alternate", Href: at.postURL(it.File), Type: "text/html"})
	for _, pic := range it.Pictures {
		out.Links = append(out.Links, atomLink{
			Rel: "enclosure", Href: at.fileURL(pic.File), Type: pic.Type, Title: legal(pic.Alt), Length: pic.Bytes,
		})
	}
	return out
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

var blankLines = regexp.MustCompile(`\n[ \t]*\n\s*`)

// contentHTML is the text as paragraphs with its links, and the pictures: where they have no URL,
// what is said of them.
func contentHTML(at place, it item) string {
	var b strings.Builder
	if it.Summary != "" { // readers show the content at once
		b.WriteString("<p><strong>" + html.EscapeString(legal(it.Summary)) + "</strong></p>\n<hr>\n")
	}
	if isWeb(it.InReplyTo) { // the class is what a site looks for that is answered
		u := html.EscapeString(legal(it.InReplyTo))
		b.WriteString(`<p>In reply to <a class="u-in-reply-to" rel="in-reply-to" href="` + u + `">` + u + "</a></p>\n")
	}
	s := legal(strings.Trim(it.Text, "\n"))
	if s != "" {
		b.WriteString("<p>")
		end := 0
		for _, f := range text.Facets(s) {
			if f.Kind != text.Link {
				continue
			}
			b.WriteString(paragraphs(s[end:f.Start]))
			b.WriteString(`<a href="` + html.EscapeString(f.Value) + `">` + html.EscapeString(s[f.Start:f.End]) + "</a>")
			end = f.End
		}
		b.WriteString(paragraphs(s[end:]))
		b.WriteString("</p>\n")
	}
	for _, pic := range it.Pictures {
		alt := html.EscapeString(legal(pic.Alt))
		if u := at.fileURL(pic.File); u != "" && pic.isVideo() {
			b.WriteString(`<p><video controls preload="none" src="` + html.EscapeString(u) + `"`)
			if poster := at.still(pic); poster != "" {
				b.WriteString(` poster="` + html.EscapeString(poster) + `"`)
			}
			b.WriteString(` title="` + alt + "\"></video></p>\n")
		} else if u != "" {
			b.WriteString(`<p><img src="` + html.EscapeString(u) + `" alt="` + alt + "\"></p>\n")
		} else if alt != "" {
			b.WriteString("<p>[" + alt + "]</p>\n")
		}
	}
	if b.Len() == 0 { // a feed needs some content
		return "<p>" + html.EscapeString(legal(it.Title)) + "</p>"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// still is the address of a picture, or of what stands for a video; "" for none.
func (at place) still(pic picture) string {
	switch {
	case pic.Poster != nil:
		return at.fileURL(pic.Poster.File)
	case pic.isVideo():
		return ""
	}
	return at.fileURL(pic.File)
}

// paragraphs escapes a stretch of text and makes its line breaks visible.
func paragraphs(s string) string {
	s = blankLines.ReplaceAllString(html.EscapeString(s), "\x00")
	s = strings.ReplaceAll(s, "\n", "<br>\n")
	return strings.ReplaceAll(s, "\x00", "</p>\n<p>")
}

// legal drops the characters that XML 1.0 cannot hold, which no text needs.
// Source: https://www.w3.org/TR/xml/#charsets, read 2026-11-20.
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return r
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
			return -1
		default:
			return r
		}
	}, s)
}
