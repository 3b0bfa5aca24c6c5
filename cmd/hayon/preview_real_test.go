package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/text"
)

// TestPreviewIsWhatIsReceived: what a preview shows of a long text with pictures is, part by part, what
// two real servers then hold: texts, facets, the chain of answers, and the pictures to the last byte.
func TestPreviewIsWhatIsReceived(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	bob := pds.NewAccount(t)
	u, who := connected(t, pds, "file")
	snac := snacInstance(t)
	u.env = append(u.env, "HAYON_VAULT=passphrase", noBrowser())
	byPastedCode(t, u, snac)

	u.write(t, "photo.jpg", photograph(t))
	u.write(t, "chart.png", chart(t))
	body := longText(bob.Handle)
	if n := text.Count(text.Graphemes, body); n < 1400 {
		t.Fatalf("the text has %d graphemes", n)
	}
	what := []string{
		body, "--to", "bluesky,mastodon", "--thread", "auto", "--number", "{i}/{n}",
		"-m", "photo.jpg", "--alt", "a photograph", "-m", "chart.png", "--alt", "a chart", "--json",
	}
	var seen api.Preview
	if err := json.Unmarshal([]byte(u.must(t, 0, "", append([]string{"preview"}, what...)...).out), &seen); err != nil {
		t.Fatal(err)
	}
	for _, target := range seen.Targets {
		wantWithinLimits(t, &target)
	}
	post := u.must(t, 0, "", append([]string{"post", "--wait=5m"}, what...)...).post(t)
	if post.State != hayon.PostPublished || len(post.Targets) != 2 {
		t.Fatalf("the post is %s with %d targets", post.State, len(post.Targets))
	}
	for i := range post.Targets {
		previewed, published := &seen.Targets[i], &post.Targets[i]
		if len(previewed.Parts) != len(published.Parts) {
			t.Fatalf("%s: %d parts are previewed, %d published", published.Account, len(previewed.Parts), len(published.Parts))
		}
		switch published.Platform {
		case "bluesky":
			if len(previewed.Parts) < 5 {
				t.Errorf("%d parts of at most 300 characters", len(previewed.Parts))
			}
			wantOnPDS(t, pds, who, bob, previewed, published)
		case "mastodon":
			wantOnSnac(t, previewed, published)
		}
	}
}

// wantWithinLimits checks each part, and that the photograph is upright and says nothing of its place.
func wantWithinLimits(t *testing.T, target *api.TargetPreview) {
	t.Helper()
	if len(target.Problems) > 0 {
		t.Errorf("%s: %q", target.Account, target.Problems)
	}
	for i, part := range target.Parts {
		for _, l := range part.Lengths {
			if l.Count > l.Max {
				t.Errorf("%s: part %d has %d of %d %s", target.Account, i+1, l.Count, l.Max, l.Unit)
			}
		}
	}
	media := target.Parts[0].Media
	if len(media) != 2 {
		t.Fatalf("%s: %d media, want 2", target.Account, len(media))
	}
	if photo := media[0]; photo.Original == nil || photo.Width >= photo.Height || len(photo.Steps) == 0 {
		t.Errorf("%s: the photograph is %d × %d, steps %q", target.Account, photo.Width, photo.Height, photo.Steps)
	}
}

