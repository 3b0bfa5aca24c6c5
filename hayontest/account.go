package hayontest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

var accountCases = []testCase{
	{"accounts", accounts},
	{"sign in again", signInAgain},
	{"sign-ins that are refused", refusedSignIns},
	{"platform without sign-in", withoutSignIn},
	{"delete an account", deleteAccount},
	{"verify an account", verifyAccount},
	{"names of accounts in To", addresses},
}

func names(list []*hayon.Account) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Name
	}
	return out
}

func accounts(t *testing.T, f Fixture) {
	b, a := signIn(t, f, "b"), signIn(t, f, "a")
	if b.Name != "demo/b" || b.Platform != "demo" || !b.Default || a.Default || b.Status != hayon.AccountConnected || b.ID.IsZero() {
		t.Errorf("accounts %+v and %+v, want the first one to be the default", b, a)
	}
	tests := []struct {
		name string
		f    hayon.AccountFilter
		want []string
	}{
		{"all by name", hayon.AccountFilter{}, []string{"demo/a", "demo/b"}},
		{"platform", hayon.AccountFilter{Platform: "demo"}, []string{"demo/a", "demo/b"}},
		{"other platform", hayon.AccountFilter{Platform: "site"}, []string{}},
		{"name", hayon.AccountFilter{Name: "demo/b"}, []string{"demo/b"}},
		{"owner is ignored", hayon.AccountFilter{Owner: hayon.UserID{11: 9}, Name: "demo/b"}, []string{"demo/b"}},
	}
	for _, tt := range tests {
		list, err := f.Service.FindAccounts(as(t, f.Actor), tt.f)
		if diff := cmp.Diff(tt.want, names(list)); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func signInAgain(t *testing.T, f Fixture) {
	first, again := signIn(t, f, "a"), signIn(t, f, "a")
	if first.ID != again.ID || !first.CreatedAt.Equal(again.CreatedAt) || !again.Default {
		t.Errorf("signed in again as %+v, want the same account as %+v", again, first)
	}
}

func refusedSignIns(t *testing.T, f Fixture) {
	tests := []struct {
		name string
		in   hayon.SignIn
		code hayon.Code
	}{
		{"unknown platform", hayon.SignIn{Platform: "demmo"}, hayon.CodeUsage},
		{"wrong alias", hayon.SignIn{Platform: "demo", Alias: "a/b"}, hayon.CodeUsage},
		{"unknown field", hayon.SignIn{Platform: "demo", Fields: map[string]string{"colour": "red"}}, hayon.CodeUsage},
	}
	for _, tt := range tests {
		_, err := f.Service.CreateAccount(as(t, f.Actor), tt.in)
		wantCode(t, tt.name, err, tt.code)
	}
	if list, err := f.Service.FindAccounts(as(t, f.Actor), hayon.AccountFilter{}); err != nil || len(list) > 0 {
		t.Errorf("refused sign-ins left %v (%v)", names(list), err)
	}
}

func withoutSignIn(t *testing.T, f Fixture) {
	p := create(t, f, later("to a folder"))
	list, err := f.Service.FindAccounts(as(t, f.Actor), hayon.AccountFilter{Platform: "site"})
	if err != nil || len(list) != 1 || list[0].Name != "site" || list[0].ID != p.Targets[0].Account {
		t.Errorf("accounts of site: %v, %v; want the one of the post", names(list), err)
	}
	second := create(t, f, later("to the same folder"))
	if second.Targets[0].Account != p.Targets[0].Account {
		t.Error("a second post made a second account")
	}
}

func deleteAccount(t *testing.T, f Fixture) {
	first, second := signIn(t, f, "a"), signIn(t, f, "b")
	p := create(t, f, hayon.PostCreate{Text: "wait", To: []string{"demo/a"}, Schedule: later("").Schedule})
	err := f.Service.DeleteAccount(as(t, f.Actor), first.ID)
	if e := wantCode(t, "delete what is needed", err, hayon.CodeConflict); !strings.Contains(e.Message, p.ID.String()) {
		t.Errorf("message %q does not name the post", e.Message)
	}
	if _, err := f.Service.CancelPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Service.DeleteAccount(as(t, f.Actor), first.ID); err != nil {
		t.Fatalf("delete: %v", err)
	}
	list, err := f.Service.FindAccounts(as(t, f.Actor), hayon.AccountFilter{})
	if err != nil || len(list) != 1 || list[0].ID != second.ID || !list[0].Default {
		t.Errorf("left are %v (%v), want demo/b as the default", names(list), err)
	}
	wantState(t, find(t, f, p.ID), hayon.StateCancelled) // the post outlives its account
	err = f.Service.DeleteAccount(as(t, f.Actor), first.ID)
	wantCode(t, "delete twice", err, hayon.CodeNotFound)
}

func verifyAccount(t *testing.T, f Fixture) {
	a := signIn(t, f, "a")
	got, err := f.Service.VerifyAccount(as(t, f.Actor), a.ID)
	if err != nil || got.ID != a.ID || got.Status != hayon.AccountConnected || got.VerifiedAt.Before(a.VerifiedAt) {
		t.Errorf("VerifyAccount = %+v, %v", got, err)
	}
	_, err = f.Service.VerifyAccount(as(t, f.Actor), hayon.NewAccountID(time.Now()))
	wantCode(t, "verify an unknown account", err, hayon.CodeNotFound)
}

func addresses(t *testing.T, f Fixture) {
	byID := map[hayon.AccountID]string{signIn(t, f, "a").ID: "a", signIn(t, f, "b").ID: "b"}
	tests := []struct {
		name    string
		to, not []string
		want    []string
	}{
		{"default of a platform", []string{"demo"}, nil, []string{"a"}},
		{"one account", []string{"demo/b"}, nil, []string{"b"}},
		{"all of a platform", []string{"demo/*"}, nil, []string{"a", "b"}},
		{"each once", []string{"demo/b", "demo/*"}, nil, []string{"b", "a"}},
		{"without one", []string{"demo/*"}, []string{"demo/a"}, []string{"b"}},
	}
	for _, tt := range tests {
		p, err := f.Service.CreatePost(as(t, f.Actor), hayon.PostCreate{Text: "to " + tt.name, To: tt.to, Not: tt.not, DryRun: true})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, target := range p.Targets {
			got = append(got, byID[target.Account])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
