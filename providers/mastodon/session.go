package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/oauth"
)

// refreshAhead is how long before its end a token is renewed.
const refreshAhead = time.Minute

// session is what the vault keeps of an account.
type session struct {
	// Base is the URL of the instance. It is kept beside the token, so that nothing else says where the
	// token is sent to.
	Base        string `json:"base"`
	AccessToken string `json:"access_token"`
	// RefreshToken and ExpiresAt are set where tokens end.
	RefreshToken string    `json:"refresh_token,omitempty"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
	Scope        string    `json:"scope,omitempty"`
	// ClientID and ClientSecret are the application's; "" with a token that was made in the settings.
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
}

func (s *session) secret() (hayon.Secret, error) {
	b, err := json.Marshal(s) //nolint:gosec // for the vault
	if err != nil {
		return hayon.Secret{}, err
	}
	return hayon.NewSecret(b), nil
}

func parseSession(secret hayon.Secret, who subject) (*session, error) {
	s := new(session)
	if err := json.Unmarshal(secret.Reveal(), s); err != nil || s.Base == "" || s.AccessToken == "" {
		// The cause is left out: a decoder's error may quote what it read.
		return nil, who.errorf(hayon.CodeUnauthenticated, "what the vault keeps is no token")
	}
	return s, nil
}

// take changes s to what the instance answered. A refresh token that is not given anew stays.
func (s *session) take(t *tokens, now time.Time) *session {
	fresh := *s
	fresh.AccessToken, fresh.ExpiresAt = t.AccessToken, time.Time{}
	if t.RefreshToken != "" {
		fresh.RefreshToken = t.RefreshToken
	}
	if t.Scope != "" {
		fresh.Scope = t.Scope
	}
	if t.ExpiresIn > 0 && t.ExpiresIn < maxExpiresIn {
		fresh.ExpiresAt = now.Add(time.Duration(t.ExpiresIn) * time.Second).UTC()
	}
	return &fresh
}

// maxExpiresIn is a hundred years in seconds: what lasts longer does not end.
const maxExpiresIn = 100 * 365 * 24 * 3600

func (p *Provider) load(ctx context.Context, s hayon.Session) (*session, error) {
	secret, err := s.Load(ctx)
	if err != nil {
		return nil, hayon.AsError(err)
	}
	return parseSession(secret, about(s.Account()))
}

// Expires is when the token ends, where it does and cannot be renewed.
func (p *Provider) Expires(ctx context.Context, s hayon.Session) (time.Time, error) {
	cur, err := p.load(ctx, s)
	if err != nil || cur.RefreshToken != "" {
		return time.Time{}, err
	}
	return cur.ExpiresAt, nil
}

// Refresh renews the token now, where the instance gives tokens that end.
func (p *Provider) Refresh(ctx context.Context, s hayon.Session) error {
	used, err := p.load(ctx, s)
	if err != nil || used.RefreshToken == "" {
		return err
	}
	_, err = p.renew(ctx, s, used)
	return err
}

// signed runs fn with the session. A token that is about to end is renewed before, and one that the
// instance refuses, which proves that it did nothing, is renewed and fn runs once more. An error that fn
// did not answer is a *hayon.Error.
func (p *Provider) signed(ctx context.Context, s hayon.Session, fn func(*session) error) error {
	used, err := p.load(ctx, s)
	if err != nil {
		return err
	}
	renewed := false
	if used.RefreshToken != "" && !used.ExpiresAt.IsZero() && used.ExpiresAt.Before(p.now().Add(refreshAhead)) {
		if used, err = p.renew(ctx, s, used); err != nil {
			return err
		}
		renewed = true
	}
	err = fn(used)
	if renewed || used.RefreshToken == "" || !refusedToken(err) {
		return err
	}
	if used, err = p.renew(ctx, s, used); err != nil {
		return err
	}
	return fn(used)
}

// renew answers a session with another access token than used has: the one that somebody else got
// meanwhile, or a new one, which is kept before anybody uses it.
func (p *Provider) renew(ctx context.Context, s hayon.Session, used *session) (*session, error) {
	who := about(s.Account())
	secret, err := s.Refresh(ctx, func(ctx context.Context, current hayon.Secret) (hayon.Secret, error) {
		cur, err := parseSession(current, who)
		if err != nil {
			return hayon.Secret{}, err
		}
		if cur.AccessToken != used.AccessToken {
			return current, nil
		}
		t, err := p.token(ctx, cur.Base, oauth.RefreshForm(oauth.Client{ID: cur.ClientID, Secret: cur.ClientSecret}, cur.RefreshToken))
		if err != nil {
			return hayon.Secret{}, renewFault(err, who)
		}
		return cur.take(t, p.now()).secret()
	})
	if err != nil {
		return nil, hayon.AsError(err)
	}
	return parseSession(secret, who)
}

// renewFault says why there is no new token. A refusal means that only a new sign-in helps.
func renewFault(err error, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	if ok && e.Parsed && (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) {
		return who.errorf(hayon.CodeUnauthenticated, "the token has ended, and %s gives no new one", e.Host).WithCause(err)
	}
	return fault(err, who)
}
