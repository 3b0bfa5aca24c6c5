package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
)

// SignIn checks a token that was made in the instance's settings, or ends the sign-in in a browser.
//
// A token or code that is not accepted is unauthenticated, a server that is no instance invalid, one
// that is out of reach unavailable.
func (p *Provider) SignIn(ctx context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	who := subject{name: "mastodon", login: "hayon login mastodon"}
	if !in.Flow.IsZero() {
		return p.endFlow(ctx, in, who)
	}
	token := strings.TrimSpace(string(in.Secret.Reveal()))
	if token == "" {
		return nil, hayon.Secret{}, who.errorf(hayon.CodeUsage, "the access token is missing").WithHint(tokenHelp)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, hayon.Secret{}, who.errorf(hayon.CodeUnauthenticated, "this is no access token").WithHint(tokenHelp)
	}
	found, settings, err := p.find(ctx, in, who)
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	return p.connect(ctx, found, settings, &session{Base: found.base, AccessToken: token}, who)
}

// find is the instance that the user means, and what is kept of the answers.
func (p *Provider) find(ctx context.Context, in hayon.SignIn, who subject) (*instance, map[string]string, error) {
	given := strings.TrimSpace(in.Fields["host"])
	if given == "" {
		return nil, nil, who.errorf(hayon.CodeUsage, "the server is missing").WithHint("hayon login mastodon --host fosstodon.org")
	}
	at, err := parseAddress(given)
	if err != nil {
		return nil, nil, err
	}
	found, err := p.locate(ctx, at)
	if err != nil {
		return nil, nil, noInstance(err, at, who)
	}
	return found, map[string]string{"host": strings.TrimPrefix(found.base, "https://")}, nil
}

func noInstance(err error, at address, who subject) *hayon.Error {
	if e, ok := errors.AsType[*apiError](err); ok && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests {
		return who.errorf(hayon.CodeInvalid, "%s does not answer like a Mastodon", hostOf(at.base)).
			WithHint("check --host: it must be your own server, such as fosstodon.org").WithCause(err)
	}
	if e, ok := errors.AsType[*unreadable](err); ok {
		return who.errorf(hayon.CodeInvalid, "%s does not answer like a Mastodon", hostOf(at.base)).
			WithHint("check --host: it must be your own server, such as fosstodon.org").WithCause(e)
	}
	return fault(err, who)
}

// connect asks who the token is, and answers the account.
func (p *Provider) connect(ctx context.Context, in *instance, settings map[string]string, s *session, who subject) (*hayon.Account, hayon.Secret, error) {
	me, err := p.verifyCredentials(ctx, s)
	if err != nil {
		said := fault(err, who)
		if refusedToken(err) {
			said = who.errorf(hayon.CodeUnauthenticated, "%s does not accept the token", hostOf(s.Base)).WithHint(tokenHelp).WithCause(err)
		}
		return nil, hayon.Secret{}, said
	}
	secret, err := s.secret()
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	a := &hayon.Account{Platform: "mastodon", Settings: settings, Server: p.factsFor(in, me)}
	p.seen(a, me, s.Base)
	return a, secret, nil
}

// seen writes what the instance says now into a.
func (p *Provider) seen(a *hayon.Account, me *mastodon.Account, base string) {
	a.Host = base
	if a.RemoteID == "" {
		a.RemoteID = remoteID(me.ID, base)
	}
	name, domain := me.Username, hostOf(base)
	if name == "" {
		name, _, _ = strings.Cut(me.Acct, "@")
	}
	if a.Server != nil && a.Server.Extra[extraDomain] != "" {
		domain = a.Server.Extra[extraDomain]
	}
	a.Handle = "@" + clean(name, 255) + "@" + domain
	a.Status, a.Reason = hayon.AccountConnected, ""
	a.VerifiedAt = p.now().UTC()
}

// remoteID names an account among those of all instances: ids are the instance's own.
func remoteID(id mastodon.ID, base string) string { return string(id) + "@" + hostOf(base) }

// localID is the id that the account's instance knows.
func localID(a *hayon.Account) mastodon.ID {
	id, _, _ := strings.Cut(a.RemoteID, "@")
	return mastodon.ID(id)
}

// Verify asks the instance who the token is, and what it allows.
func (p *Provider) Verify(ctx context.Context, s hayon.Session) (*hayon.Account, error) {
	who := about(s.Account())
	me, cur, err := p.me(ctx, s)
	if err != nil {
		return nil, fault(err, who)
	}
	a := *s.Account()
	if a.RemoteID != "" && localID(&a) != me.ID {
		return nil, who.errorf(hayon.CodeUnauthenticated, "%s answered for another account", hostOf(cur.Base))
	}
	if in, err := p.ask(ctx, cur.Base); err == nil {
		a.Server = p.factsFor(in, me)
	} else {
		p.log.DebugContext(ctx, "an instance did not describe itself; what is known of it holds", "provider", "mastodon", "err", err)
	}
	p.seen(&a, me, cur.Base)
	return &a, nil
}

// flow is what a sign-in in a browser keeps until the code comes.
type flow struct {
	Base         string            `json:"base"`
	Settings     map[string]string `json:"settings"`
	ClientID     string            `json:"client_id"`
	ClientSecret string            `json:"client_secret"`
	Redirect     string            `json:"redirect"`
	Verifier     string            `json:"verifier"`
}

func (f *flow) secret() (hayon.Secret, error) {
	b, err := json.Marshal(f) //nolint:gosec // it is kept as a secret
	if err != nil {
		return hayon.Secret{}, err
	}
	return hayon.NewSecret(b), nil
}
