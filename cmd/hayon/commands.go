package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
)

// commandView is a command in the catalog, from which the manual is made too.
type commandView struct {
	// Path is what is typed, as "hayon account list"; that of the program itself is "hayon".
	Path    string   `json:"path"`
	Usage   string   `json:"usage"`
	Short   string   `json:"short"`
	Long    string   `json:"long"`
	Group   string   `json:"group,omitempty"`
	Aliases []string `json:"aliases"`
	// Examples are lines for a shell.
	Examples []string `json:"examples"`
	// Commands are the paths of the commands below it.
	Commands []string `json:"commands"`
	// Flags are its own; those of the program itself hold for all commands.
	Flags []flagView `json:"flags"`
}

// flagView is a flag in the catalog.
type flagView struct {
	Name      string `json:"name"`
	Shorthand string `json:"shorthand,omitempty"`
	// Type is bool, string, strings (commas, or given again), int, duration, count or fields.
	Type    string `json:"type"`
	Default string `json:"default,omitempty"`
	Usage   string `json:"usage"`
	// Optional: the value may be left out.
	Optional bool `json:"optional,omitempty"`
	// Env are the variables that stand for it.
	Env []string `json:"env"`
	// Values are the words that it takes, where they are few.
	Values []string `json:"values,omitempty"`

	// placeholder is how the help writes the value; "" for none.
	placeholder string
}

func commandFields() []string {
	return []string{
		"path", "usage", "short", "long", "group", "aliases", "examples", "commands", "flags", "flags.name", "flags.shorthand",
		"flags.type", "flags.default", "flags.usage", "flags.optional", "flags.env", "flags.values",
	}
}

func (a *app) commandsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "commands",
		Short: "List all commands and flags, for programs",
		Long: `List all commands. With --json each has its help, its examples and its flags with their types,
defaults, values and variables; the first one is the program itself, whose flags all commands have.`,
		Annotations: map[string]string{offline: "yes"},
		Example: `  hayon commands
  hayon commands --json=path,flags.name
  hayon commands --jq '.[] | select(.flags[].name == "dry-run") | .path'`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(commandFields()); err != nil {
				return err
			}
			return printList(a, catalog(cmd.Root()), listing[commandView]{
				fields:  commandFields(),
				id:      func(v *commandView) string { return v.Path },
				columns: []column{{title: "COMMAND", name: "path"}, {title: "WHAT IT DOES", name: "short", flexible: true}},
				row:     func(v *commandView) []string { return []string{v.Path, v.Short} },
			})
		},
	}
}

// catalog are the commands that help names, the program itself first, then in the order of their names.
func catalog(root *cobra.Command) []commandView {
	var out []commandView
	walk(root, func(c *cobra.Command) { out = append(out, commandOf(c)) })
	return out
}

// walk visits a command and those below it that help names, without topics.
func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	below := slices.Clone(c.Commands())
	slices.SortFunc(below, func(a, b *cobra.Command) int { return strings.Compare(a.Name(), b.Name()) })
	for _, sub := range below {
		if !sub.Hidden && !isTopic(sub) {
			walk(sub, visit)
		}
	}
}

// isTopic reports whether a command is a page of help and nothing else.
func isTopic(c *cobra.Command) bool { return !c.Runnable() && !c.HasAvailableSubCommands() }

func commandOf(c *cobra.Command) commandView {
	v := commandView{
		Path: c.CommandPath(), Usage: usageLine(c), Short: c.Short, Long: strings.TrimSpace(c.Long), Group: c.GroupID,
		Aliases: append([]string{}, c.Aliases...), Examples: []string{}, Commands: []string{}, Flags: []flagView{},
	}
	if v.Long == "" {
		v.Long = c.Short
	}
	for line := range strings.Lines(c.Example) {
		if line = strings.TrimSpace(line); line != "" {
			v.Examples = append(v.Examples, line)
		}
	}
	for _, sub := range c.Commands() {
		if !sub.Hidden && !isTopic(sub) {
			v.Commands = append(v.Commands, sub.CommandPath())
		}
	}
	slices.Sort(v.Commands)
	ownFlags(c).VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			v.Flags = append(v.Flags, flagOf(c, f))
		}
	})
	return v
}

// usageLine is how a command is called.
func usageLine(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND [flags]"
	}
	return c.UseLine()
}

// ownFlags are the flags of a command alone, of the program itself those that all commands have.
func ownFlags(c *cobra.Command) *pflag.FlagSet {
	if !c.HasParent() {
		return c.PersistentFlags()
	}
	return c.LocalNonPersistentFlags()
}

func flagOf(c *cobra.Command, f *pflag.Flag) flagView {
	placeholder, usage := pflag.UnquoteUsage(f)
	v := flagView{
		Name: f.Name, Shorthand: f.Shorthand, Type: flagType(f), Usage: usage, Optional: f.NoOptDefVal != "" && f.Value.Type() != "bool" && f.Value.Type() != "count",
		Env: []string{envName(c, f)}, Values: flagValues(f.Name), placeholder: strings.ToUpper(placeholder),
	}
	if v.Optional {
		v.placeholder = strings.ToUpper(cmp.Or(map[string]string{"json": "FIELDS", "wait": "DURATION"}[f.Name], placeholder))
	}
	switch d := f.DefValue; {
	case d == "" || d == "[]" || d == "0" && v.Type != "int" || d == "0s" || d == "false":
	default:
		v.Default = d
	}
	return v
}

func flagType(f *pflag.Flag) string {
	switch t := f.Value.Type(); t {
	case "stringSlice", "stringArray":
		return "strings"
	default:
		return t
	}
}

// envName is the variable that stands for a flag: HAYON_FLAG for those that all commands have,
// HAYON_COMMAND_FLAG for the others.
func envName(c *cobra.Command, f *pflag.Flag) string {
	words := []string{"hayon"}
	if c.HasParent() && c.InheritedFlags().Lookup(f.Name) == nil {
		words = strings.Fields(c.CommandPath())
	}
	return strings.ToUpper(strings.ReplaceAll(strings.Join(append(words, f.Name), "_"), "-", "_"))
}

// flagValues are the words that a flag of this name takes; none where they are many.
func flagValues(name string) []string {
	switch name {
	case "color":
		return []string{"auto", "always", "never"}
	case "format":
		return []string{formatMan, formatMarkdown}
	case "output":
		return outputFormats()
	case "server":
		return []string{"unix", "none"}
	case "state":
		return texts(hayon.PostStates())
	case "if-late":
		return texts(hayon.LatePolicies())
	case "visibility":
		return hayon.Visibilities()
	case "thread":
		return texts(hayon.ThreadModes())
	case "replies":
		return hayon.Replies()
	case "alt-policy":
		return texts(hayon.AltPolicies())
	case "kind", "events", "event":
		return texts(hayon.EventKinds())
	}
	return nil
}
