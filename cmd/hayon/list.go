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

type listOptions struct {
	app    *app
	states []string
	to     []string
	since  string
	until  string
	limit  int
	all    bool
	count  bool
}

func (a *app) listCommand() *cobra.Command {
	o := &listOptions{app: a}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List posts, newest first",
		Example: `  hayon list
  hayon list --state scheduled
  hayon list --state failed,partial --to site --json=id,targets.error`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.states, "state", nil, "only posts in these states: draft, scheduled, publishing, published, partial, uncertain, failed, missed, cancelled")
	f.StringSliceVarP(&o.to, "to", "t", nil, "only posts to these accounts")
	f.StringVar(&o.since, "since", "", "only posts created at this time or later, as 2d, yesterday, 2026-11-20 or RFC 3339")
	f.StringVar(&o.until, "until", "", "only posts created before this time")
	f.IntVarP(&o.limit, "limit", "L", 30, "how many posts at the most")
	f.BoolVar(&o.all, "all", false, "all posts")
	f.BoolVar(&o.count, "count", false, "print only how many there are")
	cmd.MarkFlagsMutuallyExclusive("all", "limit")
	return cmd
}

func (o *listOptions) run(ctx context.Context) error {
	a := o.app
	if err := a.checkFields(postFields()); err != nil {
		return err
	}
	filter, err := o.filter()
	if err != nil {
		return err
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		if err := o.accounts(ctx, b, &filter); err != nil {
			return err
		}
		posts, err := b.FindPosts(ctx, filter)
		if err != nil {
			return err
		}
		if o.count {
			a.print("%d", len(posts))
			return nil
		}
		views, err := apiPosts(ctx, b, posts)
		if err != nil {
			return err
		}
		return o.print(views)
	})
}

func (o *listOptions) filter() (hayon.PostFilter, error) {
	f := hayon.PostFilter{Limit: o.limit}
	if o.all || o.count {
		f.Limit = 0
	} else if o.limit <= 0 {
		return f, hayon.Errorf(hayon.CodeUsage, "--limit is %d", o.limit).WithHint("give at least 1, or --all")
	}
	valid := make([]string, 0, len(hayon.PostStates()))
	for _, s := range hayon.PostStates() {
		valid = append(valid, string(s))
	}
	for _, s := range o.states {
		if !slices.Contains(valid, s) {
			return f, notOneOf("--state", s, valid)
		}
		f.States = append(f.States, hayon.PostState(s))
	}
	var err error
	if f.Since, err = o.app.pastMoment("--since", o.since); err != nil {
		return f, err
	}
	f.Until, err = o.app.pastMoment("--until", o.until)
	return f, err
}

// accounts turns the names of --to into ids; a platform means all its accounts here.
func (o *listOptions) accounts(ctx context.Context, b *backend, f *hayon.PostFilter) error {
	if len(o.to) == 0 {
		return nil
	}
	known, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	for _, name := range o.to {
		n := len(f.Accounts)
		for _, acc := range known {
			if acc.Name == name || acc.Platform == strings.TrimSuffix(name, "/*") {
				f.Accounts = append(f.Accounts, acc.ID)
			}
		}
		if len(f.Accounts) == n {
			if _, err := o.app.platforms().Find(strings.Split(name, "/")[0]); err != nil {
				return err
			}
			return hayon.Errorf(hayon.CodeUsage, "no account %q is connected", name).WithHint("see what there is: hayon account list")
		}
	}
	return nil
}

func (o *listOptions) print(posts []api.Post) error {
	a := o.app
	loc, err := a.location()
	if err != nil {
		return err
	}
	empty := `No posts. Write one: hayon post "Hello, world" --to site`
	if len(o.states) > 0 || len(o.to) > 0 || o.since != "" || o.until != "" {
		empty = "No post fits. See all: hayon list --all"
	}
	err = printList(a, posts, listing[api.Post]{
		fields: postFields(),
		id:     func(p *api.Post) string { return p.ID.String() },
		columns: []column{
			{title: "ID"},
			{title: "STATE", colour: func(i int) string { return postColour(posts[i].State) }},
			{title: "WHEN", name: "at", drop: 2},
			{title: "TO", drop: 1},
			{title: "TEXT", flexible: true},
		},
		row:   func(p *api.Post) []string { return o.row(p, loc) },
		empty: empty,
	})
	if err == nil {
		a.sayAsking(posts)
	}
	return err
}

// sayAsking says which posts wait for the word of their user.
func (a *app) sayAsking(posts []api.Post) {
	first, n := "", 0
	for i := range posts {
		if slices.ContainsFunc(posts[i].Targets, func(t api.Target) bool { return asks(&t) }) {
			if n++; n == 1 {
				first = posts[i].Short
			}
		}
	}
	switch n {
	case 0:
	case 1:
		a.say("1 post waits for your word: hayon show %s", first)
	default:
		a.say("%d posts wait for your word; the newest: hayon show %s", n, first)
	}
}

func (o *listOptions) row(p *api.Post, loc *time.Location) []string {
	id, at, person := p.Short, p.At, o.app.forPerson()
	if !person {
		id = p.ID.String()
	}
	stamp := ""
	switch {
	case at.IsZero():
	case person:
		stamp = at.In(loc).Format("2006-01-02 15:04")
	default:
		stamp = at.In(loc).Format(time.RFC3339)
	}
	state := string(p.State)
	if person && slices.ContainsFunc(p.Targets, func(t api.Target) bool { return asks(&t) }) {
		state += " (asks)"
	}
	text := gist(p)
	if n := partCount(p); n > 1 {
		text = "(" + parts(n) + ") " + text
	}
	return []string{id, state, stamp, accountNames(p), text}
}

// partCount is how many parts a post has on the account that has the most.
func partCount(p *api.Post) int {
	n := 0
	for i := range p.Targets {
		n = max(n, len(p.Targets[i].Parts))
	}
	return n
}

func accountNames(p *api.Post) string {
	names := make([]string, len(p.Targets))
	for i := range p.Targets {
		names[i] = name(&p.Targets[i])
	}
	return strings.Join(names, ",")
}
