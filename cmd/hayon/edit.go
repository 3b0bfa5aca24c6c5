package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// editOptions are the flags of hayon edit.
type editOptions struct {
	contentChange

	revision int
	remote   bool
	account  string
	reason   string
}

func (a *app) editCommand() *cobra.Command {
	o := &editOptions{}
	o.app = a
	cmd := &cobra.Command{
		Use:   "edit ID",
		Short: "Change what has not been sent, or with --remote what is out",
		Long: `Change a post that has not been sent. Without a flag, or with -e, it is opened in your editor (VISUAL,
EDITOR) as a post file: text, accounts, time, media, options, labels and note. With flags only what they
say is changed, and with -f a post file takes the place of what the post holds.

What is out keeps its text; --remote changes it there, on the platforms that can: its text, the
descriptions of its media, and options. Somebody else may have changed the post while it was in your
editor, or it was sent: nothing is overwritten then, and what you wrote is kept in a file.

A draft stays a draft until --at or --in says when it goes out. --revision brings back what an earlier
revision held, which hayon show ID --revisions lists; the time stays. hayon undo takes an edit back.`,
		Example: `  hayon edit last
  hayon edit p_9qx1 --text "See you at nine" --at "tomorrow 9am"
  hayon edit p_9qx1 --text bluesky="A shorter one" --add-to mastodon --remove-label draft
  hayon edit p_9qx1 -m new.png --alt "The new chart" --clear cw,poll
  hayon edit p_9qx1 -f post.md --dry-run
  hayon edit p_9qx1 --revision 2
  hayon edit p_9qx1 --remote --account mastodon --text "Corrected: it opens at ten"`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completePosts(),
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.BoolVarP(&o.editor, "editor", "e", false, "open it in your editor, with what other flags say in it")
	f.StringVarP(&o.file, "file", "f", "", "a post file that takes the place of what the post holds; - is standard input")
	o.changeFlags(cmd)
	f.IntVar(&o.revision, "revision", 0, "bring back what this revision held")
	f.BoolVar(&o.remote, "remote", false, "change what is out, on the platforms that can; with --part N that part of a thread")
	f.StringVar(&o.account, "account", "", "with --remote: only on this account")
	f.StringVar(&o.reason, "reason", "", "why, for the history")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what would change and what each platform would get; change nothing")
	cmd.MarkFlagsMutuallyExclusive("file", "text-file")
	cmd.MarkFlagsMutuallyExclusive("file", "revision")
	cmd.MarkFlagsMutuallyExclusive("file", "remote")
	cmd.MarkFlagsMutuallyExclusive("revision", "remote")
	return cmd
}

// notContent are the flags of edit that do not say what the post is to hold.
func notContent() []string { return []string{"editor", "dry-run", "reason", "remote", "account"} }

func (o *editOptions) run(ctx context.Context, ref string) error {
	a := o.app
	fields := postFields()
	if o.dryRun && !o.remote {
		fields = previewFields()
	}
	if err := a.checkFields(fields); err != nil {
		return err
	}
	if o.account != "" && !o.remote {
		return hayon.Errorf(hayon.CodeUsage, "--account without --remote").
			WithHint(`to change the text of one account: --text ACCOUNT=TEXT   or what is out there: --remote`)
	}
	if o.revision < 0 || o.revision == 0 && o.said("revision") {
		return hayon.Errorf(hayon.CodeUsage, "--revision is %d", o.revision).WithHint("see them: hayon show " + ref + " --revisions")
	}
	a.leaveQueued = true // an edit sends nothing itself
	said := o.saidSome()
	switch {
	case o.remote:
		return o.runRemote(ctx, ref, said)
	case o.editor || !said && a.mayAsk():
		return o.runEditor(ctx, ref)
	case !said:
		return hayon.Errorf(hayon.CodeUsage, "it says nowhere what is to be changed").
			WithHint(fmt.Sprintf(`say it: hayon edit %s --text "See you at nine"   or open it on a terminal: hayon edit %s -e`, ref, ref))
	}
	return o.runFlags(ctx, ref)
}

// saidSome reports whether any flag says what the post is to hold.
func (o *editOptions) saidSome() bool { return o.saidAny(notContent()...) != "" }

// edited is a post as it was when its edit began.
type edited struct {
	post    *hayon.Post
	view    api.Post
	request *hayon.PostRequest
	roster  roster
	// base is the request that is changed: the one of the post, or that of an earlier revision.
	base hayon.PostCreate
	// file is the one of --file; nil for none.
	file *postfile.File
}

// read reads the post that is edited, and refuses one of which nothing can be changed any more.
func (o *editOptions) read(ctx context.Context, b *backend, ref string) (*edited, error) {
	id, err := b.LookupPost(ctx, ref)
	if err != nil {
		return nil, err
	}
	e, err := o.readByID(ctx, b, id)
	if err != nil {
		return nil, err
	}
	if at := e.post.DeletedAt; !at.IsZero() {
		return nil, hayon.Errorf(hayon.CodeConflict, "%s is deleted", e.view.Short).
			WithHint(fmt.Sprintf("bring it back: hayon undo %s   or make another of it: hayon copy %s", e.view.ID, e.view.ID))
	}
	// What is for the owner alone changes nothing that anybody has seen.
	public := !o.saidSome() || o.saidAny(append(notContent(), "label", "add-label", "remove-label", "note")...) != ""
	if public && !slices.ContainsFunc(e.post.Targets, func(t *hayon.Target) bool { return !isOut(t.State) }) {
		return nil, o.allOut(e)
	}
	if o.revision == 0 {
		return e, nil
	}
	revision, err := o.app.findRevision(ctx, b, id, o.revision)
	if err != nil {
		return nil, err
	}
	now := e.base
	e.base = revision.Create // its content; when it goes out is not brought back
	e.base.Schedule, e.base.Draft = now.Schedule, now.Draft
	return e, nil
}

func (o *editOptions) readByID(ctx context.Context, b *backend, id hayon.PostID) (*edited, error) {
	a := o.app
	e := &edited{}
	var err error
	if e.request, err = b.FindRequest(ctx, id); err != nil {
		return nil, err
	}
	if e.post, err = b.FindPostByID(ctx, id); err != nil {
		return nil, err
	}
	if err := a.knowAccounts(ctx, b); err != nil {
		return nil, err
	}
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	e.roster, e.view, e.base = accounts, api.PostOf(e.post, a.known), e.request.Create
	return e, err
}

// isOut reports whether a target keeps what it has: it is out, or may be.
func isOut(s hayon.State) bool { return s == hayon.StatePublished || s == hayon.StateUncertain }

// allOut is why nothing of a post can be changed here.
func (o *editOptions) allOut(e *edited) error {
	states := make([]string, len(e.view.Targets))
	for i := range e.view.Targets {
		states[i] = name(&e.view.Targets[i]) + " is " + string(e.view.Targets[i].State)
	}
	return hayon.Errorf(hayon.CodeConflict, "%s cannot be edited here: %s", e.view.Short, strings.Join(states, ", ")).
		WithHint(fmt.Sprintf("change what is out: hayon edit %s --remote   or make another of it: hayon copy %s", e.view.Short, e.view.Short))
}

// runFlags changes what the flags say. Where somebody else changes the post meanwhile, they hold for what
// it is then.
func (o *editOptions) runFlags(ctx context.Context, ref string) error {
	a := o.app
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		if err := o.ready(ctx, b); err != nil {
			return err
		}
		for n := 0; ; n++ {
			e, err := o.read(ctx, b, ref)
			if err != nil {
				return err
			}
			next, err := o.next(ctx, b, e)
			if err != nil {
				return err
			}
			err = o.store(ctx, b, e, next)
			if n == maxRepeats || !o.moved(ctx, b, e, err) {
				return a.refused(o.explained(ctx, b, e, a.placed(e.file, next, err))) //nolint:contextcheck // nothing is run
			}
		}
	})
}

