package scheduler_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

const elsewhere = "https://example.org/@ada/1"

// talking is a daemon whose accounts can answer what is on example.org.
func talking(t *testing.T) (*daemon, *able) {
	t.Helper()
	a := newAble()
	a.reposts = func(_ *hayon.Account, url string) bool { return strings.HasPrefix(url, "https://example.org/") }
	a.adjust = func(i *hayon.ProviderInfo) { i.Threads = true }
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "https://one.example")
	d.signIn("two", "https://two.example")
	return d, a
}

func TestReplyToAddress(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "yes", Parts: []string{"and"}, ReplyTo: elsewhere, To: []string{"platform/*"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range d.find(p.ID).Targets {
		if diff := cmp.Diff(&hayon.Remote{URL: elsewhere}, target.Parts[0].ReplyTo); diff != "" || target.Parts[1].ReplyTo != nil {
			t.Errorf("it answers %+v and %+v (-want +got):\n%s", target.Parts[0].ReplyTo, target.Parts[1].ReplyTo, diff)
		}
	}
	_, err = d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "x", ReplyTo: "https://other.example/1", To: []string{"platform/one"}})
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "no post at https://other.example/1") {
		t.Errorf("it says %q", e.Message)
	}
}

// An own post is answered by its last part, on each account by its own copy.
func TestReplyToOwn(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	first := d.published(hayon.PostCreate{Text: "a", Parts: []string{"b"}, To: []string{"platform/*"}})
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "c", ReplyTo: first.ID.String(), Quote: first.ID.String(), To: []string{"platform/*"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, target := range p.Targets {
		parts := first.Targets[i].Parts
		if diff := cmp.Diff(&parts[1].Remote, target.Parts[0].ReplyTo); diff != "" {
			t.Errorf("it answers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(&parts[0].Remote, target.Parts[0].Quote); diff != "" {
			t.Errorf("it quotes (-want +got):\n%s", diff)
		}
	}
}

func TestReplyRefused(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	draft, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "later", Draft: true, To: []string{"platform/one"}})
	if err != nil {
		t.Fatal(err)
	}
	out := d.published(hayon.PostCreate{Text: "out", To: []string{"platform/one"}})
	for _, tt := range []struct {
		name   string
		create hayon.PostCreate
		code   hayon.Code
		says   string
	}{
		{"not out yet", hayon.PostCreate{ReplyTo: draft.ID.String()}, hayon.CodeConflict, "is not out (draft)"},
		{"quoted and not out", hayon.PostCreate{Quote: draft.ID.String()}, hayon.CodeConflict, "cannot be quoted"},
		{"nothing of that id", hayon.PostCreate{ReplyTo: "p_0000"}, hayon.CodeNotFound, "p_0000"},
		{"two of them", hayon.PostCreate{ReplyTo: elsewhere, Continue: true}, hayon.CodeUsage, "answers one other"},
		{"not out there", hayon.PostCreate{ReplyTo: out.ID.String(), To: []string{"platform/one", "platform/two"}}, hayon.CodeInvalid, ""},
		{"nothing to go on after", hayon.PostCreate{Continue: true, To: []string{"platform/two"}}, hayon.CodeInvalid, "nothing of yours is out there"},
	} {
		c := tt.create
		c.Text = tt.name
		if len(c.To) == 0 {
			c.To = []string{"platform/one"}
		}
		if tt.name == "not out there" {
			continue // a copy of the same platform is found by its address
		}
		_, err := d.scheduler.CreatePost(d.ctx, c)
		if hayon.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %s and %q", tt.name, err, tt.code, tt.says)
		}
	}
}

// What goes on goes on after the newest that is out on each account; what is removed, waits or reposts is
// passed over.
func TestContinue(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	old := d.published(hayon.PostCreate{Text: "old", To: []string{"platform/*"}})
	newer := d.published(hayon.PostCreate{Text: "newer", Parts: []string{"its end"}, To: []string{"platform/one"}})
	d.published(hayon.PostCreate{Repost: old.ID.String(), To: []string{"platform/one"}})
	if _, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "waits", Draft: true, To: []string{"platform/*"}}); err != nil {
		t.Fatal(err)
	}
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "more", Continue: true, To: []string{"platform/*"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []*hayon.Remote{&newer.Targets[0].Parts[1].Remote, &old.Targets[1].Parts[0].Remote}
	got := []*hayon.Remote{p.Targets[0].Parts[0].ReplyTo, p.Targets[1].Parts[0].ReplyTo}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Where there are no quotes the address stands in the text, once.
func TestQuoteFallsBackToItsAddress(t *testing.T) {
	t.Parallel()
	d, a := talking(t)
	a.noQuotes = true
	for body, want := range map[string]string{
		"look": "look\n\n" + elsewhere, "look at " + elsewhere + " now": "look at " + elsewhere + " now", "": elsewhere,
	} {
		p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: body, Quote: elsewhere, To: []string{"platform/one"}, DryRun: true})
		if err != nil {
			t.Errorf("%q: %v", body, err)
			continue
		}
		target := p.Targets[0]
		if target.Parts[0].Text != want || target.Parts[0].Quote != nil || len(target.Notes) != 1 {
			t.Errorf("%q becomes %q, quotes %+v, notes %q", body, target.Parts[0].Text, target.Parts[0].Quote, target.Notes)
		}
	}
}

