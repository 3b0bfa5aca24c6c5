package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (a *app) publishCommand() *cobra.Command {
	var req hayon.PostChangeRequest
	var noWait bool
	cmd := &cobra.Command{
		Use:   "publish ID...",
		Short: "Send a draft, or what is scheduled, now",
		Long: `Send a draft, or what waits for its time, now. What has been sent is left alone. What failed, was
parked or missed is sent again by hayon retry.`,
		Example: `  hayon publish last
  hayon publish p_9qx1 --no-wait`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.leaveQueued = noWait || req.DryRun
			alone := false
			return a.eachPost(cmd.Context(), args, func(ctx context.Context, b *backend, id hayon.PostID) (*hayon.Post, error) {
				alone = b.remote == nil
				return a.publish(ctx, b, id, req, noWait)
			}, func(ctx context.Context, p *api.Post, post *hayon.Post) error {
				if req.DryRun {
					return a.printPlanned(p)
				}
				if noWait && alone {
					a.say("Queued %s", p.Short)
					a.sayNoDaemon()
				}
				return a.printRetried(ctx, p, post, !noWait)
			})
		},
	}
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "return as soon as it is queued")
	cmd.Flags().BoolVarP(&req.DryRun, "dry-run", "n", false, "show what would be sent; change nothing")
	return cmd
}

func (a *app) publish(ctx context.Context, b *backend, id hayon.PostID, req hayon.PostChangeRequest, noWait bool) (*hayon.Post, error) {
	if !req.DryRun {
		if b.core != nil {
			if err := b.core.scheduler.Recover(ctx); err != nil {
				return nil, err
			}
		}
		if err := a.accountsFromEnv(ctx, b); err != nil {
			return nil, err
		}
	}
	post, err := b.PublishPost(ctx, id, req)
	if err != nil || noWait || req.DryRun || nowSettled(post) {
		return post, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultWait)
	defer cancel()
	return a.follow(ctx, b, id, nowSettled)
}
