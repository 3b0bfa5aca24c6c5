package scheduler_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
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
