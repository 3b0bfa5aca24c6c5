package hayontest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func accountCases() []testCase {
	return []testCase{
		{"accounts", accounts},
		{"sign in again", signInAgain},
		{"sign-ins that are refused", refusedSignIns},
		{"platform without sign-in", withoutSignIn},
		{"delete an account", deleteAccount},
		{"verify an account", verifyAccount},
		{"names of accounts in To", addresses},
	}
}

func names(list []*hayon.Account) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Name
	}
	return out
}

func accounts(w *world) {
	b, a := w.signIn("b"), w.signIn("a")
	if b.Name != "demo/b" || b.Platform != "demo" || !b.Default || a.Default || b.Status != hayon.AccountConnected || b.ID.IsZero() {
		w.Errorf("accounts %+v and %+v, want the first one to be the default", b, a)
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
		list, err := w.Service.FindAccounts(w.ctx(), tt.f)
		if diff := cmp.Diff(tt.want, names(list)); err != nil || diff != "" {
			w.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func signInAgain(w *world) {
	first, again := w.signIn("a"), w.signIn("a")
	if first.ID != again.ID || !first.CreatedAt.Equal(again.CreatedAt) || !again.Default {
		w.Errorf("signed in again as %+v, want the same account as %+v", again, first)
	}
}

func refusedSignIns(w *world) {
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
		_, err := w.Service.CreateAccount(w.ctx(), tt.in)
		w.refused(tt.name, err, tt.code)
	}
	if list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{}); err != nil || len(list) > 0 {
		w.Errorf("refused sign-ins left %v (%v)", names(list), err)
	}
}

func withoutSignIn(w *world) {
	p := w.create(later("to a folder"))
	list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{Platform: "site"})
	if err != nil || len(list) != 1 || list[0].Name != "site" || list[0].ID != p.Targets[0].Account {
		w.Errorf("accounts of site: %v, %v; want the one of the post", names(list), err)
	}
	second := w.create(later("to the same folder"))
	if second.Targets[0].Account != p.Targets[0].Account {
		w.Error("a second post made a second account")
	}
}

func deleteAccount(w *world) {
	first, second := w.signIn("a"), w.signIn("b")
	p := w.create(hayon.PostCreate{Text: "wait", To: []string{"demo/a"}, Schedule: later("").Schedule})
	err := w.Service.DeleteAccount(w.ctx(), first.ID)
	if e := w.refusal("delete what is needed", err, hayon.CodeConflict); !strings.Contains(e.Message, p.ID.String()) {
		w.Errorf("message %q does not name the post", e.Message)
	}
	if _, err := w.Service.CancelPost(w.ctx(), p.ID, hayon.PostChangeRequest{}); err != nil {
		w.Fatal(err)
	}
	if err := w.Service.DeleteAccount(w.ctx(), first.ID); err != nil {
		w.Fatalf("delete: %v", err)
	}
	list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{})
	if err != nil || len(list) != 1 || list[0].ID != second.ID || !list[0].Default {
		w.Errorf("left are %v (%v), want demo/b as the default", names(list), err)
	}
	w.wantState(w.find(p.ID), hayon.StateCancelled) // the post outlives its account
	err = w.Service.DeleteAccount(w.ctx(), first.ID)
	w.refused("delete twice", err, hayon.CodeNotFound)
}

func verifyAccount(w *world) {
	a := w.signIn("a")
	got, err := w.Service.VerifyAccount(w.ctx(), a.ID)
	if err != nil || got.ID != a.ID || got.Status != hayon.AccountConnected || got.VerifiedAt.Before(a.VerifiedAt) {
		w.Errorf("VerifyAccount = %+v, %v", got, err)
	}
	_, err = w.Service.VerifyAccount(w.ctx(), hayon.NewAccountID(time.Now()))
	w.refused("verify an unknown account", err, hayon.CodeNotFound)
}

func addresses(w *world) {
	byID := map[hayon.AccountID]string{w.signIn("a").ID: "a", w.signIn("b").ID: "b"}
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
		p, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "to " + tt.name, To: tt.to, Not: tt.not, DryRun: true})
		if err != nil {
			w.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, target := range p.Targets {
			got = append(got, byID[target.Account])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			w.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
