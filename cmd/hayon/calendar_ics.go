package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/ics"
	"github.com/hayon/hayon/server/api"
)

// maxSummary bounds the line that other calendars show, in cells.
const maxSummary = 80

// printICS prints posts as an iCalendar file.
func (a *app) printICS(posts []api.Post) error {
	c := ics.Calendar{Name: "Hayon", ProdID: "-//Hayon//Hayon//EN", Events: make([]ics.Event, 0, len(posts))}
	if a.flags.profile != defaultProfile {
		c.Name += " " + a.flags.profile
	}
	for i := range posts {
		if p := &posts[i]; ics.HasYear(p.At) {
			c.Events = append(c.Events, icsEvent(p))
		} else {
			a.say("Note: %s is left out: a calendar file has no time like %s", p.Short, a.due(p))
		}
	}
	err := ics.Encode(a.io.out, c)
	if _, ok := errors.AsType[*ics.Error](err); ok {
		return hayon.Errorf(hayon.CodeInvalid, "the posts cannot be written as a calendar: %w", err).
			WithHint("leave out the post that it is about: hayon calendar MONTH --ics")
	}
	return err
}

// icsEvent is a post at its time in its own zone. It takes no time.
func icsEvent(p *api.Post) ics.Event {
	return ics.Event{
		UID: p.ID.String() + "@hayon", Start: p.At, Zone: icsZone(p.Zone),
		Summary: clip(gist(p), maxSummary), Description: icsDescription(p), URL: icsURL(p),
		Categories: p.Labels, Status: icsStatus(p.State), Sequence: max(p.Revision-1, 0),
		Stamp: p.UpdatedAt, Created: p.CreatedAt, LastModified: p.UpdatedAt,
	}
}

// icsZone is the zone that was meant; UTC where it was an instant, or a zone that is not known here.
func icsZone(zone string) string {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return ""
	}
	return zone
}

func icsStatus(s hayon.PostState) ics.Status {
	switch s {
	case hayon.PostDraft:
		return ics.Tentative
	case hayon.PostScheduled, hayon.PostPublishing, hayon.PostPublished:
		return ics.Confirmed
	case hayon.PostCancelled:
		return ics.Cancelled
	case hayon.PostPartial, hayon.PostUncertain, hayon.PostFailed, hayon.PostMissed:
	}
	return "" // no word of the format says it; the description does
}

// icsDescription is the whole text, and how it stands with each account.
func icsDescription(p *api.Post) string {
	lines := []string{p.Text, ""}
	if p.Repost != "" {
		lines = []string{gist(p), ""}
	}
	for i := range p.Targets {
		t := &p.Targets[i]
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s: %s %s", name(t), t.State, webURL(t.URL))))
	}
	return strings.Join(append(lines, "hayon show "+p.ID.String()), "\n")
}

// icsURL is where the post is to be seen first.
func icsURL(p *api.Post) string {
	for i := range p.Targets {
		if u := webURL(p.Targets[i].URL); u != "" {
			return u
		}
	}
	return ""
}

// webURL is an address of the web; "" for others, such as those of files here, which are nobody else's.
func webURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return u.String()
}
