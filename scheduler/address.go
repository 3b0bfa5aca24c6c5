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
