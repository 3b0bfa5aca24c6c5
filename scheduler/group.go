package scheduler

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// groupMark stands before the name of a group where accounts are named.
const groupMark = "@"

// groupName is the name without the mark, or a usage error.
func groupName(typed string) (string, error) {
	name := strings.TrimPrefix(strings.TrimSpace(typed), groupMark)
	if aliasPattern().MatchString(name) {
		return name, nil
	}
	return "", hayon.Errorf(hayon.CodeUsage, "%q is no name of a group", typed).
		WithHint("use up to 32 of a-z, 0-9, '.', '_' and '-', as in: hayon group create launch")
}

// checkMembers refuses groups as members: a group names accounts, so that everybody sees where a post
// goes.
func checkMembers(names []string) error {
	for _, name := range names {
		if strings.HasPrefix(strings.TrimSpace(name), groupMark) {
			return hayon.Errorf(hayon.CodeUsage, "a group has accounts and no groups, so %s cannot be in it", name).
				WithHint("name the accounts, as in: bluesky mastodon/work")
		}
	}
	return nil
}

// CreateGroup stores a group. Accounts of platforms without a sign-in come into being with it.
func (s *Scheduler) CreateGroup(ctx context.Context, name string, accounts []string) (*hayon.Group, error) {
	return s.changeGroup(ctx, name, accounts, func(ctx context.Context, tx hayon.Tx, owner hayon.UserID, name string) (*hayon.Group, error) {
		now := s.now()
		g := &hayon.Group{Owner: owner, Name: name, Accounts: []hayon.AccountID{}, CreatedAt: now.UTC()}
		switch _, err := tx.FindGroup(ctx, owner, name); {
		case err == nil:
			return nil, hayon.Errorf(hayon.CodeConflict, "there is a group %s%s already", groupMark, name).
				WithHint("add accounts to it: hayon group add " + name + " ACCOUNT   or take another name")
		case hayon.CodeOf(err) != hayon.CodeNotFound:
			return nil, err
		}
		if err := s.join(ctx, tx, g, accounts, now); err != nil {
			return nil, err
		}
		return g, tx.PutGroup(ctx, g)
	})
}

// UpdateGroup adds accounts, then removes accounts.
func (s *Scheduler) UpdateGroup(ctx context.Context, name string, u hayon.GroupUpdate) (*hayon.Group, error) {
	members := slices.Concat(u.Add, u.Remove)
	return s.changeGroup(ctx, name, members, func(ctx context.Context, tx hayon.Tx, owner hayon.UserID, name string) (*hayon.Group, error) {
		g, err := findGroup(ctx, tx, owner, name, hayon.CodeNotFound)
		if err != nil {
			return nil, err
		}
		was := slices.Clone(g.Accounts)
		if err := s.join(ctx, tx, g, u.Add, s.now()); err != nil {
			return nil, err
		}
		if err := s.leave(ctx, tx, g, u.Remove, s.now()); err != nil || slices.Equal(was, g.Accounts) {
			return g, err
		}
		return g, tx.PutGroup(ctx, g)
	})
}

// DeleteGroup forgets a group.
func (s *Scheduler) DeleteGroup(ctx context.Context, name string) error {
	_, err := s.changeGroup(ctx, name, nil, func(ctx context.Context, tx hayon.Tx, owner hayon.UserID, name string) (*hayon.Group, error) {
		g, err := findGroup(ctx, tx, owner, name, hayon.CodeNotFound)
		if err != nil {
			return nil, err
		}
		return g, tx.DeleteGroup(ctx, owner, name)
	})
	return err
}

