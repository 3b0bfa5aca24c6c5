package scheduler_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// facts describe a medium that is not stored.
func facts(kind string, bytes int64, width, height int) hayon.MediaInput {
	return hayon.MediaInput{Alt: "what it shows", Facts: &hayon.MediaFacts{
		Type: kind, Bytes: bytes, Width: width, Height: height, Name: "a." + kind[strings.Index(kind, "/")+1:],
	}}
}

func TestLimitsOfMedia(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Alone = []string{"video/", "image/gif"}
		i.Limits = []hayon.Limit{
			{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: 3},
			{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: 100},
			{Of: hayon.LimitImage, Unit: hayon.UnitPixels, Max: 600},
			{Of: hayon.LimitVideo, Unit: hayon.UnitBytes, Max: 1000},
			{Of: hayon.LimitAlt, Unit: hayon.UnitCodePoints, Max: 13},
		}
	}
	d := newDaemonWith(t, setup{provider: a})
	picture := facts("image/png", 100, 30, 20)
	long := picture
	long.Alt += "!"
	for _, tt := range []struct {
		name  string
		media []hayon.MediaInput
		want  string // in the problem; "": none
	}{
		{"as many and as large as allowed", []hayon.MediaInput{picture, picture, picture}, ""},
		{"too many", []hayon.MediaInput{picture, picture, picture, picture}, "4 images, at most 3"},
		{"too many bytes", []hayon.MediaInput{facts("image/png", 101, 30, 20)}, "101 of 100 bytes"},
		{"too many pixels", []hayon.MediaInput{facts("image/png", 100, 31, 20)}, "31 × 20 pixels, and 600"},
		{"a video has limits of its own", []hayon.MediaInput{facts("video/mp4", 1000, 1920, 1080)}, ""},
		{"too large a video", []hayon.MediaInput{facts("video/mp4", 1001, 1920, 1080)}, "1001 of 1000 bytes"},
		{"a video beside a picture", []hayon.MediaInput{picture, facts("video/mp4", 1, 1, 1)}, "a.mp4 must be alone"},
		{"one of the kinds that go alone, alone", []hayon.MediaInput{facts("image/gif", 1, 1, 1)}, ""},
		{"two of a kind that goes alone", []hayon.MediaInput{facts("image/gif", 1, 1, 1), facts("image/gif", 1, 1, 1)}, "a.gif must be alone"},
		{"too long a description", []hayon.MediaInput{long}, "14 of 13 code points"},
		{"an unknown kind", []hayon.MediaInput{facts("audio/ogg", 1, 0, 0)}, "audio/ogg, which Platform does not take"},
	} {
		_, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "x", To: []string{"platform"}, Media: tt.media, DryRun: true})
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (hayon.CodeOf(err) != hayon.CodeInvalid || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestPlatformThatNeedsMedia(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) { i.NeedsMedia = true }
	d := newDaemonWith(t, setup{provider: a})
	c := hayon.PostCreate{Text: "words alone", To: []string{"platform"}, DryRun: true}
	_, err := d.scheduler.CreatePost(d.ctx, c)
	wantCode(t, err, hayon.CodeInvalid)
	c.Media = []hayon.MediaInput{facts("image/png", 1, 1, 1)}
	if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
		t.Error(err)
	}
}

// Text is measured by the rule of its limit.
func TestTextIsCountedAsItsPlatformCounts(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Limits = []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitMastodon, Max: 30, URL: 10, With: []string{"cw"}}}
		i.Options = []hayon.Option{{Name: "cw", Kind: hayon.OptionText}}
	}
	d := newDaemonWith(t, setup{provider: a})
	c := hayon.PostCreate{
		Text: strings.Repeat("x", 14) + " https://example.org/" + strings.Repeat("long", 50), To: []string{"platform"}, DryRun: true,
		Options: map[string]map[string]string{"": {"cw": "five!"}},
	}
	if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
		t.Errorf("14, a space, an address of 10 and 5: %v", err)
	}
	c.Text = "x" + c.Text
	_, err := d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "31 of 30 characters") {
		t.Errorf("got %q", e.Message)
	}
}

// What an account's own server allows counts for that account alone.
func TestLimitsOfTheServer(t *testing.T) {
	t.Parallel()
	d := newDaemonWith(t, setup{provider: newAble()})
	small, _ := d.signIn("small", "https://small.example"), d.signIn("large", "https://large.example")
	small.Server = &hayon.ServerFacts{
		ReadAt: time.Now(), Limits: []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: 4}},
		Options: []hayon.Option{{Name: "quiet", Kind: hayon.OptionBool}},
	}
	err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, small) })
	if err != nil {
		t.Fatal(err)
	}
	c := hayon.PostCreate{
		Text: "hello", To: []string{"platform/*"}, DryRun: true, BestEffort: true,
		Options: map[string]map[string]string{"": {"quiet": "true"}},
	}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range p.Targets {
		failed := target.State == hayon.StateFailed
		if failed != (target.Account == small.ID) {
			t.Errorf("%s is %s, %+v", target.Account, target.State, target.Error)
		}
		if !failed && (len(target.Options) > 0 || len(target.Notes) != 1) {
			t.Errorf("the other has the options %v and notes %q", target.Options, target.Notes)
		}
	}
}

