package api

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// Webhook is a webhook as users and programs see it, without the secret that signs its requests.
type Webhook struct {
	ID  hayon.WebhookID `json:"id"`
	URL string          `json:"url"`
	// Kinds are the events that it gets; left out: those that somebody wants to hear of who looks at
	// nothing.
	Kinds     []hayon.EventKind `json:"kinds,omitempty"`
	CreatedAt time.Time         `json:"created_at,omitzero"`
	// Delivery is how its deliveries stand, where that is known.
	Delivery *Delivery `json:"delivery,omitempty"`
}

// Delivery is how far a webhook has come in the events.
type Delivery struct {
	// Seq is the last event that was dealt with.
	Seq uint64 `json:"seq"`
	// Tries counts the failed deliveries of the event after it, NotBefore is when the next follows,
	// and LastError why the last one failed.
	Tries     int       `json:"tries,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
	LastError string    `json:"last_error,omitempty"`
}

// WebhookOf is w as users see it.
func WebhookOf(w *hayon.Webhook) Webhook {
	out := Webhook{ID: w.ID, URL: w.URL, Kinds: w.Kinds, CreatedAt: utc(w.CreatedAt)}
	if c := w.Cursor; c != nil {
		out.Delivery = &Delivery{Seq: c.Seq, Tries: c.Tries, NotBefore: utc(c.NotBefore), LastError: c.LastError}
	}
	return out
}

// WebhooksOf is [WebhookOf] for a list; it is never nil.
func WebhooksOf(list []*hayon.Webhook) []Webhook {
	out := make([]Webhook, len(list))
	for i, w := range list {
		out[i] = WebhookOf(w)
	}
	return out
}

// Domain is the webhook that a face works with, without its owner and without who delivers now.
func (w *Webhook) Domain() *hayon.Webhook {
	out := &hayon.Webhook{ID: w.ID, URL: w.URL, Kinds: w.Kinds, CreatedAt: utc(w.CreatedAt)}
	if d := w.Delivery; d != nil {
		out.Cursor = &hayon.Cursor{Name: out.CursorName(), Seq: d.Seq, Tries: d.Tries, NotBefore: utc(d.NotBefore), LastError: d.LastError}
	}
	return out
}

// createdWebhook is the answer to the creation of a webhook. It is unexported, so that nothing but
// the two functions below can hold a secret in a form that marshals.
type createdWebhook struct {
	Webhook

	Secret string `json:"secret"`
}

// EncodeCreatedWebhook is the answer to the creation of a webhook, with its secret in the clear. It
// goes over a unix socket or TLS and nowhere else. A secret that is no valid UTF-8 is internal.
func EncodeCreatedWebhook(w *hayon.Webhook, secret hayon.Secret) ([]byte, error) {
	text := secret.Reveal()
	if !utf8.Valid(text) {
		return nil, hayon.Errorf(hayon.CodeInternal, "the secret of webhook %s is no valid UTF-8", w.ID)
	}
	body, err := json.Marshal(createdWebhook{Webhook: WebhookOf(w), Secret: string(text)})
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "encode the webhook: %w", err)
	}
	return body, nil
}

// DecodeCreatedWebhook reads what [EncodeCreatedWebhook] wrote.
func DecodeCreatedWebhook(body []byte) (*hayon.Webhook, hayon.Secret, error) {
	var w createdWebhook
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, hayon.Secret{}, hayon.Errorf(hayon.CodeInternal, "decode the webhook: %w", err)
	}
	return w.Domain(), hayon.NewSecret([]byte(w.Secret)), nil
}
