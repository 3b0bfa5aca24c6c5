package scheduler_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Limits = []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: 4}, {Of: hayon.LimitText, Unit: hayon.UnitBytes, Max: 9}}
	}
	a.onPreview = func(_ context.Context, s hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
		if s != nil && r.Account.Name == "platform/away" {
			return nil, hayon.Errorf(hayon.CodeUnavailable, "nobody answers")
		}
		return &hayon.PartPreview{Embed: map[bool]string{true: "asked", false: "not asked"}[s != nil]}, nil
	}
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("there", "")
	d.signIn("away", "https://away.example")
	before := d.count()
	v, err := d.scheduler.PreviewPost(d.ctx, hayon.PostCreate{Text: "hello", To: []string{"platform/there", "platform/away"}, Texts: map[string]string{"platform/away": "héé"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []hayon.TargetPreview{
		{Problems: []string{"platform/there: the text has 5 of 4 characters"}, Parts: []hayon.PartPreview{{
			Lengths: []hayon.TextLength{{Unit: hayon.UnitGraphemes, Count: 5, Max: 4}, {Unit: hayon.UnitBytes, Count: 5, Max: 9}}, Embed: "asked",
		}}},
		{Parts: []hayon.PartPreview{{
			Lengths: []hayon.TextLength{{Unit: hayon.UnitGraphemes, Count: 3, Max: 4}, {Unit: hayon.UnitBytes, Count: 5, Max: 9}},
			Embed:   "not asked", Unresolved: []string{"nobody answers"},
		}}},
	}
	if diff := cmp.Diff(want, v.Targets); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !v.Post.ID.IsZero() || v.Post.Targets[0].State != hayon.StateFailed || v.Post.Targets[1].State != hayon.StateQueued {
		t.Errorf("the post is %+v", v.Post)
	}
	if after := d.count(); after != before {
		t.Errorf("%d posts, before %d", after, before)
	}
}

// A preview with nobody asked is what a dry run of the post would be.
func TestPreviewOffline(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.onPreview = func(_ context.Context, s hayon.Session, _ hayon.PreviewRequest) (*hayon.PartPreview, error) {
		if s != nil {
			t.Error("somebody is asked")
		}
		return &hayon.PartPreview{}, nil
	}
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	c := hayon.PostCreate{Text: "hello", To: []string{"platform/one"}, DryRun: true}
	v, err := d.scheduler.PreviewPost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(texts(v.Post.Targets[0]), "|"), strings.Join(texts(p.Targets[0]), "|"); got != want {
		t.Errorf("the preview says %q, the post %q", got, want)
	}
}

// count is how many posts there are.
func (d *daemon) count() int {
	d.t.Helper()
	posts, err := d.scheduler.FindPosts(d.ctx, hayon.PostFilter{Deleted: true})
	if err != nil {
		d.t.Fatal(err)
	}
	return len(posts)
}
