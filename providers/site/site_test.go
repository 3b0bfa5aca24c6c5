package site_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/providertest"
	"github.com/hayon/hayon/providers/site"
)

// newSite is a site in an empty folder, with the account's settings.
func newSite(t testing.TB, settings map[string]string) (*providertest.Fixture, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "site")
	now := time.Now()
	a := &hayon.Account{
		ID: hayon.NewAccountID(now), Owner: hayon.NewUserID(now), Platform: site.Name, Name: site.Name,
		Settings: settings, Status: hayon.AccountConnected,
	}
	return &providertest.Fixture{
		Provider: site.New(site.Config{Dir: dir}),
		Session:  providertest.NewSession(a, hayon.Secret{}),
		SignIn:   &hayon.SignIn{Platform: site.Name, Fields: map[string]string{"dir": dir}},
		Content:  providertest.Content{Polls: true, Options: true, Previews: true},
		Posts: func(tb testing.TB) []providertest.Post {
			tb.Helper()
			return publicPosts(tb, dir)
		},
	}, dir
}

// publicPosts reads the JSON feed, after both feeds were checked to be valid and to agree, and behind
// that what is in no feed.
func publicPosts(t testing.TB, dir string) []providertest.Post {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "feed.json")); err != nil {
		return unlisted(t, files)
	}
	feed := checkFeeds(t, dir)
	var out []providertest.Post
	for _, it := range slices.Backward(feed.Items) {
		options := map[string]string{"cw": it.Summary, "tags": strings.Join(it.Tags, ",")}
		if it.Title != nil {
			options["title"] = *it.Title
		}
		p := providertest.Post{ID: it.Hayon.File, Text: it.ContentText, Options: options}
		if it.Language != nil {
			p.Langs = []string{*it.Language}
		}
		for _, pic := range it.Hayon.Pictures {
			p.Alts = append(p.Alts, pic.Alt)
			if _, err := os.Stat(filepath.Join(dir, pic.File)); err != nil {
				t.Errorf("picture of %s: %v", it.Hayon.File, err)
			}
		}
		out = append(out, p)
		i := slices.Index(files, filepath.Join(dir, p.ID))
		if i < 0 {
			t.Errorf("the feed has %s, which is not there", p.ID)
			continue
		}
		files = slices.Delete(files, i, i+1)
	}
	if len(feed.Items) == 50 { // the rest are too old
		return out
	}
	return append(out, unlisted(t, files)...)
}

// unlisted are the posts of files that are in no feed, and must say so.
func unlisted(t testing.TB, files []string) []providertest.Post {
	t.Helper()
	var out []providertest.Post
	for _, name := range files {
		content := read(t, name)
		head, body, _ := strings.Cut(strings.TrimPrefix(content, "---\n"), "\n---\n")
		var fm struct{ Visibility, Summary string }
		if err := yaml.Unmarshal([]byte(head), &fm); err != nil {
			t.Fatal(err)
		}
		if fm.Visibility != "unlisted" {
			t.Errorf("%s is in no feed, and is not unlisted:\n%s", name, head)
		}
		body, _, _ = strings.Cut(body, "\n![")
		out = append(out, providertest.Post{
			ID: filepath.Base(name), Text: strings.TrimSpace(body),
			Options: map[string]string{"visibility": fm.Visibility, "cw": fm.Summary},
		})
	}
	return out
}

