package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/query"
	"github.com/hayon/hayon/server/api"
)

// listOptions are the flags of hayon list.
type listOptions struct {
	app *app
	// words are the arguments: the filter language.
	words                       []string
	states, to, labels, sources []string
	search                      []string
	since, until, at, sort      string
	limit                       int
	all, count, watch, deleted  bool

	// text is the filter of all of them, of which the first typed characters are the words.
	text  string
	typed int
}

func (a *app) listCommand() *cobra.Command {
	o := &listOptions{app: a}
	cmd := &cobra.Command{
		Use:   "list [FILTER...]",
		Short: "List posts, newest first",
		Long: `List posts, the newest first. FILTER is words that must all be there, and terms, which the flags of the
same names stand for as well:

  state:failed,partial   where it stands
  to:mastodon            an account, or a platform for all its accounts
  label:launch           a label
  source:cli             what wrote it
  since:2d  until:today  when it was written
  at:tomorrow            when it goes out: today, tomorrow, week, next-week, 2026-12-01, 2026-12 or
                         2026-12-01..2026-12-07
  sort:soonest           newest, oldest, soonest or latest

A minus sign excludes, as -label:done (behind -- where it comes first); quotes make a phrase of words.

--watch goes on: on a terminal the list is kept up to date in its place, elsewhere a line follows for
each post that was created, has changed, or fits no more, with that word at its end.`,
		Example: `  hayon list
  hayon list state:scheduled at:week --sort soonest
  hayon list --state failed,partial --to site --json=id,targets.error
  hayon list label:launch "two words" --watch`,
		Args:              usageArgs(cobra.ArbitraryArgs),
		ValidArgsFunction: a.completeFilter,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.words = args
			return o.run(cmd.Context())
		},
	}
	o.flags(cmd)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if _, term, ok := strings.Cut(err.Error(), "unknown shorthand flag: "); ok {
			_, term, _ = strings.Cut(term, " in ")
			return excludedTerm(term)
		}
		return flagError(cmd, err)
	})
	return cmd
}

// excludedTerm is the error of a term with a minus sign that was read as flags.
func excludedTerm(term string) error {
	return hayon.Errorf(hayon.CodeUsage, "%s is no flag", term).
		WithHint("to leave out what fits, put it behind two dashes: hayon list " + shellWord(term))
}

func (o *listOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&o.states, "state", nil, "only posts in these states: draft, scheduled, publishing, published, partial, uncertain, failed, missed, cancelled")
	f.StringSliceVarP(&o.to, "to", "t", nil, "only posts to these accounts")
	f.StringSliceVar(&o.labels, "label", nil, "only posts with all these labels")
	f.StringVar(&o.since, "since", "", "only posts created at this time or later, as 2d, yesterday, 2026-11-20 or RFC 3339")
	f.StringVar(&o.until, "until", "", "only posts created before this time")
	f.StringVar(&o.at, "at", "", "only posts that go out then, as tomorrow, week, 2026-12 or 2026-12-01..2026-12-07")
	f.StringArrayVar(&o.search, "search", nil, "only posts with this `TEXT`, anywhere and in any letter case")
	f.StringSliceVar(&o.sources, "source", nil, "only posts from these: cli, tui, api, feed, apply, mcp")
	f.StringVar(&o.sort, "sort", "", "newest, oldest (by creation), soonest or latest (by when it goes out)")
	f.IntVarP(&o.limit, "limit", "L", 30, "how many posts at the most")
	f.BoolVar(&o.all, "all", false, "all posts")
	f.BoolVar(&o.count, "count", false, "print only how many there are")
	f.BoolVar(&o.watch, "watch", false, "go on with what changes, until Ctrl-C")
	f.BoolVar(&o.deleted, "deleted", false, "also posts that were deleted")
	cmd.MarkFlagsMutuallyExclusive("all", "limit")
	// They fail for flags that are not there.
	_ = cmd.RegisterFlagCompletionFunc("at", fitting(words("today", "tomorrow", "week", "next-week", "yesterday", "last-week")))
	for _, k := range query.Keys() {
		if k.Closed {
			_ = cmd.RegisterFlagCompletionFunc(k.Name, fitting(listed(words(k.Values...))))
		}
	}
}

