package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

func (a *app) brokerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "See the message broker, and mend what is stuck",
		Long: `See the message broker, and mend what is stuck. The broker carries hints, "look at this post", from
the database to those who send: inside the daemon, or a RabbitMQ (broker.url of the configuration).
What it loses costs seconds and no post.

What cannot be delivered waits for you: the dead letters are messages that nobody could read or route,
and posts that a platform has refused for good; in the parking lot are posts whose retries are used up.`,
		Example: `  hayon broker status
  hayon broker dead list
  hayon broker parked replay t_9qx1`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.brokerStatusCommand(), a.brokerTopologyCommand(), a.letterCommand(hayon.LetterDead), a.letterCommand(hayon.LetterParked),
	)
	return cmd
}

func (a *app) brokerStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether messages flow, and why not",
		Long: `Show whether messages flow, and why not: how the daemon's broker is, what is in its queues, and what
waits for you. Without a daemon it is what the database knows, and the exit code is 11.`,
		Example: `  hayon broker status
  hayon broker status --json=broker.connected,queues,outbox`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.brokerStatus(cmd.Context()) },
	}
}

func (a *app) brokerTopologyCommand() *cobra.Command {
	o := &topologyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "topology",
		Short: "Show the exchanges, queues and bindings that a broker has to have",
		Long: `Show the exchanges, queues and bindings that a broker has to have, with their arguments. It asks nobody.
The daemon makes what is missing at its start and deletes nothing; where its user on the broker may
not make anything, somebody who may does it once by "declare".`,
		Example: `  hayon broker topology
  hayon broker topology --prefix staging. --json=queues
  hayon broker topology check --broker amqp://hayon@localhost/`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return o.show() },
	}
	cmd.Flags().StringVar(&o.prefix, "prefix", "", "what stands before each name (default: broker.prefix of the configuration)")
	cmd.AddCommand(a.topologyCheckCommand(), a.topologyDeclareCommand())
	return cmd
}

func (a *app) topologyCheckCommand() *cobra.Command {
	o := &topologyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Compare a RabbitMQ with what it has to have",
		Long: `Compare a RabbitMQ with what it has to have, and change nothing. Of each exchange, queue and binding it
is told whether it is there; where it differs, the argument with both values, and what to do. The exit
code is 10 where something is missing, differs or may not be looked at. A broker does not tell of its
bindings, unless --management names its management interface.`,
		Example: `  hayon broker topology check
  hayon broker topology check --broker amqp://hayon@localhost/ --prefix staging.
  hayon broker topology check --json=object,name,state`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.check(cmd.Context()) },
	}
	o.brokerFlags(cmd)
	return cmd
}

func (a *app) topologyDeclareCommand() *cobra.Command {
	o := &topologyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "declare",
		Short: "Make on a RabbitMQ what is missing",
		Long: `Make on a RabbitMQ the exchanges, queues and bindings that are missing. What is there in another form is
a conflict, and stays as it is: nothing is ever deleted. It is for a daemon whose own user on the
broker may not make anything; else the daemon does it at its start.`,
		Example: `  hayon broker topology declare --broker amqp://admin@localhost/
  hayon broker topology declare --dry-run`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.declare(cmd.Context()) },
	}
	o.brokerFlags(cmd)
	cmd.Flags().BoolVarP(&o.dry, "dry-run", "n", false, "show what would be made; change nothing")
	return cmd
}

// letterCommand are the commands about letters of one kind.
func (a *app) letterCommand(kind hayon.LetterKind) *cobra.Command {
	short, long := "See and mend what cannot be delivered", `See and mend what cannot be delivered: messages that nobody could read or route, or that were given
back too often, and posts that a platform has refused for good.`
	if kind == hayon.LetterParked {
		short, long = "See and mend posts whose retries are used up", `See and mend posts whose retries are used up. Each is a post on one account; once the cause is gone,
"replay" sends it again.`
	}
	path := "hayon broker " + string(kind)
	cmd := &cobra.Command{
		Use:   string(kind),
		Short: short,
		Long:  long,
		Example: "  " + path + ` list
  ` + path + ` show last`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.letterListCommand(kind), a.letterShowCommand(kind), a.letterReplayCommand(kind), a.letterDiscardCommand(kind))
	for _, c := range cmd.Commands() {
		if strings.Contains(c.Use, "REF") {
			c.ValidArgsFunction = a.completeLetters(kind)
		}
	}
	return cmd
}

