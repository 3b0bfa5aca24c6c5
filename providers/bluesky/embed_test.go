package bluesky_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/providertest"
)

// known gives an account what its server says of itself, as whoever keeps accounts does.
func known(t *testing.T, p *bluesky.Provider, s *providertest.Session) {
	t.Helper()
	facts, err := p.Limits(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	s.Account().Server = facts
}

// shelf opens bytes by their name.
type shelf map[string][]byte

func (f shelf) open(_ context.Context, a hayon.Attachment) (io.ReadCloser, error) {
	b, ok := f[a.SHA256]
	if !ok {
		return nil, hayon.Errorf(hayon.CodeNotFound, "no bytes are stored for %s", a.SHA256)
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

// pictures are n images of different sizes on a new shelf.
func pictures(t *testing.T, n int) (shelf, []hayon.Attachment) {
	t.Helper()
	files := make(shelf)
	var out []hayon.Attachment
	for i := range n {
		name := fmt.Sprint(i)
		files[name] = pngOf(t, 10+i, 20)
		out = append(out, hayon.Attachment{
			SHA256: name, Type: "image/png", Bytes: int64(len(files[name])), Width: 10 + i, Height: 20, Alt: "number " + name,
		})
	}
	return files, out
}

// send makes a target ready and public, and answers its first record as the server has it, whose hash must
// be the one foretold.
func send(t *testing.T, p *bluesky.Provider, s *providertest.Session, pds *servers.PDSInstance, tg *hayon.Target, files shelf) (*hayon.Prepared, record) {
	t.Helper()
	r := prepareRequest(tg, nil)
	r.Open = files.open
	prepared, err := p.Prepare(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	return prepared, sent(t, p, s, pds, tg, prepared)
}

func sent(t *testing.T, p *bluesky.Provider, s *providertest.Session, pds *servers.PDSInstance, tg *hayon.Target, prepared *hayon.Prepared) record {
	t.Helper()
	res := p.Publish(t.Context(), s, publishRequest(tg, prepared))
	wantResult(t, res, hayon.VerdictPublished, "")
	if diff := cmp.Diff(prepared.Remote, res.Remote); diff != "" {
		t.Errorf("the server gives the record another name or hash (-prepared +server):\n%s", diff)
	}
	var v record
	pds.Record(t, s.Account().RemoteID, tg.Parts[0].Idem).Decode(t, &v)
	return v
}

// Every kind of embed, bare and beside a quote, is read back from the server as it was meant.
func TestEmbedsAreReadBack(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService})
	_, s := connected(t, p, pds)
	known(t, p, s)
	quoted := target(p, s, "quote me")
	original := p.Publish(t.Context(), s, publishRequest(quoted, prepare(t, p, s, quoted, nil))).Remote

	files, list := pictures(t, 10)
	files["thumb"], files["video"] = pngOf(t, 50, 30), []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom and then nothing")
	video := hayon.Attachment{SHA256: "video", Type: "video/mp4", Bytes: int64(len(files["video"])), Width: 640, Height: 360, Alt: "it moves"}
	gif := video
	gif.Original = &hayon.BlobRef{Type: "image/gif"}
	card := &hayon.Card{
		URL: "https://example.org/page", Title: "A page", Description: "of words",
		Thumb: &hayon.BlobRef{SHA256: "thumb", Type: "image/png", Bytes: int64(len(files["thumb"])), Width: 50, Height: 30},
	}
	for _, tt := range []struct {
		name  string
		part  hayon.Part
		kind  string
		check func(t *testing.T, e embedded)
	}{
		{"one image", hayon.Part{Media: list[:1]}, "images", wantPictures(list[:1])},
		{"four images", hayon.Part{Media: list[:4]}, "images", wantPictures(list[:4])},
		{"five images", hayon.Part{Media: list[:5]}, "gallery", wantPictures(list[:5])},
		{"ten images", hayon.Part{Media: list}, "gallery", wantPictures(list)},
		{"card", hayon.Part{Card: card}, "external", wantCard(*card, files)},
		{"card of an address alone", hayon.Part{Card: &hayon.Card{URL: card.URL}}, "external", wantCard(hayon.Card{URL: card.URL}, files)},
		{"card and image", hayon.Part{Card: card, Media: list[:1]}, "images", wantPictures(list[:1])},
		{"video", hayon.Part{Media: []hayon.Attachment{video}}, "video", wantVideo(video, "")},
		{"video of a GIF", hayon.Part{Media: []hayon.Attachment{gif}}, "video", wantVideo(gif, "gif")},
	} {
		for _, quote := range []bool{false, true} {
			name := tt.name
			if quote {
				name += " and a quote"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tg := target(p, s, "")
				key := tg.Parts[0].Idem
				tg.Parts[0] = tt.part
				tg.Parts[0].Idem = key
				if quote {
					tg.Parts[0].Quote = &hayon.Remote{URL: original.URL}
				}
				_, v := send(t, p, s, pds, tg, files)
				e := v.Embed
				if quote {
					if e.Type != "app.bsky.embed.recordWithMedia" || e.Record == nil || e.Record.Record == nil || e.Media == nil {
						t.Fatalf("got %+v, want a quote with media", e)
					}
					wantQuote(t, *e.Record.Record, original)
					e = *e.Media
				}
				if e.Type != "app.bsky.embed."+tt.kind {
					t.Fatalf("got %q, want %s", e.Type, tt.kind)
				}
				tt.check(t, e)
			})
		}
	}
	t.Run("quote alone", func(t *testing.T) {
		t.Parallel()
		tg := target(p, s, "")
		tg.Parts[0].Quote = &hayon.Remote{ID: original.ID, Digest: greetingCID} // an older hash, as it seems
		_, v := send(t, p, s, pds, tg, nil)
		if v.Embed.Type != "app.bsky.embed.record" || v.Embed.Record == nil {
			t.Fatalf("got %+v, want a quote", v.Embed)
		}
		wantQuote(t, struct{ URI, CID string }{v.Embed.Record.URI, v.Embed.Record.CID}, original)
	})
}

func wantQuote(t *testing.T, got struct{ URI, CID string }, want hayon.Remote) {
	t.Helper()
	if got.URI != want.ID || got.CID != want.Digest {
		t.Errorf("it quotes %+v, want %+v", got, want)
	}
}

func wantPictures(want []hayon.Attachment) func(*testing.T, embedded) {
	return func(t *testing.T, e embedded) {
		t.Helper()
		got := append(e.Images, e.Items...)
		if len(got) != len(want) {
			t.Fatalf("got %d images, want %d", len(got), len(want))
		}
		for i, img := range got {
			ratio := map[string]int{"width": want[i].Width, "height": want[i].Height}
			if diff := cmp.Diff(ratio, img.AspectRatio); diff != "" || img.Alt != want[i].Alt || img.Image.Size != int(want[i].Bytes) {
				t.Errorf("image %d: got %+v, want %+v", i+1, img, want[i])
			}
			if e.Items != nil && img.Type != "app.bsky.embed.gallery#image" {
				t.Errorf("image %d of the gallery is of the type %q", i+1, img.Type)
			}
		}
	}
}

func wantCard(want hayon.Card, files shelf) func(*testing.T, embedded) {
	return func(t *testing.T, e embedded) {
		t.Helper()
		got := e.External
		if got == nil || got.URI != want.URL || got.Title != want.Title || got.Description != want.Description {
			t.Fatalf("got the card %+v, want %+v", got, want)
		}
		switch {
		case want.Thumb == nil && got.Thumb != nil:
			t.Errorf("the card has the picture %+v, want none", got.Thumb)
		case want.Thumb != nil && (got.Thumb == nil || got.Thumb.Size != len(files["thumb"]) || got.Thumb.MimeType != "image/png"):
			t.Errorf("the card has the picture %+v", got.Thumb)
		}
	}
}

func wantVideo(want hayon.Attachment, presentation string) func(*testing.T, embedded) {
	return func(t *testing.T, e embedded) {
		t.Helper()
		ratio := map[string]int{"width": want.Width, "height": want.Height}
		if diff := cmp.Diff(ratio, e.AspectRatio); diff != "" {
			t.Errorf("aspect ratio (-want +got):\n%s", diff)
		}
		if e.Video == nil || e.Video.Size != int(want.Bytes) || e.Video.MimeType != "video/mp4" || e.Alt != want.Alt || e.Presentation != presentation {
			t.Errorf("got the video %+v: alt %q, presentation %q", e.Video, e.Alt, e.Presentation)
		}
	}
}

// A server that does not say that it knows them gets no gallery and no large image.
func TestOldServerGetsNoGallery(t *testing.T) {
	t.Parallel()
	files, list := pictures(t, 5)
	p := newProvider()
	s := sessionOn(t, script(t))
	s.Account().Server = &hayon.ServerFacts{}
	tg := target(p, s, "", list...)
	r := prepareRequest(tg, nil)
	r.Open = files.open
	_, err := p.Prepare(t.Context(), s, r)
	wantCode(t, err, hayon.CodeInvalid, "5 of 4 images")
}

// A gallery needs the size of each image, which the lexicon asks for.
func TestGalleryNeedsSizes(t *testing.T) {
	t.Parallel()
	files, list := pictures(t, 5)
	list[3].Width = 0
	p := newProvider()
	s := sessionOn(t, script(t))
	s.Account().Server = &hayon.ServerFacts{Limits: []hayon.Limit{{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: 10}}}
	tg := target(p, s, "", list...)
	r := prepareRequest(tg, nil)
	r.Open = files.open
	_, err := p.Prepare(t.Context(), s, r)
	wantCode(t, err, hayon.CodeInvalid, "the size of image 4")
}

// A card whose picture the server refuses goes out without it; one whose server has a problem waits.
func TestCardWithoutItsPicture(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		step step
		size int
		code hayon.Code
	}{
		"refused":   {refuse("uploadBlob", "access-1", 400, "InvalidRequest"), 10, ""},
		"too large": {step{call: "uploadBlob", token: "access-1", status: 413}, 10, ""},
		"over ours": {step{}, 1_000_001, ""},
		"down":      {step{call: "uploadBlob", token: "access-1", status: 503}, 10, hayon.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			var steps []step
			if tt.step.call != "" {
				steps = append(steps, tt.step)
			}
			s := sessionOn(t, script(t, steps...))
			tg := target(p, s, "look")
			tg.Parts[0].Card = &hayon.Card{URL: "https://example.org", Thumb: &hayon.BlobRef{SHA256: "x", Type: "image/png", Bytes: 10}}
			got, err := p.Prepare(t.Context(), s, prepareRequest(tg, make([]byte, tt.size)))
			if tt.code != "" {
				wantCode(t, err, tt.code)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var body struct{ Record record }
			if err := json.Unmarshal(got.Data, &body); err != nil {
				t.Fatal(err)
			}
			if e := body.Record.Embed.External; e == nil || e.URI != "https://example.org" || e.Thumb != nil {
				t.Errorf("got the card %+v", e)
			}
			if len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "without its picture") {
				t.Errorf("got the notes %q", got.Notes)
			}
			if len(got.Handles) != 0 || !got.Expires.IsZero() {
				t.Errorf("got the uploads %v until %v, want none", got.Handles, got.Expires)
			}
		})
	}
}

