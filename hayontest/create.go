package hayontest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

var createCases = []testCase{
	{"create for several accounts", createForSeveral},
	{"create for later", createForLater},
	{"create a draft", createDraft},
	{"create with a text for one account", createWithTexts},
	{"dry run stores nothing", dryRun},
	{"idempotency key", idempotencyKey},
	{"duplicate text", duplicateText},
	{"too long for one of two stores nothing", tooLongForOne},
	{"requests that are refused", refusedRequests},
	{"unknown platform is suggested", unknownPlatform},
}

func createForSeveral(t *testing.T, f Fixture) {
	signIn(t, f, "a")
	before := time.Now().Add(-time.Second)
	p := create(t, f, hayon.PostCreate{
		Text: "Hello, world", To: []string{"site", "demo/a"}, Langs: []string{"en"}, Labels: []string{"launch"},
	})
	if p.ID.IsZero() || p.Text != "Hello, world" || p.Source != f.Actor.Source || p.CreatedAt.Before(before) {
		t.Errorf("post = %+v, want an id, its text, source %s and a time of now", p, f.Actor.Source)
	}
	if !slices.Equal(p.Labels, []string{"launch"}) || !slices.Equal(p.Langs, []string{"en"}) {
		t.Errorf("labels %v, langs %v", p.Labels, p.Langs)
	}
	platforms := make([]string, 0, 2)
	for _, target := range p.Targets {
		platforms = append(platforms, target.Platform)
		if target.ID.IsZero() || target.Account.IsZero() || target.Post != p.ID || len(target.Parts) != 1 || target.Parts[0].Text != p.Text {
			t.Errorf("target = %+v, want ids and one part with the text", target)
		}
		if !target.State.Working() {
			t.Errorf("target on %s is %s, want it on its way", target.Platform, target.State)
		}
	}
	if diff := cmp.Diff([]string{"site", "demo"}, platforms); diff != "" {
		t.Errorf("targets in the order of To (-want +got):\n%s", diff)
	}
	got := find(t, f, p.ID)
	if got.State() != hayon.PostPublishing || got.Text != p.Text || len(got.Targets) != 2 || !got.CreatedAt.Equal(p.CreatedAt) {
		t.Errorf("found %+v, want what was created", got)
	}
	if got.ShortDigits < 4 || !strings.HasSuffix(p.ID.String(), strings.TrimPrefix(got.Short(), "p_")) {
		t.Errorf("short id %q of %s", got.Short(), p.ID)
	}
}

func createForLater(t *testing.T, f Fixture) {
	c := later("See you")
	c.Schedule.Zone, c.Schedule.Wall = "Europe/Berlin", "2031-01-02T09:00:00"
	c.Schedule.At = time.Date(2031, 1, 2, 8, 0, 0, 0, time.UTC)
	p := find(t, f, create(t, f, c).ID)
	wantState(t, p, hayon.StateScheduled)
	if p.State() != hayon.PostScheduled || !p.Schedule.At.Equal(c.Schedule.At) || p.Schedule.Zone != c.Schedule.Zone || p.Schedule.Wall != c.Schedule.Wall {
		t.Errorf("post is %s with schedule %+v, want scheduled and %+v", p.State(), p.Schedule, c.Schedule)
	}
	if !p.Targets[0].Due.Equal(c.Schedule.At) {
		t.Errorf("due %v, want %v", p.Targets[0].Due, c.Schedule.At)
	}
	status, err := f.Service.Status(as(t, f.Actor))
	if err != nil || status.Scheduled != 1 || !status.Next.Equal(c.Schedule.At) {
		t.Errorf("status = %+v, %v; want one scheduled for %v", status, err, c.Schedule.At)
	}
}

func createDraft(t *testing.T, f Fixture) {
	p := create(t, f, hayon.PostCreate{Text: "Not yet", To: []string{"site"}, Draft: true})
	if p = find(t, f, p.ID); p.State() != hayon.PostDraft {
		t.Errorf("a draft is %s", p.State())
	}
	_, err := f.Service.CreatePost(as(t, f.Actor), hayon.PostCreate{
		Text: "Not yet", To: []string{"site"}, Draft: true, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)},
	})
	wantCode(t, "a draft with a time", err, hayon.CodeUsage)
}

func createWithTexts(t *testing.T, f Fixture) {
	signIn(t, f, "a")
	p := create(t, f, hayon.PostCreate{Text: "For all", Texts: map[string]string{"demo/a": "For demo"}, To: []string{"site", "demo/a"}})
	for _, target := range p.Targets {
		want := "For all"
		if target.Platform == "demo" {
			want = "For demo"
		}
		if got := target.Parts[0].Text; got != want {
			t.Errorf("%s gets %q, want %q", target.Platform, got, want)
		}
	}
	_, err := f.Service.CreatePost(as(t, f.Actor), hayon.PostCreate{Text: "x", Texts: map[string]string{"demo/a": "y"}, To: []string{"site"}})
	wantCode(t, "a text for an account that is not addressed", err, hayon.CodeUsage)
}

