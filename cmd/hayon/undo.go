package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// undoOptions are the flags of hayon undo.
type undoOptions struct {
	app *app
	req hayon.PostUndo
}

func (a *app) undoCommand() *cobra.Command {
	o := &undoOptions{app: a}
	cmd := &cobra.Command{
		Use:   "undo [ID]",
		Short: "Take back the last change of a post that was not sent",
		Long: `Take back the newest change, or that of one post: a post that was created, edited, rescheduled, cancelled
or deleted. What one command did to many posts is taken back as a whole. Again takes back the change
before it, and --redo does again what the last undo took back, while nothing was changed since.

What has been sent, or changed by something else since, cannot be taken back: nothing is changed then. A
post whose time has passed meanwhile is missed; hayon retry sends it.

On a terminal you are asked first where no post is named and the change is older than an hour, was not made
on the command line, or is the creation of a post, which is deleted then.`,
		Example: `  hayon undo
  hayon undo p_9qx1 --dry-run
  hayon undo --redo
  hayon undo --yes --json=id,state,at`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completePosts(),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.req.Redo, "redo", false, "do again what the last undo took back")
	f.StringVar(&o.req.Reason, "reason", "", "why, for the history")
	f.BoolVarP(&o.req.DryRun, "dry-run", "n", false, "show what would be taken back; change nothing")
	return cmd
}

func (o *undoOptions) run(ctx context.Context, args []string) error {
	a := o.app
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	a.leaveQueued = true
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		req := o.req
		if len(args) > 0 {
			id, err := b.LookupPost(ctx, args[0])
			if err != nil {
				return err
			}
			req.Post = id
		}
		if b.core != nil && !req.DryRun {
			if err := b.core.scheduler.Recover(ctx); err != nil {
				return err
			}
		}
		if err := o.ask(ctx, b, &req); err != nil {
			return err
		}
		undone, err := b.UndoPost(ctx, req)
		if err != nil {
			return err
		}
		return o.print(ctx, b, undone)
	})
}

// oldChange is how long ago a change was of which a person may not think any more.
const oldChange = time.Hour

// ask shows an old change, one that was made elsewhere, and a creation, before it is taken back: who has seen
// an earlier command fail may not know that this is the last one that changed something.
func (o *undoOptions) ask(ctx context.Context, b *backend, req *hayon.PostUndo) error {
	a := o.app
	if !req.Post.IsZero() || req.Redo || req.DryRun || a.flags.yes || !a.mayAsk() {
		return nil
	}
	look := *req
	look.DryRun = true
	u, err := b.UndoPost(ctx, look)
	if err != nil {
		return err
	}
	source, err := sourceOf(ctx, b, u)
	if err != nil {
		return err
	}
	if a.now().Sub(u.At) < oldChange && source == hayon.SourceCLI && u.Kind != hayon.ChangeCreated {
		return nil
	}
	if err := o.sayUndone(ctx, b, u, true); err != nil {
		return err
	}
	question := "Take that back?"
	if source != hayon.SourceCLI && source != "" {
		question = fmt.Sprintf("It was done by %s. Take that back?", source)
	}
	if err := a.confirm(ctx, question); err != nil {
		return err
	}
	if len(u.Posts) == 1 { // and nothing of another post that is changed meanwhile
		req.Post = u.Posts[0].ID
	}
	return nil
}

// sourceOf is where a change was made.
func sourceOf(ctx context.Context, b *backend, u *hayon.PostUndone) (hayon.Source, error) {
	list, err := b.FindRevisions(ctx, u.Posts[0].ID)
	if err != nil {
		return "", err
	}
	for _, r := range slices.Backward(list) {
		if r.Kind == u.Kind && r.At.Equal(u.At) {
			return r.Source, nil
		}
	}
	return "", nil
}

func (o *undoOptions) print(ctx context.Context, b *backend, u *hayon.PostUndone) error {
	a := o.app
	views, err := apiPosts(ctx, b, u.Posts)
	if err != nil {
		return err
	}
	if a.flags.json.on {
		return a.printJSON(views, postFields())
	}
	if err := o.sayUndone(ctx, b, u, o.req.DryRun); err != nil {
		return err
	}
	for i := range views {
		a.printPostID(&views[i])
	}
	return nil
}

// sayUndone says what is taken back, and how each post stands then.
func (o *undoOptions) sayUndone(ctx context.Context, b *backend, u *hayon.PostUndone, planned bool) error {
	a := o.app
	views, err := apiPosts(ctx, b, u.Posts)
	if err != nil {
		return err
	}
	head := "Undone"
	switch {
	case planned && o.req.Redo:
		head = "Would be done again"
	case planned:
		head = "Would be undone"
	case o.req.Redo:
		head = "Done again"
	}
	of := views[0].Short
	if len(views) > 1 {
		of = fmt.Sprintf("%d posts", len(views))
	}
	head = fmt.Sprintf("%s: %s of %s (%s).", head, changeWords(u.Kind), of, agoWords(a.now().Sub(u.At)))
	if len(views) == 1 {
		a.sayFolded("%s %s", head, a.standing(&views[0], planned))
		a.sayRetry(&views[0])
		o.sayRedo(u, planned)
		return nil
	}
	a.say("%s", head)
	for i := range views {
		a.sayFolded("  %s  %s", views[i].Short, a.standing(&views[i], planned))
	}
	for i := range views {
		a.sayRetry(&views[i])
	}
	o.sayRedo(u, planned)
	return nil
}

// sayRedo says how a post comes back whose creation was taken back.
func (o *undoOptions) sayRedo(u *hayon.PostUndone, planned bool) {
	if u.Kind == hayon.ChangeCreated && !o.req.Redo && !planned {
		o.app.say("  → to have it again: hayon undo --redo")
	}
}

// changeWords is what a user did, as a noun.
func changeWords(k hayon.ChangeKind) string {
	switch k {
	case hayon.ChangeCreated:
		return "creation"
	case hayon.ChangeEdited:
		return "edit"
	case hayon.ChangeRescheduled:
		return "reschedule"
	case hayon.ChangeCancelled:
		return "cancel"
	case hayon.ChangeDeleted:
		return "delete"
	case hayon.ChangeUndone, hayon.ChangeRedone:
		return "undo"
	}
	return string(k)
}

// standing is how a post stands, as a sentence.
func (a *app) standing(p *api.Post, planned bool) string {
	is := "It is "
	if planned {
		is = "It would be "
	}
	switch {
	case !p.DeletedAt.IsZero():
		return is + "deleted."
	case p.State == hayon.PostScheduled:
		return is + "scheduled for " + a.due(p) + " (in " + when.Between(a.now(), p.At) + ")."
	case p.State == hayon.PostDraft:
		return is + "a draft."
	case p.State == hayon.PostPublishing && !slices.ContainsFunc(p.Targets, func(t api.Target) bool { return t.State == hayon.StatePublishing }):
		return is + "due, and waits for being sent."
	case p.State == hayon.PostPublishing:
		return is + "being sent."
	case p.State == hayon.PostPartial:
		return is + "partly published."
	}
	return is + string(p.State) + "."
}

// sayRetry says how what is missed goes out.
func (a *app) sayRetry(p *api.Post) {
	var names []string
	for i := range p.Targets {
		if t := &p.Targets[i]; t.State == hayon.StateMissed {
			names = append(names, name(t))
		}
	}
	if len(names) > 0 && p.DeletedAt.IsZero() {
		a.sayFolded("  → its time has passed on %s; send it: hayon retry %s", strings.Join(names, ", "), p.Short)
	}
}
