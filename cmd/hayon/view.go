package main

import (
	"context"
	"fmt"
	"slices"
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
		"note", "repost", "deleted_at", "revision", "warnings", "targets", "targets.id", "targets.account", "targets.account_id", "targets.platform", "targets.handle",
		"targets.state", "targets.state_since", "targets.at", "targets.not_before", "targets.generation",
		"targets.attempts", "targets.published_at", "targets.removed_at", "targets.remote_id", "targets.url",
		"targets.late_seconds", "targets.late_policy", "targets.grace", "targets.question", "targets.options", "targets.notes", "targets.parts", "targets.parts.text", "targets.parts.remote_id",
		"targets.parts.url", "targets.parts.media", "targets.parts.media.id", "targets.parts.media.alt", "targets.parts.media.type",
		"targets.parts.media.bytes", "targets.parts.media.width", "targets.parts.media.height", "targets.parts.media.name",
		"targets.parts.media.sha256", "targets.parts.media.duration_seconds", "targets.parts.media.original", "targets.parts.media.steps",
		"targets.parts.reply_to", "targets.parts.reply_to.url", "targets.parts.quote", "targets.parts.quote.url",
		"targets.parts.card", "targets.parts.card.url", "targets.parts.card.title", "targets.parts.card.description", "targets.parts.poll", "targets.error", "targets.error.code", "targets.error.message",
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
		paint(colour, stateColour(t.State), pad(string(t.State), 10)), inert(targetFacts(t, loc)))
}

// targetFacts is where the target is, when it goes out, or why it is not out.
func targetFacts(t *api.Target, loc *time.Location) string {
	switch {
	case t.State == hayon.StatePublished && !t.RemovedAt.IsZero():
		return "removed from the platform " + when.Format(t.RemovedAt.In(loc))
	case t.State == hayon.StatePublished:
		fact := t.URL
		if late := lateWords(lateness(t)); late != "" {
			fact += "  (" + late + ")"
		}
		return fact
	case t.Error != nil && t.State == hayon.StateRetryWait:
		return t.Error.Message + "; again at " + clock(t.Error.RetryAt, loc)
	case t.State == hayon.StateUncertain && !t.NotBefore.IsZero():
		return "it is looked up at " + clock(t.NotBefore, loc) + reason(t)
	case t.Error != nil:
		return t.Error.Message
	case t.State == hayon.StateScheduled:
		return when.Format(t.At.In(loc))
	default:
		return ""
	}
}

// reason is why a target is not out, after a colon; "" where nobody said.
func reason(t *api.Target) string {
	if t.Error == nil {
		return ""
	}
	return ": " + t.Error.Message
}

func lateness(t *api.Target) time.Duration {
	if t.LateSeconds == nil {
		return 0
	}
	return time.Duration(*t.LateSeconds) * time.Second
}

// onTime is how much later than due is still on time.
const onTime = 10 * time.Second

// lateWords says how late something went out; "" where that is on time.
func lateWords(late time.Duration) string {
	switch {
	case late <= onTime:
		return ""
	case late < time.Minute:
		return fmt.Sprintf("%d s late", int(late/time.Second))
	case late < time.Hour:
		return fmt.Sprintf("%d min late", int(late/time.Minute))
	}
	return when.Humanize(late.Truncate(time.Minute)) + " late"
}

// policyWords says what happens to a target that is found late.
func policyWords(t *api.Target) string {
	switch {
	case t.LatePolicy == "":
		return ""
	case t.LatePolicy == hayon.LatePublish:
		return "publish, however late"
	case t.Grace == 0:
		return string(t.LatePolicy) + " as soon as it is late"
	}
	return string(t.LatePolicy) + " after " + when.Humanize(time.Duration(t.Grace))
}

func clock(t time.Time, loc *time.Location) string { return t.In(loc).Format("15:04:05") }

// hints are the next commands that the targets of a post call for, each once.
func (a *app) hints(p *api.Post) []string {
	var out []string
	for i := range p.Targets {
		if h := a.hint(p, &p.Targets[i]); h != "" && !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// hint is the next command for one target; "" where there is nothing to do.
func (a *app) hint(p *api.Post, t *api.Target) string {
	switch {
	case isHeld(t):
		return a.resolveHint(p, t)
	case t.Error != nil:
		return t.Error.Hint
	}
	return ""
}

// isHeld reports whether only a person can tell what became of a target.
func isHeld(t *api.Target) bool { return t.State == hayon.StateUncertain && t.NotBefore.IsZero() }

// asks reports whether a target waits for the word of its user.
func asks(t *api.Target) bool { return isHeld(t) || t.Question }

// resolveHint says where to look for what may be out or not, and what to type then.
func (a *app) resolveHint(p *api.Post, t *api.Target) string {
	command := "hayon resolve " + p.ID.String()
	held := 0
	for i := range p.Targets {
		if p.Targets[i].State == hayon.StateUncertain {
			held++
		}
	}
	if held > 1 {
		command += " --account " + name(t)
	}
	what := "it"
	if n := partInQuestion(t); len(t.Parts) > 1 {
		what = fmt.Sprintf("part %d of %d", n+1, len(t.Parts))
	}
	return fmt.Sprintf("look at %s whether %s is there, then type: %s --published URL   or: %s --not", a.lookAt(t), what, command, command)
}

// partInQuestion is the first part that is not known to be out.
func partInQuestion(t *api.Target) int {
	for i := range t.Parts {
		if t.Parts[i].RemoteID == "" && t.Parts[i].URL == "" {
			return i
		}
	}
	return len(t.Parts) - 1
}

// lookAt is where a person sees what the account of a target has posted.
func (a *app) lookAt(t *api.Target) string {
	p, err := a.platforms().Find(t.Platform)
	if err != nil {
		return name(t)
	}
	if v, ok := p.(hayon.Viewer); ok {
		if url := v.ViewURL(&hayon.Account{Platform: t.Platform, Name: name(t), Handle: t.Handle}); url != "" {
			return url
		}
	}
	return strings.TrimSpace(t.Handle + " on " + p.Info().Title)
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

// gist is what a post says, on one line.
func gist(p *api.Post) string {
	if p.Repost != "" {
		return "repost of " + p.Repost
	}
	return firstLine(p.Text)
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