// wantOnPDS compares a preview with the records that a server holds.
func wantOnPDS(t *testing.T, pds *servers.PDSInstance, who, bob servers.Account, previewed *api.TargetPreview, published *api.Target) {
	t.Helper()
	texts := make([]string, len(previewed.Parts))
	mentioned := false
	for i, part := range previewed.Parts {
		texts[i] = part.Text
		_, rkey, _ := strings.Cut(published.Parts[i].RemoteID, "/app.bsky.feed.post/")
		var got skeet
		pds.Record(t, who.DID, rkey).Decode(t, &got)
		if got.Text != part.Text {
			t.Errorf("part %d is %q, previewed %q", i+1, got.Text, part.Text)
		}
		want := make(map[string]string)
		for _, f := range part.Facets {
			want[f.Text] = map[string]string{
				"link": "app.bsky.richtext.facet#link " + f.Value, "tag": "app.bsky.richtext.facet#tag " + f.Value,
				"mention": "app.bsky.richtext.facet#mention " + f.ID,
			}[f.Kind]
			mentioned = mentioned || f.ID == bob.DID
		}
		wantFacets(t, got, part.Text, want)
		if len(got.Embed.Images) != len(part.Media) {
			t.Fatalf("part %d has %d pictures, previewed %d", i+1, len(got.Embed.Images), len(part.Media))
		}
		for j, img := range got.Embed.Images {
			m := part.Media[j]
			wantPicture(t, pds.Blob(t, who.DID, img.Image.Ref["$link"]), m)
			if diff := cmp.Diff(map[string]int{"width": m.Width, "height": m.Height}, img.AspectRatio); diff != "" || img.Alt != m.Alt {
				t.Errorf("alt %q, aspect ratio (-want +got):\n%s", img.Alt, diff)
			}
		}
	}
	if !mentioned {
		t.Error("nobody is mentioned")
	}
	verifyChain(t, pds.ListRecords(t, who.DID, "app.bsky.feed.post"), texts)
}

// verifyChain: the texts are the records, each answers the one before, below the first.
func verifyChain(t *testing.T, records []servers.Record, texts []string) {
	t.Helper()
	type ref struct {
		URI string `json:"uri"`
	}
	type reply struct {
		Root   ref `json:"root"`
		Parent ref `json:"parent"`
	}
	uris, replies := make(map[string]string), make(map[string]*reply)
	for _, r := range records {
		var p struct {
			Text  string `json:"text"`
			Reply *reply `json:"reply"`
		}
		if err := json.Unmarshal(r.Value, &p); err != nil {
			t.Fatal(err)
		}
		uris[p.Text], replies[p.Text] = r.URI, p.Reply
	}
	if len(records) != len(texts) || len(uris) != len(texts) {
		t.Errorf("%d records with %d texts, want %d", len(records), len(uris), len(texts))
	}
	for i, body := range texts {
		r := replies[body]
		switch {
		case i == 0 && r != nil:
			t.Error("the first part is an answer")
		case i > 0 && (r == nil || r.Parent.URI != uris[texts[i-1]] || r.Root.URI != uris[texts[0]]):
			t.Errorf("part %d answers %+v", i+1, r)
		}
	}
}

var tagPattern = regexp.MustCompile(`<[^>]*>`)

// wantOnSnac compares a preview with what the server shows to everybody.
func wantOnSnac(t *testing.T, previewed *api.TargetPreview, published *api.Target) {
	t.Helper()
	parent := ""
	for i, part := range previewed.Parts {
		var got struct {
			ID         string
			InReplyTo  string
			Content    string
			Attachment []struct{ URL, Name string }
		}
		fetchJSON(t, published.Parts[i].URL, &got)
		plain := html.UnescapeString(tagPattern.ReplaceAllString(strings.ReplaceAll(got.Content, "<br>", "\n"), ""))
		if a, b := strings.Join(strings.Fields(plain), " "), strings.Join(strings.Fields(part.Text), " "); a != b {
			t.Errorf("part %d is\n%q\npreviewed\n%q", i+1, a, b)
		}
		if got.InReplyTo != parent {
			t.Errorf("part %d answers %q, want %q", i+1, got.InReplyTo, parent)
		}
		parent = got.ID
		if len(got.Attachment) != len(part.Media) {
			t.Fatalf("part %d has %d pictures, previewed %d", i+1, len(got.Attachment), len(part.Media))
		}
		for j, a := range got.Attachment {
			wantPicture(t, fetch(t, a.URL, ""), part.Media[j])
			if a.Name != part.Media[j].Alt {
				t.Errorf("the description is %q", a.Name)
			}
		}
	}
}

