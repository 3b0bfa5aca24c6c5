package bluesky_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
)

func preview(t *testing.T, p *bluesky.Provider, s hayon.Session, a *hayon.Account, tg *hayon.Target) *hayon.PartPreview {
	t.Helper()
	out, err := p.PreviewPart(t.Context(), s, hayon.PreviewRequest{Account: a, Target: tg})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The preview shows the facets that the record has: the same stretches with the same meaning.
func TestPreviewIsWhatIsSent(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	bob := pds.NewAccount(t)
	tg := target(p, s, "\ufeff👍🏽 #golang (https://example.org) @"+bob.Handle+" @nobody-here.test 日本語 $gme example.com/ü \n")
	got := preview(t, p, s, s.Account(), tg)
	_, v := send(t, p, s, pds, tg, nil)
	var want []hayon.TextFacet
	for _, f := range v.Facets {
		feature := f.Features[0]
		one := hayon.TextFacet{Start: f.Index.ByteStart, End: f.Index.ByteEnd, Text: v.Text[f.Index.ByteStart:f.Index.ByteEnd], Value: feature["tag"] + feature["uri"]}
		switch feature["$type"] {
		case "app.bsky.richtext.facet#mention":
			one.Kind, one.Value, one.ID = "mention", one.Text[1:], feature["did"]
		case "app.bsky.richtext.facet#link":
			one.Kind = "link"
		case "app.bsky.richtext.facet#tag":
			one.Kind = "tag"
		}
		want = append(want, one)
	}
	var shown, plain []hayon.TextFacet
	for _, f := range got.Facets {
		if f.Plain {
			plain = append(plain, f)
			continue
		}
		shown = append(shown, f)
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("facets (-record +preview):\n%s", diff)
	}
	if len(want) != 5 || len(plain) != 1 || plain[0].Text != "@nobody-here.test" {
		t.Errorf("got %d facets, and as plain text %+v", len(want), plain)
	}
}

// Without a session nobody is asked, and what only the network knows is said.
func TestPreviewAsksNobody(t *testing.T) {
	t.Parallel()
	p := newProvider()
	s := sessionOn(t, script(t)) // every request fails the test
	tg := target(p, s, "hi @bob.test #x")
	tg.Parts[0].ReplyTo, tg.Parts[0].Quote = &hayon.Remote{URL: uri}, &hayon.Remote{URL: uri}
	tg.Options = map[string]string{"replies": "nobody"}
	want := &hayon.PartPreview{
		Facets: []hayon.TextFacet{
			{Kind: "mention", Start: 3, End: 12, Text: "@bob.test", Value: "bob.test", Unresolved: true},
			{Kind: "tag", Start: 13, End: 15, Text: "#x", Value: "x"},
		},
		Embed:      "record",
		Unresolved: []string{"whom @bob.test names", "whether the post that it answers is there", "whether the post that it quotes is there"},
		Notes:      []string{"who may answer is up to the author of the first post of the thread"},
	}
	for name, a := range map[string]*hayon.Account{"of an account": s.Account(), "of nobody": nil} {
		if diff := cmp.Diff(want, preview(t, p, nil, a, tg)); diff != "" {
			t.Errorf("preview %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPreviewOfEmbeds(t *testing.T) {
	t.Parallel()
	png := hayon.Attachment{Type: "image/png"}
	gif := hayon.Attachment{Type: "image/gif", Animated: true, Name: "a.gif"}
	video := hayon.Attachment{Type: "video/mp4", Bytes: 2000}
	card := &hayon.Card{URL: "https://example.org"}
	quote := &hayon.Remote{URL: uri}
	small := &hayon.Account{Host: "https://pds.example.org", Server: &hayon.ServerFacts{Extra: map[string]string{"blob_upload_limit": "1000"}}}
	for name, tt := range map[string]struct {
		part    hayon.Part
		account *hayon.Account
		embed   string
		notes   []string
	}{
		"nothing":          {hayon.Part{}, nil, "", nil},
		"image":            {hayon.Part{Media: []hayon.Attachment{png}}, nil, "images", nil},
		"image and quote":  {hayon.Part{Media: []hayon.Attachment{png}, Quote: quote}, nil, "recordWithMedia", nil},
		"quote":            {hayon.Part{Quote: quote}, nil, "record", nil},
		"card":             {hayon.Part{Card: card}, nil, "external", nil},
		"card and quote":   {hayon.Part{Card: card, Quote: quote}, nil, "recordWithMedia", nil},
		"card and image":   {hayon.Part{Card: card, Media: []hayon.Attachment{png}}, nil, "images", []string{"the link card is left out: a post shows media or a card"}},
		"five images":      {hayon.Part{Media: []hayon.Attachment{png, png, png, png, png}}, nil, "gallery", []string{"more than 4 images are a gallery, which older apps do not show"}},
		"GIF":              {hayon.Part{Media: []hayon.Attachment{gif}}, nil, "images", []string{"image 1 (a.gif) is an animated GIF and is shown still; as MP4 it would move"}},
		"video":            {hayon.Part{Media: []hayon.Attachment{video}}, &hayon.Account{Host: "https://pds.example.org"}, "video", nil},
		"large video":      {hayon.Part{Media: []hayon.Attachment{video}}, small, "video", []string{"the video has 2000 bytes and the server takes 1000: it goes out only if the video service makes it smaller"}},
		"video, from home": {hayon.Part{Media: []hayon.Attachment{video}}, &hayon.Account{Host: "http://localhost:1"}, "video", []string{"the video goes to the server as it is, where it plays a little later"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := preview(t, newProvider(), nil, tt.account, &hayon.Target{Parts: []hayon.Part{tt.part}})
			if diff := cmp.Diff(tt.embed, got.Embed); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.notes, got.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// With a session, what is answered and quoted is read, and what is gone is a note and no error.
func TestPreviewOfReferences(t *testing.T) {
	t.Parallel()
	said, err := json.Marshal("one\nand two")
	if err != nil {
		t.Fatal(err)
	}
	p := newProvider()
	s := sessionOn(t, script(t,
		step{call: "getRecord", body: `{"uri":"` + uri + `","cid":"` + greetingCID + `","value":{"text":` + string(said) + `}}`},
		refuse("getRecord", "", 400, "RecordNotFound"),
	))
	tg := target(p, s, "a")
	tg.Parts[0].ReplyTo, tg.Parts[0].Quote = &hayon.Remote{URL: uri}, &hayon.Remote{URL: uri}
	got := preview(t, p, s, s.Account(), tg)
	if diff := cmp.Diff([]string{"the post that it quotes is not there any more: " + uri}, got.Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`the post that it answers says: "one and two"`}, got.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
	_, err = p.PreviewPart(t.Context(), sessionOn(t, script(t, step{call: "getRecord", status: 503})), hayon.PreviewRequest{Account: s.Account(), Target: tg})
	wantCode(t, err, hayon.CodeUnavailable)
}
