package bluesky

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
	"github.com/hayon/hayon/text"
)

// Publish writes the record. An expired session is renewed on the way, because a refused token
// proves that nothing was written.
func (p *Provider) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	ctx, cancel := context.WithTimeout(rest.WithDeadline(ctx, r.Deadline), publishTimeout)
	defer cancel()
	var ref *recordRef
	err := p.signed(ctx, s, func(cur *session) (err error) {
		ref, err = p.putRecord(ctx, cur, r.Prepared.Data)
		return err
	})
	if err != nil {
		return p.judge(err, about(s.Account()), r)
	}
	out := r.Prepared.Remote
	out.Digest = ref.CID
	return hayon.Result{Verdict: hayon.VerdictPublished, Remote: out}
}

// judge says what an error of putRecord proves.
func (p *Provider) judge(err error, who subject, r hayon.PublishRequest) hayon.Result {
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		// Not of the call itself: there was no session to make it with.
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: e}
	}
	said := fault(err, who)
	if e, ok := errors.AsType[*rest.Error](err); ok && !e.Sent {
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: said}
	}
	e, ok := errors.AsType[*apiError](err)
	if !ok || e.Name == "" || e.Status >= http.StatusInternalServerError || e.Name == "InvalidSwap" {
		return p.unknown(said, r, who)
	}
	switch {
	case e.Name == "BlobNotFound":
		said = who.errorf(hayon.CodeUnavailable, "%s has dropped a file that was uploaded; it must be uploaded again", e.Host).
			WithCause(err)
		return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: said, PrepareAgain: true}
	case said.Code == hayon.CodeInvalid,
		said.Code == hayon.CodeRejected && e.Status == http.StatusBadRequest,
		said.Code == hayon.CodeRejected && e.Status == http.StatusUnprocessableEntity:
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: said}
	case said.Code == hayon.CodeRejected:
		// 404, 405, 409 and the like speak of the server and not of the post.
		said.Code = hayon.CodeUnavailable
	}
	return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: said}
}

// unknown is the answer where nothing is proved. The account's own server has no delay, so it may be
// asked at once, unless it wants otherwise.
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
	if n := len(who.name) + len(": "); len(message) > n && message[:n] == who.name+": " {
		return message[n:]
	}
	return message
}

// sentPost is what the prepared bytes say of themselves.
type sentPost struct {
	Repo       string      `json:"repo"`
	Collection string      `json:"collection"`
	RKey       string      `json:"rkey"`
	Record     recordValue `json:"record"`
}

// same reports whether a record says what was sent: the same text, or a repost of the same post.
func (s *sentPost) same(found recordValue) bool {
	if s.Collection == repostCollection {
		return found.Subject.URI == s.Record.Subject.URI
	}
	return text.Digest(found.Text) == text.Digest(s.Record.Text)
}

// Reconcile reads the record on the account's own server, which needs no session. Our CID, or what we
// sent under our key, is ours.
func (p *Provider) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	who := about(s.Account())
	var sent sentPost
	if err := json.Unmarshal(r.Prepared.Data, &sent); err != nil || sent.Repo == "" || sent.Collection == "" || sent.RKey == "" {
		return hayon.Result{Verdict: hayon.VerdictUnknown, Hold: true, Err: who.errorf(hayon.CodeUncertain, "what was sent cannot be read")}
	}
	found, err := p.read(ctx, s, sent.Repo, sent.Collection, sent.RKey)
	if isAbsent(err) {
		return hayon.Result{Verdict: hayon.VerdictNotApplied}
	}
	if err != nil {
		return p.unknown(fault(err, who), r, who)
	}
	out := r.Prepared.Remote
	if found.CID == out.Digest || sent.same(found.Value) {
		out.Digest = found.CID
		return hayon.Result{Verdict: hayon.VerdictPublished, Remote: out}
	}
	return hayon.Result{
		Verdict: hayon.VerdictRejected,
		Err: who.errorf(hayon.CodeConflict, "another post stands under the key %s; this one was not written", sent.RKey).
			WithDetail("url", out.URL).WithDetail("found_cid", found.CID),
	}
}
