package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

func (a *app) tickCommand() *cobra.Command {
	var most int
	var grace time.Duration
	var dry bool
	cmd := &cobra.Command{
		Use:   "tick",
		Short: "Publish what is due, then exit (for cron)",
		Long: `Publish what is due, then exit. It prints a line for each target that went out and nothing when
nothing was due, so that cron stays quiet. Several may overlap. Where a daemon runs it does nothing.`,
		Example: `  hayon tick
  */5 * * * * hayon tick        # a line for crontab -e`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dry {
				return a.tickDry(cmd.Context())
			}
			var late *time.Duration
			if cmd.Flags().Changed("grace") {
				late = &grace
			}
			return a.tick(cmd.Context(), most, late)
		},
	}
	cmd.Flags().IntVar(&most, "max", 0, "send at most this many targets (default: all)")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "list what is due; send and change nothing")
	cmd.Flags().DurationVar(&grace, "grace", 0, "how late a target may be and still go out (default 1h)")
	return cmd
}

func (a *app) tick(ctx context.Context, most int, grace *time.Duration) error {
	if most < 0 || grace != nil && *grace < 0 {
		return hayon.Errorf(hayon.CodeUsage, "--max and --grace take no negative values").
			WithHint("as in --max 10 and --grace 30m; without --max all that is due goes out")
	}
	if a.flags.server != "none" {
		b, err := a.dial(ctx)
		if err == nil {
			return b.close()
		}
		if errors.Is(err, errHangs) {
			return err
		}
	}
	b, err := a.open(a.actor(ctx), coreConfig{grace: grace})
	if held(err) && a.daemonAnswers(ctx) {
		return nil // a daemon has started meanwhile
	}
	if err != nil {
		return err
	}
	err = a.tickOn(a.actor(ctx), b, most)
	if cerr := b.close(); err == nil {
		err = cerr
	}
	if held(err) && a.daemonAnswers(ctx) {
		return nil
	}
	return err
}

// tickDry lists what tick would work on: nothing, where a daemon does.
func (a *app) tickDry(ctx context.Context) error {
	if a.flags.server != "none" {
		b, err := a.dial(ctx)
		if err == nil {
			a.say("The daemon runs, and publishes what is due; tick does nothing beside it.")
			return b.close()
		}
		if errors.Is(err, errHangs) {
			return err
		}
	}
	b, err := a.open(a.actor(ctx), coreConfig{})
	if err != nil {
		return err
	}
	var due []*hayon.Target
	err = b.core.store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		due, err = tx.FindTargets(ctx, hayon.TargetFilter{
			States:     []hayon.State{hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait},
			WakeBefore: a.now(),
		})
		return err
	})
	names := map[hayon.AccountID]string{}
	if err == nil {
		names, err = a.accountNames(a.actor(ctx), b)
	}
	for _, t := range due {
		a.print("%s", strings.Join([]string{t.Post.String(), names[t.Account], string(t.State), t.Due.Format(time.RFC3339)}, "\t"))
	}
	return errors.Join(err, b.close())
}

// accountNames are what people call the accounts.
func (a *app) accountNames(ctx context.Context, b *backend) (map[hayon.AccountID]string, error) {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	names := make(map[hayon.AccountID]string, len(accounts))
	for _, acc := range accounts {
		names[acc.ID] = acc.Name
	}
	return names, err
}

func (a *app) daemonAnswers(ctx context.Context) bool {
	_, err := a.dial(ctx)
	return err == nil
}

func (a *app) tickOn(ctx context.Context, b *backend, most int) error {
	if err := a.accountsFromEnv(ctx, b); err != nil {
		return err
	}
	missed, err := b.core.scheduler.Sweep(ctx)
	if err != nil {
		return err
	}
	worked, werr := b.core.worker.DeliverDue(ctx, most)
	ctx = context.WithoutCancel(ctx)
	all, err := a.tickResults(ctx, b, missed, worked)
	if err != nil {
		return err
	}
	if err := b.core.scheduler.PruneOutbox(ctx); err != nil {
		return err
	}
	if err := a.drainEvents(ctx, b.core); err != nil {
		a.warn("hooks and webhooks were not told: %v", err)
	}
	if werr != nil {
		return werr
	}
	if code := (&hayon.Post{Targets: all}).Exit(); code != hayon.ExitOK {
		return exitError{code}
	}
	return nil
}

// tickResults prints what became of each target and answers the targets.
func (a *app) tickResults(ctx context.Context, b *backend, missed []*hayon.Target, worked []hayon.TargetID) ([]*hayon.Target, error) {
	all := missed
	err := b.core.store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		all = missed
		seen := make(map[hayon.TargetID]bool, len(worked))
		for _, id := range worked {
			if seen[id] {
				continue
			}
			seen[id] = true
			t, err := tx.FindTargetByID(ctx, id)
			if err != nil {
				return err
			}
			all = append(all, t)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	names, err := a.accountNames(ctx, b)
	if err != nil {
		return nil, err
	}
	for _, t := range all {
		a.printTick(t, names[t.Account])
	}
	return all, nil
}

func (a *app) printTick(t *hayon.Target, account string) {
	if account == "" {
		account = t.Platform
	}
	if t.State == hayon.StatePublished {
		a.print("%s", strings.Join([]string{t.Post.String(), account, string(t.State), t.Remote().URL}, "\t"))
		return
	}
	why := string(t.State)
	if t.Error != nil {
		why += ": " + strings.TrimPrefix(t.Error.Message, why+": ")
		if t.Error.Hint != "" {
			why += " → " + t.Error.Hint
		}
	}
	_, _ = fmt.Fprintf(a.io.err, "hayon: %s on %s is %s\n", t.Post, account, why)
}
