package scheduler

import (
	"context"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

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

// UpdateAccount changes what its owner decides about an account. Groups and targets refer to its id, so
// that they follow it under a new name.
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
		if account, err = findAccount(ctx, tx, actor, id); err != nil {
			return err
		}
		return update(ctx, tx, actor, account, u, s.now())
	})
	if err != nil {
		return nil, err
	}
	return account, nil
}

// update stores what is different after u, and tells each change in a journal row.
func update(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account, u hayon.AccountUpdate, now time.Time) error {
	var changes []string
	if u.Alias != nil {
		was := a.Name
		if err := rename(ctx, tx, a, *u.Alias); err != nil {
			return err
		}
		if a.Name != was {
			changes = append(changes, was+" is called "+a.Name+" now")
		}
	}
	if u.Default && !a.Default {
		if err := takeDefault(ctx, tx, actor, a, now); err != nil {
			return err
		}
		changes = append(changes, a.Name+" is what "+a.Platform+" means now")
	}
	if apply(a, u) {
		changes = append(changes, "what happens to late posts was changed")
	}
	if applyGap(a, u.Gap) {
		changes = append(changes, "the least time between two of its posts was changed")
	}
	if len(changes) == 0 {
		return nil
	}
	if err := tx.UpdateAccount(ctx, a); err != nil {
		return err
	}
	for _, reason := range changes {
		if err := tx.AppendJournal(ctx, changeRow(actor, a, reason, now)); err != nil {
			return err
		}
	}
	return nil
}

// rename gives the account another alias, unless that would be the name of another one.
func rename(ctx context.Context, tx hayon.Tx, a *hayon.Account, alias string) error {
	name := hayon.AccountName(a.Platform, alias)
	if name == a.Name {
		return nil
	}
	taken, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: a.Owner, Name: name})
	if err != nil {
		return err
	}
	if len(taken) > 0 {
		return hayon.Errorf(hayon.CodeConflict, "there is an account %s already, %s", name, taken[0].Handle).
			WithHint("take another name, or give that one another first: hayon account rename " + name + " NAME")
	}
	a.Name = name
	return nil
}

// takeDefault takes the mark of the default from the account of the platform that has it.
func takeDefault(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account, now time.Time) error {
	same, err := tx.FindAccounts(ctx, hayon.AccountFilter{Owner: a.Owner, Platform: a.Platform})
	if err != nil {
		return err
	}
	for _, other := range same {
		if other.ID == a.ID || !other.Default {
			continue
		}
		other.Default = false
		if err := tx.UpdateAccount(ctx, other); err != nil {
			return err
		}
		reason := other.Name + " is not what " + a.Platform + " means any more"
		if err := tx.AppendJournal(ctx, changeRow(actor, other, reason, now)); err != nil {
			return err
		}
	}
	a.Default = true
	return nil
}

// changeRow says what an owner changed. It has no status, since it says nothing new of it.
func changeRow(actor hayon.Actor, a *hayon.Account, reason string, now time.Time) *hayon.JournalRow {
	r := row(actor, hayon.RowAccount, now)
	r.Account, r.Platform, r.Reason = a.ID, a.Platform, reason
	r.Body = hayon.Encode(hayon.AccountChange{Name: a.Name})
	return r
}

func checkUpdate(u hayon.AccountUpdate) error {
	if u.Alias != nil {
		if err := checkAlias(*u.Alias); err != nil {
			return err
		}
	}
	if u.IfLate != nil && *u.IfLate != "" {
		if err := checkIfLate(*u.IfLate); err != nil {
			return err
		}
	}
	if u.Gap != nil && *u.Gap > hayon.MaxGap {
		return hayon.Errorf(hayon.CodeUsage, "a gap of %s between two posts is not possible", *u.Gap).
			WithHint("give one from 0 to 7 days, as in --gap 15m")
	}
	if u.Grace != nil && *u.Grace > 0 {
		return checkGrace(*u.Grace)
	}
	return nil
}

// apply changes what happens to late posts and reports whether anything is different now.
func apply(a *hayon.Account, u hayon.AccountUpdate) bool {
	ifLate, grace := a.IfLate, a.Grace
	if u.IfLate != nil {
		a.IfLate = *u.IfLate
	}
	a.Grace = own(a.Grace, u.Grace)
	return ifLate != a.IfLate || !sameSpan(grace, a.Grace)
}

// applyGap changes the minimum gap and reports whether it is different now.
func applyGap(a *hayon.Account, to *time.Duration) bool {
	gap := a.Gap
	a.Gap = own(a.Gap, to)
	return !sameSpan(gap, a.Gap)
}

// own is an account's own span of time after an update: nil leaves it, one below zero takes it away.
func own(is, to *time.Duration) *time.Duration {
	switch {
	case to == nil:
		return is
	case *to < 0:
		return nil
	}
	d := *to
	return &d
}

func sameSpan(a, b *time.Duration) bool {
	return a == b || a != nil && b != nil && *a == *b
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
	var account *hayon.Account
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if account, err = findAccount(ctx, tx, actor, id); err != nil {
			return err
		}
		return disconnect(ctx, tx, actor, account, s.now())
	})
	if err != nil || account.SecretRef == "" {
		return err
	}
	return s.keep(ctx, account.SecretRef, hayon.Secret{})
}

// disconnect removes an account, also from its owner's groups. Where it was the default of its platform
// the next one becomes it.
func disconnect(ctx context.Context, tx hayon.Tx, actor hayon.Actor, a *hayon.Account, now time.Time) error {
	if err := refuseNeeded(ctx, tx, a); err != nil {
		return err
	}
	if err := tx.DeleteAccount(ctx, a.ID); err != nil {
		return err
	}
	if err := leaveGroups(ctx, tx, a); err != nil {
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

// refuseNeeded keeps an account for which targets wait.
func refuseNeeded(ctx context.Context, tx hayon.Tx, a *hayon.Account) error {
	waiting, err := tx.FindTargets(ctx, hayon.TargetFilter{
		States: []hayon.State{
			hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateRetryWait, hayon.StateUncertain,
		},
		Account: a.ID, Limit: 10,
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	posts := make([]string, len(waiting))
	for i, t := range waiting {
		posts[i] = t.Post.String()
	}
	return hayon.Errorf(hayon.CodeConflict, "%s is still needed by: %s", a.Name, strings.Join(posts, ", ")).
		WithHint("wait for them, or cancel them: hayon cancel "+posts[0]).WithDetail("posts", posts)
}
