package providertest

import (
	"context"
	"sync"

	"github.com/hayon/hayon"
)

// Session is a [hayon.Session] in memory. It refreshes under a lock, as the real one does.
type Session struct {
	account *hayon.Account

	refresh sync.Mutex // held while a refresh runs; taken before mu

	mu     sync.Mutex
	secret hayon.Secret // guarded by mu
}

var _ hayon.Session = (*Session)(nil)

// NewSession is a session of the account with the secret; the zero secret for none.
func NewSession(a *hayon.Account, secret hayon.Secret) *Session {
	return &Session{account: a, secret: secret}
}

// Account is the account that NewSession was given.
func (s *Session) Account() *hayon.Account { return s.account }

// Load answers the secret; unauthenticated where there is none and the account wants one.
func (s *Session) Load(context.Context) (hayon.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret.IsZero() && s.account.SecretRef != "" {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeUnauthenticated, "%s: nothing is kept for this account", s.account.Name).
			WithHint("hayon login " + s.account.Name)
	}
	return s.secret, nil
}

// Refresh runs fn with the secret as it is and keeps what fn answers.
func (s *Session) Refresh(ctx context.Context, fn func(context.Context, hayon.Secret) (hayon.Secret, error)) (hayon.Secret, error) {
	s.refresh.Lock()
	defer s.refresh.Unlock()
	current, err := s.Load(ctx)
	if err != nil {
		return hayon.Secret{}, err
	}
	fresh, err := fn(ctx, current)
	if err != nil {
		return hayon.Secret{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secret = fresh
	return fresh, nil
}
