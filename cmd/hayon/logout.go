package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

func (a *app) logoutCommand() *cobra.Command { return a.removeCommand("logout", "hayon logout") }

// accountRemoveCommand is logout by the name that it has among the commands of accounts.
func (a *app) accountRemoveCommand() *cobra.Command {
	return a.removeCommand("remove", "hayon account remove")
}

func (a *app) removeCommand(use, path string) *cobra.Command {
	var dry, all bool
	cmd := &cobra.Command{
		Use:   use + " ACCOUNT...",
		Short: "Remove accounts and their credentials",
		Long: `Remove accounts and their credentials. With --all every account is removed, and what opens the
credentials too: nothing of the profile is left in the keyring.`,
		Example: "  " + path + ` bluesky
  ` + path + ` bluesky/work mastodon --yes
  ` + path + ` --all --dry-run`,
		Args:              usageArgs(someOrAll(&all)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				if all {
					return a.removeAll(ctx, b, dry)
				}
				return a.removeAccounts(ctx, b, args, dry)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every account, and what opens the credentials")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be removed; change nothing")
	return cmd
}

// someOrAll takes names, or none with --all.
func someOrAll(all *bool) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if *all {
			return cobra.NoArgs(cmd, args)
		}
		return cobra.MinimumNArgs(1)(cmd, args)
	}
}

func (a *app) removeAccounts(ctx context.Context, b *backend, names []string, dry bool) error {
	var accounts []*hayon.Account
	for _, name := range names {
		account, err := a.findAccount(ctx, b, name)
		if err != nil {
			return err
		}
		accounts = append(accounts, account)
	}
	return a.remove(ctx, b, accounts, dry)
}

// removeAll leaves nothing of the profile's accounts behind, in the keyring neither.
func (a *app) removeAll(ctx context.Context, b *backend, dry bool) error {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	if err := a.remove(ctx, b, accounts, dry); err != nil || dry {
		return err
	}
	return a.forgetVault(ctx)
}

// remove says what is removed, asks once, and does it.
func (a *app) remove(ctx context.Context, b *backend, accounts []*hayon.Account, dry bool) error {
	if len(accounts) == 0 {
		a.say("No accounts are connected.")
		return nil
	}
	names := make([]string, len(accounts))
	for i, account := range accounts {
		names[i] = strings.TrimSpace(account.Name + " " + account.Handle)
	}
	what := strings.Join(names, ", ") + " and the credentials"
	if dry {
		a.say("Nothing was removed. This would be: %s", what)
		return nil
	}
	if err := a.confirm(ctx, "Remove "+what+"?"); err != nil {
		return err
	}
	for _, account := range accounts {
		if err := b.DeleteAccount(ctx, account.ID); err != nil {
			return err
		}
		a.say("Removed %s", account.Name)
	}
	return nil
}
