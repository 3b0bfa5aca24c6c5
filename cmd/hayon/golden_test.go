package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// way is how a result is shown.
type way struct {
	name   string
	width  int // of the terminal; 0 is a pipe
	json   bool
	output string
	colour string
}

var ways = []way{
	{name: "20", width: 20},
	{name: "80", width: 80},
	{name: "200", width: 200},
	{name: "colour", width: 80, colour: "always"},
	{name: "pipe"},
	{name: "json", json: true},
	{name: "csv", output: outputCSV},
	{name: "ndjson", output: outputNDJSON},
	{name: "ids", output: outputIDs},
}

// shownIn is what print writes to standard output in one of the ways.
func shownIn(t *testing.T, w way, print func(a *app) error) string {
	t.Helper()
	var out bytes.Buffer
	a := newApp(&streams{out: &out, err: &bytes.Buffer{}, outTTY: w.width > 0, width: w.width}, env("TZ=UTC"))
	a.flags.color, a.flags.json.on, a.flags.output = w.colour, w.json, w.output
	a.flags.quiet = w.output == outputIDs
	if w.colour == "" {
		a.flags.color = "never"
	}
	if err := print(a); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// wantGolden compares with a file of testdata/golden; -update writes it.
func wantGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func goldenPosts(t *testing.T) []api.Post {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "golden", "posts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var posts []api.Post
	if err := json.Unmarshal(b, &posts); err != nil {
		t.Fatal(err)
	}
	return posts
}

// TestGoldenList: wide and right-to-left characters, and codes for a terminal that somebody has written
// into a text.
func TestGoldenList(t *testing.T) {
	t.Parallel()
	for _, w := range ways {
		wantGolden(t, "list-"+w.name, shownIn(t, w, func(a *app) error { return (&listOptions{app: a}).print(goldenPosts(t)) }))
	}
}

func TestGoldenShow(t *testing.T) {
	t.Parallel()
	for i := range goldenPosts(t) {
		for _, w := range ways {
			if w.output == "" {
				wantGolden(t, fmt.Sprintf("show-%d-%s", i+1, w.name), shownIn(t, w, func(a *app) error { return a.printShown(&goldenPosts(t)[i]) }))
			}
		}
	}
}

func TestGoldenAccounts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	grace := 30 * time.Minute
	accounts := []*hayon.Account{
		{Name: "bluesky/work", Platform: "bluesky", Handle: "@me.example.org", RemoteID: "did:plc:abc", Host: "https://bsky.social", Default: true, Status: hayon.AccountConnected, CreatedAt: at, VerifiedAt: at},
		{Name: "mastodon", Platform: "mastodon", Handle: "@日本語@fosstodon.org", RemoteID: "42", Host: "https://fosstodon.org", Default: true, Status: hayon.AccountNeedsReconnect, Reason: "the token has expired", IfLate: hayon.LateSkip, Grace: &grace, CreatedAt: at},
		{Name: "site", Platform: "site", Default: true, Status: hayon.AccountConnected, CreatedAt: at},
	}
	for i, acc := range accounts {
		var err error
		if acc.ID, err = hayon.ParseAccountID(fmt.Sprintf("a_00d1zrzjc47zc5y0ypq%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	held := map[string]hayon.Blocked{"mastodon": {Account: "mastodon", Reason: "sign-in needed"}}
	for _, w := range ways {
		wantGolden(t, "accounts-"+w.name, shownIn(t, w, func(a *app) error { return a.printAccounts(accounts, held) }))
	}
}
