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
		{"rename an account", renameAccount},
		{"another default", anotherDefault},
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

// told counts the events about an account whose reasons have this in them.
func (w *world) told(id hayon.AccountID, what string) int {
	w.Helper()
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventAccount}})
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, e := range events {
		if e.Account == id && strings.Contains(e.Reason, what) {
			n++
		}
	}
	return n
}

func renameAccount(w *world) {
	a, b := w.signIn("a"), w.signIn("b")
	rename := func(id hayon.AccountID, alias string) (*hayon.Account, error) {
		return w.Service.UpdateAccount(w.ctx(), id, hayon.AccountUpdate{Alias: &alias})
	}
	if got, err := rename(a.ID, "home.page"); err != nil || got.ID != a.ID || got.Name != "demo/home.page" || !got.Default {
		w.Errorf("renamed to %+v, %v", got, err)
	}
	if got, err := rename(a.ID, "home.page"); err != nil || got.Name != "demo/home.page" || w.told(a.ID, "demo/home.page") != 1 {
		w.Errorf("the name that it has: %+v, %v, told %d times; want the first time alone", got, err, w.told(a.ID, "demo/home.page"))
	}
	_, err := rename(b.ID, "home.page")
	if e := w.refusal("a name that is taken", err, hayon.CodeConflict); e.Hint == "" {
		w.Error("a name that is taken: no hint")
	}
	for _, alias := range []string{"a/b", "Home", "*", " ", "-a"} {
		_, err := rename(a.ID, alias)
		w.refused("the alias "+alias, err, hayon.CodeUsage)
	}
	if got, err := rename(b.ID, ""); err != nil || got.Name != "demo" {
		w.Errorf("without an alias: %+v, %v", got, err)
	}
	if got, err := rename(a.ID, "b"); err != nil || got.Name != "demo/b" {
		w.Errorf("a name that was given up: %+v, %v", got, err)
	}
	list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{})
	if diff := cmp.Diff([]string{"demo", "demo/b"}, names(list)); err != nil || diff != "" {
		w.Errorf("stored: %v (-want +got):\n%s", err, diff)
	}
	_, err = rename(hayon.NewAccountID(time.Now()), "x")
	w.refused("an unknown account", err, hayon.CodeNotFound)
}

// wantDefault checks that exactly one account of demo is the default.
func (w *world) wantDefault(what string, id hayon.AccountID) {
	w.Helper()
	list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{Platform: "demo"})
	if err != nil {
		w.Fatal(err)
	}
	var marked []hayon.AccountID
	for _, a := range list {
		if a.Default {
			marked = append(marked, a.ID)
		}
	}
	if len(marked) != 1 || marked[0] != id {
		w.Errorf("%s: the default of demo is %v, want %s", what, marked, id)
	}
}

func anotherDefault(w *world) {
	a, b, c := w.signIn("a"), w.signIn("b"), w.signIn("c")
	w.wantDefault("at first", a.ID)
	other := w.create(later("an account of another platform"))
	for range 2 { // the second time changes nothing
		got, err := w.Service.UpdateAccount(w.ctx(), b.ID, hayon.AccountUpdate{Default: true})
		if err != nil || !got.Default {
			w.Errorf("made the default: %+v, %v", got, err)
		}
		w.wantDefault("after the change", b.ID)
	}
	if n, m := w.told(b.ID, "demo means now"), w.told(a.ID, "not what demo means"); n != 1 || m != 1 {
		w.Errorf("told %d times of the new default and %d times of the old one, want once each", n, m)
	}
	if p, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "x", To: []string{"demo"}, DryRun: true}); err != nil || p.Targets[0].Account != b.ID {
		w.Errorf("demo is %+v (%v), want %s", p, err, b.ID)
	}
	alias := "z"
	if _, err := w.Service.UpdateAccount(w.ctx(), c.ID, hayon.AccountUpdate{Default: true, Alias: &alias}); err != nil {
		w.Fatal(err)
	}
	w.wantDefault("with a new name", c.ID)
	if err := w.Service.DeleteAccount(w.ctx(), c.ID); err != nil {
		w.Fatal(err)
	}
	w.wantDefault("after its removal", a.ID)
	if err := w.Service.DeleteAccount(w.ctx(), b.ID); err != nil {
		w.Fatal(err)
	}
	w.wantDefault("after the removal of another one", a.ID)
	list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{Platform: "site"})
	if err != nil || len(list) != 1 || !list[0].Default || list[0].ID != other.Targets[0].Account {
		w.Errorf("accounts of site: %+v (%v), want its default untouched", list, err)
	}
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
