package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// nameKey puts what an owner gave names in the order of those.
func nameKey(owner hayon.UserID, name string) []byte { return join(owner[:], []byte(name)) }

// PutGroup stores a group.
func (t *Tx) PutGroup(_ context.Context, g *hayon.Group) error {
	if g.Owner.IsZero() || g.Name == "" {
		return hayon.Errorf(hayon.CodeInternal, "a group needs an owner and a name to be stored")
	}
	members := make(map[hayon.AccountID]bool, len(g.Accounts))
	for _, id := range g.Accounts {
		if members[id] {
			return hayon.Errorf(hayon.CodeInternal, "account %s cannot be in the group %q twice", id, g.Name)
		}
		members[id] = true
	}
	b, err := encode("group", g)
	if err != nil {
		return err
	}
	return t.put(bucketGroups, nameKey(g.Owner, g.Name), b)
}

// FindGroup answers a group.
func (t *Tx) FindGroup(_ context.Context, owner hayon.UserID, name string) (*hayon.Group, error) {
	g, err := find[hayon.Group](t, bucketGroups, nameKey(owner, name), "group")
	if err == nil && g == nil {
		err = notFound("group", name)
	}
	return g, err
}

// FindGroups answers the groups of an owner.
func (t *Tx) FindGroups(_ context.Context, owner hayon.UserID) ([]*hayon.Group, error) {
	return ownersRows[hayon.Group](t, bucketGroups, owner, "group")
}

// DeleteGroup removes a group; its accounts stay.
func (t *Tx) DeleteGroup(_ context.Context, owner hayon.UserID, name string) error {
	return t.delNamed(bucketGroups, owner, name, "group")
}

// ownersRows answers what an owner gave names, in the order of those.
func ownersRows[T any](t *Tx, bucket []byte, owner hayon.UserID, what string) ([]*T, error) {
	var out []*T
	for _, b := range t.under(bucket, owner[:]) {
		v, err := decode[T](what, b)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// delNamed removes what an owner gave a name, or answers not_found.
func (t *Tx) delNamed(bucket []byte, owner hayon.UserID, name, what string) error {
	key := nameKey(owner, name)
	if t.get(bucket, key) == nil {
		return notFound(what, name)
	}
	return t.del(bucket, key)
}
