package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// library is a reader of pages that has some in memory.
type library struct {
	pages map[string]*hayon.Page

	mu    sync.Mutex // guards asked
	asked []string
}

func (l *library) ReadPage(_ context.Context, url string) (*hayon.Page, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, url)
	if p := l.pages[url]; p != nil {
		return p, nil
	}
	return nil, hayon.Errorf(hayon.CodeUnavailable, "nobody answers there")
}

// carding is a daemon whose platform makes link cards, with pages that can be read.
func carding(t *testing.T) (*daemon, *library) {
	t.Helper()
	a := newAble()
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Cards, i.Threads = true, true
		i.Limits = []hayon.Limit{{Of: hayon.LimitThumb, Unit: hayon.UnitBytes, Max: 60}}
	}
	l := &library{pages: map[string]*hayon.Page{
		"https://a.example/": {Title: "A", Description: "of the page"},
		"https://b.example/": {Title: "B", Image: append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55"+
			"\x00\x00\x00\x0aIDAT"), make([]byte, 60)...)},
	}}
	d := newDaemonWith(t, setup{provider: a, fitter: &halves{}, pages: l})
	d.signIn("one", "")
	return d, l
}

func TestCards(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		create hayon.PostCreate
		want   []*hayon.Card // of the parts, thumbs apart
		notes  int
	}{
		{"the first address", hayon.PostCreate{Text: "see https://a.example/ or https://b.example/"}, []*hayon.Card{{URL: "https://a.example/", Title: "A", Description: "of the page"}}, 0},
		{
			"of each part",
			hayon.PostCreate{Text: "see https://a.example/", Parts: []string{"none", "https://b.example/"}},
			[]*hayon.Card{{URL: "https://a.example/", Title: "A", Description: "of the page"}, nil, {URL: "https://b.example/", Title: "B"}},
			0,
		},
		{"none", hayon.PostCreate{Text: "see https://a.example/", Card: hayon.CardNone}, []*hayon.Card{nil}, 0},
		{"another one", hayon.PostCreate{Text: "see https://a.example/", Card: "https://b.example/"}, []*hayon.Card{{URL: "https://b.example/", Title: "B"}}, 0},
		{"a page that is away", hayon.PostCreate{Text: "see https://c.example/"}, []*hayon.Card{nil}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, _ := carding(t)
			tt.create.To = []string{"platform/one"}
			p, err := d.scheduler.CreatePost(d.ctx, tt.create)
			if err != nil {
				t.Fatal(err)
			}
			var got []*hayon.Card
			for _, part := range d.find(p.ID).Targets[0].Parts {
				if part.Card != nil {
					if (part.Card.URL == "https://b.example/") != (part.Card.Thumb != nil) {
						t.Errorf("the thumb is %+v", part.Card.Thumb)
					}
					part.Card.Thumb = nil
				}
				got = append(got, part.Card)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || len(p.Targets[0].Notes) != tt.notes {
				t.Errorf("notes %q (-want +got):\n%s", p.Targets[0].Notes, diff)
			}
		})
	}
}

// The picture of a card is fitted and stored before the post.
func TestCardHasAFittedThumb(t *testing.T) {
	t.Parallel()
	d, _ := carding(t)
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "https://b.example/", To: []string{"platform/one"}})
	if err != nil {
		t.Fatal(err)
	}
	thumb := p.Targets[0].Parts[0].Card.Thumb
	if thumb.Type != media.PNG || thumb.Bytes > 60 || int64(len(d.blob(thumb.SHA256))) != thumb.Bytes {
		t.Errorf("the thumb is %+v", thumb)
	}
}

// A dry run reads no page; a preview reads each once, and says what it has not read where it may not.
func TestCardsAreReadOnce(t *testing.T) {
	t.Parallel()
	d, l := carding(t)
	d.signIn("two", "https://two.example")
	c := hayon.PostCreate{Text: "see https://a.example/", To: []string{"platform/*"}, DryRun: true}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil || p.Targets[0].Parts[0].Card == nil || p.Targets[0].Parts[0].Card.Title != "" {
		t.Errorf("%+v, %v; want a card that says nothing yet", p, err)
	}
	v, err := d.scheduler.PreviewPost(d.ctx, c)
	if err != nil || len(v.Targets[0].Parts[0].Unresolved) != 1 {
		t.Errorf("%+v, %v; want the page unresolved", v, err)
	}
	if len(l.asked) > 0 {
		t.Errorf("a dry run reads %q", l.asked)
	}
	c.DryRun = false
	if v, err = d.scheduler.PreviewPost(d.ctx, c); err != nil || v.Post.Targets[1].Parts[0].Card.Title != "A" {
		t.Errorf("%+v, %v", v, err)
	}
	if len(l.asked) != 1 {
		t.Errorf("a preview reads %q", l.asked)
	}
}

