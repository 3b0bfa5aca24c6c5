package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// PutPerson stores a person.
func (t *Tx) PutPerson(_ context.Context, p *hayon.Person) error {
	if p.Owner.IsZero() || p.Name == "" {
		return hayon.Errorf(hayon.CodeInternal, "a person needs an owner and a name to be stored")
	}
	b, err := encode("person", p)
	if err != nil {
		return err
	}
	return t.put(bucketPeople, nameKey(p.Owner, p.Name), b)
}

// FindPeople answers the people of an owner.
func (t *Tx) FindPeople(_ context.Context, owner hayon.UserID) ([]*hayon.Person, error) {
	return ownersRows[hayon.Person](t, bucketPeople, owner, "person")
}

// DeletePerson removes a person.
func (t *Tx) DeletePerson(_ context.Context, owner hayon.UserID, name string) error {
	return t.delNamed(bucketPeople, owner, name, "person")
}
