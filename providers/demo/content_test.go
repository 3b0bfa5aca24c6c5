package demo_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/providers/providertest"
)

// publish makes the parts of a target public, and answers the lines of the file.
func publish(t testing.TB, fx *providertest.Fixture, file string, target *hayon.Target) []demo.Post {
	t.Helper()
	for i := range target.Parts {
		p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, i))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			target.Parts[0].Root = p.Root
		}
		res := fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, i, p))
		if res.Verdict != hayon.VerdictPublished {
			t.Fatalf("part %d: %s: %v", i, res.Verdict, res.Err)
		}
		target.Parts[i].Remote = res.Remote
	}
	return readFile(t, file)
}

// The limits are those that the account sets, in what it describes and in what it takes.
func TestLimitsOfTheAccount(t *testing.T) {
	t.Parallel()
	providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
		t.Helper()
		fx, _ := newDemo(t, map[string]string{"text": "120", "image": "2000", "images": "2"})
		a, _, err := fx.Provider.SignIn(t.Context(), *fx.SignIn)
		if err != nil {
			t.Fatal(err)
		}
		fx.Session.Account().Server = a.Server
		fx.Content = providertest.Content{}
		for of, want := range map[string]int64{hayon.LimitText: 120, hayon.LimitImage: 2000, hayon.LimitImages: 2} {
			for _, l := range fx.Provider.Info().For(fx.Session.Account()).Limits {
				if l.Of == of && l.Max != want {
					t.Errorf("%s: at most %d %s, want %d", of, l.Max, l.Unit, want)
				}
			}
		}
		return fx
	}})
}

func TestUsualLimitsAreNotTheAccounts(t *testing.T) {
	t.Parallel()
	fx, _ := newDemo(t, nil)
	a, _, err := fx.Provider.SignIn(t.Context(), hayon.SignIn{Platform: demo.Name, Alias: "a", Fields: map[string]string{"text": "500", "quotes": "yes"}})
	if err != nil || a.Server != nil {
		t.Errorf("server %+v (%v), want none", a.Server, err)
	}
}

func TestWrongSettingsOfContent(t *testing.T) {
	t.Parallel()
	fx, _ := newDemo(t, nil)
	for _, wrong := range [][2]string{{"text", "0"}, {"text", "x"}, {"image", "-1"}, {"images", "1.5"}, {"quotes", "maybe"}, {"rate", "0"}} {
		_, _, err := fx.Provider.SignIn(t.Context(), hayon.SignIn{Platform: demo.Name, Alias: "a", Fields: map[string]string{wrong[0]: wrong[1]}})
		if hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("%s=%s: %v, want invalid", wrong[0], wrong[1], err)
		}
	}
}

// An answer to another place, or to another account of the folder, is known by the address, and so is the
// conversation.
func TestAnswersElsewhere(t *testing.T) {
	t.Parallel()
	const there = "https://elsewhere.example/posts/1"
	fx, file := newDemo(t, nil)
	target := fx.Target("yes", "and no")
	target.Parts[0].ReplyTo = &hayon.Remote{URL: there}
	out := publish(t, fx, file, target)
	got := [][2]string{{out[0].Parent, out[0].Root}, {out[1].Parent, out[1].Root}}
	want := [][2]string{{there, there}, {out[0].ID, there}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parents and roots (-want +got):\n%s", diff)
	}

	// Another account answers the second part of that.
	other := *fx.Session.Account()
	other.RemoteID, other.Name = "b", "demo/b"
	fx.Session = providertest.NewSession(&other, hayon.Secret{})
	target2 := fx.Target("why?")
	target2.Parts[0].ReplyTo = &target.Parts[1].Remote
	theirs := publish(t, fx, strings.Replace(file, "a.ndjson", "b.ndjson", 1), target2)
	if theirs[0].Parent != target.Parts[1].Remote.URL || theirs[0].Root != there {
		t.Errorf("parent %q and root %q, want %q and %q", theirs[0].Parent, theirs[0].Root, target.Parts[1].Remote.URL, there)
	}
	begins := publish(t, fx, strings.Replace(file, "a.ndjson", "b.ndjson", 1), fx.Target("mine"))
	target3 := fx.Target("to myself")
	target3.Parts[0].ReplyTo = &hayon.Remote{ID: begins[1].ID}
	own := publish(t, fx, strings.Replace(file, "a.ndjson", "b.ndjson", 1), target3)
	if own[2].Parent != begins[1].ID || own[2].Root != begins[1].ID {
		t.Errorf("parent %q and root %q, want %q", own[2].Parent, own[2].Root, begins[1].ID)
	}
}

