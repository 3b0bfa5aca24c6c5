package main

import (
	"bytes"
	"context"
	"io"
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
	set           []string
	dry           bool
	fields        map[string]*string
}

func (a *app) loginCommand() *cobra.Command {
	o := &loginOptions{app: a, fields: make(map[string]*string)}
	cmd := &cobra.Command{
		Use:   "login PLATFORM",
		Short: "Connect an account",
		Long: `Connect an account. The password is asked for without echo, or read from standard input.

Credentials are sealed in one file of the profile. What opens it is chosen at the first login: the
keyring of the system, or a passphrase (HAYON_VAULT_PASSPHRASE or a prompt).`,
		Example: `  hayon login bluesky --handle alice.bsky.social
  printf %s "$APP_PASSWORD" | hayon login bluesky --handle alice.test --password-stdin
  hayon login site --dir ~/blog/content --base-url https://example.org/notes --title Notes`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completePlatforms,
		RunE:              func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.alias, "alias", "", "name of the account where there are several: --alias work is bluesky/work")
	f.StringVar(&o.vault, "vault", "", "what opens the sealed credentials: keyring or passphrase; chosen at the first login")
	f.BoolVar(&o.plaintext, "insecure-plaintext", false, "keep the credentials unprotected in a file")
	f.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input")
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
	if in.Secret, err = o.secret(ctx, provider.Info()); err != nil {
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
	if info.Exists && info.Opener != opener {
		return hayon.Errorf(hayon.CodeConflict, "the credentials of this profile are opened by %s, not by %s", info.Opener, opener).
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
		if !o.app.mayAsk() || o.passwordStdin {
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

// secret reads the password: from standard input, or by a prompt without echo.
func (o *loginOptions) secret(ctx context.Context, info hayon.ProviderInfo) (hayon.Secret, error) {
	a := o.app
	field := secretField(info)
	switch {
	case field == nil:
		return hayon.Secret{}, nil
	case o.passwordStdin:
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

func (a *app) logoutCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "logout ACCOUNT",
		Short: "Remove an account and its credentials",
		Example: `  hayon logout bluesky
  hayon logout bluesky/work --yes`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				account, err := a.findAccount(ctx, b, args[0])
				if err != nil {
					return err
				}
				if dry {
					a.say("Nothing was removed. This would be: %s %s and its credentials", account.Name, account.Handle)
					return nil
				}
				if err := a.confirm(ctx, "Remove "+account.Name+" "+account.Handle+" and its credentials?", "--yes"); err != nil {
					return err
				}
				if err := b.DeleteAccount(ctx, account.ID); err != nil {
					return err
				}
				a.say("Removed %s", account.Name)
				return nil
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be removed; change nothing")
	return cmd
}
