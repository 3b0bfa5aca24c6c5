package mastodon

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
)

const (
	// clockSkew is how far the instance's clock may be behind ours. A clock of ours that was wrong may
	// have been so by the hours of its zone: what is older than that, by at most a wrongSkew, and looks
	// like what was sent may be it.
	clockSkew = 10 * time.Minute
	wrongSkew = 24 * time.Hour
	pageSize  = "40"
	maxPages  = 5
	// lastLook is the last of the times to look that hold where a provider names none.
	lastLook = 2 * time.Minute
)

// readBack looks for what was sent among the account's own statuses since. One that matches is it, unless
// another target has it; of several nobody knows which, and of one that may be it nobody knows whether.
func (p *Provider) readBack(ctx context.Context, s hayon.Session, r hayon.PublishRequest, sent *draft, who subject) hayon.Result {
	found, unsure, err := p.search(ctx, s, r, sent)
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
			"a post on %s may be this one, and what the server shows of it does not tell", hostOf(s.Account().Host)).
			WithDetail("urls", urlsOf(unsure))}
	}
	return p.absent(s.Account(), r, who)
}

// absent is the verdict where the account's list does not have it. The caller believes it after the last
// settle time; an instance whose list may be behind is never believed.
func (p *Provider) absent(a *hayon.Account, r hayon.PublishRequest, who subject) hayon.Result {
	if rulesOf(a).readsOwn {
		return hayon.Result{Verdict: hayon.VerdictNotApplied}
	}
	return hayon.Result{
		Verdict: hayon.VerdictUnknown, Hold: !r.Now.Before(r.UnknownSince.Add(lastLook)),
		Err: who.errorf(hayon.CodeUncertain, "the post is not to be seen on %s, which may show it later", hostOf(a.Host)),
	}
}

func urlsOf(statuses []*mastodon.Status) []string {
	out := make([]string, len(statuses))
	for i, st := range statuses {
		out[i] = st.URL
	}
	return out
}

// search answers the account's statuses that are what was sent, and those that may be.
func (p *Provider) search(ctx context.Context, s hayon.Session, r hayon.PublishRequest, sent *draft) (found, unsure []*mastodon.Status, err error) {
	since := cmp.Or(r.SentAt, r.UnknownSince)
	if since.After(r.Now) { // the clock was set back
		since = r.Now
	}
	params := url.Values{"exclude_reblogs": {"true"}}
	err = p.pages(ctx, s, params, maxPages, func(st *mastodon.Status) (more bool, err error) {
		if !st.CreatedAt.IsZero() && st.CreatedAt.Before(since.Add(-wrongSkew)) {
			return false, nil
		}
		if st.Reblog != nil {
			return true, nil
		}
		like := p.resembles(s.Account(), st, sent)
		if st.CreatedAt.IsZero() || !st.CreatedAt.Before(since.Add(-clockSkew)) {
			if like, err = p.compare(ctx, s, st, sent); err != nil {
				return true, err
			}
		}
		if like == other {
			return true, nil
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
		return p.absent(s.Account(), r, who)
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
