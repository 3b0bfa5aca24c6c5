package hayontest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func groupCases() []testCase {
	return []testCase{
		{"groups", groups},
		{"who is in a group", groupMembers},
		{"groups that are refused", refusedGroups},
		{"groups in To and Not", groupAddresses},
		{"a group and its accounts", groupAndAccounts},
		{"groups of others", othersGroups},
	}
}

// group stores a group or ends the test.
func (w *world) group(name string, accounts ...string) *hayon.Group {
	w.Helper()
	g, err := w.Service.CreateGroup(w.ctx(), name, accounts)
	if err != nil {
		w.Fatalf("CreateGroup(%s, %q): %v", name, accounts, err)
	}
	return g
}

// wantMembers checks who is stored as being in a group.
func (w *world) wantMembers(what, name string, want ...hayon.AccountID) {
	w.Helper()
	list, err := w.Service.FindGroups(w.ctx())
	if err != nil {
		w.Fatalf("FindGroups: %v", err)
	}
	for _, g := range list {
		if g.Name == name {
			if diff := cmp.Diff(append([]hayon.AccountID{}, want...), append([]hayon.AccountID{}, g.Accounts...)); diff != "" {
				w.Errorf("%s: members of %s (-want +got):\n%s", what, name, diff)
			}
			return
		}
	}
	w.Errorf("%s: there is no group %s", what, name)
}

func groupNames(list []*hayon.Group) []string {
	out := make([]string, len(list))
	for i, g := range list {
		out[i] = g.Name
	}
	return out
}

func groups(w *world) {
	if list, err := w.Service.FindGroups(w.ctx()); err != nil || len(list) > 0 {
		w.Errorf("a new user has the groups %v (%v)", groupNames(list), err)
	}
	a := w.signIn("a")
	g := w.group("work", "demo/a")
	if g.Name != "work" || len(g.Accounts) != 1 || g.Accounts[0] != a.ID || time.Since(g.CreatedAt).Abs() > time.Hour {
		w.Errorf("group %+v, want work with %s, made now", g, a.ID)
	}
	if g := w.group("@launch"); g.Name != "launch" || len(g.Accounts) > 0 {
		w.Errorf("group %+v, want launch without the mark and without accounts", g)
	}
	list, err := w.Service.FindGroups(w.ctx())
	if diff := cmp.Diff([]string{"launch", "work"}, groupNames(list)); err != nil || diff != "" {
		w.Errorf("FindGroups: %v (-want +got):\n%s", err, diff)
	}
	if err := w.Service.DeleteGroup(w.ctx(), "@launch"); err != nil {
		w.Errorf("DeleteGroup: %v", err)
	}
	err = w.Service.DeleteGroup(w.ctx(), "launch")
	w.refused("delete twice", err, hayon.CodeNotFound)
	if list, err := w.Service.FindGroups(w.ctx()); err != nil || len(list) != 1 || list[0].Name != "work" {
		w.Errorf("left are %v (%v), want work", groupNames(list), err)
	}
	if list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{}); err != nil || len(list) != 1 {
		w.Errorf("a group took its accounts along: %v (%v)", names(list), err)
	}
}

