package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

const (
	// defaultWait is how long post waits for what is due now.
	defaultWait = 30 * time.Second
	// lookAgain is how often a post is read anew although no event tells of a change: that it is too
	// late for it comes with time alone, and a daemon that has gone for good is met by asking it.
	lookAgain = 5 * time.Second
)

// follow waits until every target of a post that is due has settled, or ctx ends, and shows what
// happens. Where this process has the database it delivers the targets itself. It answers the post
// as it was last seen. The end of a wait is no error; the post tells.
func (a *app) follow(ctx context.Context, b *backend, id hayon.PostID, settled func(*hayon.Post) bool) (*hayon.Post, error) {
	post, err := b.FindPostByID(ctx, id)
	if err != nil {
		return nil, err
	}
	p := a.newProgress()
	if b.core == nil {
		return a.watch(ctx, b, post, settled, p)
	}
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	due := dueTargets(post)
	var broken error // why nobody delivers any more
	var delivering sync.WaitGroup
	delivering.Go(func() {
		if err := b.core.worker.Deliver(work, due); err != nil && work.Err() == nil {
			broken = err
			stop(err)
		}
	})
	post, err = a.watch(work, b, post, settled, p)
	stop(nil)
	delivering.Wait() // what was being sent has an outcome now
	if err == nil {
		err = broken
	}
	if err != nil {
		return post, err
	}
	ctx = lingering(ctx)
	if err := b.core.scheduler.PruneOutbox(ctx); err != nil { // nobody relays them here
		a.warn("hints that have no use any more are still stored: %v", err)
	}
	if post, err = b.FindPostByID(ctx, id); err != nil {
		return nil, err
	}
	return post, p.draw(ctx, b, post)
}

// watch reads the post after each change until it has settled or ctx ends.
func (a *app) watch(ctx context.Context, b *backend, post *hayon.Post, settled func(*hayon.Post) bool, p *progress) (*hayon.Post, error) {
	seen, err := b.LastSeq(ctx)
	if err != nil && !isOver(ctx) {
		return post, err
	}
	news := listen(ctx, b, hayon.EventFilter{After: seen, Post: post.ID})
	defer news.stop()
	p.doing = news.doing
	shown := lingering(ctx)
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		fresh, err := b.FindPostByID(shown, post.ID)
		if err != nil {
			return post, err
		}
		post = fresh
		if err := p.draw(shown, b, post); err != nil {
			return post, err
		}
		if settled(post) || isOver(ctx) {
			return post, nil
		}
		select {
		case <-news.came:
		case err := <-news.failed:
			return post, err
		case <-again.C:
		case <-ctx.Done():
		}
	}
}

// news tells that events have come, however many, and why no more do.
type news struct {
	came   <-chan struct{}
	failed <-chan error
	doing  *doing
	stop   func()
}

// listen begins to wait for events. stop ends that and returns when it has ended.
func listen(ctx context.Context, svc hayon.EventService, f hayon.EventFilter) news {
	ctx, cancel := context.WithCancel(ctx)
	came, failed, ended := make(chan struct{}, 1), make(chan error, 1), make(chan struct{})
	d := &doing{words: make(map[hayon.TargetID]string)}
	go func() {
		defer close(ended)
		for e, err := range svc.Events(ctx, f) {
			if err != nil {
				failed <- err
				return
			}
			d.see(e)
			select {
			case came <- struct{}{}:
			default: // it is not taken yet
			}
		}
	}()
	return news{came: came, failed: failed, doing: d, stop: func() { cancel(); <-ended }}
}

// dueTargets are the targets that are to be worked on now.
func dueTargets(p *hayon.Post) []hayon.TargetID {
	var ids []hayon.TargetID
	for _, t := range p.Targets {
		if isDue(t) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

func isDue(t *hayon.Target) bool {
	return t.State.Working() || t.State == hayon.StateUncertain && !t.NotBefore.IsZero()
}

// nowSettled reports whether nothing of what is due is still worked on.
func nowSettled(p *hayon.Post) bool { return len(dueTargets(p)) == 0 }

// nobodySends is the error for a wait that would have no end: the post is for later or too late, and
// this process has the database, so that no daemon is there. nil where somebody sends it.
func nobodySends(b *backend, p *hayon.Post) error {
	if b.remote != nil || p.Settled() {
		return nil
	}
	now := time.Now()
	for _, t := range p.Targets {
		if isDue(t) && !b.core.scheduler.TooLate(t, now) {
			return nil
		}
	}
	if !nowSettled(p) {
		return hayon.Errorf(hayon.CodeUnreachable, "%s is too late to go out by itself", p.ID).
			WithHint("send it all the same: hayon retry " + p.ID.String())
	}
	return hayon.Errorf(hayon.CodeUnreachable, "%s is for later, and nobody runs who would send it", p.ID).
		WithHint("start a daemon: hayon daemon start   or run: hayon tick   (cron)")
}

// outcome says how a post that was waited for stands, and gives the exit code its error.
func (a *app) outcome(ctx context.Context, p *api.Post, post *hayon.Post) error {
	for _, h := range a.hints(p) {
		a.say("  → %s", h)
	}
	code := post.Exit()
	if s, ok := errors.AsType[signalCause](context.Cause(ctx)); ok {
		code = s.exit()
	} else if code == hayon.CodeTimeout.Exit() {
		a.say("Still trying. %s", a.whoGoesOn(ctx, p))
	}
	if code == hayon.ExitOK {
		return nil
	}
	return exitError{code}
}

// whoGoesOn says who sends what is not out of a post when this command has ended.
func (a *app) whoGoesOn(ctx context.Context, p *api.Post) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if b, err := a.dial(ctx); err == nil {
		st, err := b.Status(a.actor(ctx))
		_ = b.close() // nothing was opened
		switch {
		case err != nil:
		case st.Paused != nil:
			return "Publishing is paused. Go on: hayon daemon resume"
		}
		for _, held := range st.Blocked {
			if slices.ContainsFunc(p.Targets, func(t api.Target) bool { return t.Account == held.Account }) {
				return held.Account + " is held back: " + held.Reason + ". See: hayon daemon status"
			}
		}
		return "The daemon goes on."
	}
	return "No daemon is running. Start one: hayon daemon start   or run: hayon tick   (cron)"
}

// linger is how long a command that was given up may still ask, to show how things stand.
const linger = 3 * time.Second

// lingering is ctx, ending a little later: a command that was given up still shows how things stand,
// and does not wait for a daemon that does not answer.
func lingering(ctx context.Context) context.Context {
	longer, end := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		time.AfterFunc(linger, func() { end(context.Cause(ctx)) })
	})
	return longer
}

// isOver reports whether nobody waits any more.
func isOver(ctx context.Context) bool { return ctx.Err() != nil }
