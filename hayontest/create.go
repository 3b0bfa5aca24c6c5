package hayontest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func createCases() []testCase {
	return []testCase{
		{"create for several accounts", createForSeveral},
		{"create for later", createForLater},
		{"create a draft", createDraft},
		{"create with a text for one account", createWithTexts},
		{"dry run stores nothing", dryRun},
		{"idempotency key", idempotencyKey},
		{"idempotency key of a dry run", dryRunKey},
		{"duplicate text", duplicateText},
		{"too long for one of two stores nothing", tooLongForOne},
		{"requests that are refused", refusedRequests},
		{"unknown platform is suggested", unknownPlatform},
	}
}

func createForSeveral(w *world) {
	w.signIn("a")
	before := time.Now().Add(-time.Second)
	p := w.create(hayon.PostCreate{
		Text: "Hello, world", To: []string{"site", "demo/a"}, Langs: []string{"en"}, Labels: []string{"launch"},
	})
	if p.ID.IsZero() || p.Text != "Hello, world" || p.Source != w.Actor.Source || p.CreatedAt.Before(before) {
		w.Errorf("post = %+v, want an id, its text, source %s and a time of now", p, w.Actor.Source)
	}
	if !slices.Equal(p.Labels, []string{"launch"}) || !slices.Equal(p.Langs, []string{"en"}) {
		w.Errorf("labels %v, langs %v", p.Labels, p.Langs)
	}
	platforms := make([]string, 0, 2)
	for _, target := range p.Targets {
		platforms = append(platforms, target.Platform)
		if target.ID.IsZero() || target.Account.IsZero() || target.Post != p.ID || len(target.Parts) != 1 || target.Parts[0].Text != p.Text {
			w.Errorf("target = %+v, want ids and one part with the text", target)
		}
		if !target.State.Working() {
			w.Errorf("target on %s is %s, want it on its way", target.Platform, target.State)
		}
	}
	if diff := cmp.Diff([]string{"site", "demo"}, platforms); diff != "" {
		w.Errorf("targets in the order of To (-want +got):\n%s", diff)
	}
	got := w.find(p.ID)
	if got.State() != hayon.PostPublishing || got.Text != p.Text || len(got.Targets) != 2 || !got.CreatedAt.Equal(p.CreatedAt) {
		w.Errorf("found %+v, want what was created", got)
	}
	if got.ShortDigits < 4 || !strings.HasSuffix(p.ID.String(), strings.TrimPrefix(got.Short(), "p_")) {
		w.Errorf("short id %q of %s", got.Short(), p.ID)
	}
}

func createForLater(w *world) {
	c := later("See you")
	c.Schedule.Zone, c.Schedule.Wall = "Europe/Berlin", "2031-01-02T09:00:00"
	c.Schedule.At = time.Date(2031, 1, 2, 8, 0, 0, 0, time.UTC)
	p := w.find(w.create(c).ID)
	w.wantState(p, hayon.StateScheduled)
	if p.State() != hayon.PostScheduled || !p.Schedule.At.Equal(c.Schedule.At) || p.Schedule.Zone != c.Schedule.Zone || p.Schedule.Wall != c.Schedule.Wall {
		w.Errorf("post is %s with schedule %+v, want scheduled and %+v", p.State(), p.Schedule, c.Schedule)
	}
	if !p.Targets[0].Due.Equal(c.Schedule.At) {
		w.Errorf("due %v, want %v", p.Targets[0].Due, c.Schedule.At)
	}
	status, err := w.Service.Status(w.ctx())
	if err != nil || status.Scheduled != 1 || !status.Next.Equal(c.Schedule.At) {
		w.Errorf("status = %+v, %v; want one scheduled for %v", status, err, c.Schedule.At)
	}
}

func createDraft(w *world) {
	p := w.create(hayon.PostCreate{Text: "Not yet", To: []string{"site"}, Draft: true})
	if p = w.find(p.ID); p.State() != hayon.PostDraft {
		w.Errorf("a draft is %s", p.State())
	}
	_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{
		Text: "Not yet", To: []string{"site"}, Draft: true, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)},
	})
	w.refused("a draft with a time", err, hayon.CodeUsage)
}

func createWithTexts(w *world) {
	w.signIn("a")
	p := w.create(hayon.PostCreate{Text: "For all", Texts: map[string]string{"demo/a": "For demo"}, To: []string{"site", "demo/a"}})
	for _, target := range p.Targets {
		want := "For all"
		if target.Platform == "demo" {
			want = "For demo"
		}
		if got := target.Parts[0].Text; got != want {
			w.Errorf("%s gets %q, want %q", target.Platform, got, want)
		}
	}
	_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "x", Texts: map[string]string{"demo/a": "y"}, To: []string{"site"}})
	w.refused("a text for an account that is not addressed", err, hayon.CodeUsage)
}

