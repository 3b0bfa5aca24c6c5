package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// sayFeeds names the feeds that hold what went out.
func (a *app) sayFeeds(ctx context.Context, b *backend, post *hayon.Post) error {
	accounts, err := b.FindAccounts(lingering(ctx), hayon.AccountFilter{})
	if err != nil {
		return err
	}
	known := api.AccountsByID(accounts)
	for _, t := range post.Targets {
		p, err := a.platforms().Find(t.Platform)
		if err != nil || t.State != hayon.StatePublished || known[t.Account] == nil {
			continue
		}
		feeder, ok := p.(hayon.Feeder)
		if !ok {
			continue
		}
		for _, feed := range feeder.Feeds(known[t.Account]) {
			a.say("  %s  feed        %s", pad("", cells(known[t.Account].Name)), feed)
		}
	}
	return nil
}

// printPost is the result of a command about one post: its id, or all of it as JSON.
func (a *app) printPost(p *api.Post) error {
	if a.flags.json.on {
		return a.printJSON(p, postFields())
	}
	a.printPostID(p)
	return nil
}

// printPostID prints the id: short for a person, whole for a program.
func (a *app) printPostID(p *api.Post) {
	if a.flags.json.on {
		return
	}
	if a.io.outTTY && !a.flags.quiet && p.Short != "" {
		a.print("%s", p.Short)
		return
	}
	a.print("%s", p.ID)
}

// announce says what was stored, and who will send it.
func (a *app) announce(p *api.Post, daemon bool) {
	switch p.State {
	case hayon.PostDraft:
		a.say("Stored %s as a draft", p.Short)
	case hayon.PostScheduled:
		a.say("Scheduled %s for %s (in %s)", p.Short, a.due(p), when.Between(a.now(), p.At))
		a.sayTargets(p)
		a.sayWarnings(p)
		if !daemon {
			a.sayNoDaemon()
		}
	case hayon.PostPublishing, hayon.PostPublished, hayon.PostPartial, hayon.PostUncertain, hayon.PostFailed,
		hayon.PostCancelled, hayon.PostMissed:
		if !a.leaveQueued {
			a.say("Publishing %s", p.Short)
			return
		}
		a.say("Queued %s", p.Short)
		if !daemon {
			a.sayNoDaemon()
		}
	}
}

// sayWarnings says what a person should know of what was stored.
func (a *app) sayWarnings(p *api.Post) {
	for _, w := range p.Warnings {
		a.sayFolded("Note: %s", w)
	}
}

// sayNoDaemon says once that nobody sends what waits.
func (a *app) sayNoDaemon() {
	if !a.toldNoDaemon {
		a.say("%s", noDaemon)
	}
	a.toldNoDaemon = true
}

const noDaemon = "No daemon is running, so nobody sends it yet.\n  → start one: hayon daemon start   or from cron: hayon tick"

// due is the time of a scheduled post, in the zone in which it was given.
func (a *app) due(p *api.Post) string {
	loc, err := a.location()
	if err != nil {
		loc = time.Local
	}
	if zone, err := when.LoadZone(p.Zone); p.Zone != "" && err == nil {
		loc = zone
	}
	return when.Format(p.At.In(loc))
}

// sayTargets lists the accounts with the length of their text and what is attached.
func (a *app) sayTargets(p *api.Post) {
	for i := range p.Targets {
		t := &p.Targets[i]
		a.say("  %s  %s", pad(name(t), nameWidth(p)), a.size(t))
	}
}

// sayFolded is say with a line that is broken at blanks where the terminal is narrower.
func (a *app) sayFolded(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if a.io.errTTY {
		s = fold(s, a.columns(), hanging(s, a.columns()))
	}
	a.say("%s", s)
}

// sayThreads tells how many parts a text became where it goes out at once; of what is for later announce
// has told.
func (a *app) sayThreads(p *api.Post) {
	if p.State == hayon.PostScheduled {
		return
	}
	for i := range p.Targets {
		if t := &p.Targets[i]; len(t.Parts) > 1 {
			a.say("  %s  %s", pad(name(t), nameWidth(p)), a.size(t))
		}
	}
}

// sayNotes tells what of the request the platforms have no word for.
func (a *app) sayNotes(p *api.Post) {
	for i := range p.Targets {
		for _, note := range p.Targets[i].Notes {
			a.sayFolded("Note: %s: %s", name(&p.Targets[i]), note)
		}
	}
}

// sayMedia tells what was made of the media for each platform; nothing where they go out as they came.
func (a *app) sayMedia(p *api.Post) {
	post := p.Domain()
	for i, t := range post.Targets {
		for j := range t.Parts {
			for k := range t.Parts[j].Media {
				m := &t.Parts[j].Media[k]
				if m.Original == nil && len(m.Steps) == 0 {
					continue
				}
				a.sayFolded("  %s  %s  %s", pad(name(&p.Targets[i]), nameWidth(p)), mediumKind(m.Type), mediumWords(m))
			}
		}
	}
}

// drawn shows what would be stored. It asks nobody, and marks what is not known.
func (o *postOptions) drawn(ctx context.Context, b *backend, c hayon.PostCreate) error {
	a := o.app
	p, err := b.PreviewPost(ctx, c)
	if err != nil {
		return err
	}
	view := api.PreviewOf(p, a.known)
	if a.flags.json.on {
		return a.printJSON(&view, previewFields())
	}
	a.say("Nothing was stored or sent. This would be:")
	if view.State == hayon.PostScheduled {
		a.say("Scheduled for %s (in %s)", a.due(&view.Post), when.Between(a.now(), view.At))
	}
	a.showPreview(p)
	return nil
}
