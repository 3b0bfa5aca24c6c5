package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/hayon/hayon"
)

// Reconcile finds out whether the status is out. Where the instance honours the key, the same call with
// the same key tells, within half of the key's life; else the account's own statuses are read. A repost
// has no key, and is always looked for there.
func (p *Provider) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	a := s.Account()
	who := about(a)
	if id := r.Prepared.Handles[handleReblog]; id != "" {
		return p.findRepost(ctx, s, r, id, who)
	}
	var sent draft
	if err := json.Unmarshal(r.Prepared.Data, &sent); err != nil {
		return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: who.errorf(hayon.CodeUncertain, "what was sent cannot be read")}
	}
	switch {
	case !p.mayRepeat(a, r):
		return p.readBack(ctx, s, r, &sent, who)
	case rulesOf(a).overlaps && r.Now.Before(r.UnknownSince.Add(lastLook)):
		return p.beside(ctx, s, r, &sent, who)
	}
	res, err := p.create(ctx, s, r)
	if e, ok := errors.AsType[*apiError](err); ok {
		switch {
		case e.Replayed && e.Status < http.StatusInternalServerError:
			return res // what the first call was answered
		case e.Replayed:
			// It knows the key, and cannot say what it made of it. Under the same key it never will.
			res = p.readBack(ctx, s, r, &sent, who)
			res.PrepareAgain = res.Verdict == hayon.VerdictNotApplied
			return res
		case e.Status == http.StatusInternalServerError, res.Verdict == hayon.VerdictRejected && !seesKeyFirst(e):
			return p.readBack(ctx, s, r, &sent, who)
		case e.Status == http.StatusNotFound && e.Parsed:
			return p.deletedSince(ctx, s, r, &sent, e, who)
		}
	}
	return p.asLook(res, r, who)
}

// mayRepeat reports whether the key is as good as new. After a clock was set back by more than that,
// nobody knows how old it is.
func (p *Provider) mayRepeat(a *hayon.Account, r hayon.PublishRequest) bool {
	return !r.SentAt.IsZero() && r.Now.Sub(r.SentAt).Abs() < rulesOf(a).repeatable()
}

// seesKeyFirst reports whether an instance refuses so only after it has looked for the key: of the rest
// a repeat may be refused whose first call was not.
func seesKeyFirst(e *apiError) bool {
	return e.Status == http.StatusUnprocessableEntity || e.Status == http.StatusNotFound
}

// beside is a look while the first call may still be under way, on an instance that would obey a repeat
// as well. What it does not tell the key will.
func (p *Provider) beside(ctx context.Context, s hayon.Session, r hayon.PublishRequest, sent *draft, who subject) hayon.Result {
	res := p.readBack(ctx, s, r, sent, who)
	if res.Hold {
		return hayon.Result{Verdict: hayon.VerdictNotApplied}
	}
	return res
}

// asLook is the verdict of a repeat as that of a look: where the repeat was not let through, nothing is
// known of the first call.
func (p *Provider) asLook(res hayon.Result, r hayon.PublishRequest, who subject) hayon.Result {
	if res.Verdict != hayon.VerdictNotApplied || res.Err == nil {
		return res
	}
	if res.PrepareAgain && res.Err.Code == hayon.CodeUnavailable {
		return res // it has looked at the status itself, and there is none
	}
	return p.unknown(res.Err, r, who)
}

// deletedSince tells a status that was deleted after it went out, for which the repeat is answered by
// 404, from one that answers what is not there.
func (p *Provider) deletedSince(ctx context.Context, s hayon.Session, r hayon.PublishRequest, sent *draft, e *apiError, who subject) hayon.Result {
	res := p.readBack(ctx, s, r, sent, who)
	if res.Verdict != hayon.VerdictNotApplied {
		return res
	}
	if sent.InReplyToID != "" || sent.QuotedID != "" || len(sent.MediaIDs) > 0 {
		return p.judge(e, s.Account(), r)
	}
	return hayon.Result{Verdict: hayon.VerdictRejected, Err: deleted(e, who)}
}
