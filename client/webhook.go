package client

import (
	"context"
	"encoding/json"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// CreateWebhook stores a webhook and answers it with its secret. The secret comes over a unix socket
// or TLS; over anything else the call is forbidden and nothing is sent.
func (c *Client) CreateWebhook(ctx context.Context, in hayon.WebhookCreate) (*hayon.Webhook, hayon.Secret, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, hayon.Secret{}, err
	}
	if !c.private() {
		return nil, hayon.Secret{}, hayon.Errorf(hayon.CodeForbidden, "the secret of the webhook would cross the network in the clear, so none was asked for").
			WithHint("use the https address of the server")
	}
	body, err := encode(in)
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	var answer json.RawMessage
	if err := c.call(ctx, request{op: api.OpCreateWebhook, body: body}, &answer); err != nil {
		return nil, hayon.Secret{}, err
	}
	w, secret, err := api.DecodeCreatedWebhook(answer)
	if err != nil {
		return nil, hayon.Secret{}, c.notUnderstood(err)
	}
	return w, secret, nil
}

// FindWebhooks answers the user's webhooks with how their deliveries stand.
func (c *Client) FindWebhooks(ctx context.Context) ([]*hayon.Webhook, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []api.Webhook
	if err := c.call(ctx, request{op: api.OpFindWebhooks}, &list); err != nil {
		return nil, err
	}
	out := make([]*hayon.Webhook, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out, nil
}

// DeleteWebhook removes a webhook and its secret.
func (c *Client) DeleteWebhook(ctx context.Context, id hayon.WebhookID) error {
	return c.webhook(ctx, id, request{op: api.OpDeleteWebhook})
}

// TestWebhook sends one example event at once and answers what went wrong.
func (c *Client) TestWebhook(ctx context.Context, id hayon.WebhookID) error {
	return c.webhook(ctx, id, request{op: api.OpTestWebhook, timeout: SlowTimeout})
}

// webhook is a call about one webhook that answers nothing.
func (c *Client) webhook(ctx context.Context, id hayon.WebhookID, r request) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	if err := known(id, "webhook"); err != nil {
		return err
	}
	r.id = id.String()
	return c.call(ctx, r, nil)
}
