package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

func (a *app) profileCreateCommand() *cobra.Command {
	var from string
	var use, dry bool
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a profile",
		Long: `Make a profile, without accounts and posts. A command with -p makes one too; this says so where it
is there already.`,
		Example: `  hayon profile create work
  hayon profile create work --copy-config-from default --use`,
		Annotations:       map[string]string{offline: "yes"},
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		PreRunE:           a.withoutConfig,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.createProfile(cmd.Context(), args[0], from, use, dry)
		},
	}
	cmd.Flags().StringVar(&from, "copy-config-from", "", "begin with the configuration file of this profile")
	cmd.Flags().BoolVar(&use, "use", false, "use it from now on, as profile use does")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "check it; make nothing")
	return cmd
}

func (a *app) createProfile(ctx context.Context, name, from string, use, dry bool) error {
	if err := a.checkFields(profileFields()); err != nil {
		return err
	}
	work := func(ctx context.Context) error {
		if err := a.refuseTaken(name); err != nil {
			return err
		}
		if from != "" {
			if err := a.findProfile(from); err != nil {
				return err
			}
		}
		if dry {
			return nil
		}
		if err := a.copyConfig(from, name); err != nil {
			return err
		}
		return makeFolder(a.paths.dataOf(name))
	}
	if dry {
		if err := work(ctx); err != nil {
			return err
		}
		a.say("Nothing was made. This would be: %s", a.paths.dataOf(name))
		return nil
	}
	if err := a.withProfiles(ctx, work); err != nil {
		return err
	}
	if use {
		if err := a.setProfile(ctx, name, false); err != nil {
			return err
		}
		a.flags.profile = name
	}
	if !use {
		a.say("Made the profile %s. Use it: hayon -p %s …   or from now on: hayon profile use %s", name, name, name)
	}
	return a.printProfile(ctx, name)
}

// printProfile prints a profile: its name, or all of it as JSON.
func (a *app) printProfile(ctx context.Context, name string) error {
	if !a.flags.json.on {
		a.print("%s", name)
		return nil
	}
	v, err := a.viewOfProfile(ctx, name)
	if err != nil {
		return err
	}
	return a.printJSON(v, profileFields())
}

// refuseTaken refuses a name that is none, or that a profile has.
func (a *app) refuseTaken(name string) error {
	p, err := pathsOf(a.getenv, name, a.flags.config)
	if err != nil {
		return err
	}
	if p.data == p.profileConfigs() { // where data and configuration lie in one folder
		return hayon.Errorf(hayon.CodeUsage, "%q is the folder of the profiles' configuration", name).WithHint("choose another name")
	}
	if p.exists(name) {
		return hayon.Errorf(hayon.CodeConflict, "there is a profile %s already", name).WithHint("use it: hayon -p " + name + " …   or choose another name")
	}
	return nil
}

// copyConfig begins the configuration of a profile with that of another, where that has one.
func (a *app) copyConfig(from, to string) error {
	if from == "" {
		return nil
	}
	text, err := readConfigFile(resolved(a.paths.profileConfig(from).path))
	if err != nil {
		return err
	}
	if len(text) == 0 {
		a.say("%s has no configuration file of its own; there is nothing to copy", from)
		return nil
	}
	return writeConfigFile(a.paths.profileConfig(to).path, text, false)
}

func makeFolder(path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.Mkdir(path, 0o700)
	}
	if err != nil {
		return hayon.Errorf(hayon.CodeLocal, "the folder %s cannot be made: %w", path, err).WithHint("check who owns the folder above, and the space on its disk")
	}
	return nil
}

func (a *app) profileUseCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "use NAME",
		Short: "Use a profile where none is named",
		Long: `Use a profile where neither -p nor HAYON_PROFILE names one. It is written into the user's
configuration file, as profile = "NAME". A daemon serves the profile that it was started for.`,
		Example: `  hayon profile use work
  hayon profile use default`,
		Annotations:       map[string]string{offline: "yes"},
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeProfiles,
		PreRunE:           a.withoutConfig,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(profileFields()); err != nil {
				return err
			}
			if args[0] != defaultProfile { // which is made when it is needed
				if err := a.findProfile(args[0]); err != nil {
					return err
				}
			}
			if err := a.setProfile(cmd.Context(), args[0], dry); err != nil {
				return err
			}
			if dry {
				a.say("Nothing was written. This would be used from then on: %s", args[0])
				return nil
			}
			return a.printProfile(cmd.Context(), args[0])
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "check it; change nothing")
	return cmd
}

// setProfile writes into the configuration which profile is used, and says what hides it.
func (a *app) setProfile(ctx context.Context, name string, dry bool) error {
	target, err := a.target(fileFlags{}, "profile")
	if err != nil {
		return err
	}
	err = a.changeConfig(ctx, target, dry, func(text []byte) ([]byte, error) { return setKey(text, "profile", tomlQuote(name)) })
	if err != nil || dry {
		return err
	}
	a.say("Using the profile %s from now on", name)
	if v, _ := a.getenv("HAYON_PROFILE"); v != "" && v != name {
		a.say("In this shell HAYON_PROFILE=%s wins; end that: unset HAYON_PROFILE", v)
	}
	return nil
}
