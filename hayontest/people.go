package hayontest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func peopleCases() []testCase {
	return []testCase{
		{"people are stored, listed and forgotten", people},
		{"who is stored again keeps what is not named", personAgain},
		{"people who are refused", refusedPeople},
		{"people of others", othersPeople},
	}
}

// person stores a person or ends the test.
func (w *world) person(p hayon.Person) *hayon.Person {
	w.Helper()
	stored, err := w.Service.PutPerson(w.ctx(), p)
	if err != nil {
		w.Fatalf("PutPerson(%+v): %v", p, err)
	}
	return stored
}

// wantPeople compares the user's people, whenever they were stored.
func (w *world) wantPeople(what string, want ...hayon.Person) {
	w.Helper()
	list, err := w.Service.FindPeople(w.ctx())
	got := make([]hayon.Person, len(list))
	for i, p := range list {
		got[i] = *p
	}
	if diff := cmp.Diff(want, got, sansOwner(), cmpopts.EquateEmpty()); err != nil || diff != "" {
		w.Errorf("%s: FindPeople: %v (-want +got):\n%s", what, err, diff)
	}
}

// sansOwner leaves out what a face is not told, and when it was stored.
func sansOwner() cmp.Option {
	return cmp.Options{
		cmpopts.IgnoreFields(hayon.Person{}, "Owner", "UpdatedAt"),
		cmpopts.IgnoreFields(hayon.Template{}, "Owner", "CreatedAt", "UpdatedAt"),
	}
}

func people(w *world) {
	w.wantPeople("a new user")
	got := w.person(hayon.Person{
		Name: " @ada", Title: "Ada Lovelace",
		Handles: map[string]string{"Bluesky": "@ada.example", "mastodon": "ada@example.social", "demo": ""},
	})
	ada := hayon.Person{Name: "ada", Title: "Ada Lovelace", Handles: map[string]string{"bluesky": "ada.example", "mastodon": "ada@example.social"}}
	if diff := cmp.Diff(ada, *got, sansOwner()); diff != "" || time.Since(got.UpdatedAt).Abs() > time.Hour {
		w.Errorf("stored at %s (-want +got):\n%s", got.UpdatedAt, diff)
	}
	w.person(hayon.Person{Name: "智子", Title: "Tomoko"}) // without a handle anywhere
	w.person(hayon.Person{Name: "a_1-x", Handles: map[string]string{"demo": "any"}})
	tomoko, other := hayon.Person{Name: "智子", Title: "Tomoko"}, hayon.Person{Name: "a_1-x", Handles: map[string]string{"demo": "any"}}
	w.wantPeople("in the order of their names", other, ada, tomoko)
	for _, name := range []string{"@ADA", "智子"} {
		if err := w.Service.DeletePerson(w.ctx(), name); err != nil {
			w.Errorf("DeletePerson(%s): %v", name, err)
		}
	}
	w.refused("forgotten twice", w.Service.DeletePerson(w.ctx(), "ada"), hayon.CodeNotFound)
	w.wantPeople("two of three are forgotten", other)
}

func personAgain(w *world) {
	w.person(hayon.Person{Name: "Ada", Title: "Ada Lovelace", Handles: map[string]string{"bluesky": "ada.example", "mastodon": "ada@example.social"}})
	steps := []struct {
		name string
		put  hayon.Person
		want hayon.Person
	}{
		{
			"another handle, by the name in another case",
			hayon.Person{Name: "ada", Handles: map[string]string{"demo": "x"}},
			hayon.Person{Name: "Ada", Title: "Ada Lovelace", Handles: map[string]string{"bluesky": "ada.example", "mastodon": "ada@example.social", "demo": "x"}},
		},
		{
			"a new handle, and two that go",
			hayon.Person{Name: "Ada", Handles: map[string]string{"bluesky": "lovelace.example", "mastodon": "", "demo": "@"}},
			hayon.Person{Name: "Ada", Title: "Ada Lovelace", Handles: map[string]string{"bluesky": "lovelace.example"}},
		},
		{
			"a title, and no handle at all",
			hayon.Person{Name: "Ada", Title: "Countess", Handles: map[string]string{"bluesky": ""}},
			hayon.Person{Name: "Ada", Title: "Countess"},
		},
		{"nothing", hayon.Person{Name: "Ada"}, hayon.Person{Name: "Ada", Title: "Countess"}},
	}
	for _, s := range steps {
		got := w.person(s.put)
		if diff := cmp.Diff(s.want, *got, sansOwner(), cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%s: answered (-want +got):\n%s", s.name, diff)
		}
		w.wantPeople(s.name, s.want)
	}
}

