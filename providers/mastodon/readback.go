package mastodon

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

const (
	// clockSkew is how far the instance's clock may be behind ours.
	clockSkew = 10 * time.Minute
	pageSize  = "40"
	maxPages  = 5
	// lastLook is the last of the times to look that hold where a provider names none.
	lastLook = 2 * time.Minute
)

// likeness says how a status compares with what was sent.
type likeness int

const (
	other likeness = iota
	// perhaps: what the instance shows does not tell.
	perhaps
	same
)

// readBack looks for what was sent among the account's own statuses since. One that matches is it, unless
// another target has it; of several nobody knows which.
func (p *Provider) readBack(ctx context.Context, s hayon.Session, r hayon.PublishRequest, sent *draft, who subject) hayon.Result {
	since := r.SentAt
	if since.IsZero() {
		since = r.UnknownSince
	}
	found, unsure, err := p.search(ctx, s, r, sent, since.Add(-clockSkew))
	switch {
	case err != nil:
		return p.unknown(fault(err, who), r, who)
	case len(found) == 1:
		st := status{ID: found[0].ID, URL: found[0].URL, URI: found[0].URI}
		return hayon.Result{Verdict: hayon.VerdictPublished, Remote: st.remote(s.Account().Host)}
	case len(found) > 1:
		return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: who.errorf(hayon.CodeUncertain,
			"%d posts on %s look like this one", len(found), hostOf(s.Account().Host)).WithDetail("urls", urlsOf(found))}
	case len(unsure) > 0:
		return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: who.errorf(hayon.CodeUncertain,
			"a post on %s may be this one, and the server does not show what was sent", hostOf(s.Account().Host)).
			WithDetail("urls", urlsOf(unsure))}
	}
	return p.absent(s.Account(), r, who)
}

// absent is the verdict where the account's list does not have it. The caller believes it after the last
// settle time; an instance whose list may be behind is not believed then either.
func (p *Provider) absent(a *hayon.Account, r hayon.PublishRequest, who subject) hayon.Result {
	if !rulesOf(a).readsOwn && !r.Now.Before(r.UnknownSince.Add(lastLook)) {
		return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: who.errorf(hayon.CodeUncertain,
			"the post is not to be seen on %s, which may show it later", hostOf(a.Host))}
	}
	return hayon.Result{Verdict: hayon.VerdictNotApplied}
}

func urlsOf(statuses []*mastodon.Status) []string {
	out := make([]string, len(statuses))
	for i, st := range statuses {
		out[i] = st.URL
	}
	return out
}

// search answers the account's statuses since a time that are what was sent, and those that may be.
func (p *Provider) search(ctx context.Context, s hayon.Session, r hayon.PublishRequest, sent *draft, since time.Time) (found, unsure []*mastodon.Status, err error) {
	params := url.Values{"exclude_reblogs": {"true"}}
	err = p.pages(ctx, s, params, maxPages, func(st *mastodon.Status) (more bool, err error) {
		if !st.CreatedAt.IsZero() && st.CreatedAt.Before(since) {
			return false, nil
		}
		if st.Reblog != nil {
			return true, nil
		}
		like, err := p.compare(ctx, s, st, sent)
		if err != nil || like == other {
			return true, err
		}
		taken, err := claimed(ctx, r, string(st.ID))
		switch {
		case err != nil || taken:
		case like == same:
			found = append(found, st)
		default:
			unsure = append(unsure, st)
		}
		return true, err
	})
	return found, unsure, err
}

// pages calls fn with the account's statuses, newest first and each once, until it wants no more or
// there are no others. Some instances do not know how to go on, and answer the first page again.
func (p *Provider) pages(ctx context.Context, s hayon.Session, params url.Values, limit int, fn func(*mastodon.Status) (more bool, err error)) error {
	seen := make(map[mastodon.ID]bool)
	params.Set("limit", pageSize)
	for range limit {
		page, err := p.statuses(ctx, s, params)
		if err != nil {
			return err
		}
		more := false
		for _, st := range page {
			if st == nil || seen[st.ID] {
				continue
			}
			seen[st.ID] = true
			if more, err = fn(st); err != nil || !more {
				return err
			}
			params.Set("max_id", string(st.ID))
		}
		if !more {
			return nil
		}
	}
	return nil
}

// repostPages are the pages in which a repost is looked for. One that is older is made again, which an
// instance answers by the one that is there.
const repostPages = 2

// findRepost looks for the account's repost of a post.
func (p *Provider) findRepost(ctx context.Context, s hayon.Session, r hayon.PublishRequest, id string, who subject) hayon.Result {
	var found *mastodon.Status
	err := p.pages(ctx, s, url.Values{}, repostPages, func(st *mastodon.Status) (bool, error) {
		if st.Reblog != nil && string(st.Reblog.ID) == id {
			found = st
		}
		return found == nil, nil
	})
	switch {
	case err != nil:
		return p.unknown(fault(err, who), r, who)
	case found == nil:
		return hayon.Result{Verdict: hayon.VerdictNotApplied}
	}
	out := status{ID: found.ID, URL: found.URL, URI: found.URI}
	return hayon.Result{Verdict: hayon.VerdictPublished, Remote: out.remote(s.Account().Host)}
}

func claimed(ctx context.Context, r hayon.PublishRequest, id string) (bool, error) {
	if r.Claimed == nil {
		return false, nil
	}
	return r.Claimed(ctx, id)
}

func (p *Provider) statuses(ctx context.Context, s hayon.Session, params url.Values) (out []*mastodon.Status, err error) {
	err = p.signed(ctx, s, func(cur *session) (err error) {
		out, err = read(cur, func() ([]*mastodon.Status, error) {
			return p.library(cur).GetAccountStatusesParams(ctx, localID(s.Account()), params, nil)
		})
		return err
	})
	return out, err
}

// compare holds a status against what was sent: what it answers, its media, and its text as it was
// sent, where the instance gives that. Visibility is left out, since instances change it.
func (p *Provider) compare(ctx context.Context, s hayon.Session, st *mastodon.Status, sent *draft) (likeness, error) {
	if idOf(st.InReplyToID) != sent.InReplyToID || !sameMedia(st, sent, rulesOf(s.Account()).mediaIDs) {
		return other, nil
	}
	if !rulesOf(s.Account()).noSource {
		source, err := p.source(ctx, s, st.ID)
		if err != nil {
			return other, err
		}
		if source != nil {
			return compareSource(source, sent), nil
		}
	}
	return compareHTML(st, sent), nil
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
	case shown == meant && warned == warning:
		return same
	case meant == "" && shown == warning:
		return same
	case formatted, shown != "" && meant != "" && (strings.Contains(shown, meant) || strings.Contains(meant, shown)):
		return perhaps
	}
	return other
}

// source is the text of a status as it was sent, nil where the instance does not give it.
func (p *Provider) source(ctx context.Context, s hayon.Session, id mastodon.ID) (out *mastodon.Source, err error) {
	err = p.signed(ctx, s, func(cur *session) (err error) {
		out, err = read(cur, func() (*mastodon.Source, error) { return p.library(cur).GetStatusSource(ctx, id) })
		return err
	})
	e, ok := errors.AsType[*apiError](err)
	if ok && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests && e.Status != http.StatusUnauthorized {
		return nil, nil //nolint:nilnil // it does not say, which is no error
	}
	return out, err
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
