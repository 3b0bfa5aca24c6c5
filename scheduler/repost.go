package scheduler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// audience is who gets a post.
type audience struct {
	// accounts are in the order in which they were named; fresh are those among them that come into being
	// with the post.
	accounts, fresh []*hayon.Account
	// reposts is what each account reposts, and address where a person sees it, where the post is a repost.
	reposts map[hayon.AccountID]hayon.Remote
	address string
}

// audienceOf finds the accounts that a post goes to, and of a repost what each of them reposts.
func (s *Scheduler) audienceOf(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate, now time.Time) (*audience, error) {
	switch {
	case c.Repost == "":
		accounts, fresh, err := s.addresseesOf(ctx, tx, owner, c, now)
		return &audience{accounts: accounts, fresh: fresh}, err
	case isAddress(c.Repost):
		return s.repostURL(ctx, tx, owner, c, now)
	}
	return s.repostOwn(ctx, tx, owner, c, now)
}

// checkRepost refuses what cannot go with a repost.
func checkRepost(c hayon.PostCreate) error {
	if c.Text != "" || len(c.Parts) > 0 || len(c.Texts) > 0 || len(c.Media) > 0 {
		return hayon.Errorf(hayon.CodeUsage, "a repost has no text and no media of its own").
			WithHint(`leave them out, or write a post with the address in it: hayon post "… ` + c.Repost + `"`)
	}
	for _, options := range c.Options {
		for _, name := range []string{hayon.OptionWarning, hayon.OptionSensitive} {
			if options[name] != "" {
				return hayon.Errorf(hayon.CodeUsage, "a repost has no %s of its own", name).WithHint("leave it out")
			}
		}
	}
	return nil
}

// repostURL finds who reposts what is at an address: the accounts that are named, or the default
// accounts of the platforms that take it.
func (s *Scheduler) repostURL(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate, now time.Time) (*audience, error) {
	names := c.To
	if len(names) == 0 {
		var err error
		if names, err = s.whoReposts(ctx, tx, owner, c.Repost, now); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		return nil, hayon.Errorf(hayon.CodeUsage, "none of your accounts can repost %s", c.Repost).
			WithHint("say which one does: --to ACCOUNT   or see your accounts: hayon account list")
	}
	to := &audience{reposts: make(map[hayon.AccountID]hayon.Remote), address: c.Repost}
	var err error
	if to.accounts, to.fresh, err = s.addressees(ctx, tx, owner, names, c.Not, now); err != nil {
		return nil, err
	}
	for _, a := range to.accounts {
		to.reposts[a.ID] = hayon.Remote{URL: c.Repost}
	}
	return to, nil
}