// What was invalid waits for its time, like the rest of its post, when it is valid before that. Where the
// rest was sent at once it follows.
func TestRetryBeforeItsTime(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]bool{"the rest waits": false, "the rest was sent": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAble()
				var most atomic.Int64 // the daemon reads it too
				most.Store(3)
				a.adjust = func(i *hayon.ProviderInfo) {
					i.Limits = []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: most.Load()}}
				}
				d := newDaemonWith(t, setup{provider: a})
				d.signIn("one", "")
				d.signIn("two", "")
				due := time.Now().Add(time.Hour)
				p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
					Text: "hello", To: []string{"platform/*"}, Texts: map[string]string{"platform/two": "hi"}, BestEffort: true,
					Schedule: hayon.Schedule{At: due},
				})
				if err != nil {
					t.Fatal(err)
				}
				stop := d.run()
				defer stop()
				if sent {
					if _, err := d.scheduler.PublishPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
						t.Fatal(err)
					}
				}
				most.Store(500)
				if _, err := d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
					t.Fatal(err)
				}
				pass(time.Minute)
				synctest.Wait()
				want := 0
				if sent {
					want = 2
				}
				if n := len(a.Public()); n != want {
					t.Errorf("%d are public an hour before their time, want %d", n, want)
				}
				pass(time.Hour)
				synctest.Wait()
				if n := len(a.Public()); n != 2 {
					t.Errorf("%d are public in the end, want 2", n)
				}
			})
		})
	}
}

// What was invalid goes out by a retry once it is valid, with the options that it was written with, and
// not before.
func TestRetryChecksWhatWasInvalid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, most := newAble(), int64(3)
		a.adjust = func(i *hayon.ProviderInfo) {
			i.Limits = []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: most}}
		}
		d := newDaemonWith(t, setup{provider: a})
		d.signIn("one", "")
		d.signIn("two", "")
		p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
			Text: "hello", To: []string{"platform/*"}, Texts: map[string]string{"platform/two": "hi"}, BestEffort: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := d.run()
		defer stop()
		retry := func(want string) {
			t.Helper()
			if _, err := d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
				t.Fatal(err)
			}
			pass(10 * time.Second)
			synctest.Wait()
			var got []string
			for _, post := range a.Public() {
				got = append(got, post.Text)
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("public are %q, want %q", s, want)
			}
		}
		retry("hi")
		most = 4
		retry("hi")
		if e := d.find(p.ID).Targets[0].Error; e == nil || !strings.Contains(e.Message, "5 of 4") {
			t.Errorf("the reason is %+v, want that of now", e)
		}
		most = 5
		retry("hi hello")
		if got := d.find(p.ID); got.State() != hayon.PostPublished || got.Targets[0].Error != nil {
			t.Errorf("%s, %+v", got.State(), got.Targets[0].Error)
		}
	})
}

// A wish that would have made the post public there is remembered, and heard when the platform can.
func TestRetryKeepsTheWishes(t *testing.T) {
	t.Parallel()
	a := newAble()
	var options []hayon.Option
	a.adjust = func(i *hayon.ProviderInfo) { i.Options = options }
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	two := d.signIn("two", "")
	two.Server = &hayon.ServerFacts{ReadAt: time.Now(), Options: []hayon.Option{
		{Name: hayon.OptionVisibility, Kind: hayon.OptionChoice, Values: []string{hayon.VisibilityFollowers}},
	}}
	if err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, two) }); err != nil {
		t.Fatal(err)
	}
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: "hush", To: []string{"platform/one", "platform/two"}, BestEffort: true,
		Options: map[string]map[string]string{"": {hayon.OptionVisibility: hayon.VisibilityFollowers, hayon.OptionWarning: "hush"}},
	})
	if err != nil || p.Targets[0].State != hayon.StateFailed {
		t.Fatalf("%v, %v; want the first target failed", p, err)
	}
	options = two.Server.Options
	if p, err = d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil {
		t.Fatal(err)
	}
	target := p.Targets[0]
	if target.State != hayon.StateQueued || target.Options[hayon.OptionVisibility] != hayon.VisibilityFollowers ||
		target.Options[hayon.OptionWarning] != "" || len(target.Notes) != 1 {
		t.Errorf("%s with %v, notes %q; want it queued for followers, with a note on the warning", target.State, target.Options, target.Notes)
	}
}
