package scheduler

import (
	"context"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

const (
	// factsWait bounds what a new post waits for the facts of its accounts' servers, all together.
	factsWait = 3 * time.Second
	// factsRest is how long a server that did not tell its facts is left alone.
	factsRest = time.Minute
)

// VerifyAccount asks the platform whether the account still works.
func (s *Scheduler) VerifyAccount(ctx context.Context, id hayon.AccountID) (*hayon.Account, error) {
	return s.ask(ctx, id, func(ctx context.Context, p hayon.Provider, session hayon.Session) (answer, error) {
		seen, err := p.Verify(ctx, session)
		return answer{seen: seen}, err
	})
}

// RefreshAccount renews the credentials, then asks for the account and for what its server allows. What
// the platform did tell is stored also where it fails to tell the rest.
func (s *Scheduler) RefreshAccount(ctx context.Context, id hayon.AccountID) (*hayon.Account, error) {
	return s.ask(ctx, id, func(ctx context.Context, p hayon.Provider, session hayon.Session) (got answer, err error) {
		if r, ok := p.(hayon.Refresher); ok {
			if err := r.Refresh(ctx, session); err != nil {
				return answer{}, err
			}
		}
		if got.seen, err = p.Verify(ctx, session); err != nil {
			return answer{}, err
		}
		if l, ok := p.(hayon.Limiter); ok {
			got.facts, got.short = l.Limits(ctx, session)
		}
		return got, nil
	})
}

// answer is what a platform told of an account.
type answer struct {
	seen  *hayon.Account
	facts *hayon.ServerFacts
	// short is why there are no facts, although they were asked for.
	short error
}

// ask puts a question to the platform of an account of the actor and stores the answer. The account
// is refused where the error says so, and untouched with any other error.
func (s *Scheduler) ask(ctx context.Context, id hayon.AccountID, question func(context.Context, hayon.Provider, hayon.Session) (answer, error)) (*hayon.Account, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.ownAccount(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	provider, err := s.deps.Providers.Find(before.Platform)
	if err != nil {
		return nil, err
	}
	got, refused := question(ctx, provider, s.deps.Sessions(before))
	code := hayon.CodeOf(refused)
	if refused != nil && code != hayon.CodeUnauthenticated && code != hayon.CodeForbidden {
		return nil, refused
	}
	if refused == nil && got.facts == nil && got.seen.Server != before.Server { // else it is what we knew
		got.facts = got.seen.Server
	}
	now := s.now()
	stampFacts(got.facts, now)
	var account *hayon.Account
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if account, err = findAccount(ctx, tx, actor, id); err != nil {
			return err
		}
		if refused != nil && account.VerifiedAt.After(before.VerifiedAt) { // what it refused was replaced meanwhile
			return nil
		}
		return verified(ctx, tx, actor, account, got, refused, now)
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	if got.short != nil {
		return nil, got.short
	}
	return account, nil
}

// verified stores what the platform said of an account, or that it refuses it. A change of the status
// is an event, and one for the better wakes what waited.
func verified(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account, got answer, refused error, now time.Time) error {
	was := a.Status
	if refused != nil {
		a.Status, a.Reason = hayon.AccountNeedsReconnect, refused.Error()
	} else {
		a.Handle, a.Host, a.VerifiedAt = got.seen.Handle, got.seen.Host, now
		a.Status, a.Reason = hayon.AccountConnected, ""
		if got.facts != nil {
			a.Server = got.facts
		}
	}
	if err := tx.UpdateAccount(ctx, a); err != nil || a.Status == was {
		return err
	}
	if err := tx.AppendJournal(ctx, accountRow(actor, a, now)); err != nil || refused != nil {
		return err
	}
	return wake(ctx, tx, a.ID, now)
}

// stampFacts says when facts were read where their provider did not: without it they would never be
// relied on.
func stampFacts(f *hayon.ServerFacts, now time.Time) {
	if f != nil && f.ReadAt.IsZero() {
		f.ReadAt = now.UTC()
	}
}

// freshenFacts reads anew what the servers of the accounts allow that a post is addressed to, where
// that was read too long ago. It asks the network, so it must not run in a transaction. Where a server
// does not tell in time, what is known of it holds.
func (s *Scheduler) freshenFacts(ctx context.Context, actor hayon.Actor, to, not []string) {
	stale := s.staleFacts(ctx, actor, to, not)
	if len(stale) == 0 {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, factsWait)
	defer cancel()
	facts := make([]*hayon.ServerFacts, len(stale))
	var wg sync.WaitGroup
	for i, a := range stale {
		wg.Go(func() { facts[i] = s.readFacts(bounded, a) })
	}
	wg.Wait()
	err := s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		for i, f := range facts {
			if f == nil {
				continue
			}
			a, err := findAccount(ctx, tx, actor, stale[i].ID)
			if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && a.Host != stale[i].Host {
				continue // it was removed, or moved, meanwhile
			}
			if err != nil {
				return err
			}
			a.Server = f
			if err := tx.UpdateAccount(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.log.DebugContext(ctx, "what servers allow was read and not stored", "err", err)
	}
}

// staleFacts are the addressed accounts whose facts are too old to rely on and may be asked for now.
// Names that mean nothing are left to those who store the post.
func (s *Scheduler) staleFacts(ctx context.Context, actor hayon.Actor, to, not []string) []*hayon.Account {
	now := s.now()
	var stale []*hayon.Account
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		accounts, fresh, err := s.addressees(ctx, tx, actor.User, to, not, now)
		if err != nil {
			return err
		}
		known := make(map[hayon.AccountID]bool, len(fresh))
		for _, a := range fresh {
			known[a.ID] = true // made for this look alone
		}
		for _, a := range accounts {
			if known[a.ID] || !s.wantsFacts(a, now) {
				continue
			}
			held, err := isHeldBack(ctx, tx, a, now)
			if err != nil {
				return err
			}
			if !held {
				stale = append(stale, a)
			}
		}
		return nil
	})
	if err != nil {
		s.log.DebugContext(ctx, "nobody was asked what servers allow", "err", err)
		return nil
	}
	return stale
}

// wantsFacts reports whether the account works and its facts are to be read again. Those that a clock
// wrote which was set back are as old as it was set.
func (s *Scheduler) wantsFacts(a *hayon.Account, now time.Time) bool {
	if a.Status != hayon.AccountConnected || a.Server != nil && now.Sub(a.Server.ReadAt).Abs() < hayon.FactsLife {
		return false
	}
	if at, tried := s.silent.Load(a.ID); tried && now.Sub(at.(time.Time)).Abs() < factsRest { //nolint:forcetypeassert // readFacts stores nothing else
		return false
	}
	provider, err := s.deps.Providers.Find(a.Platform)
	if err != nil {
		return false
	}
	_, ok := provider.(hayon.Limiter)
	return ok
}

// isHeldBack reports whether the platform asked to be left alone, or cannot be reached. A pause of
// all publishing is no reason not to read.
func isHeldBack(ctx context.Context, tx hayon.Tx, a *hayon.Account, now time.Time) (bool, error) {
	for _, key := range a.PaceKeys() {
		if key == hayon.PaceAll {
			continue
		}
		p, err := tx.FindPace(ctx, key)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			continue
		}
		if err != nil || p.NotBefore.After(now) {
			return err == nil, err
		}
	}
	return false, nil
}

// readFacts asks one server; nil where it does not tell.
func (s *Scheduler) readFacts(ctx context.Context, a *hayon.Account) *hayon.ServerFacts {
	provider, err := s.deps.Providers.Find(a.Platform)
	if err != nil {
		return nil
	}
	limiter, ok := provider.(hayon.Limiter)
	if !ok {
		return nil
	}
	f, err := limiter.Limits(ctx, s.deps.Sessions(a))
	now := s.now()
	if err != nil || f == nil {
		s.silent.Store(a.ID, now)
		s.log.DebugContext(ctx, "a server did not tell what it allows; what is known of it holds",
			"account_id", a.ID.String(), "provider", a.Platform, "err", err)
		return nil
	}
	s.silent.Delete(a.ID)
	stampFacts(f, now)
	return f
}
