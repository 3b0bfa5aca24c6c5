package scheduler

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// addressees finds the accounts that a post goes to: those that to names, without those that not
// names, each once, in the order of to. fresh are those among them that are not stored yet: the
// accounts of platforms without a sign-in exist by themselves.
func (s *Scheduler) addressees(ctx context.Context, tx hayon.Tx, owner hayon.UserID, to, not []string, now time.Time) (accounts, fresh []*hayon.Account, err error) {
	known, err := byName(ctx, tx, owner, slices.Concat(to, not))
	if err == nil && known == nil {
		known, err = tx.FindAccounts(ctx, hayon.AccountFilter{Owner: owner})
		known, fresh = s.withBuiltIn(known, owner, now)
	}
	if err != nil {
		return nil, nil, err
	}
	return s.among(ctx, tx, owner, to, not, known, fresh)
}

// addresseesOf is addressees for a request, which may be checked for accounts that are not connected.
func (s *Scheduler) addresseesOf(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate, now time.Time) (accounts, fresh []*hayon.Account, err error) {
	if !c.Strangers || !c.DryRun {
		return s.addressees(ctx, tx, owner, c.To, c.Not, now)
	}
	known, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: owner})
	if err != nil {
		return nil, nil, err
	}
	known, fresh = s.withBuiltIn(known, owner, now)
	return s.among(ctx, tx, owner, c.To, c.Not, s.withStrangers(known, slices.Concat(c.To, c.Not), owner, now), fresh)
}

// among are those of the known accounts that to names, without those that not names, and the fresh ones
// among them.
func (s *Scheduler) among(ctx context.Context, tx hayon.Tx, owner hayon.UserID, to, not []string, known, fresh []*hayon.Account) (accounts, needed []*hayon.Account, err error) {
	var without []*hayon.Account
	for _, name := range not {
		found, err := s.meaning(ctx, tx, owner, known, name)
		if err != nil {
			return nil, nil, err
		}
		without = append(without, found...)
	}
	for _, name := range to {
		found, err := s.meaning(ctx, tx, owner, known, name)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range found {
			if !slices.Contains(accounts, a) && !slices.Contains(without, a) {
				accounts = append(accounts, a)
			}
		}
	}
	if len(accounts) == 0 {
		return nil, nil, hayon.Errorf(hayon.CodeUsage, "--not leaves no account for this post").
			WithHint("see your accounts: hayon account list")
	}
	fresh = slices.DeleteFunc(fresh, func(a *hayon.Account) bool { return !slices.Contains(accounts, a) })
	return accounts, fresh, nil
}

// withStrangers adds an account for every name of one that is not connected, on a platform that is known.
// It is the default of its platform where that has no account, so that a text for the platform is its own.
func (s *Scheduler) withStrangers(known []*hayon.Account, names []string, owner hayon.UserID, now time.Time) []*hayon.Account {
	all := slices.Clone(known)
	for _, bare := range []bool{true, false} { // the bare name of a platform means its default account
		for _, name := range names {
			name = strings.TrimSuffix(strings.TrimSpace(name), "/*")
			platform, alias, named := strings.Cut(name, "/")
			if named == bare || named && !aliasPattern().MatchString(alias) {
				continue
			}
			same := func(a *hayon.Account) bool { return a.Name == name }
			first := !slices.ContainsFunc(all, func(a *hayon.Account) bool { return a.Platform == platform })
			if _, err := s.deps.Providers.Find(platform); err != nil || slices.ContainsFunc(all, same) || !named && !first {
				continue
			}
			all = append(all, &hayon.Account{
				ID: hayon.NewAccountID(now), Owner: owner, Platform: platform, Name: name, Default: first, CreatedAt: now.UTC(),
			})
		}
	}
	return all
}

// isStranger reports whether an account is not connected: it has no status.
func isStranger(a *hayon.Account) bool { return a.Status == "" }

// strangerNotes tell what was not known of an account that is not connected.
func strangerNotes(a *hayon.Account, info hayon.ProviderInfo) []string {
	if !isStranger(a) {
		return nil
	}
	return []string{a.Name + " is not connected here: checked against the general limits of " + info.Title}
}

