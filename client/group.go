package client

import (
	"context"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// CreateGroup stores a group of these accounts.
func (c *Client) CreateGroup(ctx context.Context, name string, accounts []string) (*hayon.Group, error) {
	body, err := encode(api.GroupCreate{Name: name, Accounts: accounts})
	if err != nil {
		return nil, err
	}
	return c.group(ctx, request{op: api.OpCreateGroup, body: body})
}

// FindGroups answers the user's groups in the order of their names.
func (c *Client) FindGroups(ctx context.Context) ([]*hayon.Group, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []api.Group
	if err := c.call(ctx, request{op: api.OpFindGroups}, &list); err != nil {
		return nil, err
	}
	out := make([]*hayon.Group, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out, nil
}

// UpdateGroup adds and removes accounts.
func (c *Client) UpdateGroup(ctx context.Context, name string, u hayon.GroupUpdate) (*hayon.Group, error) {
	if err := named(name); err != nil {
		return nil, err
	}
	body, err := encode(u)
	if err != nil {
		return nil, err
	}
	return c.group(ctx, request{op: api.OpUpdateGroup, id: name, body: body})
}

// DeleteGroup forgets the group and keeps its accounts.
func (c *Client) DeleteGroup(ctx context.Context, name string) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	if err := named(name); err != nil {
		return err
	}
	return c.call(ctx, request{op: api.OpDeleteGroup, id: name}, nil)
}

// named refuses the empty name, and those which in a path mean a folder.
func named(group string) error {
	if group == "" || group == "." || group == ".." {
		return hayon.Errorf(hayon.CodeUsage, "%q is no name of a group", group).WithHint("see what there is: hayon group list")
	}
	return nil
}

// group is a call that answers a group.
func (c *Client) group(ctx context.Context, r request) (*hayon.Group, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var g api.Group
	if err := c.call(ctx, r, &g); err != nil {
		return nil, err
	}
	return g.Domain(), nil
}
