package scheduler

import (
	"context"
	"slices"
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
			var refused []problem
			for j := range t.Parts {
				out[i].Parts[j] = s.previewPart(bounded, d, t, j, ask)
				refused = append(refused, refusedBy(partName(d.names[t.Account], t.Parts, j), out[i].Parts[j])...)
			}
			out[i].Problems = append(out[i].Problems, sentences(refused)...)
			if len(refused) > 0 && t.State != hayon.StateFailed {
				t.State, t.Error = hayon.StateFailed, invalid(refused)
			}
		})
	}
	wg.Wait()
	return out
}

// refusedBy is what the platform alone knows that it would refuse about a part, which where names.
func refusedBy(where string, p hayon.PartPreview) []problem {
	var out []problem
	for _, why := range p.Problems {
		out = append(out, problem{where + ": " + why, "mend that, or leave the account out: --not ACCOUNT"})
	}
	return out
}

// askAhead asks the platforms whether what a post answers and quotes is there, and refuses it where one
// says no: else it would go out to the others alone. A platform that does not answer refuses nothing.
func (s *Scheduler) askAhead(ctx context.Context, d *composed) error {
	refused := make([][]problem, len(d.post.Targets))
	var wg sync.WaitGroup
	for i, t := range d.post.Targets {
		wg.Go(func() {
			bounded, cancel := context.WithTimeout(ctx, previewWait)
			defer cancel()
			const first = 0 // which alone answers and quotes
			refused[i] = refusedBy(d.names[t.Account], s.previewPart(bounded, d, t, first, true))
		})
	}
	wg.Wait()
	if all := slices.Concat(refused...); len(all) > 0 {
		return refusal(all, nothingStored)
	}
	return nil
}

// previewPart is what is known of part i of a target: its lengths, and what its platform says.
func (s *Scheduler) previewPart(ctx context.Context, d *composed, t *hayon.Target, i int, ask bool) hayon.PartPreview {
	out, part := hayon.PartPreview{}, &t.Parts[i]
	if p, err := s.deps.Providers.Find(t.Platform); err == nil {
		if v, ok := p.(hayon.Previewer); ok {
			out = s.said(ctx, v, hayon.PreviewRequest{Account: d.accounts[t.Account], Target: t, Index: i}, ask)
		}
	}
	if part.Repost == nil {
		for _, l := range d.infos[t.Account].Limits {
			if l.Of == hayon.LimitText {
				out.Lengths = append(out.Lengths, hayon.TextLength{Unit: l.Unit, Count: textLength(l, part.Text, t.Options), Max: l.Max})
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
