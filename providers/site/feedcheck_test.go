package site_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hayon/hayon/text"
)

type (
	contextT   = context.Context
	readCloser = io.ReadCloser
)

// jsonFeed holds every member that JSON Feed 1.1 knows and we may write; another one fails.
type jsonFeed struct {
	Version     string                       `json:"version"`
	Title       string                       `json:"title"`
	HomePageURL *string                      `json:"home_page_url"`
	FeedURL     *string                      `json:"feed_url"`
	Authors     []struct{ Name, URL string } `json:"authors"`
	Items       []jsonItem                   `json:"items"`
}

type jsonItem struct {
	ID            string   `json:"id"`
	URL           *string  `json:"url"`
	Title         *string  `json:"title"`
	ContentHTML   string   `json:"content_html"`
	ContentText   string   `json:"content_text"`
	Summary       string   `json:"summary"`
	Image         *string  `json:"image"`
	DatePublished string   `json:"date_published"`
	DateModified  *string  `json:"date_modified"`
	Tags          []string `json:"tags"`
	Language      *string  `json:"language"`
	Attachments   []struct {
		URL         string `json:"url"`
		MIMEType    string `json:"mime_type"`
		Title       string `json:"title"`
		SizeInBytes int64  `json:"size_in_bytes"`
	} `json:"attachments"`
	Hayon struct {
		About, File string
		Pictures    []struct{ File, Alt string }
	} `json:"_hayon"`
}

// checkFeeds checks both feeds by the rules of their formats, and that they agree.
func checkFeeds(t testing.TB, dir string) jsonFeed {
	t.Helper()
	j := checkJSON(t, dir)
	a := checkAtom(t, dir)
	if len(a.Entries) != len(j.Items) {
		t.Fatalf("%d entries and %d items", len(a.Entries), len(j.Items))
	}
	for i, it := range j.Items {
		e := a.Entries[i]
		if e.ID[0] != it.ID || e.Content[0].Body != it.ContentHTML || e.Published[0] != it.DatePublished {
			t.Errorf("entry %d and item %d differ: %+v %+v", i, i, e, it)
		}
	}
	return j
}

func checkText(t testing.TB, name string, content []byte) {
	t.Helper()
	if !utf8.Valid(content) || bytes.ContainsRune(content, '\r') || !bytes.HasSuffix(content, []byte("\n")) {
		t.Errorf("%s is not UTF-8 with LF and a final newline", name)
	}
}

func checkJSON(t testing.TB, dir string) jsonFeed {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "feed.json"))
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, "feed.json", content)
	var feed jsonFeed
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&feed); err != nil {
		t.Fatalf("feed.json: %v", err)
	}
	if feed.Version != "https://jsonfeed.org/version/1.1" || feed.Title == "" || feed.Items == nil {
		t.Errorf("feed.json: version %q, title %q or no items", feed.Version, feed.Title)
	}
	if (feed.HomePageURL == nil) != (feed.FeedURL == nil) {
		t.Error("feed.json: one of home_page_url and feed_url alone")
	}
	for _, u := range []*string{feed.HomePageURL, feed.FeedURL} {
		checkURL(t, u)
	}
	for _, a := range feed.Authors {
		if a.Name == "" && a.URL == "" {
			t.Error("feed.json: an author without a member")
		}
	}
	seen := make(map[string]bool)
	last := ""
	for _, it := range feed.Items {
		checkJSONItem(t, it)
		if seen[it.ID] {
			t.Errorf("feed.json: two items with the id %s", it.ID)
		}
		seen[it.ID] = true
		if last != "" && it.DatePublished > last {
			t.Errorf("feed.json: %s is newer than the one before it", it.ID)
		}
		last = it.DatePublished
	}
	return feed
}

