package scheduler_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// A repeat under the same key answers the first post: it reads no page and fits nothing, and is no other
// post because its medium was stored anew.
func TestRepeatOfWhatWasMade(t *testing.T) {
	t.Parallel()
	d, l := carding(t)
	m := d.upload(strings.Repeat("x", 60))
	c := hayon.PostCreate{
		Text: "look", Parts: []string{"see https://b.example/"}, To: []string{"platform/one"}, IdempotencyKey: "k",
		Media: []hayon.MediaInput{{Media: m.ID, Alt: "x"}},
	}
	first, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	asked := len(l.asked)
	c.Media[0].Media = d.upload(strings.Repeat("x", 60)).ID
	d.setup.fitter = fitterFunc(func(context.Context, io.ReadSeeker, io.Writer, media.Spec) (media.Result, error) {
		t.Error("a repeat fits something")
		return media.Result{}, io.ErrUnexpectedEOF
	})
	d.setup.pages = l
	d.boot(2)
	again, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil || again.ID != first.ID || len(l.asked) != asked {
		t.Errorf("%v, %v, read %q", again, err, l.asked)
	}
}

// Whatever makes another post of a request makes it another request under its key.
func TestKeyOfAnotherPost(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	for name, change := range map[string]func(*hayon.PostCreate){
		"thread":  func(c *hayon.PostCreate) { c.Thread = hayon.ThreadAuto },
		"number":  func(c *hayon.PostCreate) { c.Number = "{i}" },
		"answer":  func(c *hayon.PostCreate) { c.ReplyTo = elsewhere },
		"quote":   func(c *hayon.PostCreate) { c.Quote = elsewhere },
		"go on":   func(c *hayon.PostCreate) { c.Continue = true },
		"card":    func(c *hayon.PostCreate) { c.Card = hayon.CardNone },
		"poll":    func(c *hayon.PostCreate) { c.Poll = &hayon.Poll{Options: []string{"a", "b"}, Seconds: 60} },
		"alt":     func(c *hayon.PostCreate) { c.AltPolicy = hayon.AltIgnore },
		"part":    func(c *hayon.PostCreate) { c.Parts = []string{"b"} },
		"its own": func(c *hayon.PostCreate) { c.Texts = map[string]string{"platform/one": "b"} },
	} {
		c := hayon.PostCreate{Text: "a", To: []string{"platform/one"}, IdempotencyKey: name}
		if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
			t.Fatal(err)
		}
		change(&c)
		if _, err := d.scheduler.CreatePost(d.ctx, c); hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("%s: got %v, want a conflict", name, err)
		}
	}
}

// A repeat by another command is a repeat.
func TestKeyOfAnotherBatch(t *testing.T) {
	t.Parallel()
	d, _ := talking(t)
	c := hayon.PostCreate{Text: "a", To: []string{"platform/one"}, IdempotencyKey: "k", Batch: "first"}
	first, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	c.Batch = "second"
	if again, err := d.scheduler.CreatePost(d.ctx, c); err != nil || again.ID != first.ID {
		t.Errorf("got %v, %v, want %s", again, err, first.ID)
	}
}

// Many who make the same thing at once under one key make one post; previews beside them are all right.
func TestManyMakeTheSame(t *testing.T) {
	t.Parallel()
	d, _ := carding(t)
	d.signIn("two", "https://two.example")
	m := d.upload(strings.Repeat("x", 60))
	c := hayon.PostCreate{
		Text: "look", Parts: []string{"see https://b.example/", "https://a.example/"}, To: []string{"platform/*"}, IdempotencyKey: "k",
		Media: []hayon.MediaInput{{Media: m.ID, Alt: "x"}},
	}
	var all sync.WaitGroup
	ids := make([]hayon.PostID, 8)
	for i := range ids {
		all.Go(func() {
			p, err := d.scheduler.CreatePost(d.ctx, c)
			if err != nil {
				t.Errorf("post %d: %v", i, err)
				return
			}
			ids[i] = p.ID
		})
		all.Go(func() {
			if _, err := d.scheduler.PreviewPost(d.ctx, c); err != nil {
				t.Errorf("preview %d: %v", i, err)
			}
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("posts %v, want one", ids)
		}
	}
}

// A preview for which nobody waits any more is none.
func TestPreviewThatIsLeftAlone(t *testing.T) {
	t.Parallel()
	a := newAble()
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	ctx, cancel := context.WithCancel(d.ctx)
	a.onPreview = func(ctx context.Context, _ hayon.Session, _ hayon.PreviewRequest) (*hayon.PartPreview, error) {
		cancel()
		return nil, context.Cause(ctx)
	}
	_, err := d.scheduler.PreviewPost(ctx, hayon.PostCreate{Text: "x", To: []string{"platform/one"}})
	wantCode(t, err, hayon.CodeTimeout)
}
