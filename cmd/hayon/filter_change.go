package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// changes are what a command does to posts: to those that are named, or to those that fit a filter, which
// are shown before and asked about.
type changes struct {
	app    *app
	filter string
	dryRun bool
	// verb is what is done, as the question and the refusal say it: "cancel".
	verb string
	// change changes a post, or with dry answers how it would stand.
	change func(ctx context.Context, b *backend, id hayon.PostID, dry bool) (*hayon.Post, error)
	// plan is what would become of a post, on a line.
	plan func(before, after *api.Post) string
	// tell says what became of a post, or in a dry run would.
	tell showOne
	// after says what there is to say of all of them; may be nil.
	after func()

	done   changedPosts
	agreed bool
	// undoable: there is a change that hayon undo would take back.
	undoable bool
	// views are what was changed, where the posts came from a filter.
	views []api.Post
}

// posts checks that posts are either named or selected.
func (c *changes) posts(cmd *cobra.Command, refs []string) error {
	switch given := cmd.Flags().Changed("filter"); {
	case given && len(refs) > 0:
		return hayon.Errorf(hayon.CodeUsage, "%s takes ids or --filter, and there are both", cmd.CommandPath()).
			WithHint("leave out one of them")
	case !given && len(refs) == 0:
		return hayon.Errorf(hayon.CodeUsage, "%s needs the id of a post", cmd.CommandPath()).
			WithHint("usage: " + cmd.UseLine() + `   or choose posts: ` + cmd.CommandPath() + ` --filter "label:launch state:scheduled"`)
	}
	return nil
}

// run changes the posts. Where the database is taken meanwhile the rest is done over the socket.
func (c *changes) run(ctx context.Context, refs []string) error {
	a := c.app
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	c.done = make(changedPosts)
	err := a.service(ctx, func(ctx context.Context, b *backend) error {
		if len(refs) > 0 {
			ids, err := lookupPosts(ctx, b, refs)
			if err != nil {
				return err
			}
			return a.changeEach(ctx, b, ids, c.done, c.one, c.show)
		}
		return c.selected(ctx, b)
	})
	if len(refs) == 0 && a.flags.json.on && (err == nil || len(c.views) > 0) {
		if perr := a.printJSON(c.views, postFields()); perr != nil {
			return perr
		}
	}
	if c.after != nil {
		c.after()
	}
	if c.undoable {
		a.say("Undo: hayon undo")
	}
	return err
}

// one changes a post. One that is as it should be already has no new revision, and nothing to undo.
func (c *changes) one(ctx context.Context, b *backend, id hayon.PostID) (*hayon.Post, error) {
	before, err := b.FindPostByID(ctx, id)
	if err != nil {
		return nil, err
	}
	post, err := c.change(ctx, b, id, c.dryRun)
	if err == nil && !c.dryRun && max(1, post.Revision) != max(1, before.Revision) {
		c.undoable = true
	}
	return post, err
}

func (c *changes) show(ctx context.Context, p *api.Post, post *hayon.Post) error {
	if err := c.tell(ctx, p, post); err != nil {
		return err
	}
	return c.app.printPost(p)
}

// keep is show for one of the posts of a filter: as JSON they are one list.
func (c *changes) keep(ctx context.Context, p *api.Post, post *hayon.Post) error {
	if err := c.tell(ctx, p, post); err != nil {
		return err
	}
	c.views = append(c.views, *p)
	c.app.printPostID(p)
	return nil
}

// selected changes the posts that fit the filter and can be changed.
func (c *changes) selected(ctx context.Context, b *backend) error {
	a := c.app
	if c.views == nil {
		c.views = []api.Post{} // an empty list is [], never null
	}
	found, err := a.findFiltered(ctx, b, c.filter)
	if err != nil {
		return err
	}
	if len(found) == 0 && len(c.done) == 0 {
		a.say("No post fits, so nothing was changed. See what would: hayon list %s", c.filter)
		return nil
	}
	p, err := c.look(ctx, b, found)
	if err != nil {
		return err
	}
	if c.dryRun {
		return c.planned(p)
	}
	if err := c.agree(ctx, p); err != nil {
		return err
	}
	err = a.changeEach(ctx, b, p.ids, c.done, c.one, c.keep)
	if err == nil && p.worst != hayon.ExitOK {
		return exitError{p.worst}
	}
	return err
}