func dryRun(w *world) {
	c := later("Only a look")
	c.DryRun, c.IdempotencyKey = true, "dry"
	p := w.create(c)
	if !p.ID.IsZero() || len(p.Targets) != 1 || !p.Targets[0].ID.IsZero() || p.Targets[0].State != hayon.StateScheduled {
		w.Errorf("a dry run answered %+v, want a scheduled post without ids", p)
	}
	w.wantNothing()
	if seq, err := w.Service.LastSeq(w.ctx()); seq != 0 || err != nil {
		w.Errorf("a dry run left event %d (%v)", seq, err)
	}
	c.DryRun, c.Text = false, "The real one"
	w.create(c) // the key is still free
	c.DryRun, c.Text, c.IdempotencyKey, c.To = true, "", "", []string{"site"}
	_, err := w.Service.CreatePost(w.ctx(), c)
	w.refused("a dry run of an empty text", err, hayon.CodeInvalid)
}

func idempotencyKey(w *world) {
	c := later("Once")
	c.IdempotencyKey = "k1"
	first, second := w.create(c), w.create(c)
	if first.ID != second.ID || first.Targets[0].ID != second.Targets[0].ID {
		w.Errorf("the same key made %s and %s", first.ID, second.ID)
	}
	c.Text = "Something else"
	_, err := w.Service.CreatePost(w.ctx(), c)
	e := w.refusal("another body under the key", err, hayon.CodeConflict)
	if e.Details["post"] != first.ID.String() {
		w.Errorf("details %v do not name the post %s", e.Details, first.ID)
	}
	// A key belongs to its user.
	other, err := w.Other.CreatePost(w.otherCtx(), c)
	if err != nil || other.ID == first.ID {
		w.Errorf("another user's key: %v, %v; want a post of their own", other, err)
	}
	posts, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{})
	if err != nil || len(posts) != 1 {
		w.Errorf("%d posts are stored (%v), want 1", len(posts), err)
	}
}

// A dry run tells of a key what a creation would: that it made this post, or another one.
func dryRunKey(w *world) {
	c := hayon.PostCreate{Text: "Once for all", To: []string{"strict"}, IdempotencyKey: "k1"}
	made := w.create(c)
	c.DryRun = true
	if p := w.create(c); !p.ID.IsZero() || p.Text != c.Text {
		w.Errorf("a dry run of a repeat answered %+v, want it without an id", p)
	}
	c.Text = "Something else"
	_, err := w.Service.CreatePost(w.ctx(), c)
	e := w.refusal("a dry run of another body under the key", err, hayon.CodeConflict)
	if e.Details["post"] != made.ID.String() {
		w.Errorf("details %v do not name the post %s", e.Details, made.ID)
	}
	c.Media = []hayon.MediaInput{{Facts: &hayon.MediaFacts{Type: "image/png", Bytes: 1, Width: 1, Height: 1}}}
	w.create(c) // whose bytes nobody has seen
}

func duplicateText(w *world) {
	c := hayon.PostCreate{Text: "Hello again", To: []string{"strict"}}
	first := w.create(c)
	_, err := w.Service.CreatePost(w.ctx(), c)
	e := w.refusal("the same text twice", err, hayon.CodeConflict)
	if !strings.Contains(e.Hint, "--allow-duplicate") || e.Details["post"] != first.ID.String() {
		w.Errorf("hint %q, details %v; want the flag and the post", e.Hint, e.Details)
	}
	c.AllowDuplicate = true
	if again := w.create(c); again.ID == first.ID {
		w.Error("an allowed duplicate is the first post")
	}
	c = hayon.PostCreate{Text: "Hello again", To: []string{"site"}}
	w.create(c)
	w.create(c) // twice is no mistake there

	c = hayon.PostCreate{Text: "Taken back", To: []string{"strict"}}
	gone := w.create(c)
	if _, err := w.Service.CancelPost(w.ctx(), gone.ID, hayon.PostChangeRequest{}); err != nil {
		w.Fatal(err)
	}
	w.create(c) // what is not out cannot be sent twice
}

func tooLongForOne(w *world) {
	long := strings.Repeat("é", StrictMax+1)
	_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: long, To: []string{"site", "strict"}})
	e := w.refusal("a text too long for one of two", err, hayon.CodeInvalid)
	if !strings.Contains(e.Message, "strict") || !strings.Contains(e.Message, "21") || !strings.Contains(e.Message, "20") || e.Hint == "" {
		w.Errorf("%+v, want the account, the length, the limit and a hint", e)
	}
	w.wantNothing()
	w.create(hayon.PostCreate{Text: strings.Repeat("é", StrictMax), To: []string{"site", "strict"}})
}

func refusedRequests(w *world) {
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
		_, err := w.Service.CreatePost(w.ctx(), tt.c)
		w.refused(tt.name, err, tt.code)
	}
	w.wantNothing()
}

func unknownPlatform(w *world) {
	_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "x", To: []string{"sitte"}})
	e := w.refusal("a misspelt platform", err, hayon.CodeUsage)
	if !strings.Contains(e.Message+e.Hint, "site") {
		w.Errorf("%+v does not suggest site", e)
	}
	w.wantNothing()
}
