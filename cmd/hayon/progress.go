package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// progress shows the targets of a post while they go out, one line each: on a terminal the lines
// change in place, elsewhere each target has its line once it has settled.
type progress struct {
	app   *app
	loc   *time.Location
	live  bool
	off   bool
	waits bool // it was said that it is being worked on
	drawn int
	said  map[hayon.TargetID]hayon.State
	last  string
}

func (a *app) newProgress() *progress {
	loc, err := a.location()
	if err != nil {
		loc = time.Local
	}
	term, _ := a.getenv("TERM")
	return &progress{
		app: a, loc: loc, said: make(map[hayon.TargetID]hayon.State),
		live: a.io.errTTY && term != "dumb" && !a.accessible() && a.flags.verbose == 0,
		off:  a.forProgram(),
	}
}

// draw shows a post as the services know it.
func (p *progress) draw(ctx context.Context, svc hayon.AccountService, post *hayon.Post) error {
	view, err := apiPost(ctx, svc, post)
	if err == nil {
		p.show(&view)
	}
	return err
}

// show draws the post as it is now.
func (p *progress) show(post *api.Post) {
	if p.off {
		return
	}
	if p.live {
		p.redraw(post)
		return
	}
	if p.app.io.errTTY && !p.waits && !settledView(post) {
		p.waits = true
		p.app.say("Working…")
	}
	for i := range post.Targets {
		t := &post.Targets[i]
		if p.said[t.ID] == t.State || t.State == hayon.StateQueued || t.State == hayon.StatePublishing {
			continue
		}
		p.said[t.ID] = t.State
		p.app.say("  %s", strings.TrimRight(p.app.targetLine(post, t, p.loc, p.app.colour(p.app.io.errTTY)), " "))
	}
}

// redraw replaces the lines of the last drawing.
func (p *progress) redraw(post *api.Post) {
	var b strings.Builder
	width := p.app.columns()
	for i := range post.Targets {
		line := p.app.targetLine(post, &post.Targets[i], p.loc, false)
		// A line that wraps could not be found again; the last drawing shows all.
		if width > 4 && !settledView(post) {
			line = clip(line, width-4)
		}
		line = strings.Replace(line, string(post.Targets[i].State),
			paint(p.app.colour(true), stateColour(post.Targets[i].State), string(post.Targets[i].State)), 1)
		fmt.Fprintf(&b, "\r\x1b[K  %s\x1b[K\n", strings.TrimRight(line, " "))
	}
	drawing := b.String()
	if drawing == p.last {
		return
	}
	if p.drawn > 0 {
		_, _ = fmt.Fprintf(p.app.io.err, "\x1b[%dA", p.drawn)
	}
	_, _ = fmt.Fprint(p.app.io.err, drawing)
	p.drawn, p.last = len(post.Targets), drawing
}

// settledView reports whether nothing of the post is being worked on.
func settledView(p *api.Post) bool {
	for i := range p.Targets {
		if p.Targets[i].State.Working() {
			return false
		}
	}
	return true
}
