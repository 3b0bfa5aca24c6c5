package scheduler

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

const (
	// expirySoon is how long before their end credentials are warned of.
	expirySoon = 7 * 24 * time.Hour
	// warnEvery is how much lies between two warnings for one account.
	warnEvery = 24 * time.Hour
	// expiryWait bounds the question to the vault for one account.
	expiryWait = 30 * time.Second
)

// warnExpiring tells the owners of accounts whose credentials are about to end, at most once a day
// for each. A vault that does not answer is told of once and keeps nobody back.
func (s *Scheduler) warnExpiring(ctx context.Context) error {
	var accounts []*hayon.Account
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		accounts, err = tx.FindAccounts(ctx, hayon.AccountFilter{})
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range accounts {
		now := s.now()
		if ctx.Err() != nil || !mayWarn(a, now) {
			continue
		}
		expires := s.expires(ctx, a)
		if expires.IsZero() || expires.Sub(now) > expirySoon {
			continue
		}
		if err := s.warn(ctx, a.ID, expires); err != nil {
			return err
		}
	}
	return nil
}

// mayWarn reports whether the account works and no warning was given within a day. A refused one has
// been told of already.
func mayWarn(a *hayon.Account, now time.Time) bool {
	return a.Status == hayon.AccountConnected && (a.WarnedAt.IsZero() || now.Sub(a.WarnedAt).Abs() >= warnEvery)
}

// expires is when the account's credentials end; zero: never, or nobody can tell.
func (s *Scheduler) expires(ctx context.Context, a *hayon.Account) time.Time {
	provider, err := s.deps.Providers.Find(a.Platform)
	if err != nil { // the platform is not in this program: nothing goes out to it either
		return time.Time{}
	}
	expirer, ok := provider.(hayon.Expirer)
	if !ok {
		return time.Time{}
	}
	bounded, cancel := context.WithTimeout(ctx, expiryWait)
	defer cancel()
	expires, err := expirer.Expires(bounded, s.deps.Sessions(a))
	switch {
	case err == nil:
		s.mute.Delete(a.ID)
	case ctx.Err() == nil:
		if _, told := s.mute.LoadOrStore(a.ID, true); !told {
			s.log.Warn("when the credentials end is not known", "account_id", a.ID.String(), "account", a.Name, "err", err)
		}
		return time.Time{}
	}
	return expires
}

// warn writes the warning, unless another process has.
func (s *Scheduler) warn(ctx context.Context, id hayon.AccountID, expires time.Time) error {
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		a, err := tx.FindAccountByID(ctx, id)
		if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && !mayWarn(a, now) {
			return nil
		}
		if err != nil {
			return err
		}
		a.WarnedAt = now
		r := row(hayon.Actor{User: a.Owner, Source: hayon.SourceWorker}, hayon.RowAccount, now)
		r.Account, r.Platform = a.ID, a.Platform
		r.Reason = expiryReason(a, expires, now)
		r.Body = hayon.Encode(hayon.AccountChange{Name: a.Name, Status: a.Status, Expires: expires.UTC()})
		if err := tx.AppendJournal(ctx, r); err != nil {
			return err
		}
		return tx.UpdateAccount(ctx, a)
	})
}

func expiryReason(a *hayon.Account, expires, now time.Time) string {
	end := "ends " + expires.UTC().Format(time.RFC3339)
	if !expires.After(now) {
		end = "ended " + expires.UTC().Format(time.RFC3339)
	}
	return a.Name + ": the sign-in " + end + "; renew it: " + loginHint(a)
}
