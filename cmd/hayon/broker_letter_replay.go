package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// replayOptions are the flags of replay.
type replayOptions struct {
	app    *app
	kind   hayon.LetterKind
	all    bool
	noWait bool
	req    hayon.LetterRequest
}

func (o *replayOptions) run(ctx context.Context, refs []string) error {
	a := o.app
	if err := a.checkFields(letterFields()); err != nil {
		return err
	}
	command := "hayon broker " + string(o.kind)
	switch {
	case o.all && len(refs) > 0:
		return hayon.Errorf(hayon.CodeUsage, "--all takes no argument, and there is %q", refs[0]).
			WithHint("leave out one of them")
	case !o.all && len(refs) == 0:
		return hayon.Errorf(hayon.CodeUsage, "%s replay needs an argument: REF...", command).
			WithHint("see what there is: " + command + " list   or say --all")
	}
	a.leaveQueued = o.noWait || o.req.DryRun
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		if o.all {
			return o.replayAll(ctx, b)
		}
		list, err := a.letters(ctx, b, o.kind, refs)
		if err != nil {
			return err
		}
		return o.replayEach(ctx, b, list)
	})
}

// replayAll sends again all that can be, and says why the others stay.
func (o *replayOptions) replayAll(ctx context.Context, b *backend) error {
	a := o.app
	list, err := b.FindLetters(ctx, hayon.LetterFilter{Kind: o.kind})
	if err != nil {
		return err
	}
	var able, others []*hayon.Letter
	why := make(map[string]string)
	for _, l := range list {
		_, err := b.ReplayLetter(ctx, l.Ref(), hayon.LetterRequest{DryRun: true})
		switch code := hayon.CodeOf(err); {
		case err == nil:
			able = append(able, l)
		case code == hayon.CodeConflict || code == hayon.CodeNotFound: // somebody may be quicker
			others = append(others, l)
			why[l.Ref()] = "stays: " + firstLine(hayon.AsError(err).Message)
		default:
			return err
		}
	}
	a.sayLetters(others, func(l *hayon.Letter) string { return why[l.Ref()] })
	if len(able) == 0 {
		a.say("There are no %s that can be sent again.", lettersWords(o.kind))
		return a.printLetterRefs(nil)
	}
	if !o.req.DryRun {
		if err := a.confirm(ctx, "Send "+count(len(able), "post")+" again?"); err != nil {
			return err
		}
	}
	return o.replayEach(ctx, b, able)
}

// replayEach sends each letter again and prints what became of them. The exit code is that of the first
// that is not out.
func (o *replayOptions) replayEach(ctx context.Context, b *backend, list []*hayon.Letter) error {
	a := o.app
	if !o.req.DryRun {
		if err := a.accountsFromEnv(ctx, b); err != nil {
			return err
		}
	}
	var first error
	var done []*hayon.Letter
	for _, l := range list {
		if first != nil && isOver(ctx) {
			break // nothing new is begun
		}
		got, err := o.replay(ctx, b, l.Ref())
		if got != nil {
			done = append(done, got)
		}
		if held(err) {
			return err
		}
		switch {
		case err == nil:
		case first == nil:
			first = err
		default:
			a.report(ctx, err)
		}
	}
	if o.req.DryRun && len(done) > 0 {
		a.say("Nothing was changed or sent. It would stand so:")
		a.sayLetters(done, func(l *hayon.Letter) string { return string(l.State) })
	}
	if len(done) > 0 || first == nil {
		if err := a.printLetterRefs(done); err != nil {
			return err
		}
	}
	return first
}

// replay sends one letter again, and waits for the outcome where that is wanted. The letter is answered
// as it stands then; nil where nothing was done.
func (o *replayOptions) replay(ctx context.Context, b *backend, ref string) (*hayon.Letter, error) {
	a := o.app
	if b.core != nil && !o.req.DryRun {
		if err := b.core.scheduler.Recover(ctx); err != nil {
			return nil, err
		}
	}
	l, err := b.ReplayLetter(ctx, ref, o.req)
	if err != nil || o.req.DryRun {
		return l, err
	}
	post, err := b.FindPostByID(ctx, l.Post)
	if err != nil {
		return l, err
	}
	settled := func(p *hayon.Post) bool { t := targetOf(p, l.Target); return t == nil || !isDue(t) }
	if !o.noWait && !settled(post) {
		limited, cancel := context.WithTimeout(ctx, defaultWait)
		post, err = a.follow(limited, b, post.ID, settled)
		cancel()
		if err != nil {
			return l, err
		}
	}
	if t := targetOf(post, l.Target); t != nil {
		l.State, l.Attempts = t.State, t.Attempts
	}
	view, err := apiPost(lingering(ctx), b, post)
	if err != nil {
		return l, err
	}
	return l, o.outcome(ctx, l, post, &view)
}

