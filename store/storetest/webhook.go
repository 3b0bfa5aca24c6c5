package storetest

import (
	"context"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func webhookCases() []testCase {
	return []testCase{
		{"a webhook is stored without its cursor, replaced and deleted", webhookLife},
		{"webhooks are found by owner, in the order of their ids", findWebhooks},
		{"a webhook needs an id and an owner, and keeps that", webhookIdentity},
	}
}

func webhook(id byte, owner hayon.UserID) *hayon.Webhook {
	return &hayon.Webhook{
		ID: hayon.WebhookID{11: id}, Owner: owner, URL: "https://hooks.example.org/1", CreatedAt: start,
		Kinds: []hayon.EventKind{hayon.EventPublished, hayon.EventFailed},
	}
}

func putWebhook(h *hayon.Webhook) func(context.Context, hayon.Tx) error {
	return func(ctx context.Context, tx hayon.Tx) error { return tx.PutWebhook(ctx, h) }
}

func wantWebhooks(w *world, owner hayon.UserID, want ...*hayon.Webhook) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindWebhooks(ctx, owner)
		if diff := cmp.Diff(want, got); diff != "" {
			w.Errorf("webhooks (-want +got):\n%s", diff)
		}
		return err
	})
}

func webhookLife(w *world) {
	h := webhook(1, w.user)
	h.Cursor = &hayon.Cursor{Name: h.CursorName(), Seq: 7}
	w.update(putWebhook(h))
	if h.Cursor == nil {
		w.Error("storing a webhook changed it")
	}
	w.s = w.h.Reopen(w.T, w.s)
	wantWebhooks(w, w.user, webhook(1, w.user))
	h = webhook(1, w.user)
	h.URL, h.Kinds = "https://hooks.example.org/2", nil
	w.update(putWebhook(h))
	wantWebhooks(w, w.user, h)
	remove := func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteWebhook(ctx, h.ID) }
	w.update(remove)
	wantWebhooks(w, w.user)
	w.refused(hayon.CodeNotFound, remove)
}

func findWebhooks(w *world) {
	other := hayon.UserID{11: 9}
	first, second, third := webhook(1, w.user), webhook(2, other), webhook(3, w.user)
	for _, h := range []*hayon.Webhook{third, first, second} {
		w.update(putWebhook(h))
	}
	wantWebhooks(w, w.user, first, third)
	wantWebhooks(w, other, second)
	wantWebhooks(w, hayon.UserID{}, first, second, third)
	wantWebhooks(w, hayon.UserID{11: 8})
}

func webhookIdentity(w *world) {
	w.update(putWebhook(webhook(1, w.user)))
	for name, h := range map[string]*hayon.Webhook{
		"no id": webhook(0, w.user), "no owner": webhook(2, hayon.UserID{}), "another owner": webhook(1, hayon.UserID{11: 9}),
	} {
		if err := w.s.Update(w.Context(), putWebhook(h)); hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("%s: PutWebhook answers %v, want internal", name, err)
		}
	}
	wantWebhooks(w, hayon.UserID{}, webhook(1, w.user))
}
