package client

import (
	"context"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// CreateTemplate stores a template. A text in which are bytes that are none is refused here: JSON would
// make another of it.
func (c *Client) CreateTemplate(ctx context.Context, t hayon.Template, replace bool) (*hayon.Template, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	t, err := t.Clean()
	if err != nil {
		return nil, err
	}
	body, err := encode(api.TemplateCreate{Name: t.Name, Text: t.Text, Replace: replace})
	if err != nil {
		return nil, err
	}
	var stored api.Template
	if err := c.call(ctx, request{op: api.OpCreateTemplate, body: body}, &stored); err != nil {
		return nil, err
	}
	return stored.Domain(), nil
}

// FindTemplates answers the user's templates in the order of their names.
func (c *Client) FindTemplates(ctx context.Context) ([]*hayon.Template, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []api.Template
	if err := c.call(ctx, request{op: api.OpFindTemplates}, &list); err != nil {
		return nil, err
	}
	out := make([]*hayon.Template, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out, nil
}

// DeleteTemplate forgets a template. What cannot be a name would make another path of it.
func (c *Client) DeleteTemplate(ctx context.Context, name string) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	name, err := hayon.CleanTemplateName(name)
	if err != nil {
		return err
	}
	return c.call(ctx, request{op: api.OpDeleteTemplate, id: name}, nil)
}
