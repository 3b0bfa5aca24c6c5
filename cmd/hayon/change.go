package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (a *app) retryCommand() *cobra.Command {
	var req hayon.PostChangeRequest
	var noWait bool
	cmd := &cobra.Command{
		Use:   "retry ID...",
		Short: "Send again what failed, was parked or missed",
		Long: `Send again what failed, was parked or missed, and what waits for a retry, now. What is published is
left alone: it is never sent again.`,
		Example: `  hayon retry p_7k3q
  hayon list --state failed -q | xargs hayon retry`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.leaveQueued = noWait || req.DryRun
			return a.eachPost(cmd.Context(), args, func(ctx context.Context, b *backend, id hayon.PostID) (*hayon.Post, error) {
				if b.core != nil {
					if err := b.core.scheduler.Recover(ctx); err != nil {
						return nil, err
					}
				}
				return a.retry(ctx, b, id, req, noWait)
			}, func(ctx context.Context, p *api.Post, post *hayon.Post) error {
				if req.DryRun {
					return a.printPlanned(p)
				}
				return a.printRetried(ctx, p, post, !noWait)
			})
		},
	}
	cmd.Flags().BoolVar(&noWait, "no-wait", false, "return as soon as it is queued")
	cmd.Flags().BoolVarP(&req.DryRun, "dry-run", "n", false, "show what would be sent; change nothing")
	return cmd
}

func (a *app) retry(ctx context.Context, b *backend, id hayon.PostID, req hayon.PostChangeRequest, noWait bool) (*hayon.Post, error) {
	before, err := b.FindPostByID(ctx, id)
	if err != nil {
		return nil, err
	}
	out, err := apiPost(ctx, b, before)
	if err != nil {
		return nil, err
	}
	for i := range out.Targets {
		if t := &out.Targets[i]; t.State == hayon.StatePublished && !req.DryRun {
			a.say("  %s  already published  %s", name(t), t.URL)
		}
	}
	if !req.DryRun {
		if err := a.accountsFromEnv(ctx, b); err != nil {
			return nil, err
		}
	}
	post, err := b.RetryPost(ctx, id, req)
	if err != nil || noWait || req.DryRun || nowSettled(post) {
		return post, err
	}
	ctx, cancel := context.WithTimeout(ctx, defaultWait)
	defer cancel()
	return a.follow(ctx, b, id, nowSettled)
}

func (a *app) waitCommand() *cobra.Command {
	var limit time.Duration
	cmd := &cobra.Command{
		Use:   "wait ID",
		Short: "Wait until the outcome of a post is known",
		Example: `  hayon wait last
  hayon wait p_9qx1 --for 10m --json`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.wait(cmd.Context(), args[0], limit)
		},
	}
	cmd.Flags().DurationVar(&limit, "for", 0, "give up after this time, with exit code 12 (default: no bound)")
	return cmd
}

func (a *app) wait(ctx context.Context, ref string, limit time.Duration) error {
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	if limit < 0 {
		return hayon.Errorf(hayon.CodeUsage, "--for is %s", limit).WithHint("give a time above zero, as 30s or 5m")
	}
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	return a.steadyService(ctx, func(ctx context.Context, b *backend) error {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		post, err := b.FindPostByID(ctx, id)
		if err != nil {
			return err
		}
		if b.core != nil && !post.Settled() {
			if err := a.accountsFromEnv(ctx, b); err != nil { // this process may have to send it
				return err
			}
		}
		if b.core != nil {
			if err := b.core.scheduler.Recover(ctx); err != nil {
				return err
			}
		}
		if err := nobodySends(b, post); err != nil {
			return err
		}
		// Also what waits for a retry may become too late meanwhile.
		over := func(p *hayon.Post) bool { return p.Settled() || nobodySends(b, p) != nil }
		if post, err = a.follow(ctx, b, id, over); err != nil {
			return err
		}
		if err := nobodySends(b, post); err != nil && ctx.Err() == nil {
			return err
		}
		view, err := apiPost(lingering(ctx), b, post)
		if err != nil {
			return err
		}
		if err := a.printPost(&view); err != nil {
			return err
		}
		if !post.Settled() && post.Exit() == hayon.ExitOK {
			a.say("The wait is over, and it is %s. Wait on: hayon wait %s", view.State, view.Short)
			return exitError{hayon.CodeTimeout.Exit()}
		}
		return a.outcome(ctx, &view, post)
	})
}

