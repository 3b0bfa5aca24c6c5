package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// chooseProfile takes the profile that the configuration names, where neither a flag nor a variable
// does. What is wrong in a file is said when all of it is read.
func (a *app) chooseProfile(cmd *cobra.Command) {
	if f := cmd.Flags().Lookup("profile"); f != nil && f.Changed {
		return
	}
	p, err := pathsOf(a.getenv, defaultProfile, a.flags.config)
	if err != nil {
		return
	}
	if name := configuredProfile(p.configs); name != "" {
		a.flags.profile = name
	}
}

// configuredProfile is the profile that the files name, "" where none does.
func configuredProfile(files []configFile) string {
	chosen := ""
	for _, f := range files {
		b, err := f.read()
		if err != nil || f.origin == originProfile || !bytes.Contains(b, []byte("profile")) {
			continue
		}
		e, ok := parseToml(b).find("profile")
		if !ok {
			continue
		}
		v, _ := tomlValue(b[e.valueStart:e.end])
		if name, _ := v.(string); profilePattern().MatchString(name) {
			chosen = name
		}
	}
	return chosen
}

// profileView is a profile as --json shows it.
type profileView struct {
	Name string `json:"name"`
	// Active: the commands use it where nothing else is said.
	Active bool `json:"active"`
	// Accounts is nil where the database could not be asked.
	Accounts *int `json:"accounts,omitempty"`
	// Bytes is how much its data folder holds.
	Bytes int64 `json:"bytes"`
	// Running: a daemon runs for it, as the process PID where that is known.
	Running bool   `json:"running"`
	PID     int    `json:"pid,omitempty"`
	Data    string `json:"data"`
	Config  string `json:"config"`
}

func profileFields() []string {
	return []string{"name", "active", "accounts", "bytes", "running", "pid", "data", "config"}
}

func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "Keep separate worlds of accounts and posts",
		Long: `Keep separate worlds of accounts and posts. A profile is a folder with its database and credentials,
and its own configuration file over the user's. Every command takes -p NAME.`,
		Example: `  hayon profile list
  hayon profile create work
  hayon profile use work`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.profileListCommand(), a.profileCreateCommand(), a.profileUseCommand(), a.profileRenameCommand(), a.profileDeleteCommand())
	return cmd
}

func (a *app) profileListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the profiles",
		Long:  `List the profiles. The one with the * is in use where no other is named.`,
		Example: `  hayon profile list
  hayon profile list --json=name,active,running`,
		Annotations: map[string]string{offline: "yes"},
		Args:        usageArgs(cobra.NoArgs),
		PreRunE:     a.withoutConfig,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(profileFields()); err != nil {
				return err
			}
			return a.listProfiles(cmd.Context())
		},
	}
}

func (a *app) listProfiles(ctx context.Context) error {
	names, err := a.profileNames()
	if err != nil {
		return err
	}
	if !slices.Contains(names, a.flags.profile) { // it is made when it is needed
		names = append(names, a.flags.profile)
		slices.Sort(names)
	}
	views := make([]profileView, len(names))
	for i, name := range names {
		if views[i], err = a.viewOfProfile(ctx, name); err != nil {
			return err
		}
	}
	return printList(a, views, listing[profileView]{
		fields: profileFields(),
		id:     func(v *profileView) string { return v.Name },
		columns: []column{
			{title: " ", name: "active"},
			{title: "PROFILE"},
			{title: "ACCOUNTS", drop: 1},
			{title: "SIZE", drop: 2},
			{title: "DAEMON", drop: 3},
		},
		row: func(v *profileView) []string { return v.row() },
	})
}

func (v profileView) row() []string {
	mark, accounts, daemon := "", "", "not running"
	if v.Active {
		mark = "*"
	}
	if v.Accounts != nil {
		accounts = strconv.Itoa(*v.Accounts)
	}
	if v.Running {
		daemon = "running"
		if v.PID > 0 {
			daemon += fmt.Sprintf(", process %d", v.PID)
		}
	}
	return []string{mark, v.Name, accounts, humanBytes(v.Bytes), daemon}
}

