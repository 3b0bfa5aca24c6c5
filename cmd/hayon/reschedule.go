package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// rescheduleOptions are the flags of hayon reschedule.
type rescheduleOptions struct {
	changes

	at, in, by string
	req        hayon.PostReschedule
	// alone: a post has its time now, and no daemon is there to send it.
	alone bool
	// together: several posts move by the same, so that what is close to one of them may move as well. moved
	// are those that have moved.
	together bool
	moved    []hayon.PostID
}

func (a *app) rescheduleCommand() *cobra.Command {
	o := &rescheduleOptions{changes: changes{app: a, verb: "move"}}
	o.change, o.plan, o.tell = o.move, o.planMove, o.tellMove
	o.after = func() {
		if o.alone {
			a.sayNoDaemon()
		}
	}
	cmd := &cobra.Command{
		Use:   "reschedule ID...",
		Short: "Give what has not been sent another time",
		Long: `Give what has not been sent another time: --at and --in say when, --by how much later or, with a minus
sign, earlier. A draft waits for that time then. With --filter all that fits is moved, which is shown
and asked about before. What is out, or being sent, stays as it is; hayon undo takes all of it back.

Days and weeks are those of the calendar: a post at 9:00 stays at 9:00 when the clocks change.`,
		Example: `  hayon reschedule p_9qx1 --at "tomorrow 9am"
  hayon reschedule last --by -2h30m
  hayon reschedule --by +1d --filter "label:launch state:scheduled" --yes`,
		Args:              usageArgs(cobra.ArbitraryArgs),
		ValidArgsFunction: a.completePosts(hayon.PostDraft, hayon.PostScheduled, hayon.PostFailed, hayon.PostMissed, hayon.PostPartial),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.posts(cmd, args); err != nil {
				return err
			}
			return o.runMoves(cmd.Context(), cmd.UseLine(), args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.at, "at", "", "when, as \"tomorrow 9am\" or \"2026-12-01 09:00 Europe/Berlin\"; see hayon help time")
	f.StringVar(&o.in, "in", "", "how long from now, as 2h or 1d")
	f.StringVar(&o.by, "by", "", "how much later than now planned, or earlier, as +1d, -2h30m or +1w")
	f.StringVar(&o.req.Reason, "reason", "", "why, for the history")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "show what would be moved; change nothing")
	a.filterFlag(cmd, &o.filter)
	cmd.MarkFlagsMutuallyExclusive("at", "in", "by")
	return cmd
}

func (o *rescheduleOptions) runMoves(ctx context.Context, usage string, refs []string) error {
	a := o.app
	var err error
	switch {
	case o.by != "":
		o.req.By, err = a.readShift(o.by)
	case o.at != "" || o.in != "":
		o.req.Schedule, err = a.readSchedule(o.at, o.in)
	default:
		err = hayon.Errorf(hayon.CodeUsage, "nobody says when").
			WithHint(`say it: --at "tomorrow 9am", --in 2h or --by +1d   usage: ` + usage)
	}
	if err != nil {
		return err
	}
	o.req.Batch = requestID()
	o.together = o.by != "" && len(refs) != 1
	if err := o.run(ctx, refs); err != nil || !o.together || o.dryRun {
		return err
	}
	return a.service(ctx, o.sayClose)
}

// maxClose is how many posts of those that moved together are looked at for others that they are too close
// to now.
const maxClose = 100

// sayClose tells which of the posts that moved together are too close to others: while they moved, those that
// had not yet were where they would not stay.
func (o *rescheduleOptions) sayClose(ctx context.Context, b *backend) error {
	said := make(map[string]bool)
	for _, id := range o.moved[:min(len(o.moved), maxClose)] {
		post, err := b.FindPostByID(ctx, id)
		if err != nil {
			return err
		}
		same, err := b.ReschedulePost(ctx, id, hayon.PostReschedule{Schedule: post.Schedule, DryRun: true})
		if err != nil { // it is being sent by now
			continue
		}
		for _, w := range same.Warnings {
			if !said[w] {
				o.app.sayFolded("Note: %s: %s", post.Short(), w)
			}
			said[w] = true
		}
	}
	return nil
}