// whoReposts names the platforms whose default account can repost what is at an address.
func (s *Scheduler) whoReposts(ctx context.Context, tx hayon.Tx, owner hayon.UserID, address string, now time.Time) ([]string, error) {
	var names []string
	for _, p := range s.deps.Providers.All() {
		r, ok := p.(hayon.Reposter)
		if !ok {
			continue
		}
		name := p.Info().Name
		accounts, _, err := s.addressees(ctx, tx, owner, []string{name}, nil, now)
		if hayon.CodeOf(err) == hayon.CodeUsage { // no account is connected there
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.Reposts(accounts[0], address) {
			names = append(names, name)
		}
	}
	return names, nil
}

// repostOwn finds who reposts a post of the user: each account that is named the copy on its platform,
// or each that published it its own copy.
func (s *Scheduler) repostOwn(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate, now time.Time) (*audience, error) {
	id, err := lookup(ctx, tx, owner, c.Repost)
	if err != nil {
		if e := hayon.AsError(err); e.Hint == "" {
			return nil, e.WithHint("give the address of a post, or the id of one of yours: hayon list")
		}
		return nil, err
	}
	p, err := livePost(ctx, tx, hayon.Actor{User: owner}, id)
	if err != nil {
		return nil, err
	}
	copies, err := copiesOf(p)
	if err != nil {
		return nil, err
	}
	publishers, err := accountsOf(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	names := c.To
	if len(names) == 0 {
		if names = s.ownReposters(copies, publishers); len(names) == 0 {
			return nil, hayon.Errorf(hayon.CodeUsage, "no account that %s is out on can repost it", p.ID).
				WithHint("say which one does: --to ACCOUNT").WithDetail("accounts", targetNames(copies, publishers))
		}
	}
	to := &audience{reposts: make(map[hayon.AccountID]hayon.Remote)}
	if to.accounts, to.fresh, err = s.addressees(ctx, tx, owner, names, c.Not, now); err != nil {
		return nil, err
	}
	for _, a := range to.accounts {
		what, ok := copyFor(a, copies, publishers)
		if !ok {
			return nil, hayon.Errorf(hayon.CodeUsage, "%s is not out on %s, so %s has nothing to repost; it is out on: %s",
				p.ID, a.Platform, a.Name, strings.Join(targetNames(copies, publishers), ", ")).
				WithHint("leave it out: --not " + a.Name)
		}
		to.reposts[a.ID] = what
		if to.address == "" {
			to.address = what.URL
		}
	}
	if to.address == "" { // nobody knows where a person sees it
		to.address = p.ID.String()
	}
	return to, nil
}

// copiesOf are the targets of a post that are out, of which there must be one.
func copiesOf(p *hayon.Post) ([]*hayon.Target, error) {
	if p.Repost != "" {
		return nil, hayon.Errorf(hayon.CodeConflict, "%s is a repost itself", p.ID).
			WithHint("repost what it reposts: hayon repost " + p.Repost)
	}
	copies := slices.DeleteFunc(slices.Clone(p.Targets), func(t *hayon.Target) bool {
		return t.State != hayon.StatePublished || !t.RemovedAt.IsZero()
	})
	if len(copies) == 0 {
		return nil, hayon.Errorf(hayon.CodeConflict, "%s is %s: there is nothing of it to repost", p.ID, p.State()).
			WithHint("see it: hayon show "+p.ID.String()).WithDetail("state", string(p.State()))
	}
	return copies, nil
}

// ownReposters are the names of the accounts that published a post and can repost.
func (s *Scheduler) ownReposters(copies []*hayon.Target, publishers map[hayon.AccountID]*hayon.Account) []string {
	var names []string
	for _, t := range copies {
		p, err := s.deps.Providers.Find(t.Platform)
		if _, ok := p.(hayon.Reposter); err != nil || !ok || publishers[t.Account] == nil {
			continue
		}
		names = append(names, publishers[t.Account].Name)
	}
	return names
}

// copyFor is the copy of a post that an account reposts: its own, or else the first one on its platform.
// The id of a copy means something on the server alone that gave it; from elsewhere it is found by its
// address.
func copyFor(a *hayon.Account, copies []*hayon.Target, publishers map[hayon.AccountID]*hayon.Account) (hayon.Remote, bool) {
	i := slices.IndexFunc(copies, func(t *hayon.Target) bool { return t.Account == a.ID })
	if i < 0 {
		i = slices.IndexFunc(copies, func(t *hayon.Target) bool { return t.Platform == a.Platform })
	}
	if i < 0 {
		return hayon.Remote{}, false
	}
	what := copies[i].Remote()
	by := publishers[copies[i].Account]
	if copies[i].Account != a.ID && (by == nil || by.Host != a.Host) {
		what = hayon.Remote{URL: what.URL}
	}
	return what, true
}

// repostProblems is what keeps an account from reposting something.
func repostProblems(a *hayon.Account, p hayon.Provider, what hayon.Remote) []problem {
	r, ok := p.(hayon.Reposter)
	switch title := p.Info().Title; {
	case !ok:
		return []problem{{fmt.Sprintf("%s: %s cannot repost", a.Name, title), "leave it out: --not " + a.Name}}
	case what.ID == "" && !r.Reposts(a, what.URL):
		return []problem{{
			fmt.Sprintf("%s: %s has no post at %s", a.Name, title, what.URL),
			"give the address of a post there, or leave the account out: --not " + a.Name,
		}}
	}
	return nil
}