// Tags are in the record of the first part alone, and nowhere in the text.
func TestTagsAreReadBack(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	tg := target(p, s, "plain")
	tg.Options = map[string]string{"tags": "#one, two words ,one,,＃日本語"}
	_, v := send(t, p, s, pds, tg, nil)
	if diff := cmp.Diff([]string{"one", "two words", "日本語"}, v.Tags); diff != "" || v.Text != "plain" || v.Facets != nil {
		t.Errorf("got the text %q, the tags (-want +got):\n%s", v.Text, diff)
	}
	tg.Parts = append(tg.Parts, hayon.Part{Text: "second", Idem: p.NewIdem(tg, 1, tg.Due)})
	tg.Parts[0].Remote = hayon.Remote{ID: uri, Digest: greetingCID}
	r := part(t, p, s, tg, 1)
	if strings.Contains(string(r.Prepared.Data), `"tags"`) {
		t.Errorf("the second part has tags: %s", r.Prepared.Data)
	}
}

func TestTagsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ value, says string }{
		"nine":           {"a,b,c,d,e,f,g,h,i", "9 of 8 tags"},
		"long":           {strings.Repeat("a", 65), "has 65 of 64 graphemes"},
		"large":          {strings.Repeat("👨‍👩‍👧‍👦", 26), "has 650 of 640 bytes"},
		"as long as can": {strings.Repeat("a", 64), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			tg := &hayon.Target{Due: tenOClock, Options: map[string]string{"tags": tt.value}, Parts: []hayon.Part{{Text: "a", Idem: rkey}}}
			_, err := p.Prepare(t.Context(), sessionOn(t, script(t)), prepareRequest(tg, nil))
			if tt.says == "" && err == nil {
				return
			}
			wantCode(t, err, hayon.CodeInvalid, tt.says)
		})
	}
}
