package providertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// family is one grapheme of 25 bytes, 7 code points and 11 UTF-16 units.
const family = "👨‍👩‍👧‍👦"

// textLimits are the limits of text that package text can count.
func (fx *Fixture) textLimits() []hayon.Limit {
	var out []hayon.Limit
	for _, l := range fx.Provider.Info().Limits {
		if l.Of == hayon.LimitText && l.Unit != hayon.UnitItems && l.Unit != hayon.UnitPixels {
			out = append(out, l)
		}
	}
	return out
}

// filled is a text of exactly n units that has as few graphemes as can be, or, counted in
// graphemes, as few bytes.
func filled(unit hayon.Unit, n int) string {
	u := text.Unit(unit)
	if u == text.Graphemes {
		return strings.Repeat("a", n)
	}
	size := text.Count(u, family)
	return strings.Repeat(family, n/size) + strings.Repeat("a", n%size)
}

// breaks reports whether s is over any limit of text.
func (fx *Fixture) breaks(s string) bool {
	for _, l := range fx.textLimits() {
		if int64(text.Count(text.Unit(l.Unit), s)) > l.Max {
			return true
		}
	}
	return false
}

func testTextAtLimit(t *testing.T, fx *Fixture) {
	t.Helper()
	limits := fx.textLimits()
	if len(limits) == 0 {
		t.Skip("text has no limit")
	}
	var texts []string
	for _, l := range limits {
		if s := filled(l.Unit, int(l.Max)); !fx.breaks(s) {
			texts = append(texts, s)
		}
	}
	if len(texts) == 0 {
		t.Fatal("no limit of text can be reached without breaking another")
	}
	for _, s := range texts {
		fx.publish(t, fx.Target(s), 0)
	}
	for i, p := range fx.wantPosts(t, len(texts)) {
		if i < len(texts) && p.Text != texts[i] {
			t.Errorf("public text has %d bytes, want %d", len(p.Text), len(texts[i]))
		}
	}
}

func testTextOverLimit(t *testing.T, fx *Fixture) {
	t.Helper()
	limits := fx.textLimits()
	if len(limits) == 0 {
		t.Skip("text has no limit")
	}
	for _, l := range limits {
		target := fx.Target(filled(l.Unit, int(l.Max)) + "b")
		_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
		fx.wantCode(t, "Prepare over the limit in "+string(l.Unit), err, hayon.CodeInvalid)
	}
	fx.wantPosts(t, 0)
}

func testEmptyText(t *testing.T, fx *Fixture) {
	t.Helper()
	target := fx.Target("")
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare without text and media", err, hayon.CodeInvalid)
	info := fx.Provider.Info()
	if !info.EmptyText || len(info.MediaTypes) == 0 {
		return
	}
	target = fx.Target("")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 4, 3, "a square")}
	fx.publish(t, target, 0)
	fx.wantPosts(t, 1)
}

// needImages skips where a PNG cannot be attached.
func (fx *Fixture) needImages(t *testing.T) {
	t.Helper()
	if slices.Contains(fx.Provider.Info().MediaTypes, "image/png") {
		return
	}
	t.Skip("takes no PNG")
}

func testAlt(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	n, _ := fx.Provider.Info().Limit(hayon.LimitImages, hayon.UnitItems)
	alts := []string{`a "square" & <more>`, "", "日本語 ]( [x]", "four"}[:min(4, n)]
	target := fx.Target("with pictures")
	for _, alt := range alts {
		target.Parts[0].Media = append(target.Parts[0].Media, fx.Image(t, 4+len(alt), 3, alt))
	}
	fx.publish(t, target, 0)
	posts := fx.wantPosts(t, 1)
	if len(posts) == 0 {
		return
	}
	if diff := cmp.Diff(alts, posts[0].Alts); diff != "" {
		t.Errorf("alternative texts that are public (-want +got):\n%s", diff)
	}
}

func testTooManyImages(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	n, _ := fx.Provider.Info().Limit(hayon.LimitImages, hayon.UnitItems)
	target := fx.Target("too many")
	img := fx.Image(t, 2, 2, "again")
	for range n + 1 {
		target.Parts[0].Media = append(target.Parts[0].Media, img)
	}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare with too many pictures", err, hayon.CodeInvalid)
	fx.wantPosts(t, 0)
}

func testImageTooLarge(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	limit, ok := fx.Provider.Info().Limit(hayon.LimitImage, hayon.UnitBytes)
	if !ok {
		t.Skip("pictures have no limit in bytes")
	}
	target := fx.Target("too large")
	img := fx.Image(t, 2, 2, "")
	img.Bytes = limit + 1 // what the attachment says is enough to refuse it unread
	target.Parts[0].Media = []hayon.Attachment{img}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare with a picture that is too large", err, hayon.CodeInvalid)
	fx.wantPosts(t, 0)
}

func testMediaType(t *testing.T, fx *Fixture) {
	t.Helper()
	target := fx.Target("with a program")
	img := fx.Image(t, 2, 2, "")
	img.Type = "application/x-msdownload"
	target.Parts[0].Media = []hayon.Attachment{img}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare with a medium that is not taken", err, hayon.CodeInvalid)
	fx.wantPosts(t, 0)
}
