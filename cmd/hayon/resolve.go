package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// resolveOptions are the flags of hayon resolve.
type resolveOptions struct {
	app    *app
	req    hayon.PostResolve
	noWait bool
	// followed: what happened was shown while it did.
	followed bool
}

func (a *app) resolveCommand() *cobra.Command {
	o := &resolveOptions{app: a}
	cmd := &cobra.Command{
		Use:   "resolve ID",
		Short: "Say whether a post whose outcome is not known is there",
		Long: `Say what became of a post that was sent and whose outcome nobody could prove ("uncertain"). It is
never sent again before you do: look at the account, which "hayon show" names, then say that it is
there, with its address, or that it is not, and it is sent again.

What failed, was parked or missed can be said to be there as well. Where several accounts of the
post may be meant, --account says which. In a thread it is the part in question of which you speak;
the parts after it follow.`,
		Example: `  hayon resolve p_9qx1 --published https://bsky.app/profile/alice.test/post/3lb2x
  hayon resolve last --not
  hayon resolve p_9qx1 --account demo/a --not --reason "the page is empty"`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.req.Published, "published", "", "it is there, at this URL")
	f.BoolVar(&o.req.Not, "not", false, "it is not there: send it again")
	f.StringVar(&o.req.Account, "account", "", "the account that is meant, where it may be several")
	f.StringVar(&o.req.Reason, "reason", "", "why, for the history")
	f.BoolVar(&o.noWait, "no-wait", false, "return as soon as what is sent again is queued")
	f.BoolVarP(&o.req.DryRun, "dry-run", "n", false, "show what would be; change nothing")
	cmd.MarkFlagsMutuallyExclusive("published", "not")
	_ = cmd.RegisterFlagCompletionFunc("account", a.completeAccounts) // it fails for a flag that is not there
	return cmd
}

func (o *resolveOptions) run(ctx context.Context, args []string) error {
	a := o.app
	if !o.req.Not && o.req.Published == "" {
		return hayon.Errorf(hayon.CodeUsage, "say whether it is there or not").
			WithHint("there: hayon resolve " + args[0] + " --published URL   not there: hayon resolve " + args[0] + " --not")
	}
	a.leaveQueued = o.noWait
	return a.eachPost(ctx, args, o.resolve, o.print)
}

// resolve says it, and follows what goes out because of it.
func (o *resolveOptions) resolve(ctx context.Context, b *backend, id hayon.PostID) (*hayon.Post, error) {
	a := o.app
	if b.core != nil {
		if err := b.core.scheduler.Recover(ctx); err != nil {
			return nil, err
		}
	}
	if !o.req.DryRun {
		if err := a.accountsFromEnv(ctx, b); err != nil { // the platform may be asked, and sent to
			return nil, err
		}
	}
	post, err := b.ResolvePost(ctx, id, o.req)
	if err != nil || o.noWait || o.req.DryRun || nowSettled(post) {
		return post, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultWait)
	defer cancel()
	o.followed = true
	return a.follow(ctx, b, id, nowSettled)
}

// print shows how the post stands now, and ends with its exit code; where nothing was waited for, what
// is on its way is no failure.
func (o *resolveOptions) print(ctx context.Context, p *api.Post, post *hayon.Post) error {
	a := o.app
	if o.req.DryRun {
		a.say("Nothing was changed. This would be:")
	}
	if !o.followed {
		if err := a.sayStates(p); err != nil {
			return err
		}
	}
	if err := a.printPost(p); err != nil || o.req.DryRun {
		return err
	}
	if o.noWait && post.Exit() == hayon.CodeTimeout.Exit() {
		return nil
	}
	return a.outcome(ctx, p, post)
}
