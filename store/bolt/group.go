package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// groupKey puts the groups of an owner in the order of their names.
func groupKey(owner hayon.UserID, name string) []byte { return join(owner[:], []byte(name)) }

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
	return t.put(bucketGroups, groupKey(g.Owner, g.Name), b)
}

// FindGroup answers a group.
func (t *Tx) FindGroup(_ context.Context, owner hayon.UserID, name string) (*hayon.Group, error) {
	g, err := find[hayon.Group](t, bucketGroups, groupKey(owner, name), "group")
	if err == nil && g == nil {
		err = notFound("group", name)
	}
	return g, err
}

// FindGroups answers the groups of an owner.
func (t *Tx) FindGroups(_ context.Context, owner hayon.UserID) ([]*hayon.Group, error) {
	var out []*hayon.Group
	for _, v := range t.under(bucketGroups, owner[:]) {
		g, err := decode[hayon.Group]("group", v)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// DeleteGroup removes a group; its accounts stay.
func (t *Tx) DeleteGroup(_ context.Context, owner hayon.UserID, name string) error {
	key := groupKey(owner, name)
	if t.get(bucketGroups, key) == nil {
		return notFound("group", name)
	}
	return t.del(bucketGroups, key)
}
