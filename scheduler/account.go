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
	now := s.now()
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
		account.IfLate, account.Grace = old[0].IfLate, old[0].Grace
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
	if err := tx.AppendJournal(ctx, accountRow(actor, a, now)); err != nil {
		return err
	}
	return wake(ctx, tx, a.ID, now)
}

// accountRow says how an account stands.
func accountRow(actor hayon.Actor, a *hayon.Account, now time.Time) *hayon.JournalRow {
	r := row(actor, hayon.RowAccount, now)
	r.Account, r.Platform, r.Reason = a.ID, a.Platform, a.Reason
	r.Body = hayon.Encode(hayon.AccountChange{Name: a.Name, Status: a.Status})
	return r
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
	now := s.now()
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if account, err = tx.FindAccountByID(ctx, id); err != nil {
			return err
		}
		return verified(ctx, tx, actor, account, seen, verr, now)
	})
	if err != nil {
		return nil, err
	}
	if verr != nil {
		return nil, verr
	}
	return account, nil
}

// verified stores what the platform said of an account: seen, or that it refuses it. A change of the
// status is an event, and one for the better wakes what waited.
func verified(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a, seen *hayon.Account, refused error, now time.Time) error {
	was := a.Status
	if refused != nil {
		a.Status, a.Reason = hayon.AccountNeedsReconnect, refused.Error()
	} else {
		a.Handle, a.Host, a.VerifiedAt = seen.Handle, seen.Host, now
		a.Status, a.Reason = hayon.AccountConnected, ""
	}
	if err := tx.UpdateAccount(ctx, a); err != nil || a.Status == was {
		return err
	}
	if err := tx.AppendJournal(ctx, accountRow(actor, a, now)); err != nil || refused != nil {
		return err
	}
	return wake(ctx, tx, a.ID, now)
}

// UpdateAccount changes the defaults of an account's new targets.
func (s *Scheduler) UpdateAccount(ctx context.Context, id hayon.AccountID, u hayon.AccountUpdate) (*hayon.Account, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkUpdate(u); err != nil {
		return nil, err
	}
	var account *hayon.Account
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if account, err = findAccount(ctx, tx, actor, id); err != nil || !apply(account, u) {
			return err
		}
		if err := tx.UpdateAccount(ctx, account); err != nil {
			return err
		}
		r := row(actor, hayon.RowAccount, s.now())
		r.Account, r.Platform, r.Reason = account.ID, account.Platform, "what happens to late posts was changed"
		r.Body = hayon.Encode(hayon.AccountChange{Name: account.Name}) // no status: it says nothing new of it
		return tx.AppendJournal(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	return account, nil
}

func checkUpdate(u hayon.AccountUpdate) error {
	if u.IfLate != nil && *u.IfLate != "" {
		if err := checkIfLate(*u.IfLate); err != nil {
			return err
		}
	}
	if u.Grace != nil && *u.Grace > 0 {
		return checkGrace(*u.Grace)
	}
	return nil
}

// apply changes an account and reports whether anything is different now.
func apply(a *hayon.Account, u hayon.AccountUpdate) bool {
	ifLate, grace := a.IfLate, a.Grace
	if u.IfLate != nil {
		a.IfLate = *u.IfLate
	}
	if u.Grace != nil {
		a.Grace = nil
		if d := *u.Grace; d >= 0 {
			a.Grace = &d
		}
	}
	same := ifLate == a.IfLate && (grace == nil) == (a.Grace == nil) && (grace == nil || *grace == *a.Grace)
	return !same
}

func (s *Scheduler) ownAccount(ctx context.Context, actor hayon.Actor, id hayon.AccountID) (*hayon.Account, error) {
	var account *hayon.Account
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		account, err = findAccount(ctx, tx, actor, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return account, nil
}

// findAccount is an account that the actor owns; somebody else's is not found.
func findAccount(ctx context.Context, tx hayon.Tx, actor hayon.Actor, id hayon.AccountID) (*hayon.Account, error) {
	a, err := tx.FindAccountByID(ctx, id)
	if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && a.Owner != actor.User {
		return nil, hayon.Errorf(hayon.CodeNotFound, "there is no account %s", id).
			WithHint("see what there is: hayon account list")
	}
	return a, err
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
		return disconnect(ctx, tx, actor, account, s.now())
	})
	if err != nil || account.SecretRef == "" {
		return err
	}
	return s.deps.Vault.Update(ctx, account.SecretRef, func(hayon.Secret) (hayon.Secret, error) { return hayon.Secret{}, nil })
}

func disconnect(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account, now time.Time) error {
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
	r := row(actor, hayon.RowAccount, now)
	r.Account, r.Platform = a.ID, a.Platform
	r.Body = hayon.Encode(hayon.AccountChange{Name: a.Name, Removed: true})
	return tx.AppendJournal(ctx, r)
}