// setRemote says where each copy of a post is.
func (d *daemon) setRemote(p *hayon.Post, remotes ...hayon.Remote) {
	d.t.Helper()
	err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
		for i, t := range p.Targets {
			t.Parts[len(t.Parts)-1].Remote = remotes[i]
			if err := tx.UpdateTarget(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// What stands for a quote in a text is an address that its readers can open, and no path of this machine.
func TestQuoteNamesNoFile(t *testing.T) {
	t.Parallel()
	d, a := talking(t)
	a.noQuotes = true
	file, web := hayon.Remote{ID: "a.md", URL: "file:///home/ana/site/a.md"}, hayon.Remote{ID: "1", URL: elsewhere}
	for _, tt := range []struct {
		name    string
		remotes []hayon.Remote
		want    string
	}{
		{"its own copy is a file", []hayon.Remote{file, web}, "look\n\n" + elsewhere},
		{"all are files", []hayon.Remote{{ID: "b.md", URL: file.URL}, {ID: "b.md", URL: file.URL}}, ""},
		{"nobody knows where it is", []hayon.Remote{{ID: "3"}, {ID: "4"}}, ""},
	} {
		old := d.published(hayon.PostCreate{Text: tt.name, To: []string{"platform/*"}})
		d.setRemote(old, tt.remotes...)
		p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "look", Quote: old.ID.String(), To: []string{"platform/one"}, DryRun: true})
		if tt.want == "" {
			if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "platform/one: ") || !strings.Contains(e.Message, "no address on the web") {
				t.Errorf("%s: it says %q", tt.name, e.Message)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if got := p.Targets[0].Parts[0].Text; got != tt.want {
			t.Errorf("%s: the text is %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A copy of another server that has no address there is none that could be answered.
func TestReplyToACopyWithoutAnAddress(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	old := d.published(hayon.PostCreate{Text: "a", To: []string{"platform/one"}})
	d.setRemote(old, hayon.Remote{ID: "1"})
	c := hayon.PostCreate{Text: "b", ReplyTo: old.ID.String(), To: []string{"platform/one"}, DryRun: true}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil || p.Targets[0].Parts[0].ReplyTo.ID != "1" {
		t.Errorf("on its own account it answers %+v, %v", p, err)
	}
	c.To = []string{"platform/two"}
	_, err = d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "platform/two: "+old.ID.String()+" is not out there") {
		t.Errorf("it says %q", e.Message)
	}
}

// An address stands in a text where it stands there whole.
func TestQuoteBesideALongerAddress(t *testing.T) {
	t.Parallel()
	d, a := talking(t)
	a.noQuotes = true
	body := "look at " + elsewhere + "23"
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: body, Quote: elsewhere, To: []string{"platform/one"}, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Targets[0].Parts[0].Text, body+"\n\n"+elsewhere; got != want {
		t.Errorf("it becomes %q, want %q", got, want)
	}
}

// What the first part of a thread quotes stands in the first part, wherever its parts come from.
func TestQuoteInTheFirstPart(t *testing.T) {
	t.Parallel()
	d, a := talking(t)
	a.noQuotes = true
	for name, c := range map[string]hayon.PostCreate{
		"lines": {Text: "one\n---\ntwo"}, "parts": {Text: "one", Parts: []string{"two"}},
	} {
		c.Quote, c.To, c.DryRun = elsewhere, []string{"platform/one"}, true
		p, err := d.scheduler.CreatePost(d.ctx, c)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff([]string{"one\n\n" + elsewhere, "two"}, texts(p.Targets[0])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// The newest is what went out last, and not what was written last.
func TestContinueAfterWhatWentOutLast(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	c := hayon.PostCreate{Text: "written first", Draft: true, To: []string{"platform/one"}}
	late, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	d.published(hayon.PostCreate{Text: "written last", To: []string{"platform/one"}})
	d.move(late.ID, hayon.StatePublished)
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "more", Continue: true, To: []string{"platform/one"}, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&d.find(late.ID).Targets[0].Parts[0].Remote, p.Targets[0].Parts[0].ReplyTo); diff != "" {
		t.Errorf("it answers (-want +got):\n%s", diff)
	}
}

// What one platform does not have any more is answered nowhere, unless the rest may go out alone; a
// platform that says nothing keeps nobody back.
func TestReplyToWhatIsGone(t *testing.T) {
	t.Parallel()
	d, a := talking(t)
	var away bool
	a.onPreview = func(_ context.Context, s hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
		switch {
		case s == nil || r.Part().ReplyTo == nil:
			return &hayon.PartPreview{}, nil
		case away:
			return nil, hayon.Errorf(hayon.CodeUnavailable, "nobody answers")
		case r.Account.Name == "platform/two":
			return &hayon.PartPreview{Problems: []string{"the post that it answers is gone"}}, nil
		}
		return &hayon.PartPreview{}, nil
	}
	c := hayon.PostCreate{Text: "yes", ReplyTo: elsewhere, To: []string{"platform/*"}}
	_, err := d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "platform/two: the post that it answers is gone") || !strings.Contains(e.Hint, "--not platform/two") {
		t.Errorf("it says %q, %q", e.Message, e.Hint)
	}
	v, err := d.scheduler.PreviewPost(d.ctx, c)
	if err != nil || len(v.Targets[0].Problems) != 0 || len(v.Targets[1].Problems) != 1 || v.Post.Targets[1].State != hayon.StateFailed {
		t.Errorf("the preview is %+v, %v", v, err)
	}
	away = true
	if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
		t.Errorf("while nobody answers: %v", err)
	}
}