func TestPlatformWithoutQuotes(t *testing.T) {
	t.Parallel()
	fx, _ := newDemo(t, map[string]string{"quotes": "no"})
	replier, _ := fx.Provider.(hayon.Replier)
	if a := fx.Session.Account(); replier.Quotes(a) || !replier.Refers(a, "https://example.org/1") {
		t.Error("it quotes, or does not answer")
	}
}

// What a video is refused for, and what arrives of one.
func TestVideo(t *testing.T) {
	t.Parallel()
	fx, file := newDemo(t, nil)
	video := fx.Image(t, 4, 4, "a film")
	video.Type, video.Duration = "video/mp4", 3*time.Second
	thumb := fx.Image(t, 3, 3, "")
	video.Thumb = &hayon.BlobRef{SHA256: thumb.SHA256, Type: thumb.Type, Bytes: thumb.Bytes}
	video.Focus = &hayon.Focus{X: 0.5, Y: -1}
	large, long, badThumb := video, video, video
	large.Bytes, long.Duration = 100<<20+1, 181*time.Second
	badThumb.Thumb = &hayon.BlobRef{SHA256: thumb.SHA256, Type: thumb.Type, Bytes: 1_000_001}
	for name, media := range map[string][]hayon.Attachment{
		"beside a picture": {video, thumb}, "too large": {large}, "too long": {long}, "too large a picture": {badThumb},
	} {
		target := fx.Target("look")
		target.Parts[0].Media = media
		if _, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0)); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	target := fx.Target("look")
	target.Parts[0].Media = []hayon.Attachment{video}
	want := []demo.Medium{{
		SHA256: video.SHA256, Type: "video/mp4", Bytes: video.Bytes, Width: 4, Height: 4, Focus: video.Focus, Thumb: thumb.SHA256,
	}}
	if diff := cmp.Diff(want, publish(t, fx, file, target)[0].Media); diff != "" {
		t.Errorf("what arrived (-want +got):\n%s", diff)
	}
}

// An upload with a rate takes its time, and tells how far it is.
func TestUploadWithARate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fx, _ := newDemo(t, nil)
		picture := fx.Image(t, 40, 40, "a square")
		fx.Session.Account().Settings = map[string]string{"rate": "50"}
		target := fx.Target("slow")
		target.Parts[0].Media = []hayon.Attachment{picture}
		r := fx.PrepareRequest(target, 0)
		var told []int64
		r.Progress = func(what string, done, total int64) {
			if what != "a picture" || total != picture.Bytes {
				t.Errorf("%q of %d", what, total)
			}
			told = append(told, done)
		}
		start := time.Now()
		if _, err := fx.Provider.Prepare(t.Context(), fx.Session, r); err != nil {
			t.Fatal(err)
		}
		if took, least := time.Since(start), time.Duration(picture.Bytes/5)*100*time.Millisecond; took < least {
			t.Errorf("it took %s, want %s", took, least)
		}
		for i, done := range told {
			if want := min(int64(i+1)*5, picture.Bytes); done != want {
				t.Fatalf("told %d, want %d", done, want)
			}
		}
	})
}

// Whom a text mentions is looked up, unless nobody is to be asked.
func TestPreviewOfMentions(t *testing.T) {
	t.Parallel()
	fx, _ := newDemo(t, nil)
	previewer, _ := fx.Provider.(hayon.Previewer)
	target := fx.Target("@bea.example.com and @nobody.example.com")
	target.Parts[0].Quote = &hayon.Remote{URL: "https://demo.invalid/a/1"}
	r := hayon.PreviewRequest{Account: fx.Session.Account(), Target: target}
	alone, err := previewer.PreviewPart(t.Context(), nil, r)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := previewer.PreviewPart(t.Context(), fx.Session, r)
	if err != nil {
		t.Fatal(err)
	}
	bea := hayon.TextFacet{Kind: "mention", End: 16, Text: "@bea.example.com", Value: "bea.example.com"}
	other := hayon.TextFacet{Kind: "mention", Start: 21, End: 40, Text: "@nobody.example.com", Value: "nobody.example.com"}
	unresolved := func(f hayon.TextFacet) hayon.TextFacet { f.Unresolved = true; return f }
	want := &hayon.PartPreview{
		Embed: "record", Facets: []hayon.TextFacet{unresolved(bea), unresolved(other)},
		Unresolved: []string{
			"whether @bea.example.com is somebody", "whether @nobody.example.com is somebody", "whether https://demo.invalid/a/1 is still there",
		},
	}
	if diff := cmp.Diff(want, alone); diff != "" {
		t.Errorf("without asking (-want +got):\n%s", diff)
	}
	bea.ID, other.Plain = "person:bea.example.com", true
	want = &hayon.PartPreview{
		Embed: "record", Facets: []hayon.TextFacet{bea, other},
		Notes: []string{"@nobody.example.com is nobody, and goes out as plain text."},
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}
