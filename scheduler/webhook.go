package scheduler

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

const (
	// secretPrefix tells what a secret is for whoever finds it.
	secretPrefix = "whsec_"
	secretBytes  = 32
	// maxWebhookURL bounds the address of a webhook, in bytes.
	maxWebhookURL = 2048
)

// CreateWebhook stores a webhook whose first event is the next one. Its secret is in the vault before
// the webhook is in the store.
func (s *Scheduler) CreateWebhook(ctx context.Context, c hayon.WebhookCreate) (*hayon.Webhook, hayon.Secret, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err == nil {
		err = errors.Join(checkWebhookURL(c.URL), checkKinds(c.Kinds))
	}
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	now := s.now()
	w := &hayon.Webhook{ID: hayon.NewWebhookID(now), Owner: actor.User, URL: c.URL, CreatedAt: now}
	for _, k := range c.Kinds {
		if !slices.Contains(w.Kinds, k) {
			w.Kinds = append(w.Kinds, k)
		}
	}
	secret := newWebhookSecret()
	if err := s.keep(ctx, w.SecretRef(), secret); err != nil {
		return nil, hayon.Secret{}, err
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		last, err := tx.LastJournalSeq(ctx)
		if err != nil {
			return err
		}
		w.Cursor = &hayon.Cursor{Name: w.CursorName(), Seq: last}
		if err := tx.PutCursor(ctx, w.Cursor); err != nil {
			return err
		}
		return tx.PutWebhook(ctx, w)
	})
	if err != nil {
		return nil, hayon.Secret{}, errors.Join(err, s.keep(context.WithoutCancel(ctx), w.SecretRef(), hayon.Secret{}))
	}
	return w, secret, nil
}

// keep puts a secret into the vault; the zero one removes what is there.
func (s *Scheduler) keep(ctx context.Context, ref string, secret hayon.Secret) error {
	return s.deps.Vault.Update(ctx, ref, func(hayon.Secret) (hayon.Secret, error) { return secret, nil })
}

func newWebhookSecret() hayon.Secret {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return hayon.NewSecret([]byte(secretPrefix + base64.StdEncoding.EncodeToString(b)))
}

// checkWebhookURL takes https, and http to this machine alone: events tell what somebody writes.
func checkWebhookURL(raw string) error {
	refuse := func(why, hint string) error {
		return hayon.Errorf(hayon.CodeUsage, "the address of a webhook %s; nothing was stored", why).WithHint(hint)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return refuse("is a whole https URL", "as in https://example.org/hayon")
	case len(raw) > maxWebhookURL:
		return refuse("is too long", "use a shorter one")
	case u.User != nil:
		return refuse("holds no user name or password", "requests are signed; check the signature there")
	case u.Fragment != "":
		return refuse("holds no #fragment", "leave it out: no server gets to see it")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return refuse("is https, unless it is this machine", "use https://"+strings.TrimPrefix(raw, "http://"))
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// FindWebhooks answers the actor's webhooks with their cursors.
func (s *Scheduler) FindWebhooks(ctx context.Context) ([]*hayon.Webhook, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var list []*hayon.Webhook
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if list, err = tx.FindWebhooks(ctx, actor.User); err != nil {
			return err
		}
		for _, w := range list {
			w.Cursor, err = tx.FindCursor(ctx, w.CursorName())
			if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// ownWebhook is a webhook that the actor owns; somebody else's is not found.
func ownWebhook(ctx context.Context, tx hayon.Tx, actor hayon.Actor, id hayon.WebhookID) (*hayon.Webhook, error) {
	list, err := tx.FindWebhooks(ctx, actor.User)
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		if w.ID == id {
			return w, nil
		}
	}
	return nil, hayon.Errorf(hayon.CodeNotFound, "there is no webhook %s", id).
		WithHint("see what there is: hayon webhook list")
}

// DeleteWebhook removes a webhook, how far it has come, and then its secret.
func (s *Scheduler) DeleteWebhook(ctx context.Context, id hayon.WebhookID) error {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return err
	}
	var ref string
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		w, err := ownWebhook(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		ref = w.SecretRef()
		if err := tx.DeleteCursor(ctx, w.CursorName()); err != nil {
			return err
		}
		return tx.DeleteWebhook(ctx, id)
	})
	if err != nil {
		return err
	}
	return s.keep(ctx, ref, hayon.Secret{})
}

// TestWebhook sends an event that is in no journal: its sequence number is 0.
func (s *Scheduler) TestWebhook(ctx context.Context, id hayon.WebhookID) error {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return err
	}
	var w *hayon.Webhook
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		w, err = ownWebhook(ctx, tx, actor, id)
		return err
	})
	if err != nil {
		return err
	}
	if s.deps.Ring == nil {
		return hayon.Errorf(hayon.CodeInternal, "a webhook cannot be sent from here")
	}
	secret, err := s.deps.Vault.Get(ctx, w.SecretRef())
	if err != nil {
		return err
	}
	return s.deps.Ring(ctx, w, secret, exampleEvent(w, s.now()))
}

// exampleEvent is an event of a kind that the webhook gets, about a post that is nobody's.
func exampleEvent(w *hayon.Webhook, now time.Time) hayon.Event {
	e := hayon.Event{
		At: now, Kind: hayon.EventPublished, Post: hayon.NewPostID(now), Target: hayon.NewTargetID(now),
		Account: hayon.NewAccountID(now), Platform: "example", From: hayon.StatePublishing, To: hayon.StatePublished,
		Step: hayon.RowOutcome, Attempt: 1, Reason: "a test of this webhook", URL: "https://example.org/a-test-of-this-webhook",
	}
	if len(w.Kinds) > 0 && !slices.Contains(w.Kinds, e.Kind) {
		e = hayon.Event{At: now, Kind: w.Kinds[0], Reason: e.Reason}
	}
	return e
}
