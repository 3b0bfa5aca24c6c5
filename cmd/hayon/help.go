package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// helpWidth is the widest line of a help page.
const helpWidth = 100

// setHelp makes help pages plain: upper-case headings, no colours, no trailing blanks, the same in
// a pipe and on a terminal, where narrow ones get narrow paragraphs. It adds the topics.
func (a *app) setHelp(root *cobra.Command) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if args := cmd.Flags().Args(); len(args) > 0 && cmd.HasAvailableSubCommands() && cmd.Flags().Changed("help") {
			a.helpErr = unknownCommand(cmd, args[0]) // hayon nope --help
			return
		}
		a.setPager()
		_, _ = fmt.Fprint(a.io.out, helpPage(cmd, a.helpColumns()))
	})
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := fmt.Fprint(a.io.err, helpPage(cmd, helpWidth))
		return err
	})
	for _, t := range a.topics() {
		root.AddCommand(&cobra.Command{Use: t.name, Short: t.short, Long: t.text()})
	}
	help := &cobra.Command{
		Use:               "help [COMMAND | TOPIC]",
		Short:             "Show help on a command or a topic",
		Annotations:       map[string]string{offline: "yes"},
		ValidArgsFunction: completeHelp,
		Example: `  hayon help post
  hayon help exit-codes`,
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 || cmd == root && len(args) > 0 {
				var names []string
				for _, c := range root.Commands() {
					names = append(names, c.Name())
				}
				e := hayon.Errorf(hayon.CodeUsage, "there is no command or topic %q", strings.Join(args, " ")).
					WithHint("see what there is: hayon help")
				if near := nearest(args[0], names); near != "" {
					e.Hint = "did you mean: hayon help " + near
				}
				return e
			}
			cmd.InitDefaultHelpFlag() // as --help does
			return cmd.Help()
		},
	}
	root.SetHelpCommand(help)
	root.InitDefaultHelpCmd() // in the tree before anything is run, for who reads it
}

// helpColumns is how wide a help page may be: a narrow terminal would break its lines inside words.
func (a *app) helpColumns() int {
	if !a.io.outTTY {
		return helpWidth
	}
	return min(helpWidth, a.columns())
}

// reflow breaks the paragraphs of s that are wider than width anew. Indented lines stay as they are.
func reflow(s string, width int) string {
	paragraphs := strings.Split(s, "\n\n")
	for i, p := range paragraphs {
		wide := slices.ContainsFunc(strings.Split(p, "\n"), func(line string) bool { return cells(line) > width })
		if wide && !laidOut(p) {
			paragraphs[i] = wrapWords(p, "", width)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// helpPage is the help of a command.
func helpPage(cmd *cobra.Command, width int) string {
	var b strings.Builder
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	long = reflow(strings.TrimSpace(long), width)
	fmt.Fprintf(&b, "%s\n", long)
	if !cmd.Runnable() && !cmd.HasAvailableSubCommands() {
		return b.String() // a topic
	}
	fmt.Fprintf(&b, "\nUSAGE\n  %s\n", usageLine(cmd))
	helpCommands(&b, cmd, width)
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nEXAMPLES\n%s\n", cmd.Example)
	}
	if f := cmd.LocalNonPersistentFlags(); f.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nFLAGS\n%s", f.FlagUsagesWrapped(width))
	}
	global := cmd.InheritedFlags()
	if !cmd.HasParent() {
		global = cmd.PersistentFlags()
	}
	if global.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nGLOBAL FLAGS\n%s", global.FlagUsagesWrapped(width))
	}
	return trimLines(optionalValues.Replace(b.String()))
}

// optionalValues shows flags whose value may be left out as people write them, in the same width.
var optionalValues = strings.NewReplacer(
	"--json fields[=*]", "--json[=FIELDS]  ",
	`--wait string[="0"]`, "--wait[=DURATION]  ",
)

func helpCommands(b *strings.Builder, cmd *cobra.Command, width int) {
	section := func(title string, keep func(*cobra.Command) bool) {
		var rows []string
		for _, c := range cmd.Commands() {
			if keep(c) && !c.Hidden {
				row := fmt.Sprintf("  %-14s %s", c.Name(), c.Short)
				rows = append(rows, fold(row, width, min(17, width/2)))
			}
		}
		if len(rows) > 0 {
			fmt.Fprintf(b, "\n%s\n%s\n", title, strings.Join(rows, "\n"))
		}
	}
	if len(cmd.Groups()) == 0 {
		section("COMMANDS", func(c *cobra.Command) bool { return !isTopic(c) })
		return
	}
	for _, g := range cmd.Groups() {
		section(g.Title, func(c *cobra.Command) bool { return c.GroupID == g.ID && !isTopic(c) })
	}
	section("TOPICS", isTopic)
}

// trimLines removes blanks at the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// topic is a page of help that is about no command.
type topic struct {
	name, short string
	text        func() string
}

func (a *app) topics() []topic {
	fixed := func(s string) func() string { return func() string { return s } }
	return []topic{
		{"accessibility", "Colours, motion and screen readers", fixed(topicAccessibility)},
		{"configuration", "The configuration file", func() string { return topicConfiguration + "\n" + configHelp() }},
		{"environment", "Variables that hayon reads", fixed(topicEnvironment)},
		{"exit-codes", "What each exit code means", topicExitCodes},
		{"files", "Where things are kept, and files with posts", fixed(topicFiles)},
		{"formatting", "Output for programs", topicFormatting},
		{"platforms", "Where hayon can post, and the limits", a.topicPlatforms},
		{"scripting", "hayon in scripts, cron and CI", fixed(topicScripting)},
		{"security", "Where credentials are", fixed(topicSecurity)},
		{"time", "How to write a time", fixed(topicTime)},
		{"webhooks", "How a webhook's requests look, and how to check them", fixed(topicWebhooks)},
	}
}

