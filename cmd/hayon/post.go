package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon/server/api"
)

// postOptions are the flags of hayon post.
type postOptions struct {
	app            *app
	to, not        []string
	texts          []string
	langs          []string
	labels         []string
	at, in         string
	draft          bool
	dryRun         bool
	wait           string
	noWait         bool
	ifLate, grace  string
	key            string
	allowDuplicate bool
	postSource
	postContent
	postMedia
	postThread
	postPoll
	postCare
	// repost is what is reposted, where the command is repost.
	repost string
	// keep gets what is stored in the place of the output, where it is not nil.
	keep func(*api.Post) error
}

// postContent is what goes with the text.
type postContent struct {
	visibility, cw string
	sensitive      bool
	title          string
	tags           []string
	replies        string
	noQuotes       bool
	card           string
	set            []string
	note           string
}

// postCare says how carefully it is sent.
type postCare struct {
	requireAll, bestEffort bool
	undo                   time.Duration
	open                   bool
}

func (a *app) postCommand() *cobra.Command {
	o := &postOptions{app: a}
	cmd := &cobra.Command{
		Use:   "post [TEXT | -]",
		Short: "Publish a post now, or at a time",
		Long: `Publish a post to one or more accounts, now or at a time.

The text is the argument, or comes from a pipe or with "-" from standard input, from a file (-f), the
clipboard, a template or a web page. A post is stored for all accounts or for none; what was stored is
never lost and never sent twice.

With a time in the future the post is stored and goes out by the daemon or by hayon tick. A post
that is due now is waited for: up to 30 s, then the exit code is 12 and the work goes on.

With -e the text is written in your editor, and you are asked before it goes out. --undo holds back what
is due now, so that Ctrl-C (or hayon cancel) takes it back. What only one platform knows is set by
--set ACCOUNT.KEY=VALUE; hayon platform show NAME lists the keys.

With -f the post stands in a file: Markdown with front matter, YAML, JSON or a text, as hayon help files
tells. A flag wins over the file, the file over variables and the configuration; --part adds to what the
file holds. Of several files all are read and checked before the first is stored, and where one is wrong
none is; hayon check does that alone.

A thread: a line of only --- begins a new part, each --part adds one, and with --thread auto what is too
long for a platform is split there, between paragraphs, else sentences, else words. --reply-to and
--quote take the address of any post, or the id of one of yours that is out; --continue goes on after
the last one of each account. hayon preview shows what each platform would get of it.

What is sent later than --grace after its time (1h where nobody says otherwise) goes by --if-late:
publish it, skip it, or ask you.`,
		Example: `  hayon post "Hello, world" --to site
  hayon post "Hi #golang" --to bluesky -m a.png --alt "a square"
  hayon post "See you there" --to bluesky,site --at "tomorrow 9am"
  git log -1 --format=%s | hayon post - --to bluesky --in 30m
  hayon post "A thread:" --part "its second part" --part "and its third" --to bluesky
  hayon post - --to bluesky,mastodon --thread auto --number "{i}/{n}" < essay.txt
  hayon post "And one more thing" --to bluesky --continue
  hayon post "Tea or coffee?" --to mastodon --poll-option Tea --poll-option Coffee --poll-for 3d
  hayon post "Good morning" --to bluesky --at "tomorrow 8am" --if-late skip --grace 30m
  hayon post "2.0 is out" --to mastodon,bluesky --visibility unlisted --cw "release notes"
  hayon post --from-template release --var version=2.0 --to @launch
  hayon post --from-url https://example.com/news -e --to bluesky
  hayon post -f note.txt --to @launch --best-effort --undo 10s
  hayon post -f posts/*.md --dry-run
  hayon post "Hello" --to bluesky,site --text site="A longer hello" --dry-run`,
		Args: usageArgs(func(cmd *cobra.Command, args []string) error {
			if len(o.files) > 0 { // a shell spells out what a pattern matches
				return nil
			}
			return cobra.MaximumNArgs(1)(cmd, args)
		}),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	o.contentFlags(cmd)
	f.StringSliceVar(&o.labels, "label", nil, "label to find the post by; not published")
	f.StringVar(&o.note, "note", "", "a note for you alone")
	f.BoolVar(&o.requireAll, "require-all", false, "send nothing where one account cannot take it (the default)")
	f.BoolVar(&o.bestEffort, "best-effort", false, "send it where it is valid, and store it as failed where it is not")
	f.DurationVar(&o.undo, "undo", 0, "hold back what is due now for so long, as 10s; Ctrl-C takes it back")
	o.whenFlags(cmd)
	o.afterFlags(cmd)
	cmd.MarkFlagsMutuallyExclusive("require-all", "best-effort")
	cmd.MarkFlagsMutuallyExclusive("undo", "at")
	cmd.MarkFlagsMutuallyExclusive("undo", "in")
	cmd.MarkFlagsMutuallyExclusive("undo", "draft")
	cmd.MarkFlagsMutuallyExclusive("open", "draft")
	return cmd
}

// contentFlags say what each platform gets: accounts, text, media and all that goes with them.
func (o *postOptions) contentFlags(cmd *cobra.Command) {
	o.targetFlags(cmd)
	o.sourceFlags(cmd)
	f := cmd.Flags()
	f.StringArrayVar(&o.texts, "text", nil, "ACCOUNT=TEXT or ACCOUNT=@FILE: another text for one account")
	o.sharedFlags(cmd)
	f.StringSliceVar(&o.tags, "tag", nil, "word to find the post by beside those in the text (repeat, or with commas)")
	f.BoolVar(&o.noQuotes, "no-quotes", false, "nobody may quote it, where the platform has that")
	f.StringVar(&o.cw, "cw", "", "content warning that stands in the place of the text until the reader asks for it")
	f.BoolVar(&o.sensitive, "sensitive", false, "hide the images until the reader asks for them")
	f.StringVar(&o.card, "card", "", "link card: auto (of the first address), none, or the address to make it of (default auto)")
	f.StringArrayVar(&o.set, "set", nil, "ACCOUNT.KEY=VALUE: what one platform knows, as mastodon.quote_policy=nobody (repeat)")
}

// sharedFlags are those that say the same of a new post and of one that is changed.
func (o *postOptions) sharedFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&o.langs, "lang", nil, "language of the text, as en or pt-BR")
	f.StringVar(&o.title, "title", "", "a heading, where the platform has one")
	f.StringVar(&o.visibility, "visibility", "", "who sees it: public, unlisted, followers or direct, where the platform has that")
	f.StringVar(&o.replies, "replies", "", "who may answer: everyone, following, mentioned or nobody, where the platform has that")
	o.mediaFlags(cmd)
	o.threadFlags(cmd)
	o.pollFlags(cmd)
}

