package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
)

func (a *app) profileRenameCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "rename OLD NEW",
		Short: "Give a profile another name",
		Long: `Give a profile another name: its data, its configuration file and what the keyring keeps for it. No
daemon may run for it. Where it was cut off, the same command finishes it.`,
		Example: `  hayon profile rename work office
  hayon profile rename default private --dry-run`,
		Annotations:       map[string]string{offline: "yes"},
		Args:              twoArgs,
		ValidArgsFunction: a.completeProfiles,
		PreRunE:           a.withoutConfig,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(profileFields()); err != nil {
				return err
			}
			return a.renameProfile(cmd.Context(), args[0], args[1], dry)
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "check it; change nothing")
	return cmd
}

func (a *app) renameProfile(ctx context.Context, from, to string, dry bool) error {
	check := func() error { return errors.Join(a.findProfile(from), a.refuseTaken(to)) }
	if dry {
		err := check()
		if err == nil {
			err = a.refuseBusy(ctx, from)
		}
		if err == nil {
			a.say("Nothing was changed. %s would become %s", from, to)
		}
		return err
	}
	err := a.paths.locked(ctx, "profiles", func(ctx context.Context) error {
		if c, err := a.paths.unfinished(); err == nil && c != nil && c.Began && c.From == from && c.To == to {
			return a.finishChange(ctx)
		}
		if err := errors.Join(a.finishChange(ctx), check()); err != nil {
			return err
		}
		named := configuredProfile([]configFile{{originUser, a.userFile()}})
		follow := named == from || named == "" && from == defaultProfile && configuredProfile(a.paths.configs) == ""
		return a.newChanger(profileChange{From: from, To: to, Follow: follow}).run(ctx)
	})
	if err != nil {
		return err
	}
	if a.flags.profile == from {
		a.flags.profile = to
	}
	a.say("Renamed the profile %s to %s", from, to)
	return a.printProfile(ctx, to)
}

// userFile is the file in which profile use writes.
func (a *app) userFile() string {
	if a.flags.config != "" {
		return a.flags.config
	}
	return a.paths.userConfig().path
}

// renameSteps are the steps of a renaming, in an order in which a crash after any of them loses nothing:
// the keyring has the key under both names until all else is done.
func (c *changer) renameSteps() []func(context.Context) error {
	return []func(context.Context) error{c.copyKey, c.moveData, c.moveConfig, c.moveUse, c.dropOldKey}
}

// copyKey puts the key of the vault under the new name into the keyring too.
func (c *changer) copyKey(ctx context.Context) error {
	id, err := c.keyID(c.app.paths.dataOf(c.change.From))
	if id == "" || err != nil {
		return err
	}
	secret, err := c.opener(c.change.From).Open(ctx, id, nil)
	if err != nil {
		if _, moved := c.opener(c.change.To).Open(ctx, id, nil); moved == nil {
			return nil
		}
		return err
	}
	if _, _, err := c.opener(c.change.To).Make(ctx, id, secret); err != nil {
		e := hayon.AsError(err)
		return hayon.Errorf(e.Code, "%s; nothing was renamed", e.Message).WithHint("unlock the keyring and try again").WithCause(err)
	}
	return nil
}

// keyID is the id of the vault in a folder whose key is in the keyring; "" where there is none.
func (c *changer) keyID(dir string) (string, error) {
	h, err := c.header(dir)
	if h == nil || err != nil || h.Opener != vault.Keyring {
		return "", err
	}
	return h.ID, nil
}

func (c *changer) moveData(context.Context) error {
	p := c.app.paths
	return moved(p.dataOf(c.change.From), p.dataOf(c.change.To))
}

func (c *changer) moveConfig(context.Context) error {
	p := c.app.paths
	return moved(p.profileConfig(c.change.From).path, p.profileConfig(c.change.To).path)
}

// moved renames what is there, unless it has been done.
func moved(from, to string) error {
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(to); err == nil {
		return hayon.Errorf(hayon.CodeConflict, "there are both %s and %s", from, to).WithHint("look at them, and move one of them away")
	}
	if err := os.Rename(from, to); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be renamed: %w", from, err).WithHint("close what uses it, then run the command again")
	}
	return nil
}

// moveUse has the new name used where the old one was.
func (c *changer) moveUse(ctx context.Context) error {
	if !c.change.Follow {
		return nil
	}
	a := c.app
	target, err := a.target(fileFlags{}, "profile")
	if err != nil {
		return err
	}
	return a.changeConfig(ctx, target, false, func(text []byte) ([]byte, error) {
		if c.change.To == "" {
			next, _, err := unsetKey(text, "profile")
			return next, err
		}
		return setKey(text, "profile", tomlQuote(c.change.To))
	})
}

// dropOldKey takes the old name out of the keyring. What stays there opens nothing that is not opened by
// the new one too.
func (c *changer) dropOldKey(ctx context.Context) error {
	id, err := c.keyID(c.app.paths.dataOf(c.change.To))
	if id == "" || err != nil {
		return err
	}
	if err := c.opener(c.change.From).Drop(ctx, id); err != nil {
		c.leftBehind(id, err)
	}
	return nil
}