// wantPicture: the bytes are those of the preview, upright and without a place.
func wantPicture(t *testing.T, b []byte, m api.Attachment) {
	t.Helper()
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != m.SHA256 || int64(len(b)) != m.Bytes {
		t.Errorf("%s: %d bytes with the digest %s, previewed %d with %s", m.Name, len(b), got, m.Bytes, m.SHA256)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || c.Width != m.Width || c.Height != m.Height {
		t.Errorf("%s: %d × %d, %v; previewed %d × %d", m.Name, c.Width, c.Height, err, m.Width, m.Height)
	}
	for _, word := range []string{"Exif", "SECRETPLACE", "SERIAL-4711"} {
		if bytes.Contains(b, []byte(word)) {
			t.Errorf("%s: %q is still in it", m.Name, word)
		}
	}
}

func fetch(t *testing.T, address, accept string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d, %v", address, resp.StatusCode, err)
	}
	return b
}

func fetchJSON(t *testing.T, address string, v any) {
	t.Helper()
	if err := json.Unmarshal(fetch(t, address, "application/activity+json"), v); err != nil {
		t.Fatal(err)
	}
}

// longText has emoji families, CJK, words from right to left, links, tags and a mention.
func longText(handle string) string {
	var b strings.Builder
	for i := range 12 {
		b.WriteString("A paragraph about 日本語の文章 and 👨‍👩‍👧‍👦 families, written for the " + string(rune('a'+i)) + "th time. ")
		b.WriteString("שלום עולם to everybody who reads this; see https://example.com/a/path?n=" + string(rune('a'+i)) + ". ")
		b.WriteString("It goes on with #golang and ends here 🏳️‍🌈.")
		if i == 3 {
			b.WriteString(" Thanks @" + handle + "!")
		}
		b.WriteString("\n\n")
	}
	return strings.TrimSpace(b.String())
}

// photograph is a JPEG of twelve megapixels that lies on its side and tells where it was taken, and with
// what.
func photograph(t *testing.T) []byte {
	t.Helper()
	img := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range img.Y {
		img.Y[i] = uint8(i/4000/12) + uint8(rng.Uint32()%24)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = uint8(i%2000/8), 128
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	exif := exifOf(6)
	segment := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(exif)+2))
	return slices.Concat(file[:2], segment, exif, file[2:])
}

// exifOf has an orientation, a maker's note with a serial number, and a directory with a place.
func exifOf(orientation uint16) []byte {
	le := binary.LittleEndian
	entry := func(b []byte, tag, kind uint16, count, value uint32) []byte {
		b = le.AppendUint16(le.AppendUint16(b, tag), kind)
		return le.AppendUint32(le.AppendUint32(b, count), value)
	}
	const first, gps, texts = 8, 8 + 2 + 3*12 + 4, 8 + 2 + 3*12 + 4 + 2 + 1*12 + 4
	b := append([]byte("II*\x00"), le.AppendUint32(nil, first)...)
	b = le.AppendUint16(b, 3)
	b = entry(b, 0x0112, 3, 1, uint32(orientation))
	b = entry(b, 0x8825, 4, 1, gps)
	b = entry(b, 0xA431, 2, 12, texts+12)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, 1)
	b = entry(b, 0x001D, 2, 12, texts)
	b = le.AppendUint32(b, 0)
	b = append(b, "SECRETPLACE\x00SERIAL-4711\x00"...)
	return append([]byte("Exif\x00\x00"), b...)
}

// chart is a drawing of few colours.
func chart(t *testing.T) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, 1600, 1200), color.Palette{color.White, color.Black, color.RGBA{R: 200, A: 255}})
	for y := range 1200 {
		for x := range 1600 {
			img.SetColorIndex(x, y, uint8((x/40+y/40)%3))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
