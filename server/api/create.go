package api

import (
	"time"

	"github.com/hayon/hayon"
)

// PostCreate is a [hayon.PostCreate] on the wire: the same members, with the grace as people write it.
type PostCreate struct {
	hayon.PostCreate

	Grace *Duration `json:"grace,omitempty"`
}

// PostCreateOf is c on the wire.
func PostCreateOf(c hayon.PostCreate) PostCreate {
	return PostCreate{PostCreate: c, Grace: (*Duration)(c.Grace)}
}

// Domain is the request that a service takes.
func (c PostCreate) Domain() hayon.PostCreate {
	out := c.PostCreate
	out.Grace = (*time.Duration)(c.Grace)
	return out
}
