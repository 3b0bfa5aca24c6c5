package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// aValue is one that a flag takes and does not have.
func aValue(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		if f.DefValue == "true" {
			return "false"
		}
		return "true"
	case "int", "count":
		return "7"
	case "duration":
		return "7s"
	case "fields":
		return "id"
	}
	return "seven"
}

// TestEveryFlagFromEnvironment is checklist 47: each flag of each command has its HAYON_<COMMAND>_<FLAG>,
// and each global one its HAYON_<FLAG>, which the command line wins over.
func TestEveryFlagFromEnvironment(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, c := range commands(newTestApp().rootCommand()) {
		if isTopic(c) {
			continue
		}
		path := strings.Fields(c.CommandPath())[1:]
		check := func(f *pflag.Flag, name string) {
			if f.Name == "help" {
				return
			}
			seen++
			name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			fromEnvironment(t, path, f.Name, name, aValue(f))
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if len(path) > 0 {
				check(f, "HAYON_"+strings.Join(path, "_")+"_"+f.Name)
			}
		})
		c.InheritedFlags().VisitAll(func(f *pflag.Flag) { check(f, "HAYON_"+f.Name) })
	}
	if seen < 500 {
		t.Errorf("only %d flags were tried", seen)
	}
}

func fromEnvironment(t *testing.T, path []string, flag, variable, value string) {
	t.Helper()
	a := newApp(&streams{out: io.Discard, err: io.Discard}, env(variable+"="+value))
	root := a.rootCommand()
	cmd, _, err := root.Find(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags(nil); err != nil {
		t.Fatal(err)
	}
	if err := a.flagsFromEnv(cmd); err != nil {
		t.Errorf("%s=%s: %v", variable, value, err)
		return
	}
	f := cmd.Flags().Lookup(flag)
	if !f.Changed {
		t.Errorf("%s does not reach --%s of %s", variable, flag, cmd.CommandPath())
	}
	if got := f.Value.String(); flag != "json" && strings.Trim(got, "[]") != value {
		t.Errorf("%s=%s makes --%s of %s %q", variable, value, flag, cmd.CommandPath(), got)
	}
}

// TestVariablesOfKeys: each variable that a key of the configuration is said to have is that of a flag,
// or one that the help knows.
func TestVariablesOfKeys(t *testing.T) {
	t.Parallel()
	flags := make(map[string]bool)
	visit := func(c *cobra.Command, prefix string, set *pflag.FlagSet) {
		set.VisitAll(func(f *pflag.Flag) {
			name := prefix + strings.Join(append(strings.Fields(c.CommandPath())[1:], f.Name), "_")
			flags[strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = true
		})
	}
	root := newTestApp().rootCommand()
	visit(root, "HAYON_", root.PersistentFlags())
	for _, c := range commands(root) {
		visit(c, "HAYON_", c.LocalFlags())
	}
	for _, key := range configKeys() {
		if key.flag != "" && root.PersistentFlags().Lookup(key.flag) == nil {
			t.Errorf("%s has no flag --%s", key.name, key.flag)
		}
		for _, name := range key.variables {
			if !flags[name] && !strings.Contains(topicEnvironment, name) {
				t.Errorf("%s has no variable %s", key.name, name)
			}
		}
	}
}