func TestContract(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]string{
		"plain":         nil,
		"with base URL": {"base-url": "https://example.org/posts/", "title": `Alice & "Bob" <site>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
				t.Helper()
				fx, _ := newSite(t, settings)
				return fx
			}})
		})
	}
}

// publish makes one post public and answers what was asked and proved.
func publish(t testing.TB, fx *providertest.Fixture, target *hayon.Target) (hayon.PublishRequest, hayon.Result) {
	t.Helper()
	p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	if err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	r := fx.PublishRequest(t, target, 0, p)
	return r, fx.Provider.Publish(t.Context(), fx.Session, r)
}

func mustPublish(t testing.TB, fx *providertest.Fixture, target *hayon.Target) (hayon.PublishRequest, hayon.Result) {
	t.Helper()
	r, res := publish(t, fx, target)
	if res.Verdict != hayon.VerdictPublished {
		t.Fatalf("Publish: verdict %q, error %v", res.Verdict, res.Err)
	}
	return r, res
}

func read(t testing.TB, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fixed is a target with a known id and due time.
func fixed(t testing.TB, fx *providertest.Fixture, id, text string) *hayon.Target {
	t.Helper()
	target := fx.Target(text)
	var err error
	if target.ID, err = hayon.ParseTargetID(id); err != nil {
		t.Fatal(err)
	}
	target.Due = time.Date(2026, 11, 20, 23, 30, 0, 0, time.FixedZone("", -2*3600)) // the 21st in UTC
	target.Parts[0].Idem = fx.Provider.NewIdem(target, 0, target.Due)
	return target
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, map[string]string{"base-url": "https://example.org/posts"})
	target := fixed(t, fx, "t_01jd3v9k7m2x4c8q9qx1", "Hello: world & #golang #GoLang #2024年 $GME\n\n---\nhttps://example.com/a?b=1&c\nend")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 3, 2, `a [b] \ c`+"\nd")}
	_, res := mustPublish(t, fx, target)
	const stem = "2026-11-21-hello-world-golang-golang-2024-gme-9qx1"
	want := `---
id: urn:uuid:064d1ed3-33d0-85d2-8c45-d37e84000000
title: "Hello: world & #golang #GoLang #2024年 $GME"
date: 2026-11-21T01:30:00Z
updated: 2026-11-21T01:30:00Z
tags: ["golang", "2024年"]
lang: "en"
source: hayon
---

Hello: world & #golang #GoLang #2024年 $GME

---
https://example.com/a?b=1&c
end

![a \[b\] \\ c d](` + stem + `-1.png)
`
	if diff := cmp.Diff(want, read(t, dir, stem+".md")); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	sum := sha256.Sum256([]byte(want))
	wantRemote := hayon.Remote{ID: stem + ".md", URL: "https://example.org/posts/" + stem + "/", Digest: hex.EncodeToString(sum[:])}
	if diff := cmp.Diff(wantRemote, res.Remote); diff != "" {
		t.Errorf("remote (-want +got):\n%s", diff)
	}
	it := checkFeeds(t, dir).Items[0]
	wantHTML := "<p>Hello: world &amp; #golang #GoLang #2024年 $GME</p>\n<p>---<br>\n" +
		`<a href="https://example.com/a?b=1&amp;c">https://example.com/a?b=1&amp;c</a>` + "<br>\nend</p>\n" +
		`<p><img src="https://example.org/posts/` + stem + `-1.png" alt="a [b] \ c d"></p>`
	if diff := cmp.Diff(wantHTML, it.ContentHTML); diff != "" {
		t.Errorf("HTML (-want +got):\n%s", diff)
	}
}

func TestNewIdemNames(t *testing.T) {
	t.Parallel()
	fx, _ := newSite(t, nil)
	for text, want := range map[string]string{
		"Hello, world!":            "2026-11-21-hello-world-9qx1.md",
		"\n\n  Über Café\nsecond":  "2026-11-21-uber-cafe-9qx1.md",
		"日本語":                      "2026-11-21-post-9qx1.md",
		"../../etc/passwd":         "2026-11-21-etc-passwd-9qx1.md",
		"":                         "2026-11-21-post-9qx1.md",
		strings.Repeat("ab ", 100): "2026-11-21-" + strings.Repeat("ab-", 19) + "ab-9qx1.md",
	} {
		if got := fixed(t, fx, "t_01jd3v9k7m2x4c8q9qx1", text).Parts[0].Idem; got != want {
			t.Errorf("NewIdem(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestURLOfFile(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	_, res := mustPublish(t, fx, fx.Target("hi"))
	if want := "file://" + filepath.ToSlash(dir) + "/" + res.Remote.ID; runtime.GOOS != "windows" && res.Remote.URL != want {
		t.Errorf("URL %q, want %q", res.Remote.URL, want)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	fx, dir := newSite(t, nil)
	target := fx.Target("public")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 3, 2, "")}
	mustPublish(t, fx, target)
	got := make(map[string]fs.FileMode)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(entries, fs.FileInfoToDirEntry(must(os.Stat(dir)))) {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[strings.Replace(e.Name(), strings.TrimSuffix(target.Parts[0].Idem, ".md"), "POST", 1)] = info.Mode().Perm()
	}
	want := map[string]fs.FileMode{
		"site": 0o755, "POST.md": 0o644, "POST-1.png": 0o644, "feed.json": 0o644, "feed.xml": 0o644, ".hayon": 0o700,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, ".hayon", "media")); len(left) > 0 {
		t.Errorf("%d staged pictures are left", len(left))
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestForeignFileIsConflict(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	target := fx.Target("mine")
	p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, target.Parts[0].Idem)
	if err := os.WriteFile(name, []byte("somebody else's"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := fx.PublishRequest(t, target, 0, p)
	for call, res := range map[string]hayon.Result{
		"Publish":   fx.Provider.Publish(t.Context(), fx.Session, r),
		"Reconcile": fx.Provider.Reconcile(t.Context(), fx.Session, r),
	} {
		if res.Verdict != hayon.VerdictRejected || res.Err == nil || res.Err.Code != hayon.CodeConflict {
			t.Errorf("%s: verdict %q, error %v; want rejected, conflict", call, res.Verdict, res.Err)
		}
	}
	if got := read(t, name); got != "somebody else's" {
		t.Errorf("the file was changed to %q", got)
	}

	// A post that is prepared now takes another name.
	p, err = fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	if err != nil {
		t.Fatal(err)
	}
	res := fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, 0, p))
	if res.Verdict != hayon.VerdictPublished || !strings.Contains(res.Remote.ID, target.ID.Digits()) {
		t.Errorf("verdict %q under %q, want published under a name with the whole id", res.Verdict, res.Remote.ID)
	}
}

func TestLinksOutsideAreNotFollowed(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	outside := filepath.Join(t.TempDir(), "outside.txt")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	target := fx.Target("over a link")
	for _, name := range []string{"feed.json", "feed.xml", target.Parts[0].Idem} {
		if err := os.Symlink(outside, filepath.Join(dir, name)); err != nil {
			t.Skip("no links here")
		}
	}
	_, res := publish(t, fx, target)
	if res.Verdict != hayon.VerdictPublished || res.Remote.ID == target.Parts[0].Idem {
		t.Errorf("verdict %q under %q, want published under another name than the link's", res.Verdict, res.Remote.ID)
	}
	if got := read(t, outside); got != "secret" {
		t.Errorf("the file outside was changed to %q", got)
	}
	checkFeeds(t, dir)

	hidden := filepath.Join(t.TempDir(), "hidden")
	if err := os.MkdirAll(hidden, 0o750); err != nil {
		t.Fatal(err)
	}
	fx, dir = newSite(t, nil)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(hidden, filepath.Join(dir, ".hayon")); err != nil {
		t.Fatal(err)
	}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(fx.Target("x"), 0))
	if hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("Prepare over a hidden link: %v, want a local error", err)
	}
}

func TestUnsafeNamesAreRefused(t *testing.T) {
	t.Parallel()
	fx, _ := newSite(t, nil)
	for _, name := range []string{"../up.md", "/etc/x.md", "a/b.md", ".hidden.md", "x.html", "a\\b.md", "con:x.md"} {
		target := fx.Target("x")
		target.Parts[0].Idem = name
		if _, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0)); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("Prepare with the name %q: %v, want invalid", name, err)
		}
		data, _ := json.Marshal(map[string]string{"file": name, "id": "x", "markdown": "y"})
		res := fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, 0, &hayon.Prepared{Data: data}))
		if res.Verdict != hayon.VerdictRejected {
			t.Errorf("Publish under the name %q: verdict %q, want rejected", name, res.Verdict)
		}
	}
}

