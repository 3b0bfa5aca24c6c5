package bluesky_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/bluesky-social/indigo/atproto/lexicon"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/providertest"
)

// lexicons are the descriptions of records below HAYON_SPECS; nil without it.
var lexicons = sync.OnceValues(func() (*lexicon.BaseCatalog, error) {
	dir := os.Getenv("HAYON_SPECS")
	if dir == "" {
		return nil, nil //nolint:nilnil // not set is an ordinary answer
	}
	cat := lexicon.NewBaseCatalog()
	return cat, cat.LoadDirectory(filepath.Join(dir, "bluesky", "lexicons"))
})

// validate holds a record against the lexicon of its collection, where that is at hand.
func validate(t testing.TB, collection string, raw []byte) {
	t.Helper()
	cat, err := lexicons()
	if err != nil {
		t.Error(err)
		return
	}
	if cat == nil {
		return
	}
	v, err := atdata.UnmarshalJSON(raw)
	if err != nil {
		t.Errorf("the record is no data of the protocol: %v", err)
		return
	}
	if err := lexicon.ValidateRecord(cat, v, collection, lexicon.StrictRecursiveValidation); err != nil {
		t.Errorf("the record breaks its lexicon: %v\n%s", err, raw)
	}
}

func TestRecordFollowsItsLexicon(t *testing.T) {
	t.Parallel()
	if os.Getenv("HAYON_SPECS") == "" {
		t.Skip("HAYON_SPECS does not name the folder of the platforms' descriptions")
	}
	p := newProvider()
	file := pngOf(t, 4, 3)
	s := sessionOn(t, script(t,
		step{call: "getRecord", body: `{"uri":"` + uri + `","cid":"` + greetingCID + `"}`},
		step{call: "uploadBlob", token: "access-1", body: `{"blob":{"$type":"blob","ref":{"$link":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},` +
			`"mimeType":"image/png","size":70}}`},
		step{call: "resolveHandle", body: `{"did":"` + did + `"}`},
	))
	tg := &hayon.Target{Due: tenOClock, Options: map[string]string{"sensitive": "true", "labels": "nudity"}, Parts: []hayon.Part{{
		Text: "#tag https://example.org @bob.test $GME", Langs: []string{"en", "pt-BR"}, Idem: rkey,
		Media: []hayon.Attachment{{Type: "image/png", Bytes: int64(len(file)), Width: 4, Height: 3, Alt: "four by three"}},
	}}}
	r := prepareRequest(tg, file)
	r.Parent = hayon.Remote{ID: uri, Digest: greetingCID}
	got, err := p.Prepare(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	var body struct{ Record json.RawMessage }
	if err := json.Unmarshal(got.Data, &body); err != nil {
		t.Fatal(err)
	}
	validate(t, posts, body.Record)
}

// Every kind of embed, with all that a post can carry, follows its lexicon; so do the gates.
func TestEmbedsFollowTheirLexicons(t *testing.T) {
	t.Parallel()
	if os.Getenv("HAYON_SPECS") == "" {
		t.Skip("HAYON_SPECS does not name the folder of the platforms' descriptions")
	}
	files, list := pictures(t, 10)
	files["thumb"], files["video"] = pngOf(t, 5, 3), mp4(100)
	video := videoOf(files["video"])
	video.SHA256, video.Original = "video", &hayon.BlobRef{Type: "image/gif"}
	for name, part := range map[string]hayon.Part{
		"images":  {Media: list[:4]},
		"gallery": {Media: list},
		"video":   {Media: []hayon.Attachment{video}},
		"card":    {Card: &hayon.Card{URL: "https://example.org", Thumb: &hayon.BlobRef{SHA256: "thumb", Type: "image/png", Bytes: 10}}},
		"text":    {},
	} {
		for _, quote := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, quote %t", name, quote), func(t *testing.T) {
				t.Parallel()
				f, p := newFakePDS(t), bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService})
				account, secret, err := p.SignIn(t.Context(), signInWith(f.url, fakeHandle, fakePassword))
				if err != nil {
					t.Fatal(err)
				}
				account.Server = &hayon.ServerFacts{Limits: []hayon.Limit{{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: 10}}}
				s := providertest.NewSession(named(account), secret)
				before := target(p, s, "before")
				there := p.Publish(t.Context(), s, publishRequest(before, prepare(t, p, s, before, nil))).Remote

				tg := target(p, s, "")
				key := tg.Parts[0].Idem
				tg.Parts[0] = part
				tg.Parts[0].Idem, tg.Parts[0].Text = key, "#tag https://example.org @"+fakeHandle+" $GME"
				tg.Options = map[string]string{"tags": "one,two", "labels": "nudity", "replies": "nobody", "no_quotes": "true"}
				if quote {
					tg.Parts[0].Quote = &there
				} else {
					tg.Options["replies"] = "following"
				}
				r := prepareRequest(tg, nil)
				r.Open = files.open
				prepared, err := p.Prepare(t.Context(), s, r)
				if err != nil {
					t.Fatal(err)
				}
				wantResult(t, p.Publish(t.Context(), s, publishRequest(tg, prepared)), hayon.VerdictPublished, "")
				if n := len(f.posts(t)); n != 2 || len(f.records) != 4 { // which holds each against its lexicon
					t.Errorf("got %d posts and %d records, want 2 and 4", n, len(f.records))
				}
			})
		}
	}
}
