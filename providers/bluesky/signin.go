package bluesky

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/hayon/hayon"
)

// appPassword answers the form of app passwords.
var appPassword = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z0-9]{4}(-[a-z0-9]{4}){3}$`)
})

// SignIn checks handle and app password. Without a host the handle leads to its server; with one
// that server is asked, and its answer may name the account's own server.
//
// A wrong handle or password is unauthenticated, an account that is taken down, suspended or
// deactivated forbidden, a server that is out of reach unavailable.
func (p *Provider) SignIn(ctx context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	who := subject{name: "bluesky"}
	password := strings.TrimSpace(string(in.Secret.Reveal()))
	if strings.TrimSpace(in.Fields["handle"]) == "" {
		return nil, hayon.Secret{}, who.errorf(hayon.CodeUsage, "the handle is missing").WithHint("hayon login bluesky --handle alice.bsky.social")
	}
	if password == "" {
		return nil, hayon.Secret{}, who.errorf(hayon.CodeUsage, "the app password is missing").WithHint(appPasswordHelp)
	}
	id, err := parseIdentifier(in.Fields["handle"])
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	settings := map[string]string{"handle": string(id)}
	var did, host string
	if given := in.Fields["host"]; strings.TrimSpace(given) != "" {
		if host, err = parseHost(given); err != nil {
			return nil, hayon.Secret{}, err
		}
		settings["host"] = host
	} else if did, host, err = p.ids.locate(ctx, id); err != nil {
		return nil, hayon.Secret{}, err
	}

	t, err := p.createSession(ctx, host, string(id), password)
	if err != nil {
		return nil, hayon.Secret{}, signInFault(err, who)
	}
	if did != "" && t.DID != did {
		return nil, hayon.Secret{}, who.errorf(hayon.CodeUnauthenticated, "%s answered for another account", hostOf(host))
	}
	if err := t.usable(who); err != nil {
		return nil, hayon.Secret{}, err
	}
	s := (&session{DID: t.DID, Handle: string(id), PDS: host}).take(t)
	looksRight := appPassword().MatchString(password)
	if looksRight {
		s.AppPassword = password
	}
	secret, err := s.secret()
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	a := &hayon.Account{Platform: "bluesky", Settings: settings}
	if !id.isDID() {
		a.Handle = "@" + string(id)
	}
	p.seen(a, &t.identity, s.PDS)
	if !looksRight {
		a.Reason = "the password does not look like an app password, so it is not kept for a later sign-in; " + appPasswordHelp
		p.log.WarnContext(ctx, "the password does not look like an app password", "provider", "bluesky", "handle", a.Handle)
	}
	return a, secret, nil
}

// seen writes what the server says now into a.
func (p *Provider) seen(a *hayon.Account, i *identity, pds string) {
	a.RemoteID, a.Host = i.DID, pds
	if i.Handle != "" && i.Handle != invalidHandle {
		a.Handle = "@" + i.Handle
	}
	a.Status, a.Reason = hayon.AccountConnected, ""
	a.VerifiedAt = p.now().UTC()
}

func signInFault(err error, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		return fault(err, who)
	}
	switch {
	case e.Name == "AuthFactorTokenRequired":
		return who.errorf(hayon.CodeUnauthenticated, "this is the main password of an account with codes by e-mail; an app password is needed").
			WithHint(appPasswordHelp).WithCause(err)
	case e.Status == http.StatusUnauthorized && !gone(err):
		return who.errorf(hayon.CodeUnauthenticated, "wrong handle or app password").WithHint(appPasswordHelp).WithCause(err)
	case e.Name == "" && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests:
		return fault(err, who).WithHint("check --host: it must be the account's server (PDS), such as https://bsky.social")
	}
	return fault(err, who)
}

// Verify asks the server who the session is.
func (p *Provider) Verify(ctx context.Context, s hayon.Session) (*hayon.Account, error) {
	who := about(s.Account())
	var (
		now *identity
		pds string
	)
	err := p.signed(ctx, s, func(cur *session) (err error) {
		pds = cur.PDS
		now, err = p.getSession(ctx, cur)
		return err
	})
	if err != nil {
		return nil, fault(err, who)
	}
	if want := s.Account().RemoteID; want != "" && now.DID != want {
		return nil, who.errorf(hayon.CodeUnauthenticated, "%s answered for another account", hostOf(pds))
	}
	if err := now.usable(who); err != nil {
		return nil, err
	}
	a := *s.Account()
	p.seen(&a, now, pds)
	return &a, nil
}
