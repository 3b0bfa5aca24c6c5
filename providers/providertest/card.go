package providertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// blobOf is a picture as a card or a video has it.
func blobOf(a hayon.Attachment) *hayon.BlobRef {
	return &hayon.BlobRef{SHA256: a.SHA256, Type: a.Type, Bytes: a.Bytes, Width: a.Width, Height: a.Height}
}

// A link card goes out with what the page says of itself, with its picture and without.
func testCard(t *testing.T, fx *Fixture) {
	t.Helper()
	if !fx.info().Cards || !fx.Content.Cards {
		t.Skip("cards are no part of a post, or the harness cannot tell")
	}
	const address = "https://example.com/page?a=1&b=2"
	thumb := blobOf(fx.Image(t, 6, 3, ""))
	for _, card := range []hayon.Card{
		{URL: address, Title: "A \"page\" & <more> – 日本語", Description: "What it is about.\nAnd more.", Thumb: thumb},
		{URL: address, Title: "No picture", Description: "none"},
		{URL: address, Title: "Nothing but a title"},
	} {
		target := fx.Target("read " + address)
		target.Parts[0].Card = &card
		first, second := fx.prepare(t, target, 0), fx.prepare(t, target, 0)
		if diff := cmp.Diff(string(first.Data), string(second.Data)); diff != "" {
			t.Errorf("Prepare gives other bytes the second time:\n%s", diff)
		}
		_, remote := fx.out(t, target, 0)
		got, _ := posted(fx.Posts(t), remote.ID)
		want := card
		if got.Card != nil && got.Card.Thumb != nil && want.Thumb != nil { // what else is known of it is the harness's
			got.Card.Thumb = &hayon.BlobRef{SHA256: got.Card.Thumb.SHA256}
			want.Thumb = &hayon.BlobRef{SHA256: want.Thumb.SHA256}
		}
		if diff := cmp.Diff(&want, got.Card); diff != "" {
			t.Errorf("the card that is public (-want +got):\n%s", diff)
		}
	}
}

// Pictures arrive byte for byte: what was fitted is what people see.
func testMediaArrive(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needImages(t)
	if !fx.Content.Media {
		t.Skip("the harness cannot tell which bytes arrived")
	}
	target := fx.Target("two pictures")
	var want []string
	n, _ := fx.info().Limit(hayon.LimitImages, hayon.UnitItems)
	for i := range min(2, int(n)) {
		target.Parts[0].Media = append(target.Parts[0].Media, fx.Image(t, 5+i, 4, "a square"))
		want = append(want, target.Parts[0].Media[i].SHA256)
	}
	_, remote := fx.out(t, target, 0)
	got, _ := posted(fx.Posts(t), remote.ID)
	if diff := cmp.Diff(want, got.Media); diff != "" {
		t.Errorf("SHA-256 of what is public (-want +got):\n%s", diff)
	}
}
