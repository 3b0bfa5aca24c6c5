package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// postOptions are the flags of hayon post.
type postOptions struct {
	app            *app
	to, not        []string
	texts          []string
	media          []string
	alts           []string
	langs          []string
	labels         []string
	at, in         string
	draft          bool
	dryRun         bool
	wait           string
	noWait         bool
	parts          []string
	ifLate, grace  string
	key            string
	allowDuplicate bool
	postSource
	postContent
	postCare
	// repost is what is reposted, where the command is repost.
	repost string
}

// postSource says where the text comes from, beside the argument and the pipe.
type postSource struct {
	editor bool
	file   string
}

// postContent is what goes with the text.
type postContent struct {
	visibility, cw string
	sensitive      bool
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

The text is the argument, or comes from a pipe or with "-" from standard input. A post is stored for
all accounts or for none; what was stored is never lost and never sent twice.

With a time in the future the post is stored and goes out by the daemon or by hayon tick. A post
that is due now is waited for: up to 30 s, then the exit code is 12 and the work goes on.

With -e the text is written in your editor, and you are asked before it goes out. --undo holds back what
is due now, so that Ctrl-C (or hayon cancel) takes it back. What only one platform knows is set by
--set ACCOUNT.KEY=VALUE; hayon platform show NAME lists the keys.

--part adds to the text a thread, one part each, in the order given. What is sent later than --grace
after its time (1h where nobody says otherwise) goes by --if-late: publish it, skip it, or ask you.`,
		Example: `  hayon post "Hello, world" --to site
  hayon post "Hi #golang" --to bluesky -m a.png --alt "a square"
  hayon post "See you there" --to bluesky,site --at "tomorrow 9am"
  git log -1 --format=%s | hayon post - --to bluesky --in 30m
  hayon post "A thread:" --part "its second part" --part "and its third" --to bluesky
  hayon post "Good morning" --to bluesky --at "tomorrow 8am" --if-late skip --grace 30m
  hayon post "2.0 is out" --to mastodon,bluesky --visibility unlisted --cw "release notes"
  hayon post -f note.txt --to @launch --best-effort --undo 10s
  hayon post "Hello" --to bluesky,site --text site="A longer hello" --dry-run`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	o.targetFlags(cmd)
	f.BoolVarP(&o.editor, "editor", "e", false, "write the text in your editor (VISUAL, EDITOR), and be asked before it goes out")
	f.StringVarP(&o.file, "file", "f", "", "read the text from this file; - is standard input")
	f.StringArrayVar(&o.parts, "part", nil, "text of a further part: the post is a thread (repeat)")
	f.StringArrayVar(&o.texts, "text", nil, "ACCOUNT=TEXT or ACCOUNT=@FILE: another text for one account")
	f.StringArrayVarP(&o.media, "media", "m", nil, `image to attach; PATH or "PATH;alt=TEXT" (repeat)`)
	f.StringArrayVar(&o.alts, "alt", nil, "description of an image, in the order of --media (repeat)")
	f.StringSliceVar(&o.langs, "lang", nil, "language of the text, as en or pt-BR")
	f.StringSliceVar(&o.labels, "label", nil, "label to find the post by; not published")
	f.StringVar(&o.visibility, "visibility", "", "who sees it: public, unlisted, followers or direct, where the platform has that")
	f.StringVar(&o.cw, "cw", "", "content warning that stands in the place of the text until the reader asks for it")
	f.BoolVar(&o.sensitive, "sensitive", false, "hide the images until the reader asks for them")
	f.StringArrayVar(&o.set, "set", nil, "ACCOUNT.KEY=VALUE: what one platform knows, as mastodon.quote_policy=nobody (repeat)")
	f.StringVar(&o.note, "note", "", "a note for you alone")
	f.BoolVar(&o.requireAll, "require-all", false, "send nothing where one account cannot take it (the default)")
	f.BoolVar(&o.bestEffort, "best-effort", false, "send it where it is valid, and store it as failed where it is not")
	f.DurationVar(&o.undo, "undo", 0, "hold back what is due now for so long, as 10s; Ctrl-C takes it back")
	o.whenFlags(cmd)
	o.afterFlags(cmd)
	cmd.MarkFlagsMutuallyExclusive("require-all", "best-effort")
	cmd.MarkFlagsMutuallyExclusive("editor", "file")
	cmd.MarkFlagsMutuallyExclusive("undo", "at")
	cmd.MarkFlagsMutuallyExclusive("undo", "in")
	cmd.MarkFlagsMutuallyExclusive("undo", "draft")
	cmd.MarkFlagsMutuallyExclusive("open", "draft")
	return cmd
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

func (o *postOptions) run(ctx context.Context, args []string) error {
	a := o.app
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	create, err := o.request(ctx, args)
	if err != nil {
		return err
	}
	if err := o.confirmWritten(ctx, create); err != nil {
		return err
	}
	limit, err := o.waitLimit(create)
	if err != nil {
		return err
	}
	a.leaveQueued = limit == 0
	if create.IdempotencyKey == "" && !create.DryRun {
		create.IdempotencyKey = "auto-" + requestID() // a repeat over the other path is no second post
	}
	var stored *api.Post // what a run has stored whose rest did not succeed
	err = a.steadyService(ctx, func(ctx context.Context, b *backend) error {
		post, err := o.create(ctx, b, create)
		if err != nil || post == nil {
			return err
		}
		view, err := apiPost(ctx, b, post)
		if err != nil {
			return err
		}
		if stored == nil {
			a.announce(&view, b.remote != nil)
			a.sayNotes(&view)
		}
		stored = &view
		err = o.created(ctx, b, post, &view, limit)
		if err == nil {
			stored = nil
		}
		return err
	})
	if _, told := errors.AsType[exitError](err); err != nil && !told && stored != nil {
		_ = a.printPost(stored) // it is stored all the same; the error says the rest
	}
	return err
}

// create stores the post; with --dry-run it shows what would be stored and answers nil.
func (o *postOptions) create(ctx context.Context, b *backend, c hayon.PostCreate) (*hayon.Post, error) {
	a := o.app
	if err := a.accountsFromEnv(ctx, b); err != nil {
		return nil, err
	}
	if b.core != nil && !c.DryRun {
		if err := b.core.scheduler.Recover(ctx); err != nil {
			return nil, err
		}
	}
	media, err := o.upload(ctx, b, c.DryRun)
	if err != nil {
		return nil, err
	}
	c.Media = media
	post, err := b.CreatePost(ctx, c)
	if err != nil {
		return nil, err
	}
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	a.known = api.AccountsByID(accounts)
	if c.DryRun {
		return nil, o.drawn(ctx, b, post)
	}
	return post, nil
}

// created waits for what was stored where asked, and prints the result. An error that is no
// exitError means that nothing was printed.
func (o *postOptions) created(ctx context.Context, b *backend, post *hayon.Post, view *api.Post, limit time.Duration) error {
	a := o.app
	settled := nowSettled
	if o.wait != "" || o.undo > 0 { // also what a daemon is about to send
		settled = (*hayon.Post).Settled
	}
	if o.undo > 0 && limit != 0 {
		held, err := o.holdBack(ctx, b, post)
		if err != nil || held == nil {
			return err
		}
		post = held
	}
	if limit < 0 {
		if err := nobodySends(b, post); err != nil {
			return err
		}
	}
	if limit != 0 && !settled(post) {
		waiting, cancel := ctx, context.CancelFunc(func() {})
		if limit > 0 {
			waiting, cancel = context.WithTimeout(ctx, limit)
		}
		seen, err := a.follow(waiting, b, post.ID, settled)
		cancel()
		if err != nil {
			return err
		}
		post = seen
		fresh, err := apiPost(lingering(ctx), b, post) // shown also when the wait was given up
		if err != nil {
			return err
		}
		*view = fresh
	} else if limit != 0 && view.State != hayon.PostScheduled { // announce has told of those
		a.newProgress().show(view)
	}
	if err := a.sayFeeds(ctx, b, post); err != nil {
		return err
	}
	if err := a.printPost(view); err != nil {
		return err
	}
	if limit == 0 {
		return nil
	}
	if o.open {
		o.openPublished(ctx, view)
	}
	if o.wait != "" && !post.Settled() && post.Exit() == hayon.ExitOK {
		return exitError{hayon.CodeTimeout.Exit()}
	}
	return a.outcome(ctx, view, post)
}

// sayFeeds names the feeds that hold what went out.
func (a *app) sayFeeds(ctx context.Context, b *backend, post *hayon.Post) error {
	accounts, err := b.FindAccounts(lingering(ctx), hayon.AccountFilter{})
	if err != nil {
		return err
	}
	known := api.AccountsByID(accounts)
	for _, t := range post.Targets {
		p, err := a.platforms().Find(t.Platform)
		if err != nil || t.State != hayon.StatePublished || known[t.Account] == nil {
			continue
		}
		feeder, ok := p.(hayon.Feeder)
		if !ok {
			continue
		}
		for _, feed := range feeder.Feeds(known[t.Account]) {
			a.say("  %s  feed        %s", pad("", cells(known[t.Account].Name)), feed)
		}
	}
	return nil
}

// printPost is the result of a command about one post: its id, or all of it as JSON.
func (a *app) printPost(p *api.Post) error {
	if a.flags.json.on {
		return a.printJSON(p, postFields())
	}
	a.printPostID(p)
	return nil
}

// printPostID prints the id: short for a person, whole for a program.
func (a *app) printPostID(p *api.Post) {
	if a.flags.json.on {
		return
	}
	if a.io.outTTY && !a.flags.quiet && p.Short != "" {
		a.print("%s", p.Short)
		return
	}
	a.print("%s", p.ID)
}

// announce says what was stored, and who will send it.
func (a *app) announce(p *api.Post, daemon bool) {
	switch p.State {
	case hayon.PostDraft:
		a.say("Stored %s as a draft", p.Short)
	case hayon.PostScheduled:
		if p.At.IsZero() || heldBack(p, a.now()) {
			return // holdBack tells of it
		}
		a.say("Scheduled %s for %s (in %s)", p.Short, a.due(p), when.Humanize(p.At.Sub(a.now())))
		a.sayTargets(p)
		if !daemon {
			a.say("%s", noDaemon)
		}
	case hayon.PostPublishing, hayon.PostPublished, hayon.PostPartial, hayon.PostUncertain, hayon.PostFailed,
		hayon.PostCancelled, hayon.PostMissed:
		if !a.leaveQueued {
			a.say("Publishing %s", p.Short)
			return
		}
		a.say("Queued %s", p.Short)
		if !daemon {
			a.say("%s", noDaemon)
		}
	}
}

const noDaemon = "No daemon is running, so nobody sends it yet.\n  → start one: hayon daemon start   or from cron: hayon tick"

// due is the time of a scheduled post, in the zone in which it was given.
func (a *app) due(p *api.Post) string {
	loc, err := a.location()
	if err != nil {
		loc = time.Local
	}
	if zone, err := when.LoadZone(p.Zone); p.Zone != "" && err == nil {
		loc = zone
	}
	return when.Format(p.At.In(loc))
}

// sayTargets lists the accounts with the length of their text and what is attached.
func (a *app) sayTargets(p *api.Post) {
	for i := range p.Targets {
		t := &p.Targets[i]
		a.say("  %s  %s", pad(name(t), nameWidth(p)), a.size(t))
	}
}

// sayNotes tells what of the request the platforms have no word for.
func (a *app) sayNotes(p *api.Post) {
	for i := range p.Targets {
		for _, note := range p.Targets[i].Notes {
			a.say("Note: %s: %s", name(&p.Targets[i]), note)
		}
	}
}

// drawn shows what would be stored.
func (o *postOptions) drawn(ctx context.Context, b *backend, post *hayon.Post) error {
	a := o.app
	view, err := apiPost(ctx, b, post)
	if err != nil {
		return err
	}
	if a.flags.json.on {
		return a.printJSON(&view, postFields())
	}
	a.say("Nothing was stored or sent. This would be:")
	a.sayNotes(&view)
	if view.State == hayon.PostScheduled {
		a.say("Scheduled for %s (in %s)", a.due(&view), when.Humanize(view.At.Sub(a.now())))
	}
	for i := range view.Targets {
		t := &view.Targets[i]
		for part := range t.Parts {
			size := a.partSize(t, part)
			if len(t.Parts) > 1 {
				size = fmt.Sprintf("part %d of %d   %s", part+1, len(t.Parts), size)
			}
			line := []string{pad(name(t), nameWidth(&view)), size, firstLine(t.Parts[part].Text)}
			a.print("%s", strings.TrimRight(strings.Join(line, "\t"), "\t"))
		}
	}
	return nil
}

// request makes the request of flags and text.
func (o *postOptions) request(ctx context.Context, args []string) (hayon.PostCreate, error) {
	a := o.app
	c := hayon.PostCreate{
		To: o.to, Not: o.not, Langs: o.langs, Labels: o.labels, Draft: o.draft, DryRun: o.dryRun,
		IdempotencyKey: o.key, AllowDuplicate: o.allowDuplicate,
		Note: o.note, BestEffort: o.bestEffort, Undo: o.undo, Repost: o.repost,
	}
	if len(c.To) == 0 && o.repost == "" {
		c.To = a.cfg.Post.To
	}
	if err := o.checkUndo(); err != nil {
		return c, err
	}
	if len(c.Langs) == 0 {
		c.Langs = a.cfg.Post.Lang
	}
	var err error
	if c.Options, err = o.options(); err != nil {
		return c, err
	}
	if c.Texts, err = o.ownTexts(); err != nil {
		return c, err
	}
	if c.Schedule, err = o.schedule(); err != nil {
		return c, err
	}
	if c.IfLate, c.Grace, err = lateFlags(o.ifLate, o.grace); err != nil {
		return c, err
	}
	if o.repost != "" {
		return c, nil
	}
	if c.Text, err = o.text(ctx, args); err != nil {
		return c, err
	}
	if len(c.To) == 0 {
		if c.To, err = o.askTo(ctx); err != nil {
			return c, err
		}
	}
	if c.Text, c.Parts, err = thread(c.Text, o.parts); err != nil {
		return c, err
	}
	return c, o.readable(c)
}
