package hayon

import "time"

// Webhook is an address that gets events as signed HTTP requests.
type Webhook struct {
	ID    WebhookID `json:"id"`
	Owner UserID    `json:"owner"`
	URL   string    `json:"url"`
	// Kinds are the events that it gets; none: [NoticeKinds].
	Kinds     []EventKind `json:"kinds,omitempty"`
	CreatedAt time.Time   `json:"created_at"`
	// Cursor is how its deliveries stand. Stores do not keep it here; services answer it.
	Cursor *Cursor `json:"cursor,omitempty"`
}

// WebhookCreate is a new webhook.
type WebhookCreate struct {
	URL   string      `json:"url"`
	Kinds []EventKind `json:"kinds,omitempty"`
}

// SecretRef is the webhook's key in the vault.
func (w *Webhook) SecretRef() string { return "webhook/" + w.ID.String() }

// CursorName is the name of the webhook's [Cursor].
func (w *Webhook) CursorName() string { return "webhook/" + w.ID.String() }
