package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
)

// app is what every command gets: its streams, environment, global flags and configuration.
type app struct {
	io     *streams
	getenv func(string) (string, bool)
	flags  globalFlags
	cfg    config
	paths  paths
	log    *slog.Logger
	now    func() time.Time
	// args is the command line.
	args []string
	// leaveQueued: this command delivers nothing itself, so what it stores is not claimed for it.
	leaveQueued bool
	// toldNoDaemon: it was said that nobody sends what waits.
	toldNoDaemon bool
	// cleanup runs when the command has ended.
	cleanup func()
	// command is the name of the command that runs, for owner files and leases.
	command string
	// query is what --jq makes of the result; nil for nothing.
	query *jqQuery
	// pager shows long results on a terminal; nil where there is none.
	pager *pager
	// helpErr is why no help was shown: the help of cobra cannot answer an error.
	helpErr error
	// known are the accounts as they were last read, for what their servers allow; may be nil.
	known map[hayon.AccountID]*hayon.Account
}

// globalFlags are those that every command has.
type globalFlags struct {
	profile string
	dir     string
	config  string
	json    jsonFlag
	jq      string
	output  string
	noPager bool
	quiet   bool
	verbose int
	color   string
	noInput bool
	yes     bool
	timeout time.Duration
	tz      string
	server  string
}

func newApp(s *streams, getenv func(string) (string, bool)) *app {
	return &app{io: s, getenv: getenv, now: time.Now, cleanup: func() {}, log: slog.New(slog.DiscardHandler)}
}

// execute runs one command line and answers the exit code. Whatever goes wrong has been said by then.
func (a *app) execute(ctx context.Context, args []string) int {
	a.args = args
	root := a.rootCommand() //nolint:contextcheck // a command gets its context when it runs
	root.SetArgs(args)
	root.SetIn(a.io.in)
	root.SetErr(a.io.err)
	out := &result{Writer: a.io.out}
	a.io.out = out
	root.SetOut(out)
	err := root.ExecuteContext(ctx)
	defer a.cleanup()
	if a.pager != nil {
		a.pager.finish(ctx, a.io.err)
	}
	err = a.ended(err, out.err)
	if err != nil {
		a.report(ctx, err)
	}
	return exitOf(ctx, err)
}

// ended is what is to be said of a command that answered err and whose result met werr.
func (a *app) ended(err, werr error) error {
	switch {
	case err == nil && a.helpErr != nil:
		return a.helpErr
	case werr == nil || err != nil && !errors.Is(err, werr):
		return err
	case errors.Is(werr, errPagerLeft) || brokenPipe(werr):
		return nil // who reads no more has seen enough
	}
	return hayon.Errorf(hayon.CodeLocal, "the result cannot be written to standard output: %w", werr).
		WithHint("what was done is done; see it: hayon list")
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "hayon",
		Short: "Compose, schedule and publish social posts from a terminal",
		Example: `  hayon post "Hello, world" --to site
  hayon post "See you there" --to bluesky,site --at "tomorrow 9am"`,
		Args:                       usageArgs(cobra.NoArgs),
		SilenceErrors:              true,
		SilenceUsage:               true,
		DisableAutoGenTag:          true,
		SuggestionsMinimumDistance: 2,
		Annotations:                map[string]string{offline: "yes"}, // help and version need nothing
		CompletionOptions:          cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE:          a.prepare,
	}
	printVersion := root.Flags().Bool("version", false, "print the version")
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if *printVersion {
			return a.sayVersion()
		}
		return cmd.Help()
	}
	a.globalFlags(root.PersistentFlags())
	root.SetFlagErrorFunc(flagError)
	a.groups(root)
	a.setHelp(root)
	a.setCompletion(root)
	return root
}

