package site_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/providertest"
	"github.com/hayon/hayon/providers/site"
)

func editor(fx *providertest.Fixture) hayon.Editor   { return fx.Provider.(*site.Provider) }
func deleter(fx *providertest.Fixture) hayon.Deleter { return fx.Provider.(*site.Provider) }

// names are the files of the folder, without its hidden part.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".hayon") {
			out = append(out, e.Name())
		}
	}
	return out
}

func TestDeleteRemovesAllOfIt(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, map[string]string{"base-url": "https://example.org/"})
	target := fx.Target("with two pictures")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 2, 2, "one"), fx.Image(t, 3, 3, "")}
	_, res := mustPublish(t, fx, target)
	before := checkFeeds(t, dir)
	if n := len(names(t, dir)); n != 5 || len(before.Items) != 1 {
		t.Fatalf("%d files, %d items: %q", n, len(before.Items), names(t, dir))
	}
	updated := checkAtom(t, dir).Updated
	for range 2 {
		if err := deleter(fx).Delete(t.Context(), fx.Session, res.Remote); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"feed.json", "feed.xml"}, names(t, dir)); diff != "" {
			t.Errorf("what is left (-want +got):\n%s", diff)
		}
		if after := checkFeeds(t, dir); len(after.Items) != 0 {
			t.Errorf("the feeds have %d items", len(after.Items))
		}
		if diff := cmp.Diff(updated, checkAtom(t, dir).Updated); diff != "" {
			t.Errorf("an empty feed lost its time:\n%s", diff)
		}
	}
	if _, res := mustPublish(t, fx, fx.Target("the next one")); len(checkFeeds(t, dir).Items) != 1 {
		t.Errorf("%s is not in the feed", res.Remote.ID)
	}
}

// Whoever was killed between the feeds and the file finds everything in its place the next time.
func TestDeleteGoesOn(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	target := fx.Target("half gone")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 2, 2, "one")}
	_, res := mustPublish(t, fx, target)
	pictures, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil || len(pictures) != 1 {
		t.Fatalf("%q, %v", pictures, err)
	}
	for _, lost := range []string{pictures[0], filepath.Join(dir, ".hayon", "index.json"), filepath.Join(dir, "feed.json")} {
		if err := os.Remove(lost); err != nil {
			t.Fatal(err)
		}
	}
	if err := deleter(fx).Delete(t.Context(), fx.Session, res.Remote); err != nil {
		t.Fatal(err)
	}
	checkFeeds(t, dir)
	if diff := cmp.Diff([]string{"feed.json", "feed.xml"}, names(t, dir)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestDeleteLeavesOtherFiles(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	if err := deleter(fx).Delete(t.Context(), fx.Session, hayon.Remote{ID: "2026-11-20-a-b.md"}); err != nil {
		t.Errorf("in a folder that is not there: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("to delete made the folder")
	}
	_, res := mustPublish(t, fx, fx.Target("ours"))
	page := filepath.Join(dir, "about.md")
	if err := os.WriteFile(page, []byte("# About\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.md"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]hayon.Code{
		"about.md": hayon.CodeConflict, "folder.md": hayon.CodeConflict, "../" + filepath.Base(dir) + "/about.md": hayon.CodeInvalid,
		"feed.json": hayon.CodeInvalid, "": hayon.CodeInvalid, ".hayon/lock": hayon.CodeInvalid, page: hayon.CodeInvalid,
	} {
		err := deleter(fx).Delete(t.Context(), fx.Session, hayon.Remote{ID: name, URL: res.Remote.URL})
		if hayon.CodeOf(err) != want {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
	if read(t, page) != "# About\n" || len(checkFeeds(t, dir).Items) != 1 {
		t.Error("something was removed")
	}
}

func TestEditKeepsWhatStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, dir := newSite(t, map[string]string{"base-url": "https://example.org/"})
		target := fx.Target("helo #one")
		target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 2, 2, "a squar")}
		r, res := mustPublish(t, fx, target)
		before := checkFeeds(t, dir).Items[0]
		was := read(t, dir, res.Remote.ID)
		later(90 * time.Second)

		target.Parts[0].Remote, target.Parts[0].Text = res.Remote, "hello #two"
		target.Parts[0].Media[0].Alt = "a [square]"
		edit := hayon.EditRequest{Target: target, Earlier: r.Prepared, Now: time.Now()}
		got, err := editor(fx).Edit(t.Context(), fx.Session, edit)
		if err != nil {
			t.Fatal(err)
		}
		if got.ID != res.Remote.ID || got.URL != res.Remote.URL || got.Digest == res.Remote.Digest {
			t.Errorf("got %+v, want %+v with another digest", got, res.Remote)
		}
		is := read(t, dir, got.ID)
		for _, line := range []string{"id: ", "date: ", "source: "} {
			if a, b := lineOf(was, line), lineOf(is, line); a != b {
				t.Errorf("%q became %q", a, b)
			}
		}
		for _, want := range []string{"title: \"hello #two\"\n", "tags: [\"two\"]\n", "\n\nhello #two\n", `![a \[square\]](`} {
			if !strings.Contains(is, want) {
				t.Errorf("%q is not in the file:\n%s", want, is)
			}
		}
		after := checkFeeds(t, dir).Items[0]
		if after.ID != before.ID || after.DatePublished != before.DatePublished || after.ContentText != "hello #two" ||
			after.DateModified == nil || *after.DateModified != time.Now().UTC().Format(time.RFC3339) {
			t.Errorf("item %+v, want that of before with the time of the change", after)
		}

		later(time.Minute) // the same again changes nothing, not even the time
		edit.Now = time.Now()
		if _, err := editor(fx).Edit(t.Context(), fx.Session, edit); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(is, read(t, dir, got.ID)); diff != "" {
			t.Errorf("the same edit changed:\n%s", diff)
		}
	})
}