// lettersWords are what letters of a kind are called where there are several.
func lettersWords(kind hayon.LetterKind) string {
	if kind == hayon.LetterParked {
		return "parked posts"
	}
	return "dead letters"
}

func (a *app) letterListCommand(kind hayon.LetterKind) *cobra.Command {
	o := &letterListOptions{app: a, kind: kind}
	path := "hayon broker " + string(kind) + " list"
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List " + lettersWords(kind) + ", newest first",
		Example: "  " + path + `
  ` + path + ` --all --json=ref,cause,reason,ended
  ` + path + ` --limit 0 -o csv > letters.csv`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "also messages that somebody has dealt with")
	cmd.Flags().IntVarP(&o.limit, "limit", "L", defaultLetters, "how many at the most; 0: all")
	return cmd
}

func (a *app) letterShowCommand(kind hayon.LetterKind) *cobra.Command {
	path := "hayon broker " + string(kind) + " show"
	return &cobra.Command{
		Use:   "show REF",
		Short: "Show why it is here, what it says, and what to do",
		Long: `Show why it is here and since when; the message, with the queues that it was in; the post that it is
about, how that stands and what happened to it; and what to type.

REF is the id of the letter, of its post, or of that post on one account; the last four or more digits of
one; or last. What somebody has dealt with is found by the whole id of the letter.`,
		Example: "  " + path + ` last
  ` + path + ` ` + exampleRef(kind) + ` --json`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.showLetter(cmd.Context(), kind, args[0]) },
	}
}

func (a *app) letterReplayCommand(kind hayon.LetterKind) *cobra.Command {
	o := &replayOptions{app: a, kind: kind}
	path := "hayon broker " + string(kind) + " replay"
	cmd := &cobra.Command{
		Use:   "replay REF...",
		Short: "Send it again",
		Long: `Send again what it is about. The post on that account goes out anew, from the database and not from the
message, which is taken off its queue. What is out already, and a message that is about no post, cannot
be sent again: discard it.

Where a daemon runs it sends, else this command does; it waits for the outcome for half a minute.`,
		Example: "  " + path + ` ` + exampleRef(kind) + `
  ` + path + ` last --dry-run
  ` + path + ` --all --yes --no-wait`,
		Args: usageArgs(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.all, "all", false, "all that can be sent again")
	f.StringVar(&o.req.Reason, "reason", "", "why, for the history")
	f.BoolVar(&o.noWait, "no-wait", false, "return as soon as it is queued")
	f.BoolVarP(&o.req.DryRun, "dry-run", "n", false, "show what would be sent; change nothing")
	return cmd
}

func (a *app) letterDiscardCommand(kind hayon.LetterKind) *cobra.Command {
	o := &discardOptions{app: a, kind: kind}
	path := "hayon broker " + string(kind) + " discard"
	cmd := &cobra.Command{
		Use:   "discard REF...",
		Short: "Give it up, and say why",
		Long: `Give it up, and say why: the reason stands in the history. A message is taken off its queue; a post that
failed or is parked is cancelled on that account. That cannot be undone.`,
		Example: "  " + path + ` ` + exampleRef(kind) + ` --reason "a test by hand"
  ` + path + ` last --reason "no longer true" --dry-run`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.req.Reason, "reason", "", "why, for the history (required)")
	f.BoolVarP(&o.req.DryRun, "dry-run", "n", false, "show what would be given up; change nothing")
	return cmd
}

// exampleRef is a ref of a kind of letters, for examples.
func exampleRef(kind hayon.LetterKind) string {
	if kind == hayon.LetterParked {
		return "t_9qx1"
	}
	return "d_9qx1"
}
