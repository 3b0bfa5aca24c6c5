package site_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

const withBase = "https://example.org/posts/"

// A title and tags stand in the file, in its name and in both feeds.
func TestTitleAndTags(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, map[string]string{"base-url": withBase})
	target := fixed(t, fx, "t_01jd3v9k7m2x4c8q9qx1", "The text has a #tag")
	target.Options = map[string]string{"title": " A \"title\"\nof its own ", "tags": "Tag, #two words,tag,日本"}
	target.Parts[0].Idem = fx.Provider.NewIdem(target, 0, target.Due)
	mustPublish(t, fx, target)
	const stem = "2026-11-21-a-title-9qx1"
	file := read(t, dir, stem+".md")
	for _, line := range []string{`title: "A \"title\" of its own"`, `tags: ["tag", "two words", "日本"]`} {
		if !strings.Contains(file, "\n"+line+"\n") {
			t.Errorf("the file has no line %s:\n%s", line, file)
		}
	}
	it := checkFeeds(t, dir).Items[0]
	if it.Title == nil || *it.Title != `A "title" of its own` || !slices.Equal(it.Tags, []string{"tag", "two words", "日本"}) {
		t.Errorf("item: %+v", it)
	}
	e := checkAtom(t, dir).Entries[0]
	want := []atomTerm{{"tag"}, {"two words"}, {"日本"}}
	if diff := cmp.Diff(want, e.Categories); diff != "" || e.Title[0] != `A "title" of its own` {
		t.Errorf("title %q, categories (-want +got):\n%s", e.Title, diff)
	}
}

// A title that was not given is none in the feed of those who read posts without titles, also where it is
// clipped or comes of a warning or a picture.
func TestDerivedTitleIsNone(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	warned := fx.Target("the end of the film")
	warned.Options = map[string]string{"cw": strings.Repeat("spoilers ", 20)}
	picture := fx.Target("")
	picture.Parts[0].Media = []hayon.Attachment{fx.Image(t, 3, 3, "a square")}
	for _, target := range []*hayon.Target{fx.Target(strings.Repeat("long words ", 30)), warned, picture} {
		mustPublish(t, fx, target)
	}
	for _, it := range checkFeeds(t, dir).Items {
		if it.Title != nil {
			t.Errorf("%s has the title %q", it.Hayon.File, *it.Title)
		}
	}
}

// What a post answers stands in its file and, where it has a web address, in both feeds; and it stays there
// when the post is edited.
func TestInReplyTo(t *testing.T) {
	t.Parallel()
	const there = `https://example.com/a?b=1&c="2"`
	tests := []struct {
		name    string
		to      hayon.Remote
		file    string // what the file names
		in      bool   // in the feeds
		refused bool
	}{
		{"an address", hayon.Remote{URL: there}, `in_reply_to: "https://example.com/a?b=1&c=\"2\""`, true, false},
		{"an own post without one", hayon.Remote{ID: "2026-11-20-x-9qx1.md", URL: "file:///home/a/2026-11-20-x-9qx1.md"}, `in_reply_to: "2026-11-20-x-9qx1.md"`, false, false},
		{"a file", hayon.Remote{URL: "file:///etc/hosts"}, "", false, true},
		{"a name that is none", hayon.Remote{ID: "../x.md"}, "", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fx, dir := newSite(t, map[string]string{"base-url": withBase})
			target := fx.Target("I think so, too")
			target.Parts[0].ReplyTo = &tt.to
			if tt.refused {
				_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
				if hayon.CodeOf(err) != hayon.CodeInvalid {
					t.Errorf("Prepare: %v, want invalid", err)
				}
				return
			}
			_, res := mustPublish(t, fx, target)
			check := func(t *testing.T) {
				t.Helper()
				if file := read(t, dir, res.Remote.ID); !strings.Contains(file, "\n"+tt.file+"\n") {
					t.Errorf("the file has no line %s:\n%s", tt.file, file)
				}
				feed := checkFeeds(t, dir).Items[0]
				const link = `<p>In reply to <a class="u-in-reply-to" rel="in-reply-to" href="https://example.com/a?b=1&amp;c=&#34;2&#34;">`
				if strings.Contains(feed.ContentHTML, link) != tt.in {
					t.Errorf("content: %s", feed.ContentHTML)
				}
				var want []atomReply
				if tt.in {
					want = []atomReply{{there, there}}
				}
				if diff := cmp.Diff(want, checkAtom(t, dir).Entries[0].InReplyTo); diff != "" {
					t.Errorf("Atom (-want +got):\n%s", diff)
				}
			}
			check(t)
			target.Parts[0].Remote, target.Parts[0].Text = res.Remote, "I think so, three"
			editor, _ := fx.Provider.(hayon.Editor)
			if _, err := editor.Edit(t.Context(), fx.Session, hayon.EditRequest{Target: target, Now: target.Due}); err != nil {
				t.Fatal(err)
			}
			check(t)
		})
	}
}

func TestRefers(t *testing.T) {
	t.Parallel()
	fx, _ := newSite(t, nil)
	replier, _ := fx.Provider.(hayon.Replier)
	a := fx.Session.Account()
	for link, want := range map[string]bool{
		"https://example.com/a": true, "http://example.com": true, "https://": false, "": false, "file:///x": false,
		"https://user@example.com/": false, "example.com": false, "\x00": false,
	} {
		if got := replier.Refers(a, link); got != want {
			t.Errorf("Refers(%q) = %t", link, got)
		}
	}
	if replier.Quotes(a) {
		t.Error("it quotes")
	}
}

// A preview shows the links and tags that the file and the feeds will have, and what is below the text.
func TestPreview(t *testing.T) {
	t.Parallel()
	fx, _ := newSite(t, nil)
	previewer, _ := fx.Provider.(hayon.Previewer)
	target := fx.Target("see example.org, @somebody.example.org, $GME and #tag")
	want := []hayon.TextFacet{
		{Kind: "link", Start: 4, End: 15, Text: "example.org", Value: "https://example.org"},
		{Kind: "tag", Start: 49, End: 53, Text: "#tag", Value: "tag"},
	}
	image, video := fx.Image(t, 2, 2, ""), film(t, fx, "", false)
	for embed, media := range map[string][]hayon.Attachment{
		"": nil, "images": {image}, "video": {video}, "images and video": {video, image},
	} {
		target.Parts[0].Media = media
		got, err := previewer.PreviewPart(t.Context(), nil, hayon.PreviewRequest{Account: fx.Session.Account(), Target: target})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&hayon.PartPreview{Embed: embed, Facets: want}, got); diff != "" {
			t.Errorf("preview (-want +got):\n%s", diff)
		}
	}
}
