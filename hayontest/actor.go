package hayontest

import (
	"bytes"
	"testing"

	"github.com/hayon/hayon"
)

var actorCases = []testCase{
	{"nobody", nobody},
	{"another user sees nothing", stranger},
}

func nobody(t *testing.T, f Fixture) {
	ctx := t.Context()
	p := create(t, f, later("mine"))
	account := p.Targets[0].Account
	checks := make(map[string]error)
	_, checks["create"] = f.Service.CreatePost(ctx, later("x"))
	_, checks["find"] = f.Service.FindPostByID(ctx, p.ID)
	_, checks["list"] = f.Service.FindPosts(ctx, hayon.PostFilter{})
	_, checks["look up"] = f.Service.LookupPost(ctx, "last")
	_, checks["cancel"] = f.Service.CancelPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["retry"] = f.Service.RetryPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["sign in"] = f.Service.CreateAccount(ctx, hayon.SignIn{Platform: "demo"})
	_, checks["accounts"] = f.Service.FindAccounts(ctx, hayon.AccountFilter{})
	_, checks["verify"] = f.Service.VerifyAccount(ctx, account)
	checks["delete account"] = f.Service.DeleteAccount(ctx, account)
	_, checks["upload"] = f.Service.CreateMedia(ctx, bytes.NewReader(PNG(t, 2, 2)), "a.png")
	_, checks["events"] = f.Service.FindEvents(ctx, hayon.EventFilter{})
	_, checks["last event"] = f.Service.LastSeq(ctx)
	for what, err := range checks {
		if e := wantCode(t, what, err, hayon.CodeUnauthenticated); e.Hint == "" {
			t.Errorf("%s: no hint", what)
		}
	}
	wantState(t, find(t, f, p.ID), hayon.StateScheduled)
}

func stranger(t *testing.T, f Fixture) {
	account := signIn(t, f, "a")
	m, err := f.Service.CreateMedia(as(t, f.Actor), bytes.NewReader(PNG(t, 2, 2)), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	p := create(t, f, later("mine"))
	ctx := as(t, f.OtherActor)
	checks := make(map[string]error)
	_, checks["find"] = f.Other.FindPostByID(ctx, p.ID)
	_, checks["look up"] = f.Other.LookupPost(ctx, p.ID.String())
	_, checks["look up short"] = f.Other.LookupPost(ctx, p.ID.Short(6))
	_, checks["last"] = f.Other.LookupPost(ctx, "last")
	_, checks["cancel"] = f.Other.CancelPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["retry"] = f.Other.RetryPost(ctx, p.ID, hayon.PostChangeRequest{})
	_, checks["verify"] = f.Other.VerifyAccount(ctx, account.ID)
	checks["delete account"] = f.Other.DeleteAccount(ctx, account.ID)
	_, checks["medium"] = f.Other.FindMediaByID(ctx, m.ID)
	for what, err := range checks {
		wantCode(t, what, err, hayon.CodeNotFound)
	}
	if posts, err := f.Other.FindPosts(ctx, hayon.PostFilter{Owner: f.Actor.User}); err != nil || len(posts) > 0 {
		t.Errorf("another user lists %v (%v)", ids(posts), err)
	}
	if list, err := f.Other.FindAccounts(ctx, hayon.AccountFilter{Owner: f.Actor.User}); err != nil || len(list) > 0 {
		t.Errorf("another user has the accounts %v (%v)", names(list), err)
	}
	if events, err := f.Other.FindEvents(ctx, hayon.EventFilter{}); err != nil || len(events) > 0 {
		t.Errorf("another user sees %d events (%v)", len(events), err)
	}
	wantState(t, find(t, f, p.ID), hayon.StateScheduled)
	if list, err := f.Service.FindAccounts(as(t, f.Actor), hayon.AccountFilter{Name: "demo/a"}); err != nil || len(list) != 1 {
		t.Errorf("the account is gone: %v, %v", names(list), err)
	}
}
