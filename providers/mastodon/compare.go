package mastodon

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// likeness says how a status compares with what was sent.
type likeness int

const (
	other likeness = iota
	// perhaps: what the instance shows does not tell.
	perhaps
	same
)

// compare holds a status against what was sent: what it answers, its media, and its text as it was
// sent, where the instance gives that. Visibility is left out, since instances change it. What somebody
// has edited since may have been anything.
func (p *Provider) compare(ctx context.Context, s hayon.Session, st *mastodon.Status, sent *draft) (likeness, error) {
	rules := rulesOf(s.Account())
	if idOf(st.InReplyToID) != sent.InReplyToID {
		return other, nil
	}
	unlike := other
	if !st.EditedAt.IsZero() {
		unlike = perhaps
	}
	switch {
	case !sameMedia(st, sent, rules.mediaIDs):
		return unlike, nil
	case rules.mediaIDs && len(sent.MediaIDs) > 0: // what was uploaded is in one status alone
		return same, nil
	}
	polls := comparePolls(st.Poll, sent.Poll)
	if polls == other {
		return unlike, nil
	}
	like := compareHTML(st, sent)
	if !rules.noSource {
		source, err := p.source(ctx, s, st.ID)
		if err != nil {
			return other, err
		}
		if source != nil {
			like = compareSource(source, sent)
		}
	}
	return max(min(like, polls), unlike), nil
}

// resembles is how a status compares that is too old to be what was sent, by our clock: perhaps, where it
// looks the same.
func (p *Provider) resembles(a *hayon.Account, st *mastodon.Status, sent *draft) likeness {
	if idOf(st.InReplyToID) == sent.InReplyToID && sameMedia(st, sent, rulesOf(a).mediaIDs) &&
		comparePolls(st.Poll, sent.Poll) != other && compareHTML(st, sent) == same {
		return perhaps
	}
	return other
}

func compareSource(source *mastodon.Source, sent *draft) likeness {
	equal := func(a, b string) bool { return text.Digest(a) == text.Digest(b) }
	switch {
	case equal(source.Text, sent.Status) && equal(source.SpoilerText, sent.SpoilerText):
		return same
	case sent.Status == "" && equal(source.Text, sent.SpoilerText): // a warning alone becomes the text
		return same
	}
	return other
}

// compareHTML compares the letters of what the instance shows. What it has not left as it was may still
// be it.
func compareHTML(st *mastodon.Status, sent *draft) likeness {
	shown, meant := letters(plain(st.Content)), letters(withoutHosts(sent.Status))
	warned, warning := letters(st.SpoilerText), letters(sent.SpoilerText)
	formatted := sent.ContentType != "" && sent.ContentType != "text/plain"
	switch {
	case shown+warned == "" && meant+warning == "": // pictures alone, or signs
		return perhaps
	case shown == meant && warned == warning:
		return same
	case meant == "" && shown == warning:
		return same
	case formatted, shown != "" && meant != "" && (strings.Contains(shown, meant) || strings.Contains(meant, shown)):
		return perhaps
	}
	return other
}

// sameMedia compares media by their number, and by their ids where these stay.
func sameMedia(st *mastodon.Status, sent *draft, ids bool) bool {
	if len(st.MediaAttachments) != len(sent.MediaIDs) || !ids {
		return len(st.MediaAttachments) == len(sent.MediaIDs)
	}
	for _, m := range st.MediaAttachments {
		if !slices.Contains(sent.MediaIDs, string(m.ID)) {
			return false
		}
	}
	return true
}

// comparePolls compares polls by their options. One that the instance does not show may be there.
func comparePolls(shown *mastodon.Poll, sent *poll) likeness {
	switch {
	case sent == nil && shown == nil:
		return same
	case sent == nil:
		return other
	case shown == nil:
		return perhaps
	case !slices.EqualFunc(shown.Options, sent.Options, func(o mastodon.PollOption, title string) bool {
		return letters(html.UnescapeString(o.Title)) == letters(html.UnescapeString(title))
	}):
		return other
	}
	return same
}

// idOf is an id that the library leaves as JSON has it.
func idOf(v any) string {
	switch id := v.(type) {
	case nil:
		return ""
	case string:
		return id
	case float64:
		return fmt.Sprintf("%.0f", id)
	}
	return fmt.Sprint(v)
}

// plain is HTML without its tags.
func plain(s string) string {
	var out strings.Builder
	for s != "" {
		before, after, tag := strings.Cut(s, "<")
		out.WriteString(html.UnescapeString(before))
		if !tag {
			break
		}
		if _, s, tag = strings.Cut(after, ">"); !tag {
			break
		}
	}
	return out.String()
}

// withoutHosts is a text whose mentions are shown as instances show them.
func withoutHosts(s string) string {
	fields := strings.Fields(s)
	for i, f := range fields {
		if at := strings.LastIndexByte(f, '@'); at > 0 && strings.Contains(f[:at], "@") {
			host := strings.TrimFunc(f[at:], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			if strings.IndexFunc(host, func(r rune) bool {
				return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '.' && r != '-' && r != '_'
			}) < 0 {
				fields[i] = f[:at]
			}
		}
	}
	return strings.Join(fields, " ")
}

// letters are the letters and digits of a text, whose case instances may change.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.So) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
