package scheduler_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// strangers are checked in a dry run that asks for it, each with a note, and nothing of them is stored.
func TestStrangers(t *testing.T) { //nolint:tparallel // the cases count the posts of one store
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Limits = []hayon.Limit{{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: 10}}
	}
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	for _, test := range []struct {
		name   string
		create hayon.PostCreate
		names  string // of the strangers
		code   hayon.Code
		says   string
	}{
		{"none", hayon.PostCreate{To: []string{"platform/one"}}, "", "", ""},
		{"a name", hayon.PostCreate{To: []string{"platform/one", "platform/two"}}, "platform/two", "", ""},
		{"twice", hayon.PostCreate{To: []string{"platform/two", "platform/two"}}, "platform/two", "", ""},
		{"left out", hayon.PostCreate{To: []string{"platform/one", "platform/two"}, Not: []string{"platform/two"}}, "", "", ""},
		{"a text of its own", hayon.PostCreate{To: []string{"platform/two"}, Texts: map[string]string{"platform/two": "its own text"}}, "", hayon.CodeInvalid, "12 of 10"},
		{"going on", hayon.PostCreate{To: []string{"platform/two"}, Continue: true}, "platform/two", "", ""},
		{"no such platform", hayon.PostCreate{To: []string{"nowhere"}}, "", hayon.CodeUsage, "nowhere"},
		{"no such group", hayon.PostCreate{To: []string{"@launch"}}, "", hayon.CodeUsage, "no group @launch"},
		{"no name", hayon.PostCreate{To: []string{"platform/A b"}}, "", hayon.CodeUsage, "platform/A b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, c := d.count(), test.create
			c.Text, c.Strangers, c.DryRun = "hello", true, true
			p, err := d.scheduler.CreatePost(d.ctx, c)
			if hayon.CodeOf(err) != test.code || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v, want %q %q", err, test.code, test.says)
			}
			if got := d.count(); got != before {
				t.Errorf("there are %d posts, before %d", got, before)
			}
			if err != nil {
				return
			}
			var got []string
			for _, target := range p.Targets {
				for _, note := range target.Notes {
					if name, ok := strings.CutSuffix(note, " is not connected here: checked against the general limits of "+a.Info().Title); ok {
						got = append(got, name)
					}
				}
			}
			if strings.Join(got, " ") != test.names {
				t.Errorf("the strangers are %q, want %q", got, test.names)
			}
		})
	}
	for _, c := range []hayon.PostCreate{
		{Text: "hello", To: []string{"platform/two"}, DryRun: true},
		{Text: "hello", To: []string{"platform/two"}, Strangers: true},
	} {
		if _, err := d.scheduler.CreatePost(d.ctx, c); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("strangers %v in a dry run %v: got %v, want a usage error", c.Strangers, c.DryRun, err)
		}
	}
}

// The default of a platform without accounts is whom its bare name means.
func TestStrangerOfPlatform(t *testing.T) {
	t.Parallel()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) { i.NoSignIn = false }
	d := newDaemonWith(t, setup{provider: a})
	c := hayon.PostCreate{
		Text: "hello @{ada}", To: []string{"platform/work", "platform"}, Texts: map[string]string{"platform": "for the default"}, DryRun: true, Strangers: true,
	}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Targets) != 2 || p.Targets[0].Parts[0].Text != "hello @{ada}" || p.Targets[1].Parts[0].Text != "for the default" {
		t.Fatalf("got %+v", p.Targets)
	}
	if got := strings.Join(p.Targets[0].Notes, "|"); !strings.Contains(got, "nobody is known here: @{ada}") {
		t.Errorf("the notes are %q", got)
	}
	if _, err := d.scheduler.PutPerson(d.ctx, hayon.Person{Name: "eve", Title: "Eve"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.scheduler.CreatePost(d.ctx, c); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("got %v, want a usage error: who knows somebody has mistyped", err)
	}
	c.Text, c.To, c.Texts = "hello", []string{"platform/work"}, map[string]string{"platform": "for the only one"}
	if p, err = d.scheduler.CreatePost(d.ctx, c); err != nil || p.Targets[0].Parts[0].Text != "for the only one" {
		t.Errorf("got %+v, %v", p, err)
	}
}