func checkJSONItem(t testing.TB, it jsonItem) {
	t.Helper()
	if !uuid8.MatchString(it.ID) {
		t.Errorf("item id %q is no UUID of version 8", it.ID)
	}
	if it.ContentHTML == "" && it.ContentText == "" {
		t.Errorf("%s: no content", it.ID)
	}
	if it.Title != nil && (*it.Title == "" || text.Count(text.Graphemes, *it.Title) > 200) {
		t.Errorf("%s: has the title %q", it.ID, *it.Title)
	}
	checkURL(t, it.URL)
	checkURL(t, it.Image)
	checkDate(t, it.DatePublished)
	if it.DateModified != nil {
		checkDate(t, *it.DateModified)
	}
	if it.Language != nil && *it.Language == "" {
		t.Errorf("%s: empty language", it.ID)
	}
	for _, a := range it.Attachments {
		checkURL(t, &a.URL)
		if !strings.Contains(a.MIMEType, "/") || a.SizeInBytes <= 0 {
			t.Errorf("%s: attachment %+v", it.ID, a)
		}
	}
	if it.Hayon.File == "" || it.Hayon.About == "" {
		t.Errorf("%s: extension %+v", it.ID, it.Hayon)
	}
}

func checkURL(t testing.TB, s *string) {
	t.Helper()
	if s == nil {
		return
	}
	if u, err := url.Parse(*s); err != nil || !u.IsAbs() || u.Host == "" {
		t.Errorf("%q is no absolute URL", *s)
	}
}

func checkDate(t testing.TB, s string) {
	t.Helper()
	if d, err := time.Parse(time.RFC3339, s); err != nil || !strings.HasSuffix(s, "Z") || d.Year() < 2000 {
		t.Errorf("%q is no date of RFC 3339 in UTC", s)
	}
}

