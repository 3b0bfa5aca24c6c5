package mastodon

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// Publish makes the status, or the repost. A token that is refused is renewed on the way, where it can
// be, because a refusal proves that nothing was made.
func (p *Provider) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	res, err := p.create(ctx, s, r)
	if e, ok := errors.AsType[*apiError](err); ok && e.Replayed {
		// It is the answer to an earlier attempt, which is over.
		who := about(s.Account())
		return hayon.Result{
			Verdict: hayon.VerdictNotApplied, PrepareAgain: true,
			Err: who.errorf(hayon.CodeUnavailable, "%s repeats what it said before: %s", e.Host, withoutName(fault(e, who).Message, who)).WithCause(e),
		}
	}
	return res
}

// create makes the irreversible call, and says what its answer proves. The error is that of the call.
func (p *Provider) create(ctx context.Context, s hayon.Session, r hayon.PublishRequest) (hayon.Result, error) {
	ctx, cancel := context.WithTimeout(rest.WithDeadline(ctx, r.Deadline), publishTimeout)
	defer cancel()
	var (
		out  *status
		base string
	)
	err := p.signed(ctx, s, func(cur *session) (err error) {
		base = cur.Base
		c := call{
			method: http.MethodPost, base: cur.Base, path: "/api/v1/statuses", token: cur.AccessToken,
			key: keyOf(r), body: r.Prepared.Data, contentType: jsonType,
		}
		if id := r.Prepared.Handles[handleReblog]; id != "" {
			c.path, c.key = "/api/v1/statuses/"+url.PathEscape(id)+"/reblog", ""
		}
		out, err = p.status(ctx, c)
		return err
	})
	if err != nil {
		res := p.judge(err, s.Account(), r)
		if e, ok := errors.AsType[*apiError](err); ok && res.Verdict == hayon.VerdictRejected && e.Status == http.StatusUnprocessableEntity && !e.Replayed {
			res = p.unlessMedia(ctx, s, r, res, e)
		}
		return res, err
	}
	remote := out.remote(base)
	if id := r.Prepared.Handles[handleReblog]; remote.ID == id {
		remote.ID = repostMark + r.Part().Idem + ":" + id
	}
	return hayon.Result{Verdict: hayon.VerdictPublished, Remote: remote}, nil
}

// repostMark stands before our own key and the id of what is reposted where the instance names nothing
// else for a repost, as snac does.
const repostMark = "repost:"

// keyOf is the idempotency key that the journaled bytes are sent with.
func keyOf(r hayon.PublishRequest) string {
	return cmp.Or(r.Prepared.Handles[handleKey], r.Part().Idem)
}

// remote names the status. Some relatives give one of the two addresses alone.
func (s *status) remote(base string) hayon.Remote {
	return hayon.Remote{ID: string(s.ID), URL: cmp.Or(s.URL, s.URI, base+"/web/statuses/"+string(s.ID))}
}

// judge says what an error of the irreversible call proves.
func (p *Provider) judge(err error, a *hayon.Account, r hayon.PublishRequest) hayon.Result {
	who := about(a)
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		// Not of the call itself: there was no session to make it with.
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: e}
	}
	said := fault(err, who)
	if e, ok := errors.AsType[*rest.Error](err); ok && !e.Sent {
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: said}
	}
	e, ok := errors.AsType[*apiError](err)
	switch {
	case !ok, e.Status >= http.StatusInternalServerError:
		return p.unknown(said, r, who)
	case e.Status == http.StatusFound, e.Status == http.StatusSeeOther: // as after the work was done
		return p.unknown(said, r, who)
	case e.Status >= 300 && e.Status < 400: // sent elsewhere, which repeats no writing
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: said}
	case e.Status == http.StatusTooManyRequests:
	case !e.Parsed && !rulesOf(a).pages:
		return p.unknown(said, r, who)
	}
	return refusedStatus(e, said, a, r, who)
}

