package main

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
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
	case "hayon open", "hayon repost":
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
	case "hayon people add":
		return a.completeHandles
	case "hayon people remove":
		return a.completePeople
	case "hayon template show", "hayon template render", "hayon template delete":
		return a.completeTemplates
	case "hayon webhook test", "hayon webhook remove":
		return a.completeWebhooks
	}
	name, operand, _ := strings.Cut(c.Use, " ")
	switch {
	case name == "post":
		return nothing
	case name == "preview":
		return a.completePreviewed
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
	case "to", "not", "add-to", "remove-to":
		return a.completeTargets
	case "account", "default":
		return a.completeAccounts
	case "label", "add-label", "remove-label":
		return listed(a.completeLabels)
	case "clear":
		return listed(words(clearable()...))
	case "from-template":
		return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return a.completeTemplates(cmd, nil, typed)
		}
	case "var":
		return a.completeVariables
	case "at":
		return a.completeTimes
	case "in":
		return a.completeSpans
	case "by":
		return completeShifts
	case "undo", "for", "grace", "gap", "timeout", "wait", "poll-for":
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
		return words(hayon.Visibilities()...)
	case "card":
		return words(hayon.CardAuto+"\tof the first address", hayon.CardNone+"\tno card")
	case "number":
		return words("{i}/{n}", "({i}/{n})", "{i}.", numberNone)
	case "reply-to", "quote":
		return a.completeOut
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
	return slices.Contains([]string{"file", "text-file", "media", "config", "dir", "chdir", "out", "token-file", "env-file"}, name)
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