// plan is what would become of the posts of a filter.
type plan struct {
	ids   []hayon.PostID
	views []api.Post
	lines []string
	// kept are why posts stay as they are, and worst is the gravest exit code of those that are refused
	// for another reason than their state.
	kept  []error
	worst int
}

// look asks for each post what would become of it.
func (c *changes) look(ctx context.Context, b *backend, found []*hayon.Post) (*plan, error) {
	p := &plan{}
	for _, post := range found {
		if c.done[post.ID] {
			continue
		}
		after, err := c.change(ctx, b, post.ID, true)
		switch {
		case held(err) || err != nil && isOver(ctx):
			return nil, err
		case hayon.CodeOf(err) == hayon.CodeConflict:
			p.kept = append(p.kept, err)
		case err != nil:
			c.app.report(ctx, err)
			p.worst = gravest(p.worst, exitOf(ctx, err))
		default:
			after.ID, after.ShortDigits = post.ID, post.ShortDigits
			views, err := apiPosts(ctx, b, []*hayon.Post{post, after})
			if err != nil {
				return nil, err
			}
			p.ids, p.views = append(p.ids, post.ID), append(p.views, views[1])
			p.lines = append(p.lines, c.plan(&views[0], &views[1]))
		}
	}
	if len(p.ids) > 0 || len(c.done) > 0 {
		return p, nil
	}
	if p.worst != hayon.ExitOK {
		return nil, exitError{p.worst}
	}
	first := hayon.AsError(p.kept[0])
	if len(p.kept) == 1 {
		return nil, first
	}
	return nil, hayon.Errorf(hayon.CodeConflict, "%d posts fit, and none can be changed; the first: %s", len(p.kept), first.Message).WithHint(first.Hint)
}

// planned prints the plan alone.
func (c *changes) planned(p *plan) error {
	a := c.app
	a.say("Nothing was changed. It would be so:")
	for _, line := range append(p.lines, p.stays(a)...) {
		a.say("%s", line)
	}
	c.views = append(c.views, p.views...)
	for i := range p.views {
		a.printPostID(&p.views[i])
	}
	if p.worst != hayon.ExitOK {
		return exitError{p.worst}
	}
	return nil
}

// maxAsked is how many posts a question shows.
const maxAsked = 50

// agree shows what would be changed and asks, once. The plan is shown whatever the output is: nobody
// agrees to what they cannot see.
func (c *changes) agree(ctx context.Context, p *plan) error {
	a := c.app
	if c.agreed || a.flags.yes {
		return nil
	}
	lines := p.lines
	if more := len(lines) - maxAsked; more > 0 {
		lines = append(lines[:maxAsked:maxAsked], fmt.Sprintf("  and %d more; see all: --dry-run", more))
	}
	if a.mayAsk() || !a.forProgram() {
		_, _ = fmt.Fprintln(a.io.err, strings.Join(append(lines, p.stays(a)...), "\n"))
	}
	if err := a.confirm(ctx, fmt.Sprintf("%s %s?", upper(c.verb), countPosts(len(p.ids)))); err != nil {
		return err
	}
	c.agreed = true
	return nil
}

// stays are the sentences about posts that fit and stay as they are.
func (p *plan) stays(a *app) []string {
	var out []string
	for i, err := range p.kept {
		if i == 3 && len(p.kept) > 4 {
			return append(out, fmt.Sprintf("  %d more stay as they are", len(p.kept)-i))
		}
		out = append(out, a.planLine("stays: "+err.Error()))
	}
	return out
}

// planLine is a line of a plan, not wider than the terminal.
func (a *app) planLine(s string) string {
	line := "  " + inert(s)
	if a.io.errTTY {
		line = clip(line, a.columns())
	}
	return strings.TrimRight(line, " ")
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// countPosts is a number of posts in words.
func countPosts(n int) string {
	if n == 1 {
		return "1 post"
	}
	return fmt.Sprintf("%d posts", n)
}
