package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/providertest"
)

// film is a video of a few bytes, with a picture that stands for it where poster is set.
func film(t testing.TB, fx *providertest.Fixture, alt string, poster bool) hayon.Attachment {
	t.Helper()
	m := fx.Image(t, 4, 3, alt)
	m.Type, m.Name = "video/mp4", "film.mp4"
	if poster {
		still := fx.Image(t, 8, 6, "")
		m.Thumb = &hayon.BlobRef{SHA256: still.SHA256, Type: still.Type, Bytes: still.Bytes}
	}
	return m
}

// published are the files of a folder that everybody sees, without the feeds.
func published(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), "feed.") {
			out = append(out, e.Name())
		}
	}
	return out
}

// Videos are links in the file and players in the feeds; they and what stands for them go with their post.
func TestVideos(t *testing.T) {
	t.Parallel()
	const stem = "2026-11-21-look-9qx1"
	fx, dir := newSite(t, map[string]string{"base-url": withBase})
	target := fixed(t, fx, "t_01jd3v9k7m2x4c8q9qx1", "look")
	target.Parts[0].Media = []hayon.Attachment{film(t, fx, `a "film" [1]`, true), film(t, fx, "", false), fx.Image(t, 3, 3, "still")}
	_, res := mustPublish(t, fx, target)
	want := []string{stem + "-1-poster.png", stem + "-1.mp4", stem + "-2.mp4", stem + "-3.png", stem + ".md"}
	if diff := cmp.Diff(want, published(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	lines := "\nlook\n\n[![a \"film\" \\[1\\]](" + stem + "-1-poster.png)](" + stem + "-1.mp4)\n\n[video](" + stem + "-2.mp4)\n\n![still](" + stem + "-3.png)\n"
	if file := read(t, dir, stem+".md"); !strings.HasSuffix(file, lines) {
		t.Errorf("the file does not end in %q:\n%s", lines, file)
	}
	it := checkFeeds(t, dir).Items[0]
	html := "<p>look</p>\n" +
		`<p><video controls preload="none" src="` + withBase + stem + `-1.mp4" poster="` + withBase + stem + `-1-poster.png" title="a &#34;film&#34; [1]"></video></p>` + "\n" +
		`<p><video controls preload="none" src="` + withBase + stem + `-2.mp4" title=""></video></p>` + "\n" +
		`<p><img src="` + withBase + stem + `-3.png" alt="still"></p>`
	if diff := cmp.Diff(html, it.ContentHTML); diff != "" {
		t.Errorf("HTML (-want +got):\n%s", diff)
	}
	if it.ContentText != "look" || len(it.Attachments) != 3 || it.Attachments[0].MIMEType != "video/mp4" || it.Image == nil || *it.Image != withBase+stem+"-1-poster.png" {
		t.Errorf("item: %+v", it)
	}

	target.Parts[0].Remote, target.Parts[0].Text = res.Remote, "look again"
	target.Parts[0].Media[1].Alt = "now in words"
	editor, _ := fx.Provider.(hayon.Editor)
	remote, err := editor.Edit(t.Context(), fx.Session, hayon.EditRequest{Target: target, Now: target.Due})
	if err != nil {
		t.Fatal(err)
	}
	lines = strings.NewReplacer("look\n", "look again\n", "[video]", "[now in words]").Replace(lines)
	if file := read(t, dir, stem+".md"); !strings.HasSuffix(file, lines) {
		t.Errorf("after an edit, the file does not end in %q:\n%s", lines, file)
	}
	deleter, _ := fx.Provider.(hayon.Deleter)
	if err := deleter.Delete(t.Context(), fx.Session, remote); err != nil {
		t.Fatal(err)
	}
	if left := published(t, dir); len(left) > 0 {
		t.Errorf("after a deletion there are %q", left)
	}
}

// A video that lost its picture by hand is still one.
func TestVideoWithoutItsPicture(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, map[string]string{"base-url": withBase})
	target := fx.Target("look")
	target.Parts[0].Media = []hayon.Attachment{film(t, fx, "a film", true)}
	mustPublish(t, fx, target)
	posters, err := filepath.Glob(filepath.Join(dir, "*-poster.png"))
	if err != nil || len(posters) != 1 {
		t.Fatalf("%q, %v", posters, err)
	}
	if err := os.Remove(posters[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, ".hayon", "index.json")); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, fx, fx.Target("another"))
	for _, it := range checkFeeds(t, dir).Items {
		if strings.Contains(it.ContentHTML, "poster") || it.ContentText == "look" && !strings.Contains(it.ContentHTML, "<video") {
			t.Errorf("content: %s", it.ContentHTML)
		}
	}
}

func TestVideosThatAreRefused(t *testing.T) {
	t.Parallel()
	fx, _ := newSite(t, nil)
	large, webm, strange, heavy := film(t, fx, "", false), film(t, fx, "", false), film(t, fx, "", true), film(t, fx, "", true)
	large.Bytes, webm.Type, strange.Thumb.Type, heavy.Thumb.Bytes = 512<<20+1, "video/webm", "video/mp4", 64<<20+1
	for name, m := range map[string]hayon.Attachment{"too large": large, "another type": webm, "a video for its picture": strange, "too large a picture": heavy} {
		target := fx.Target("look")
		target.Parts[0].Media = []hayon.Attachment{m}
		if _, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0)); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}
