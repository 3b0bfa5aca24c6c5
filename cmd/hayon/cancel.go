package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (a *app) cancelCommand() *cobra.Command {
	req := hayon.PostChangeRequest{}
	c := &changes{app: a, verb: "cancel", plan: a.cancelPlan}
	c.change = func(ctx context.Context, b *backend, id hayon.PostID, dry bool) (*hayon.Post, error) {
		one := req
		one.DryRun = dry
		return b.CancelPost(ctx, id, one)
	}
	several := false
	c.tell = func(_ context.Context, p *api.Post, _ *hayon.Post) error {
		if c.dryRun {
			a.say("Nothing was changed or sent. It would stand so:")
		}
		if several {
			a.say("%s", p.Short)
		}
		return a.sayStates(p)
	}
	cmd := &cobra.Command{
		Use:   "cancel ID...",
		Short: "Take back what has not been sent",
		Long: `Take back what has not been sent: what is named, or with --filter what fits, which is shown and asked
about before. What is out, or being sent, stays as it is. hayon undo takes all of it back.`,
		Example: `  hayon cancel p_9qx1
  hayon cancel last --reason "wrong link"
  hayon cancel --filter "label:launch state:scheduled" --dry-run`,
		Args: usageArgs(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.posts(cmd, args); err != nil {
				return err
			}
			req.Batch, several = requestID(), len(args) != 1
			return c.run(cmd.Context(), args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&req.Reason, "reason", "", "why, for the history")
	f.BoolVarP(&c.dryRun, "dry-run", "n", false, "show what would be cancelled; change nothing")
	a.filterFlag(cmd, &c.filter)
	return cmd
}

// cancelPlan is a post that would be cancelled, with the time at which it was to go out.
func (a *app) cancelPlan(before, _ *api.Post) string {
	at := ""
	if !before.At.IsZero() {
		at = a.due(before) + "  "
	}
	return a.planLine(before.Short + "  " + string(before.State) + "  " + at + gist(before))
}