func (o *rescheduleOptions) move(ctx context.Context, b *backend, id hayon.PostID, dry bool) (*hayon.Post, error) {
	req := o.req
	req.DryRun = dry
	post, err := b.ReschedulePost(ctx, id, req)
	if err == nil && !dry {
		o.alone = o.alone || b.remote == nil
		o.moved = append(o.moved, id)
	}
	if err == nil && o.together {
		post.Warnings = nil
	}
	return post, err
}

// tellMove says the new time of a post, and what its user should know of it.
func (o *rescheduleOptions) tellMove(_ context.Context, p *api.Post, _ *hayon.Post) error {
	a := o.app
	done := "Rescheduled"
	if o.dryRun {
		done = "Nothing was changed. It would be: rescheduled"
	}
	a.say("%s %s for %s (%s)", done, p.Short, a.due(p), a.away(p))
	for _, note := range o.notes(p) {
		a.sayFolded("Note: %s", note)
	}
	return nil
}

// notes are what there is to know of the new time of a post. What --at was taken as is said once, before.
func (o *rescheduleOptions) notes(p *api.Post) []string {
	loc, err := when.LoadZone(p.Zone)
	if o.by == "" || p.Wall == "" || err != nil {
		return p.Warnings
	}
	if at, err := when.ResolveIn(p.Wall, loc); err != nil || !at.Equal(p.At) {
		return p.Warnings // hours have led to the second of two
	}
	return append(when.WallNotes(p.Wall, loc), p.Warnings...)
}

// planMove is a post that would be moved: from when, to when.
func (o *rescheduleOptions) planMove(before, after *api.Post) string {
	a := o.app
	from := "no time"
	if !before.At.IsZero() && before.State != hayon.PostDraft {
		from = a.due(before)
	}
	var line strings.Builder
	line.WriteString(before.Short + "  " + from + " → " + a.due(after) + "  " + gist(before))
	for _, note := range o.notes(after) {
		line.WriteString("  (" + note + ")")
	}
	return a.planLine(line.String())
}

// away is how far from now the time of a post is.
func (a *app) away(p *api.Post) string {
	if now := a.now(); p.At.After(now) {
		return "in " + when.Between(now, p.At)
	}
	return "now"
}

// readShift reads --by. The calendar of a post that has none is that of the user.
func (a *app) readShift(v string) (*hayon.Shift, error) {
	by, err := parseShift(v)
	if err != nil {
		return nil, err
	}
	loc, err := a.location()
	if err != nil {
		return nil, err
	}
	if named, err := when.LoadZone(loc.String()); err == nil {
		by.Zone = named.String()
	}
	return by, nil
}

// parseShift reads --by: a duration with a sign, which is a plus where there is none.
func parseShift(v string) (*hayon.Shift, error) {
	phrase := strings.TrimSpace(v)
	rest, earlier := strings.CutPrefix(phrase, "-")
	if !earlier {
		rest = strings.TrimPrefix(phrase, "+")
	}
	reason := ""
	d, err := when.ParseDuration(rest)
	if e, ok := errors.AsType[*when.Error](err); ok {
		reason = e.Reason
	} else if strings.HasPrefix(strings.TrimSpace(rest), "+") {
		reason = "one sign is enough"
	}
	if reason != "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "--by %q: %s", v, reason).
			WithHint(`write +1d, -2h30m or +4w, or name the time: --at "2026-12-01 09:00"`)
	}
	if earlier {
		d.Days, d.Elapsed = -d.Days, -d.Elapsed
	}
	return &hayon.Shift{Days: d.Days, Elapsed: d.Elapsed}, nil
}
