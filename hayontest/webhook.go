package hayontest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func webhookCases() []testCase {
	return []testCase{
		{"webhooks", webhooks},
		{"webhooks that are refused", refusedWebhooks},
	}
}

func webhooks(w *world) {
	w.create(later("before"))
	seq, err := w.Service.LastSeq(w.ctx())
	if err != nil {
		w.Fatal(err)
	}
	kinds := []hayon.EventKind{hayon.EventFailed, hayon.EventMissed, hayon.EventFailed}
	hook, secret, err := w.Service.CreateWebhook(w.ctx(), hayon.WebhookCreate{URL: "https://example.org/hayon?a=b", Kinds: kinds})
	if err != nil {
		w.Fatal(err)
	}
	if text := string(secret.Reveal()); !strings.HasPrefix(text, "whsec_") || len(text) != len("whsec_")+44 {
		w.Errorf("the secret has %d characters, want the prefix and 32 bytes in base64", len(text))
	}
	if hook.ID.IsZero() || hook.URL != "https://example.org/hayon?a=b" || !slices.Equal(hook.Kinds, kinds[:2]) || hook.CreatedAt.IsZero() {
		w.Errorf("created %+v, want what was asked for, each kind once", hook)
	}
	local, other, err := w.Service.CreateWebhook(w.ctx(), hayon.WebhookCreate{URL: "http://127.0.0.1:8080/"})
	if err != nil || other.Equal(secret) || local.ID == hook.ID {
		w.Fatalf("a second one: %+v, %v; want another with another secret", local, err)
	}
	list, err := w.Service.FindWebhooks(w.ctx())
	if err != nil || len(list) != 2 {
		w.Fatalf("listed %v, %v; want two", list, err)
	}
	for _, l := range list {
		if l.Cursor == nil || l.Cursor.Seq != seq {
			w.Errorf("%s stands at %+v, want it at event %d: it gets what follows", l.URL, l.Cursor, seq)
		}
		if shown := fmt.Sprintf("%+v", l); strings.Contains(shown, "whsec_") {
			w.Errorf("the list tells a secret: %s", shown)
		}
	}
	strangers(w, hook.ID)
	if err := w.Service.DeleteWebhook(w.ctx(), hook.ID); err != nil {
		w.Fatal(err)
	}
	w.refused("delete twice", w.Service.DeleteWebhook(w.ctx(), hook.ID), hayon.CodeNotFound)
	if list, err := w.Service.FindWebhooks(w.ctx()); err != nil || len(list) != 1 || list[0].ID != local.ID {
		w.Errorf("left are %v, %v; want the other one", list, err)
	}
}

// strangers checks that a webhook is its owner's.
func strangers(w *world, id hayon.WebhookID) {
	w.Helper()
	if list, err := w.Other.FindWebhooks(w.otherCtx()); err != nil || len(list) > 0 {
		w.Errorf("another user sees %v (%v)", list, err)
	}
	w.refused("another user's delete", w.Other.DeleteWebhook(w.otherCtx(), id), hayon.CodeNotFound)
	w.refused("another user's test", w.Other.TestWebhook(w.otherCtx(), id), hayon.CodeNotFound)
}

func refusedWebhooks(w *world) {
	for what, c := range map[string]hayon.WebhookCreate{
		"no address":             {},
		"no URL":                 {URL: "example.org"},
		"http to somebody":       {URL: "http://example.org/"},
		"http to a likely name":  {URL: "http://localhost.example.org/"},
		"another scheme":         {URL: "ftp://example.org/"},
		"no host":                {URL: "https:///hayon"},
		"a password":             {URL: "https://me:secret@example.org/"},
		"a fragment":             {URL: "https://example.org/#x"},
		"too long":               {URL: "https://example.org/" + strings.Repeat("x", 4096)},
		"an unknown kind":        {URL: "https://example.org/", Kinds: []hayon.EventKind{"post.liked"}},
		"a known and an unknown": {URL: "https://example.org/", Kinds: []hayon.EventKind{hayon.EventFailed, "x"}},
	} {
		_, secret, err := w.Service.CreateWebhook(w.ctx(), c)
		e := w.refusal(what, err, hayon.CodeUsage)
		if e.Hint == "" || strings.Contains(e.Message+e.Hint, "secret") || !secret.IsZero() {
			w.Errorf("%s: %q, hint %q; want a hint and no secret", what, e.Message, e.Hint)
		}
	}
	if list, err := w.Service.FindWebhooks(w.ctx()); err != nil || len(list) > 0 {
		w.Errorf("refused webhooks are stored: %v, %v", list, err)
	}
	unknown := hayon.NewWebhookID(time.Now())
	w.refused("delete an unknown one", w.Service.DeleteWebhook(w.ctx(), unknown), hayon.CodeNotFound)
	w.refused("test an unknown one", w.Service.TestWebhook(w.ctx(), unknown), hayon.CodeNotFound)
}
