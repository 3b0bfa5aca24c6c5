package scheduler

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// aliasPattern is what an alias and the name of a group may look like: they are typed, and an alias
// becomes part of file names.
var aliasPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`) })

func checkAlias(alias string) error {
	if alias == "" || aliasPattern().MatchString(alias) {
		return nil
	}
	return hayon.Errorf(hayon.CodeUsage, "%q is no alias", alias).
		WithHint("use up to 32 of a-z, 0-9, '.', '_' and '-', as in --alias work")
}

// StartSignIn asks the platform for the page on which its user allows the sign-in. Nothing is stored.
func (s *Scheduler) StartSignIn(ctx context.Context, in hayon.SignIn) (*hayon.SignInFlow, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	provider, err := s.deps.Providers.Find(in.Platform)
	if err != nil {
		return nil, err
	}
	info := provider.Info()
	browser, ok := provider.(hayon.BrowserSignIn)
	if !ok {
		return nil, hayon.Errorf(hayon.CodeUsage, "%s has no sign-in in a browser", info.Name).
			WithHint("sign in without --web: hayon login " + info.Name)
	}
	if err := errors.Join(checkAlias(in.Alias), checkAnswers(info, in)); err != nil {
		return nil, err
	}
	return browser.StartSignIn(ctx, in)
}

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
	if err := errors.Join(checkAlias(in.Alias), checkFields(provider, in)); err != nil {
		return nil, err
	}
	account, secret, err := provider.SignIn(ctx, in)
	if err != nil {
		return nil, err
	}
	now := s.now()
	account.Owner, account.Platform, account.Name = actor.User, provider.Info().Name, hayon.AccountName(provider.Info().Name, in.Alias)
	account.Status, account.Reason, account.VerifiedAt = hayon.AccountConnected, "", now
	stampFacts(account.Server, now)
	if err := s.identify(ctx, account, now); err != nil {
		return nil, err
	}
	if !secret.IsZero() {
		account.SecretRef = account.ID.String()
		if err := s.keep(ctx, account.SecretRef, secret); err != nil {
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

// checkFields refuses answers to questions that the platform does not ask, and misses none. A sign-in
// in a browser stands for the password or token.
func checkFields(provider hayon.Provider, in hayon.SignIn) error {
	info := provider.Info()
	if err := checkAnswers(info, in); err != nil {
		return err
	}
	_, browser := provider.(hayon.BrowserSignIn)
	if !in.Flow.IsZero() || !in.Code.IsZero() {
		return checkFlow(info, in, browser)
	}
	if !in.Secret.IsZero() {
		return nil
	}
	for _, f := range info.Fields {
		if f.Secret && f.Required {
			return missing(info, f.Title, browser)
		}
	}
	if browser && !info.NoSignIn {
		return missing(info, "a sign-in", browser)
	}
	return nil
}

// checkFlow refuses the end of a sign-in in a browser that cannot be one.
func checkFlow(info hayon.ProviderInfo, in hayon.SignIn, browser bool) error {
	again := "start again: hayon login " + info.Name + " --web"
	switch {
	case !browser:
		return hayon.Errorf(hayon.CodeUsage, "%s has no sign-in in a browser", info.Name).
			WithHint("sign in without --web: hayon login " + info.Name)
	case in.Code.IsZero():
		return hayon.Errorf(hayon.CodeUsage, "the browser brought no code for %s", info.Title).WithHint(again)
	case in.Flow.IsZero():
		return hayon.Errorf(hayon.CodeUsage, "the code for %s belongs to no sign-in that was started", info.Title).WithHint(again)
	}
	return nil
}

// missing asks for the password or token; what is what the platform calls it.
func missing(info hayon.ProviderInfo, what string, browser bool) error {
	hint := "type it at the prompt, or: printf %s \"$PASSWORD\" | hayon login " + info.Name + " … --password-stdin"
	if browser {
		hint = "allow it in a browser: hayon login " + info.Name + " … --web   or give a token: " +
			"printf %s \"$TOKEN\" | hayon login " + info.Name + " … --password-stdin"
	}
	return hayon.Errorf(hayon.CodeUsage, "%s needs: %s", info.Name, what).WithHint(hint)
}

// checkAnswers looks at all answers but the secret one.
func checkAnswers(info hayon.ProviderInfo, in hayon.SignIn) error {
	known := make(map[string]bool, len(info.Fields))
	for _, f := range info.Fields {
		known[f.Name] = true
		if f.Required && !f.Secret && in.Fields[f.Name] == "" {
			return hayon.Errorf(hayon.CodeUsage, "%s needs: %s", info.Name, f.Title).
				WithHint("give it: hayon login " + info.Name + " --" + f.Name + " …")
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
		account.ID, account.CreatedAt = old[0].ID, old[0].CreatedAt
		return nil
	})
}

// connect stores a signed-in account and wakes what waited for it. What its owner has decided about one
// that is there already stays, and so does what is known of its server where the sign-in told nothing.
func (s *Scheduler) connect(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account, now time.Time) error {
	same, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: a.Owner, Platform: a.Platform})
	if err != nil {
		return err
	}
	store := tx.CreateAccount
	a.Default = len(same) == 0
	for _, old := range same {
		if old.ID != a.ID {
			continue
		}
		store = tx.UpdateAccount
		a.Name, a.Default, a.IfLate, a.Grace, a.Gap = old.Name, old.Default, old.IfLate, old.Grace, old.Gap
		if a.Server == nil && a.Host == old.Host {
			a.Server = old.Server
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
