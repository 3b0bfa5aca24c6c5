package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// showOptions are the flags of hayon show.
type showOptions struct {
	app       *app
	revisions bool
	revision  int
}

func (a *app) showCommand() *cobra.Command {
	o := &showOptions{app: a}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one post with its targets, or what it was before",
		Long: `Show one post with its targets. --revisions lists the changes of its user, the oldest first, and
--revision N shows what the post held then; hayon edit ID --revision N brings it back.`,
		Example: `  hayon show last
  hayon show p_9qx1 --json
  hayon show p_9qx1 --revisions
  hayon show p_9qx1 --revision 2`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.revision < 0 || o.revision == 0 && cmd.Flags().Changed("revision") {
				return hayon.Errorf(hayon.CodeUsage, "--revision is %d", o.revision).WithHint("see them: hayon show " + args[0] + " --revisions")
			}
			return o.run(cmd.Context(), args[0])
		},
	}
	cmd.Flags().BoolVar(&o.revisions, "revisions", false, "list the changes of the post")
	cmd.Flags().IntVar(&o.revision, "revision", 0, "show what the post held at this revision")
	cmd.MarkFlagsMutuallyExclusive("revisions", "revision")
	return cmd
}

func (o *showOptions) run(ctx context.Context, ref string) error {
	a := o.app
	fields := postFields()
	if o.revisions || o.revision > 0 {
		fields = revisionFields()
	}
	if err := a.checkFields(fields); err != nil {
		return err
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		if o.revisions || o.revision > 0 {
			return o.showRevisions(ctx, b, id)
		}
		post, err := b.FindPostByID(ctx, id)
		if err != nil {
			return err
		}
		view, err := apiPost(ctx, b, post)
		if err != nil {
			return err
		}
		return a.printShown(&view)
	})
}

func (o *showOptions) showRevisions(ctx context.Context, b *backend, id hayon.PostID) error {
	r, err := o.app.readRevisions(ctx, b, id)
	if err != nil {
		return err
	}
	if o.revisions {
		return o.app.printRevisions(r)
	}
	return o.app.printRevision(r, o.revision)
}

func (a *app) printShown(p *api.Post) error {
	if a.flags.json.on {
		return a.printJSON(p, postFields())
	}
	if a.flags.quiet {
		a.print("%s", p.ID)
		return nil
	}
	loc, err := a.location()
	if err != nil {
		return err
	}
	on := a.colour(a.io.outTTY)
	line := func(key, value string) {
		if value != "" {
			a.printFolded("%s  %s", paint(on, colourDim, pad(key, 8)), inert(value))
		}
	}
	line("id", p.ID.String())
	a.print("%s  %s", paint(on, colourDim, pad("state", 8)), paint(on, postColour(p.State), string(p.State)))
	if !p.At.IsZero() {
		at := when.Format(p.At.In(loc))
		if p.Zone != "" && p.Zone != loc.String() {
			at += "  (" + when.Format(p.At) + ")"
		}
		line("at", at)
	}
	line("created", when.Format(p.CreatedAt.In(loc)))
	if p.Revision > 1 {
		line("revision", fmt.Sprintf("%d  (see: hayon show %s --revisions)", p.Revision, p.Short))
	}
	line("labels", strings.Join(p.Labels, ", "))
	line("note", firstLine(p.Note))
	if !p.DeletedAt.IsZero() {
		line("deleted", when.Format(p.DeletedAt.In(loc)))
	}
	line("repost", p.Repost)
	a.print("")
	body := threadOf(p)
	if p.Repost == "" {
		a.printText(strings.Join(body, "\n---\n"), "  ")
		a.print("")
	}
	for i := range p.Targets {
		a.printTarget(p, &p.Targets[i], body, loc, on)
	}
	return nil
}

// threadOf are the texts of the post: one, or those of a thread.
func threadOf(p *api.Post) []string {
	out := []string{p.Text}
	for i := range p.Targets {
		if list := p.Targets[i].Parts; len(list) > len(out) {
			for _, part := range list[len(out):] {
				out = append(out, part.Text)
			}
		}
	}
	return out
}

func (a *app) printTarget(p *api.Post, t *api.Target, thread []string, loc *time.Location, on bool) {
	a.printFolded("%s", strings.TrimRight(a.targetLine(p, t, loc, on), " "))
	fact := func(key, value string) {
		if value != "" {
			a.printFolded("  %s %s", pad(key, 9), inert(value))
		}
	}
	if t.Attempts > 1 {
		fact("attempts", strconv.Itoa(t.Attempts))
	}
	if t.State == hayon.StatePublished {
		fact("published", when.Format(t.PublishedAt.In(loc)))
	}
	if mayBeLate(t.State) {
		fact("late", policyWords(t))
	}
	fact("options", settings(t.Options))
	for _, note := range t.Notes {
		fact("note", note)
	}
	if t.Question {
		fact("question", "is it to go out all the same?")
	}
	domain := (&api.Post{Targets: []api.Target{*t}}).Domain().Targets[0]
	for i, part := range t.Parts {
		if len(t.Parts) > 1 && begun(t) {
			fact(fmt.Sprintf("part %d/%d", i+1, len(t.Parts)), partState(t, i))
		}
		if part.Repost != "" && part.Repost != p.Repost {
			fact("repost", part.Repost)
		}
		if part.Repost == "" && (i >= len(thread) || part.Text != thread[i]) {
			a.printText(part.Text, "  | ")
		}
		for _, f := range partFactList(&domain.Parts[i], hayon.PartPreview{}) {
			a.printFact(f, false)
		}
	}
	if h := a.hint(p, t); h != "" {
		a.printFolded("  → %s", inert(h))
	}
}

// mayBeLate reports whether the late policy of a target still means something.
func mayBeLate(s hayon.State) bool {
	return s == hayon.StateDraft || s == hayon.StateScheduled || s == hayon.StateQueued || s == hayon.StateRetryWait
}

// begun reports whether a part of the target is out, or may be.
func begun(t *api.Target) bool {
	return t.State == hayon.StateUncertain || partInQuestion(t) > 0 || t.URL != ""
}

// partState is where a part of a thread is, or that it is not out.
func partState(t *api.Target, i int) string {
	part := &t.Parts[i]
	switch {
	case part.URL != "":
		return part.URL
	case part.RemoteID != "":
		return part.RemoteID
	case t.State == hayon.StateUncertain && i == partInQuestion(t):
		return "out or not: nobody knows"
	}
	return "not out"
}

func indent(s, with string) string {
	return with + strings.ReplaceAll(s, "\n", "\n"+with)
}