func topicExitCodes() string {
	var b strings.Builder
	b.WriteString("What each exit code means. New codes may be added: treat one that you do not know as a failure.\n\n")
	for _, r := range []struct {
		code int
		text string
	}{
		{hayon.ExitOK, "done; also when nothing was due, or all was done already"},
		{hayon.CodeInternal.Exit(), "unexpected error, a bug; please report it"},
		{hayon.CodeUsage.Exit(), "usage: bad command, flag or time, missing input"},
		{hayon.CodeInvalid.Exit(), "content refused by our checks: too long, bad media, a past time"},
		{hayon.CodeUnauthenticated.Exit(), "a sign-in is needed or has expired: hayon login"},
		{hayon.CodeNotFound.Exit(), "not found, or an id that fits several"},
		{hayon.ExitPartial, "partial: some targets are out, some are not: hayon retry"},
		{hayon.CodeRejected.Exit(), "refused by the platform for good"},
		{hayon.CodeUnavailable.Exit(), "network, time-out, rate limit or platform down; safe to repeat"},
		{hayon.CodeUncertain.Exit(), "sent, and the outcome is not known for a target: look, then hayon resolve"},
		{hayon.CodeConflict.Exit(), "conflict: duplicate text, wrong state, locked, version mismatch"},
		{hayon.CodeUnreachable.Exit(), "the daemon is not there, and it was needed"},
		{hayon.CodeTimeout.Exit(), "the wait ended, not the work"},
		{hayon.CodeLocal.Exit(), "this machine: disk full, permission, database or keyring unreadable"},
		{130, "Ctrl-C; 143 is SIGTERM"},
	} {
		fmt.Fprintf(&b, "  %3d  %s\n", r.code, r.text)
	}
	b.WriteString(`
Where targets differ: 9 when any is uncertain, else 12 when any is still being tried, else 6 when
some are out, else 4, 7, 8 or 10, what asks most of you. Parked counts as 8, missed and cancelled
as 10.
`)
	return b.String()
}

func topicFormatting() string {
	names := func(list []string) string { return wrapWords(strings.Join(list, ", "), "  ", helpWidth-2) + "\n" }
	return `Results go to stdout, everything else to stderr. What is piped has tabs, whole values, no colours
and no head. Ids are whole in pipes, and short on a terminal. On a terminal that is narrow tables
lose columns, and long results are shown by a pager (--no-pager, HAYON_PAGER, PAGER).

  -q              ids only
  --json          everything, as JSON: lists are arrays, single things objects
  --json=F,F      these members only; a name such as targets.url reaches inside
  --jq EXPR       what a jq expression makes of the JSON, as --jq '.[].id'; strings are printed
                  without quotes, and null as an empty line
  -o ids          of a list: its ids, one a line
  -o csv          of a list: its columns, whole, under a head
  -o ndjson       of a list: each item as JSON on a line of its own

"hayon log" prints events one by one, also with --json: --jq is applied to each of them. Times in
JSON are RFC 3339 with an offset; what is not known is left out. With --json an error is one JSON
object on stderr; docs names the help that tells more, details and retry_after (seconds) are there
where they are known:

  {"error":{"code":"not_found","message":"...","hint":"...","docs":"hayon help exit-codes"}}

The members of a post:

` + names(postFields()) + `
Those of a preview are the same, and:

` + names(previewFields()[len(postFields()):]) + `
What hayon preview and post --dry-run print into a pipe: for each part of each account a line with
account, length and text, and below it one for each fact with account, kind and value. The kinds are
link, mention, tags, reply to, quote, card, poll, image, video, embed, not asked, note, options,
refused and hint; there may be more.

Those of an account:

` + names(accountFields()) + `
Those of an event:

` + names(eventFields()) + `
Those of a revision, which show --revisions prints:

` + names(revisionFields()) + `
Those of a file that hayon check looks at:

` + names(checkFields()) + `
A day of hayon calendar has date and posts. hayon undo, post with several files, and what has --filter
print an array of posts.

The columns of csv are, of hayon list: id, state, at, to, text, labels, source; of hayon account list:
account, status, handle, host, default, if_late; of hayon log: at, post, account, event, detail.
`
}

func (a *app) topicPlatforms() string {
	var b strings.Builder
	b.WriteString(`Where hayon can post, and what each platform allows. A server may allow more or less: hayon account
show NAME. What becomes of a post there is shown by hayon preview; rules with their sources by hayon
platform show NAME.

`)
	for _, p := range a.everyPlatform().All() {
		info := p.Info()
		if info.Name == "demo" {
			continue
		}
		fmt.Fprintf(&b, "  %-10s %s\n", info.Name, info.Title)
		for _, l := range info.Limits {
			fmt.Fprintf(&b, "             %s\n", limitWords(l))
		}
		if len(info.MediaTypes) > 0 {
			fmt.Fprintln(&b, wrapWords("media: "+strings.Join(info.MediaTypes, ", "), strings.Repeat(" ", 13), helpWidth))
		}
		if info.NoSignIn {
			b.WriteString("             needs no login\n")
		} else {
			fmt.Fprintf(&b, "             connect: hayon login %s\n", info.Name)
		}
	}
	return b.String()
}

// wrapWords breaks s at blanks.
func wrapWords(s, indent string, width int) string {
	var b strings.Builder
	line := indent
	for word := range strings.FieldsSeq(s) {
		if cells(line)+cells(word) > width && line != indent {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " "))
	return b.String()
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