func groupMembers(w *world) {
	a, b := w.signIn("a").ID, w.signIn("b").ID
	w.group("launch", "demo/b", "demo/*", "demo")
	w.wantMembers("each once, in the order of their naming", "launch", b, a)
	steps := []struct {
		name string
		u    hayon.GroupUpdate
		want []hayon.AccountID
	}{
		{"what is in already", hayon.GroupUpdate{Add: []string{"demo/a"}}, []hayon.AccountID{b, a}},
		{"one out", hayon.GroupUpdate{Remove: []string{"demo/b"}}, []hayon.AccountID{a}},
		{"what is out already", hayon.GroupUpdate{Remove: []string{"demo/b"}}, []hayon.AccountID{a}},
		{"back, at the end", hayon.GroupUpdate{Add: []string{"demo/b"}}, []hayon.AccountID{a, b}},
		{"in and out again", hayon.GroupUpdate{Add: []string{"demo/*"}, Remove: []string{"demo"}}, []hayon.AccountID{b}},
		{"nothing", hayon.GroupUpdate{}, []hayon.AccountID{b}},
		{"all out", hayon.GroupUpdate{Remove: []string{"demo/*"}}, nil},
	}
	for _, s := range steps {
		g, err := w.Service.UpdateGroup(w.ctx(), "launch", s.u)
		if err != nil || len(g.Accounts) != len(s.want) {
			w.Errorf("%s: answered %+v, %v", s.name, g, err)
		}
		w.wantMembers(s.name, "launch", s.want...)
	}
	if _, err := w.Service.UpdateGroup(w.ctx(), "launch", hayon.GroupUpdate{Add: []string{"site"}}); err != nil {
		w.Fatal(err)
	}
	list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{Platform: "site"})
	if err != nil || len(list) != 1 {
		w.Fatalf("accounts of site: %v (%v), want the one of the group", names(list), err)
	}
	w.wantMembers("what needs no sign-in", "launch", list[0].ID)
	if p := w.create(later("to the group's")); p.Targets[0].Account != list[0].ID {
		w.Error("a post made a second account of site")
	}
}

func refusedGroups(w *world) {
	w.signIn("a")
	w.group("launch", "demo/a")
	for _, name := range []string{"", "@", "a b", "Launch", "-x", "a/b", "@@x", strings.Repeat("x", 33)} {
		_, err := w.Service.CreateGroup(w.ctx(), name, nil)
		w.refused("the name "+name, err, hayon.CodeUsage)
	}
	_, err := w.Service.CreateGroup(w.ctx(), "launch", nil)
	if e := w.refusal("a name that is taken", err, hayon.CodeConflict); e.Hint == "" {
		w.Error("a name that is taken: no hint")
	}
	for what, accounts := range map[string][]string{
		"a group in a group": {"@launch"}, "an unknown account": {"demo/b"}, "an unknown platform": {"demmo"},
	} {
		_, err := w.Service.CreateGroup(w.ctx(), "other", accounts)
		w.refused(what, err, hayon.CodeUsage)
		_, err = w.Service.UpdateGroup(w.ctx(), "launch", hayon.GroupUpdate{Add: accounts})
		w.refused(what+", added", err, hayon.CodeUsage)
		_, err = w.Service.UpdateGroup(w.ctx(), "launch", hayon.GroupUpdate{Remove: accounts})
		w.refused(what+", removed", err, hayon.CodeUsage)
	}
	_, err = w.Service.UpdateGroup(w.ctx(), "lunch", hayon.GroupUpdate{})
	if e := w.refusal("an unknown group", err, hayon.CodeNotFound); !strings.Contains(e.Hint, "@launch") {
		w.Errorf("hint %q, want the nearest group", e.Hint)
	}
	if list, err := w.Service.FindGroups(w.ctx()); err != nil || len(list) != 1 || len(list[0].Accounts) != 1 {
		w.Errorf("refused changes left %v (%v)", groupNames(list), err)
	}
	ctx, checks := w.Context(), make(map[string]error)
	_, checks["create"] = w.Service.CreateGroup(ctx, "other", nil)
	_, checks["list"] = w.Service.FindGroups(ctx)
	_, checks["update"] = w.Service.UpdateGroup(ctx, "launch", hayon.GroupUpdate{})
	checks["delete"] = w.Service.DeleteGroup(ctx, "launch")
	for what, err := range checks {
		w.refused(what+" as nobody", err, hayon.CodeUnauthenticated)
	}
}

