package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// calendarOptions are the flags of hayon calendar.
type calendarOptions struct {
	app *app
	// when are the arguments.
	when               []string
	states, to, labels []string
	month, week, day   bool
	ics, all           bool
}

func (a *app) calendarCommand() *cobra.Command {
	o := &calendarOptions{app: a}
	cmd := &cobra.Command{
		Use:   "calendar [WHEN]",
		Short: "Show what goes out when: a month, a week or a day",
		Long: `Show what goes out when, and what went out: a month, a week or a day. WHEN is a day in it:

  today  tomorrow  yesterday  friday  2026-12-24  24 dec 2026
  december  dec 2027  2026-12  next month  week  this week  last week
  +1  -- -1      so many months, or weeks or days, from now

Times are in your zone: --tz, else the configuration, else TZ, else that of the system. Where the clocks
are set that day, each shows what clocks show, with the offset where two look alike. Cancelled posts are
shown where --state asks for them.

--ics prints an iCalendar file, which other calendars read: each post at its time in its own zone,
cancelled ones as such. It has what is shown, or everything with --all. --json is a list of the days that
have posts, of {date, posts}; with -o a line is a post.`,
		Example: `  hayon calendar
  hayon calendar --week next week --to mastodon
  hayon calendar december --json=date,posts.at,posts.text
  hayon calendar --ics --all > posts.ics`,
		Args:              usageArgs(cobra.MaximumNArgs(3)),
		ValidArgsFunction: a.completeCalendar,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.when = args
			return o.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.month, "month", false, "show a month")
	f.BoolVar(&o.week, "week", false, "show a week, from Monday on")
	f.BoolVar(&o.day, "day", false, "show a day")
	f.StringSliceVar(&o.states, "state", nil, "only posts in these states: draft, scheduled, publishing, published, partial, uncertain, failed, missed, cancelled")
	f.StringSliceVarP(&o.to, "to", "t", nil, "only posts to these accounts, or to all accounts of a platform")
	f.StringSliceVar(&o.labels, "label", nil, "only posts with these labels")
	f.BoolVar(&o.ics, "ics", false, "print an iCalendar file")
	f.BoolVar(&o.all, "all", false, "with --ics, --json or -o: all posts that have a time")
	cmd.MarkFlagsMutuallyExclusive("month", "week", "day")
	cmd.SetFlagErrorFunc(calendarFlagError)
	return cmd
}

// calendarFlagError names the way to write a step back, which looks like a flag.
func calendarFlagError(cmd *cobra.Command, err error) error {
	if _, step, ok := strings.Cut(err.Error(), "unknown shorthand flag: "); ok && len(step) > 1 && '0' <= step[1] && step[1] <= '9' {
		_, step, _ = strings.Cut(step, " in ")
		return hayon.Errorf(hayon.CodeUsage, "%s looks like a flag", step).WithHint("write: hayon calendar -- " + step)
	}
	return flagError(cmd, err)
}

// calendarFields are the names that --json takes.
func calendarFields() []string {
	fields := []string{"date", "posts"}
	for _, f := range postFields() {
		fields = append(fields, "posts."+f)
	}
	return fields
}

func (o *calendarOptions) run(ctx context.Context) error {
	a := o.app
	if err := a.checkFields(calendarFields()); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	loc, err := a.location()
	if err != nil {
		return err
	}
	span, err := parseCalendarSpan(strings.Join(o.when, " "), o.view(), a.now().In(loc))
	if err != nil {
		return err
	}
	terms, err := o.terms()
	if err != nil {
		return err
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		c, err := o.find(ctx, b, terms, span)
		switch {
		case err != nil:
			return err
		case o.ics:
			return a.printICS(c.posts)
		}
		return o.print(c)
	})
}

// check refuses flags that do not go together.
func (o *calendarOptions) check() error {
	a := o.app
	program := a.flags.json.on || a.flags.output != "" || a.flags.quiet
	switch {
	case o.ics && program:
		return hayon.Errorf(hayon.CodeUsage, "--ics and other formats exclude each other").WithHint("leave out --json, --jq, -o and -q")
	case o.all && !o.ics && !program:
		return hayon.Errorf(hayon.CodeUsage, "--all is for --ics, --json and -o").WithHint("read everything: hayon list --all --sort soonest")
	case o.all && (len(o.when) > 0 || o.view() != ""):
		return hayon.Errorf(hayon.CodeUsage, "--all and a time exclude each other").WithHint("leave out one of them")
	}
	return nil
}

func (o *calendarOptions) view() calendarView {
	switch {
	case o.month:
		return monthView
	case o.week:
		return weekView
	case o.day:
		return dayView
	}
	return ""
}

// terms are the flags in the filter language.
func (o *calendarOptions) terms() (string, error) {
	var all []string
	for _, f := range []struct {
		key    string
		values []string
	}{{"state", o.states}, {"to", o.to}, {"label", o.labels}} {
		if len(f.values) == 0 {
			continue
		}
		term, err := o.app.flagTerm("--"+f.key, f.key, f.values)
		if err != nil {
			return "", err
		}
		all = append(all, term)
	}
	return strings.Join(all, " "), nil
}

// calendarContent is what a calendar shows.
type calendarContent struct {
	span  calendarSpan
	posts []api.Post
	// accounts are all that are connected or were.
	accounts []*hayon.Account
	// drafts is how many drafts have no time.
	drafts int
}