// outcome says how what a letter is about stands now, and gives the exit code. It is about that account
// alone, whatever became of the others of the post.
func (o *replayOptions) outcome(ctx context.Context, l *hayon.Letter, post *hayon.Post, view *api.Post) error {
	a := o.app
	i := slices.IndexFunc(view.Targets, func(t api.Target) bool { return t.ID == l.Target })
	if i < 0 {
		return nil
	}
	target := &view.Targets[i]
	if o.noWait {
		a.say("  %s  queued again. %s", name(target), a.whoGoesOn(ctx, view))
		return nil
	}
	if h := a.hint(view, target); h != "" {
		a.say("  → %s", h)
	}
	alone := hayon.Post{Targets: []*hayon.Target{targetOf(post, l.Target)}}
	code := alone.Exit()
	if s, ok := errors.AsType[signalCause](context.Cause(ctx)); ok {
		code = s.exit()
	} else if code == hayon.CodeTimeout.Exit() {
		a.say("Still trying. %s", a.whoGoesOn(ctx, view))
	}
	if code == hayon.ExitOK {
		return nil
	}
	return exitError{code}
}

// targetOf is a target of a post; nil where the post has it not any more.
func targetOf(p *hayon.Post, id hayon.TargetID) *hayon.Target {
	for _, t := range p.Targets {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// discardOptions are the flags of discard.
type discardOptions struct {
	app  *app
	kind hayon.LetterKind
	req  hayon.LetterRequest
}

// run looks at all letters before it asks, and asks once.
func (o *discardOptions) run(ctx context.Context, refs []string) error {
	a := o.app
	if err := a.checkFields(letterFields()); err != nil {
		return err
	}
	if o.req.Reason = strings.TrimSpace(o.req.Reason); o.req.Reason == "" && !a.mayAsk() {
		return hayon.Errorf(hayon.CodeUsage, "nobody said why it is given up").WithHint(`say it for the history: --reason "…"`)
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error { return o.discard(ctx, b, refs) })
}

func (o *discardOptions) discard(ctx context.Context, b *backend, refs []string) error {
	a := o.app
	list, err := a.letters(ctx, b, o.kind, refs)
	if err != nil {
		return err
	}
	if o.req.DryRun || !a.flags.yes {
		a.sayLetters(list, func(l *hayon.Letter) string { return string(l.Cause) + "  " + discardWords(l, true) })
	}
	if o.req.Reason == "" {
		if o.req.Reason, err = a.prompt(ctx, "Why? "); err != nil {
			return err
		}
		if o.req.Reason == "" {
			return hayon.Errorf(hayon.CodeUsage, "nobody said why; nothing was changed").WithHint(`say it for the history: --reason "…"`)
		}
	}
	if !o.req.DryRun {
		question := "Give up " + count(len(list), "letter") + "? That cannot be undone."
		if len(list) == 1 {
			question = "Give up " + shortRefs(list)[list[0].Ref()] + "? That cannot be undone."
		}
		if err := a.confirm(ctx, question); err != nil {
			return err
		}
	}
	var done []*hayon.Letter
	for _, l := range list {
		got, err := b.DiscardLetter(ctx, l.Ref(), o.req)
		if err != nil {
			if len(done) > 0 {
				_ = a.printLetterRefs(done) // the error says the rest
			}
			return err
		}
		done = append(done, got)
	}
	if o.req.DryRun {
		a.say("Nothing was changed.")
	} else {
		a.sayLetters(list, func(l *hayon.Letter) string { return discardWords(l, false) })
	}
	return a.printLetterRefs(done)
}

// discardWords say what discarding does to a letter, or did.
func discardWords(l *hayon.Letter, planned bool) string {
	switch {
	case l.Message == nil && planned:
		return "will be cancelled on " + letterAbout(l)
	case l.Message == nil:
		return "is cancelled on " + letterAbout(l)
	case planned:
		return "will be given up"
	}
	return "is given up"
}
