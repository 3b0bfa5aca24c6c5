package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// copyOptions are the flags of hayon copy.
type copyOptions struct {
	contentChange
}

func (a *app) copyCommand() *cobra.Command {
	o := &copyOptions{}
	o.app = a
	cmd := &cobra.Command{
		Use:   "copy ID",
		Short: "Make another post of one, as a draft or at a time",
		Long: `Make a new post of what another one was made of: its text, accounts, media, options, poll, labels and
note. It may be out, cancelled or deleted. The flags change what the copy holds, as those of hayon edit do.

The copy is a draft, unless --at or --in says when it goes out. Accounts that are not connected any more
are left out.`,
		Example: `  hayon copy last
  hayon copy p_9qx1 --at "next monday 9am"
  hayon copy p_9qx1 --to mastodon --text "Once more: see you there" --in 2d`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completePosts(),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	o.changeFlags(cmd)
	f := cmd.Flags()
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what each platform would get; store nothing")
	f.StringVar(&o.key, "idempotency-key", "", "a repeat under the same key is the same copy (for 7 days)")
	return cmd
}

func (o *copyOptions) run(ctx context.Context, ref string) error {
	a := o.app
	fields := postFields()
	if o.dryRun {
		fields = previewFields()
	}
	if err := a.checkFields(fields); err != nil {
		return err
	}
	a.leaveQueued = true // a copy sends nothing itself
	if o.key == "" && !o.dryRun {
		o.key = "auto-" + requestID() // a repeat over the other path is no second copy
	}
	var create *hayon.PostCreate
	return a.steadyService(ctx, func(ctx context.Context, b *backend) error {
		if err := a.accountsFromEnv(ctx, b); err != nil {
			return err
		}
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		if create == nil { // the same request whatever path it takes
			made, err := o.request(ctx, b, id)
			if err != nil {
				return err
			}
			create = &made
		}
		return o.create(ctx, b, id, *create)
	})
}

// request is what the copy is made of.
func (o *copyOptions) request(ctx context.Context, b *backend, id hayon.PostID) (hayon.PostCreate, error) {
	a := o.app
	found, err := b.FindRequest(ctx, id)
	if err != nil {
		return hayon.PostCreate{}, err
	}
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return hayon.PostCreate{}, err
	}
	r, c := roster(accounts), found.Create
	c.Draft, c.Schedule = true, hayon.Schedule{}
	if err := o.leaveOut(ctx, b, r, id, &c); err != nil {
		return c, err
	}
	if c, err = o.apply(ctx, b, r, c, o.dryRun); err != nil {
		return c, err
	}
	if len(c.To) == 0 {
		return c, hayon.Errorf(hayon.CodeUsage, "the accounts of the post are not connected any more").
			WithHint("name others: --to ACCOUNT   or see what there is: hayon account list")
	}
	c.IdempotencyKey, c.DryRun, c.AllowDuplicate = o.key, o.dryRun, true // a copy says what its post says
	a.log.Debug("copied request", "post_id", id, "accounts", len(c.To))
	return c, nil
}

// leaveOut takes the accounts away that are not connected any more, and names them.
func (o *copyOptions) leaveOut(ctx context.Context, b *backend, r roster, id hayon.PostID, c *hayon.PostCreate) error {
	post, err := b.FindPostByID(ctx, id)
	if err != nil {
		return err
	}
	gone := func(word string) bool { return isAccount(word) && r.find(word) == nil }
	if !o.said("to") {
		for _, t := range post.Targets {
			if gone(t.Account.String()) {
				o.app.sayFolded("Note: an account of %s is not connected any more and is left out", t.Platform)
			}
		}
	}
	*c = without(*c, gone)
	return nil
}

// create stores the copy, and says how it goes on.
func (o *copyOptions) create(ctx context.Context, b *backend, id hayon.PostID, c hayon.PostCreate) error {
	a := o.app
	done := a.working("Making what each platform gets")
	post, err := b.CreatePost(ctx, c)
	if done(); err != nil {
		if known, kerr := b.FindAccounts(ctx, hayon.AccountFilter{}); kerr == nil {
			return roster(known).named(err, "--to")
		}
		return err
	}
	if err := a.knowAccounts(ctx, b); err != nil {
		return err
	}
	if c.DryRun {
		return o.drawn(ctx, b, c)
	}
	view := api.PostOf(post, a.known)
	from, err := a.shortOf(ctx, b, id)
	if err != nil {
		return err
	}
	if c.Draft {
		a.sayFolded("Copied %s as a draft %s; schedule it: hayon reschedule %s --at TIME   or send it: hayon publish %s",
			from, view.Short, view.Short, view.Short)
	} else {
		a.say("Copied %s", from)
		a.announce(&view, b.remote != nil)
	}
	a.sayThreads(&view)
	a.sayMedia(&view)
	a.sayNotes(&view)
	return a.printPost(&view)
}

// shortOf is the id of a post as a terminal shows it.
func (a *app) shortOf(ctx context.Context, b *backend, id hayon.PostID) (string, error) {
	post, err := b.FindPostByID(ctx, id)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(post.Short()), nil
}
