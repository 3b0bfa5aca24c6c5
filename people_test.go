package hayon_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestCleanPerson(t *testing.T) {
	t.Parallel()
	in := hayon.Person{
		Name: " @ada ", Title: " Ada Lovelace ",
		Handles: map[string]string{" Bluesky": "@ada.example\u202c", "mastodon": " @ada@example.social ", "site": "", "demo": "@"},
	}
	want := hayon.Person{
		Name: "ada", Title: "Ada Lovelace",
		Handles: map[string]string{"bluesky": "ada.example", "mastodon": "ada@example.social", "site": "", "demo": ""},
	}
	got, err := in.Clean()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Clean: %v (-want +got):\n%s", err, diff)
	}
	if again, err := got.Clean(); err != nil || !cmp.Equal(got, again) {
		t.Errorf("cleaned once more: %+v, %v", again, err)
	}
	if in.Handles["mastodon"] != " @ada@example.social " {
		t.Error("Clean changed the handles that it was given")
	}
}

func TestCleanPersonRefuses(t *testing.T) {
	t.Parallel()
	handle := func(s string) hayon.Person {
		return hayon.Person{Name: "ada", Handles: map[string]string{"demo": s}}
	}
	for name, p := range map[string]hayon.Person{
		"no name": {}, "a blank": {Name: "ada l"}, "a brace": {Name: "ada}"}, "two marks": {Name: "@@ada"}, "a dot": {Name: "ada.l"},
		"too long a name":  {Name: strings.Repeat("x", 65)},
		"no text":          {Name: "\xff"},
		"lines":            {Name: "ada", Title: "Ada\nLovelace"},
		"an alias":         {Name: "ada", Title: "@{ada}"},
		"too long a title": {Name: "ada", Title: strings.Repeat("x", 257)},
		"blanks":           handle("ada lovelace"), "an alias as a handle": handle("@{ada}"), "marks": handle("@@ada"), "half": handle("ada@"),
		"a tab": handle("a\tb"), "too long": handle(strings.Repeat("x", 513)), "bytes": handle("\xff"),
		"twice": {Name: "ada", Handles: map[string]string{"demo": "a", "DEMO": "b"}},
	} {
		_, err := p.Clean()
		if e := hayon.AsError(err); err == nil || e.Code != hayon.CodeUsage || e.Hint == "" {
			t.Errorf("%s: %v, want a usage error with a hint", name, err)
		}
	}
	for _, name := range []string{"a", "Ada_1-x", "Åsa", "智子", "नमस्ते", strings.Repeat("é", 64)} {
		if _, err := (hayon.Person{Name: name}).Clean(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
