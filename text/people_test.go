package text_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/text"
)

func TestExpandPeople(t *testing.T) {
	t.Parallel()
	handle := func(name string) (string, bool) {
		text, ok := map[string]string{"ana": "@ana@example.social", "Zoë": "@zoe.test", "मीरा": "Mira", "loop": "@{ana}", "nobody": ""}[name]
		return text, ok
	}
	longest := strings.Repeat("ж", 64)
	for _, tt := range []struct {
		name, text, want string
		people, unknown  []string
	}{
		{"nothing", "a @b {c}", "a @b {c}", nil, nil},
		{"one", "hi @{ana}!", "hi @ana@example.social!", []string{"ana"}, nil},
		{"letters of any script", "@{Zoë}@{मीरा}", "@zoe.testMira", []string{"Zoë", "मीरा"}, nil},
		{
			"each name once", "@{ana} @{x} @{ana} @{y-1_2} @{x}", "@ana@example.social @{x} @ana@example.social @{y-1_2} @{x}",
			[]string{"ana", "x", "y-1_2"},
			[]string{"x", "y-1_2"},
		},
		{"case counts", "@{Ana}", "@{Ana}", []string{"Ana"}, []string{"Ana"}},
		{"escaped", "@@{ana} @@@{ana} @@@@{ana}", "@{ana} @@{ana} @@@{ana}", nil, nil},
		{"escaped and not closed", "@@{", "@{", nil, nil},
		{"not again", "@{loop}", "@{ana}", []string{"loop"}, nil},
		{"nothing to say", "a@{nobody}b", "ab", []string{"nobody"}, nil},
		{"no names", "@{} @{a b} @{a @{a.b} @{\xff} @{", "@{} @{a b} @{a @{a.b} @{\xff} @{", nil, nil},
		{"a name inside what is none", "@{a @{ana}", "@{a @ana@example.social", []string{"ana"}, nil},
		{"the longest name", "@{" + longest + "}", "@{" + longest + "}", []string{longest}, []string{longest}},
		{"too long", "@{" + longest + "ж}", "@{" + longest + "ж}", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, unknown := text.ExpandPeople(tt.text, handle)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if diff := cmp.Diff(tt.unknown, unknown); diff != "" {
				t.Errorf("unknown (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.people, text.People(tt.text)); diff != "" {
				t.Errorf("People (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIsName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"ana": true, "-": true, "a_1-b": true, "Zoë": true, "日本": true, "e\u0301": true, strings.Repeat("a", 64): true,
		"": false, "a b": false, "a.b": false, "@a": false, "½": false, "a\n": false, "\xff": false, "\ufffd": false,
		strings.Repeat("a", 65): false, "👍": false,
	} {
		if got := text.IsName(name); got != want {
			t.Errorf("IsName(%q) = %v", name, got)
		}
	}
}

// FuzzExpandPeople checks that names are those that expanding asks for, and that nothing else changes.
func FuzzExpandPeople(f *testing.F) {
	f.Add("hi @{ana} and @@{ben}, @{a b} @{", "@ana@example.social")
	f.Add("@@@{@{@@{x}}", "@{x}")
	f.Fuzz(func(t *testing.T, s, handle string) {
		var asked []string
		got, unknown := text.ExpandPeople(s, func(name string) (string, bool) {
			asked = append(asked, name)
			return handle, name < "m"
		})
		people := text.People(s)
		for _, name := range people {
			if !text.IsName(name) || !strings.Contains(s, "@{"+name+"}") {
				t.Fatalf("People(%q) has %q", s, name)
			}
		}
		if len(asked) < len(people) || len(unknown) > len(people) {
			t.Fatalf("ExpandPeople(%q) asked for %q, People has %q, unknown are %q", s, asked, people, unknown)
		}
		if len(people) == 0 && got != strings.ReplaceAll(s, "@@{", "@{") {
			t.Fatalf("ExpandPeople(%q) = %q", s, got)
		}
	})
}

func ExampleExpandPeople() {
	post, unknown := text.ExpandPeople("with @{ana} and @{ben}", func(name string) (string, bool) {
		return "@ana@example.social", name == "ana"
	})
	_, _ = fmt.Fprintln(os.Stdout, post, unknown)
	// Output: with @ana@example.social and @{ben} [ben]
}

func ExamplePeople() {
	_, _ = fmt.Fprintln(os.Stdout, text.People("with @{ana} and @{ben}, but not @@{carl}"))
	// Output: [ana ben]
}

func ExampleIsName() {
	_, _ = fmt.Fprintln(os.Stdout, text.IsName("ana-maria"), text.IsName("ana maria"))
	// Output: true false
}
