package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hayon/hayon"
)

// look is the hint where only a person can tell.
const look = "look at the platform whether the post is out; it is never sent again by itself"

// What the platform says to a call that it does not apply.
var (
	errLate   = errors.New("the time was over before the request left")
	errGone   = errors.New("what was uploaded is not there any more")
	errBusy   = errors.New("what was uploaded is still being processed")
	errOrphan = errors.New("the post before it is not public")
)

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
	case hayon.ClassA:
		return c.r.Part().Idem
	case hayon.ClassB:
		return fmt.Sprintf("%s-g%d", c.r.Part().Idem, c.r.Target.Generation)
	case hayon.ClassC, hayon.ClassF:
		return c.handle()
	case hayon.ClassD, hayon.ClassE:
	}
	return ""
}

// handle is the name of the container or upload; "" where there is none.
func (c *call) handle() string {
	switch c.set.class {
	case hayon.ClassC:
		return c.r.Prepared.Handles[handleContainer]
	case hayon.ClassF:
		return c.r.Prepared.Handles[handleUpload]
	case hayon.ClassA, hayon.ClassB, hayon.ClassD, hayon.ClassE:
	}
	return ""
}

// Publish makes the part public, or what the account's faults make of it. The request is under way
// for half of the latency, is applied, and is answered after the other half.
func (p *Provider) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	c, err := p.call(s, r)
	if err != nil {
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.AsError(err)}
	}
	now := wall()
	if ctx.Err() != nil || late(r.Deadline) {
		return c.refused(errLate)
	}
	if e := c.set.refused(now); e != nil {
		return notApplied(e)
	}
	bad, coin := c.set.dice(r.Target, r.Index)
	if res, ok := c.turnedAway(ctx, bad, now); ok {
		return res
	}
	if !wait(ctx, c.set.latency/2) {
		return c.unknown("the connection ended")
	}
	if coin && (bad == fault500 || bad == faultReset || bad == faultHandleLost) {
		return c.lost(ctx, bad)
	}
	id, err := c.apply(ctx, r.Deadline)
	if err != nil {
		return c.refused(err)
	}
	switch bad {
	case faultAnswerLost, fault500, faultReset, faultHandleLost:
		return c.lost(ctx, bad)
	case faultSlow:
		if !wait(ctx, c.set.slowness) {
			return c.unknown(string(bad))
		}
	case faultNone, faultRateLimit, faultRejected, faultConnect, faultAuth, faultExpired, faultDelete, faultEdit:
	}
	if !wait(ctx, c.set.latency-c.set.latency/2) {
		return c.unknown("the connection ended")
	}
	return c.published(id)
}

// turnedAway answers the faults with which nothing is applied, and everybody knows it; ok is false
// where the call goes on.
func (c *call) turnedAway(ctx context.Context, bad fault, now time.Time) (res hayon.Result, ok bool) {
	switch bad {
	case faultConnect:
		return notApplied(c.set.unreachable()), true
	case faultAuth:
		return notApplied(unauthenticated()), true
	case faultRateLimit:
		e := c.set.tooMany(now)
		return notApplied(e), e != nil
	case faultRejected:
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.Errorf(hayon.CodeRejected, "demo: the platform refused the post").
			WithHint("change the text")}, true
	case faultExpired:
		if name := c.handle(); name != "" {
			if err := c.ledger.drop(ctx, name, now); err != nil {
				return notApplied(hayon.AsError(err)), true
			}
		}
	case faultNone, faultAnswerLost, fault500, faultSlow, faultReset, faultHandleLost, faultDelete, faultEdit:
	}
	return hayon.Result{}, false
}

// apply is the platform's side of the call. It is refused after until.
func (c *call) apply(ctx context.Context, until time.Time) (string, error) {
	h, err := c.ledger.lock(ctx)
	if err != nil {
		return "", err
	}
	defer h.unlock()
	now := wall()
	sum := sha256.Sum256(c.r.Prepared.Data)
	id := callID{c.r.Target.ID, c.r.Index, c.r.Target.Generation}
	if err := h.arrived(id, hex.EncodeToString(sum[:]), now); err != nil {
		return "", err
	}
	var since time.Time
	if c.set.class == hayon.ClassB {
		since = now.Add(-c.set.life)
	}
	if known, ok := h.known(c.key(), since); ok {
		return known, nil
	}
	if err := c.allowed(h, now); err != nil {
		return "", err
	}
	post := c.post(now)
	if late(until) { // as near to the writing as can be
		return "", errLate
	}
	return h.publish(post)
}

// allowed reports what the platform has against a new post.
func (c *call) allowed(h *held, now time.Time) error {
	if c.set.class == hayon.ClassC || c.set.class == hayon.ClassF {
		switch h.handles[c.handle()].status(now) {
		case statusExpired:
			return errGone
		case statusInProgress:
			return errBusy
		case statusFinished:
		}
	}
	if _, ok := h.byID[c.content.Parent]; (c.r.Index > 0 || isHere(c.content.Parent)) && !ok {
		return errOrphan
	}
	return nil
}

func (c *call) post(now time.Time) Post {
	part := c.r.Part()
	post := Post{
		Target: c.r.Target.ID, Part: c.r.Index, Generation: c.r.Target.Generation, Idem: part.Idem, Key: c.key(),
		Text: c.content.Text, Alts: c.content.Alts, Media: c.content.Media, Facets: c.content.Facets,
		Repost: c.content.Repost, Quote: c.content.Quote, Card: c.content.Card, Poll: c.content.Poll, Langs: c.content.Langs, Options: c.content.Options,
		Parent: c.content.Parent, Root: c.content.Root,
		PublishedAt: now, Due: c.r.Target.Due,
	}
	if c.set.class == hayon.ClassA {
		post.ID = part.Idem
	}
	return post
}

// late reports whether a deadline has passed on the wall.
func late(deadline time.Time) bool { return !deadline.IsZero() && !wall().Before(deadline.Round(0)) }

func (c *call) published(id string) hayon.Result {
	return hayon.Result{Verdict: hayon.VerdictPublished, Remote: c.p.remote(c.account, id)}
}

// lost is the answer that does not come back.
func (c *call) lost(ctx context.Context, bad fault) hayon.Result {
	if bad == faultHandleLost && c.set.class == hayon.ClassF {
		if err := c.ledger.drop(context.WithoutCancel(ctx), c.handle(), wall()); err != nil {
			return c.failed(err)
		}
	}
	return c.unknown(string(bad))
}

// unknown is the answer where nothing is proved. When to ask is by the schedule of the class, and
// nobody can be asked in class E.
func (c *call) unknown(why string) hayon.Result {
	res := hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.Errorf(hayon.CodeUncertain, "demo: no usable answer (%s); the post may be out", why)}
	if c.set.class == hayon.ClassE {
		res.Hold = true
		_ = res.Err.WithHint(look)
	}
	return res
}

// refused is the answer to a call that the platform, or this machine, did not apply.
func (c *call) refused(err error) hayon.Result {
	switch {
	case errors.Is(err, errGone):
		return hayon.Result{
			Verdict: hayon.VerdictNotApplied, PrepareAgain: true,
			Err: hayon.Errorf(hayon.CodeUnavailable, "demo: %w; it is uploaded again", err),
		}
	case errors.Is(err, errOrphan):
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.Errorf(hayon.CodeRejected, "demo: the part is refused: %w", err)}
	case errors.Is(err, errLate), errors.Is(err, errBusy):
		return notApplied(hayon.Errorf(hayon.CodeUnavailable, "demo: %w; nothing is published", err))
	}
	return notApplied(hayon.AsError(err))
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