func dryRun(t *testing.T, f Fixture) {
	c := later("Only a look")
	c.DryRun, c.IdempotencyKey = true, "dry"
	p := create(t, f, c)
	if !p.ID.IsZero() || len(p.Targets) != 1 || !p.Targets[0].ID.IsZero() || p.Targets[0].State != hayon.StateScheduled {
		t.Errorf("a dry run answered %+v, want a scheduled post without ids", p)
	}
	wantNothing(t, f)
	if seq, err := f.Service.LastSeq(as(t, f.Actor)); seq != 0 || err != nil {
		t.Errorf("a dry run left event %d (%v)", seq, err)
	}
	c.DryRun, c.Text = false, "The real one"
	create(t, f, c) // the key is still free
	c.DryRun, c.Text, c.IdempotencyKey, c.To = true, "", "", []string{"site"}
	_, err := f.Service.CreatePost(as(t, f.Actor), c)
	wantCode(t, "a dry run of an empty text", err, hayon.CodeInvalid)
}

func idempotencyKey(t *testing.T, f Fixture) {
	c := later("Once")
	c.IdempotencyKey = "k1"
	first, second := create(t, f, c), create(t, f, c)
	if first.ID != second.ID || first.Targets[0].ID != second.Targets[0].ID {
		t.Errorf("the same key made %s and %s", first.ID, second.ID)
	}
	c.Text = "Something else"
	_, err := f.Service.CreatePost(as(t, f.Actor), c)
	e := wantCode(t, "another body under the key", err, hayon.CodeConflict)
	if e.Details["post"] != first.ID.String() {
		t.Errorf("details %v do not name the post %s", e.Details, first.ID)
	}
	// A key belongs to its user.
	other, err := f.Other.CreatePost(as(t, f.OtherActor), c)
	if err != nil || other.ID == first.ID {
		t.Errorf("another user's key: %v, %v; want a post of their own", other, err)
	}
	posts, err := f.Service.FindPosts(as(t, f.Actor), hayon.PostFilter{})
	if err != nil || len(posts) != 1 {
		t.Errorf("%d posts are stored (%v), want 1", len(posts), err)
	}
}

func duplicateText(t *testing.T, f Fixture) {
	c := hayon.PostCreate{Text: "Hello again", To: []string{"strict"}}
	first := create(t, f, c)
	_, err := f.Service.CreatePost(as(t, f.Actor), c)
	e := wantCode(t, "the same text twice", err, hayon.CodeConflict)
	if !strings.Contains(e.Hint, "--allow-duplicate") || e.Details["post"] != first.ID.String() {
		t.Errorf("hint %q, details %v; want the flag and the post", e.Hint, e.Details)
	}
	c.AllowDuplicate = true
	if again := create(t, f, c); again.ID == first.ID {
		t.Error("an allowed duplicate is the first post")
	}
	c = hayon.PostCreate{Text: "Hello again", To: []string{"site"}}
	create(t, f, c)
	create(t, f, c) // twice is no mistake there
}

func tooLongForOne(t *testing.T, f Fixture) {
	long := strings.Repeat("é", StrictMax+1)
	_, err := f.Service.CreatePost(as(t, f.Actor), hayon.PostCreate{Text: long, To: []string{"site", "strict"}})
	e := wantCode(t, "a text too long for one of two", err, hayon.CodeInvalid)
	if !strings.Contains(e.Message, "strict") || !strings.Contains(e.Message, "21") || !strings.Contains(e.Message, "20") || e.Hint == "" {
		t.Errorf("%+v, want the account, the length, the limit and a hint", e)
	}
	wantNothing(t, f)
	create(t, f, hayon.PostCreate{Text: strings.Repeat("é", StrictMax), To: []string{"site", "strict"}})
}

func refusedRequests(t *testing.T, f Fixture) {
	past := hayon.Schedule{At: time.Now().Add(-time.Hour)}
	tests := []struct {
		name string
		c    hayon.PostCreate
		code hayon.Code
	}{
		{"no account", hayon.PostCreate{Text: "x"}, hayon.CodeUsage},
		{"no text", hayon.PostCreate{To: []string{"site"}}, hayon.CodeInvalid},
		{"white text", hayon.PostCreate{Text: " \n\t", To: []string{"site"}}, hayon.CodeInvalid},
		{"past time", hayon.PostCreate{Text: "x", To: []string{"site"}, Schedule: past}, hayon.CodeInvalid},
		{"account that is not connected", hayon.PostCreate{Text: "x", To: []string{"site", "demo/zz"}}, hayon.CodeUsage},
		{"all accounts subtracted", hayon.PostCreate{Text: "x", To: []string{"site"}, Not: []string{"site"}}, hayon.CodeUsage},
		{"unknown medium", hayon.PostCreate{Text: "x", To: []string{"site"}, Media: []hayon.MediaInput{{Media: hayon.NewMediaID(time.Now())}}}, hayon.CodeNotFound},
	}
	for _, tt := range tests {
		_, err := f.Service.CreatePost(as(t, f.Actor), tt.c)
		wantCode(t, tt.name, err, tt.code)
	}
	wantNothing(t, f)
}

func unknownPlatform(t *testing.T, f Fixture) {
	_, err := f.Service.CreatePost(as(t, f.Actor), hayon.PostCreate{Text: "x", To: []string{"sitte"}})
	e := wantCode(t, "a misspelt platform", err, hayon.CodeUsage)
	if !strings.Contains(e.Message+e.Hint, "site") {
		t.Errorf("%+v does not suggest site", e)
	}
	wantNothing(t, f)
}