func (o *listOptions) run(ctx context.Context) error {
	a := o.app
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	if !o.all && !o.count && o.limit <= 0 {
		return hayon.Errorf(hayon.CodeUsage, "--limit is %d", o.limit).WithHint("give at least 1, or --all")
	}
	if err := o.read(); err != nil {
		return err
	}
	switch {
	case o.watch && a.flags.json.on:
		return hayon.Errorf(hayon.CodeUsage, "--watch never ends, and --json is one value").WithHint("a line of JSON for each post: -o ndjson")
	case o.watch:
		return o.watchAll(ctx)
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		f, err := o.filter(ctx, b)
		switch {
		case err != nil:
			return err
		case o.count:
			return o.printCount(ctx, b, f)
		}
		views, err := o.find(ctx, b, f)
		if err != nil {
			return err
		}
		return o.show(ctx, b, f, views)
	})
}

// read makes one filter of words and flags. Each is read alone before, so that what is wrong is said of
// the one that is wrong.
func (o *listOptions) read() error {
	a := o.app
	o.text = strings.TrimSpace(a.joinTerms(o.words))
	o.typed = utf8.RuneCountInString(o.text)
	typed, err := a.parseFilter(o.text)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(o.to, func(name string) bool { return strings.HasPrefix(name, "o:") }); i >= 0 {
		return excludedTerm("-t" + o.to[i])
	}
	for _, f := range []struct {
		flag, key string
		values    []string
	}{
		{"--state", "state", o.states},
		{"--to", "to", o.to},
		{"--label", "label", o.labels},
		{"--source", "source", o.sources},
		{"--since", "since", given(o.since)},
		{"--until", "until", given(o.until)},
		{"--at", "at", given(o.at)},
		{"--sort", "sort", given(o.sort)},
		{"--search", "", o.search},
	} {
		if len(f.values) == 0 {
			continue
		}
		term, err := a.flagTerm(f.flag, f.key, f.values)
		if err != nil {
			return err
		}
		if once(f.key) && slices.ContainsFunc(typed.Terms(), func(t query.Term) bool { return t.Key == f.key }) {
			return hayon.Errorf(hayon.CodeUsage, "%s and %s: exclude each other", f.flag, f.key).WithHint("leave out one of them")
		}
		o.text = strings.TrimSpace(o.text + " " + term)
	}
	if _, err = a.parseFilter(o.text); err != nil {
		return o.meant(err)
	}
	return nil
}

func given(v string) []string {
	if v == "" {
		return nil
	}
	return []string{v}
}

// once reports whether a key stands in a filter once at the most.
func once(key string) bool { return slices.Contains([]string{"since", "until", "at", "sort"}, key) }

// meant is what is wrong with the filter. A column is one of the words, as they were typed.
func (o *listOptions) meant(err error) error {
	e, ok := errors.AsType[*query.Error](err)
	if !ok || e.Column <= o.typed {
		return err
	}
	return hayon.Errorf(hayon.CodeUsage, "the flags and the filter: %s", e.Reason).WithHint(e.Hint)
}

// filter is what the services look for. It is made anew for each look: days and accounts come and go.
func (o *listOptions) filter(ctx context.Context, b *backend) (hayon.PostFilter, error) {
	q, err := o.app.parseFilter(o.text)
	if err != nil {
		return hayon.PostFilter{}, o.meant(err)
	}
	f, err := o.app.postFilter(ctx, b, q)
	if err != nil {
		return f, o.meant(err)
	}
	f.Deleted = o.deleted
	if !o.all {
		f.Limit = o.limit
	}
	return f, nil
}

