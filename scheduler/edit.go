package scheduler

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// edit is one target with what it is to say.
type edit struct {
	target  *hayon.Target // as it was read, with the new part and options in it
	before  hayon.PartChange
	account *hayon.Account
	editor  hayon.Editor
	info    hayon.ProviderInfo
	earlier *hayon.Prepared // what the part went out with; nil where nobody knows
}

// EditPost changes what is out. The platforms are asked one after the other, outside any transaction, and
// what each of them has changed is stored at once: after a crash, or an error in between, the same call
// goes on.
func (s *Scheduler) EditPost(ctx context.Context, id hayon.PostID, e hayon.PostEdit) (*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkEdit(&e); err != nil {
		return nil, err
	}
	var post *hayon.Post
	var edits []edit
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if post, err = livePost(ctx, tx, actor, id); err != nil {
			return err
		}
		if edits, err = s.edits(ctx, tx, post, e); err != nil {
			return err
		}
		return shorten(ctx, tx, post)
	})
	if err != nil {
		return nil, err
	}
	if e.DryRun { // the targets say what they would say
		for _, ed := range edits {
			i := slices.IndexFunc(post.Targets, func(t *hayon.Target) bool { return t.ID == ed.target.ID })
			post.Targets[i] = ed.target
		}
		ofPost(post, e)
		return post, nil
	}
	var done []string
	var failed error
	for _, ed := range edits {
		if err := s.edit(ctx, actor, ed, e); err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		done = append(done, ed.account.Name)
	}
	if failed != nil {
		return nil, partly(failed, done)
	}
	return s.FindPostByID(ctx, id)
}

// checkEdit refuses what says nothing, and spells the text as it is stored.
func checkEdit(e *hayon.PostEdit) error {
	if e.Text == nil && len(e.Options) == 0 && e.Alts == nil && e.Focuses == nil {
		return hayon.Errorf(hayon.CodeUsage, "nothing is to be changed").WithHint("give a new text: --text TEXT")
	}
	if e.Part < 0 {
		return hayon.Errorf(hayon.CodeUsage, "there is no part %d", e.Part+1).WithHint("parts are counted from 1")
	}
	for _, focus := range e.Focuses {
		if focus == nil {
			continue
		}
		if err := focus.Check(); err != nil {
			return err
		}
	}
	if e.Text != nil {
		body := text.Normalize(*e.Text)
		e.Text = &body
	}
	return nil
}

// edits finds the targets that are meant and can be changed, with what they are to say, and checks that.
func (s *Scheduler) edits(ctx context.Context, tx hayon.Tx, p *hayon.Post, e hayon.PostEdit) ([]edit, error) {
	accounts, err := accountsOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	meant, err := namedTargets(p, accounts, e.Account)
	if err != nil {
		return nil, err
	}
	var out []edit
	var cannot []string
	for _, t := range meant {
		a := accounts[t.Account]
		editor, info, why := s.editorOf(t, a)
		if why != "" {
			cannot = append(cannot, nameOf(t, a)+" "+why)
			continue
		}
		out = append(out, edit{target: t, account: a, editor: editor, info: info})
	}
	if len(out) == 0 {
		states, _ := statesOf(meant, accounts)
		return nil, hayon.Errorf(hayon.CodeConflict, "%s cannot be changed: %s", p.ID, strings.Join(cannot, ", ")).
			WithHint("see it: hayon show "+p.ID.String()).WithDetail("states", states)
	}
	if err := knownOptions(out, e.Options); err != nil {
		return nil, err
	}
	return rewriteAll(ctx, tx, out, e)
}

// editorOf is who changes a target on its platform, or why nobody can.
func (s *Scheduler) editorOf(t *hayon.Target, a *hayon.Account) (editor hayon.Editor, info hayon.ProviderInfo, why string) {
	switch {
	case t.State != hayon.StatePublished:
		return nil, info, "is " + describe(t)
	case !t.RemovedAt.IsZero():
		return nil, info, "was removed from the platform"
	case a == nil:
		return nil, info, "is of an account that was removed"
	case t.Parts[0].Repost != nil:
		return nil, info, "is a repost"
	}
	p, err := s.deps.Providers.Find(t.Platform)
	if err != nil {
		return nil, info, "is of a platform that is not there any more"
	}
	editor, ok := p.(hayon.Editor)
	if !ok {
		return nil, info, "changes nothing that is out"
	}
	return editor, p.Info().For(a), ""
}

