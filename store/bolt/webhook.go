package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// PutWebhook stores a webhook.
func (t *Tx) PutWebhook(_ context.Context, w *hayon.Webhook) error {
	if w.ID.IsZero() || w.Owner.IsZero() {
		return hayon.Errorf(hayon.CodeInternal, "a webhook needs an id and an owner to be stored")
	}
	kept := *w
	kept.Cursor = nil
	b, err := encode("webhook", &kept)
	if err != nil {
		return err
	}
	return t.put(bucketWebhooks, w.ID[:], b)
}

// FindWebhooks answers an owner's webhooks.
func (t *Tx) FindWebhooks(_ context.Context, owner hayon.UserID) ([]*hayon.Webhook, error) {
	var out []*hayon.Webhook
	for _, v := range t.from(bucketWebhooks, nil, nil) {
		w, err := decode[hayon.Webhook]("webhook", v)
		if err != nil {
			return nil, err
		}
		if owner.IsZero() || w.Owner == owner {
			out = append(out, w)
		}
	}
	return out, nil
}

// DeleteWebhook removes a webhook.
func (t *Tx) DeleteWebhook(_ context.Context, id hayon.WebhookID) error {
	if t.get(bucketWebhooks, id[:]) == nil {
		return notFound("webhook", id.String())
	}
	return t.del(bucketWebhooks, id[:])
}
