package demo

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

// skew is how much before the sending a post that is read back may seem to have come out.
const skew = time.Minute

// Reconcile finds out by one look, as far as the class allows, whether the part is public.
func (p *Provider) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	c, err := p.call(s, r)
	if err != nil {
		return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.AsError(err), Hold: true}
	}
	if c.set.class == hayon.ClassE {
		return c.hold(hayon.Errorf(hayon.CodeUncertain, "demo: this platform does not tell whether the post is out"))
	}
	if !wait(ctx, c.set.latency) {
		return c.failed(hayon.Errorf(hayon.CodeUnavailable, "demo: the connection ended; it is asked again"))
	}
	if e := c.set.refused(wall()); e != nil {
		return c.failed(e)
	}
	switch c.set.class {
	case hayon.ClassA:
		id, ok, err := c.ledger.find(ctx, c.key())
		return c.found(id, ok, err)
	case hayon.ClassB:
		return c.repeat(ctx)
	case hayon.ClassC:
		return c.askContainer(ctx)
	case hayon.ClassF:
		return c.askUpload(ctx)
	case hayon.ClassD, hayon.ClassE:
	}
	return c.readBack(ctx)
}

func (c *call) found(id string, ok bool, err error) hayon.Result {
	switch {
	case err != nil:
		return c.failed(err)
	case !ok:
		return absent()
	}
	return c.published(id)
}

// repeat makes the call again with the same key, which is the question in class B. Once half of the
// key's life is over it is not trusted any more, also when that happens on the way there.
func (c *call) repeat(ctx context.Context) hayon.Result {
	trusted := c.r.SentAt.Add(c.set.life / 2)
	until := trusted
	if !c.r.Deadline.IsZero() && c.r.Deadline.Before(until) {
		until = c.r.Deadline
	}
	id, err := c.apply(ctx, until)
	switch {
	case errors.Is(err, errLate) && late(trusted):
		return c.fallBack(ctx)
	case errors.Is(err, errLate):
		return c.failed(hayon.Errorf(hayon.CodeUnavailable, "demo: %w; it is asked again", err))
	case errors.Is(err, errOrphan):
		return c.refused(err)
	}
	return c.found(id, err == nil, err)
}

// askContainer reads the container of class C.
func (c *call) askContainer(ctx context.Context) hayon.Result {
	_, state, id, err := c.ledger.look(ctx, c.handle(), wall())
	if err == nil && id == "" && state == statusExpired {
		return c.refused(errGone)
	}
	return c.found(id, id != "", err)
}

// askUpload asks the upload of class F. Of one that the platform does not know nothing can be said:
// it may have become a post before it was forgotten.
func (c *call) askUpload(ctx context.Context) hayon.Result {
	found, state, id, err := c.ledger.look(ctx, c.handle(), wall())
	if err == nil && (state == statusExpired || found.gone) {
		res := c.fallBack(ctx)
		res.PrepareAgain = res.Verdict == hayon.VerdictNotApplied
		return res
	}
	return c.found(id, id != "", err)
}

// fallBack reads back where the class of the account promises better, so that nobody else waits
// until a post that is out must show: what is not found before that proves nothing.
func (c *call) fallBack(ctx context.Context) hayon.Result {
	res := c.readBack(ctx)
	since := c.r.UnknownSince
	if since.IsZero() {
		since = c.r.SentAt
	}
	if res.Verdict != hayon.VerdictNotApplied {
		return res
	}
	for _, d := range settle {
		if at := since.Add(d); c.r.Now.Before(at) {
			res = c.unknown("not in the list yet")
			res.AskAgain = at
			return res
		}
	}
	return res
}

// readBack looks for the post in the list of the account's recent ones: the same text, as many
// media, out since the call was about to leave, and of no other target.
func (c *call) readBack(ctx context.Context) hayon.Result {
	m := markerOf(c.content.Text, len(c.content.Alts), c.content.Repost)
	ids, err := c.ledger.recent(ctx, m, c.r.SentAt.Add(-skew), wall().Add(-c.set.visible))
	if err == nil {
		ids, err = c.unclaimed(ctx, ids)
	}
	switch {
	case err != nil:
		return c.failed(err)
	case len(ids) == 1:
		return c.published(ids[0])
	case len(ids) > 1:
		return c.hold(hayon.Errorf(hayon.CodeUncertain, "demo: %d recent posts could be this one", len(ids)))
	}
	return absent()
}

// unclaimed leaves out what belongs to other targets.
func (c *call) unclaimed(ctx context.Context, ids []string) ([]string, error) {
	if c.r.Claimed == nil {
		return ids, nil
	}
	var out []string
	for _, id := range ids {
		claimed, err := c.r.Claimed(ctx, id)
		if err != nil {
			return nil, err
		}
		if !claimed {
			out = append(out, id)
		}
	}
	return out, nil
}

// hold is the answer where asking never tells.
func (c *call) hold(e *hayon.Error) hayon.Result {
	return hayon.Result{Verdict: hayon.VerdictUnknown, Err: e.WithHint(look), Hold: true}
}

// failed is the answer of a look that did not come about.
func (c *call) failed(err error) hayon.Result {
	return hayon.Result{Verdict: hayon.VerdictUnknown, Err: hayon.AsError(err)}
}

func absent() hayon.Result {
	return notApplied(hayon.Errorf(hayon.CodeUnavailable, "demo: the post is not out; it is sent again"))
}
