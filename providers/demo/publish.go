package demo

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

const (
	// keyLife is how long class B knows an idempotency key. Half of it is trusted.
	keyLife = time.Hour
	// settle is how long class D waits before it takes "not in the list" for an answer.
	settle = 5 * time.Second
	// skew is how much before the sending a post of class D may seem to have come out.
	skew = time.Minute
	// slowness is what the fault "slow" adds to a call.
	slowness = 2 * time.Second
	// rateLimitWait is what the fault "rate-limit" asks for.
	rateLimitWait = time.Second
)

// look is the hint where only a person can tell.
const look = "look at the platform whether the post is out; it is never sent again by itself"

// call is one call for one part.
type call struct {
	p       *Provider
	account *hayon.Account
	set     settings
	ledger  *ledger
	r       hayon.PublishRequest
	content content
}

func (p *Provider) call(s hayon.Session, r hayon.PublishRequest) (*call, error) {
	c := &call{p: p, account: s.Account(), r: r}
	var err error
	if c.set, err = parseSettings(c.account.Settings); err != nil {
		return nil, err
	}
	if r.Prepared == nil || json.Unmarshal(r.Prepared.Data, &c.content) != nil {
		return nil, hayon.Errorf(hayon.CodeInvalid, "demo: what was prepared cannot be read; nothing is published").
			WithHint("hayon retry ID")
	}
	c.ledger, err = p.ledger(c.account)
	return c, err
}

// key is what the platform knows the part by.
func (c *call) key() string {
	switch c.set.class {
	case hayon.ClassA, hayon.ClassB:
		return c.r.Part().Idem
	case hayon.ClassC:
		return c.r.Prepared.Handles[handleContainer]
	case hayon.ClassF:
		return c.r.Prepared.Handles[handleUpload]
	case hayon.ClassD, hayon.ClassE:
	}
	return ""
}

// Publish makes the part public, or what the account's faults make of it. The request counts as
// sent when half of the latency begins, applied after it, and answered after the other half.
func (p *Provider) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	c, err := p.call(s, r)
	if err != nil {
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.AsError(err)}
	}
	// Round drops the monotonic clock, which stands still while the machine sleeps.
	if ctx.Err() != nil || !r.Deadline.IsZero() && time.Now().Round(0).After(r.Deadline) {
		return notApplied(hayon.Errorf(hayon.CodeUnavailable, "demo: the time was over before the request left"))
	}
	bad, coin := c.set.dice(r.Target, r.Index)
	switch bad {
	case faultRateLimit:
		e := hayon.Errorf(hayon.CodeRateLimited, "demo: too many requests")
		e.RetryAfter = rateLimitWait
		return notApplied(e)
	case faultRejected:
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.Errorf(hayon.CodeRejected, "demo: the platform refused the post").WithHint("change the text")}
	case faultNone, faultAnswerLost, fault500, faultSlow, faultReset:
	}
	if !wait(ctx, c.set.latency/2) {
		return c.unknown("the connection ended")
	}
	if (bad == fault500 || bad == faultReset) && coin {
		return c.unknown(string(bad))
	}
	id, err := c.apply(ctx, time.Now())
	if err != nil {
		return notApplied(hayon.AsError(err))
	}
	switch bad {
	case faultAnswerLost, fault500, faultReset:
		return c.unknown(string(bad))
	case faultSlow:
		if !wait(ctx, slowness) {
			return c.unknown(string(bad))
		}
	case faultNone, faultRateLimit, faultRejected:
	}
	if !wait(ctx, c.set.latency-c.set.latency/2) {
		return c.unknown("the connection ended")
	}
	return c.published(id)
}

// apply is the platform's side of the call.
func (c *call) apply(ctx context.Context, now time.Time) (string, error) {
	part := c.r.Part()
	post := Post{
		Target: c.r.Target.ID, Part: c.r.Index, Idem: part.Idem, Key: c.key(),
		Text: c.content.Text, Alts: c.content.Alts, Parent: c.content.Parent,
		PublishedAt: now.UTC().Round(0), Due: c.r.Target.Due,
	}
	var life time.Duration
	if c.set.class == hayon.ClassA {
		post.ID = part.Idem
	}
	if c.set.class == hayon.ClassB {
		life = keyLife
	}
	return c.ledger.publish(ctx, post, life)
}

// Reconcile finds out, as far as the class allows, whether the part is public.
func (p *Provider) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	c, err := p.call(s, r)
	if err != nil {
		return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.AsError(err)}
	}
	if !wait(ctx, c.set.latency) {
		return c.failed(hayon.Errorf(hayon.CodeUnavailable, "demo: the connection ended; it is asked again"))
	}
	switch c.set.class {
	case hayon.ClassA, hayon.ClassC, hayon.ClassF:
		id, ok, err := c.ledger.find(ctx, c.key())
		if err != nil {
			return c.failed(err)
		}
		if !ok {
			return absent()
		}
		return c.published(id)
	case hayon.ClassB:
		if r.Now.Sub(r.SentAt) >= keyLife/2 {
			return c.readBack(ctx)
		}
		// While the key lives, the repeat is the question.
		id, err := c.apply(ctx, time.Now())
		if err != nil {
			return c.failed(err)
		}
		return c.published(id)
	case hayon.ClassD:
		return c.readBack(ctx)
	case hayon.ClassE:
	}
	return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain, "demo: this platform does not tell whether the post is out").
		WithHint(look)}
}

// readBack looks for the text in the account's recent posts.
func (c *call) readBack(ctx context.Context) hayon.Result {
	ids, err := c.ledger.recent(ctx, text.Digest(c.content.Text), c.r.SentAt.Add(-skew))
	switch {
	case err != nil:
		return c.failed(err)
	case len(ids) == 1:
		return c.published(ids[0])
	case len(ids) > 1:
		return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain, "demo: %d recent posts have this text", len(ids)).
			WithHint(look)}
	case c.r.Now.Before(c.r.SentAt.Add(settle)):
		res := c.unknown("not in the list yet")
		res.AskAgain = c.r.SentAt.Add(settle)
		return res
	}
	return absent()
}

func (c *call) published(id string) hayon.Result {
	return hayon.Result{Verdict: hayon.VerdictPublished, Remote: c.p.remote(c.account, id)}
}

// unknown is the answer where nothing is proved; only class E cannot be asked again.
func (c *call) unknown(why string) hayon.Result {
	res := hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain, "demo: no usable answer (%s); the post may be out", why)}
	switch c.set.class {
	case hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassF:
		res.AskAgain = c.r.Now
	case hayon.ClassD:
		res.AskAgain = c.r.Now.Add(settle)
	case hayon.ClassE:
		res.Err.Hint = look
	}
	return res
}

// failed is the answer of a Reconcile that could not ask.
func (c *call) failed(err error) hayon.Result {
	return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.AsError(err), AskAgain: c.r.Now.Add(settle)}
}

func absent() hayon.Result {
	return notApplied(hayon.Errorf(hayon.CodeUnavailable, "demo: the post is not out; it is sent again"))
}

func notApplied(e *hayon.Error) hayon.Result {
	return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: e}
}

// wait waits that long, and reports whether ctx was still going on then.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
