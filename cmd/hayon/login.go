package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/vault"
)

type loginOptions struct {
	app           *app
	alias         string
	vault         string
	plaintext     bool
	passwordStdin bool
	tokenFile     string
	web           bool
	noBrowser     bool
	set           []string
	dry           bool
	fields        map[string]*string
}

func (a *app) loginCommand() *cobra.Command { return a.signInCommand("login", "hayon login") }

// accountAddCommand is login by the name that it has among the commands of accounts.
func (a *app) accountAddCommand() *cobra.Command {
	return a.signInCommand("add", "hayon account add")
}

func (a *app) signInCommand(use, path string) *cobra.Command {
	o := &loginOptions{app: a, fields: make(map[string]*string)}
	cmd := &cobra.Command{
		Use:   use + " PLATFORM",
		Short: "Connect an account",
		Long: `Connect an account. A password is asked for without echo, or read from standard input. Where the
platform has a page for it, your browser opens and comes back; over SSH, and with --no-browser, the
page shows a code that you type here. A token that you have made there is read by --token-file.

Credentials are sealed in one file of the profile. What opens it is chosen at the first login by --vault:
keyring (of the system), passphrase (HAYON_VAULT_PASSPHRASE or a prompt), key:PATH (a file with an age
identity), or command:CMD (a program that prints one).`,
		Example: "  " + path + ` bluesky --handle alice.bsky.social
  ` + path + ` mastodon --host fosstodon.org
  printf %s "$APP_PASSWORD" | ` + path + ` bluesky --handle alice.test --password-stdin
  ` + path + ` mastodon --host https://m.example --token-file - --vault command:"pass hayon"
  ` + path + ` site --dir ~/blog/content --base-url https://example.org/notes --title Notes`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completePlatforms,
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.alias, "alias", "", "name of the account where there are several: --alias work is bluesky/work")
	f.StringVar(&o.vault, "vault", "", "what opens the sealed credentials: keyring, passphrase, key:PATH or command:CMD; chosen at the first login")
	f.BoolVar(&o.plaintext, "insecure-plaintext", false, "keep the credentials unprotected in a file")
	f.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password or token from standard input")
	f.StringVar(&o.tokenFile, "token-file", "", "read the password or token from this file; - is standard input")
	f.BoolVar(&o.web, "web", false, "sign in by the browser of this machine")
	f.BoolVar(&o.noBrowser, "no-browser", false, "show the address of the page, and type the code that it shows")
	// A folder to publish to is also called --dir, which hides the global flag with its short form.
	f.StringVarP(&a.flags.dir, "chdir", "C", "", "run as if started in this folder")
	f.BoolVarP(&o.dry, "dry-run", "n", false, "check what was given; ask nobody and store nothing")
	f.StringArrayVar(&o.set, "set", nil, "KEY=VALUE or KEY=VALUE,KEY=VALUE: a setting that one platform knows (repeat)")
	for _, p := range a.everyPlatform().All() {
		for _, field := range p.Info().Fields {
			if field.Secret || field.Set || f.Lookup(field.Name) != nil {
				continue
			}
			o.fields[field.Name] = f.String(field.Name, "", p.Info().Name+": "+field.Title)
		}
	}
	cmd.MarkFlagsMutuallyExclusive("vault", "insecure-plaintext")
	cmd.MarkFlagsMutuallyExclusive("web", "no-browser", "password-stdin", "token-file")
	return cmd
}

func (o *loginOptions) run(cmd *cobra.Command, platform string) error {
	a := o.app
	provider, err := a.platforms().Find(platform)
	if err != nil {
		return err
	}
	in, err := o.signIn(cmd, provider.Info())
	if err != nil {
		return err
	}
	if o.dry {
		a.say("Nothing was stored, and nobody was asked. This would connect: %s", hayon.AccountName(in.Platform, in.Alias))
		return nil
	}
	if o.plaintext {
		o.vault = vault.InsecurePlaintext
	}
	ctx := a.actor(cmd.Context())
	b, err := a.connectFor(ctx, o.vault)
	if err != nil {
		return err
	}
	defer func() { _ = b.close() }() // what was written has been committed
	if err := o.prepareVault(ctx, b, provider.Info()); err != nil {
		return err
	}
	if in, err = o.credentials(ctx, b, provider, in); err != nil {
		return err
	}
	account, err := b.CreateAccount(ctx, in)
	if err != nil {
		return err
	}
	if a.flags.json.on {
		return a.printJSON(api.AccountOf(account), accountFields())
	}
	a.say("Connected %s %s", account.Name, account.Handle)
	a.print("%s", account.Name)
	return nil
}

