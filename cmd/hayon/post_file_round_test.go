package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

// inProcess is an app of a user who has a database, run by no command line.
func inProcess(t *testing.T, u *user) *app {
	t.Helper()
	a := newApp(&streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, env(u.env...))
	a.flags.profile, a.flags.server = defaultProfile, "none"
	if err := a.configure(); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestRoundTrip: a post that is written as a file and made of that file again is the same to its platforms, in
// every kind of file.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	for _, alias := range []string{"", "small"} {
		u.must(t, 0, "", append([]string{"login", "demo"}, strings.Fields(strings.Repeat("--alias "+alias, min(len(alias), 1)))...)...)
	}
	u.must(t, 0, "", "people", "add", "ada", "demo=ada")
	a := inProcess(t, u)
	a.leaveQueued = true
	const seed, posts = 8, 40
	random := rand.New(rand.NewPCG(seed, seed))
	t.Logf("seed %d", seed)
	err := a.service(t.Context(), func(ctx context.Context, b *backend) error {
		for i := range posts {
			if err := roundTrip(ctx, t, a, b, u.dir, randomCreate(ctx, t, b, random, i)); err != nil {
				return fmt.Errorf("post %d: %w", i, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func roundTrip(ctx context.Context, t *testing.T, a *app, b *backend, dir string, c hayon.PostCreate) error {
	t.Helper()
	first, err := b.CreatePost(ctx, c)
	if err != nil {
		return fmt.Errorf("%+v: %w", c, err)
	}
	request, err := b.FindRequest(ctx, first.ID)
	if err != nil {
		return err
	}
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	for _, kind := range []postfile.Kind{postfile.Markdown, postfile.YAML, postfile.JSON} {
		content, err := postfile.Format(roster(accounts).fileOf(request.Create), kind)
		if err != nil {
			return fmt.Errorf("as %s: %w", kind, err)
		}
		o := &postOptions{app: a, allowDuplicate: true}
		o.stripEXIF = true
		path := filepath.Join(dir, "post."+map[postfile.Kind]string{postfile.Markdown: "md", postfile.YAML: "yaml", postfile.JSON: "json"}[kind])
		write(t, path, content)
		o.files = []string{path}
		files, err := o.readFiles(ctx, nil)
		if err != nil {
			return err
		}
		if files[0].broken() {
			return fmt.Errorf("as %s:\n%s\n%v", kind, content, files[0].problems)
		}
		again := files[0].create
		if again.Media, err = o.attach(ctx, b, files[0].media, false); err != nil {
			return err
		}
		second, err := b.CreatePost(ctx, again)
		if err != nil {
			return fmt.Errorf("as %s:\n%s\n%w", kind, content, err)
		}
		if diff := cmp.Diff(first, second, samePost()...); diff != "" {
			t.Errorf("as %s (-first +second):\n%s\n%s", kind, diff, content)
		}
	}
	return nil
}

// samePost compares what a person and the platforms get of a post, and not who it is.
func samePost() []cmp.Option {
	return []cmp.Option{
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(hayon.Post{}, "ID", "CreatedAt", "UpdatedAt", "Request", "ShortDigits", "Warnings"),
		cmpopts.IgnoreFields(hayon.Target{}, "ID", "Post", "CreatedAt", "StateSince", "Due"), // of a draft it is when it was stored
		cmpopts.IgnoreFields(hayon.Part{}, "Idem"),
		cmp.Comparer(func(a, b hayon.AccountID) bool { return a == b }),
		cmp.Comparer(func(a, b hayon.MediaID) bool { return a == b }),
		cmp.Comparer(func(a, b hayon.UserID) bool { return a == b }),
	}
}

// randomCreate is a request in which everything may stand that a file can say.
func randomCreate(ctx context.Context, t *testing.T, b *backend, random *rand.Rand, i int) hayon.PostCreate {
	t.Helper()
	coin := func() bool { return random.IntN(2) == 0 }
	body := func() string {
		texts := []string{
			"Plain.", "Two\nlines", "--- not a line", "a: b", "# heading", "- item\n- item", "'quoted' \"twice\"", "*star* &amp; {brace} [bracket]",
			"trailing colon:", "emoji 👩‍👩‍👧 and שלום", "tab\there", "Thanks to @{ada}!", "https://example.com/a?b=c#d", "null", "true", "12", "2031-01-01", "| pipe", "> quote", "  indented", "%", "@x", "`code`",
		}
		return fmt.Sprintf("%s %d", texts[random.IntN(len(texts))], i)
	}
	c := hayon.PostCreate{Text: body(), To: []string{"demo", "demo/small"}, AllowDuplicate: true, Card: hayon.CardNone}
	if coin() {
		c.Text += "\n---\n" + body()
	}
	if coin() {
		c.Parts = []string{body(), body() + "\n\n" + body()}
	}
	if coin() {
		c.Texts = map[string]string{"demo/small": body() + "\n" + body()}
	}
	if coin() {
		c.Not = []string{"demo/small"}
		delete(c.Texts, "demo/small")
	}
	if coin() {
		c.Langs, c.Labels, c.Note = []string{"en", "pt-BR"}, []string{"launch", "no", "a b"}, body()
	}
	c.Options = map[string]map[string]string{}
	common := map[string]string{}
	for key, value := range map[string]string{"title": body(), "cw": "yes", "visibility": "unlisted", "replies": "nobody", "no_quotes": "true", "sensitive": "true", "tags": "a,b c"} {
		if coin() {
			common[key] = value
		}
	}
	maps.DeleteFunc(common, func(key, _ string) bool { return key == "replies" && coin() })
	if len(common) > 0 {
		c.Options[""] = common
	}
	if coin() {
		c.Options["demo"] = map[string]string{"mood": "a: b"}
	}
	switch random.IntN(3) {
	case 0:
		c.Poll = &hayon.Poll{Options: []string{"Tea", "no", "12"}, Seconds: int64(1+random.IntN(50)) * 3600, Multiple: coin(), HideTotals: coin()}
	case 1:
		m, err := b.CreateMedia(ctx, bytes.NewReader(picture(2+i, 3)), "a.png")
		if err != nil {
			t.Fatal(err)
		}
		c.Media = []hayon.MediaInput{{Media: m.ID, Alt: body()}, {Media: m.ID, For: []string{"demo"}, NoResize: coin(), KeepMetadata: coin(), Focus: &hayon.Focus{X: 0.25, Y: -1}}}
	}
	if coin() {
		c.Thread, c.Number = hayon.ThreadAuto, "{i}/{n}"
	}
	if coin() {
		c.IfLate, c.Grace = hayon.LateSkip, new(time.Duration(1+random.IntN(500))*time.Minute)
	}
	if len(c.Parts) == 0 && c.Poll == nil { // which a folder does not take
		c.To = append(c.To, "site")
	}
	switch random.IntN(3) {
	case 0:
		c.Draft = true
	case 1:
		c.Schedule = hayon.Schedule{At: time.Date(2031, 5, 1+random.IntN(28), 7, 30, random.IntN(60), 0, time.UTC)}
	default:
		c.Schedule = hayon.Schedule{Wall: fmt.Sprintf("2031-10-%02dT02:30:00", 1+random.IntN(28)), Zone: "Europe/Berlin"}
	}
	return c
}