// addressed are the accounts that a post would go to.
func (w *world) addressed(to, not []string) ([]hayon.AccountID, error) {
	p, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "to whom", To: to, Not: not, DryRun: true})
	if err != nil {
		return nil, err
	}
	out := make([]hayon.AccountID, len(p.Targets))
	for i, t := range p.Targets {
		out[i] = t.Account
	}
	return out, nil
}

func groupAddresses(w *world) {
	a, b, c := w.signIn("a").ID, w.signIn("b").ID, w.signIn("c").ID
	w.group("launch", "demo/c", "demo/a")
	w.group("empty")
	tests := []struct {
		name    string
		to, not []string
		want    []hayon.AccountID
	}{
		{"a group", []string{"@launch"}, nil, []hayon.AccountID{c, a}},
		{"a group and one of it", []string{"demo/a", "@launch"}, nil, []hayon.AccountID{a, c}},
		{"a group and another", []string{" @launch ", "demo/b"}, nil, []hayon.AccountID{c, a, b}},
		{"a group without one", []string{"@launch"}, []string{"demo/c"}, []hayon.AccountID{a}},
		{"all but a group", []string{"demo/*"}, []string{"@launch"}, []hayon.AccountID{b}},
	}
	for _, tt := range tests {
		got, err := w.addressed(tt.to, tt.not)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			w.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
	for _, tt := range []struct {
		name, hint string
		to, not    []string
	}{
		{"an unknown group", "@launch", []string{"@lanuch"}, nil},
		{"a group that is like none", "hayon group list", []string{"@zebra"}, nil},
		{"an unknown group in Not", "@launch", []string{"demo/*"}, []string{"@launc"}},
		{"an empty group", "hayon group add", []string{"@empty"}, nil},
		{"an empty group in Not", "hayon group add", []string{"demo/*"}, []string{"@empty"}},
	} {
		_, err := w.addressed(tt.to, tt.not)
		if e := w.refusal(tt.name, err, hayon.CodeUsage); !strings.Contains(e.Hint, tt.hint) {
			w.Errorf("%s: hint %q, want %q in it", tt.name, e.Hint, tt.hint)
		}
	}
}

// A group follows its accounts when they get another name, and loses those that are removed.
func groupAndAccounts(w *world) {
	a, b := w.signIn("a"), w.signIn("b")
	w.group("launch", "demo/a", "demo/b")
	w.group("mine", "demo/a")
	alias := "renamed"
	if _, err := w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{Alias: &alias}); err != nil {
		w.Fatal(err)
	}
	w.wantMembers("after a new name", "launch", a.ID, b.ID)
	if got, err := w.addressed([]string{"@mine"}, nil); err != nil || len(got) != 1 || got[0] != a.ID {
		w.Errorf("a post to the group goes to %v (%v), want %s", got, err, a.ID)
	}
	if err := w.Service.DeleteAccount(w.ctx(), a.ID); err != nil {
		w.Fatal(err)
	}
	w.wantMembers("after the removal of one", "launch", b.ID)
	w.wantMembers("after the removal of the only one", "mine")
}

func othersGroups(w *world) {
	w.signIn("a")
	w.group("launch", "demo/a")
	if list, err := w.Other.FindGroups(w.otherCtx()); err != nil || len(list) > 0 {
		w.Errorf("another user sees %v (%v)", groupNames(list), err)
	}
	_, err := w.Other.UpdateGroup(w.otherCtx(), "launch", hayon.GroupUpdate{})
	w.refused("another user's change", err, hayon.CodeNotFound)
	w.refused("another user's removal", w.Other.DeleteGroup(w.otherCtx(), "launch"), hayon.CodeNotFound)
	if _, err := w.Other.CreateGroup(w.otherCtx(), "launch", nil); err != nil {
		w.Errorf("the same name for another user: %v", err)
	}
	list, err := w.Service.FindGroups(w.ctx())
	if err != nil || len(list) != 1 || len(list[0].Accounts) != 1 {
		w.Errorf("the user's own is %v (%v), want it unchanged", groupNames(list), err)
	}
}