// ready prepares a process without a daemon for what a change needs.
func (o *editOptions) ready(ctx context.Context, b *backend) error {
	if o.dryRun {
		return nil
	}
	if err := o.app.accountsFromEnv(ctx, b); err != nil || b.core == nil {
		return err
	}
	return b.core.scheduler.Recover(ctx) // what a process was sending that has died stands in nobody's way
}

// next is the request as flags and file want it.
func (o *editOptions) next(ctx context.Context, b *backend, e *edited) (hayon.PostCreate, error) {
	base := e.base
	if o.file != "" {
		var err error
		if base, err = o.fromFile(ctx, b, e); err != nil {
			return base, err
		}
	}
	return o.apply(ctx, b, e.roster, base, o.dryRun)
}

// moved reports whether a conflict means that the post has another revision by now.
func (o *editOptions) moved(ctx context.Context, b *backend, e *edited, err error) bool {
	if hayon.CodeOf(err) != hayon.CodeConflict || held(err) {
		return false
	}
	now, ferr := b.FindRequest(ctx, e.post.ID)
	return ferr == nil && now.Revision != e.request.Revision
}

// sameRequest reports whether two requests ask for the same.
func sameRequest(x, y hayon.PostCreate) bool {
	a, aerr := encodeJSON(api.PostCreateOf(renamed(x, strings.Clone)))
	b, berr := encodeJSON(api.PostCreateOf(renamed(y, strings.Clone)))
	return aerr == nil && berr == nil && bytes.Equal(a, b)
}