// connectFor is connect with the opener that a sign-in names. Over a socket the daemon has its vault
// already, so another opener cannot be honoured there.
func (a *app) connectFor(ctx context.Context, opener string) (*backend, error) {
	if opener == "" {
		return a.connect(ctx)
	}
	if a.flags.server != "none" {
		if b, err := a.dial(ctx); err == nil {
			return b, a.sameOpener(opener)
		}
	}
	return a.open(ctx, coreConfig{vault: opener})
}

func (a *app) sameOpener(opener string) error {
	info, err := vault.Inspect(a.paths.data)
	if err != nil {
		return err
	}
	if info.Exists && vault.Kind(info.Opener) != vault.Kind(opener) {
		return hayon.Errorf(hayon.CodeConflict, "the credentials of this profile are opened by %s, not by %s", vault.Kind(info.Opener), vault.Kind(opener)).
			WithHint("leave out --vault, or use another profile: -p NAME")
	}
	return nil
}

// prepareVault meets an unusable keyring before anybody types a password. A vault that is still to be
// made is made here, whoever will use it: a daemon opens what it finds, so that its first sign-in
// chooses the opener too.
func (o *loginOptions) prepareVault(ctx context.Context, b *backend, platform hayon.ProviderInfo) error {
	if secretField(platform) == nil {
		return nil
	}
	var v hayon.Vault
	if b.core != nil {
		v = b.core.vault
	} else {
		info, err := vault.Inspect(o.app.paths.data)
		if err != nil || info.Exists {
			return err
		}
		if v, err = o.app.openVault(ctx, coreConfig{vault: o.vault}); err != nil {
			return err
		}
	}
	if p, ok := v.(vault.Preparer); ok {
		return p.Prepare(ctx)
	}
	return nil
}

// signIn collects the answers that were given as flags.
func (o *loginOptions) signIn(cmd *cobra.Command, info hayon.ProviderInfo) (hayon.SignIn, error) {
	in := hayon.SignIn{Platform: info.Name, Alias: o.alias, Fields: make(map[string]string)}
	for name, v := range o.fields {
		if cmd.Flags().Changed(name) {
			in.Fields[name] = *v
		}
	}
	for _, s := range o.set {
		for pair := range strings.SplitSeq(s, ",") {
			key, value, ok := strings.Cut(pair, "=")
			if !ok {
				return in, hayon.Errorf(hayon.CodeUsage, "--set %q is no KEY=VALUE", pair).WithHint("write --set class=A,latency=50ms")
			}
			if old, twice := in.Fields[key]; twice {
				value = old + "," + value
			}
			in.Fields[key] = value
		}
	}
	err := o.ask(cmd.Context(), info, in.Fields)
	if err == nil {
		err = absolute(info, in.Fields)
	}
	return in, err
}

// absolute makes the paths among the answers absolute: a daemon runs in another folder.
func absolute(info hayon.ProviderInfo, fields map[string]string) error {
	for _, f := range info.Fields {
		v := fields[f.Name]
		if !f.Path || v == "" {
			continue
		}
		abs, err := filepath.Abs(v)
		if err != nil {
			return hayon.Errorf(hayon.CodeLocal, "--%s %s: the working folder is gone: %w", f.Name, v, err).
				WithHint("give the whole path")
		}
		fields[f.Name] = abs
	}
	return nil
}

// ask asks for what is missing, on a terminal.
func (o *loginOptions) ask(ctx context.Context, info hayon.ProviderInfo, fields map[string]string) error {
	for _, f := range info.Fields {
		if f.Secret || !f.Required || fields[f.Name] != "" {
			continue
		}
		if !o.app.mayAsk() || o.passwordStdin || o.tokenFile == "-" {
			return hayon.Errorf(hayon.CodeUsage, "%s needs: %s", info.Name, f.Title).
				WithHint("give it: hayon login " + info.Name + " --" + f.Name + " …")
		}
		v, err := o.app.prompt(ctx, f.Title+": ")
		if err != nil {
			return err
		}
		fields[f.Name] = v
	}
	return nil
}

// credentials completes a sign-in: by a page of the platform where it has one and no token was given,
// else by its secret.
func (o *loginOptions) credentials(ctx context.Context, b *backend, p hayon.Provider, in hayon.SignIn) (hayon.SignIn, error) {
	info := p.Info()
	_, byPage := p.(hayon.BrowserSignIn)
	given := o.passwordStdin || o.tokenFile != ""
	switch {
	case !byPage && (o.web || o.noBrowser):
		return in, hayon.Errorf(hayon.CodeUsage, "%s has no sign-in by browser", info.Title).WithHint("leave out --web and --no-browser")
	case byPage && !given && (o.web || o.noBrowser || o.app.mayAsk()):
		return o.bySignInPage(ctx, b, in)
	case byPage && !given:
		return in, hayon.Errorf(hayon.CodeUsage, "%s needs a browser or a token, and nobody is there to answer", info.Title).
			WithHint("give a token: hayon login " + info.Name + " … --token-file FILE   or type its code: --no-browser")
	}
	var err error
	in.Secret, err = o.secret(ctx, info)
	return in, err
}

