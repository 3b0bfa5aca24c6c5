package bluesky

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// invalidHandle stands for a handle that does not lead back to the account.
// Source: https://atproto.com/specs/handle, read 2026-11-20.
const invalidHandle = "handle.invalid"

// session is what the vault keeps of an account.
type session struct {
	DID        string `json:"did"`
	Handle     string `json:"handle"`
	PDS        string `json:"pds"`
	AccessJWT  string `json:"access_jwt"`
	RefreshJWT string `json:"refresh_jwt"`
	// AppPassword signs in again, once, when the refresh token is dead. A password of another form
	// may be the account's main one, which is not kept.
	AppPassword string `json:"app_password,omitempty"`
}

func (s *session) secret() (hayon.Secret, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return hayon.Secret{}, err
	}
	return hayon.NewSecret(b), nil
}

func parseSession(secret hayon.Secret, who subject) (*session, error) {
	s := new(session)
	if err := json.Unmarshal(secret.Reveal(), s); err != nil || s.DID == "" || s.PDS == "" {
		// The cause is left out: a decoder's error may quote what it read.
		return nil, who.errorf(hayon.CodeUnauthenticated, "what the vault keeps is no session")
	}
	return s, nil
}

// take changes s to what the server answered.
func (s *session) take(t *tokens) *session {
	fresh := *s
	fresh.AccessJWT, fresh.RefreshJWT = t.AccessJWT, t.RefreshJWT
	if t.Handle != "" && t.Handle != invalidHandle {
		fresh.Handle = t.Handle
	}
	if pds := t.Doc.pds(isLoopback(s.PDS)); pds != "" {
		fresh.PDS = pds
	}
	return &fresh
}

func (p *Provider) load(ctx context.Context, s hayon.Session) (*session, error) {
	secret, err := s.Load(ctx)
	if err != nil {
		return nil, hayon.AsError(err)
	}
	return parseSession(secret, about(s.Account()))
}

// Expires is when the refresh token ends, which each refresh puts off. It is zero where the app
// password is kept, because that signs in again, and where the token does not say.
func (p *Provider) Expires(ctx context.Context, s hayon.Session) (time.Time, error) {
	cur, err := p.load(ctx, s)
	if err != nil || cur.AppPassword != "" {
		return time.Time{}, err
	}
	return expiry(cur.RefreshJWT), nil
}

// expiry is the end of a token by its own word, which nobody here can check; zero where it has none.
// Source: https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4, read 2026-11-21.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Exp float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Exp <= 0 || claims.Exp > maxExpiry {
		return time.Time{}
	}
	return time.Unix(int64(claims.Exp), 0).UTC()
}

// maxExpiry is the year 9999, in seconds since 1970: what is later is no date.
const maxExpiry = 253_402_300_799

// signed runs fn with the session. Where the server refuses the token, which proves that it did
// nothing, or where the account has moved, the session is renewed and fn runs once more. An error that fn did not answer is a
// *hayon.Error.
func (p *Provider) signed(ctx context.Context, s hayon.Session, fn func(*session) error) error {
	used, err := p.load(ctx, s)
	if err != nil {
		return err
	}
	err = fn(used)
	_, moved := p.movedTo(ctx, used, err)
	if !refusedToken(err) && !moved {
		return err
	}
	fresh, err := p.renew(ctx, s, used, moved || gone(err))
	if err != nil {
		return err
	}
	return fn(fresh)
}

// renew answers a session with another access token than used has: the one that somebody else got
// meanwhile, or a new one, which is kept before anybody uses it. moved says that the server does
// not know the account, so that a refresh there is in vain.
func (p *Provider) renew(ctx context.Context, s hayon.Session, used *session, moved bool) (*session, error) {
	who := about(s.Account())
	secret, err := s.Refresh(ctx, func(ctx context.Context, current hayon.Secret) (hayon.Secret, error) {
		cur, err := parseSession(current, who)
		if err != nil {
			return hayon.Secret{}, err
		}
		if cur.AccessJWT != used.AccessJWT {
			return current, nil
		}
		fresh, err := p.refreshed(ctx, cur, who, moved)
		if err != nil {
			return hayon.Secret{}, err
		}
		return fresh.secret()
	})
	if err != nil {
		return nil, hayon.AsError(err)
	}
	return parseSession(secret, who)
}

// refreshed asks for new tokens: by the refresh token, else by the app password.
func (p *Provider) refreshed(ctx context.Context, cur *session, who subject, moved bool) (*session, error) {
	if !moved {
		t, err := p.refreshSession(ctx, cur.PDS, cur.RefreshJWT)
		if err == nil {
			return cur.accept(t, who)
		}
		if !refusedToken(err) {
			return nil, fault(err, who)
		}
	}
	if cur.AppPassword == "" {
		return nil, who.errorf(hayon.CodeUnauthenticated, "the session is over")
	}
	again := *cur
	again.PDS = p.home(ctx, cur)
	t, err := p.createSession(ctx, again.PDS, cur.DID, cur.AppPassword)
	switch {
	case err == nil:
		return again.accept(t, who)
	case refusedToken(err) && !gone(err):
		return nil, who.errorf(hayon.CodeUnauthenticated, "the session is over, and the app password is not accepted any more").WithCause(err)
	}
	return nil, fault(err, who)
}

// accept takes tokens, if they are for the same account and it may be used.
func (s *session) accept(t *tokens, who subject) (*session, error) {
	if t.DID != s.DID {
		return nil, who.errorf(hayon.CodeUnauthenticated, "%s answered for another account", hostOf(s.PDS))
	}
	if err := t.usable(who); err != nil {
		return nil, err
	}
	return s.take(t), nil
}

// usable refuses an account that is taken down, suspended or deactivated.
func (i *identity) usable(who subject) error {
	if i.Active == nil || *i.Active {
		return nil
	}
	word := map[string]string{
		"takendown": "taken down", "suspended": "suspended", "deactivated": "deactivated", "deleted": "deleted",
	}[i.Status]
	if word == "" {
		word = "not active"
	}
	return who.errorf(hayon.CodeForbidden, "the account is %s", word)
}

// movedTo is the account's new server, where err says that the old one is gone or does not keep the
// account, and its DID names another.
func (p *Provider) movedTo(ctx context.Context, s *session, err error) (string, bool) {
	e, ok := errors.AsType[*rest.Error](err)
	nameless := ok && e.Kind == rest.KindDNS
	if !nameless && !gone(err) {
		return "", false
	}
	pds := p.home(ctx, s)
	return pds, pds != s.PDS
}

// home is where the account's server is now, as far as its DID says; else where it was.
func (p *Provider) home(ctx context.Context, s *session) string {
	if isLoopback(s.PDS) {
		return s.PDS // a server of this machine is in no public directory
	}
	doc, err := p.ids.document(ctx, s.DID)
	if err != nil {
		return s.PDS
	}
	if pds := doc.pds(false); pds != "" {
		return pds
	}
	return s.PDS
}
