package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// configFileView is a configuration file as --json shows it.
type configFileView struct {
	Origin string `json:"origin"`
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
}

func configFileFields() []string { return []string{"origin", "path", "exists"} }

func (a *app) configPathCommand() *cobra.Command {
	var file fileFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "path",
		Short: "Print where the configuration stands",
		Long: `Print the path of the file that set changes, whether it is there or not. For the file of a profile
name it: -p work.`,
		Example: `  hayon config path
  hayon config path -p work
  hayon config path --all`,
		Annotations: map[string]string{offline: "yes"},
		Args:        usageArgs(cobra.NoArgs),
		PreRunE:     a.withoutConfig,
		RunE: func(*cobra.Command, []string) error {
			if err := a.checkFields(configFileFields()); err != nil {
				return err
			}
			if all {
				return a.printPaths(a.paths.configs)
			}
			target, err := a.target(file, "")
			if err != nil {
				return err
			}
			if a.flags.json.on {
				return a.printJSON(viewOfFile(target), configFileFields())
			}
			a.print("%s", target.path)
			return nil
		},
	}
	file.add(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all files that are read, the one that wins last")
	cmd.MarkFlagsMutuallyExclusive("all", "user", "system")
	return cmd
}

func viewOfFile(f configFile) configFileView {
	return configFileView{f.origin, f.path, fileExists(f.path)}
}

func (a *app) printPaths(files []configFile) error {
	views := make([]configFileView, len(files))
	rows := make([][]string, len(files))
	for i, f := range files {
		views[i] = viewOfFile(f)
		there := "not there"
		if views[i].Exists {
			there = "there"
		}
		rows[i] = []string{f.origin, f.path, there}
	}
	if a.flags.json.on {
		return a.printJSON(views, configFileFields())
	}
	a.table([]column{{title: "FILE"}, {title: "PATH", flexible: true}, {title: "STATE", drop: 1}}, rows)
	return nil
}

func problemFields() []string {
	return []string{"file", "line", "column", "key", "message", "hint"}
}

func (a *app) configValidateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Find all that is wrong in the configuration",
		Long: `Find all that is wrong in the configuration: in the files that are read, or in FILE alone, which may
be - for standard input. The exit code is 3 where something is.`,
		Example: `  hayon config validate
  hayon config validate ~/dotfiles/hayon.toml
  hayon config validate --json`,
		Annotations: map[string]string{offline: "yes"},
		Args:        usageArgs(cobra.MaximumNArgs(1)),
		PreRunE:     a.withoutConfig,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(problemFields()); err != nil {
				return err
			}
			files, err := a.toValidate(cmd.Context(), args)
			if err != nil {
				return err
			}
			return a.printProblems(chainProblems(files), len(files))
		},
	}
}

// toValidate are the files that are read, or the one that is named.
func (a *app) toValidate(ctx context.Context, args []string) ([]configText, error) {
	if len(args) > 0 {
		f, err := a.namedConfig(ctx, args[0])
		return []configText{f}, err
	}
	var files []configText
	for _, f := range a.paths.configs {
		b, err := f.read()
		if err != nil {
			return nil, err
		}
		if fileExists(f.path) {
			a.warnLoose(f.path)
			files = append(files, configText{f, b})
		}
	}
	return files, nil
}

// warnLoose says that others can change a file, and so what programs run on events.
func (a *app) warnLoose(path string) {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o022 == 0 {
		return
	}
	a.warn("%s can be changed by others (mode %04o); close it: chmod go-w %s", path, info.Mode().Perm(), path)
}

func (a *app) namedConfig(ctx context.Context, path string) (configText, error) {
	if path == "-" {
		b, err := await(ctx, func() ([]byte, error) { return io.ReadAll(a.io.in) })
		if err != nil {
			return configText{}, hayon.Errorf(hayon.CodeLocal, "standard input cannot be read: %w", err).WithHint("name a file: hayon config validate FILE")
		}
		return configText{configFile{originConfig, "standard input"}, b}, nil
	}
	f := configFile{originConfig, path}
	if wholePath(filepath.Dir(path)) == a.paths.profileConfigs() {
		f.origin = originProfile
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return configText{}, hayon.Errorf(hayon.CodeNotFound, "there is no file %s", path).WithHint("see what is read: hayon config path --all")
	}
	if err != nil {
		return configText{}, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("mend its permissions: chmod 600 " + path)
	}
	return configText{f, b}, nil
}

