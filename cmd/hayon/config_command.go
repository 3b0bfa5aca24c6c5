package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "See and change the configuration",
		Long: `See and change the configuration. It is read from the file of the machine, of the user and of the
profile; a later one wins, a variable wins over all files, and a flag over the variable. "hayon help
configuration" lists the keys.`,
		Example: `  hayon config list --show-origin
  hayon config set post.to bluesky,mastodon
  hayon config edit`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.configGetCommand(), a.configSetCommand(), a.configUnsetCommand(), a.configListCommand(),
		a.configEditCommand(), a.configPathCommand(), a.configValidateCommand(), a.configSchemaCommand())
	return cmd
}

func (a *app) configListCommand() *cobra.Command {
	var origin bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List all keys with the values that hold",
		Long: `List all keys with the values that hold. What looks like a secret is hidden; credentials are never
part of the configuration.`,
		Example: `  hayon config list
  hayon config list --show-origin
  hayon config list --json=key,value,origin`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if err := a.checkFields(settingFields()); err != nil {
				return err
			}
			return a.printSettings(a.settings(), origin)
		},
	}
	cmd.Flags().BoolVar(&origin, "show-origin", false, "say where each value comes from")
	return cmd
}

func (a *app) printSettings(list []setting, origin bool) error {
	columns := []column{{title: "KEY"}, {title: "VALUE", flexible: true}}
	if origin {
		columns = append(columns, column{title: "ORIGIN"})
	}
	return printList(a, list, listing[setting]{
		fields:  settingFields(),
		id:      func(s *setting) string { return s.Key },
		columns: columns,
		row: func(s *setting) []string {
			if !origin {
				return []string{s.Key, oneLine(s.text())}
			}
			return []string{s.Key, oneLine(s.text()), s.source()}
		},
	})
}

// oneLine keeps a value in its row.
func oneLine(s string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
}

func (a *app) configGetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "get KEY",
		Short: "Print the value of a key that holds",
		Long: `Print the value of a key that holds: of a list its items with commas, of a key that nobody has set
its default.`,
		Example: `  hayon config get post.to
  hayon config get tz --json`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: completeKeys,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.checkFields(settingFields()); err != nil {
				return err
			}
			s, err := a.findSetting(args[0])
			if err != nil {
				return err
			}
			if a.flags.json.on {
				return a.printJSON(s, settingFields())
			}
			a.print("%s", s.text())
			return nil
		},
	}
}

// twoArgs demands two arguments.
func twoArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 2 {
		return nil
	}
	_, operands, _ := strings.Cut(cmd.Use, " ")
	return hayon.Errorf(hayon.CodeUsage, "%s needs two arguments: %s", cmd.CommandPath(), operands).WithHint("usage: " + cmd.UseLine())
}

