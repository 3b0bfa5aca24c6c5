package bolt

import (
	"context"
	"slices"
	"strings"

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

// FindCursors answers how far every subscriber has come.
func (t *Tx) FindCursors(context.Context) ([]*hayon.Cursor, error) {
	var out []*hayon.Cursor
	for _, v := range t.from(bucketCursors, nil, nil) {
		c, err := decode[hayon.Cursor]("cursor", v)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *hayon.Cursor) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// PutCursor stores how far a subscriber has come.
func (t *Tx) PutCursor(_ context.Context, c *hayon.Cursor) error {
	if c.Name == "" {
		return hayon.Errorf(hayon.CodeInternal, "a cursor needs a name to be stored")
	}
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
