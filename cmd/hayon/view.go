package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// postFields are the names that --json takes for posts.
func postFields() []string {
	return []string{
		"id", "short", "state", "text", "created_at", "updated_at", "at", "wall", "zone", "source", "langs", "labels",
		"targets", "targets.id", "targets.account", "targets.account_id", "targets.platform", "targets.handle",
		"targets.state", "targets.state_since", "targets.at", "targets.not_before", "targets.generation",
		"targets.attempts", "targets.published_at", "targets.removed_at", "targets.remote_id", "targets.url",
		"targets.late_seconds", "targets.options", "targets.parts", "targets.parts.text", "targets.parts.remote_id",
		"targets.parts.url", "targets.parts.media", "targets.error", "targets.error.code", "targets.error.message",
		"targets.error.hint", "targets.error.retry_at",
	}
}

// apiPost is the post as all faces show it.
func apiPost(ctx context.Context, svc hayon.AccountService, p *hayon.Post) (api.Post, error) {
	posts, err := apiPosts(ctx, svc, []*hayon.Post{p})
	if err != nil {
		return api.Post{}, err
	}
	return posts[0], nil
}

func apiPosts(ctx context.Context, svc hayon.AccountService, posts []*hayon.Post) ([]api.Post, error) {
	accounts, err := svc.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	return api.PostsOf(posts, api.AccountsByID(accounts)), nil
}

// name is what a person calls the target's account.
func name(t *api.Target) string {
	if t.Account != "" {
		return t.Account
	}
	return t.Platform
}

// nameWidth is the width of the longest name of a post's accounts.
func nameWidth(p *api.Post) int {
	w := 0
	for i := range p.Targets {
		w = max(w, cells(name(&p.Targets[i])))
	}
	return w
}

// targetLine is one target in a line: account, state, and what there is to know of it.
func (a *app) targetLine(p *api.Post, t *api.Target, loc *time.Location, colour bool) string {
	return fmt.Sprintf("%s  %s  %s", pad(name(t), nameWidth(p)),
		paint(colour, stateColour(t.State), pad(string(t.State), 10)), targetFacts(t, loc))
}

// targetFacts is where the target is, when it goes out, or why it is not out.
func targetFacts(t *api.Target, loc *time.Location) string {
	switch {
	case t.State == hayon.StatePublished:
		fact := t.URL
		if late := lateness(t); late >= time.Minute {
			fact += "  (" + when.Humanize(late) + " late)"
		}
		return fact
	case t.Error != nil && t.State == hayon.StateRetryWait:
		return t.Error.Message + "; again at " + clock(t.Error.RetryAt, loc)
	case t.Error != nil:
		return t.Error.Message
	case t.State == hayon.StateScheduled:
		return when.Format(t.At.In(loc))
	default:
		return ""
	}
}

func lateness(t *api.Target) time.Duration {
	if t.LateSeconds == nil {
		return 0
	}
	return time.Duration(*t.LateSeconds) * time.Second
}

func clock(t time.Time, loc *time.Location) string { return t.In(loc).Format("15:04:05") }

// hints are the next commands that the errors of a post's targets name, each once.
func hints(p *api.Post) []string {
	var out []string
	seen := make(map[string]bool)
	for _, t := range p.Targets {
		if t.Error != nil && t.Error.Hint != "" && !seen[t.Error.Hint] {
			seen[t.Error.Hint] = true
			out = append(out, t.Error.Hint)
		}
	}
	return out
}

func stateColour(s hayon.State) string {
	switch s {
	case hayon.StatePublished:
		return colourGood
	case hayon.StateFailed, hayon.StateParked:
		return colourBad
	case hayon.StateUncertain, hayon.StateMissed, hayon.StateRetryWait:
		return colourWarn
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateCancelled:
		return colourDim
	}
	return ""
}

func postColour(s hayon.PostState) string {
	switch s {
	case hayon.PostPublished:
		return colourGood
	case hayon.PostFailed:
		return colourBad
	case hayon.PostUncertain, hayon.PostMissed, hayon.PostPartial:
		return colourWarn
	case hayon.PostDraft, hayon.PostScheduled, hayon.PostPublishing, hayon.PostCancelled:
		return colourDim
	}
	return ""
}

// firstLine is the text on one line.
func firstLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip shortens s to a width in cells, never inside a grapheme cluster; 0 is no bound.
func clip(s string, width int) string {
	if width <= 0 {
		return s
	}
	return displaywidth.TruncateString(s, width, "…")
}
