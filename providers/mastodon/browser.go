package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/oauth"
)

const (
	appName    = "Hayon"
	appWebsite = "https://github.com/hayon/hayon" //nolint:gosec // no credential
)

// application is hayon as one instance knows it. Registered once, it is used for every sign-in there.
type application struct {
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	Redirects    []string `json:"redirects"`
	Scope        string   `json:"scope"`
}

// StartSignIn registers hayon with the instance, where that was not done before, and answers the page on
// which the user allows it. Without a redirect the page shows the code.
func (p *Provider) StartSignIn(ctx context.Context, in hayon.SignIn) (*hayon.SignInFlow, error) {
	who := subject{name: "mastodon", login: "hayon login mastodon"}
	found, settings, err := p.find(ctx, in, who)
	if err != nil {
		return nil, err
	}
	redirect := in.Redirect
	if redirect == "" {
		redirect = oauth.OutOfBand
	}
	rules := softwareOf(found.software, found.version)
	app, err := p.app(ctx, found.base, redirect, p.scopes(ctx, found.base, rules), rules)
	if err != nil {
		return nil, fault(err, who)
	}
	f := &flow{
		Base: found.base, Settings: settings, ClientID: app.ClientID, ClientSecret: app.ClientSecret,
		Redirect: redirect, Verifier: oauth.NewVerifier(),
	}
	state := oauth.NewState()
	page, err := oauth.Authorize{
		Endpoint: found.base + "/oauth/authorize", ClientID: app.ClientID, Redirect: redirect,
		Scope: app.Scope, State: state, Verifier: f.Verifier,
	}.URL()
	if err != nil {
		return nil, err
	}
	keep, err := f.secret()
	if err != nil {
		return nil, err
	}
	return &hayon.SignInFlow{URL: page, State: state, Keep: keep}, nil
}

// endFlow exchanges the code.
func (p *Provider) endFlow(ctx context.Context, in hayon.SignIn, who subject) (*hayon.Account, hayon.Secret, error) {
	f := new(flow)
	if json.Unmarshal(in.Flow.Reveal(), f) != nil || f.Base == "" || f.ClientID == "" {
		return nil, hayon.Secret{}, who.errorf(hayon.CodeUsage, "this sign-in was not begun here").WithHint("begin again: " + who.login)
	}
	if host := f.Settings["host"]; host != "" {
		who.login += " --host " + host
	}
	code := strings.TrimSpace(string(in.Code.Reveal()))
	if code == "" {
		return nil, hayon.Secret{}, who.errorf(hayon.CodeUsage, "the code is missing").WithHint("copy it from the page that your browser shows")
	}
	at, err := p.ask(ctx, f.Base) // before the code, which can be used once
	if err != nil {
		return nil, hayon.Secret{}, fault(err, who)
	}
	client := oauth.Client{ID: f.ClientID, Secret: f.ClientSecret}
	t, err := p.token(ctx, f.Base, oauth.CodeForm(client, code, f.Redirect, f.Verifier))
	if err != nil {
		return nil, hayon.Secret{}, p.codeFault(ctx, err, f, who)
	}
	s := (&session{Base: f.Base, ClientID: f.ClientID, ClientSecret: f.ClientSecret}).take(t, p.now())
	return p.connect(ctx, at, f.Settings, s, who)
}

// codeFault says why there is no token for a code. An application that the instance has forgotten is
// forgotten here too, so that the next sign-in registers again.
func (p *Provider) codeFault(ctx context.Context, err error, f *flow, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	if !ok || !e.Parsed || e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests {
		return fault(err, who)
	}
	if e.Name == "invalid_client" {
		p.forget(ctx, f.Base, f.ClientID)
		return who.errorf(hayon.CodeUnauthenticated, "%s does not know hayon any more", hostOf(f.Base)).
			WithHint("sign in again, which makes it known: " + who.login).WithCause(err)
	}
	return who.errorf(hayon.CodeUnauthenticated, "%s does not accept the code: it is used, too old, or of another sign-in", hostOf(f.Base)).
		WithHint("sign in again: " + who.login).WithCause(err)
}

// app is the application for a redirect: the one that is kept, if the instance still knows it, or a new
// one, which is kept.
func (p *Provider) app(ctx context.Context, base, redirect, scope string, rules software) (*application, error) {
	if kept := p.kept(ctx, base); kept != nil && kept.fits(redirect, scope, rules) {
		known, err := p.knows(ctx, base, kept)
		if err != nil {
			return nil, err
		}
		if known {
			return kept, nil
		}
	}
	app, err := p.register(ctx, base, redirect, scope)
	if err != nil {
		return nil, err
	}
	return app, p.keep(ctx, base, app)
}

// fits reports whether a sign-in with that redirect and scope may use the application.
func (a *application) fits(redirect, scope string, rules software) bool {
	return a.Scope == scope && slices.ContainsFunc(a.Redirects, func(known string) bool {
		return known == redirect || rules.loosePort && withoutPort(known) == withoutPort(redirect)
	})
}