// humanBytes is a number of bytes in the unit that suits it.
func humanBytes(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	value, i := float64(n), 0
	for value >= 1000 && i < len(units)-1 {
		value /= 1000
		i++
	}
	if i == 0 || value >= 100 {
		return fmt.Sprintf("%.0f %s", value, units[i])
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
}

// profileNames are the profiles that have data or a configuration, sorted.
func (a *app) profileNames() ([]string, error) {
	found := make(map[string]bool)
	folders, err := os.ReadDir(a.paths.root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, hayon.Errorf(hayon.CodeLocal, "the profiles in %s cannot be read: %w", a.paths.root, err)
	}
	for _, d := range folders {
		path := filepath.Join(a.paths.root, d.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() && path != a.paths.profileConfigs() {
			found[d.Name()] = true
		}
	}
	files, err := os.ReadDir(a.paths.profileConfigs())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, hayon.Errorf(hayon.CodeLocal, "the profiles in %s cannot be read: %w", a.paths.profileConfigs(), err)
	}
	for _, d := range files {
		if name, ok := strings.CutSuffix(d.Name(), ".toml"); ok {
			found[name] = true
		}
	}
	var names []string
	for name := range found {
		if profilePattern().MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// exists reports whether a profile has data or a configuration.
func (p paths) exists(profile string) bool {
	return fileExists(p.dataOf(profile)) || fileExists(p.profileConfig(profile).path)
}

// dataOf is the data folder of one of the profiles.
func (p paths) dataOf(profile string) string { return filepath.Join(p.root, profile) }

// inProfile is the program as it is with -p NAME. A configuration that cannot be read is left out.
func (a *app) inProfile(name string) (*app, error) {
	other := *a
	var err error
	if other.paths, err = pathsOf(a.getenv, name, a.flags.config); err != nil {
		return nil, err
	}
	other.flags.profile = name
	other.cfg, _ = loadConfig(other.paths.configs) // its own commands say what is wrong with it
	return &other, nil
}

// viewOfProfile looks at a profile without disturbing who works on it.
func (a *app) viewOfProfile(ctx context.Context, name string) (profileView, error) {
	other, err := a.inProfile(name)
	if err != nil {
		return profileView{}, err
	}
	v := profileView{
		Name: name, Active: name == a.flags.profile, Data: other.paths.data, Config: other.paths.profileConfig(name).path,
		Bytes: sizeOf(other.paths.data),
	}
	b, err := other.dial(ctx)
	v.Running = err == nil || errors.Is(err, errHangs)
	switch {
	case v.Running:
		if f, ferr := bolt.ReadOwnerFile(other.paths.database()); ferr == nil {
			v.PID = f.Owner.PID
		}
	case fileExists(other.paths.database()) && other.paths.refuseUnfinished(name) == nil:
		b, err = other.open(other.actor(ctx), coreConfig{})
	}
	if b == nil || err != nil {
		return v, ctx.Err()
	}
	if accounts, err := b.FindAccounts(other.actor(ctx), hayon.AccountFilter{}); err == nil {
		v.Accounts = new(len(accounts))
	}
	return v, errors.Join(b.close(), ctx.Err())
}

// sizeOf is how many bytes the files of a folder hold, those that can be read.
func sizeOf(dir string) int64 {
	var sum int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // what cannot be read is not counted
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// findProfile refuses a profile that there is not, with the nearest.
func (a *app) findProfile(name string) error {
	if !profilePattern().MatchString(name) {
		_, err := pathsOf(a.getenv, name, a.flags.config)
		return err
	}
	if a.paths.exists(name) {
		return nil
	}
	names, err := a.profileNames()
	if err != nil {
		return err
	}
	e := hayon.Errorf(hayon.CodeNotFound, "there is no profile %q", name).WithHint("see what there is: hayon profile list   or make it: hayon profile create " + name)
	if near := nearest(name, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}

// completeProfiles offers the names of the profiles for the first argument.
func (a *app) completeProfiles(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || a.withoutConfig(cmd, args) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names, err := a.profileNames()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
