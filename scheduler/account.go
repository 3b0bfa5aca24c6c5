package scheduler

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// aliasPattern is what an alias may look like: it is typed, and it becomes part of file names.
var aliasPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`) })

// CreateAccount signs in and stores account and credentials.
func (s *Scheduler) CreateAccount(ctx context.Context, in hayon.SignIn) (*hayon.Account, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	provider, err := s.deps.Providers.Find(in.Platform)
	if err != nil {
		return nil, err
	}
	if in.Alias != "" && !aliasPattern().MatchString(in.Alias) {
		return nil, hayon.Errorf(hayon.CodeUsage, "%q is no alias", in.Alias).
			WithHint("use up to 32 of a-z, 0-9, '.', '_' and '-', as in --alias work")
	}
	if err := checkFields(provider.Info(), in); err != nil {
		return nil, err
	}
	account, secret, err := provider.SignIn(ctx, in)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	account.Owner, account.Platform, account.Name = actor.User, in.Platform, hayon.AccountName(in.Platform, in.Alias)
	account.Status, account.Reason, account.VerifiedAt = hayon.AccountConnected, "", now
	if err := s.identify(ctx, account, now); err != nil {
		return nil, err
	}
	if !secret.IsZero() {
		account.SecretRef = account.ID.String()
		keep := func(hayon.Secret) (hayon.Secret, error) { return secret, nil }
		if err := s.deps.Vault.Update(ctx, account.SecretRef, keep); err != nil {
			return nil, err
		}
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		return s.connect(ctx, tx, actor, account, now)
	})
	if err != nil {
		return nil, err
	}
	return account, nil
}

// checkFields refuses answers to questions that the platform does not ask, and misses none.
func checkFields(info hayon.ProviderInfo, in hayon.SignIn) error {
	known := make(map[string]bool, len(info.Fields))
	for _, f := range info.Fields {
		known[f.Name] = true
		missing := f.Required && (f.Secret && in.Secret.IsZero() || !f.Secret && in.Fields[f.Name] == "")
		if missing {
			hint := "give it: hayon login " + info.Name + " --" + f.Name + " …"
			if f.Secret {
				hint = "type it at the prompt, or: printf %s \"$PASSWORD\" | hayon login " + info.Name + " … --password-stdin"
			}
			return hayon.Errorf(hayon.CodeUsage, "%s needs: %s", info.Name, f.Title).WithHint(hint)
		}
	}
	for name := range in.Fields {
		if !known[name] {
			return hayon.Errorf(hayon.CodeUsage, "%s does not know %q", info.Name, name).
				WithHint("see what it asks: hayon login " + info.Name + " --help")
		}
	}
	return nil
}

// identify gives the account the id of the one with its name, or a new one.
func (s *Scheduler) identify(ctx context.Context, account *hayon.Account, now time.Time) error {
	return s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		old, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: account.Owner, Name: account.Name})
		if err != nil {
			return err
		}
		if len(old) == 0 {
			account.ID, account.CreatedAt = hayon.NewAccountID(now), now
			return nil
		}
		if was := old[0]; was.RemoteID != "" && was.RemoteID != account.RemoteID {
			return hayon.Errorf(hayon.CodeConflict, "%s is connected as %s; this sign-in is %s", was.Name, was.Handle, account.Handle).
				WithHint("give the other account a name of its own: --alias NAME")
		}
		account.ID, account.CreatedAt, account.Default = old[0].ID, old[0].CreatedAt, old[0].Default
		return nil
	})
}

// connect stores a signed-in account and wakes what waited for it.
func (s *Scheduler) connect(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account, now time.Time) error {
	same, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: a.Owner, Platform: a.Platform})
	if err != nil {
		return err
	}
	store := tx.CreateAccount
	a.Default = len(same) == 0
	for _, old := range same {
		if old.ID == a.ID {
			store, a.Default = tx.UpdateAccount, old.Default
		}
	}
	if err := store(ctx, a); err != nil {
		return err
	}
	r := row(actor, hayon.RowAccount, now)
	r.Account = a.ID
	r.Body = hayon.Encode(hayon.AccountChange{Name: a.Name, Status: a.Status})
	if err := tx.AppendJournal(ctx, r); err != nil {
		return err
	}
	return hayon.HintNext(ctx, tx, a.ID, now)
}

// FindAccounts answers the actor's accounts. One that needs no sign-in is among them from its first
// post on.
func (s *Scheduler) FindAccounts(ctx context.Context, f hayon.AccountFilter) ([]*hayon.Account, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	f.Owner = actor.User
	var accounts []*hayon.Account
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		accounts, err = tx.FindAccounts(ctx, f)
		return err
	})
	return accounts, err
}

// VerifyAccount asks the platform whether the account still works.
func (s *Scheduler) VerifyAccount(ctx context.Context, id hayon.AccountID) (*hayon.Account, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	account, err := s.ownAccount(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	provider, err := s.deps.Providers.Find(account.Platform)
	if err != nil {
		return nil, err
	}
	seen, verr := provider.Verify(ctx, s.deps.Sessions(account))
	code := hayon.CodeOf(verr)
	if verr != nil && code != hayon.CodeUnauthenticated && code != hayon.CodeForbidden {
		return nil, verr
	}
	now := time.Now().UTC()
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		if account, err = tx.FindAccountByID(ctx, id); err != nil {
			return err
		}
		if verr != nil {
			account.Status, account.Reason = hayon.AccountNeedsReconnect, verr.Error()
			return tx.UpdateAccount(ctx, account)
		}
		account.Handle, account.Host, account.VerifiedAt = seen.Handle, seen.Host, now
		again := account.Status != hayon.AccountConnected
		account.Status, account.Reason = hayon.AccountConnected, ""
		if err := tx.UpdateAccount(ctx, account); err != nil || !again {
			return err
		}
		return hayon.HintNext(ctx, tx, account.ID, now)
	})
	if verr != nil {
		return nil, verr
	}
	return account, err
}

func (s *Scheduler) ownAccount(ctx context.Context, actor hayon.Actor, id hayon.AccountID) (*hayon.Account, error) {
	var account *hayon.Account
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		account, err = tx.FindAccountByID(ctx, id)
		if err == nil && account.Owner != actor.User {
			err = hayon.Errorf(hayon.CodeNotFound, "there is no account %s", id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return account, nil
}

// DeleteAccount removes an account that nothing waits for, then its secrets.
func (s *Scheduler) DeleteAccount(ctx context.Context, id hayon.AccountID) error {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return err
	}
	account, err := s.ownAccount(ctx, actor, id)
	if err != nil {
		return err
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		return disconnect(ctx, tx, actor, account)
	})
	if err != nil || account.SecretRef == "" {
		return err
	}
	return s.deps.Vault.Update(ctx, account.SecretRef, func(hayon.Secret) (hayon.Secret, error) { return hayon.Secret{}, nil })
}

func disconnect(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account) error {
	waiting, err := tx.FindTargets(ctx, hayon.TargetFilter{
		States: []hayon.State{
			hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateRetryWait, hayon.StateUncertain,
		},
		Account: a.ID, Limit: 10,
	})
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		posts := make([]string, len(waiting))
		for i, t := range waiting {
			posts[i] = t.Post.String()
		}
		return hayon.Errorf(hayon.CodeConflict, "%s is still needed by: %s", a.Name, strings.Join(posts, ", ")).
			WithHint("wait for them, or cancel them: hayon cancel "+posts[0]).WithDetail("posts", posts)
	}
	if err := tx.DeleteAccount(ctx, a.ID); err != nil {
		return err
	}
	rest, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: a.Owner, Platform: a.Platform})
	if err != nil {
		return err
	}
	if a.Default && len(rest) > 0 {
		rest[0].Default = true
		if err := tx.UpdateAccount(ctx, rest[0]); err != nil {
			return err
		}
	}
	r := row(actor, hayon.RowAccount, time.Now())
	r.Account = a.ID
	r.Body = hayon.Encode(hayon.AccountChange{Name: a.Name, Removed: true})
	return tx.AppendJournal(ctx, r)
}
