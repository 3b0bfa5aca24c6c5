package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
)

func (a *app) profileDeleteCommand() *cobra.Command {
	var force, dry bool
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Delete a profile with its posts, accounts and credentials",
		Long: `Delete a profile with its posts, accounts and credentials, its configuration file and what the
keyring keeps for it. What was published stays published, but for the folder of the platform site,
which goes where it lies among the profile's data. No daemon may run for the profile, and it may not
be the one in use.`,
		Example: `  hayon profile delete work
  hayon profile delete work --yes
  hayon profile delete work --dry-run`,
		Annotations:       map[string]string{offline: "yes"},
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeProfiles,
		PreRunE:           a.withoutConfig,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(profileFields()); err != nil {
				return err
			}
			return a.deleteProfile(cmd.Context(), args[0], force, dry)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "also the one in use, and where the keyring cannot be reached")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be deleted; delete nothing")
	return cmd
}

func (a *app) deleteProfile(ctx context.Context, name string, force, dry bool) error {
	unfinished, err := a.paths.unfinished()
	if err != nil {
		return err
	}
	again := unfinished != nil && unfinished.Began && unfinished.From == name && unfinished.To == ""
	if !again {
		if err := a.findProfile(name); err != nil {
			return err
		}
	}
	if name == a.flags.profile && !force && !again {
		return hayon.Errorf(hayon.CodeConflict, "the profile %s is the one in use; nothing was deleted", name).
			WithHint("use another one first: hayon profile use NAME   or add --force")
	}
	view, err := a.viewOfProfile(ctx, name)
	if err != nil {
		return err
	}
	if dry {
		if err := a.refuseBusy(ctx, name); err != nil {
			return err
		}
		a.say("Nothing was deleted. This would be: %s", view.worth())
		return nil
	}
	if !again {
		if err := a.refuseBusy(ctx, name); err != nil { // before anybody is asked
			return err
		}
		if err := a.confirm(ctx, "Delete "+view.worth()+"? This cannot be undone."); err != nil {
			return err
		}
	}
	if err := a.paths.locked(ctx, "profiles", func(ctx context.Context) error {
		return a.deleteLocked(ctx, name, force)
	}); err != nil {
		return err
	}
	a.say("Deleted the profile %s", name)
	if a.flags.json.on {
		return a.printJSON(view, profileFields())
	}
	return nil
}

func (a *app) deleteLocked(ctx context.Context, name string, force bool) error {
	c, err := a.paths.unfinished()
	if err == nil && c != nil && c.Began && c.From == name && c.To == "" {
		c.Force = c.Force || force
		return a.newChanger(*c).run(ctx)
	}
	if err := errors.Join(err, a.finishChange(ctx)); err != nil {
		return err
	}
	if err := a.findProfile(name); err != nil {
		return err
	}
	follow := configuredProfile([]configFile{{originUser, a.userFile()}}) == name
	return a.newChanger(profileChange{From: name, Follow: follow, Force: force}).run(ctx)
}

// worth is what goes with a profile, in words.
func (v profileView) worth() string {
	s := "the profile " + v.Name + " with all of its posts and credentials"
	if v.Accounts != nil {
		s += fmt.Sprintf(", accounts: %d", *v.Accounts)
	}
	return s + " (" + humanBytes(v.Bytes) + " in " + v.Data + ")"
}

// deleteSteps are the steps of a deletion. The vault goes first, while its file says what the keyring
// holds for it.
func (c *changer) deleteSteps() []func(context.Context) error {
	return []func(context.Context) error{c.reachKey, c.destroyVault, c.removeData, c.removeConfig, c.moveUse}
}

// reachKey makes sure that the keyring answers before anything goes that it opens.
func (c *changer) reachKey(ctx context.Context) error {
	id, err := c.keyID(c.app.paths.dataOf(c.change.From))
	if id == "" || err != nil || c.change.Force {
		return err
	}
	_, err = c.opener(c.change.From).Open(ctx, id, nil)
	if ctx.Err() == nil && (err == nil || hayon.AsError(err).Details["keyring"] == nil) { // it says that there is no entry
		return nil
	}
	e := hayon.AsError(err)
	return hayon.Errorf(e.Code, "%s; nothing was deleted", e.Message).
		WithHint("unlock the keyring and try again, or leave its entry behind: " + c.change.command() + " --force").WithCause(err)
}

func (c *changer) destroyVault(ctx context.Context) error {
	dir := c.app.paths.dataOf(c.change.From)
	id, err := c.keyID(dir)
	if err != nil {
		return err
	}
	v, err := vault.Open(ctx, vault.Config{
		Dir: dir, Profile: c.change.From, Keyring: c.ring, KeyringTimeout: c.timeout, Logger: c.app.log,
	})
	if err != nil {
		return err
	}
	d, ok := v.(vault.Destroyer)
	if !ok {
		return hayon.Errorf(hayon.CodeInternal, "the vault cannot be removed")
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) { // it has been done
		return nil
	}
	err = d.Destroy(ctx)
	if err != nil && c.change.Force {
		c.leftBehind(id, err)
		return nil
	}
	return err
}

func (c *changer) removeData(context.Context) error {
	return removed(c.app.paths.dataOf(c.change.From))
}

func (c *changer) removeConfig(context.Context) error {
	return removed(c.app.paths.profileConfig(c.change.From).path)
}

func removed(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be deleted: %w", path, err).WithHint("close what uses it, then run the command again")
	}
	return nil
}
