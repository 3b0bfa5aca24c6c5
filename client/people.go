package client

import (
	"context"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// PutPerson stores a person, new or not. What cannot be one is refused here: JSON would make other text of
// bytes that are none.
func (c *Client) PutPerson(ctx context.Context, p hayon.Person) (*hayon.Person, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	p, err := p.Clean()
	if err != nil {
		return nil, err
	}
	body, err := encode(api.PersonPut{Name: p.Name, Title: p.Title, Handles: p.Handles})
	if err != nil {
		return nil, err
	}
	var stored api.Person
	if err := c.call(ctx, request{op: api.OpPutPerson, body: body}, &stored); err != nil {
		return nil, err
	}
	return stored.Domain(), nil
}

// FindPeople answers the user's people in the order of their names.
func (c *Client) FindPeople(ctx context.Context) ([]*hayon.Person, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []api.Person
	if err := c.call(ctx, request{op: api.OpFindPeople}, &list); err != nil {
		return nil, err
	}
	out := make([]*hayon.Person, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out, nil
}

// DeletePerson forgets a person. What cannot be a name would make another path of it.
func (c *Client) DeletePerson(ctx context.Context, name string) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	p, err := hayon.Person{Name: name}.Clean()
	if err != nil {
		return err
	}
	return c.call(ctx, request{op: api.OpDeletePerson, id: p.Name}, nil)
}
