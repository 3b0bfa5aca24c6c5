package providertest

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// previewTexts have stretches with a meaning, next to characters of every width and to what only looks like
// one. They keep every limit of text that a platform has.
var previewTexts = []string{
	"plain words",
	"see https://example.com/a?b=1&c=2, #tag and @nobody.example.com",
	"👨‍👩‍👧‍👦 https://example.com 👩🏽‍🚀 #日本語 ",
	"שלום @somebody.example.org — #שלום (https://example.com/ש).",
	"#a #b#c ##d @@e a@b.example.com http:// www.",
	"(example.com) https://example.com/(a) “https://example.com”",
	"e\u0301#e\u0301 https://example.com/e\u0301",
}

func (fx *Fixture) needPreviewer(t *testing.T) hayon.Previewer {
	t.Helper()
	p, ok := fx.Provider.(hayon.Previewer)
	if !ok || !fx.Content.Previews {
		t.Skip("shows nothing before it sends, or the harness cannot tell")
	}
	return p
}

func (fx *Fixture) preview(t testing.TB, p hayon.Previewer, s hayon.Session, target *hayon.Target, i int) *hayon.PartPreview {
	t.Helper()
	out, err := p.PreviewPart(t.Context(), s, hayon.PreviewRequest{Account: fx.Session.Account(), Target: target, Index: i})
	if err != nil {
		t.Fatalf("PreviewPart: %v", err)
	}
	if out == nil {
		t.Fatal("PreviewPart answers nil without an error")
	}
	checkFacets(t, target.Parts[i].Text, out.Facets)
	return out
}

// checkFacets fails unless facets are in order, apart, within the text and on borders of characters.
func checkFacets(t testing.TB, body string, facets []hayon.TextFacet) {
	t.Helper()
	end := 0
	for _, f := range facets {
		if f.Start < end || f.End <= f.Start || f.End > len(body) {
			t.Errorf("%q: the facet %+v begins before %d, or is none of %d bytes", body, f, end, len(body))
			return
		}
		end = f.End
		if !utf8.RuneStart(body[f.Start]) || f.End < len(body) && !utf8.RuneStart(body[f.End]) {
			t.Errorf("%q: the facet %+v cuts a character", body, f)
		}
		if f.Text != body[f.Start:f.End] || f.Value == "" {
			t.Errorf("%q: the facet %+v says other words than stand there, or stands for nothing", body, f)
		}
		if !slices.Contains([]string{"link", "mention", "tag"}, f.Kind) {
			t.Errorf("%q: the facet %+v is of no kind", body, f)
		}
		if f.ID != "" && (f.Plain || f.Unresolved) {
			t.Errorf("%q: the facet %+v leads to somebody and to nobody", body, f)
		}
	}
}

// A preview asks nobody where it has no session, says the same every time, and publishes nothing.
func testPreviewAlone(t *testing.T, fx *Fixture) {
	t.Helper()
	p := fx.needPreviewer(t)
	before := fx.requests()
	for _, body := range previewTexts {
		target := fx.Target(body)
		first, second := fx.preview(t, p, nil, target, 0), fx.preview(t, p, nil, target, 0)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("%q: another preview the second time:\n%s", body, diff)
		}
		for _, f := range first.Facets {
			if f.Plain || f.Unresolved && len(first.Unresolved) == 0 {
				t.Errorf("%q: nobody was asked, and %+v is known, or nothing tells that it is not", body, f)
			}
		}
	}
	if after := fx.requests(); after != before {
		t.Errorf("%d requests left for a preview that asks nobody", after-before)
	}
	fx.wantPosts(t, 0)
}

func (fx *Fixture) requests() int64 {
	if fx.Requests == nil {
		return 0
	}
	return fx.Requests()
}

// What is previewed is what goes out: the same stretches of the text with the same meaning.
func testPreviewAgrees(t *testing.T, fx *Fixture) {
	t.Helper()
	p := fx.needPreviewer(t)
	if !fx.Content.Facets {
		t.Skip("the harness cannot tell what facets are public")
	}
	for _, body := range previewTexts {
		target := fx.Target(body)
		var want []hayon.TextFacet
		for _, f := range fx.preview(t, p, fx.Session, target, 0).Facets {
			if f.Unresolved {
				t.Errorf("%q: the platform was asked, and %+v is not resolved", body, f)
			}
			if !f.Plain {
				want = append(want, f)
			}
		}
		_, remote := fx.out(t, target, 0)
		got, _ := posted(fx.Posts(t), remote.ID)
		if diff := cmp.Diff(want, got.Facets); diff != "" {
			t.Errorf("%q: facets (-preview +public):\n%s", body, diff)
		}
	}
}

// A preview refuses nothing: what the platform would refuse is for others to tell.
func testPreviewOfMuch(t *testing.T, fx *Fixture) {
	t.Helper()
	p := fx.needPreviewer(t)
	before := fx.requests()
	for _, l := range fx.textLimits() {
		fx.preview(t, p, nil, fx.Target(filled(l.Unit, int(min(l.Max, 1<<16)))+" over it"), 0)
	}
	target := fx.answering(hayon.Remote{URL: "https://example.org/gone"}, "an answer", "with a link https://example.com")
	target.Parts[0].Poll = &hayon.Poll{Options: []string{"one"}, Seconds: 1}
	target.Parts[1].Quote = &hayon.Remote{URL: "https://example.org/gone"}
	target.Parts[1].Card = &hayon.Card{URL: "https://example.com", Title: "a card"}
	for i := range target.Parts {
		fx.preview(t, p, nil, target, i)
	}
	if after := fx.requests(); after != before {
		t.Errorf("%d requests left for a preview that asks nobody", after-before)
	}
}
