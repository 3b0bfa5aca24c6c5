package scheduler_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

func says(text string) hayon.PostEdit { return hayon.PostEdit{Text: &text} }

// The platform gets the part as it is to be, with what it went out with, and the journal keeps what it
// was.
func TestEditTellsThePlatformAndTheJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAble()
		d := newDaemonWith(t, setup{provider: a})
		stop := d.run()
		defer stop()
		p := d.post("helo", 0)
		pass(time.Second)
		synctest.Wait()
		p = d.find(p.ID)
		a.onEdit = func(_ context.Context, _ hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
			r.Part().Text = "scribbled over by the provider"
			return hayon.Remote{ID: "another", URL: "https://platform.example/new"}, nil
		}
		got, err := d.scheduler.EditPost(d.ctx, p.ID, says("hello"))
		if err != nil {
			t.Fatal(err)
		}
		if len(a.edits) != 1 || a.edits[0].Earlier == nil || string(a.edits[0].Earlier.Data) != "helo" || a.edits[0].Target.ID != p.Targets[0].ID {
			t.Errorf("the platform was asked %+v, want it once, with what went out", a.edits)
		}
		was := p.Targets[0].Remote()
		if part := got.Targets[0].Parts[0]; part.Text != "hello" || part.Remote.ID != was.ID || part.Remote.URL != "https://platform.example/new" {
			t.Errorf("stored is %+v, want the new text and address under the same id", part)
		}
		rows := d.rows(p.ID)
		last, revised := rows[len(rows)-2], rows[len(rows)-1]
		if revised.Kind != hayon.RowRevised || revised.Reason != "edited" {
			t.Errorf("%s, %q, want a new revision", revised.Kind, revised.Reason)
		}
		var before hayon.PartChange
		if err := json.Unmarshal(last.Body, &before); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(hayon.PartChange{Text: "helo", Remote: was}, before); diff != "" || last.Kind != hayon.RowChanged || last.Reason != "edited" {
			t.Errorf("%s, %q, before (-want +got):\n%s", last.Kind, last.Reason, diff)
		}
	})
}

// Between the platform's answer and the commit everything may end: the next call says the same again.
func TestEditAfterACrash(t *testing.T) {
	t.Parallel()
	a, broken := newAble(), false
	d := newDaemonWith(t, setup{provider: a, store: func(s hayon.Store) hayon.Store { return breaking{s, &broken} }})
	p := d.published(hayon.PostCreate{Text: "helo", To: []string{"platform"}})
	broken = true
	_, err := d.scheduler.EditPost(d.ctx, p.ID, says("hello"))
	wantCode(t, err, hayon.CodeLocal)
	broken = false
	if got := d.find(p.ID); got.Text != "helo" || got.Targets[0].Parts[0].Text != "helo" {
		t.Errorf("stored is %q, and nothing was", got.Text)
	}
	for range 2 {
		got, err := d.scheduler.EditPost(d.ctx, p.ID, says("hello"))
		if err != nil || got.Targets[0].Parts[0].Text != "hello" {
			t.Fatalf("%+v, %v; want the new text", got, err)
		}
	}
	if len(a.edits) != 2 {
		t.Errorf("the platform was asked %d times, want once more after the crash", len(a.edits))
	}
}

// One account that cannot be changed keeps no other back, and the error tells where it worked.
func TestEditWorksInPart(t *testing.T) {
	t.Parallel()
	a := newAble()
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	d.signIn("two", "")
	p := d.published(hayon.PostCreate{Text: "helo", To: []string{"platform/one", "platform/two"}})
	busy := true
	a.onEdit = func(_ context.Context, s hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
		if busy && s.Account().Alias() == "one" {
			return hayon.Remote{}, hayon.Errorf(hayon.CodeUnavailable, "one: busy").WithHint("try again")
		}
		return r.Part().Remote, nil
	}
	_, err := d.scheduler.EditPost(d.ctx, p.ID, says("hello"))
	if e := wantCode(t, err, hayon.CodeUnavailable); !strings.Contains(e.Message, "platform/two") || e.Hint != "try again" {
		t.Errorf("%q, hint %q; want it to tell where it worked", e.Message, e.Hint)
	}
	if got := d.find(p.ID); got.Targets[0].Parts[0].Text != "helo" || got.Targets[1].Parts[0].Text != "hello" {
		t.Errorf("stored are %q and %q", got.Targets[0].Parts[0].Text, got.Targets[1].Parts[0].Text)
	}
	busy = false
	if _, err := d.scheduler.EditPost(d.ctx, p.ID, says("hello")); err != nil {
		t.Fatal(err)
	}
	if len(a.edits) != 3 {
		t.Errorf("the platforms were asked %d times, want three", len(a.edits))
	}
}

// Two who edit at the same time do not write over each other unseen.
func TestEditAtTheSameTime(t *testing.T) {
	t.Parallel()
	a := newAble()
	d := newDaemonWith(t, setup{provider: a})
	p := d.published(hayon.PostCreate{Text: "helo", To: []string{"platform"}})
	a.onEdit = func(_ context.Context, _ hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
		if r.Part().Text == "mine" {
			if _, err := d.scheduler.EditPost(d.ctx, p.ID, says("yours")); err != nil {
				t.Error(err)
			}
		}
		return r.Part().Remote, nil
	}
	_, err := d.scheduler.EditPost(d.ctx, p.ID, says("mine"))
	wantCode(t, err, hayon.CodeConflict)
	if got := d.find(p.ID).Text; got != "yours" {
		t.Errorf("stored is %q", got)
	}
}

func TestEditWhereNobodyCan(t *testing.T) {
	t.Parallel()
	d := newDaemonWith(t, setup{provider: unable{&hayontest.Platform{}}})
	p := d.published(hayon.PostCreate{Text: "as it is", To: []string{"platform"}})
	_, err := d.scheduler.EditPost(d.ctx, p.ID, says("x"))
	if e := wantCode(t, err, hayon.CodeConflict); !strings.Contains(e.Message, "platform changes nothing that is out") {
		t.Errorf("%q does not tell who cannot", e.Message)
	}
	d = newDaemonWith(t, setup{provider: newAble()})
	p = d.published(hayon.PostCreate{Text: "gone", To: []string{"platform"}})
	d.signIn("other", "")
	both := d.published(hayon.PostCreate{Text: "both", To: []string{"platform/other", "platform"}})
	if err := d.scheduler.DeleteAccount(d.ctx, p.Targets[0].Account); err != nil {
		t.Fatal(err)
	}
	_, err = d.scheduler.EditPost(d.ctx, p.ID, says("x"))
	if e := wantCode(t, err, hayon.CodeConflict); !strings.Contains(e.Message, "removed") {
		t.Errorf("%q does not tell that the account is gone", e.Message)
	}
	if _, err := d.scheduler.EditPost(d.ctx, both.ID, says("one of two")); err != nil {
		t.Errorf("the one that can: %v", err)
	}
}

// A platform that does not answer costs its time and no more.
func TestEditWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAble()
		d := newDaemonWith(t, setup{provider: a})
		p := d.published(hayon.PostCreate{Text: "hello", To: []string{"platform"}})
		a.onEdit = func(ctx context.Context, _ hayon.Session, _ hayon.EditRequest) (hayon.Remote, error) {
			<-ctx.Done()
			return hayon.Remote{}, ctx.Err()
		}
		_, err := d.scheduler.EditPost(d.ctx, p.ID, says("x"))
		wantCode(t, err, hayon.CodeUnavailable)
	})
}