// targetFlags are the accounts that a post goes to.
func (o *postOptions) targetFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVarP(&o.to, "to", "t", nil, "accounts: bluesky, bluesky/work, bluesky/*, @group, all (default: post.to of the configuration)")
	f.StringSliceVar(&o.not, "not", nil, "accounts to leave out of --to")
}

// whenFlags say when a post goes out.
func (o *postOptions) whenFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.at, "at", "", `when, as "tomorrow 9am", "fri 18:30", 2026-12-24T18:00:00Z`)
	f.StringVar(&o.in, "in", "", "when, from now: 90m, 2h30m, 3d")
	f.StringVar(&o.ifLate, "if-late", "", "when it is found after its grace window: publish, skip or ask (default: the account's)")
	f.StringVar(&o.grace, "grace", "", "how late it may be and still go out, as 30m, 0 or 7d (default: the account's)")
	f.BoolVar(&o.draft, "draft", false, "store it and send nothing")
	cmd.MarkFlagsMutuallyExclusive("at", "in", "draft")
}

// afterFlags say what happens when it is stored.
func (o *postOptions) afterFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "check and show what would be sent; store and send nothing")
	f.StringVar(&o.wait, "wait", "", "wait for the outcome, also of a time in the future; =5m gives up after it")
	f.Lookup("wait").NoOptDefVal = "0"
	f.BoolVar(&o.noWait, "no-wait", false, "return as soon as the post is stored")
	f.StringVar(&o.key, "idempotency-key", "", "a repeat under the same key is the same post (for 7 days)")
	f.BoolVar(&o.allowDuplicate, "allow-duplicate", false, "send a text that the account got within the last hour")
	f.BoolVar(&o.open, "open", false, "open what went out in the browser")
	cmd.MarkFlagsMutuallyExclusive("wait", "no-wait")
	cmd.MarkFlagsMutuallyExclusive("wait", "draft")
	cmd.MarkFlagsMutuallyExclusive("open", "no-wait")
}
