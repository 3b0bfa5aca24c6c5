package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// FindCursor answers how far a subscriber has come.
func (t *Tx) FindCursor(_ context.Context, name string) (*hayon.Cursor, error) {
	c, err := find[hayon.Cursor](t, bucketCursors, textKey(nil, name), "cursor")
	if err == nil && c == nil {
		err = notFound("cursor", name)
	}
	return c, err
}

// PutCursor stores how far a subscriber has come.
func (t *Tx) PutCursor(_ context.Context, c *hayon.Cursor) error {
	b, err := encode("cursor", c)
	if err != nil {
		return err
	}
	return t.put(bucketCursors, textKey(nil, c.Name), b)
}

// DeleteCursor forgets a subscriber.
func (t *Tx) DeleteCursor(_ context.Context, name string) error {
	return t.del(bucketCursors, textKey(nil, name))
}
