package scheduler_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// texts are those of the parts of a target.
func texts(t *hayon.Target) []string {
	out := make([]string, len(t.Parts))
	for i, p := range t.Parts {
		out[i] = p.Text
	}
	return out
}

// threaded is a daemon with two accounts, of which the second one has a server that takes less.
func threaded(t *testing.T, small int64) *daemon {
	t.Helper()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Limits = []hayon.Limit{
			{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: 40, With: []string{hayon.OptionWarning}},
			{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: 2},
		}
		i.Options = []hayon.Option{{Name: hayon.OptionWarning, Kind: hayon.OptionText}}
		i.Threads = true
	}
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("large", "https://large.example")
	d.limit(d.signIn("small", "https://small.example"), hayon.Limit{
		Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: small, With: []string{hayon.OptionWarning},
	})
	return d
}

func TestThreadSplitsForEachAccount(t *testing.T) {
	t.Parallel()
	d := threaded(t, 14)
	body := "One sentence. Two of them. And three."
	for _, tt := range []struct {
		name         string
		create       hayon.PostCreate
		large, small []string
	}{
		{"auto", hayon.PostCreate{Text: body, Thread: hayon.ThreadAuto}, []string{body}, []string{"One sentence.", "Two of them.", "And three."}},
		{
			"numbered",
			hayon.PostCreate{Text: body, Thread: hayon.ThreadAuto, Number: "{i}/{n}"},
			[]string{body},
			[]string{"One 1/5", "sentence. 2/5", "Two of 3/5", "them. 4/5", "And three. 5/5"},
		},
		{"lines", hayon.PostCreate{Text: "a\n---\nb", Number: "({i})"}, []string{"a (1)", "b (2)"}, []string{"a (1)", "b (2)"}},
		{"parts", hayon.PostCreate{Text: "a", Parts: []string{"b\n---\nc"}}, []string{"a", "b", "c"}, []string{"a", "b", "c"}},
		{"off", hayon.PostCreate{Text: "a\n---\nb", Thread: hayon.ThreadOff}, []string{"a\n---\nb"}, []string{"a\n---\nb"}},
	} {
		tt.create.To, tt.create.DryRun = []string{"platform/*"}, true
		p, err := d.scheduler.CreatePost(d.ctx, tt.create)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.large, texts(p.Targets[0])); diff != "" {
			t.Errorf("%s, large (-want +got):\n%s", tt.name, diff)
		}
		if tt.name == "numbered" { // where it is cut is the business of package text
			if n := len(p.Targets[1].Parts); n < 3 {
				t.Errorf("%d parts", n)
			}
			for _, part := range texts(p.Targets[1]) {
				if len(part) > 14 || !strings.Contains(part, "/") {
					t.Errorf("a part is %q", part)
				}
			}
			continue
		}
		if diff := cmp.Diff(tt.small, texts(p.Targets[1])); diff != "" {
			t.Errorf("%s, small (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A warning takes its share of every part.
func TestThreadCountsTheWarning(t *testing.T) {
	t.Parallel()
	d := threaded(t, 14)
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: "aaaa bbbb cccc", Thread: hayon.ThreadAuto, To: []string{"platform/small"}, DryRun: true,
		Options: map[string]map[string]string{"": {hayon.OptionWarning: "five!"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"aaaa bbbb", "cccc"}, texts(p.Targets[0])); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What cannot be split is refused for its account, and no retry sends it.
func TestThreadThatCannotBeSplit(t *testing.T) {
	t.Parallel()
	d := threaded(t, 20)
	c := hayon.PostCreate{Text: "see https://example.com/a/long/way", Thread: hayon.ThreadAuto, To: []string{"platform/*"}}
	_, err := d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.HasPrefix(e.Message, "platform/small: ") {
		t.Errorf("it says %q", e.Message)
	}
	c.BestEffort = true
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if p.Targets[1].State != hayon.StateFailed || len(p.Targets[1].Unmade) != 1 {
		t.Fatalf("%s, %q", p.Targets[1].State, p.Targets[1].Unmade)
	}
	p, err = d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{})
	if err != nil || p.Targets[1].State != hayon.StateFailed {
		t.Errorf("after a retry it is %s, %v", p.Targets[1].State, err)
	}
}

// In a thread that is split by itself, each part takes as many pictures as it may.
func TestThreadDealsItsMedia(t *testing.T) {
	t.Parallel()
	d := threaded(t, 14)
	picture := facts("image/png", 1, 1, 1)
	c := hayon.PostCreate{
		Text: "a\n---\nb", Thread: hayon.ThreadAuto, To: []string{"platform/large"}, DryRun: true,
		Media: []hayon.MediaInput{picture, picture, picture, picture, picture},
	}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, part := range p.Targets[0].Parts {
		got = append(got, len(part.Media))
	}
	if diff := cmp.Diff([]int{2, 2, 1}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	c.Thread = hayon.ThreadLines
	_, err = d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "5 images, at most 2") {
		t.Errorf("it says %q", e.Message)
	}
}

func TestThreadRefused(t *testing.T) {
	t.Parallel()
	d := threaded(t, 14)
	for _, c := range []hayon.PostCreate{
		{Thread: "always"}, {Number: "of {n}"}, {Number: "{i}/{m}"}, {Number: "{i}\n"}, {Number: "{i}" + strings.Repeat("!", 40)},
	} {
		c.Text, c.To = "x", []string{"platform/large"}
		if _, err := d.scheduler.CreatePost(d.ctx, c); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("%q %q: %v, want a usage error", c.Thread, c.Number, err)
		}
	}
}

// However a thread comes by its parts, there are no more of them than anybody meant.
func TestThreadsAreBounded(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Threads = true
		i.Limits = []hayon.Limit{{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: 1}}
	}
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	parts, media := make([]string, 100), make([]hayon.MediaInput, 101)
	for i := range media {
		media[i] = facts("image/png", 1, 1, 1)
	}
	for i := range parts {
		parts[i] = "x"
	}
	for name, c := range map[string]hayon.PostCreate{
		"media":        {Text: "x", Media: media, Thread: hayon.ThreadAuto},
		"texts":        {Text: "x", Parts: parts},
		"texts as are": {Text: "x", Parts: parts, Thread: hayon.ThreadOff},
		"lines":        {Text: strings.Repeat("x\n---\n", 100) + "x"},
	} {
		c.To, c.DryRun = []string{"platform/one"}, true
		_, err := d.scheduler.CreatePost(d.ctx, c)
		if e := hayon.AsError(err); e == nil || e.Code != hayon.CodeInvalid || len(e.Message) > 200 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "x", Media: media[1:], Thread: hayon.ThreadAuto, To: []string{"platform/one"}, DryRun: true}); err != nil {
		t.Error(err)
	}
}