// What a crash leaves behind at each of its points is made good.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	crashes := map[string]func(t *testing.T, dir, file string){
		"nothing lost": func(*testing.T, string, string) {},
		"feeds not written": func(t *testing.T, dir, _ string) {
			t.Helper()
			remove(t, dir, "feed.json", "feed.xml", ".hayon/index.json")
		},
		"one feed missing":   func(t *testing.T, dir, _ string) { t.Helper(); remove(t, dir, "feed.xml") },
		"index missing":      func(t *testing.T, dir, _ string) { t.Helper(); remove(t, dir, ".hayon/index.json") },
		"index damaged":      func(t *testing.T, dir, _ string) { t.Helper(); damage(t, dir, ".hayon/index.json") },
		"feed damaged":       func(t *testing.T, dir, _ string) { t.Helper(); damage(t, dir, "feed.json") },
		"hidden folder lost": func(t *testing.T, dir, _ string) { t.Helper(); _ = os.RemoveAll(filepath.Join(dir, ".hayon")) },
		"half-written file": func(t *testing.T, dir, file string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, "."+file+".tmp"), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, crash := range crashes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx, dir := newSite(t, nil)
			mustPublish(t, fx, fx.Target("before"))
			r, out := mustPublish(t, fx, fx.Target("crashed"))
			want := read(t, dir, "feed.json")
			crash(t, dir, out.Remote.ID)
			res := fx.Provider.Reconcile(t.Context(), fx.Session, r)
			if res.Verdict != hayon.VerdictPublished {
				t.Fatalf("Reconcile: verdict %q, error %v", res.Verdict, res.Err)
			}
			if diff := cmp.Diff(want, read(t, dir, "feed.json")); diff != "" {
				t.Errorf("feed.json (-before +after):\n%s", diff)
			}
			if n := len(publicPosts(t, dir)); n != 2 {
				t.Errorf("%d posts, want 2", n)
			}
		})
	}
}

