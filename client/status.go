package client

import (
	"context"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// Status tells how the service is doing.
func (c *Client) Status(ctx context.Context) (*hayon.Status, error) {
	return c.status(ctx, request{op: api.OpStatus})
}

// Pause stops all publishing until Resume.
func (c *Client) Pause(ctx context.Context, reason string) (*hayon.Status, error) {
	body, err := encode(api.Pause{Reason: reason})
	if err != nil {
		return nil, err
	}
	return c.status(ctx, request{op: api.OpPause, body: body})
}

// Resume ends a pause.
func (c *Client) Resume(ctx context.Context) (*hayon.Status, error) {
	return c.status(ctx, request{op: api.OpResume})
}

// status is a call that answers the status.
func (c *Client) status(ctx context.Context, r request) (*hayon.Status, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var s hayon.Status
	if err := c.call(ctx, r, &s); err != nil {
		return nil, err
	}
	return &s, nil
}
