package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// groupFields are the names that --json takes for groups.
func groupFields() []string { return []string{"name", "accounts", "account_ids", "created_at"} }

func (a *app) groupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "group",
		Short: "Name several accounts at once",
		Long: `Name several accounts at once: a group is written @NAME wherever accounts are named, as in --to @launch
or --not @private.`,
		Example: `  hayon group create launch bluesky mastodon
  hayon post "2.0 is out" --to @launch`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.groupListCommand(), a.groupCreateCommand(),
		a.groupChangeCommand("add", "Add accounts to a group", func(names []string) hayon.GroupUpdate { return hayon.GroupUpdate{Add: names} }),
		a.groupChangeCommand("remove", "Take accounts out of a group", func(names []string) hayon.GroupUpdate { return hayon.GroupUpdate{Remove: names} }),
		a.groupDeleteCommand())
	return cmd
}

func (a *app) groupListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List groups and who is in them",
		Example: `  hayon group list
  hayon group list --json=name,accounts`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(groupFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				groups, err := b.FindGroups(ctx)
				if err != nil {
					return err
				}
				return a.printGroups(ctx, b, groups)
			})
		},
	}
}

func (a *app) printGroups(ctx context.Context, b *backend, groups []*hayon.Group) error {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	return printList(a, api.GroupsOf(groups, api.AccountsByID(accounts)), listing[api.Group]{
		fields:  groupFields(),
		id:      func(g *api.Group) string { return g.Name },
		columns: []column{{title: "GROUP"}, {title: "ACCOUNTS", flexible: true}},
		row:     func(g *api.Group) []string { return []string{"@" + g.Name, strings.Join(g.Accounts, ", ")} },
		empty:   "No groups. Make one: hayon group create launch bluesky mastodon",
	})
}

// printGroup shows one group.
func (a *app) printGroup(ctx context.Context, b *backend, g *hayon.Group) error {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	view := api.GroupOf(g, api.AccountsByID(accounts))
	if a.flags.json.on {
		return a.printJSON(view, groupFields())
	}
	members := strings.Join(view.Accounts, ", ")
	if members == "" {
		members = "nobody"
	}
	a.say("@%s has %s", view.Name, members)
	a.print("%s", view.Name)
	return nil
}

func (a *app) groupCreateCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "create NAME [ACCOUNT...]",
		Short: "Make a group",
		Example: `  hayon group create launch bluesky mastodon/work
  hayon group create everyone all`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				if dry {
					a.say("Nothing was stored. This would be: @%s with %s", strings.TrimPrefix(args[0], "@"), strings.Join(args[1:], ", "))
					return nil
				}
				g, err := b.CreateGroup(ctx, args[0], args[1:])
				if err != nil {
					return err
				}
				return a.printGroup(ctx, b, g)
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be; store nothing")
	return cmd
}

func (a *app) groupChangeCommand(verb, short string, update func([]string) hayon.GroupUpdate) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   verb + " NAME ACCOUNT...",
		Short: short,
		Example: `  hayon group ` + verb + ` launch bluesky
  hayon group ` + verb + ` @launch mastodon/work mastodon/private`,
		Args: usageArgs(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				if dry {
					a.say("Nothing was changed. This would %s: %s", verb, strings.Join(args[1:], ", "))
					return nil
				}
				g, err := b.UpdateGroup(ctx, strings.TrimPrefix(args[0], "@"), update(args[1:]))
				if err != nil {
					return err
				}
				return a.printGroup(ctx, b, g)
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be; change nothing")
	return cmd
}

func (a *app) groupDeleteCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Forget a group; its accounts stay",
		Example: `  hayon group delete launch --yes
  hayon group delete @launch --dry-run`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := strings.TrimPrefix(args[0], "@")
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				groups, err := b.FindGroups(ctx)
				if err != nil {
					return err
				}
				if !slices.ContainsFunc(groups, func(g *hayon.Group) bool { return g.Name == name }) {
					return hayon.Errorf(hayon.CodeNotFound, "there is no group @%s", name).WithHint("see what there is: hayon group list")
				}
				if dry {
					a.say("Nothing was deleted. This would be: @%s", name)
					return nil
				}
				if err := a.confirm(ctx, "Delete the group @"+name+"? Its accounts stay."); err != nil {
					return err
				}
				if err := b.DeleteGroup(ctx, name); err != nil {
					return err
				}
				a.say("Deleted @%s", name)
				return nil
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be deleted; change nothing")
	return cmd
}
