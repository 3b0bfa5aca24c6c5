package main

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// wishes is the request of the flags and the configuration, without a text.
func (o *postOptions) wishes() (hayon.PostCreate, error) {
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
	if err = o.putContent(&c); err != nil {
		return c, err
	}
	if c.Texts, err = o.ownTexts(); err != nil {
		return c, err
	}
	if c.Schedule, err = o.schedule(); err != nil {
		return c, err
	}
	c.IfLate, c.Grace, err = lateFlags(o.ifLate, o.grace)
	return c, err
}

// request makes the request of flags and text.
func (o *postOptions) request(ctx context.Context, args []string) (hayon.PostCreate, error) {
	c, err := o.wishes()
	if err != nil || o.repost != "" {
		return c, err
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

// putContent fills in what goes with the text and is no option of a platform.
func (o *postOptions) putContent(c *hayon.PostCreate) (err error) {
	if o.repost != "" {
		return nil
	}
	if err := o.putThread(c); err != nil {
		return err
	}
	if c.Card, err = o.cardOf(); err != nil {
		return err
	}
	if c.AltPolicy, err = o.altPolicyOf(); err != nil {
		return err
	}
	c.Poll, err = o.poll()
	return err
}

func (o *postOptions) run(ctx context.Context, args []string) error {
	a := o.app
	fields := postFields()
	if o.dryRun {
		fields = previewFields()
	}
	if o.dryRun && len(o.files) > 0 {
		fields = append(fields, "file")
	}
	if err := a.checkFields(fields); err != nil {
		return err
	}
	if len(o.files) > 0 {
		return o.runFiles(ctx, args)
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
			if o.undo == 0 || limit == 0 { // else holdBack tells of it
				a.announce(&view, b.remote != nil)
			}
			a.sayThreads(&view)
			a.sayMedia(&view)
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

// result prints a post, or keeps it where all that were stored are printed together.
func (o *postOptions) result(p *api.Post) error {
	if o.keep != nil {
		return o.keep(p)
	}
	return o.app.printPost(p)
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
	done := a.working("Making what each platform gets")
	post, err := b.CreatePost(ctx, c)
	if done(); err != nil {
		return nil, err
	}
	if err := a.knowAccounts(ctx, b); err != nil {
		return nil, err
	}
	if c.DryRun {
		return nil, o.drawn(ctx, b, c)
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
	if err := o.result(view); err != nil {
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
