package main_test

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/store"
)

const (
	// maxExplained bounds how many posts are explained in full.
	maxExplained = 3
	// feedLength is how many posts the feeds of the site hold, the newest ones.
	feedLength = 50
)

// public is something that an account made public.
type public struct{ id, text string }

// truth is what the store says, read after the last daemon has ended.
type truth struct {
	posts    []*hayon.Post
	accounts map[hayon.AccountID]string
	sendings map[hayon.TargetID]int // journal rows that say that a call is about to leave
	outcomes map[hayon.TargetID]int // journal rows that say that the post is out
	history  map[hayon.PostID][]string
}

// verify compares plan, store and public.
func (w *chaosWorld) verify(t *testing.T, plan []*plannedPost) {
	t.Helper()
	v := w.read(t)
	explained := 0
	wrong := func(id hayon.PostID, format string, args ...any) {
		t.Helper()
		t.Errorf("post "+id.String()+": "+format, args...)
		if explained++; explained <= maxExplained {
			t.Logf("%s\njournal:\n%s", w.explain(t, id.String()), strings.Join(v.history[id], "\n"))
		}
	}

	byText := make(map[string][]*hayon.Post)
	for _, p := range v.posts {
		byText[p.Text] = append(byText[p.Text], p)
	}
	for _, p := range plan {
		switch found := byText[p.text]; {
		case p.started && len(found) != 1:
			t.Errorf("accepted %s %q is %d times in the store", p.id, p.text, len(found))
		case p.started && found[0].ID.String() != p.id:
			wrong(found[0].ID, "the command answered %s for %q", p.id, p.text)
		case p.started && len(found[0].Targets) != len(p.accounts):
			wrong(found[0].ID, "it has %d targets, not %d", len(found[0].Targets), len(p.accounts))
		case !p.started && len(found) > 0:
			wrong(found[0].ID, "%q is in the store and no command was started for it", p.text)
		}
		delete(byText, p.text)
	}
	for text, posts := range byText {
		wrong(posts[0].ID, "%q is in the store and nobody planned it", text)
	}

	out := w.public(t)
	wanted := make(map[string]int)
	var latest time.Duration
	for _, p := range v.posts {
		for _, tg := range p.Targets {
			account := v.accounts[tg.Account]
			wanted[account]++
			latest = max(latest, tg.Late())
			if tg.State != hayon.StatePublished {
				wrong(p.ID, "%s is %s, not published", account, tg.State)
			}
			if n := v.sendings[tg.ID]; tg.State == hayon.StatePublished && n == 0 {
				wrong(p.ID, "%s is published and the journal has no sending row", account)
			}
			if n := v.outcomes[tg.ID]; n != 1 {
				wrong(p.ID, "%s has %d journal rows that say that it is out, not 1", account, n)
			}
			var found []string
			for _, o := range out[account] {
				if strings.Contains(o.text, tg.Parts[0].Text) {
					found = append(found, o.id)
				}
			}
			if len(found) != 1 {
				wrong(p.ID, "it is %d times on %s, not once: %v", len(found), account, found)
			} else if found[0] != tg.Remote().ID {
				wrong(p.ID, "on %s it is %s, and the store says %s", account, found[0], tg.Remote().ID)
			}
		}
	}
	for account, posts := range out {
		if len(posts) != wanted[account] {
			t.Errorf("%s has %d public posts, and the store has %d for it", account, len(posts), wanted[account])
		}
	}
	w.verifyFeeds(t, out["site"])
	most := 0
	for _, n := range v.sendings {
		most = max(most, n)
	}
	t.Logf("verified: %d posts, targets by account %v, at most %d sending rows for a target, at most %.1f s late", len(v.posts), wanted, most, latest.Seconds())
}