// groups adds all commands in the groups of the help.
func (a *app) groups(root *cobra.Command) {
	for _, g := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"publish", "PUBLISH", []*cobra.Command{a.postCommand(), a.previewCommand(), a.checkCommand(), a.repostCommand()}},
		{"posts", "POSTS", []*cobra.Command{
			a.listCommand(), a.showCommand(), a.editCommand(), a.copyCommand(), a.undoCommand(), a.openCommand(), a.publishCommand(),
			a.rescheduleCommand(), a.cancelCommand(), a.retryCommand(),
			a.deleteCommand(), a.resolveCommand(), a.waitCommand(), a.logCommand(),
		}},
		{"plan", "PLAN", []*cobra.Command{a.calendarCommand()}},
		{"accounts", "ACCOUNTS", []*cobra.Command{
			a.loginCommand(), a.logoutCommand(), a.accountCommand(), a.groupCommand(), a.peopleCommand(), a.platformCommand(),
		}},
		{"automation", "AUTOMATION", []*cobra.Command{a.tickCommand(), a.daemonCommand(), a.brokerCommand(), a.templateCommand(), a.hooksCommand(), a.webhookCommand()}},
		{"setup", "SET UP", []*cobra.Command{a.doctorCommand(), a.configCommand(), a.profileCommand(), a.dbCommand(), a.versionCommand(), a.completionCommand(), a.commandsCommand()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.AddCommand(a.manCommand())
	root.SetHelpCommandGroupID("setup")
}

func (a *app) globalFlags(f *pflag.FlagSet) {
	f.StringVarP(&a.flags.profile, "profile", "p", defaultProfile, "profile: a separate database, accounts and configuration")
	f.StringVarP(&a.flags.dir, "dir", "C", "", "run as if started in this folder")
	f.StringVar(&a.flags.config, "config", "", "read this configuration file and no other")
	f.Var(&a.flags.json, "json", "print JSON; =FIELDS selects, as in --json=id,targets.url")
	f.Lookup("json").NoOptDefVal = "*"
	f.StringVar(&a.flags.jq, "jq", "", "print what the jq expression `EXPR` makes of the JSON")
	f.StringVarP(&a.flags.output, "output", "o", "", "print a list as `FORMAT`: ids, csv or ndjson")
	f.BoolVarP(&a.flags.quiet, "quiet", "q", false, "print ids only")
	f.CountVarP(&a.flags.verbose, "verbose", "v", "say more; -vv shows requests, without secrets")
	f.StringVar(&a.flags.color, "color", "auto", "auto, always or never")
	f.BoolVar(&a.flags.noPager, "no-pager", false, "do not show long results page by page")
	f.BoolVar(&a.flags.noInput, "no-input", false, "never ask; fail with the flag to use")
	f.BoolVarP(&a.flags.yes, "yes", "y", false, "answer questions with yes")
	f.DurationVar(&a.flags.timeout, "timeout", 0, "give up after this time, as 30s or 2m")
	f.StringVar(&a.flags.tz, "tz", "", "zone of times, as Europe/Berlin")
	f.StringVar(&a.flags.server, "server", "", "unix: demand the daemon; none: always open the database")
}

// prepare runs before every command: environment into flags, folders, configuration, logger.
func (a *app) prepare(cmd *cobra.Command, _ []string) error {
	if isCompletion(cmd) {
		return nil // what is wrong is said by the command that is completed
	}
	if err := a.flagsFromEnv(cmd); err != nil {
		return err
	}
	if err := cmd.ValidateFlagGroups(); err != nil {
		return groupError(cmd, err)
	}
	if err := emptyFlag(cmd); err != nil {
		return err
	}
	a.command = strings.ReplaceAll(strings.TrimPrefix(cmd.CommandPath(), "hayon "), " ", "-")
	if !slices.Contains([]string{"auto", "always", "never"}, a.flags.color) {
		return notOneOf("--color", a.flags.color, []string{"auto", "always", "never"})
	}
	if a.flags.dir != "" {
		if err := os.Chdir(a.flags.dir); err != nil {
			return hayon.Errorf(hayon.CodeUsage, "--dir: %w", err).WithHint("name a folder that is there")
		}
	}
	if a.flags.timeout < 0 {
		return hayon.Errorf(hayon.CodeUsage, "--timeout is %s", a.flags.timeout).WithHint("give a time above zero, as 30s or 2m")
	}
	if a.flags.timeout > 0 {
		ctx, cancel := context.WithTimeoutCause(cmd.Context(), a.flags.timeout, hayon.Errorf(hayon.CodeUnavailable,
			"there was no answer within --timeout %s", a.flags.timeout).WithHint("see how it stands: hayon list"))
		a.cleanup = cancel
		cmd.SetContext(ctx)
	}
	a.log = newLogger(a)
	if err := a.chooseOutput(cmd); err != nil {
		return err
	}
	if cmd.Annotations[offline] == "" {
		a.chooseProfile(cmd)
		if cmd.Annotations[homeless] != "" {
			a.needNoHome()
		}
		if err := a.configure(); err != nil {
			return err
		}
	}
	a.page(cmd)
	return nil
}

// offline marks commands that need neither folders nor configuration.
const offline = "offline"

// homeless marks commands that keep nothing, and need a folder only to find what there is.
const homeless = "homeless"

// configure finds the profile's folders and reads its configuration.
func (a *app) configure() error {
	var err error
	if a.paths, err = newPaths(a.getenv, a.flags.profile, a.flags.config); err != nil {
		return err
	}
	if a.cfg, err = loadConfig(a.paths.configs); err != nil {
		return err
	}
	if v, ok := a.getenv("HAYON_DEMO"); ok && v != "" {
		yes, known := truth(v)
		a.cfg.Demo = a.cfg.Demo || yes || !known
	}
	if a.flags.server == "" {
		a.flags.server = a.cfg.Server
	}
	if !slices.Contains([]string{"", "unix", "none"}, a.flags.server) {
		return hayon.Errorf(hayon.CodeUsage, "--server is %q", a.flags.server).WithHint("use unix or none")
	}
	_, err = a.location()
	return err
}

// emptyFlag refuses an empty value where it would mean something else than was meant: --at "$WHEN" of a
// script whose variable is empty must not publish now.
func emptyFlag(cmd *cobra.Command) error {
	for _, name := range []string{
		"at", "in", "to", "idempotency-key", "since", "until", "state",
		"if-late", "grace", "gap", "published", "account", "config", "dir", "tz", "visibility", "cw", "file", "token-file", "note",
		"not", "label", "lang", "broker", "thread", "number", "reply-to", "quote", "card", "title", "tag", "replies", "alt-policy",
		"poll-for", "from-template", "from-url", "text-file", "add-to", "remove-to", "add-label", "remove-label", "clear", "by", "filter", "search", "sort", "source",
	} {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		if v := f.Value.String(); v == "" || v == "[]" {
			return hayon.Errorf(hayon.CodeUsage, "--%s is empty", name).WithHint("give it a value, or leave it out")
		}
	}
	return nil
}

// flagsFromEnv gives each flag that was not set the value of HAYON_FLAG or HAYON_COMMAND_FLAG; those of
// post hold for preview too.
func (a *app) flagsFromEnv(cmd *cobra.Command) error {
	var first error
	prefix := "HAYON_"
	path := strings.Fields(cmd.CommandPath())[1:]
	set := func(f *pflag.Flag, name string) {
		v, ok := a.getenv(strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
		if !ok || v == "" || f.Changed || first != nil || excluded(cmd, f) {
			return
		}
		if err := cmd.Flags().Set(f.Name, v); err != nil {
			first = hayon.Errorf(hayon.CodeUsage, "%s is %q, which --%s does not take", strings.ToUpper(strings.ReplaceAll(name, "-", "_")), v, f.Name).
				WithHint("see: hayon help environment")
		}
	}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if len(path) > 0 && f.Name != "help" {
			set(f, prefix+strings.Join(path, "_")+"_"+f.Name)
			if path[0] == "preview" || path[0] == "check" { // what they show is what post does
				set(f, prefix+"post_"+f.Name)
			}
		}
	})
	cmd.InheritedFlags().VisitAll(func(f *pflag.Flag) { set(f, prefix+f.Name) })
	return first
}

// mutuallyExclusive is the annotation by which cobra remembers which flags exclude each other.
const mutuallyExclusive = "cobra_annotation_mutually_exclusive"

// excluded reports whether a flag that excludes f stands on the command line: it wins over f's
// variable.
func excluded(cmd *cobra.Command, f *pflag.Flag) bool {
	for _, group := range f.Annotations[mutuallyExclusive] {
		for name := range strings.FieldsSeq(group) {
			if other := cmd.Flags().Lookup(name); other != nil && other.Changed {
				return true
			}
		}
	}
	return false
}

// actor is the context in which a command calls services: the local user, by the command line.
func (a *app) actor(ctx context.Context) context.Context {
	return hayon.WithActor(ctx, hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceCLI, RequestID: requestID()})
}
