package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (a *app) cancelCommand() *cobra.Command {
	var req hayon.PostChangeRequest
	cmd := &cobra.Command{
		Use:   "cancel ID...",
		Short: "Take back what has not been sent",
		Example: `  hayon cancel p_9qx1
  hayon cancel last --reason "wrong link"`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachPost(cmd.Context(), args, func(ctx context.Context, b *backend, id hayon.PostID) (*hayon.Post, error) {
				return b.CancelPost(ctx, id, req)
			}, func(ctx context.Context, p *api.Post, post *hayon.Post) error {
				if req.DryRun {
					return a.printPlanned(p)
				}
				return a.printChanged(ctx, p, post)
			})
		},
	}
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why, for the history")
	cmd.Flags().BoolVarP(&req.DryRun, "dry-run", "n", false, "show what would be cancelled; change nothing")
	return cmd
}

func (a *app) retryCommand() *cobra.Command {
	var req hayon.PostChangeRequest
	var noWait bool
	cmd := &cobra.Command{
		Use:   "retry ID...",
		Short: "Send again what failed, was parked or missed",
		Long: `Send again what failed, was parked or missed, and what waits for a retry, now. What is published is
left alone: it is never sent again.`,
		Example: `  hayon retry p_7k3q
  hayon list --state failed -q | xargs hayon retry`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.leaveQueued = noWait || req.DryRun
			return a.eachPost(cmd.Context(), args, func(ctx context.Context, b *backend, id hayon.PostID) (*hayon.Post, error) {
				if b.core != nil {
					if err := b.core.scheduler.Recover(ctx); err != nil {
						return nil, err
					}
				}
				return a.retry(ctx, b, id, req, noWait)
			}, func(ctx context.Context, p *api.Post, post *hayon.Post) error {
				if req.DryRun {
					return a.printPlanned(p)
				}
				return a.printRetried(ctx, p, post, !noWait)
			})
		},
	}
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "return as soon as it is queued")
	cmd.Flags().BoolVarP(&req.DryRun, "dry-run", "n", false, "show what would be sent; change nothing")
	return cmd
}

func (a *app) retry(ctx context.Context, b *backend, id hayon.PostID, req hayon.PostChangeRequest, noWait bool) (*hayon.Post, error) {
	before, err := b.FindPostByID(ctx, id)
	if err != nil {
		return nil, err
	}
	out, err := apiPost(ctx, b, before)
	if err != nil {
		return nil, err
	}
	for i := range out.Targets {
		if t := &out.Targets[i]; t.State == hayon.StatePublished && !req.DryRun {
			a.say("  %s  already published  %s", name(t), t.URL)
		}
	}
	if !req.DryRun {
		if err := a.accountsFromEnv(ctx, b); err != nil {
			return nil, err
		}
	}
	post, err := b.RetryPost(ctx, id, req)
	if err != nil || noWait || req.DryRun || nowSettled(post) {
		return post, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultWait)
	defer cancel()
	return a.follow(ctx, b, id, nowSettled)
}

func (a *app) waitCommand() *cobra.Command {
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "wait ID",
		Short: "Wait until the outcome of a post is known",
		Example: `  hayon wait last
  hayon wait p_9qx1 --for 10m --json`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.wait(cmd.Context(), args[0], limit)
		},
	}
	cmd.Flags().DurationVar(&limit, "for", 0, "give up after this time, with exit code 12 (default: no bound)")
	return cmd
}

func (a *app) wait(ctx context.Context, ref string, limit time.Duration) error {
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	if limit < 0 {
		return hayon.Errorf(hayon.CodeUsage, "--for is %s", limit).WithHint("give a time above zero, as 30s or 5m")
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return a.steadyService(ctx, func(ctx context.Context, b *backend) error {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		post, err := b.FindPostByID(ctx, id)
		if err != nil {
			return err
		}
		if b.core != nil && !post.Settled() {
			if err := a.accountsFromEnv(ctx, b); err != nil { // this process may have to send it
				return err
			}
		}
		if b.core != nil {
			if err := b.core.scheduler.Recover(ctx); err != nil {
				return err
			}
		}
		if err := nobodySends(b, post); err != nil {
			return err
		}
		// Also what waits for a retry may become too late meanwhile.
		over := func(p *hayon.Post) bool { return p.Settled() || nobodySends(b, p) != nil }
		if post, err = a.follow(ctx, b, id, over); err != nil {
			return err
		}
		if err := nobodySends(b, post); err != nil && ctx.Err() == nil {
			return err
		}
		view, err := apiPost(lingering(ctx), b, post)
		if err != nil {
			return err
		}
		if err := a.printPost(&view); err != nil {
			return err
		}
		if !post.Settled() && post.Exit() == hayon.ExitOK {
			a.say("The wait is over, and it is %s. Wait on: hayon wait %s", view.State, view.Short)
			return exitError{hayon.CodeTimeout.Exit()}
		}
		return a.outcome(ctx, &view, post)
	})
}

// eachPost runs fn on every post that args name, and prints each. All names are looked up before
// anything is changed. The exit code is the gravest of all.
func (a *app) eachPost(ctx context.Context, args []string,
	fn func(context.Context, *backend, hayon.PostID) (*hayon.Post, error), show func(context.Context, *api.Post, *hayon.Post) error,
) error {
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		ids := make([]hayon.PostID, len(args))
		for i, ref := range args {
			id, err := b.LookupPost(ctx, ref)
			if err != nil {
				return err
			}
			ids[i] = id
		}
		var first error
		for _, id := range ids {
			post, err := fn(ctx, b, id)
			if err == nil {
				var view api.Post
				if view, err = apiPost(lingering(ctx), b, post); err == nil {
					err = show(ctx, &view, post)
				}
			}
			if err != nil && first == nil {
				first = err
			}
			if err != nil && len(ids) == 1 || held(err) {
				return err
			}
			if err != nil && first != err { //nolint:errorlint // the very same error was kept
				a.report(ctx, err)
			}
		}
		return first
	})
}

func (a *app) printChanged(_ context.Context, p *api.Post, _ *hayon.Post) error {
	if err := a.sayStates(p); err != nil {
		return err
	}
	return a.printPost(p)
}

// printPlanned prints how a post would stand, for --dry-run.
func (a *app) printPlanned(p *api.Post) error {
	a.say("Nothing was changed or sent. It would stand so:")
	if err := a.sayStates(p); err != nil {
		return err
	}
	return a.printPost(p)
}

// printRetried prints a post that was sent again; waited says that the outcome was waited for.
func (a *app) printRetried(ctx context.Context, p *api.Post, post *hayon.Post, waited bool) error {
	if nowSettled(post) || waited {
		for i := range p.Targets {
			if t := &p.Targets[i]; t.State == hayon.StateCancelled || t.State == hayon.StateUncertain {
				a.say("  %s  %s is not sent again", name(t), t.State)
			}
		}
		if err := a.printPost(p); err != nil {
			return err
		}
		return a.outcome(ctx, p, post)
	}
	return a.printPost(p)
}

// sayStates says how each target stands.
func (a *app) sayStates(p *api.Post) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	for i := range p.Targets {
		a.say("  %s", strings.TrimRight(a.targetLine(p, &p.Targets[i], loc, a.colour(a.io.errTTY)), " "))
	}
	return nil
}