// read reads the store through its front door and checks its consistency.
func (w *chaosWorld) read(t *testing.T) *truth {
	t.Helper()
	ctx := t.Context()
	location := url.URL{Scheme: "bolt", Path: filepath.ToSlash(filepath.Join(w.home, "data", "default", "hayon.db"))}
	s, err := store.Open(ctx, location.String(), store.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := s.Check(ctx); err != nil {
		t.Errorf("the consistency check: %v (%v)", err, hayon.AsError(err).Details)
	}
	v := &truth{
		accounts: make(map[hayon.AccountID]string), sendings: make(map[hayon.TargetID]int),
		outcomes: make(map[hayon.TargetID]int), history: make(map[hayon.PostID][]string),
	}
	err = s.View(ctx, func(ctx context.Context, tx hayon.Tx) error { return v.load(ctx, t, tx) })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *truth) load(ctx context.Context, t *testing.T, tx hayon.Tx) error {
	t.Helper()
	var err error
	if v.posts, err = tx.FindPosts(ctx, hayon.PostFilter{}); err != nil {
		return err
	}
	accounts, err := tx.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	for _, a := range accounts {
		v.accounts[a.ID] = a.Name
	}
	leases, err := tx.FindLeases(ctx)
	if err != nil {
		return err
	}
	if len(leases) > 0 {
		t.Errorf("leases are left in the store: %v", leases)
	}
	rows, err := tx.FindJournal(ctx, hayon.JournalFilter{})
	for _, r := range rows {
		body := ""
		switch r.Kind { //nolint:exhaustive // the others have nothing to count
		case hayon.RowSending:
			v.sendings[r.Target]++
		case hayon.RowOutcome:
			var o hayon.Outcome
			if err := json.Unmarshal(r.Body, &o); err != nil {
				return err
			}
			if o.Verdict == hayon.VerdictPublished {
				v.outcomes[r.Target]++
			}
			body = string(r.Body)
		}
		v.history[r.Post] = append(v.history[r.Post], fmt.Sprintf("%d %s %s %s target %s fence %d attempt %d %s→%s %s %s",
			r.Seq, r.At.Format("15:04:05.000"), r.Source, r.Kind, r.Target, r.Fence, r.Attempt, r.From, r.To, r.Reason, body))
	}
	return err
}

// public reads what each account made public, by the account's name.
func (w *chaosWorld) public(t *testing.T) map[string][]public {
	t.Helper()
	out := make(map[string][]public)
	for name, account := range w.bluesky {
		for _, r := range w.pds.ListRecords(t, account.DID, "app.bsky.feed.post") {
			var post struct{ Text string }
			r.Decode(t, &post)
			out[name] = append(out[name], public{r.URI, post.Text})
		}
	}
	data := filepath.Join(w.home, "data", "default")
	for _, alias := range []string{"quick", "slow"} {
		lines, err := demo.ReadFile(filepath.Join(data, "demo", alias+".ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			out["demo/"+alias] = append(out["demo/"+alias], public{l.ID, l.Text})
		}
	}
	files, err := filepath.Glob(filepath.Join(data, "site", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out["site"] = append(out["site"], public{filepath.Base(f), string(b)})
	}
	return out
}

// verifyFeeds checks that both feeds of the site hold the newest posts, each once.
func (w *chaosWorld) verifyFeeds(t *testing.T, posts []public) {
	t.Helper()
	dir := filepath.Join(w.home, "data", "default", "site")
	type front struct {
		date     time.Time
		id, file string
	}
	want := make([]front, 0, len(posts))
	for _, p := range posts {
		date, err := time.Parse(time.RFC3339, line(p.text, "date: "))
		if err != nil {
			t.Errorf("the date of %s: %v", p.id, err)
		}
		want = append(want, front{date, line(p.text, "id: "), p.id})
	}
	slices.SortFunc(want, func(a, b front) int {
		return cmp.Or(b.date.Compare(a.date), strings.Compare(b.id, a.id))
	})
	want = want[:min(len(want), feedLength)]

	var jsonFeed struct {
		Items []struct {
			ID    string `json:"id"`
			Hayon struct {
				File string `json:"file"`
			} `json:"_hayon"`
		} `json:"items"`
	}
	readInto(t, filepath.Join(dir, "feed.json"), json.Unmarshal, &jsonFeed)
	var atomFeed struct {
		Entries []struct {
			ID string `xml:"id"`
		} `xml:"entry"`
	}
	readInto(t, filepath.Join(dir, "feed.xml"), xml.Unmarshal, &atomFeed)
	inJSON, inAtom := make(map[string]int), make(map[string]int)
	for _, it := range jsonFeed.Items {
		inJSON[it.Hayon.File]++
	}
	for _, e := range atomFeed.Entries {
		inAtom[e.ID]++
	}
	if len(jsonFeed.Items) != len(want) || len(atomFeed.Entries) != len(want) {
		t.Errorf("feed.json has %d items and feed.xml %d, not %d", len(jsonFeed.Items), len(atomFeed.Entries), len(want))
	}
	for _, p := range want {
		if inJSON[p.file] != 1 || inAtom[p.id] != 1 {
			t.Errorf("%s of %s is %d times in feed.json and %d times in feed.xml", p.file, p.date, inJSON[p.file], inAtom[p.id])
		}
	}
}

// line is what follows a word at the start of a line.
func line(text, word string) string {
	_, rest, _ := strings.Cut("\n"+text, "\n"+word)
	rest, _, _ = strings.Cut(rest, "\n")
	return strings.TrimSpace(rest)
}

func readInto(t *testing.T, name string, decode func([]byte, any) error, into any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = decode(b, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(name), err)
	}
}
