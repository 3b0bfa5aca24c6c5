package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// platforms are those that this profile knows.
func (a *app) platforms() *providers.Registry {
	return providers.New(providers.Config{
		SiteDir: a.paths.site(), Demo: a.cfg.Demo, DemoDir: a.paths.demo(), UserAgent: userAgent(), Logger: a.log,
	})
}

// everyPlatform is every compiled-in platform, for flags and help.
func (a *app) everyPlatform() *providers.Registry {
	return providers.New(providers.Config{Demo: true, Logger: a.log})
}

// accountFields are the names that --json takes for accounts.
func accountFields() []string {
	return []string{
		"id", "name", "platform", "default", "handle", "remote_id", "host", "settings", "if_late", "grace", "gap", "status",
		"reason", "server", "server.software", "server.version", "server.limits", "created_at", "verified_at",
	}
}

func (a *app) accountCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "See, test and change connected accounts",
		Example: `  hayon account list
  hayon account test bluesky
  hayon account rename bluesky work`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.accountAddCommand(), a.accountListCommand(), a.accountShowCommand(), a.accountTestCommand(),
		a.accountRefreshCommand(), a.accountSetCommand(), a.accountRenameCommand(), a.accountDefaultCommand(), a.accountRemoveCommand())
	return cmd
}