// postFilter is a query for the services.
func (a *app) postFilter(ctx context.Context, b *backend, q *query.Query) (hayon.PostFilter, error) {
	var accounts []*hayon.Account
	if len(q.To)+len(q.NotTo) > 0 {
		var err error
		if accounts, err = b.FindAccounts(ctx, hayon.AccountFilter{}); err != nil {
			return hayon.PostFilter{}, err
		}
	}
	return q.Filter(accounts)
}

func (o *listOptions) printCount(ctx context.Context, b *backend, f hayon.PostFilter) error {
	n, err := b.CountPosts(ctx, f)
	if err != nil {
		return err
	}
	o.app.print("%d", n)
	return nil
}

func (o *listOptions) find(ctx context.Context, b *backend, f hayon.PostFilter) ([]api.Post, error) {
	posts, err := b.FindPosts(ctx, f)
	if err != nil {
		return nil, err
	}
	return apiPosts(ctx, b, posts)
}

// show prints the list, and says what it does not show.
func (o *listOptions) show(ctx context.Context, b *backend, f hayon.PostFilter, posts []api.Post) error {
	a := o.app
	if len(posts) == 0 && !a.forProgram() {
		return o.sayNone(ctx, b)
	}
	if err := o.print(posts); err != nil {
		return err
	}
	return o.sayCut(ctx, b, f, len(posts))
}

func (o *listOptions) print(posts []api.Post) error {
	l, err := o.listing(posts)
	if err != nil {
		return err
	}
	if err := printList(o.app, posts, l); err != nil {
		return err
	}
	o.app.sayAsking(posts)
	return nil
}

// sayCut says how many posts there are where the bound left some out.
func (o *listOptions) sayCut(ctx context.Context, b *backend, f hayon.PostFilter, shown int) error {
	if o.app.forProgram() || f.Limit == 0 || shown < f.Limit {
		return nil
	}
	n, err := b.CountPosts(ctx, f)
	if err == nil && n > shown {
		o.app.say("%d of %d; more: -L %d or --all", shown, n, min(n, max(100, 2*f.Limit)))
	}
	return err
}

// maxDropped bounds how many terms are dropped in turn, and maxNamed how many of those that help are named.
const (
	maxDropped = 10
	maxNamed   = 3
)

// sayNone says the smallest change after which something fits: a term less.
func (o *listOptions) sayNone(ctx context.Context, b *backend) error {
	a := o.app
	q, err := a.parseFilter(o.text)
	if err != nil {
		return err
	}
	terms := slices.DeleteFunc(q.Terms(), func(t query.Term) bool { return t.Key == "sort" })
	if len(terms) == 0 {
		a.say(`No posts. Write one: hayon post "Hello, world" --to site`)
		return nil
	}
	named := 0
	said := []string{"No post fits."}
	for _, t := range terms[:min(len(terms), maxDropped)] {
		less, n, err := o.without(ctx, b, t)
		if err != nil {
			return err
		}
		if n > 0 && named < maxNamed {
			named++
			said = append(said, fmt.Sprintf("  → drop %s (shows %d): hayon list %s", t.Text, n, less))
		}
	}
	if named == 0 {
		said[0] += " See all: hayon list --all"
	}
	a.say("%s", strings.Join(said, "\n"))
	return nil
}

// without is the filter without a term, as it is typed, and how many posts fit then.
func (o *listOptions) without(ctx context.Context, b *backend, t query.Term) (typed string, n int, err error) {
	q, err := o.app.parseFilter(o.text[:t.Start] + o.text[t.End:])
	if err != nil {
		return "", 0, err
	}
	f, err := o.app.postFilter(ctx, b, q)
	if err != nil {
		return "", 0, err
	}
	f.Deleted = o.deleted
	if n, err = b.CountPosts(ctx, f); err != nil {
		return "", 0, err
	}
	if typed = shellWord(q.String()); o.deleted {
		typed = "--deleted " + typed
	}
	if strings.TrimSpace(typed) == "" {
		typed = "--all"
	}
	return typed, n, nil
}
