package main

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// maxUndo is the longest --undo: who wants to think longer schedules.
const maxUndo = 10 * time.Minute

func (o *postOptions) checkUndo() error {
	if o.undo >= 0 && o.undo <= maxUndo {
		return nil
	}
	return hayon.Errorf(hayon.CodeUsage, "--undo is %s", o.undo).
		WithHint("give 1s to 10m, as --undo 10s; for longer: --in 30m, and hayon cancel")
}

// holdBack waits until the time of --undo is over, and answers the post as it is then. A signal
// meanwhile takes the post back; the answer is nil then, with the exit code. Where no daemon is there,
// the post goes out from here; killed meanwhile, it is one that is scheduled.
func (o *postOptions) holdBack(ctx context.Context, b *backend, post *hayon.Post) (*hayon.Post, error) {
	a := o.app
	due := post.Targets[0].Due
	for _, t := range post.Targets {
		if t.State == hayon.StateScheduled {
			due = t.Due
		}
	}
	left := due.Sub(a.now())
	if left > 0 && post.State() == hayon.PostScheduled {
		a.say("Publishing %s in %s. To take it back: Ctrl-C   or: hayon cancel %s", post.Short(), when.Humanize(left.Round(time.Second)), post.Short())
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, o.takeBack(ctx, b, post.ID)
		}
	}
	fresh, err := b.FindPostByID(ctx, post.ID)
	if err != nil || b.core == nil || fresh.State() != hayon.PostScheduled {
		return fresh, err
	}
	sent, err := b.PublishPost(ctx, post.ID, hayon.PostChangeRequest{})
	if hayon.CodeOf(err) == hayon.CodeConflict && !held(err) { // somebody else has begun
		return b.FindPostByID(ctx, post.ID)
	}
	return sent, err
}

// takeBack cancels what is still held back when the command is stopped.
func (o *postOptions) takeBack(ctx context.Context, b *backend, id hayon.PostID) error {
	a := o.app
	post, err := b.CancelPost(lingering(ctx), id, hayon.PostChangeRequest{Reason: "taken back before it was sent"})
	if err != nil {
		return err
	}
	view, err := apiPost(lingering(ctx), b, post)
	if err != nil {
		return err
	}
	a.say("Taken back. Nothing was sent.")
	if err := o.result(&view); err != nil {
		return err
	}
	if s, ok := errors.AsType[signalCause](context.Cause(ctx)); ok {
		return exitError{s.exit()}
	}
	return exitError{hayon.CodeConflict.Exit()}
}
