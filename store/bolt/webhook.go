package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// PutWebhook stores a webhook. How its deliveries stand is in its cursor.
func (t *Tx) PutWebhook(_ context.Context, w *hayon.Webhook) error {
	if w.ID.IsZero() || w.Owner.IsZero() {
		return hayon.Errorf(hayon.CodeInternal, "a webhook needs an id and an owner to be stored")
	}
	old, err := find[hayon.Webhook](t, bucketWebhooks, w.ID[:], "webhook")
	if err != nil {
		return err
	}
	if old != nil && old.Owner != w.Owner {
		return hayon.Errorf(hayon.CodeInternal, "webhook %s cannot change its owner", w.ID)
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
