package notify

import (
	"strings"
	"unicode"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

const (
	// maxLine bounds a line of a notice, in characters: what does not fit is cut off by the desktop anyway.
	maxLine = 120
	// maxHint bounds what is to be typed, which is of no use when it is cut.
	maxHint = 500
)

// message is what is shown.
type message struct{ title, body string }

// compose writes a notice: what happened and where, the first line of the post, why, and what to type.
func compose(n events.Notice) message {
	p := n.Payload()
	m := message{title: title(n)}
	var lines []string
	if p.Post != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(p.Post.Text), "\n")
		lines = append(lines, first)
	}
	why, hint := p.Reason, ""
	if p.Target != nil {
		hint = "hayon show " + p.Post.ID.String()
		if e := p.Target.Error; e != nil {
			why = e.Message
			if e.Hint != "" {
				hint = e.Hint
			}
		}
	}
	switch p.Kind {
	case hayon.EventPublished:
		why, hint = "", ""
		if p.Target != nil {
			hint = p.Target.URL
		}
	case hayon.EventReconnect, hayon.EventExpiring:
		lines = nil // it is the account's, whichever post found out
		hint = login(n)
	default:
	}
	if p.Test {
		why = "This is a test."
	}
	m.body = joinLines(append(lines, why), hint)
	m.title = line(m.title, maxLine)
	return m
}

func title(n events.Notice) string {
	name := n.AccountName()
	switch n.Event.Kind {
	case hayon.EventPublished:
		return "Published on " + name
	case hayon.EventFailed:
		return "Not published on " + name
	case hayon.EventParked:
		return "Not published on " + name + ", all retries used up"
	case hayon.EventMissed:
		if n.Event.Asks {
			return "Missed on " + name + ": publish it now?"
		}
		return "Missed on " + name
	case hayon.EventUncertain:
		return "Perhaps published on " + name
	case hayon.EventReconnect:
		return "A new sign-in is needed for " + name
	case hayon.EventExpiring:
		if n.Change != nil && !n.Change.Expires.IsZero() {
			return "The sign-in of " + name + " ends on " + n.Change.Expires.Local().Format("Monday, 2 January, 15:04")
		}
		return "The sign-in of " + name + " ends soon"
	default:
		if name == "" {
			return "Hayon: " + string(n.Event.Kind)
		}
		return string(n.Event.Kind) + " on " + name
	}
}

// login is what to type to sign in to the account of the notice again.
func login(n events.Notice) string {
	platform, alias, ok := strings.Cut(n.AccountName(), "/")
	if !ok {
		return "hayon login " + platform
	}
	return "hayon login " + platform + " --alias " + alias
}

// joinLines leaves out empty lines.
func joinLines(lines []string, hint string) string {
	var out []string
	for _, l := range lines {
		if l = line(l, maxLine); l != "" {
			out = append(out, l)
		}
	}
	if hint = line(hint, maxHint); hint != "" {
		out = append(out, hint)
	}
	return strings.Join(out, "\n")
}

// line is a text as one line of at most limit characters, without control characters.
func line(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.TrimSpace(s)
	if runes := []rune(s); len(runes) > limit {
		return strings.TrimSpace(string(runes[:limit])) + "…"
	}
	return s
}
