package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// defaultLines is how many events log shows where nobody says.
const defaultLines = 30

// logOptions are the flags of hayon log.
type logOptions struct {
	app    *app
	follow bool
	since  string
	lines  int
	// all: no bound was given, and what was given bounds it.
	all   bool
	kinds []string

	after  time.Time
	filter hayon.EventFilter
	// seen is the last event that was shown, or before which nothing is wanted; begun: it is known.
	seen  uint64
	begun bool
	view  *eventView
}

func (a *app) logCommand() *cobra.Command {
	o := &logOptions{app: a}
	cmd := &cobra.Command{
		Use:   "log [ID]",
		Short: "Show what happened, of all posts or of one",
		Long: `Show what happened, the newest last: a line each for a post that was stored, changed, sent, missed
or refused, for accounts, and for pauses. In a pipe the columns have tabs between them; with --json
each event is a JSON object on a line of its own.

--follow goes on with what happens until Ctrl-C, over a daemon, without one, and while one starts or
ends; no event is lost, and none comes twice. The steps of each attempt are shown with -v, or by
--kind step.`,
		Example: `  hayon log
  hayon log p_9qx1 -v
  hayon log --since 2h --kind failed,missed,uncertain
  hayon log --follow --kind published --json=at,post,url`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.all = !cmd.Flags().Changed("lines") && (o.since != "" || len(args) > 0)
			return o.run(cmd.Context(), args)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "go on with what happens, until Ctrl-C")
	f.StringVar(&o.since, "since", "", "from this time on, as 2h, yesterday, 2026-11-20 or RFC 3339")
	f.IntVarP(&o.lines, "lines", "n", defaultLines, "how many events at the most, the newest (default for one post or --since: all)")
	f.StringSliceVar(&o.kinds, "kind", nil, "only these: created, state, published, failed, missed, uncertain, parked, step, account, service, letter, all")
	return cmd
}

func (o *logOptions) run(ctx context.Context, args []string) error {
	a := o.app
	if err := a.checkFields(eventFields()); err != nil {
		return err
	}
	if o.lines < 0 {
		return hayon.Errorf(hayon.CodeUsage, "--lines is %d", o.lines).WithHint("give 0 or more")
	}
	var err error
	if o.filter.Kinds, err = eventKinds(o.kinds, a.flags.verbose > 0); err != nil {
		return err
	}
	if o.after, err = a.pastMoment("--since", o.since); err != nil {
		return err
	}
	if o.view, err = a.newEventView(); err != nil {
		return err
	}
	if o.follow {
		return a.keepUp(ctx, func(ctx context.Context, b *backend) (bool, error) { return o.session(ctx, b, args) })
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		if err := o.begin(ctx, b, args); err != nil {
			return err
		}
		last, err := b.LastSeq(ctx)
		if err != nil {
			return err
		}
		return o.show(ctx, b, last)
	})
}

// begin finds the post that is meant and where to begin, once.
func (o *logOptions) begin(ctx context.Context, b *backend, args []string) error {
	if o.begun {
		return nil
	}
	if len(args) > 0 {
		id, err := b.LookupPost(ctx, args[0])
		if err != nil {
			return err
		}
		o.filter.Post = id
	}
	var from uint64
	var err error
	if !o.after.IsZero() {
		if from, err = seqBefore(ctx, b, o.after); err != nil {
			return err
		}
	}
	if !o.all {
		tail, err := tailBefore(ctx, b, o.filter, o.lines)
		if err != nil {
			return err
		}
		from = max(from, tail)
	}
	o.seen, o.begun = from, true
	return nil
}

// show prints what is after seen, up to an event.
func (o *logOptions) show(ctx context.Context, b *backend, last uint64) error {
	for {
		f := o.filter
		f.After = o.seen
		page, err := b.FindEvents(ctx, f)
		if err != nil {
			return err
		}
		for i := range page {
			if page[i].Seq > last {
				return nil
			}
			if err := o.print(ctx, b, &page[i]); err != nil {
				return err
			}
		}
		if len(page) == 0 {
			return nil
		}
	}
}

func (o *logOptions) print(ctx context.Context, b *backend, e *hayon.Event) error {
	if err := o.view.print(ctx, b, e); err != nil {
		return err
	}
	o.seen = e.Seq
	return nil
}

// session goes on with what happens over one way to the services.
func (o *logOptions) session(ctx context.Context, b *backend, args []string) (heard bool, err error) {
	if err := o.begin(ctx, b, args); err != nil {
		return false, err
	}
	f := o.filter
	f.After = o.seen
	for e, err := range b.Events(ctx, f) {
		if err != nil {
			return true, err
		}
		if err := o.print(context.WithoutCancel(ctx), b, &e); err != nil {
			return true, err
		}
	}
	return true, nil
}

// eventKinds are the kinds that words mean: a whole kind, its last word, or what it is about. Without
// words it is all but the steps of attempts.
func eventKinds(words []string, steps bool) ([]hayon.EventKind, error) {
	if len(words) == 0 {
		if steps {
			return nil, nil
		}
		return slices.DeleteFunc(hayon.EventKinds(), func(k hayon.EventKind) bool { return k == hayon.EventStep }), nil
	}
	var out []hayon.EventKind
	for _, word := range words {
		found := false
		for _, k := range hayon.EventKinds() {
			about, what, _ := strings.Cut(string(k), ".")
			if word == "all" || word == string(k) || word == about || word == what {
				found = true
				if !slices.Contains(out, k) {
					out = append(out, k)
				}
			}
		}
		if !found {
			return nil, unknownKind(word)
		}
	}
	return out, nil
}

func unknownKind(word string) error {
	valid := []string{"all"}
	for _, k := range hayon.EventKinds() {
		about, what, _ := strings.Cut(string(k), ".")
		for _, w := range []string{what, about, string(k)} {
			if !slices.Contains(valid, w) {
				valid = append(valid, w)
			}
		}
	}
	hint := "use one of: " + strings.Join(texts(hayon.EventKinds()), ", ")
	if near := nearest(word, valid); near != "" {
		hint = "did you mean " + near + "?"
	}
	return hayon.Errorf(hayon.CodeUsage, "there is no kind of event %q", word).WithHint(hint)
}
