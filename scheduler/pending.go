package scheduler

import (
	"context"

	"github.com/hayon/hayon"
)

var errLater = hayon.Errorf(hayon.CodeInternal, "not there yet")

func (s *Scheduler) Pause(context.Context, string) (*hayon.Status, error) { return nil, errLater }
func (s *Scheduler) Resume(context.Context) (*hayon.Status, error)        { return nil, errLater }
func (s *Scheduler) CreateWebhook(context.Context, hayon.WebhookCreate) (*hayon.Webhook, hayon.Secret, error) {
	return nil, hayon.Secret{}, errLater
}
func (s *Scheduler) FindWebhooks(context.Context) ([]*hayon.Webhook, error) { return nil, errLater }
func (s *Scheduler) DeleteWebhook(context.Context, hayon.WebhookID) error   { return errLater }
func (s *Scheduler) TestWebhook(context.Context, hayon.WebhookID) error     { return errLater }
