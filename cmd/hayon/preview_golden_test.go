package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// examplePreview has all that a preview may have to show, for two accounts, the second of which would
// refuse it.
func examplePreview(t *testing.T) (*hayon.Preview, map[hayon.AccountID]*hayon.Account) {
	t.Helper()
	at := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	accounts := make(map[hayon.AccountID]*hayon.Account)
	var ids []hayon.AccountID
	for i, a := range []*hayon.Account{
		{Name: "bluesky/work", Platform: "bluesky", Handle: "@me.example.org"},
		{Name: "mastodon", Platform: "mastodon", Handle: "@me@fosstodon.org"},
	} {
		var err error
		if a.ID, err = hayon.ParseAccountID(fmt.Sprintf("a_00d1zrzjc47zc5y0ypq%d", i)); err != nil {
			t.Fatal(err)
		}
		accounts[a.ID], ids = a, append(ids, a.ID)
	}
	body := "Thanks @ada.example.org\x1b[31m! See https://example.com/a/long/path for 日本語のテキスト 👨‍👩‍👧‍👦 and #golang."
	facet := func(kind, what, value string) hayon.TextFacet {
		start := strings.Index(body, what)
		return hayon.TextFacet{Kind: kind, Start: start, End: start + len(what), Text: what, Value: value}
	}
	mention := facet("mention", "@ada.example.org", "ada.example.org")
	mention.ID = "did:plc:ada"
	facets := []hayon.TextFacet{mention, facet("link", "https://example.com/a/long/path", "https://example.com/a/long/path"), facet("tag", "#golang", "golang")}
	photo := hayon.Attachment{
		Name: "dash.jpg", Type: "image/jpeg", Bytes: 912_345, Width: 2000, Height: 1500, Alt: "A month calendar in a terminal, with three posts on Friday",
		Original: &hayon.BlobRef{Type: "image/jpeg", Bytes: 2_123_456, Width: 4000, Height: 3000}, Steps: []string{"turned upright", "JPEG q85"},
	}
	first := &hayon.Target{
		Account: ids[0], Platform: "bluesky", State: hayon.StateQueued, Options: map[string]string{"replies": "nobody"},
		Parts: []hayon.Part{
			{Text: body, Media: []hayon.Attachment{photo}, ReplyTo: &hayon.Remote{URL: "https://bsky.app/profile/a/post/3l"}},
			{Text: "The end. 2/2", Card: &hayon.Card{URL: "https://example.com", Title: "A page", Description: "About it", Thumb: &hayon.BlobRef{Bytes: 38_211}}},
		},
	}
	second := &hayon.Target{
		Account: ids[1], Platform: "mastodon", State: hayon.StateFailed, Notes: []string{"mastodon has no titles: the post goes out without one"},
		Error: &hayon.TargetError{Code: hayon.CodeInvalid, Message: "mastodon: the text has 501 of 500 characters", Hint: "shorten it, or split it: --thread auto"},
		Parts: []hayon.Part{{Text: body, Poll: &hayon.Poll{Options: []string{"Tea", "Coffee"}, Seconds: 86400}}},
	}
	asked := mention
	asked.ID, asked.Unresolved = "", true
	return &hayon.Preview{
		Post: &hayon.Post{Text: body, CreatedAt: at, UpdatedAt: at, Targets: []*hayon.Target{first, second}},
		Targets: []hayon.TargetPreview{
			{Parts: []hayon.PartPreview{
				{Lengths: []hayon.TextLength{{Unit: hayon.UnitGraphemes, Count: 287, Max: 300}, {Unit: hayon.UnitBytes, Count: 2950, Max: 3000}}, Facets: facets, Embed: "images"},
				{Lengths: []hayon.TextLength{{Unit: hayon.UnitGraphemes, Count: 12, Max: 300}, {Unit: hayon.UnitBytes, Count: 12, Max: 3000}}, Embed: "external"},
			}},
			{
				Problems: []string{"mastodon: the text has 501 of 500 characters"},
				Parts: []hayon.PartPreview{{
					Lengths: []hayon.TextLength{{Unit: hayon.UnitMastodon, Count: 501, Max: 500}}, Facets: []hayon.TextFacet{asked},
					Unresolved: []string{"whether @ada.example.org is somebody", "what the page says of itself"},
				}},
			},
		},
	}, accounts
}

func TestGoldenPreview(t *testing.T) {
	t.Parallel()
	for _, w := range append([]way{{name: "40", width: 40}}, ways...) {
		if w.output != "" {
			continue
		}
		got := shownIn(t, w, func(a *app) error {
			p, accounts := examplePreview(t)
			a.known = accounts
			err := a.printPreview(p)
			if exit, ok := errors.AsType[exitError](err); !ok || exit.code != hayon.CodeInvalid.Exit() {
				t.Errorf("got %v, want the exit code %d", err, hayon.CodeInvalid.Exit())
			}
			return nil
		})
		wantGolden(t, "preview-"+w.name, got)
		for line := range strings.Lines(got) {
			if n := visible(strings.TrimSuffix(line, "\n")); w.width >= 40 && n > w.width {
				t.Errorf("%d cells at a width of %d: %q", n, w.width, line)
			}
		}
	}
}