// byName answers the accounts of these names where each is the whole name of one that is there, and nil
// where all have to be looked at. Who posts to a few of many accounts does not pay for the others.
func byName(ctx context.Context, tx hayon.Tx, owner hayon.UserID, names []string) ([]*hayon.Account, error) {
	var known []*hayon.Account
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		name = strings.TrimSpace(name)
		if _, alias, named := strings.Cut(name, "/"); !named || alias == "*" {
			return nil, nil
		}
		if seen[name] {
			continue
		}
		seen[name] = true
		found, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: owner, Name: name})
		if err != nil || len(found) != 1 {
			return nil, err
		}
		known = append(known, found[0])
	}
	return known, nil
}

// withBuiltIn adds an account for every platform that needs no sign-in and has none.
func (s *Scheduler) withBuiltIn(known []*hayon.Account, owner hayon.UserID, now time.Time) (all, fresh []*hayon.Account) {
	for _, p := range s.deps.Providers.All() {
		info := p.Info()
		if !info.NoSignIn || slices.ContainsFunc(known, func(a *hayon.Account) bool { return a.Platform == info.Name }) {
			continue
		}
		fresh = append(fresh, &hayon.Account{
			ID: hayon.NewAccountID(now), Owner: owner, Platform: info.Name, Name: info.Name, Default: true,
			Status: hayon.AccountConnected, CreatedAt: now.UTC(),
		})
	}
	return append(known, fresh...), fresh
}

// meaning is the accounts that one name means: "@launch" those of a group, the others as [match] says.
func (s *Scheduler) meaning(ctx context.Context, tx hayon.Tx, owner hayon.UserID, known []*hayon.Account, name string) ([]*hayon.Account, error) {
	if group, ok := strings.CutPrefix(strings.TrimSpace(name), groupMark); ok {
		return members(ctx, tx, owner, known, group)
	}
	return s.match(known, name)
}

// match is the accounts that one name means: "bluesky" the platform's default account,
// "bluesky/work" one, "bluesky/*" all of a platform, "all" all.
func (s *Scheduler) match(known []*hayon.Account, name string) ([]*hayon.Account, error) {
	name = strings.TrimSpace(name)
	pick := func(ok func(*hayon.Account) bool) []*hayon.Account {
		var out []*hayon.Account
		for _, a := range known {
			if ok(a) {
				out = append(out, a)
			}
		}
		return out
	}
	if id, err := hayon.ParseAccountID(name); err == nil { // as the request of a stored post names it
		if found := pick(func(a *hayon.Account) bool { return a.ID == id }); len(found) > 0 {
			return found, nil
		}
		return nil, hayon.Errorf(hayon.CodeUsage, "the account %s is not there any more", id).
			WithHint("see what there is: hayon account list")
	}
	platform, alias, named := strings.Cut(name, "/")
	var found []*hayon.Account
	switch {
	case name == "all":
		found = pick(func(a *hayon.Account) bool { return a.SecretRef != "" || len(a.Settings) > 0 })
		if len(found) == 0 {
			found = known
		}
		return found, nil
	case named && alias == "*":
		found = pick(func(a *hayon.Account) bool { return a.Platform == platform })
	case named:
		found = pick(func(a *hayon.Account) bool { return a.Name == name })
	default:
		found = pick(func(a *hayon.Account) bool { return a.Platform == name && a.Default })
	}
	if len(found) > 0 {
		return found, nil
	}
	if _, err := s.deps.Providers.Find(platform); err != nil {
		return nil, err
	}
	e := hayon.Errorf(hayon.CodeUsage, "no account %q is connected", name).
		WithHint("connect it: hayon login " + platform + "   or see what there is: hayon account list")
	var same []string
	for _, a := range known {
		if a.Platform == platform {
			same = append(same, a.Name)
		}
	}
	if len(same) > 0 {
		e.Hint = "of " + platform + " there is: " + strings.Join(same, ", ")
	}
	return nil, e
}