// Elements that Atom wants exactly once are slices here, so that two are seen.
type (
	atomFeed struct {
		XMLName   xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID        []string    `xml:"http://www.w3.org/2005/Atom id"`
		Title     []string    `xml:"http://www.w3.org/2005/Atom title"`
		Updated   []string    `xml:"http://www.w3.org/2005/Atom updated"`
		Author    []atomName  `xml:"http://www.w3.org/2005/Atom author"`
		Generator []string    `xml:"http://www.w3.org/2005/Atom generator"`
		Links     []atomLink  `xml:"http://www.w3.org/2005/Atom link"`
		Entries   []atomEntry `xml:"http://www.w3.org/2005/Atom entry"`
		Unknown   []atomOther `xml:",any"`
	}
	atomEntry struct {
		ID         []string      `xml:"http://www.w3.org/2005/Atom id"`
		Title      []string      `xml:"http://www.w3.org/2005/Atom title"`
		Updated    []string      `xml:"http://www.w3.org/2005/Atom updated"`
		Published  []string      `xml:"http://www.w3.org/2005/Atom published"`
		Links      []atomLink    `xml:"http://www.w3.org/2005/Atom link"`
		Categories []atomTerm    `xml:"http://www.w3.org/2005/Atom category"`
		Summary    []string      `xml:"http://www.w3.org/2005/Atom summary"`
		Content    []atomContent `xml:"http://www.w3.org/2005/Atom content"`
		InReplyTo  []atomReply   `xml:"http://purl.org/syndication/thread/1.0 in-reply-to"`
		Unknown    []atomOther   `xml:",any"`
	}
	atomName struct {
		Name string `xml:"http://www.w3.org/2005/Atom name"`
		URI  string `xml:"http://www.w3.org/2005/Atom uri"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
		Type string `xml:"type,attr"`
	}
	atomTerm struct {
		Term string `xml:"term,attr"`
	}
	atomReply struct {
		Ref  string `xml:"ref,attr"`
		Href string `xml:"href,attr"`
	}
	atomContent struct {
		Type string `xml:"type,attr"`
		Body string `xml:",chardata"`
	}
	atomOther struct{ XMLName xml.Name }
)

func checkAtom(t testing.TB, dir string) atomFeed {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "feed.xml"))
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, "feed.xml", content)
	if !bytes.HasPrefix(content, []byte(`<?xml version="1.0" encoding="UTF-8"?>`)) {
		t.Error("feed.xml: no XML declaration")
	}
	var feed atomFeed
	if err := xml.Unmarshal(content, &feed); err != nil {
		t.Fatalf("feed.xml: %v", err)
	}
	once(t, "feed", feed.ID, feed.Title, feed.Updated)
	if !uuid8.MatchString(feed.ID[0]) || len(feed.Author) != 1 || feed.Author[0].Name == "" || len(feed.Unknown) > 0 {
		t.Errorf("feed.xml: id %q, author %+v, unknown %+v", feed.ID[0], feed.Author, feed.Unknown)
	}
	checkLinks(t, feed.Links)
	if len(feed.Links) > 0 && !slices.ContainsFunc(feed.Links, func(l atomLink) bool {
		return l.Rel == "self" && strings.HasSuffix(l.Href, "/feed.xml") && l.Type == "application/atom+xml"
	}) {
		t.Error("feed.xml: no self link")
	}
	seen := map[string]bool{feed.ID[0]: true}
	newest := ""
	for _, e := range feed.Entries {
		checkEntry(t, e)
		if seen[e.ID[0]] {
			t.Errorf("feed.xml: the id %s is there twice", e.ID[0])
		}
		seen[e.ID[0]] = true
		newest = max(newest, e.Updated[0])
	}
	if len(feed.Entries) == 0 { // then it keeps the time that it had
		checkDate(t, feed.Updated[0])
	} else if feed.Updated[0] != newest {
		t.Errorf("feed.xml: updated %s, its newest entry %s", feed.Updated[0], newest)
	}
	return feed
}

func once(t testing.TB, of string, elements ...[]string) {
	t.Helper()
	for _, e := range elements {
		if len(e) != 1 || strings.TrimSpace(e[0]) == "" {
			t.Fatalf("%s: element %q, want exactly one with content", of, e)
		}
	}
}

func checkEntry(t testing.TB, e atomEntry) {
	t.Helper()
	once(t, "entry", e.ID, e.Title, e.Updated, e.Published)
	if !uuid8.MatchString(e.ID[0]) {
		t.Errorf("entry id %q", e.ID[0])
	}
	if n := text.Count(text.Graphemes, e.Title[0]); n > 200 {
		t.Errorf("%s: title of %d graphemes", e.ID[0], n)
	}
	checkDate(t, e.Updated[0])
	checkDate(t, e.Published[0])
	if e.Updated[0] < e.Published[0] {
		t.Errorf("%s: updated before it was published", e.ID[0])
	}
	if len(e.Content) != 1 || e.Content[0].Type != "html" || e.Content[0].Body == "" || len(e.Unknown) > 0 {
		t.Errorf("%s: content %+v, unknown %+v", e.ID[0], e.Content, e.Unknown)
	}
	for _, bad := range []string{"<script", "<iframe", " style="} {
		if len(e.Content) == 1 && strings.Contains(strings.ToLower(e.Content[0].Body), bad) {
			t.Errorf("%s: content has %s", e.ID[0], bad)
		}
	}
	if len(e.Summary) > 0 {
		once(t, e.ID[0], e.Summary)
	}
	for _, c := range e.Categories {
		if c.Term == "" {
			t.Errorf("%s: empty category", e.ID[0])
		}
	}
	checkLinks(t, e.Links)
}

func checkLinks(t testing.TB, links []atomLink) {
	t.Helper()
	alternates := make(map[string]bool)
	for _, l := range links {
		checkURL(t, &l.Href)
		if l.Rel == "alternate" {
			if alternates[l.Type] {
				t.Errorf("two alternate links of type %s", l.Type)
			}
			alternates[l.Type] = true
		}
	}
}

// clean is a text as it is published: normalised, without what XML cannot hold.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text.Normalize(s))
}