// changeGroup checks the names and runs change in a transaction.
func (s *Scheduler) changeGroup(ctx context.Context, name string, members []string, change func(ctx context.Context, tx hayon.Tx, owner hayon.UserID, name string) (*hayon.Group, error)) (*hayon.Group, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if name, err = groupName(name); err != nil {
		return nil, err
	}
	if err := checkMembers(members); err != nil {
		return nil, err
	}
	var g *hayon.Group
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		g, err = change(ctx, tx, actor.User, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

// FindGroups answers the actor's groups.
func (s *Scheduler) FindGroups(ctx context.Context) ([]*hayon.Group, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var list []*hayon.Group
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		list, err = tx.FindGroups(ctx, actor.User)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// join puts the named accounts that are not in the group at its end, and stores those that are not
// stored yet.
func (s *Scheduler) join(ctx context.Context, tx hayon.Tx, g *hayon.Group, names []string, now time.Time) error {
	found, fresh, err := s.named(ctx, tx, g.Owner, names, now)
	if err != nil {
		return err
	}
	for _, a := range found {
		if slices.Contains(g.Accounts, a.ID) {
			continue
		}
		if slices.Contains(fresh, a) {
			if err := tx.CreateAccount(ctx, a); err != nil {
				return err
			}
		}
		g.Accounts = append(g.Accounts, a.ID)
	}
	return nil
}

// leave takes the named accounts out of the group.
func (s *Scheduler) leave(ctx context.Context, tx hayon.Tx, g *hayon.Group, names []string, now time.Time) error {
	found, _, err := s.named(ctx, tx, g.Owner, names, now)
	if err != nil {
		return err
	}
	for _, a := range found {
		g.Accounts = without(g.Accounts, a.ID)
	}
	return nil
}

// named finds the accounts that are named as a post's are. fresh are those that are not stored yet.
func (s *Scheduler) named(ctx context.Context, tx hayon.Tx, owner hayon.UserID, names []string, now time.Time) (found, fresh []*hayon.Account, err error) {
	if len(names) == 0 {
		return nil, nil, nil
	}
	known, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: owner})
	if err != nil {
		return nil, nil, err
	}
	known, fresh = s.withBuiltIn(known, owner, now)
	for _, name := range names {
		some, err := s.match(known, name)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, some...)
	}
	return found, fresh, nil
}

// leaveGroups takes an account that is gone out of its owner's groups. One that is empty then stays.
func leaveGroups(ctx context.Context, tx hayon.Tx, a *hayon.Account) error {
	groups, err := tx.FindGroups(ctx, a.Owner)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !slices.Contains(g.Accounts, a.ID) {
			continue
		}
		g.Accounts = without(g.Accounts, a.ID)
		if err := tx.PutGroup(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func without(ids []hayon.AccountID, id hayon.AccountID) []hayon.AccountID {
	return slices.DeleteFunc(ids, func(have hayon.AccountID) bool { return have == id })
}

// members are the accounts of a group, of those that are known.
func members(ctx context.Context, tx hayon.Tx, owner hayon.UserID, known []*hayon.Account, name string) ([]*hayon.Account, error) {
	g, err := findGroup(ctx, tx, owner, name, hayon.CodeUsage)
	if err != nil {
		return nil, err
	}
	var found []*hayon.Account
	for _, id := range g.Accounts {
		if i := slices.IndexFunc(known, func(a *hayon.Account) bool { return a.ID == id }); i >= 0 {
			found = append(found, known[i])
		}
	}
	if len(found) == 0 {
		return nil, hayon.Errorf(hayon.CodeUsage, "the group %s%s has no accounts", groupMark, name).
			WithHint("add some: hayon group add " + name + " ACCOUNT")
	}
	return found, nil
}

// findGroup is a group of the owner. One that is not there is an error with this code that names the
// nearest one.
func findGroup(ctx context.Context, tx hayon.Tx, owner hayon.UserID, name string, code hayon.Code) (*hayon.Group, error) {
	g, err := tx.FindGroup(ctx, owner, name)
	if hayon.CodeOf(err) != hayon.CodeNotFound {
		return g, err
	}
	list, err := tx.FindGroups(ctx, owner)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, g := range list {
		names[i] = g.Name
	}
	hint := "see what there is: hayon group list"
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + groupMark + near + "?   or " + hint
	}
	return nil, hayon.Errorf(code, "there is no group %s%s", groupMark, name).WithHint(hint)
}
