package scheduler

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// imageOf is a copy of a post and its targets as they are.
func imageOf(p *hayon.Post) *hayon.PostImage {
	post := *p
	image := &hayon.PostImage{Post: &post}
	for _, t := range p.Targets {
		image.Targets = append(image.Targets, copyOf(t))
	}
	return image
}

// revised stores the post's own row as a new revision, and what was changed in the journal.
func (s *Scheduler) revised(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, c hayon.Change, reason string, now time.Time) error {
	p.Revision, p.UpdatedAt = revisionOf(p)+1, now.UTC()
	if err := tx.UpdatePost(ctx, p); err != nil {
		return err
	}
	c.Revision = p.Revision
	c.Generations = generationsOf(p)
	r := row(actor, hayon.RowRevised, now)
	r.Post, r.Reason, r.Body = p.ID, reason, hayon.Encode(c)
	return tx.AppendJournal(ctx, r)
}

func generationsOf(p *hayon.Post) []int {
	out := make([]int, len(p.Targets))
	for i, t := range p.Targets {
		out[i] = t.Generation
	}
	return out
}

// changeOf is what a row of the journal says of a change.
func changeOf(r *hayon.JournalRow) (*hayon.Change, error) {
	c := new(hayon.Change)
	if r.Kind == hayon.RowRevised {
		if err := json.Unmarshal(r.Body, c); err != nil {
			return nil, hayon.Errorf(hayon.CodeInternal, "journal row %d cannot be read: %w", r.Seq, err)
		}
		return c, nil
	}
	var created hayon.PostChange
	if err := json.Unmarshal(r.Body, &created); err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "journal row %d cannot be read: %w", r.Seq, err)
	}
	c.Kind, c.Batch, c.Revision = hayon.ChangeCreated, created.Batch, 1
	for range created.Targets {
		c.Generations = append(c.Generations, 1)
	}
	return c, nil
}

// takenBack are the rows of changes that others have taken back. Changes are told to it the newest first.
type takenBack map[uint64]bool

// stands reports whether nobody has taken a change back, or done again what it took back; where it stands
// itself, what it took back does not.
func (b takenBack) stands(r *hayon.JournalRow, c *hayon.Change) bool {
	standing := !b[r.Seq]
	if standing && c.Of != 0 {
		b[c.Of] = true
	}
	return standing
}

// FindRevisions answers every change of a post, the oldest first.
func (s *Scheduler) FindRevisions(ctx context.Context, id hayon.PostID) ([]hayon.Revision, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var out []hayon.Revision
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		p, err := ownPost(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		accounts, err := accountsOf(ctx, tx, p)
		if err != nil {
			return err
		}
		rows, err := tx.FindChanges(ctx, hayon.ChangeFilter{Post: id})
		if err != nil {
			return err
		}
		out, err = revisionsOf(rows, p, accounts)
		return err
	})
	return out, err
}

// revisionsOf turns the rows of a post's changes, the newest first, into its revisions. What a change came
// to is what the next one found.
func revisionsOf(rows []*hayon.JournalRow, p *hayon.Post, accounts map[hayon.AccountID]*hayon.Account) ([]hayon.Revision, error) {
	out := make([]hayon.Revision, 0, len(rows))
	over := make(takenBack)
	after := requestOf(p, accounts)
	for _, r := range rows {
		c, err := changeOf(r)
		if err != nil {
			return nil, err
		}
		undone := !over.stands(r, c)
		out = append(out, hayon.Revision{
			Number: c.Revision, Kind: c.Kind, At: r.At, Source: r.Source, Reason: r.Reason, Undone: undone, Create: after,
		})
		if c.Before != nil {
			was := *c.Before.Post
			was.Targets = c.Before.Targets
			after = requestOf(&was, accounts)
		}
	}
	slices.Reverse(out)
	return out, nil
}
