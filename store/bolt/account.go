package bolt

import (
	"cmp"
	"context"
	"slices"

	"github.com/hayon/hayon"
)

// CreateAccount stores a new account.
func (t *Tx) CreateAccount(_ context.Context, a *hayon.Account) error {
	switch {
	case a.ID.IsZero() || a.Owner.IsZero() || a.Name == "":
		return hayon.Errorf(hayon.CodeInternal, "an account needs an id, an owner and a name to be stored")
	case t.get(bucketAccounts, a.ID[:]) != nil:
		return hayon.Errorf(hayon.CodeConflict, "there is an account %s already", a.ID)
	}
	return t.putAccount(nil, a)
}

func (t *Tx) putAccount(old, a *hayon.Account) error {
	var before []entry
	if old != nil {
		before = accountEntries(old)
	}
	if id := t.get(bucketAccountsByName, accountNameKey(a.Owner, a.Name)); id != nil && idOf[hayon.AccountID](id) != a.ID {
		return hayon.Errorf(hayon.CodeConflict, "there is an account %s already", a.Name)
	}
	b, err := encode("account", a)
	if err != nil {
		return err
	}
	if err := t.put(bucketAccounts, a.ID[:], b); err != nil {
		return err
	}
	return t.reindex(before, accountEntries(a))
}

// FindAccountByID answers an account.
func (t *Tx) FindAccountByID(_ context.Context, id hayon.AccountID) (*hayon.Account, error) {
	a, err := find[hayon.Account](t, bucketAccounts, id[:], "account")
	if err == nil && a == nil {
		err = notFound("account", id.String())
	}
	return a, err
}

// FindAccounts answers accounts in the order of Name.
func (t *Tx) FindAccounts(_ context.Context, f hayon.AccountFilter) ([]*hayon.Account, error) {
	var prefix []byte
	if !f.Owner.IsZero() {
		prefix = accountNameKey(f.Owner, f.Name) // names that begin so
	}
	var out []*hayon.Account
	for _, id := range t.under(bucketAccountsByName, prefix) {
		a, err := find[hayon.Account](t, bucketAccounts, id, "account")
		if err != nil {
			return nil, err
		}
		if a == nil {
			return nil, &damage{detail: "an account is in an index and not there"}
		}
		if (f.Platform == "" || a.Platform == f.Platform) && (f.Name == "" || a.Name == f.Name) {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b *hayon.Account) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// UpdateAccount replaces an account. Its new name must be free.
func (t *Tx) UpdateAccount(ctx context.Context, a *hayon.Account) error {
	old, err := t.FindAccountByID(ctx, a.ID)
	if err != nil {
		return err
	}
	if old.Owner != a.Owner || a.Name == "" {
		return hayon.Errorf(hayon.CodeInternal, "account %s cannot change its owner or lose its name", a.ID)
	}
	return t.putAccount(old, a)
}

// DeleteAccount removes an account.
func (t *Tx) DeleteAccount(ctx context.Context, id hayon.AccountID) error {
	old, err := t.FindAccountByID(ctx, id)
	if err != nil {
		return err
	}
	if err := t.del(bucketAccounts, id[:]); err != nil {
		return err
	}
	return t.reindex(accountEntries(old), nil)
}