func remove(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func damage(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(`{"version":1,"feed`), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A process that ended between the file and the feeds leaves no index; the next post, of anybody,
// brings the lost one into the feeds.
func TestNextPostFindsLostOne(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	_, first := mustPublish(t, fx, fx.Target("lost"))
	remove(t, dir, "feed.json", "feed.xml", ".hayon/index.json")
	_, second := mustPublish(t, fx, fx.Target("next"))
	got := []string{}
	for _, p := range publicPosts(t, dir) {
		got = append(got, p.ID)
	}
	want := []string{first.Remote.ID, second.Remote.ID}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
}

func TestEditsAndDeletionsByHand(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	r, edited := mustPublish(t, fx, fx.Target("a typign error"))
	_, gone := mustPublish(t, fx, fx.Target("to be deleted"))
	content := read(t, dir, edited.Remote.ID)
	content = strings.ReplaceAll(strings.ReplaceAll(content, "typign", "typing"), "\n", "\r\n")
	if err := os.WriteFile(filepath.Join(dir, edited.Remote.ID), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	remove(t, dir, gone.Remote.ID)
	if err := os.WriteFile(filepath.Join(dir, "notes.md"), []byte("---\ntitle: my own\n---\nhello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, fx, fx.Target("next"))
	feed := checkFeeds(t, dir)
	var texts []string
	for _, it := range feed.Items {
		texts = append(texts, it.ContentText)
	}
	slices.Sort(texts)
	if diff := cmp.Diff([]string{"a typing error", "next"}, texts); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if res := fx.Provider.Publish(t.Context(), fx.Session, r); res.Verdict != hayon.VerdictPublished {
		t.Errorf("Publish again after an edit: verdict %q, error %v", res.Verdict, res.Err)
	}
	if got := read(t, dir, edited.Remote.ID); got != content {
		t.Error("the edit was overwritten")
	}
}

func TestFeedIsBounded(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	fill(t, fx, dir, 120, start)
	target := fx.Target("the newest")
	target.Due = start.Add(200 * time.Hour)
	_, res := mustPublish(t, fx, target)
	feed := checkFeeds(t, dir)
	if len(feed.Items) != 50 || feed.Items[0].Hayon.File != res.Remote.ID {
		t.Fatalf("%d items, the first %s", len(feed.Items), feed.Items[0].Hayon.File)
	}
	// What is deleted makes room for older ones, beyond what the index holds.
	for _, it := range feed.Items {
		remove(t, dir, it.Hayon.File)
	}
	for range 40 {
		feed = republish(t, fx, dir, target)
		remove(t, dir, feed.Items[1].Hayon.File)
	}
	if len(feed.Items) != 1+120-49-39 {
		t.Errorf("%d items, want %d", len(feed.Items), 1+120-49-39)
	}
}

func republish(t *testing.T, fx *providertest.Fixture, dir string, target *hayon.Target) jsonFeed {
	t.Helper()
	mustPublish(t, fx, target)
	return checkFeeds(t, dir)
}

// fill writes n posts, an hour apart, as they would be after as many calls.
func fill(t testing.TB, fx *providertest.Fixture, dir string, n int, start time.Time) {
	t.Helper()
	for i := range n {
		target := fx.Target(fmt.Sprintf("post %d #tag https://example.com/%d", i, i))
		target.Due = start.Add(time.Duration(i) * time.Hour)
		p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
		if err != nil {
			t.Fatal(err)
		}
		var d struct{ File, Markdown string }
		if err := json.Unmarshal(p.Data, &d); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, d.File), []byte(d.Markdown), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestProcessesTakeTurns(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	const n = 12
	var wg sync.WaitGroup
	for i := range n {
		// A provider of its own shares nothing but the folder, as another process does.
		other := &providertest.Fixture{Provider: site.New(site.Config{Dir: dir}), Session: fx.Session}
		wg.Go(func() {
			target := other.Target(fmt.Sprintf("post %d", i))
			p, err := other.Provider.Prepare(t.Context(), other.Session, other.PrepareRequest(target, 0))
			if err != nil {
				t.Error(err)
				return
			}
			r := other.PublishRequest(t, target, 0, p)
			if res := other.Provider.Publish(t.Context(), other.Session, r); res.Verdict != hayon.VerdictPublished {
				t.Errorf("Publish: verdict %q, error %v", res.Verdict, res.Err)
			}
		})
	}
	wg.Wait()
	if got := len(publicPosts(t, dir)); got != n {
		t.Errorf("%d posts in the feed, want %d", got, n)
	}
}

func TestStagedPictures(t *testing.T) {
	t.Parallel()
	fx, dir := newSite(t, nil)
	target := fx.Target("with a picture")
	target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 3, 2, "x")}
	request := fx.PrepareRequest(target, 0)
	p, err := fx.Provider.Prepare(t.Context(), fx.Session, request)
	if err != nil {
		t.Fatal(err)
	}
	if until := time.Until(p.Expires); until < 6*24*time.Hour {
		t.Errorf("expires in %v, want about a week", until)
	}
	if visible, _ := filepath.Glob(filepath.Join(dir, "[^.]*")); len(visible) > 0 {
		t.Errorf("Prepare made public: %v", visible)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".hayon", "media")); err != nil {
		t.Fatal(err)
	}
	r := fx.PublishRequest(t, target, 0, p)
	if res := fx.Provider.Publish(t.Context(), fx.Session, r); res.Verdict != hayon.VerdictNotApplied || res.Err.Code != hayon.CodeLocal {
		t.Errorf("Publish without the staged picture: verdict %q, error %v; want not_applied", res.Verdict, res.Err)
	}
	request.Earlier, request.Now = p, request.Now.Add(time.Hour)
	renewed, err := fx.Provider.Prepare(t.Context(), fx.Session, request)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(p.Data), string(renewed.Data)); diff != "" {
		t.Errorf("renewing changed the bytes:\n%s", diff)
	}
	if res := fx.Provider.Publish(t.Context(), fx.Session, r); res.Verdict != hayon.VerdictPublished {
		t.Errorf("Publish: verdict %q, error %v", res.Verdict, res.Err)
	}
}

func TestDamagedBlobIsRefused(t *testing.T) {
	t.Parallel()
	fx, _ := newSite(t, nil)
	target := fx.Target("x")
	img, other := fx.Image(t, 3, 2, ""), fx.Image(t, 4, 2, "")
	target.Parts[0].Media = []hayon.Attachment{img}
	r := fx.PrepareRequest(target, 0)
	open := r.Open
	r.Open = func(ctx contextT, _ hayon.Attachment) (readCloser, error) { return open(ctx, other) }
	if _, err := fx.Provider.Prepare(t.Context(), fx.Session, r); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("Prepare: %v, want a local error", err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := site.New(site.Config{Dir: dir})
	_, _, err := p.SignIn(t.Context(), hayon.SignIn{Platform: site.Name})
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok || e.Code != hayon.CodeLocal || !strings.Contains(e.Message, dir) || e.Hint == "" {
		t.Errorf("SignIn: %v, want a local error that names %s", err, dir)
	}
	a := &hayon.Account{Platform: site.Name, Name: site.Name}
	if _, err := p.Verify(t.Context(), providertest.NewSession(a, hayon.Secret{})); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("Verify: %v, want a local error", err)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "site")
	p := site.New(site.Config{})
	a, secret, err := p.SignIn(t.Context(), hayon.SignIn{Platform: site.Name, Fields: map[string]string{
		"dir": dir + "/../site/", "base-url": " https://example.org/a%20b ", "title": " My posts ",
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := &hayon.Account{
		Platform: site.Name, RemoteID: dir, Handle: dir, Host: "https://example.org/a%20b/",
		Settings: map[string]string{"dir": dir, "base-url": "https://example.org/a%20b/", "title": "My posts"},
		Status:   hayon.AccountConnected,
	}
	if diff := cmp.Diff(want, a); diff != "" || !secret.IsZero() {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	for _, base := range []string{"example.org", "ftp://example.org", "/posts", "https://", "https://a.org/?x", "https://u:p@a.org/", "https://a.org/#x", "http://a b/"} {
		_, _, err := p.SignIn(t.Context(), hayon.SignIn{Fields: map[string]string{"dir": dir, "base-url": base}})
		if hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("base URL %q: %v, want invalid", base, err)
		}
	}
	if _, _, err := p.SignIn(t.Context(), hayon.SignIn{}); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("no folder: %v, want invalid", err)
	}
}

var uuid8 = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// Whatever a person types comes back from the file as it was.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"yes", "? x", ".inf", "# x", "a: b", "---\nid: x\n---", "x\ty", "\x00\x1f\ufffe", "\u2028 \u0085", "![a](b-1.png)", "\\", "'\"", "<p>&amp;", "\n\n a"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, body, alt string) {
		fx, dir := newSite(t, nil)
		target := fx.Target(body)
		target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 2, 2, alt)}
		p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
		if err != nil {
			if hayon.CodeOf(err) != hayon.CodeInvalid {
				t.Fatal(err)
			}
			return
		}
		res := fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, 0, p))
		if res.Verdict != hayon.VerdictPublished {
			t.Fatalf("Publish: %v", res.Err)
		}
		it := checkFeeds(t, dir).Items[0]
		if want := strings.Trim(clean(body), "\n"); it.ContentText != want {
			t.Errorf("text %q, want %q", it.ContentText, want)
		}
		if want := strings.Join(strings.Fields(clean(strings.ToValidUTF8(alt, "\ufffd"))), " "); len(it.Hayon.Pictures) != 1 || clean(it.Hayon.Pictures[0].Alt) != want {
			t.Errorf("pictures %+v, want the text %q", it.Hayon.Pictures, want)
		}
	})
}

func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{10, 5000} {
		b.Run(fmt.Sprintf("%d posts", n), func(b *testing.B) {
			fx, dir := newSite(b, nil)
			fill(b, fx, dir, n, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
			mustPublish(b, fx, fx.Target("first"))
			for b.Loop() {
				mustPublish(b, fx, fx.Target("next"))
			}
		})
	}
}
