package vault

import (
	"context"

	"github.com/hayon/hayon"
)

// session is an account with its credentials in a vault.
type session struct {
	vault   hayon.Vault
	account *hayon.Account
}

// Sessions opens sessions over v, as scheduler and worker want them. Opening one touches nothing.
func Sessions(v hayon.Vault) func(*hayon.Account) hayon.Session {
	return func(a *hayon.Account) hayon.Session { return &session{vault: v, account: a} }
}

// Account is the account of the session.
func (s *session) Account() *hayon.Account { return s.account }

// Load reads the credentials; an account that has none, and one whose credentials are gone, is
// unauthenticated.
func (s *session) Load(ctx context.Context) (hayon.Secret, error) {
	if s.account.SecretRef == "" {
		return hayon.Secret{}, s.signedOut()
	}
	secret, err := s.vault.Get(ctx, s.account.SecretRef)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return hayon.Secret{}, s.signedOut()
	}
	return secret, err
}

func (s *session) signedOut() error {
	login := "sign in: hayon login " + s.account.Platform
	if alias := s.account.Alias(); alias != "" { // without it another account would be connected
		login += " --alias " + alias
	}
	return hayon.Errorf(hayon.CodeUnauthenticated, "%s: no credentials are stored", s.account.Name).WithHint(login)
}

// Refresh runs fn under the account's lock and keeps what it answers.
func (s *session) Refresh(ctx context.Context, fn func(context.Context, hayon.Secret) (hayon.Secret, error)) (hayon.Secret, error) {
	var next hayon.Secret
	err := s.vault.Lock(ctx, "account:"+s.account.ID.String(), func(ctx context.Context) error {
		current, err := s.Load(ctx)
		if err != nil {
			return err
		}
		if next, err = fn(ctx, current); err != nil {
			return err
		}
		if next.Equal(current) {
			return nil
		}
		// The platform has changed its side already, so this is kept whatever ends meanwhile.
		return s.vault.Update(context.WithoutCancel(ctx), s.account.SecretRef, func(hayon.Secret) (hayon.Secret, error) {
			return next, nil
		})
	})
	return next, err
}
