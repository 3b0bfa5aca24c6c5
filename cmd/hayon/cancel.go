package main

import (
	"context"

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
