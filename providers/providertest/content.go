package providertest

import (
	"fmt"
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
	for _, l := range fx.info().Limits {
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
	if u == text.Graphemes || u == text.Mastodon {
		return strings.Repeat("a", n)
	}
	size := text.Count(u, family)
	return strings.Repeat(family, n/size) + strings.Repeat("a", n%size)
}

// lengthOf is how much of a limit a text takes up, with the values of options that count too.
func lengthOf(l hayon.Limit, s string, with ...string) int64 {
	return int64(text.Length(text.Rule{Unit: text.Unit(l.Unit), URL: int(l.URL)}, s, with...))
}

// breaks reports whether s is over any limit of text.
func (fx *Fixture) breaks(s string, with ...string) bool {
	for _, l := range fx.textLimits() {
		if lengthOf(l, s, with...) > l.Max {
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
		for _, n := range []int64{l.Max, l.Max - 1} {
			if s := filled(l.Unit, int(n)); !fx.breaks(s) {
				texts = append(texts, s)
			}
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

// An address counts as much as the limit says, and not otherwise.
func testAddressAtLimit(t *testing.T, fx *Fixture) {
	t.Helper()
	for _, l := range fx.textLimits() {
		address := "https://example.com/" + strings.Repeat("p", 60) + " "
		rest := l.Max - lengthOf(l, address)
		if rest < 1 || fx.breaks(address+strings.Repeat("a", int(rest))) {
			continue
		}
		s := address + strings.Repeat("a", int(rest))
		fx.publish(t, fx.Target(s), 0)
		if posts := fx.Posts(t); len(posts) == 0 || posts[len(posts)-1].Text != s {
			t.Errorf("the text with an address, at the limit in %s, is not out as it is", l.Unit)
		}
		_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(fx.Target(s+"a"), 0))
		fx.wantCode(t, "Prepare with an address over the limit in "+string(l.Unit), err, hayon.CodeInvalid)
	}
}

// What an option says counts where the limit says so.
func testOptionCounts(t *testing.T, fx *Fixture) {
	t.Helper()
	counted := false
	for _, l := range fx.textLimits() {
		for _, name := range l.With {
			counted = true
			const value = "counted"
			rest := int(l.Max - lengthOf(l, "", value))
			for over, want := range []hayon.Code{"", hayon.CodeInvalid} {
				target := fx.Target(filled(l.Unit, rest+over))
				target.Options = fx.withOption(name, value)
				p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
				switch {
				case want != "":
					fx.wantCode(t, "Prepare over the limit with "+name, err, want)
				case err != nil:
					t.Errorf("Prepare at the limit with %s: %v", name, err)
				case p == nil || len(p.Data) == 0:
					t.Errorf("Prepare at the limit with %s gives nothing", name)
				}
			}
		}
	}
	if !counted {
		t.Skip("no option counts")
	}
}

func testEmptyText(t *testing.T, fx *Fixture) {
	t.Helper()
	target := fx.Target("")
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare without text and media", err, hayon.CodeInvalid)
	info := fx.info()
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
	if slices.Contains(fx.info().MediaTypes, "image/png") {
		return
	}
	t.Skip("takes no PNG")
}

func testAlt(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	n, _ := fx.info().Limit(hayon.LimitImages, hayon.UnitItems)
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

// As many pictures as are allowed are not too many, and each keeps its text.
func testImagesAtLimit(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	n, _ := fx.info().Limit(hayon.LimitImages, hayon.UnitItems)
	target := fx.Target("many")
	var alts []string
	for i := range n {
		alts = append(alts, fmt.Sprintf("picture %d", i+1))
		target.Parts[0].Media = append(target.Parts[0].Media, fx.Image(t, 2+int(i), 2, alts[i]))
	}
	fx.publish(t, target, 0)
	if posts := fx.wantPosts(t, 1); len(posts) == 1 {
		if diff := cmp.Diff(alts, posts[0].Alts); diff != "" {
			t.Errorf("alternative texts (-want +got):\n%s", diff)
		}
	}
}

func testAltLimit(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	i := slices.IndexFunc(fx.info().Limits, func(l hayon.Limit) bool { return l.Of == hayon.LimitAlt })
	if i < 0 {
		t.Skip("alternative texts have no limit")
	}
	l := fx.info().Limits[i]
	alt := filled(l.Unit, int(l.Max))
	target := fx.Target("described")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 2, 2, alt)}
	fx.publish(t, target, 0)
	if posts := fx.wantPosts(t, 1); len(posts) == 1 && (len(posts[0].Alts) != 1 || posts[0].Alts[0] != alt) {
		t.Error("the alternative text at the limit is not out as it is")
	}
	target = fx.Target("described too much")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 2, 2, alt+"b")}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare with an alternative text over the limit", err, hayon.CodeInvalid)
	fx.wantPosts(t, 1)
}

func testLangs(t *testing.T, fx *Fixture) {
	t.Helper()
	langs := []string{"de", "en", "fr", "it", "es", "pt", "nl", "pl"}
	n, limited := fx.info().Limit(hayon.LimitLangs, hayon.UnitItems)
	if !limited {
		n = 1
	}
	target := fx.Target("in languages")
	target.Parts[0].Langs = langs[:min(int(n), len(langs))]
	fx.publish(t, target, 0)
	if posts := fx.wantPosts(t, 1); len(posts) == 1 && posts[0].Langs != nil {
		if diff := cmp.Diff(target.Parts[0].Langs, posts[0].Langs); diff != "" {
			t.Errorf("languages that arrived (-want +got):\n%s", diff)
		}
	}
	if !limited || int(n) >= len(langs) {
		return
	}
	target = fx.Target("in too many languages")
	target.Parts[0].Langs = langs[:n+1]
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare with too many languages", err, hayon.CodeInvalid)
	fx.wantPosts(t, 1)
}

func testTooManyImages(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	n, _ := fx.info().Limit(hayon.LimitImages, hayon.UnitItems)
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
	limit, ok := fx.info().Limit(hayon.LimitImage, hayon.UnitBytes)
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

// largestTried bounds the picture at the limit, so that the suite stays quick.
const largestTried = 20 << 20

func testImageAtLimit(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	limit, ok := fx.info().Limit(hayon.LimitImage, hayon.UnitBytes)
	if !ok || limit > largestTried {
		t.Skip("pictures have no limit in bytes that could be tried")
	}
	target := fx.Target("as large as can be")
	target.Parts[0].Media = []hayon.Attachment{fx.imageOf(t, limit)}
	fx.publish(t, target, 0)
	fx.wantPosts(t, 1)
}

func testTooManyPixels(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	limit, ok := fx.info().Limit(hayon.LimitImage, hayon.UnitPixels)
	if !ok {
		t.Skip("pictures have no limit in pixels")
	}
	target := fx.Target("too many pixels")
	img := fx.Image(t, 2, 2, "")
	img.Width, img.Height = int(limit), 2 // what the attachment says is enough to refuse it unread
	target.Parts[0].Media = []hayon.Attachment{img}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare with too many pixels", err, hayon.CodeInvalid)
	fx.wantPosts(t, 0)
}

func testNeedsMedia(t *testing.T, fx *Fixture) {
	t.Helper()
	if !fx.info().NeedsMedia {
		t.Skip("needs no media")
	}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(fx.Target("words alone"), 0))
	fx.wantCode(t, "Prepare without media", err, hayon.CodeInvalid)
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