// secret reads the password: from standard input or a file, or by a prompt without echo.
func (o *loginOptions) secret(ctx context.Context, info hayon.ProviderInfo) (hayon.Secret, error) {
	a := o.app
	field := secretField(info)
	switch {
	case field == nil:
		return hayon.Secret{}, nil
	case o.tokenFile != "" && o.tokenFile != "-":
		b, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "--token-file %s cannot be read: %w", o.tokenFile, err).WithHint("check the path")
		}
		if b = bytes.TrimSpace(b); len(b) == 0 {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "--token-file %s is empty", o.tokenFile).WithHint("write the token into it")
		}
		return hayon.NewSecret(b), nil
	case o.passwordStdin || o.tokenFile == "-":
		b, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.io.in, 1<<16)) })
		if ctx.Err() != nil {
			return hayon.Secret{}, context.Cause(ctx)
		}
		if err != nil {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "standard input cannot be read: %w", err)
		}
		b = bytes.TrimRight(b, "\r\n")
		if len(b) == 0 {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "standard input holds no password").
				WithHint(`printf %s "$APP_PASSWORD" | hayon login ` + info.Name + " … --password-stdin")
		}
		return hayon.NewSecret(b), nil
	case !a.mayAsk():
		return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "%s needs: %s", info.Name, field.Title).
			WithHint(`printf %s "$APP_PASSWORD" | hayon login ` + info.Name + " … --password-stdin")
	}
	return a.promptSecret(ctx, field.Title+": ")
}

func secretField(info hayon.ProviderInfo) *hayon.Field {
	for i := range info.Fields {
		if info.Fields[i].Secret {
			return &info.Fields[i]
		}
	}
	return nil
}

func (a *app) logoutCommand() *cobra.Command { return a.removeCommand("logout", "hayon logout") }

// accountRemoveCommand is logout by the name that it has among the commands of accounts.
func (a *app) accountRemoveCommand() *cobra.Command {
	return a.removeCommand("remove", "hayon account remove")
}

func (a *app) removeCommand(use, path string) *cobra.Command {
	var dry, all bool
	cmd := &cobra.Command{
		Use:   use + " ACCOUNT...",
		Short: "Remove accounts and their credentials",
		Long: `Remove accounts and their credentials. With --all every account is removed, and what opens the
credentials too: nothing of the profile is left in the keyring.`,
		Example: "  " + path + ` bluesky
  ` + path + ` bluesky/work mastodon --yes
  ` + path + ` --all --dry-run`,
		Args:              usageArgs(someOrAll(&all)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				if all {
					return a.removeAll(ctx, b, dry)
				}
				return a.removeAccounts(ctx, b, args, dry)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every account, and what opens the credentials")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be removed; change nothing")
	return cmd
}

// someOrAll takes names, or none with --all.
func someOrAll(all *bool) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if *all {
			return cobra.NoArgs(cmd, args)
		}
		return cobra.MinimumNArgs(1)(cmd, args)
	}
}

func (a *app) removeAccounts(ctx context.Context, b *backend, names []string, dry bool) error {
	var accounts []*hayon.Account
	for _, name := range names {
		account, err := a.findAccount(ctx, b, name)
		if err != nil {
			return err
		}
		accounts = append(accounts, account)
	}
	return a.remove(ctx, b, accounts, dry)
}

// removeAll leaves nothing of the profile's accounts behind, in the keyring neither.
func (a *app) removeAll(ctx context.Context, b *backend, dry bool) error {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return err
	}
	if err := a.remove(ctx, b, accounts, dry); err != nil || dry {
		return err
	}
	return a.forgetVault(ctx)
}

// remove says what is removed, asks once, and does it.
func (a *app) remove(ctx context.Context, b *backend, accounts []*hayon.Account, dry bool) error {
	if len(accounts) == 0 {
		a.say("No accounts are connected.")
		return nil
	}
	names := make([]string, len(accounts))
	for i, account := range accounts {
		names[i] = strings.TrimSpace(account.Name + " " + account.Handle)
	}
	what := strings.Join(names, ", ") + " and the credentials"
	if dry {
		a.say("Nothing was removed. This would be: %s", what)
		return nil
	}
	if err := a.confirm(ctx, "Remove "+what+"?"); err != nil {
		return err
	}
	for _, account := range accounts {
		if err := b.DeleteAccount(ctx, account.ID); err != nil {
			return err
		}
		a.say("Removed %s", account.Name)
	}
	return nil
}