// withoutPort is a redirect to an address of this machine without its port, which Doorkeeper does not
// compare. It compares that of a name. Source: https://github.com/doorkeeper-gem/doorkeeper
// (lib/doorkeeper/oauth/helpers/uri_checker.rb), read 2026-11-20.
func withoutPort(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || strings.EqualFold(u.Hostname(), "localhost") || !isLoopback(u.Hostname()) {
		return redirect
	}
	if strings.Contains(u.Hostname(), ":") {
		u.Host = "[" + u.Hostname() + "]"
	} else {
		u.Host = u.Hostname()
	}
	return u.String()
}

// knows reports whether the instance still knows the application.
func (p *Provider) knows(ctx context.Context, base string, a *application) (bool, error) {
	_, err := p.token(ctx, base, oauth.ClientForm(oauth.Client{ID: a.ClientID, Secret: a.ClientSecret}, "read"))
	if e, ok := errors.AsType[*apiError](err); ok && e.Parsed && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests {
		return e.Name != "invalid_client" && e.Status != http.StatusUnauthorized, nil // another refusal is of this grant
	}
	if _, ok := errors.AsType[*unreadable](err); ok {
		return true, nil
	}
	return err == nil, err
}

// register makes hayon known to the instance, for this redirect and for a code that is shown.
func (p *Provider) register(ctx context.Context, base, redirect, scope string) (*application, error) {
	a := &application{Redirects: []string{redirect}, Scope: scope}
	if redirect != oauth.OutOfBand {
		a.Redirects = append(a.Redirects, oauth.OutOfBand)
	}
	form := url.Values{
		// Lines, since a list is known to newer instances alone.
		"client_name": {appName}, "redirect_uris": {strings.Join(a.Redirects, "\n")}, "scopes": {scope}, "website": {appWebsite},
	}
	var out struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	c := call{method: http.MethodPost, base: base, path: "/api/v1/apps", body: []byte(form.Encode()), contentType: formType}
	if _, err := p.do(ctx, c, &out); err != nil {
		return nil, err
	}
	if out.ClientID == "" || out.ClientSecret == "" {
		return nil, &unreadable{Host: hostOf(base), Err: errIncomplete}
	}
	a.ClientID, a.ClientSecret = out.ClientID, out.ClientSecret
	return a, nil
}

// wanted are the scopes that hayon needs, each with the wider ones that hold it.
// Source: https://docs.joinmastodon.org/api/oauth-scopes/, read 2026-11-20.
var wanted = [][]string{
	{"profile", "read:accounts", "read"},
	{"write:statuses", "write"},
	{"write:media", "write"},
	{"read:statuses", "read"},
	{"read:search", "read"}, // to find what is reposted
}

// scopes are what the instance can be asked for.
func (p *Provider) scopes(ctx context.Context, base string, rules software) string {
	if !rules.fineScopes {
		return "read write"
	}
	var server struct {
		Scopes []string `json:"scopes_supported"`
	}
	_, err := p.do(ctx, call{method: http.MethodGet, base: base, path: "/.well-known/oauth-authorization-server"}, &server)
	var out []string
	for _, choices := range wanted {
		choice := choices[0]
		switch {
		case err != nil || len(server.Scopes) == 0: // an older one, which has no scope of profiles
			if choice == "profile" {
				choice = choices[1]
			}
		default:
			if i := slices.IndexFunc(choices, func(s string) bool { return slices.Contains(server.Scopes, s) }); i >= 0 {
				choice = choices[i]
			} else {
				choice = choices[len(choices)-1]
			}
		}
		if !slices.Contains(out, choice) {
			out = append(out, choice)
		}
	}
	return strings.Join(out, " ")
}

func appRef(base string) string { return "app/mastodon/" + hostOf(base) }

// kept is the application that the vault has for an instance, nil where it has none that can be read.
func (p *Provider) kept(ctx context.Context, base string) *application {
	if p.vault == nil {
		return nil
	}
	secret, err := p.vault.Get(ctx, appRef(base))
	if err != nil {
		return nil // that it cannot be opened shows when the new one is to be kept
	}
	a := new(application)
	if json.Unmarshal(secret.Reveal(), a) != nil || a.ClientID == "" {
		return nil
	}
	return a
}

func (p *Provider) keep(ctx context.Context, base string, a *application) error {
	if p.vault == nil {
		return nil
	}
	b, err := json.Marshal(a) //nolint:gosec // for the vault
	if err != nil {
		return err
	}
	return p.vault.Update(ctx, appRef(base), func(hayon.Secret) (hayon.Secret, error) { return hayon.NewSecret(b), nil })
}

// forget removes the application with that id.
func (p *Provider) forget(ctx context.Context, base, clientID string) {
	if p.vault == nil {
		return
	}
	err := p.vault.Update(ctx, appRef(base), func(current hayon.Secret) (hayon.Secret, error) {
		var a application
		if json.Unmarshal(current.Reveal(), &a) == nil && a.ClientID != clientID {
			return current, nil // somebody has registered anew meanwhile
		}
		return hayon.Secret{}, nil
	})
	if err != nil {
		p.log.WarnContext(ctx, "an application that an instance has forgotten stays in the vault", "provider", "mastodon", "err", err)
	}
}
