package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
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
	doing *doing // nil: nobody says
	// phases are what was said last of what is being done, where each phase has a line.
	phases map[hayon.TargetID]string
	last   string
}

// doing is what is being done to targets now, as far as somebody says more than their state: how far an
// upload is, what their platform still does with it. It is safe for concurrent use; nil: nobody says.
type doing struct {
	mu    sync.Mutex // guards words
	words map[hayon.TargetID]string
}

// see takes from an event what it says of that.
func (d *doing) see(e hayon.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case e.Step == hayon.RowProgress, e.From == hayon.StatePublishing && e.To == hayon.StateQueued:
		d.words[e.Target] = e.Reason
	case e.Step == hayon.RowClaimed, e.To == hayon.StatePublishing: // it goes on with what it waited for
	default:
		delete(d.words, e.Target)
	}
}

// of is what is being done to a target, "" where nobody says more than its state.
func (d *doing) of(t *api.Target) string {
	if d == nil || t.State != hayon.StateQueued && t.State != hayon.StatePublishing {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.words[t.ID]
}

// howFar ends a sentence about something that goes on.
var howFar = regexp.MustCompile(`,? [0-9]+ ?%$`)

// phase is what is being done without how far it is.
func phase(words string) string { return howFar.ReplaceAllString(words, "") }

func (a *app) newProgress() *progress {
	loc, err := a.location()
	if err != nil {
		loc = time.Local
	}
	term, _ := a.getenv("TERM")
	return &progress{
		app: a, loc: loc, said: make(map[hayon.TargetID]hayon.State),
		phases: make(map[hayon.TargetID]string),
		live:   a.io.errTTY && term != "dumb" && !a.accessible() && a.flags.verbose == 0,
		off:    a.forProgram(),
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
		if now := phase(p.doing.of(t)); now != "" && now != p.phases[t.ID] {
			p.phases[t.ID] = now
			p.app.say("  %s  %s", pad(name(t), nameWidth(post)), inert(now))
		}
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
	for i := range post.Targets {
		fmt.Fprintf(&b, "\r\x1b[K  %s\x1b[K\n", p.line(post, &post.Targets[i]))
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

// line is a target on a terminal: its state, or what is being done to it.
func (p *progress) line(post *api.Post, t *api.Target) string {
	line := p.app.targetLine(post, t, p.loc, false)
	if words := p.doing.of(t); words != "" {
		line = pad(name(t), nameWidth(post)) + "  " + inert(words)
	}
	// A line that wraps could not be found again; the last drawing shows all.
	if width := p.app.columns(); width > 4 && !settledView(post) {
		line = clip(line, width-4)
	}
	state := string(t.State)
	return strings.TrimRight(strings.Replace(line, state, paint(p.app.colour(true), stateColour(t.State), state), 1), " ")
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
