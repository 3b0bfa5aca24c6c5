package scheduler_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// strictly is a daemon with an account that takes nothing twice, and can answer, quote and ask.
func strictly(t *testing.T) *daemon {
	t.Helper()
	a := newAble()
	a.reposts = func(*hayon.Account, string) bool { return true }
	a.adjust = func(i *hayon.ProviderInfo) {
		i.AllowDuplicate, i.Threads = false, true
		i.Limits = []hayon.Limit{
			{Of: hayon.LimitPollOptions, Unit: hayon.UnitItems, Min: 2, Max: 4},
			{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: 80},
		}
	}
	d := newDaemonWith(t, setup{provider: a, fitter: &halves{}})
	d.signIn("one", "")
	return d
}

// The same words to somebody else, about something else or with other answers are another post.
func TestSameWordsElsewhere(t *testing.T) {
	t.Parallel()
	poll := func(options ...string) *hayon.Poll { return &hayon.Poll{Options: options, Seconds: 60} }
	for _, tt := range []struct {
		name                 string
		first, other, repeat hayon.PostCreate
	}{
		{
			"answers", hayon.PostCreate{ReplyTo: elsewhere}, hayon.PostCreate{ReplyTo: elsewhere + "2"}, hayon.PostCreate{ReplyTo: elsewhere},
		},
		{"quotes", hayon.PostCreate{Quote: elsewhere}, hayon.PostCreate{Quote: elsewhere + "2"}, hayon.PostCreate{Quote: elsewhere}},
		{"polls", hayon.PostCreate{Poll: poll("a", "b")}, hayon.PostCreate{Poll: poll("a", "c")}, hayon.PostCreate{Poll: poll("a", "b")}},
		{"an answer and a post", hayon.PostCreate{ReplyTo: elsewhere}, hayon.PostCreate{}, hayon.PostCreate{Langs: []string{"en"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := strictly(t)
			create := func(c hayon.PostCreate) error {
				c.Text, c.To = "thanks", []string{"platform/one"}
				_, err := d.scheduler.CreatePost(d.ctx, c)
				return err
			}
			for _, c := range []hayon.PostCreate{tt.first, tt.other} {
				if err := create(c); err != nil {
					t.Errorf("%+v: %v", c, err)
				}
			}
			wantCode(t, create(tt.repeat), hayon.CodeConflict)
		})
	}
}

// The double Enter is one also where what goes on would answer what it has just sent.
func TestContinuedTwice(t *testing.T) {
	t.Parallel()
	d := strictly(t)
	d.published(hayon.PostCreate{Text: "first", To: []string{"platform/one"}})
	c := hayon.PostCreate{Text: "more", Continue: true, To: []string{"platform/one"}}
	d.published(c)
	_, err := d.scheduler.CreatePost(d.ctx, c)
	wantCode(t, err, hayon.CodeConflict)
}

// A dry run knows a repeat by the medium as it was stored, since it makes nothing of it.
func TestDryRunOfARepeat(t *testing.T) {
	t.Parallel()
	d := strictly(t)
	m := d.upload(strings.Repeat("x", 60))
	c := hayon.PostCreate{Text: "look", To: []string{"platform/one"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "x"}}}
	if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		c.DryRun = dry
		_, err := d.scheduler.CreatePost(d.ctx, c)
		if hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("dry %t: got %v, want a conflict", dry, err)
		}
	}
}
