package scheduler_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/text"
)

// know stores a person as the service would.
func (d *daemon) know(name, title, handle string) {
	d.t.Helper()
	p := &hayon.Person{Owner: hayontest.Local().User, Name: name, Title: title}
	if handle != "" {
		p.Handles = map[string]string{"platform": handle}
	}
	err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.PutPerson(ctx, p) })
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestAliases(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) { i.Mentions, i.Threads = "@%s", true }
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	d.know("ada", "Ada Lovelace", "ada.example")
	d.know("bob", "Bob", "")
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: "thanks @{ada} and @{Bob}", Parts: []string{"not @@{ada}"}, To: []string{"platform/one"}, DryRun: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	target := p.Targets[0]
	if got := strings.Join(texts(target), "|"); got != "thanks @ada.example and Bob|not @{ada}" {
		t.Errorf("the texts are %q", got)
	}
	if len(target.Notes) != 1 || p.Text != "thanks @{ada} and @{Bob}" {
		t.Errorf("notes %q, the post says %q", target.Notes, p.Text)
	}
	_, err = d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "thanks @{adda}", To: []string{"platform/one"}})
	e := wantCode(t, err, hayon.CodeUsage)
	if !strings.Contains(e.Message, "@{adda}") || !strings.Contains(e.Hint, "did you mean @{ada}?") {
		t.Errorf("it says %q, %q", e.Message, e.Hint)
	}
}

// Who is named twice has no handle once.
func TestNotesAreToldOnce(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) { i.Mentions, i.Threads = "@%s", true }
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	d.know("bob", "Bob", "")
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: "@{bob} and @{bob}", Parts: []string{"@{Bob}"}, To: []string{"platform/one"}, DryRun: true,
	})
	if err != nil || len(p.Targets[0].Notes) != 1 {
		t.Errorf("%v, notes %q, want one", err, p.Targets[0].Notes)
	}
}

// What a post was told when it was made stays told when a retry finds that it may be sent.
func TestNotesOutliveARetry(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) { i.Mentions = "@%s" }
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	two := d.signIn("two", "https://two.example")
	d.limit(two, hayon.Limit{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: 3})
	d.know("bob", "Bob the Builder", "")
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "@{bob}", To: []string{"platform/*"}, BestEffort: true})
	if err != nil || p.Targets[1].State != hayon.StateFailed {
		t.Fatalf("%v, %+v", err, p)
	}
	want := p.Targets[1].Notes
	d.limit(two)
	if p, err = d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{}); err != nil || p.Targets[1].State != hayon.StateQueued {
		t.Fatalf("%v, %+v", err, p.Targets[1])
	}
	if diff := cmp.Diff(want, p.Targets[1].Notes); diff != "" || len(want) != 1 {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// An edit names people as a new post does, on each platform by its own handle.
func TestAliasesInAnEdit(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) { i.Mentions = "@%s" }
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	d.know("ada", "Ada Lovelace", "ada.example")
	d.know("bob", "Bob", "")
	p := d.published(hayon.PostCreate{Text: "thanks", To: []string{"platform/one"}})
	body := "thanks @{ada} and @{bob}"
	got, err := d.scheduler.EditPost(d.ctx, p.ID, hayon.PostEdit{Text: &body})
	if err != nil {
		t.Fatal(err)
	}
	target := got.Targets[0]
	if want := "thanks @ada.example and Bob"; target.Parts[0].Text != want || got.Text != body || a.edits[0].Part().Text != want {
		t.Errorf("it says %q, the platform got %q, the post says %q", target.Parts[0].Text, a.edits[0].Part().Text, got.Text)
	}
	if len(target.Notes) != 1 || !strings.Contains(target.Notes[0], "bob has no handle") {
		t.Errorf("notes %q", target.Notes)
	}
	body = "thanks @{eve}"
	_, err = d.scheduler.EditPost(d.ctx, p.ID, hayon.PostEdit{Text: &body})
	wantCode(t, err, hayon.CodeUsage)
}

// Who can be stored can be named: the two packages that know what a name is cannot import each other.
func TestNamesOfPeopleCanBeWritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"ada", "Ada_Lovelace-2", "日本", "क्षि", "e\u0301", strings.Repeat("é", 64), strings.Repeat("é", 65), "a b", "a.b", "a}b", "\xff", "\ufffd", "🙂", "",
	} {
		_, err := hayon.Person{Name: name}.Clean()
		if can := text.IsName(name); (err == nil) != can {
			t.Errorf("%q: %v, and a text can name it: %t", name, err, can)
		}
	}
}
