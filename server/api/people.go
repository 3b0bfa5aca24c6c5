package api

import (
	"maps"
	"time"

	"github.com/hayon/hayon"
)

// Person is somebody whom posts mention, as users and programs see them.
type Person struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Handles are by platform; in an answer none of them is empty.
	Handles   map[string]string `json:"handles"`
	UpdatedAt time.Time         `json:"updated_at,omitzero"`
}

// PersonPut stores a person. Handles that are not named stay, and an empty one is taken away.
type PersonPut struct {
	Name    string            `json:"name"`
	Title   string            `json:"title,omitempty"`
	Handles map[string]string `json:"handles,omitempty"`
}

// PersonOf is p as users see it.
func PersonOf(p *hayon.Person) Person {
	out := Person{Name: p.Name, Title: p.Title, Handles: maps.Clone(p.Handles), UpdatedAt: utc(p.UpdatedAt)}
	if out.Handles == nil {
		out.Handles = map[string]string{}
	}
	return out
}

// PeopleOf is [PersonOf] for a list; it is never nil.
func PeopleOf(list []*hayon.Person) []Person {
	out := make([]Person, len(list))
	for i, p := range list {
		out[i] = PersonOf(p)
	}
	return out
}

// Domain is the person that a face works with, without their owner.
func (p *Person) Domain() *hayon.Person {
	return &hayon.Person{Name: p.Name, Title: p.Title, Handles: p.Handles, UpdatedAt: utc(p.UpdatedAt)}
}
