package main

import (
	"context"
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
	made, err := o.prepareVault(ctx, b, provider.Info())
	if err != nil {
		return err
	}
	if in, err = o.credentials(ctx, b, provider, in); err != nil {
		return a.discard(ctx, made, err)
	}
	account, err := b.CreateAccount(ctx, in)
	if code := hayon.CodeOf(err); code == hayon.CodeUnreachable || code == hayon.CodeTimeout {
		return err // a daemon may still be at it
	}
	if err != nil {
		return a.discard(ctx, made, err)
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
// chooses the opener too. The vault that it has made is answered; nil where there was one.
func (o *loginOptions) prepareVault(ctx context.Context, b *backend, platform hayon.ProviderInfo) (hayon.Vault, error) {
	if secretField(platform) == nil {
		return nil, nil //nolint:nilnil // there is no vault to tell of
	}
	info, err := vault.Inspect(o.app.paths.data)
	if err != nil || info.Exists && b.core == nil {
		return nil, err
	}
	var v hayon.Vault
	if b.core != nil {
		v = b.core.vault
	} else if v, err = o.app.openVault(ctx, coreConfig{vault: o.vault}); err != nil {
		return nil, err
	}
	if p, ok := v.(vault.Preparer); ok {
		err = p.Prepare(ctx)
	}
	if info.Exists {
		v = nil
	}
	return v, err
}

// discard answers err, and takes a vault back that was made for a sign-in that failed: the next one
// chooses anew what opens it.
func (a *app) discard(ctx context.Context, made hayon.Vault, err error) error {
	d, ok := made.(vault.Destroyer)
	if !ok {
		return err
	}
	needed := func(ref string) bool { return !strings.HasPrefix(ref, appSecrets) }
	if derr := d.Discard(lingering(ctx), needed); derr != nil {
		a.log.WarnContext(ctx, "an empty vault stays behind", "err", derr)
	}
	return err
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