func TestCardRefused(t *testing.T) {
	t.Parallel()
	d, _ := carding(t)
	_, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "x", Card: "a page", To: []string{"platform/one"}})
	if e := wantCode(t, err, hayon.CodeUsage); !strings.Contains(e.Hint, "--card none") {
		t.Errorf("the hint is %q", e.Hint)
	}
}

// What turns out to be needed only when the post is stored is made then, and the post stored with it.
func TestCardOfAnAlias(t *testing.T) {
	t.Parallel()
	d, l := carding(t)
	d.know("ada", "https://a.example/", "")
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "thanks @{ada}", To: []string{"platform/one"}})
	if err != nil {
		t.Fatal(err)
	}
	if card := d.find(p.ID).Targets[0].Parts[0].Card; card == nil || card.Title != "A" || len(l.asked) != 1 {
		t.Errorf("the card is %+v, read %q", card, l.asked)
	}
}

// A page, or its picture, that breaks what reads it costs the card or the picture, and never the post.
func TestCardsThatBreak(t *testing.T) {
	t.Parallel()
	const address = "https://b.example/"
	for _, tt := range []struct {
		name   string
		fitter fitterFunc
		pages  hayon.PageReader
		card   bool
		says   string
	}{
		{"the page", nil, brokenPages{}, false, "no link card: the page at b.example cannot be read"},
		{
			"its picture",
			func(context.Context, io.ReadSeeker, io.Writer, media.Spec) (media.Result, error) {
				panic("index out of range")
			},
			nil, true, "the link card has no picture: the thumbnail of " + address + " could not be fitted",
		},
		{
			"the program for its picture",
			func(context.Context, io.ReadSeeker, io.Writer, media.Spec) (media.Result, error) {
				return media.Result{}, errors.New("no room")
			},
			nil, true, "the link card has no picture: the thumbnail of " + address + " could not be fitted: no room",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d, l := carding(t)
			d.setup.fitter, d.setup.pages = tt.fitter, l
			if tt.pages != nil {
				d.setup.pages = tt.pages
			}
			d.boot(2)
			p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "see " + address, To: []string{"platform/one"}})
			if err != nil {
				t.Fatal(err)
			}
			target := p.Targets[0]
			if card := target.Parts[0].Card; (card != nil) != tt.card || card != nil && card.Thumb != nil {
				t.Errorf("the card is %+v", card)
			}
			if len(target.Notes) != 1 || !strings.HasPrefix(target.Notes[0], tt.says) {
				t.Errorf("notes %q, want %q", target.Notes, tt.says)
			}
		})
	}
}

type brokenPages struct{}

func (brokenPages) ReadPage(context.Context, string) (*hayon.Page, error) {
	panic("index out of range")
}

// slowPages answers nothing.
type slowPages struct{}

func (slowPages) ReadPage(ctx context.Context, _ string) (*hayon.Page, error) {
	<-ctx.Done()
	return nil, hayon.Errorf(hayon.CodeUnavailable, "it took too long").WithCause(ctx.Err())
}

// However many pages hang, a post waits for them all together and no longer than its face waits for it.
func TestManySlowPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _ := carding(t)
		d.setup.pages = slowPages{}
		d.boot(2)
		c := hayon.PostCreate{Text: "pages", To: []string{"platform/one"}}
		for i := range 90 {
			c.Parts = append(c.Parts, fmt.Sprintf("https://p%d.example/", i))
		}
		start := time.Now()
		if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// A card that was asked for and finds no room is told of, one that nobody named is not.
func TestCardThatIsLeftOut(t *testing.T) {
	t.Parallel()
	d, l := carding(t)
	m := d.upload("")
	c := hayon.PostCreate{
		Text: "see https://a.example/", Card: "https://b.example/", To: []string{"platform/one"},
		Media: []hayon.MediaInput{{Media: m.ID, Alt: "x"}}, DryRun: true,
	}
	for card, notes := range map[string]int{c.Card: 1, "": 0, hayon.CardNone: 0} {
		c.Card = card
		p, err := d.scheduler.CreatePost(d.ctx, c)
		if err != nil || len(p.Targets[0].Notes) != notes || p.Targets[0].Parts[0].Card != nil {
			t.Errorf("%q: %v, want %d notes and no card", card, err, notes)
		}
	}
	plain := newDaemonWith(t, setup{provider: newAble(), pages: l})
	plain.signIn("one", "")
	p, err := plain.scheduler.CreatePost(plain.ctx, hayon.PostCreate{Text: "see", Card: "https://b.example/", To: []string{"platform/one"}, DryRun: true})
	if err != nil || len(p.Targets[0].Notes) != 1 {
		t.Errorf("%v, want one note", err)
	}
}