func (a *app) accountListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List connected accounts",
		Example: `  hayon account list
  hayon account list --json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
				if err != nil {
					return err
				}
				held, err := blocked(ctx, b)
				if err != nil {
					return err
				}
				return a.printAccounts(accounts, held)
			})
		},
	}
}

func (a *app) printAccounts(accounts []*hayon.Account, held map[string]hayon.Blocked) error {
	err := printList(a, accounts, listing[*hayon.Account]{
		fields: accountFields(),
		view:   func(i int) any { return api.AccountOf(accounts[i]) },
		id:     func(acc **hayon.Account) string { return (*acc).Name },
		columns: []column{
			{title: "ACCOUNT"},
			{title: "STATUS", colour: func(i int) string {
				if accounts[i].Status == hayon.AccountConnected {
					return colourGood
				}
				return colourBad
			}},
			{title: "HANDLE", flexible: true},
			{title: "HOST", drop: 1},
			{title: "", name: "default", drop: 2},
			{title: "IF LATE", drop: 3},
		},
		row: func(p **hayon.Account) []string {
			acc, def := *p, ""
			if acc.Default {
				def = "default"
			}
			return []string{acc.Name, string(acc.Status), acc.Handle, acc.Host, def, lateDefaults(acc)}
		},
		empty: "No accounts are connected. Connect one: hayon login bluesky   (the platform site needs none)",
	})
	if err != nil {
		return err
	}
	for _, acc := range accounts {
		b, ok := held[acc.Name]
		if !ok {
			continue
		}
		words, err := a.blockedWords(b)
		if err != nil {
			return err
		}
		a.say("Nothing goes out to %s: %s", acc.Name, words)
	}
	return nil
}

func (a *app) accountShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show ACCOUNT",
		Short: "Show one account",
		Example: `  hayon account show bluesky
  hayon account show bluesky/work --json`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				account, err := a.findAccount(ctx, b, args[0])
				if err != nil {
					return err
				}
				held, err := blocked(ctx, b)
				if err != nil {
					return err
				}
				return a.printAccount(account, held)
			})
		},
	}
}

func (a *app) accountTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test ACCOUNT",
		Short: "Ask the platform whether an account still works",
		Example: `  hayon account test bluesky
  hayon account test bluesky --timeout 10s`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				if err := a.accountsFromEnv(ctx, b); err != nil {
					return err
				}
				account, err := a.findAccount(ctx, b, args[0])
				if err != nil {
					return err
				}
				if account, err = b.VerifyAccount(ctx, account.ID); err != nil {
					return err
				}
				a.say("%s works", account.Name)
				return a.printAccount(account, nil)
			})
		},
	}
}

// printAccount shows an account; held are those of which nothing goes out now.
func (a *app) printAccount(acc *hayon.Account, held map[string]hayon.Blocked) error {
	if a.flags.json.on {
		return a.printJSON(api.AccountOf(acc), accountFields())
	}
	if a.flags.quiet {
		a.print("%s", acc.Name)
		return nil
	}
	loc, err := a.location()
	if err != nil {
		return err
	}
	stopped := ""
	if b, ok := held[acc.Name]; ok {
		if stopped, err = a.blockedWords(b); err != nil {
			return err
		}
	}
	on := a.colour(a.io.outTTY)
	for _, r := range [][2]string{
		{"account", acc.Name},
		{"platform", acc.Platform},
		{"handle", acc.Handle},
		{"host", acc.Host},
		{"server", serverWords(acc.Server)},
		{"id", acc.RemoteID},
		{"status", string(acc.Status)},
		{"reason", acc.Reason},
		{"held back", stopped},
		{"if late", lateDefaults(acc)},
		{"gap", gapWords(acc)},
		{"connected", when.Format(acc.CreatedAt.In(loc))},
		{"settings", settings(acc.Settings)},
	} {
		if r[1] != "" {
			a.printFolded("%s  %s", paint(on, colourDim, pad(r[0], 9)), inert(r[1]))
		}
	}
	return nil
}

// findAccount is the account that a name means, for commands about accounts.
func (a *app) findAccount(ctx context.Context, b *backend, name string) (*hayon.Account, error) {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	names := make([]string, len(accounts))
	for i, acc := range accounts {
		if acc.Name == name || acc.Default && acc.Platform == name {
			return acc, nil
		}
		names[i] = acc.Name
	}
	e := hayon.Errorf(hayon.CodeNotFound, "no account %q is connected", name).WithHint("see what there is: hayon account list")
	if near := nearest(name, names); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return nil, e
}

// accountsFromEnv signs in the accounts that HAYON_ACCOUNTS names, where they are not connected or
// their session is gone. It is the way of CI jobs.
func (a *app) accountsFromEnv(ctx context.Context, b *backend) error {
	list, ok := a.getenv("HAYON_ACCOUNTS")
	if !ok || list == "" {
		return nil
	}
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if name == "" {
			continue
		}
		there, err := a.usable(ctx, b, name)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		in, err := a.signInFromEnv(name)
		if err != nil {
			return err
		}
		if _, err := b.CreateAccount(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// usable reports whether an account is connected and has credentials.
func (a *app) usable(ctx context.Context, b *backend, name string) (bool, error) {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return false, err
	}
	for _, acc := range accounts {
		if acc.Name != name {
			continue
		}
		if b.core == nil || acc.SecretRef == "" {
			return acc.Status == hayon.AccountConnected, nil
		}
		_, err := b.core.vault.Get(ctx, acc.SecretRef)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			return false, nil
		}
		return acc.Status == hayon.AccountConnected, err
	}
	return false, nil
}

// signInFromEnv reads HAYON_<ACCOUNT>_HANDLE, _HOST, _PASSWORD or _TOKEN and what else the platform
// asks.
func (a *app) signInFromEnv(name string) (hayon.SignIn, error) {
	platform, alias, _ := strings.Cut(name, "/")
	provider, err := a.platforms().Find(platform)
	if err != nil {
		return hayon.SignIn{}, err
	}
	in := hayon.SignIn{Platform: platform, Alias: alias, Fields: make(map[string]string)}
	prefix := "HAYON_" + strings.ToUpper(strings.NewReplacer("/", "_", "-", "_", ".", "_").Replace(name)) + "_"
	for _, f := range provider.Info().Fields {
		if f.Secret {
			for _, suffix := range []string{"PASSWORD", "TOKEN"} {
				if v, ok := a.getenv(prefix + suffix); ok && v != "" {
					in.Secret = hayon.NewSecret([]byte(v))
				}
			}
			if _, byPage := provider.(hayon.BrowserSignIn); in.Secret.IsZero() && (f.Required || byPage) {
				variable := prefix + "PASSWORD"
				if byPage {
					variable = prefix + "TOKEN"
				}
				return in, hayon.Errorf(hayon.CodeUnauthenticated, "HAYON_ACCOUNTS names %s, and %s is not set", name, variable).
					WithHint("set " + variable + " as a secret of the job")
			}
			continue
		}
		if v, ok := a.getenv(prefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))); ok && v != "" {
			in.Fields[f.Name] = v
		}
	}
	return in, absolute(provider.Info(), in.Fields)
}

// serverWords say what runs an account's own server.
func serverWords(f *hayon.ServerFacts) string {
	if f == nil {
		return ""
	}
	return strings.TrimSpace(f.Software + " " + f.Version)
}

func settings(m map[string]string) string {
	var out []string
	for _, k := range sortedKeys(m) {
		out = append(out, k+"="+m[k])
	}
	return strings.Join(out, ", ")
}
