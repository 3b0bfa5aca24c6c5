package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// deletionFields are the names that --json takes for deletions.
func deletionFields() []string {
	return []string{
		"post", "post.id", "post.state", "removals", "removals.target", "removals.account", "removals.effect", "removals.url",
		"removals.error", "removals.error.code", "removals.error.message", "removals.error.hint",
	}
}

func (a *app) deleteCommand() *cobra.Command {
	var req hayon.PostDelete
	cmd := &cobra.Command{
		Use:   "delete ID...",
		Short: "Delete posts here, and with --remote on the platforms",
		Long: `Delete posts: what has not been sent never will be, and the post is in no list any more. What is out
stays on the platforms, unless --remote removes it there first. What can and what cannot be removed is
shown before you are asked.`,
		Example: `  hayon delete last
  hayon delete p_9qx1 --remote --yes
  hayon delete p_9qx1 --remote --dry-run`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(deletionFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error { return a.deletePosts(ctx, b, args, req) })
		},
	}
	f := cmd.Flags()
	f.BoolVar(&req.Remote, "remote", false, "also from the platforms")
	f.StringVar(&req.Reason, "reason", "", "why, for the history")
	f.BoolVarP(&req.DryRun, "dry-run", "n", false, "show what would be deleted; change nothing")
	return cmd
}

// deletePosts looks at all posts before it asks, and asks once.
func (a *app) deletePosts(ctx context.Context, b *backend, refs []string, req hayon.PostDelete) error {
	if req.Remote {
		if err := a.accountsFromEnv(ctx, b); err != nil { // the platforms are asked
			return err
		}
	}
	look := req
	look.DryRun = true
	var planned []*hayon.PostDeletion
	for _, ref := range refs {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		d, err := b.DeletePost(ctx, id, look)
		if err != nil {
			return err
		}
		planned = append(planned, d)
	}
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	known := api.AccountsByID(accounts)
	if req.DryRun || !a.flags.yes { // else what was done says it all
		for _, d := range planned {
			view := api.PostOf(d.Post, known)
			a.say("%s  %s", view.Short, clip(inert(gist(&view)), 60))
			a.sayDeletion(d, true)
		}
	}
	if req.DryRun {
		a.say("Nothing was deleted.")
		return a.printDeletions(planned, known)
	}
	if err := a.confirm(ctx, deleteQuestion(planned)); err != nil {
		return err
	}
	if len(planned) > 1 {
		req.Batch = requestID()
	}
	var done []*hayon.PostDeletion
	for _, d := range planned {
		got, err := b.DeletePost(ctx, d.Post.ID, req)
		if err != nil {
			_ = a.printDeletions(done, known) // the error says the rest
			return err
		}
		a.sayDeletion(got, false)
		done = append(done, got)
	}
	if err := a.printDeletions(done, known); err != nil {
		return err
	}
	return deletionExit(done)
}

func deleteQuestion(planned []*hayon.PostDeletion) string {
	removed := 0
	for _, d := range planned {
		for _, r := range d.Removals {
			if r.Effect == hayon.RemovalRemoved {
				removed++
			}
		}
	}
	what := "Delete " + planned[0].Post.Short()
	if len(planned) > 1 {
		what = fmt.Sprintf("Delete %d posts", len(planned))
	}
	if removed > 0 {
		return what + ", on the platforms too? That cannot be undone."
	}
	return what + "?"
}

// sayDeletion lists what deleting does, or did, to each target.
func (a *app) sayDeletion(d *hayon.PostDeletion, planned bool) {
	width := 0
	for _, r := range d.Removals {
		width = max(width, cells(r.Account))
	}
	for _, r := range d.Removals {
		line := fmt.Sprintf("  %s  %s  %s", pad(r.Account, width), effectWords(r.Effect, planned), r.URL)
		if r.Error != nil {
			line += "  " + r.Error.Message
		}
		a.say("%s", strings.TrimRight(line, " "))
		if r.Error != nil && r.Error.Hint != "" {
			a.say("  → %s", r.Error.Hint)
		}
	}
}

// effectWords say what deleting does to a target, or did.
func effectWords(e hayon.RemovalEffect, planned bool) string {
	switch e {
	case hayon.RemovalTakenBack:
		if planned {
			return "will not be sent"
		}
		return "is not sent"
	case hayon.RemovalRemoved:
		if planned {
			return "will be removed from the platform"
		}
		return "is removed"
	case hayon.RemovalKept:
		return "stays on the platform"
	case hayon.RemovalImpossible:
		return "cannot be removed from the platform"
	case hayon.RemovalFailed:
		return "was not removed"
	}
	return string(e)
}

func (a *app) printDeletions(list []*hayon.PostDeletion, accounts map[hayon.AccountID]*hayon.Account) error {
	if a.flags.json.on {
		out := make([]api.Deletion, len(list))
		for i, d := range list {
			out[i] = api.DeletionOf(d, accounts)
		}
		return a.printJSON(out, deletionFields())
	}
	for _, d := range list {
		view := api.PostOf(d.Post, accounts)
		a.printPostID(&view)
	}
	return nil
}

// deletionExit is the exit code of what could not be removed: 6 where something was.
func deletionExit(list []*hayon.PostDeletion) error {
	var removed, kept bool
	code := hayon.CodeRejected.Exit()
	for _, d := range list {
		for _, r := range d.Removals {
			switch r.Effect {
			case hayon.RemovalRemoved, hayon.RemovalTakenBack:
				removed = true
			case hayon.RemovalImpossible, hayon.RemovalFailed:
				kept = true
				if r.Error != nil {
					code = r.Error.Code.Exit()
				}
			case hayon.RemovalKept:
			}
		}
	}
	switch {
	case !kept:
		return nil
	case removed:
		return exitError{hayon.ExitPartial}
	}
	return exitError{code}
}