// store makes the post what the request says, and tells what that changes.
func (o *editOptions) store(ctx context.Context, b *backend, e *edited, next hayon.PostCreate) error {
	a := o.app
	if sameRequest(e.request.Create, next) {
		a.say("Nothing was changed.")
		return o.printUnchanged(ctx, e)
	}
	done := a.working("Making what each platform gets")
	post, err := b.RevisePost(ctx, e.post.ID, hayon.PostRevise{
		Revision: e.request.Revision, Create: next, Reason: o.reason, DryRun: o.dryRun,
	})
	if done(); err != nil {
		return e.roster.named(err, "--add-to")
	}
	changes, err := o.changes(ctx, b, e, next)
	if err != nil {
		return err
	}
	if err := a.knowAccounts(ctx, b); err != nil { // one that a platform has by itself may be new
		return err
	}
	view := api.PostOf(post, a.known)
	if o.dryRun {
		return o.drawn(ctx, post, &view, changes)
	}
	a.say("Changed %s:", view.Short)
	a.sayDifferences(changes)
	a.sayOut(&view, changes)
	// Who sends it was told when it was scheduled.
	a.sayRevised(&view, b.remote != nil || e.view.State == hayon.PostScheduled)
	return a.printPost(&view)
}

// printUnchanged prints the post of an edit that changes nothing.
func (o *editOptions) printUnchanged(ctx context.Context, e *edited) error {
	if !o.dryRun {
		return o.app.printPost(&e.view)
	}
	return o.drawn(ctx, e.post, &e.view, nil)
}

// changes are the differences that an edit makes, for people.
func (o *editOptions) changes(ctx context.Context, b *backend, e *edited, next hayon.PostCreate) ([]difference, error) {
	d, err := o.app.describer(ctx, b, e.request.Create, next)
	if err != nil {
		return nil, err
	}
	return d.differences(e.request.Create, next), nil
}

// describer says what these requests hold: it knows their accounts and media.
func (a *app) describer(ctx context.Context, b *backend, list ...hayon.PostCreate) (describer, error) {
	d := describer{media: make(map[hayon.MediaID]string)}
	var err error
	if d.zone, err = a.location(); err != nil {
		return d, err
	}
	if d.roster, err = b.FindAccounts(ctx, hayon.AccountFilter{}); err != nil {
		return d, err
	}
	for _, c := range list {
		for _, m := range c.Media {
			if _, known := d.media[m.Media]; known || m.Media.IsZero() {
				continue
			}
			found, err := b.FindMediaByID(ctx, m.Media)
			if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
				return d, err
			}
			if err == nil {
				d.media[m.Media] = found.Name
			}
		}
	}
	return d, nil
}

// drawn shows what each platform would get that has not got it yet.
func (o *editOptions) drawn(ctx context.Context, post *hayon.Post, view *api.Post, changes []difference) error {
	a := o.app
	left := *post
	left.Targets = slices.DeleteFunc(slices.Clone(post.Targets), func(t *hayon.Target) bool { return isOut(t.State) || t.State == hayon.StateCancelled })
	p, err := a.storedPreview(ctx, &left)
	if err != nil {
		return err
	}
	if a.flags.json.on {
		out := api.PreviewOf(p, a.known)
		return a.printJSON(&out, previewFields())
	}
	a.say("Nothing was changed or sent. This would be:")
	a.sayDifferences(changes)
	a.sayOut(view, changes)
	if view.State == hayon.PostScheduled {
		a.say("Scheduled for %s (in %s)", a.due(view), when.Between(a.now(), view.At))
	}
	a.showPreview(p)
	return nil
}

