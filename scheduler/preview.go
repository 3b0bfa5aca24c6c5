package scheduler

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// previewWait bounds what one platform is asked for a preview.
const previewWait = 10 * time.Second

// PreviewPost composes a post as CreatePost does and stores none. What its platforms would refuse is
// told and is no error.
func (s *Scheduler) PreviewPost(ctx context.Context, c hayon.PostCreate) (*hayon.Preview, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	r, err := newRequest(c, s.now())
	if err != nil {
		return nil, err
	}
	r.tolerant, r.materials.sketch = true, false
	if !c.DryRun {
		s.freshenFacts(ctx, actor, r.To, r.Not)
	}
	var d *composed
	now := s.now()
	err = s.gather(ctx, r.materials, func(ctx context.Context, tx hayon.Tx) error {
		d, err = s.composeMedia(ctx, tx, actor, r, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &hayon.Preview{Post: d.post, Targets: s.previews(ctx, d, !c.DryRun)}
	if ctx.Err() != nil { // what says so would look as if the platforms were away
		return nil, hayon.Errorf(hayon.CodeTimeout, "the platforms did not answer in time").WithCause(context.Cause(ctx))
	}
	withoutIDs(d.post)
	return out, nil
}

// previews tells more of the targets; each platform is asked at the same time as the others.
func (s *Scheduler) previews(ctx context.Context, d *composed, ask bool) []hayon.TargetPreview {
	out := make([]hayon.TargetPreview, len(d.post.Targets))
	var wg sync.WaitGroup
	for i, t := range d.post.Targets {
		out[i] = hayon.TargetPreview{Problems: d.problems[i], Parts: make([]hayon.PartPreview, len(t.Parts))}
		wg.Go(func() {
			bounded, cancel := context.WithTimeout(ctx, previewWait)
			defer cancel()
			for j := range t.Parts {
				r := hayon.PreviewRequest{Account: d.accounts[t.Account], Target: t, Index: j}
				out[i].Parts[j] = s.previewPart(bounded, d.infos[t.Account], r, ask)
				where := partName(d.names[t.Account], t.Parts, j)
				for _, why := range out[i].Parts[j].Problems {
					out[i].Problems = append(out[i].Problems, where+": "+why)
				}
			}
			if len(out[i].Problems) > 0 && t.State != hayon.StateFailed {
				t.State, t.Error = hayon.StateFailed, &hayon.TargetError{
					Code: hayon.CodeInvalid, Message: strings.Join(out[i].Problems, "; "), Hint: "mend that, or leave the account out: --not " + d.names[t.Account],
				}
			}
		})
	}
	wg.Wait()
	return out
}

// askAhead asks the platforms whether what a post answers and quotes is there, and refuses it where one
// says no: else it would go out to the others alone. A platform that does not answer refuses nothing.
func (s *Scheduler) askAhead(ctx context.Context, d *composed) error {
	var problems []problem
	for i, tp := range s.previews(ctx, d, true) {
		for _, part := range tp.Parts {
			for _, why := range part.Problems {
				problems = append(problems, problem{d.names[d.post.Targets[i].Account] + ": " + why, "mend that, or leave the account out: --not ACCOUNT"})
			}
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return refusal(problems, nothingStored)
}

// previewPart is what is known of a part: its lengths, and what its platform says.
func (s *Scheduler) previewPart(ctx context.Context, info hayon.ProviderInfo, r hayon.PreviewRequest, ask bool) hayon.PartPreview {
	out := hayon.PartPreview{}
	if p, err := s.deps.Providers.Find(r.Target.Platform); err == nil {
		if v, ok := p.(hayon.Previewer); ok && r.Account != nil {
			out = s.said(ctx, v, r, ask)
		}
	}
	part := r.Part()
	if part.Repost == nil {
		for _, l := range info.Limits {
			if l.Of == hayon.LimitText {
				out.Lengths = append(out.Lengths, hayon.TextLength{Unit: l.Unit, Count: textLength(l, part.Text, r.Target.Options), Max: l.Max})
			}
		}
	}
	if part.Card != nil && !ask {
		out.Unresolved = append(out.Unresolved, "what the page at "+part.Card.URL+" says of itself")
	}
	return out
}

// said is what the platform says of a part. Where it cannot be asked, that is what is unresolved.
func (s *Scheduler) said(ctx context.Context, v hayon.Previewer, r hayon.PreviewRequest, ask bool) hayon.PartPreview {
	var failed string
	if ask {
		p, err := v.PreviewPart(ctx, s.deps.Sessions(r.Account), r)
		if err == nil {
			return *p
		}
		failed = hayon.AsError(err).Message
	}
	p, err := v.PreviewPart(ctx, nil, r)
	if err != nil {
		return hayon.PartPreview{Unresolved: []string{hayon.AsError(err).Message}}
	}
	if failed != "" {
		p.Unresolved = append(p.Unresolved, failed)
	}
	return *p
}