func (o *calendarOptions) find(ctx context.Context, b *backend, terms string, span calendarSpan) (calendarContent, error) {
	c := calendarContent{span: span}
	q, err := o.app.parseFilter(terms)
	if err != nil {
		return c, err
	}
	if c.accounts, err = b.FindAccounts(ctx, hayon.AccountFilter{}); err != nil {
		return c, err
	}
	f, err := q.Filter(c.accounts)
	if err != nil {
		return c, flagMeant("--to", "to", err)
	}
	if !o.all {
		f.AtSince, f.AtUntil = span.first, span.until
	}
	f.Order = hayon.OrderSoonest
	found, err := b.FindPosts(ctx, f)
	if err != nil {
		return c, err
	}
	c.posts = slices.DeleteFunc(api.PostsOf(found, api.AccountsByID(c.accounts)), o.leftOut)
	if !o.app.forProgram() && !o.ics {
		c.drafts, err = countTimeless(ctx, b, f)
	}
	return c, err
}

// leftOut reports whether a post is not for the calendar: it has no time, or is cancelled and nobody has
// asked for those.
func (o *calendarOptions) leftOut(p api.Post) bool {
	return p.At.IsZero() || p.State == hayon.PostCancelled && !o.ics && len(o.states) == 0
}

// countTimeless is how many drafts that fit have no time.
func countTimeless(ctx context.Context, b *backend, f hayon.PostFilter) (int, error) {
	if len(f.States) > 0 && !slices.Contains(f.States, hayon.PostDraft) {
		return 0, nil
	}
	f.States = []hayon.PostState{hayon.PostDraft}
	f.AtSince, f.AtUntil, f.Order = time.Time{}, time.Time{}, ""
	drafts, err := b.FindPosts(ctx, f)
	n := 0
	for _, p := range api.PostsOf(drafts, nil) {
		if p.At.IsZero() {
			n++
		}
	}
	return n, err
}

// calendarDayView is a day as --json prints it.
type calendarDayView struct {
	Date  string     `json:"date"`
	Posts []api.Post `json:"posts"`
}

func (o *calendarOptions) print(c calendarContent) error {
	a := o.app
	loc := c.span.first.Location()
	entries := calendarEntries(c.posts, loc)
	switch {
	case a.flags.json.on:
		return printList(a, dayViews(entries), listing[calendarDayView]{fields: calendarFields()})
	case a.flags.quiet || a.flags.output != "" || !a.io.outTTY && len(entries) > 0:
		return printList(a, entries, a.calendarListing(entries))
	}
	if a.io.outTTY {
		a.paintCalendar(c, entries)
	}
	o.sayRest(c)
	return a.written()
}

// dayViews are the days that have posts.
func dayViews(entries []calendarEntry) []calendarDayView {
	days := []calendarDayView{}
	for _, e := range entries {
		date := e.at.Format(time.DateOnly)
		if n := len(days); n == 0 || days[n-1].Date != date {
			days = append(days, calendarDayView{Date: date})
		}
		last := &days[len(days)-1]
		last.Posts = append(last.Posts, *e.post)
	}
	return days
}

// calendarListing is the calendar for a pipe and for csv.
func (a *app) calendarListing(entries []calendarEntry) listing[calendarEntry] {
	return listing[calendarEntry]{
		fields: postFields(),
		view:   func(i int) any { return entries[i].post }, // a line is a row, as in every list
		id:     func(e *calendarEntry) string { return e.post.ID.String() },
		columns: []column{
			{title: "ID"},
			{title: "DATE"},
			{title: "TIME"},
			{title: "STATE", colour: func(i int) string { return postColour(entries[i].post.State) }},
			{title: "TO"},
			{title: "TEXT"},
			{title: "ZONE"},
		},
		row: func(e *calendarEntry) []string {
			p := e.post
			return []string{
				p.ID.String(), e.at.Format(time.DateOnly), e.at.Format("15:04:05Z07:00"), string(p.State), accountNames(p), gist(p),
				cmp.Or(p.Zone, "UTC"),
			}
		},
	}
}

// sayRest says what to do where nothing is shown, and what the calendar has no place for.
func (o *calendarOptions) sayRest(c calendarContent) {
	a := o.app
	if len(c.posts) == 0 {
		a.say("%s", o.emptyWords(c.span))
	}
	switch c.drafts {
	case 0:
	case 1:
		a.say("1 draft without a time: hayon list --state draft")
	default:
		a.say("%d drafts without a time: hayon list --state draft", c.drafts)
	}
	a.sayAsking(c.posts)
}

// emptyWords say that nothing is there, and the next step.
func (o *calendarOptions) emptyWords(s calendarSpan) string {
	nothing := "Nothing on " + s.title() + "."
	if s.view != dayView {
		nothing = "Nothing in " + s.title() + "."
	}
	now := o.app.now()
	switch {
	case len(o.states)+len(o.to)+len(o.labels) > 0:
		return nothing + " No post fits there. Without the filter: hayon calendar " + s.words()
	case !s.until.After(now):
		return nothing + " See what comes: hayon calendar"
	case !s.first.After(now):
		return nothing + ` Plan a post: hayon post "Hello, world" --to site --at "tomorrow 9am"`
	}
	return nothing + ` Plan a post: hayon post "Hello, world" --to site --at "` + s.first.Format(time.DateOnly) + ` 09:00"`
}