// refusedStatus is the verdict for an answer that proves that there is no status.
func refusedStatus(e *apiError, said *hayon.Error, a *hayon.Account, r hayon.PublishRequest, who subject) hayon.Result {
	// An instance that has noted its refusal under the key would only repeat it.
	res := hayon.Result{Verdict: hayon.VerdictNotApplied, Err: said, PrepareAgain: rulesOf(a).pinsErrors && r.Prepared.Handles[handleReblog] == ""}
	switch {
	case e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooEarly:
		said.Code = hayon.CodeUnavailable
		return res
	case e.Status == http.StatusTooManyRequests, said.Code == hayon.CodeUnauthenticated, said.Code == hayon.CodeForbidden:
		return res
	case len(r.Part().Media) > 0 && mediaAgain(e):
		res.PrepareAgain, res.Err = true, mediaMissing(e, who)
		return res
	case e.Status == http.StatusNotFound && r.Prepared.Handles[handleReblog] != "":
		res.Err = who.errorf(hayon.CodeInvalid, "%s does not have the post that is to be reposted any more", e.Host).WithCause(e)
	case e.Status == http.StatusNotFound && r.Index == 0 && r.Part().ReplyTo == nil && r.Part().Quote == nil &&
		rulesOf(a).keyLife > 0 && strings.EqualFold(e.Message, "Record not found"):
		res.Err = deleted(e, who) // nothing else that it names can be missing
	case e.Status == http.StatusNotFound && r.Prepared.Handles[handleQuote] != "":
		res.Err = who.errorf(hayon.CodeInvalid, "%s does not have what the post answers or quotes, or lets nobody quote it: %s", e.Host, e.Message).WithCause(e)
	case e.Status == http.StatusNotFound:
		res.Err = who.errorf(hayon.CodeInvalid, "%s does not have what the post answers: %s", e.Host, e.Message).WithCause(e)
	}
	res.Verdict, res.PrepareAgain = hayon.VerdictRejected, false
	return res
}

// unlessMedia is the verdict of a refusal after a look at the media of the status: the words of a refusal
// are in the language of the account, so that they do not tell what it is about.
func (p *Provider) unlessMedia(ctx context.Context, s hayon.Session, r hayon.PublishRequest, res hayon.Result, e *apiError) hayon.Result {
	if !rulesOf(s.Account()).mediaV2 { // it may have no such call
		return res
	}
	who := about(s.Account())
	for i, m := range r.Part().Media {
		id, ready, err := p.processed(ctx, s, i, m, r.Prepared.Handles[handleMedia(i)], who)
		if hayon.CodeOf(err) == hayon.CodeInvalid {
			return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.AsError(err)}
		}
		if err != nil || id == "" || !ready {
			return hayon.Result{Verdict: hayon.VerdictNotApplied, PrepareAgain: true, Err: mediaMissing(e, who)}
		}
	}
	return res
}

func mediaMissing(e *apiError, who subject) *hayon.Error {
	return who.errorf(hayon.CodeUnavailable, "%s does not have the media ready: %s", e.Host, e.Message).WithCause(e)
}

// deleted is why there is no status under a key that Mastodon knows.
func deleted(e *apiError, who subject) *hayon.Error {
	return who.errorf(hayon.CodeConflict, "the post was out, and somebody has deleted it on %s", e.Host).WithCause(e)
}

// mediaAgain reports whether the instance misses media which it had, or has not finished with. That of
// a reply which it misses looks the same: Prepare then finds all media, and the next refusal too.
func mediaAgain(e *apiError) bool {
	if e.Status == http.StatusNotFound {
		return true
	}
	text := strings.ToLower(e.Message)
	return e.Status == http.StatusUnprocessableEntity &&
		(strings.Contains(text, "process") || strings.Contains(text, "media") && (strings.Contains(text, "not found") || strings.Contains(text, "already attached")))
}

// unknown is the answer where nothing is proved.
func (p *Provider) unknown(cause *hayon.Error, r hayon.PublishRequest, who subject) hayon.Result {
	said := who.errorf(hayon.CodeUncertain, "whether the post is out is not known yet: %s", withoutName(cause.Message, who)).
		WithScope(cause.Scope).WithCause(cause)
	res := hayon.Result{Verdict: hayon.VerdictUnknown, Err: said}
	if cause.RetryAfter > 0 {
		now := r.Now
		if now.IsZero() {
			now = p.now()
		}
		said.RetryAfter, res.AskAgain = cause.RetryAfter, now.Add(cause.RetryAfter)
	}
	return res
}

func withoutName(message string, who subject) string {
	return strings.TrimPrefix(message, who.name+": ")
}
