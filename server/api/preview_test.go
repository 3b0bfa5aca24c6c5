package api_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// What a service says of a preview is what a face over the wire works with.
func TestPreviewOnTheWire(t *testing.T) {
	t.Parallel()
	thumb := &hayon.BlobRef{SHA256: "ab", Type: "image/png", Bytes: 7, Width: 1, Height: 2}
	want := &hayon.Preview{
		Post: &hayon.Post{Text: "hello", Targets: []*hayon.Target{
			{Platform: "site", State: hayon.StateFailed, Error: &hayon.TargetError{Code: hayon.CodeInvalid, Message: "no"}, Parts: []hayon.Part{
				{
					Text: "hello", Card: &hayon.Card{URL: "https://a.example/", Title: "A", Thumb: thumb},
					ReplyTo: &hayon.Remote{URL: "https://b.example/"}, Quote: &hayon.Remote{ID: "7", Digest: "d"},
					Poll: &hayon.Poll{Options: []string{"a", "b"}, Seconds: 300, Multiple: true},
					Media: []hayon.Attachment{{
						Type: "video/mp4", Bytes: 9, Duration: 1500 * time.Millisecond, Animated: true, Original: thumb, Steps: []string{"halved"}, Thumb: thumb,
					}},
				},
				{Text: "more"},
			}},
			{Platform: "demo", State: hayon.StateQueued, Parts: []hayon.Part{{Text: "hello"}}},
		}},
		Targets: []hayon.TargetPreview{
			{Problems: []string{"no"}, Parts: []hayon.PartPreview{
				{
					Lengths: []hayon.TextLength{{Unit: hayon.UnitBytes, Count: 5, Max: 4}}, Embed: "video", Unresolved: []string{"who that is"}, Notes: []string{"so"},
					Facets: []hayon.TextFacet{{Kind: "mention", Start: 1, End: 2, Text: "e", Value: "e", ID: "did:plc:x", Plain: true, Unresolved: true}},
				}, {},
			}},
			{Parts: []hayon.PartPreview{{}}},
		},
	}
	body, err := json.Marshal(api.PreviewOf(want, nil))
	if err != nil {
		t.Fatal(err)
	}
	var read api.Preview
	if err := json.Unmarshal(body, &read); err != nil {
		t.Fatal(err)
	}
	got := read.Domain()
	if diff := cmp.Diff(want.Targets, got.Targets); diff != "" {
		t.Errorf("what is said came back (-want +got):\n%s", diff)
	}
	for i, target := range got.Post.Targets {
		if diff := cmp.Diff(want.Post.Targets[i].Parts, target.Parts); diff != "" || target.Platform != want.Post.Targets[i].Platform {
			t.Errorf("target %d came back (-want +got):\n%s", i, diff)
		}
	}
	if got.Post.Text != "hello" || got.Post.Targets[0].Error.Message != "no" {
		t.Errorf("the post came back as %+v", got.Post)
	}
}