// preparedOf is what the part went out with; nil where the journal does not know it any more.
func preparedOf(ctx context.Context, tx hayon.Tx, part *hayon.Part) (*hayon.Prepared, error) {
	if part.Prepared == 0 {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	r, err := tx.FindJournalRow(ctx, part.Prepared)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	if err != nil {
		return nil, err
	}
	p := new(hayon.Prepared)
	if err := json.Unmarshal(r.Body, p); err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "journal row %d cannot be read: %w", r.Seq, err)
	}
	return p, nil
}

// edit changes one target on its platform and records that.
func (s *Scheduler) edit(ctx context.Context, actor hayon.Actor, ed edit, e hayon.PostEdit) error {
	bounded, stop := context.WithTimeout(ctx, cmp.Or(ed.info.PublishTimeout, callTimeout))
	defer stop()
	now, generation := s.now(), ed.target.Generation
	got, err := ed.editor.Edit(bounded, s.deps.Sessions(ed.account), hayon.EditRequest{
		Target: copyOf(ed.target), Index: e.Part, Earlier: ed.earlier, Now: now.UTC(),
	})
	if err = inTime(bounded, ctx, ed.account.Name, err); err != nil {
		return err
	}
	return s.deps.Store.Update(context.WithoutCancel(ctx), func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		p, err := ownPost(ctx, tx, actor, ed.target.Post)
		if err != nil {
			return err
		}
		t, err := tx.FindTargetByID(ctx, ed.target.ID)
		if err != nil {
			return err
		}
		if t.Generation != generation || !t.RemovedAt.IsZero() {
			return hayon.Errorf(hayon.CodeConflict, "%s: %s was changed by somebody else at the same time", ed.account.Name, t.Post).
				WithHint("see how it stands, and say it again: hayon show " + t.Post.String())
		}
		part := &t.Parts[e.Part]
		part.Text, part.Media = ed.target.Parts[e.Part].Text, ed.target.Parts[e.Part].Media
		part.Remote = hayon.Remote{ID: part.Remote.ID, URL: cmp.Or(got.URL, part.Remote.URL), Digest: cmp.Or(got.Digest, part.Remote.Digest)}
		before := imageOf(p)
		t.Options, t.Notes = ed.target.Options, withNotes(t.Notes, ed.target.Notes)
		t.Generation++
		if err := tx.UpdateTarget(ctx, t); err != nil {
			return err
		}
		ofPost(p, e)
		ofRequest(p, t, e)
		r := targetRow(actor, hayon.RowChanged, t, now)
		r.Part, r.Reason, r.Body = e.Part, orSaid(e.Reason, "edited"), hayon.Encode(ed.before)
		if err := tx.AppendJournal(ctx, r); err != nil {
			return err
		}
		for i := range p.Targets {
			if p.Targets[i].ID == t.ID {
				p.Targets[i] = t
			}
		}
		return s.revised(ctx, tx, actor, p, hayon.Change{Kind: hayon.ChangeEdited, Before: before}, r.Reason, now)
	})
}

// ofPost gives the post its new text where all of it is meant.
func ofPost(p *hayon.Post, e hayon.PostEdit) {
	if e.Account == "" && e.Part == 0 && e.Text != nil {
		p.Text = *e.Text
	}
}

// ofRequest gives the request of a post the text that a target has on its platform now, so that a search
// finds it and a copy has it.
func ofRequest(p *hayon.Post, t *hayon.Target, e hayon.PostEdit) {
	if p.Request == nil || e.Text == nil {
		return
	}
	c := *p.Request
	if own := c.Texts[t.Account.String()]; e.Account == "" && own == "" && len(t.Parts) == 1 {
		c.Text = *e.Text
	} else {
		if c.Texts = maps.Clone(c.Texts); c.Texts == nil {
			c.Texts = make(map[string]string)
		}
		c.Texts[t.Account.String()] = bodyOf(t)
	}
	p.Request = &c
}

// partly tells of an edit that did not work everywhere, where it did.
func partly(err error, done []string) error {
	if len(done) == 0 {
		return err
	}
	e := *hayon.AsError(err)
	e.Message += "; changed it is on: " + strings.Join(done, ", ")
	e.Details = maps.Clone(e.Details)
	return e.WithDetail("changed", done)
}
