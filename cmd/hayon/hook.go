package main

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/hook"
)

// hookFields are the names that --json takes for hooks.
func hookFields() []string { return []string{"name", "command", "events", "timeout"} }

// hookView is a hook as --json shows it. Command is a line for the shell, or a list of words.
type hookView struct {
	Name    string            `json:"name"`
	Command any               `json:"command"`
	Events  []hayon.EventKind `json:"events"`
	Timeout string            `json:"timeout"`
}

func (a *app) hooksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hook",
		Short: "Run programs on events",
		Long: `Run programs when something happens: a post is out, failed, was missed, needs your word, or an
account has to be connected again. The hooks stand in the configuration:

  [[hook]]
  name = "chat"
  command = ["notify.sh"]
  events = ["target.published", "target.failed"]

The event is JSON on the program's standard input. A daemon runs the hooks; one that hangs or fails
holds up no post.`,
		Example: `  hayon hook list
  hayon hook test chat`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.hookListCommand(), a.hookTestCommand())
	return cmd
}

func (a *app) hookListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the hooks of the configuration",
		Example: `  hayon hook list
  hayon hook list --json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return a.printHooks() },
	}
}

func (a *app) printHooks() error {
	views := make([]hookView, len(a.cfg.Hooks))
	for i, h := range a.cfg.Hooks {
		views[i] = hookView{
			Name: h.Name, Command: h.Command.line, Events: kindsOrNotices(kindsOf(h.Events)),
			Timeout: cmp.Or(h.Timeout.Duration, hook.DefaultTimeout).String(),
		}
		if words := h.Command.words; len(words) > 0 {
			views[i].Command = words
		}
	}
	return printList(a, views, listing[hookView]{
		fields:  hookFields(),
		id:      func(v *hookView) string { return v.Name },
		columns: []column{{title: "HOOK"}, {title: "COMMAND", flexible: true}, {title: "EVENTS", drop: 2}, {title: "TIMEOUT", drop: 1}},
		row: func(v *hookView) []string {
			command, line := v.Command.(string)
			if words, ok := v.Command.([]string); ok && !line {
				command = strings.Join(words, " ")
			}
			return []string{v.Name, command, strings.Join(texts(v.Events), ","), v.Timeout}
		},
		empty: "No hooks. See how to add one: hayon hook --help",
	})
}

// kindsOrNotices are the events that somebody gets who chose these.
func kindsOrNotices(kinds []hayon.EventKind) []hayon.EventKind {
	if len(kinds) == 0 {
		return hayon.NoticeKinds()
	}
	return kinds
}

func (a *app) hookTestCommand() *cobra.Command {
	var event string
	var dry bool
	cmd := &cobra.Command{
		Use:   "test [NAME]",
		Short: "Run a hook with an example, or all of them",
		Long: `Run a hook with an example of an event that it gets, here and now, and say how it ended. Without a
name all hooks are run. The example says "test": true. A hook runs in the profile's data folder.`,
		Example: `  hayon hook test
  hayon hook test chat --event failed
  hayon hook test chat --dry-run`,
		Args:              usageArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: a.completeHooks,
		RunE: func(cmd *cobra.Command, args []string) error {
			hooks, err := a.hooksNamed(args)
			if err != nil {
				return err
			}
			kind, err := oneKind(event)
			if err != nil {
				return err
			}
			return a.testHooks(cmd.Context(), hooks, kind, dry)
		},
	}
	cmd.Flags().StringVar(&event, "event", "", "what the example is about, as published or failed (default: the first that the hook gets)")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "print the example, and run nothing")
	return cmd
}

// hooksNamed are all hooks, or the one of that name.
func (a *app) hooksNamed(args []string) ([]hookConfig, error) {
	hooks := a.cfg.Hooks
	if len(hooks) == 0 {
		return nil, hayon.Errorf(hayon.CodeNotFound, "the configuration has no hooks").WithHint("see how to add one: hayon hook --help")
	}
	if len(args) == 0 {
		return hooks, nil
	}
	var names []string
	for _, h := range hooks {
		if h.Name == args[0] {
			return []hookConfig{h}, nil
		}
		names = append(names, h.Name)
	}
	e := hayon.Errorf(hayon.CodeNotFound, "there is no hook %q", args[0]).WithHint("see what there is: hayon hook list")
	if near := nearest(args[0], names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return nil, e
}

// oneKind is the kind that a word means; "" for none.
func oneKind(word string) (hayon.EventKind, error) {
	if word == "" {
		return "", nil
	}
	kinds, err := eventKinds([]string{word}, true)
	if err == nil && len(kinds) == 1 {
		return kinds[0], nil
	}
	return "", oneOf("the event", word, texts(hayon.EventKinds()))
}

// testHooks runs each hook with an example. The first failure is the answer; others are told.
func (a *app) testHooks(ctx context.Context, hooks []hookConfig, kind hayon.EventKind, dry bool) error {
	var first error
	for _, h := range hooks {
		about := kind
		if about == "" {
			about = kindsOrNotices(kindsOf(h.Events))[0]
		}
		example := events.Example(about, a.now())
		example.Profile = a.flags.profile
		if dry {
			b, err := json.Marshal(example)
			if err != nil {
				return err
			}
			a.say("Nothing was run. %s would get:", h.Name)
			a.print("%s", b)
			continue
		}
		err := a.runHook(ctx, h, example)
		switch {
		case isOver(ctx):
			return err
		case err != nil && first != nil:
			a.report(ctx, err)
		case err != nil:
			first = err
		}
	}
	return first
}

func (a *app) runHook(ctx context.Context, h hookConfig, n events.Notice) error {
	command, err := a.hookCommand(h)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(a.paths.data, 0o700); err != nil { // where it runs
		return hayon.Errorf(hayon.CodeLocal, "the folder %s cannot be made: %w", a.paths.data, err)
	}
	start := time.Now()
	if err := command.Deliver(ctx, n); err != nil {
		return err
	}
	a.say("%s got %s and ended well, after %s", h.Name, n.Event.Kind, time.Since(start).Round(time.Millisecond))
	return nil
}

func (a *app) completeHooks(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if err := a.prepare(cmd, args); err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, h := range a.cfg.Hooks {
		names = append(names, h.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