// sayOut names the accounts that keep what they have, where a change is about what readers see.
func (a *app) sayOut(p *api.Post, changes []difference) {
	if !slices.ContainsFunc(changes, func(d difference) bool { return !d.own && d.name != "to" }) {
		return
	}
	for i := range p.Targets {
		switch t := &p.Targets[i]; t.State {
		case hayon.StatePublished:
			a.sayFolded("%s is out and keeps its text; change it there: hayon edit %s --remote --account %s", name(t), p.Short, name(t))
		case hayon.StateUncertain:
			a.sayFolded("%s may be out and keeps its text; say whether it is: hayon resolve %s", name(t), p.Short)
		case hayon.StatePublishing:
			a.sayFolded("%s is being sent and keeps its text", name(t))
		case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait,
			hayon.StateFailed, hayon.StateParked, hayon.StateMissed, hayon.StateCancelled:
		}
	}
}

// sayRevised says how a changed post stands: when it goes out, or what sends it; sent says that somebody will.
func (a *app) sayRevised(p *api.Post, sent bool) {
	switch p.State {
	case hayon.PostScheduled:
		a.sayFolded("It is scheduled for %s (in %s)", a.due(p), when.Between(a.now(), p.At))
		left := *p
		left.Targets = slices.DeleteFunc(slices.Clone(p.Targets), func(t api.Target) bool { return t.State == hayon.StateCancelled })
		a.sayTargets(&left)
		if !sent {
			a.sayNoDaemon()
		}
	case hayon.PostDraft:
		a.sayFolded("It is a draft; schedule it: hayon reschedule %s --at TIME   or send it: hayon publish %s", p.Short, p.Short)
	case hayon.PostPublishing, hayon.PostPublished, hayon.PostPartial, hayon.PostUncertain, hayon.PostFailed,
		hayon.PostCancelled, hayon.PostMissed:
		a.sayLeft(p, sent)
	}
	a.sayWarnings(p)
	a.sayMedia(p)
	a.sayNotes(p)
}

// sayLeft says what becomes of each target of a post that is neither a draft nor waits for its time alone.
func (a *app) sayLeft(p *api.Post, sent bool) {
	_ = a.sayStates(p) // the zone was read before
	again, waits := false, false
	for i := range p.Targets {
		switch p.Targets[i].State {
		case hayon.StateFailed, hayon.StateParked, hayon.StateMissed, hayon.StateRetryWait:
			again = true
		case hayon.StateQueued, hayon.StateScheduled:
			waits = true
		case hayon.StateDraft, hayon.StatePublishing, hayon.StatePublished, hayon.StateUncertain, hayon.StateCancelled:
		}
	}
	if again {
		a.sayFolded("To send it: hayon retry %s", p.Short)
	}
	if waits && !sent {
		a.sayNoDaemon()
	}
}

// explained is a conflict of an edit in the words of its user: what has become of the post meanwhile. Other
// errors stay.
func (o *editOptions) explained(ctx context.Context, b *backend, e *edited, err error) error {
	if hayon.CodeOf(err) != hayon.CodeConflict || held(err) || o.app.forProgram() {
		return err
	}
	o.sayMeanwhile(ctx, b, e)
	return err
}

// sayMeanwhile says how the post stands now, and which text went out.
func (o *editOptions) sayMeanwhile(ctx context.Context, b *backend, e *edited) {
	a := o.app
	post, err := b.FindPostByID(lingering(ctx), e.post.ID)
	if err != nil {
		return // the conflict is told all the same
	}
	view := api.PostOf(post, a.known)
	_ = a.sayStates(&view)
	for i := range view.Targets {
		if t := &view.Targets[i]; isOut(t.State) && len(t.Parts) > 0 {
			verb := "went out"
			if t.State == hayon.StateUncertain {
				verb = "may have gone out"
			}
			a.sayFolded("  %s  %s with: %s", pad(name(t), nameWidth(&view)), verb, inert(clip(firstLine(t.Parts[0].Text), sentWords)))
		}
	}
	if view.Revision != e.request.Revision {
		a.sayFolded("It has revision %d now, and your edit began with %d (%s).", view.Revision, e.request.Revision, agoWords(a.now().Sub(view.UpdatedAt)))
	}
}

// sentWords is how much is shown of a text that went out, in cells.
const sentWords = 60

// agoWords say how long ago something was.
func agoWords(d time.Duration) string {
	if d < 2*time.Second {
		return "just now"
	}
	if d > time.Minute {
		d = d.Truncate(time.Minute)
	}
	return when.Humanize(d.Truncate(time.Second)) + " ago"
}
