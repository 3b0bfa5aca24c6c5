package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

func (a *app) accountRefreshCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "refresh ACCOUNT",
		Short: "Renew the credentials of an account, and what its server allows",
		Example: `  hayon account refresh mastodon
  hayon account refresh bluesky/work --json`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				account, err := a.findAccount(ctx, b, args[0])
				if err != nil {
					return err
				}
				if account, err = b.RefreshAccount(ctx, account.ID); err != nil {
					return err
				}
				a.say("%s is refreshed", account.Name)
				return a.printAccount(account, nil)
			})
		},
	}
}

func (a *app) accountRenameCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "rename ACCOUNT NAME",
		Short: "Give an account another name",
		Long: `Give an account another name. Posts and groups follow. NAME is the part after the slash (work), the
whole name (bluesky/work), or the platform alone (bluesky) for none.`,
		Example: `  hayon account rename bluesky work
  hayon account rename mastodon/old mastodon/new`,
		Args:              twoArgs,
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				account, err := a.findAccount(ctx, b, args[0])
				if err != nil {
					return err
				}
				alias, err := aliasOf(account, args[1])
				if err != nil {
					return err
				}
				if dry {
					a.say("Nothing was changed. %s would be: %s", account.Name, hayon.AccountName(account.Platform, alias))
					return nil
				}
				before := account.Name
				if account, err = b.UpdateAccount(ctx, account.ID, hayon.AccountUpdate{Alias: &alias}); err != nil {
					return err
				}
				a.say("%s is now %s", before, account.Name)
				return a.printAccount(account, nil)
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be; change nothing")
	return cmd
}

// aliasOf is the alias that a person means by a new name.
func aliasOf(account *hayon.Account, name string) (string, error) {
	platform, alias, named := strings.Cut(name, "/")
	switch {
	case !named && name == account.Platform:
		return "", nil
	case !named:
		return name, nil
	case platform != account.Platform:
		return "", hayon.Errorf(hayon.CodeUsage, "%s cannot become %s: it is an account of %s", account.Name, name, account.Platform).
			WithHint("write " + account.Platform + "/" + alias)
	}
	return alias, nil
}

func (a *app) accountDefaultCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "default ACCOUNT",
		Short: "Choose the account that a platform's bare name means",
		Example: `  hayon account default bluesky/work
  hayon account default mastodon/private --dry-run`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				account, err := a.findAccount(ctx, b, args[0])
				if err != nil {
					return err
				}
				if dry {
					a.say("Nothing was changed. %s would mean: %s", account.Platform, account.Name)
					return nil
				}
				if account, err = b.UpdateAccount(ctx, account.ID, hayon.AccountUpdate{Default: true}); err != nil {
					return err
				}
				a.say("%s means %s now", account.Platform, account.Name)
				return a.printAccount(account, nil)
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be; change nothing")
	return cmd
}
