package client

import (
	"context"
	"iter"

	"github.com/hayon/hayon"
)

var errLater = hayon.Errorf(hayon.CodeInternal, "not there yet")

func (c *Client) ResolvePost(context.Context, hayon.PostID, hayon.PostResolve) (*hayon.Post, error) {
	return nil, errLater
}
func (c *Client) UpdateAccount(context.Context, hayon.AccountID, hayon.AccountUpdate) (*hayon.Account, error) {
	return nil, errLater
}
func (c *Client) Events(context.Context, hayon.EventFilter) iter.Seq2[hayon.Event, error] {
	return func(yield func(hayon.Event, error) bool) { yield(hayon.Event{}, errLater) }
}
func (c *Client) Pause(context.Context, string) (*hayon.Status, error) { return nil, errLater }
func (c *Client) Resume(context.Context) (*hayon.Status, error)        { return nil, errLater }
func (c *Client) CreateWebhook(context.Context, hayon.WebhookCreate) (*hayon.Webhook, hayon.Secret, error) {
	return nil, hayon.Secret{}, errLater
}
func (c *Client) FindWebhooks(context.Context) ([]*hayon.Webhook, error) { return nil, errLater }
func (c *Client) DeleteWebhook(context.Context, hayon.WebhookID) error   { return errLater }
func (c *Client) TestWebhook(context.Context, hayon.WebhookID) error     { return errLater }
