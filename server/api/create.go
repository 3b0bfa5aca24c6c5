package api

import (
	"time"

	"github.com/hayon/hayon"
)

// PostCreate is a [hayon.PostCreate] on the wire: the same members, with durations as people write them.
type PostCreate struct {
	hayon.PostCreate

	Grace *Duration `json:"grace,omitempty"`
	Undo  Duration  `json:"undo,omitzero"`
}

// PostCreateOf is c on the wire.
func PostCreateOf(c hayon.PostCreate) PostCreate {
	return PostCreate{PostCreate: c, Grace: (*Duration)(c.Grace), Undo: Duration(c.Undo)}
}

// Domain is the request that a service takes.
func (c PostCreate) Domain() hayon.PostCreate {
	out := c.PostCreate
	out.Grace, out.Undo = (*time.Duration)(c.Grace), time.Duration(c.Undo)
	return out
}