func refusedPeople(w *world) {
	w.person(hayon.Person{Name: "ada", Title: "Ada Lovelace"})
	on := func(platform, handle string) hayon.Person {
		return hayon.Person{Name: "ada", Handles: map[string]string{platform: handle}}
	}
	tests := []struct {
		name, hint string
		put        hayon.Person
	}{
		{"no name", "letters", hayon.Person{Title: "Ada"}},
		{"a blank in the name", "letters", hayon.Person{Name: "ada l", Title: "Ada"}},
		{"a name in braces", "letters", hayon.Person{Name: "@{ada}", Title: "Ada"}},
		{"a path", "letters", hayon.Person{Name: "..", Title: "Ada"}},
		{"too long a name", "letters", hayon.Person{Name: strings.Repeat("x", hayon.MaxNameLen+1), Title: "Ada"}},
		{"two lines", "one line", hayon.Person{Name: "ada", Title: "Ada\nLovelace"}},
		{"bytes that are no text", "one line", hayon.Person{Name: "ada", Title: "\xff"}},
		{"a stranger of whom nothing is told", "people add bob", hayon.Person{Name: "bob"}},
		{"a stranger whose handle is taken away", "people add bob", hayon.Person{Name: "bob", Handles: map[string]string{"demo": ""}}},
		{"an unknown platform", "did you mean bluesky?", on("blusky", "ada.example")},
		{"an unknown platform, to be taken away", "did you mean bluesky?", on("blusky", "")},
		{"a handle with a blank", "people add ada bluesky=", on("bluesky", "ada example")},
		{"an alias as a handle", "people add ada bluesky=", on("bluesky", "@{ada}")},
		{"half of a handle on Bluesky", "bluesky=ada.bsky.social", on("bluesky", "ada")},
		{"a handle of another kind on Bluesky", "bluesky=ada.bsky.social", on("bluesky", "ada@example.social")},
		{"a page on Bluesky", "bluesky=ada.bsky.social", on("bluesky", "https://bsky.app/profile/ada.example")},
		{"a number for a domain", "bluesky=ada.bsky.social", on("bluesky", "127.0.0.1")},
		{"a hyphen at an end", "bluesky=ada.bsky.social", on("bluesky", "ada-.example")},
		{"two dots", "bluesky=ada.bsky.social", on("bluesky", "ada..example")},
		{"half of a handle on Mastodon", "mastodon=ada@mastodon.social", on("mastodon", "ada")},
		{"no user on Mastodon", "mastodon=ada@mastodon.social", on("mastodon", "ada.example/@ada@example.social")},
		{"a host that is none", "mastodon=ada@mastodon.social", on("mastodon", "ada@example")},
		{"a page on Mastodon", "mastodon=ada@mastodon.social", on("mastodon", "https://example.social/@ada")},
	}
	for _, tt := range tests {
		_, err := w.Service.PutPerson(w.ctx(), tt.put)
		if e := w.refusal(tt.name, err, hayon.CodeUsage); !strings.Contains(e.Hint, tt.hint) {
			w.Errorf("%s: hint %q, want %q in it", tt.name, e.Hint, tt.hint)
		}
	}
	w.wantPeople("after what was refused", hayon.Person{Name: "ada", Title: "Ada Lovelace"})
	if e := w.refusal("a name that is near", w.Service.DeletePerson(w.ctx(), "adda"), hayon.CodeNotFound); !strings.Contains(e.Hint, "did you mean ada?") {
		w.Errorf("a name that is near: hint %q", e.Hint)
	}
	w.refused("what is no name", w.Service.DeletePerson(w.ctx(), ".."), hayon.CodeUsage)
	ctx, checks := w.Context(), make(map[string]error)
	_, checks["store"] = w.Service.PutPerson(ctx, hayon.Person{Name: "ada", Title: "x"})
	_, checks["list"] = w.Service.FindPeople(ctx)
	checks["forget"] = w.Service.DeletePerson(ctx, "ada")
	for what, err := range checks {
		w.refused(what+" as nobody", err, hayon.CodeUnauthenticated)
	}
}

func othersPeople(w *world) {
	ada := hayon.Person{Name: "ada", Title: "Ada Lovelace"}
	w.person(ada)
	if list, err := w.Other.FindPeople(w.otherCtx()); err != nil || len(list) > 0 {
		w.Errorf("another user sees %d people (%v)", len(list), err)
	}
	w.refused("another user's removal", w.Other.DeletePerson(w.otherCtx(), "ada"), hayon.CodeNotFound)
	if _, err := w.Other.PutPerson(w.otherCtx(), hayon.Person{Name: "ada", Title: "Ada from next door"}); err != nil {
		w.Errorf("the same name for another user: %v", err)
	}
	w.wantPeople("the user's own", ada)
}
