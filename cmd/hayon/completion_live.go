package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// completeWait bounds what a completion may take: nobody waits longer for a word.
const completeWait = 300 * time.Millisecond

// lookUp asks the services for a completion. Nothing is made, nobody is asked, and what is wrong is
// nobody's business now.
func (a *app) lookUp(cmd *cobra.Command, args []string, fn func(ctx context.Context, b *backend) error) {
	a.flags.noInput, a.flags.timeout = true, 0
	a.io.err, a.io.inTTY, a.io.readPassword = io.Discard, false, nil
	if a.prepare(cmd, args) != nil {
		return
	}
	if !fileExists(a.paths.database()) {
		return
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completeWait)
	defer cancel()
	_ = a.service(ctx, fn)
}

func (a *app) completePlatforms(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	return a.platformWords(), noFiles
}

func (a *app) platformWords() []string {
	var names []string
	for _, p := range a.everyPlatform().All() {
		if info := p.Info(); info.Name != "demo" {
			names = append(names, info.Name+"\t"+info.Title)
		}
	}
	return names
}

// completeAccounts completes the name of a connected account.
func (a *app) completeAccounts(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) > 0 && !strings.HasSuffix(cmd.Use, "...") {
		return nil, noFiles
	}
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
		accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
		for _, acc := range accounts {
			names = append(names, acc.Name+"\t"+acc.Handle)
		}
		return err
	})
	return names, noFiles
}

// completeTargets completes what --to and --not take: platforms, accounts, all of a platform, groups,
// and all.
func (a *app) completeTargets(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	return listed(func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return a.targetWords(cmd, args), noFiles
	})(cmd, args, typed)
}

func (a *app) targetWords(cmd *cobra.Command, args []string) []string {
	names := []string{}
	add := func(word, about string) {
		if !slices.ContainsFunc(names, func(n string) bool { return n == word || strings.HasPrefix(n, word+"\t") }) {
			names = append(names, word+"\t"+about)
		}
	}
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
		names = names[:0]
		accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
		if err != nil {
			return err
		}
		on := make(map[string]int)
		for _, acc := range accounts {
			if acc.Default {
				add(acc.Platform, acc.Handle)
			}
			add(acc.Name, acc.Handle)
			on[acc.Platform]++
		}
		for _, acc := range accounts {
			if on[acc.Platform] > 1 {
				add(acc.Platform+"/*", "all of them")
			}
		}
		if len(accounts) > 1 {
			add("all", "every account")
		}
		groups, err := b.FindGroups(ctx)
		for _, g := range api.GroupsOf(groups, api.AccountsByID(accounts)) {
			add("@"+g.Name, strings.Join(g.Accounts, ", "))
		}
		return err
	})
	for _, p := range a.platformWords() {
		word, title, _ := strings.Cut(p, "\t")
		add(word, title)
	}
	return names
}

func (a *app) completeGroups(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) > 0 {
		return nil, noFiles
	}
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
		groups, err := b.FindGroups(ctx)
		for _, g := range groups {
			names = append(names, g.Name)
		}
		return err
	})
	return names, noFiles
}

// completeGroupMembers completes the name of a group, then its accounts.
func (a *app) completeGroupMembers(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) > 0:
		return a.targetWords(cmd, args), noFiles
	case cmd.Name() == "create":
		return nil, noFiles
	}
	return a.completeGroups(cmd, args, typed)
}

func (a *app) completeWebhooks(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) > 0 {
		return nil, noFiles
	}
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
		list, err := b.FindWebhooks(ctx)
		for _, w := range list {
			names = append(names, w.ID.Short(0)+"\t"+w.URL)
		}
		return err
	})
	return names, noFiles
}

// The most posts that a completion reads, and the most cells of text that it shows.
const (
	completedPosts = 50
	completedText  = 50
)

// completePosts completes the id of a post in one of these states, or in any: the short ones that a
// terminal shows, the newest first, and whole ones where the beginning of one was typed.
func (a *app) completePosts(states ...hayon.PostState) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 && !strings.Contains(cmd.Use, "...") {
			return nil, noFiles
		}
		short, whole := []string{"last\tthe newest post"}, []string{}
		for _, p := range a.recent(cmd, args, hayon.PostFilter{States: states, Limit: completedPosts}) {
			about := "\t" + string(p.State) + "  " + clip(inert(gist(&p)), completedText)
			if !slices.Contains(args, p.Short) && !slices.Contains(args, p.ID.String()) {
				short = append(short, p.Short+about)
				whole = append(whole, p.ID.String()+about)
			}
		}
		if fits := func(w string) bool { return strings.HasPrefix(w, typed) }; !slices.ContainsFunc(short, fits) {
			return whole, noFiles
		}
		return short, noFiles | cobra.ShellCompDirectiveKeepOrder
	}
}

// completeOut completes the id of a post that is out, for a flag.
func (a *app) completeOut(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	return a.completePosts(hayon.PostPublished, hayon.PostPartial)(cmd, nil, typed)
}

// completePreviewed completes the id of a post, or else the name of a file.
func (a *app) completePreviewed(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 && strings.HasPrefix(typed, "p_") {
		return a.completePosts()(cmd, args, typed)
	}
	return nil, cobra.ShellCompDirectiveDefault
}

func (a *app) recent(cmd *cobra.Command, args []string, f hayon.PostFilter) []api.Post {
	var views []api.Post
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
		posts, err := b.FindPosts(ctx, f)
		if err == nil {
			views, err = apiPosts(ctx, b, posts)
		}
		return err
	})
	return views
}

// completeLabels completes the labels of the newest posts.
func (a *app) completeLabels(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var labels []string
	for _, p := range a.recent(cmd, args, hayon.PostFilter{Limit: completedPosts}) {
		for _, l := range p.Labels {
			if !slices.Contains(labels, l) {
				labels = append(labels, l)
			}
		}
	}
	slices.Sort(labels)
	return labels, noFiles
}