// changeOne changes one post and answers it as it is then, and showOne prints it.
type (
	changeOne = func(context.Context, *backend, hayon.PostID) (*hayon.Post, error)
	showOne   = func(context.Context, *api.Post, *hayon.Post) error
)

// eachPost runs fn on every post that args name, and prints each. All names are looked up before
// anything is changed. The exit code is the gravest of all.
func (a *app) eachPost(ctx context.Context, args []string, fn changeOne, show showOne) error {
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	done := make(changedPosts)
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		ids, err := lookupPosts(ctx, b, args)
		if err != nil {
			return err
		}
		return a.changeEach(ctx, b, ids, done, fn, show)
	})
}

// lookupPosts are the ids of the posts that a person names, each once.
func lookupPosts(ctx context.Context, b *backend, refs []string) ([]hayon.PostID, error) {
	var ids []hayon.PostID
	for _, ref := range refs {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// changedPosts are the posts that a command is done with. It outlives a change from the database to the
// socket, where the command is begun again: nothing is to be done twice.
type changedPosts map[hayon.PostID]bool

// changeEach runs fn on every post that is not done, and prints each. What goes wrong with one of several
// is said at once, and the others are changed all the same; the answer is the gravest exit code then.
func (a *app) changeEach(ctx context.Context, b *backend, ids []hayon.PostID, done changedPosts, fn changeOne, show showOne) error {
	worst := hayon.ExitOK
	for _, id := range ids {
		if done[id] {
			continue
		}
		post, err := fn(ctx, b, id)
		if err == nil {
			done[id] = true
			var view api.Post
			if view, err = apiPost(lingering(ctx), b, post); err == nil {
				err = show(ctx, &view, post)
			}
		}
		if err != nil && (len(ids) == 1 || held(err) || isOver(ctx)) {
			return err
		}
		if err != nil {
			a.report(ctx, err)
			worst = gravest(worst, exitOf(ctx, err))
		}
	}
	if worst != hayon.ExitOK {
		return exitError{worst}
	}
	return nil
}

// gravest is the exit code that asks more of a person: a bug, then what may be out, what is tried still,
// what is out in part, and so on to what was done already.
func gravest(a, b int) int {
	order := []int{1, 9, 12, 6, 4, 7, 3, 8, 13, 11, 2, 5, 10}
	rank := func(code int) int {
		if i := slices.Index(order, code); i >= 0 {
			return i
		}
		if code == hayon.ExitOK {
			return len(order)
		}
		return -1 // a signal, or a code that is not known here
	}
	if rank(b) < rank(a) {
		return b
	}
	return a
}

// printPlanned prints how a post would stand, for --dry-run.
func (a *app) printPlanned(p *api.Post) error {
	a.say("Nothing was changed or sent. It would stand so:")
	if err := a.sayStates(p); err != nil {
		return err
	}
	return a.printPost(p)
}

// printRetried prints a post that was sent again; waited says that the outcome was waited for.
func (a *app) printRetried(ctx context.Context, p *api.Post, post *hayon.Post, waited bool) error {
	if nowSettled(post) || waited {
		for i := range p.Targets {
			if t := &p.Targets[i]; t.State == hayon.StateCancelled || t.State == hayon.StateUncertain {
				a.say("  %s  %s is not sent again", name(t), t.State)
			}
		}
		if err := a.printPost(p); err != nil {
			return err
		}
		return a.outcome(ctx, p, post)
	}
	return a.printPost(p)
}

// sayStates says how each target stands.
func (a *app) sayStates(p *api.Post) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	for i := range p.Targets {
		a.say("  %s", strings.TrimRight(a.targetLine(p, &p.Targets[i], loc, a.colour(a.io.errTTY)), " "))
	}
	return nil
}