// completeKeys offers the keys and, for set, the words that a key takes.
func completeKeys(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	if len(args) == 1 && cmd.Name() == "set" {
		key, _ := configKeyOf(args[0])
		if out = key.choices; key.kind == kindTruth && key.name != "" {
			out = []string{"true", "false"}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
	for _, key := range configKeys() {
		if len(args) == 0 && !strings.HasPrefix(key.name, "hook.") {
			out = append(out, key.name+"\t"+key.about)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// fileFlags choose the file that a command is about.
type fileFlags struct{ user, system bool }

func (f *fileFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.user, "user", false, "the user's file (default, unless a profile is chosen by -p or is not the default one)")
	cmd.Flags().BoolVar(&f.system, "system", false, "the file of the machine, for all users")
	cmd.MarkFlagsMutuallyExclusive("user", "system")
}

// target is the file that a command is to change: that of --config, --user or --system, else that of the
// profile where one was chosen, else the user's.
func (a *app) target(f fileFlags, key string) (configFile, error) {
	switch {
	case a.flags.config != "" && (f.user || f.system):
		return configFile{}, hayon.Errorf(hayon.CodeUsage, "--config and --user or --system exclude each other").WithHint("leave out all but one")
	case a.flags.config != "":
		return configFile{originConfig, a.flags.config}, nil
	case f.system:
		if path := systemConfig(a.getenv); path != "" {
			return configFile{originSystem, path}, nil
		}
		return configFile{}, hayon.Errorf(hayon.CodeUsage, "this system has no configuration file for all users").
			WithHint("name one: HAYON_SYSTEM_CONFIG=PATH")
	case f.user || key == "profile":
		return a.paths.userConfig(), nil
	case a.flags.profile != defaultProfile || a.onCommandLine("profile"):
		return a.paths.profileConfig(a.flags.profile), nil
	}
	return a.paths.userConfig(), nil
}

// withoutConfig prepares a command that works where the configuration cannot be read.
func (a *app) withoutConfig(cmd *cobra.Command, _ []string) (err error) {
	a.chooseProfile(cmd)
	a.paths, err = pathsOf(a.getenv, a.flags.profile, a.flags.config)
	return err
}

func (a *app) configSetCommand() *cobra.Command {
	var file fileFlags
	var dry bool
	cmd := &cobra.Command{
		Use:   "set KEY VALUE",
		Short: "Give a key a value",
		Long: `Give a key a value. A list is written a,b or as in TOML. The file keeps its comments and its order.
It is that of the profile where -p names one or another than the default one is in use, else the
user's. What a command would refuse to read is not written.`,
		Example: `  hayon config set tz Europe/Berlin
  hayon config set post.to bluesky,mastodon
  hayon config set delivery.if_late skip -p work
  hayon config set log.level debug --dry-run`,
		Annotations:       map[string]string{offline: "yes"},
		Args:              twoArgs,
		ValidArgsFunction: completeKeys,
		PreRunE:           a.withoutConfig,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.configSet(cmd.Context(), file, args[0], args[1], dry)
		},
	}
	file.add(cmd)
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "check it and show what would be written; write nothing")
	return cmd
}

func (a *app) configSet(ctx context.Context, flags fileFlags, name, typed string, dry bool) error {
	if err := a.checkFields(settingFields()); err != nil {
		return err
	}
	key, err := settableKey(name)
	if err != nil {
		return err
	}
	target, err := a.target(flags, name)
	if err != nil {
		return err
	}
	value, err := key.tomlOf(typed)
	if err != nil {
		return err
	}
	err = a.changeConfig(ctx, target, dry, func(text []byte) ([]byte, error) { return setKey(text, name, value) })
	if err != nil {
		return err
	}
	if dry {
		a.say("Nothing was written. %s would have: %s = %s", target.path, name, concealed(value))
		return nil
	}
	return a.printChange(name, fmt.Sprintf("%s = %s in %s", name, concealed(value), target.path), target)
}

// printChange says what was written, and where something stronger hides it.
func (a *app) printChange(name, what string, target configFile) error {
	s, err := a.findSetting(name)
	if err != nil {
		return err
	}
	if a.flags.json.on {
		return a.printJSON(s, settingFields())
	}
	a.say("%s", what)
	if stronger := s.Origin == originFlag || s.Origin == originVariable && s.Variable != "TZ" || s.File != "" && s.File != target.path; stronger {
		a.say("It does not hold here: %s says %s", s.source(), s.text())
	}
	return nil
}

// settableKey is a key that a command can change: hooks come in any number and have no names in the
// file to find them by.
func settableKey(name string) (configKey, error) {
	var names []string
	for _, key := range configKeys() {
		if !strings.HasPrefix(key.name, "hook.") {
			names = append(names, key.name)
		}
	}
	if isHookKey(name) {
		return configKey{}, hayon.Errorf(hayon.CodeUsage, "%s belongs to a list, [[hook]], which this cannot change", name).
			WithHint("write it in the file: hayon config edit")
	}
	if key, ok := configKeyOf(name); ok {
		return key, nil
	}
	return configKey{}, unknownName(name, names)
}

func isHookKey(name string) bool { return name == "hook" || strings.HasPrefix(name, "hook.") }

func (a *app) configUnsetCommand() *cobra.Command {
	var file fileFlags
	var dry bool
	cmd := &cobra.Command{
		Use:   "unset KEY",
		Short: "Take a key out of a file",
		Long: `Take a key out of a file, so that the next weaker file or the default holds. The file is chosen as
by set. A key that is not there is no error.`,
		Example: `  hayon config unset post.to
  hayon config unset tz --user --dry-run`,
		Annotations:       map[string]string{offline: "yes"},
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: completeKeys,
		PreRunE:           a.withoutConfig,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.configUnset(cmd.Context(), file, args[0], dry)
		},
	}
	file.add(cmd)
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be taken out; change nothing")
	return cmd
}

func (a *app) configUnset(ctx context.Context, flags fileFlags, name string, dry bool) error {
	if err := a.checkFields(settingFields()); err != nil {
		return err
	}
	target, err := a.target(flags, name)
	if err != nil {
		return err
	}
	_, refusal := settableKey(name)
	known := refusal == nil
	if !known && isHookKey(name) {
		return refusal
	}
	was := false
	err = a.changeConfig(ctx, target, dry, func(text []byte) (next []byte, err error) {
		next, was, err = unsetKey(text, name)
		if err == nil && !was && !known { // an unknown key that is there can go
			return nil, refusal
		}
		return next, err
	})
	if err != nil {
		if !known && !was {
			return refusal
		}
		return err
	}
	switch {
	case dry && was:
		a.say("Nothing was changed. %s would lose: %s", target.path, name)
		return nil
	case dry:
		a.say("Nothing would change: %s is not in %s", name, target.path)
		return nil
	case !known:
		a.say("Removed %s from %s", name, target.path)
		return nil
	case !was:
		return a.printChange(name, fmt.Sprintf("%s is not in %s", name, target.path), target)
	}
	return a.printChange(name, fmt.Sprintf("Removed %s from %s", name, target.path), target)
}
