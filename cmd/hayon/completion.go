package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// completer answers the words that may stand where something is being typed.
type completer = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

const noFiles = cobra.ShellCompDirectiveNoFileComp

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print the script that completes commands in a shell",
		Long: `Print the script that completes commands, flags, accounts, posts and times in a shell. It asks nobody
over the network, and reads the posts of the profile.

bash, for this shell, and for all that are started from now on:

  source <(hayon completion bash)
  hayon completion bash > ~/.local/share/bash-completion/completions/hayon

zsh, into a folder of $fpath, before compinit is run:

  hayon completion zsh > "${fpath[1]}/_hayon"

fish:

  hayon completion fish > ~/.config/fish/completions/hayon.fish

PowerShell, in the file that $PROFILE names:

  hayon completion powershell | Out-String | Invoke-Expression`,
		Annotations: map[string]string{offline: "yes"},
		Example: `  hayon completion bash
  hayon completion fish > ~/.config/fish/completions/hayon.fish`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: words("bash", "zsh", "fish", "powershell"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeCompletion(cmd.Root(), args[0], a.io.out)
		},
	}
}

func writeCompletion(root *cobra.Command, shell string, out io.Writer) error {
	switch shell {
	case "bash":
		var script bytes.Buffer
		if err := root.GenBashCompletionV2(&script, true); err != nil {
			return err
		}
		// @ begins a word of bash, and with it a group would stand alone.
		_, err := out.Write(bytes.ReplaceAll(script.Bytes(), []byte("_init_completion -n =:"), []byte("_init_completion -n =:@")))
		return err
	case "zsh":
		return root.GenZshCompletion(out)
	case "fish":
		return root.GenFishCompletion(out, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(out)
	}
	return notOneOf("the shell", shell, []string{"bash", "zsh", "fish", "powershell"})
}

// isCompletion reports whether a command is the one that shells ask.
func isCompletion(cmd *cobra.Command) bool { return cmd.Name() == cobra.ShellCompRequestCmd }

// setCompletion says for every command and flag what may stand there. It is needed by shells alone.
func (a *app) setCompletion(root *cobra.Command) {
	if len(a.args) == 0 || a.args[0] != cobra.ShellCompRequestCmd && a.args[0] != cobra.ShellCompNoDescRequestCmd {
		return
	}
	a.setFlagCompletion(root, root.PersistentFlags())
	walk(root, func(c *cobra.Command) {
		if c.ValidArgsFunction == nil {
			c.ValidArgsFunction = a.operands(c)
		}
		c.ValidArgsFunction = fitting(c.ValidArgsFunction)
		a.setFlagCompletion(c, c.LocalNonPersistentFlags())
	})
}

func (a *app) setFlagCompletion(c *cobra.Command, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if complete := a.flagWords(f); complete != nil {
			_ = c.RegisterFlagCompletionFunc(f.Name, fitting(complete)) // one that its command has set stays
		}
	})
}

// fitting leaves the words that begin with what is typed: not every shell does that.
func fitting(complete completer) completer {
	if complete == nil {
		return nil
	}
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		list, directive := complete(cmd, args, typed)
		return slices.DeleteFunc(slices.Clone(list), func(w string) bool { return !strings.HasPrefix(w, typed) }), directive
	}
}

// operands complete the arguments of a command, by what it is about.
func (a *app) operands(c *cobra.Command) completer {
	switch c.CommandPath() {
	case "hayon show", "hayon log", "hayon delete":
		return a.completePosts()
	case "hayon open", "hayon repost", "hayon edit":
		return a.completePosts(hayon.PostPublished, hayon.PostPartial)
	case "hayon cancel":
		return a.completePosts(hayon.PostDraft, hayon.PostScheduled, hayon.PostPublishing)
	case "hayon publish":
		return a.completePosts(hayon.PostDraft, hayon.PostScheduled)
	case "hayon retry":
		return a.completePosts(hayon.PostFailed, hayon.PostPartial, hayon.PostMissed, hayon.PostPublishing)
	case "hayon resolve":
		return a.completePosts(hayon.PostUncertain, hayon.PostFailed, hayon.PostPartial, hayon.PostMissed)
	case "hayon wait":
		return a.completePosts(hayon.PostScheduled, hayon.PostPublishing, hayon.PostUncertain)
	case "hayon login", "hayon account add":
		return a.completePlatforms
	case "hayon group add", "hayon group remove", "hayon group create":
		return a.completeGroupMembers
	case "hayon group delete":
		return a.completeGroups
	case "hayon webhook test", "hayon webhook remove":
		return a.completeWebhooks
	}
	name, operand, _ := strings.Cut(c.Use, " ")
	switch {
	case name == "post":
		return nothing
	case strings.HasPrefix(operand, "ACCOUNT"):
		return a.completeAccounts
	case strings.HasPrefix(operand, "FILE"), strings.HasPrefix(operand, "DIR"):
		return nil // files
	}
	return nothing
}

// flagWords complete the value of a flag; nil leaves it to the names of files.
func (a *app) flagWords(f *pflag.Flag) completer {
	switch f.Name {
	case "to", "not":
		return a.completeTargets
	case "account", "default":
		return a.completeAccounts
	case "label":
		return listed(a.completeLabels)
	case "at":
		return a.completeTimes
	case "in", "undo", "for", "grace", "timeout", "wait":
		return words("10s", "1m", "5m", "30m", "1h", "2h", "1d", "1w")
	case "since", "until":
		return words("1h", "today", "yesterday", "2d", "7d")
	case "profile":
		return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return a.completeProfiles(cmd, nil, typed)
		}
	case "tz":
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return zones(), noFiles }
	case "vault":
		return words("keyring\tthe keyring of the system", "passphrase\ta passphrase, typed or HAYON_VAULT_PASSPHRASE",
			"key:\ta file with the key", "command:\ta program that prints the key")
	case "visibility":
		return words("public", "unlisted", "followers", "direct")
	case "json":
		return nothing
	}
	if values := flagValues(f.Name); len(values) > 0 {
		if f.Value.Type() == "stringSlice" {
			return listed(words(values...))
		}
		return words(values...)
	}
	if takesFile(f.Name) {
		return nil
	}
	if f.Value.Type() == "bool" || f.Value.Type() == "count" {
		return nil
	}
	return nothing
}

// takesFile reports whether the value of a flag is the name of a file or folder.
func takesFile(name string) bool {
	return slices.Contains([]string{"file", "media", "config", "dir", "chdir", "out", "token-file", "env-file"}, name)
}

func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, noFiles
}

// words complete a fixed set; what stands behind a tab describes a word. An argument is completed once.
func words(list ...string) completer {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return list, noFiles }
}

// listed completes the last of several words with commas between them.
func listed(complete completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		i := strings.LastIndexByte(typed, ',') + 1
		list, directive := complete(cmd, args, typed[i:])
		out := make([]string, 0, len(list))
		given := strings.Split(typed[:i], ",")
		for _, w := range list {
			if name, _, _ := strings.Cut(w, "\t"); !slices.Contains(given, name) {
				out = append(out, typed[:i]+w)
			}
		}
		return out, directive
	}
}

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
