package hayontest

import (
	"bytes"
	"time"

	"github.com/hayon/hayon"
)

func actorCases() []testCase {
	return []testCase{
		{"nobody", nobody},
		{"another user sees nothing", stranger},
	}
}

func nobody(w *world) {
	ctx := w.Context()
	p := w.create(later("mine"))
	account := p.Targets[0].Account
	checks := make(map[string]error)
	_, checks["create"] = w.Service.CreatePost(ctx, later("x"))
	_, checks["find"] = w.Service.FindPostByID(ctx, p.ID)
	_, checks["list"] = w.Service.FindPosts(ctx, hayon.PostFilter{})
	_, checks["look up"] = w.Service.LookupPost(ctx, "last")
	_, checks["cancel"] = w.Service.CancelPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["retry"] = w.Service.RetryPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["resolve"] = w.Service.ResolvePost(ctx, p.ID, hayon.PostResolve{Not: true})
	_, checks["request"] = w.Service.FindRequest(ctx, p.ID)
	_, checks["revise"] = w.Service.RevisePost(ctx, p.ID, hayon.PostRevise{Create: later("x")})
	_, checks["reschedule"] = w.Service.ReschedulePost(ctx, p.ID, to(inHours(2)))
	_, checks["undo"] = w.Service.UndoPost(ctx, hayon.PostUndo{})
	_, checks["revisions"] = w.Service.FindRevisions(ctx, p.ID)
	_, checks["count"] = w.Service.CountPosts(ctx, hayon.PostFilter{})
	_, checks["sign in"] = w.Service.CreateAccount(ctx, hayon.SignIn{Platform: "demo"})
	_, checks["accounts"] = w.Service.FindAccounts(ctx, hayon.AccountFilter{})
	_, checks["verify"] = w.Service.VerifyAccount(ctx, account)
	_, checks["update account"] = w.Service.UpdateAccount(ctx, account, hayon.AccountUpdate{})
	checks["delete account"] = w.Service.DeleteAccount(ctx, account)
	_, checks["upload"] = w.Service.CreateMedia(ctx, bytes.NewReader(PNG(2, 2)), "a.png")
	_, checks["events"] = w.Service.FindEvents(ctx, hayon.EventFilter{})
	_, checks["last event"] = w.Service.LastSeq(ctx)
	for _, checks["live events"] = range w.Service.Events(ctx, hayon.EventFilter{}) {
		break
	}
	_, checks["pause"] = w.Service.Pause(ctx, "")
	_, checks["resume"] = w.Service.Resume(ctx)
	_, _, checks["create webhook"] = w.Service.CreateWebhook(ctx, hayon.WebhookCreate{URL: "https://example.org/"})
	_, checks["webhooks"] = w.Service.FindWebhooks(ctx)
	checks["delete webhook"] = w.Service.DeleteWebhook(ctx, hayon.NewWebhookID(time.Now()))
	checks["test webhook"] = w.Service.TestWebhook(ctx, hayon.NewWebhookID(time.Now()))
	for what, err := range checks {
		if e := w.refusal(what, err, hayon.CodeUnauthenticated); e.Hint == "" {
			w.Errorf("%s: no hint", what)
		}
	}
	w.wantState(w.find(p.ID), hayon.StateScheduled)
}

func stranger(w *world) {
	account := w.signIn("a")
	m := w.upload(2, 2, "a.png")
	p := w.create(later("mine"))
	ctx := w.otherCtx()
	checks := make(map[string]error)
	_, checks["find"] = w.Other.FindPostByID(ctx, p.ID)
	_, checks["look up"] = w.Other.LookupPost(ctx, p.ID.String())
	_, checks["look up short"] = w.Other.LookupPost(ctx, p.ID.Short(6))
	_, checks["last"] = w.Other.LookupPost(ctx, "last")
	_, checks["cancel"] = w.Other.CancelPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["retry"] = w.Other.RetryPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["resolve"] = w.Other.ResolvePost(ctx, p.ID, hayon.PostResolve{Not: true})
	_, checks["verify"] = w.Other.VerifyAccount(ctx, account.ID)
	_, checks["update account"] = w.Other.UpdateAccount(ctx, account.ID, hayon.AccountUpdate{})
	checks["delete account"] = w.Other.DeleteAccount(ctx, account.ID)
	_, checks["medium"] = w.Other.FindMediaByID(ctx, m.ID)
	for what, err := range checks {
		w.refused(what, err, hayon.CodeNotFound)
	}
	if posts, err := w.Other.FindPosts(ctx, hayon.PostFilter{Owner: w.Actor.User}); err != nil || len(posts) > 0 {
		w.Errorf("another user lists %v (%v)", ids(posts), err)
	}
	if list, err := w.Other.FindAccounts(ctx, hayon.AccountFilter{Owner: w.Actor.User}); err != nil || len(list) > 0 {
		w.Errorf("another user has the accounts %v (%v)", names(list), err)
	}
	if events, err := w.Other.FindEvents(ctx, hayon.EventFilter{}); err != nil || len(events) > 0 {
		w.Errorf("another user sees %d events (%v)", len(events), err)
	}
	w.wantState(w.find(p.ID), hayon.StateScheduled)
	if list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{Name: "demo/a"}); err != nil || len(list) != 1 {
		w.Errorf("the account is gone: %v, %v", names(list), err)
	}
}
