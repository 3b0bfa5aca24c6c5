package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// CreateMedia stores what is known of a medium.
func (t *Tx) CreateMedia(_ context.Context, m *hayon.Media) error {
	if m.ID.IsZero() {
		return hayon.Errorf(hayon.CodeInternal, "a medium needs an id to be stored")
	}
	if t.get(bucketMedia, m.ID[:]) != nil {
		return hayon.Errorf(hayon.CodeConflict, "there is a medium %s already", m.ID)
	}
	b, err := encode("medium", m)
	if err != nil {
		return err
	}
	return t.insert(bucketMedia, m.ID[:], b)
}

// FindMediaByID answers a medium.
func (t *Tx) FindMediaByID(_ context.Context, id hayon.MediaID) (*hayon.Media, error) {
	m, err := find[hayon.Media](t, bucketMedia, id[:], "medium")
	if err == nil && m == nil {
		err = notFound("medium", id.String())
	}
	return m, err
}

// PutUser stores a user.
func (t *Tx) PutUser(_ context.Context, u *hayon.User) error {
	if u.ID.IsZero() {
		return hayon.Errorf(hayon.CodeInternal, "a user needs an id to be stored")
	}
	b, err := encode("user", u)
	if err != nil {
		return err
	}
	return t.put(bucketUsers, u.ID[:], b)
}

// FindUserByID answers a user.
func (t *Tx) FindUserByID(_ context.Context, id hayon.UserID) (*hayon.User, error) {
	u, err := find[hayon.User](t, bucketUsers, id[:], "user")
	if err == nil && u == nil {
		err = notFound("user", id.String())
	}
	return u, err
}