// later lets time pass in a bubble.
func later(d time.Duration) { <-time.NewTimer(d).C }

func lineOf(s, start string) string {
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, start) {
			return line
		}
	}
	return ""
}

// What a person wrote into the file is not lost, and a file of somebody else is not touched.
func TestEditRespectsHands(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(string) string{
		"a key of one's own": func(s string) string { return strings.Replace(s, "source:", "draft: true\nsource:", 1) },
		"another text":       func(s string) string { return s + "\nPS: more\n" },
		"another post":       func(s string) string { return strings.Replace(s, "urn:uuid:0", "urn:uuid:f", 1) },
		"no post at all":     func(string) string { return "# Page\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx, dir := newSite(t, nil)
			target := fx.Target("as it was")
			r, res := mustPublish(t, fx, target)
			changed := change(read(t, dir, res.Remote.ID))
			if err := os.WriteFile(filepath.Join(dir, res.Remote.ID), []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			target.Parts[0].Remote, target.Parts[0].Text = res.Remote, "as it is to be"
			_, err := editor(fx).Edit(t.Context(), fx.Session, hayon.EditRequest{Target: target, Earlier: r.Prepared, Now: time.Now()})
			if e := hayon.AsError(err); hayon.CodeOf(err) != hayon.CodeConflict || e.Hint == "" {
				t.Errorf("got %v, want a conflict with a hint", err)
			}
			if diff := cmp.Diff(changed, read(t, dir, res.Remote.ID)); diff != "" {
				t.Errorf("the file was changed:\n%s", diff)
			}
		})
	}
}

// Where nobody knows what was written, a file in our own form is ours.
func TestEditOfWhatNobodyRemembers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(string) string
		want   hayon.Code
	}{
		"as we write": {func(s string) string { return s }, ""},
		"another key": {func(s string) string { return strings.Replace(s, "source:", "draft: true\nsource:", 1) }, hayon.CodeConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx, dir := newSite(t, nil)
			target := fx.Target("as it was")
			_, res := mustPublish(t, fx, target)
			if err := os.WriteFile(filepath.Join(dir, res.Remote.ID), []byte(tt.change(read(t, dir, res.Remote.ID))), 0o600); err != nil {
				t.Fatal(err)
			}
			target.Parts[0].Remote, target.Parts[0].Text = hayon.Remote{ID: res.Remote.ID}, "as it is to be"
			_, err := editor(fx).Edit(t.Context(), fx.Session, hayon.EditRequest{Target: target, Now: time.Now()})
			if hayon.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A post can be listed and taken from the lists again; its file stays where it is.
func TestVisibilityMoves(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	target := fx.Target("not for the feeds")
	target.Options = map[string]string{"visibility": "unlisted"}
	r, res := mustPublish(t, fx, target)
	if diff := cmp.Diff([]string{res.Remote.ID}, names(t, dir)); diff != "" {
		t.Errorf("an unlisted post alone (-want +got):\n%s", diff)
	}
	if got := fx.Provider.Reconcile(t.Context(), fx.Session, r); got.Verdict != hayon.VerdictPublished {
		t.Errorf("Reconcile: %q (%v), want published", got.Verdict, got.Err)
	}
	mustPublish(t, fx, fx.Target("for the feeds"))
	target.Parts[0].Remote = res.Remote
	for _, step := range []struct {
		visibility string
		listed     int
	}{{"public", 2}, {"unlisted", 1}, {"", 2}} {
		target.Options = map[string]string{"visibility": step.visibility}
		got, err := editor(fx).Edit(t.Context(), fx.Session, hayon.EditRequest{Target: target, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		target.Parts[0].Remote = got
		if n := len(checkFeeds(t, dir).Items); n != step.listed {
			t.Errorf("%q: %d items, want %d", step.visibility, n, step.listed)
		}
	}
}

// Nothing of the text shows before the warning: neither in the name, nor in a title.
func TestWarning(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, map[string]string{"base-url": "https://example.org/"})
	target := fx.Target("the butler did it")
	target.Options = map[string]string{"cw": "spoilers: <last> \"page\"\n"}
	target.Parts[0].Idem = fx.Provider.NewIdem(target, 0, target.Due)
	_, res := mustPublish(t, fx, target)
	if !strings.Contains(res.Remote.ID, "-spoilers-last-page-") || strings.Contains(res.Remote.ID, "butler") {
		t.Errorf("the name is %s", res.Remote.ID)
	}
	content := read(t, dir, res.Remote.ID)
	head, _, _ := strings.Cut(strings.TrimPrefix(content, "---\n"), "---\n")
	if !strings.Contains(head, `summary: "spoilers: <last> \"page\""`+"\n") || !strings.Contains(head, `title: "spoilers: <last>`) || strings.Contains(head, "butler") {
		t.Errorf("front matter:\n%s", head)
	}
	it := checkFeeds(t, dir).Items[0]
	if it.Summary != `spoilers: <last> "page"` || !strings.HasPrefix(it.ContentHTML, "<p><strong>spoilers: &lt;last&gt; &#34;page&#34;</strong></p>\n<hr>\n<p>the butler") {
		t.Errorf("summary %q, content %q", it.Summary, it.ContentHTML)
	}
	atom := read(t, dir, "feed.xml")
	if !strings.Contains(atom, "<title>spoilers: &lt;last&gt;") || !strings.Contains(atom, "<summary>spoilers: &lt;last&gt;") {
		t.Errorf("the Atom feed:\n%s", atom)
	}
}
