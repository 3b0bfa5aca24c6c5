package scheduler_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
)

// ringing is a scheduler on d's store whose webhooks are sent by ring.
func ringing(t *testing.T, d *daemon, store hayon.Store, v hayon.Vault,
	ring func(context.Context, *hayon.Webhook, hayon.Secret, hayon.Event) error,
) *scheduler.Scheduler {
	t.Helper()
	s, err := scheduler.New(scheduler.Deps{
		Store: store, Blobs: noBlobs{t}, Vault: v, Providers: providers.Of(d.platform), Sessions: vault.Sessions(v),
		Owner: hayon.Owner{PID: 1}, Alive: func(hayon.Owner) bool { return true }, Ring: ring,
	}, scheduler.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTestWebhookRings(t *testing.T) {
	t.Parallel()
	d, v := newDaemon(t, nil), memory.New(nil)
	broken := hayon.Errorf(hayon.CodeUnavailable, "the address answered 500")
	var sent hayon.Event
	var signed hayon.Secret
	s := ringing(t, d, d.db, v, func(_ context.Context, _ *hayon.Webhook, secret hayon.Secret, e hayon.Event) error {
		sent, signed = e, secret
		return broken
	})
	for _, tc := range []struct {
		kinds []hayon.EventKind
		want  hayon.EventKind
	}{
		{nil, hayon.EventPublished},
		{[]hayon.EventKind{hayon.EventMissed, hayon.EventPublished}, hayon.EventPublished},
		{[]hayon.EventKind{hayon.EventMissed}, hayon.EventMissed},
	} {
		w, secret, err := s.CreateWebhook(d.ctx, hayon.WebhookCreate{URL: "https://example.org/", Kinds: tc.kinds})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.TestWebhook(d.ctx, w.ID); !errors.Is(err, broken) {
			t.Errorf("%v: got %v, want what went wrong", tc.kinds, err)
		}
		if sent.Kind != tc.want || sent.At.IsZero() || sent.Seq != 0 || !signed.Equal(secret) {
			t.Errorf("%v: sent %+v, want a %s of no journal, signed with the secret", tc.kinds, sent, tc.want)
		}
	}
	w, _, err := d.scheduler.CreateWebhook(d.ctx, hayon.WebhookCreate{URL: "https://example.org/"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.scheduler.TestWebhook(d.ctx, w.ID); hayon.CodeOf(err) != hayon.CodeInternal {
		t.Errorf("where nobody can send: %v", err)
	}
}

// A webhook that is gone leaves no secret and no cursor.
func TestDeletedWebhookLeavesNothing(t *testing.T) {
	t.Parallel()
	d, v := newDaemon(t, nil), memory.New(nil)
	s := ringing(t, d, d.db, v, nil)
	w, _, err := s.CreateWebhook(d.ctx, hayon.WebhookCreate{URL: "https://example.org/"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Get(d.ctx, w.SecretRef()); err != nil {
		t.Errorf("the secret of a webhook: %v", err)
	}
	if err := s.DeleteWebhook(d.ctx, w.ID); err != nil {
		t.Fatal(err)
	}
	wantNoSecrets(t, v)
	err = d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindCursor(ctx, w.CursorName())
		return err
	})
	if hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("the cursor: got %v, want none", err)
	}
}

func wantNoSecrets(t *testing.T, v hayon.Vault) {
	t.Helper()
	refs, err := v.Refs(t.Context())
	for _, ref := range refs {
		if strings.HasPrefix(ref, "webhook/") {
			t.Errorf("%s is left in the vault", ref)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// full is a store that takes nothing.
type full struct{ hayon.Store }

func (full) Update(context.Context, func(context.Context, hayon.Tx) error) error {
	return hayon.Errorf(hayon.CodeLocal, "the disk is full")
}

func TestWebhookThatCannotBeStoredLeavesNoSecret(t *testing.T) {
	t.Parallel()
	d, v := newDaemon(t, nil), memory.New(nil)
	ctx := hayon.WithActor(t.Context(), hayontest.Local())
	_, secret, err := ringing(t, d, full{d.db}, v, nil).CreateWebhook(ctx, hayon.WebhookCreate{URL: "https://example.org/"})
	if hayon.CodeOf(err) != hayon.CodeLocal || !secret.IsZero() {
		t.Errorf("got %v, want that the disk is full, and no secret", err)
	}
	wantNoSecrets(t, v)
}