func (a *app) printProblems(found []problem, files int) error {
	if a.flags.json.on {
		if err := a.printJSON(append([]problem{}, found...), problemFields()); err != nil {
			return err
		}
	} else {
		for _, p := range found {
			line := p.place() + ": " + p.Message
			if p.Hint != "" {
				line += "; " + p.Hint
			}
			a.print("%s", line)
		}
	}
	switch {
	case len(found) > 0:
		return exitError{hayon.CodeInvalid.Exit()}
	case files == 0:
		a.say("There is no configuration file, so nothing is wrong")
	default:
		a.say("Nothing is wrong")
	}
	return nil
}

func (a *app) configEditCommand() *cobra.Command {
	var file fileFlags
	var dry bool
	cmd := &cobra.Command{
		Use:   "edit",
		Short: "Change a file of the configuration in your editor",
		Long: `Change a file of the configuration in your editor: VISUAL, else EDITOR. You get a copy. What is
wrong with it is said when you come back, and it takes the place of the file only when nothing is.
The file is chosen as by set.`,
		Example: `  hayon config edit
  EDITOR="code --wait" hayon config edit
  hayon config edit -p work`,
		Annotations: map[string]string{offline: "yes"},
		Args:        usageArgs(cobra.NoArgs),
		PreRunE:     a.withoutConfig,
		RunE:        func(cmd *cobra.Command, _ []string) error { return a.configEdit(cmd.Context(), file, dry) },
	}
	file.add(cmd)
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "check what you write, and keep the file as it is")
	return cmd
}

func (a *app) configEdit(ctx context.Context, flags fileFlags, dry bool) error {
	target, err := a.target(flags, "")
	if err != nil {
		return err
	}
	if !a.mayAsk() {
		return hayon.Errorf(hayon.CodeUsage, "config edit needs a terminal").WithHint("change one key: hayon config set KEY VALUE")
	}
	path := resolved(target.path)
	before, err := readConfigFile(path)
	if err != nil {
		return err
	}
	text := string(before)
	if text == "" {
		text = emptyConfig
	}
	start := text
	for {
		if text, err = a.editText(ctx, text, ".toml"); err != nil {
			return err
		}
		if text == start || text == string(before) {
			a.say("Nothing was changed in %s", target.path)
			return nil
		}
		found := chainProblems(a.chain(target, []byte(text)))
		if len(found) == 0 {
			break
		}
		for _, p := range found {
			a.warn("%s: %s", p.place(), p.Message)
			if p.Hint != "" {
				_, _ = io.WriteString(a.io.err, "  → "+p.Hint+"\n")
			}
		}
		again, err := a.editAgain(ctx)
		if err != nil || !again {
			return a.keepEdited(text, found[0], err)
		}
	}
	if dry {
		a.say("Nothing was written. It could take the place of %s", target.path)
		return nil
	}
	return a.installEdited(ctx, target, string(before), text)
}

// emptyConfig is what a file that is not there yet begins with.
const emptyConfig = "# The configuration of hayon. The keys: hayon help configuration\n"

// editAgain asks whether what is wrong is to be mended now.
func (a *app) editAgain(ctx context.Context) (bool, error) {
	if a.flags.yes { // which would ask for ever
		return false, nil
	}
	answer, err := a.prompt(ctx, "Edit it again? [Y/n] ")
	return err == nil && (answer == "" || answer == "y" || answer == "Y" || answer == "yes"), err
}

// keepEdited leaves what somebody wrote in a file of its own, and the configuration as it was.
func (a *app) keepEdited(text string, first problem, cause error) error {
	path, err := writeDraft(text, ".toml")
	if err != nil {
		return err
	}
	return hayon.Errorf(hayon.CodeInvalid, "%s: %s; the configuration is as it was, and what you wrote is in %s", first.place(), first.Message, path).
		WithHint("mend it and check it: hayon config validate " + path).WithCause(cause)
}

// installEdited replaces the file, unless somebody else has changed it meanwhile.
func (a *app) installEdited(ctx context.Context, target configFile, before, text string) error {
	err := a.changeConfig(ctx, target, false, func(now []byte) ([]byte, error) {
		if string(now) != before {
			return nil, hayon.Errorf(hayon.CodeConflict, "somebody else has changed it meanwhile")
		}
		return []byte(text), nil
	})
	if err != nil {
		path, derr := writeDraft(text, ".toml")
		if derr != nil {
			return errors.Join(err, derr)
		}
		e := hayon.AsError(err)
		return hayon.Errorf(e.Code, "%s; what you wrote is in %s", e.Message, path).WithHint("compare the two, then: hayon config edit").WithCause(err)
	}
	a.say("Wrote %s", target.path)
	return nil
}
