package text_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/text"
)

func TestFill(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, template string
		vars           map[string]string
		want           string
	}{
		{"empty", "", nil, ""},
		{"no variables", "a {b} }} c", nil, "a {b} }} c"},
		{"a value", "v{{version}} is out", map[string]string{"version": "1.2"}, "v1.2 is out"},
		{"blanks around the name", "{{ version }}", map[string]string{"version": "1.2"}, "1.2"},
		{"several times", "{{a}}{{b}}{{a}}", map[string]string{"a": "1", "b": "2"}, "121"},
		{"a default", "{{who|everybody}}!", nil, "everybody!"},
		{"a value instead of the default", "{{who|everybody}}!", map[string]string{"who": "Ana"}, "Ana!"},
		{"an empty value instead of the default", "{{who|everybody}}!", map[string]string{"who": ""}, "!"},
		{"an empty default", "a{{who|}}b", nil, "ab"},
		{"a default as it stands", "{{who| {a}|b\n}}", nil, " {a}|b\n"},
		{"two defaults", "{{a|1}}{{a|2}}", nil, "12"},
		{"braces", "{{{{a}} {{{{{{a}}", map[string]string{"a": "1"}, "{{a}} {{1"},
		{"a value with braces", "{{a}}{{b|{{c}}", map[string]string{"a": "{{b}}"}, "{{b}}{{c"},
		{"any script", "{{名前}}", map[string]string{"名前": "アナ"}, "アナ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := text.Fill(tt.template, tt.vars)
			if err != nil || got != tt.want {
				t.Errorf("Fill(%q) = %q, %v, want %q", tt.template, got, err, tt.want)
			}
		})
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, template string
		vars           map[string]string
		want           text.TemplateError
		says           string
	}{
		{
			"all that is missing", "{{b}} {{a}} {{c|}} {{b}}", nil,
			text.TemplateError{Missing: []string{"b", "a"}},
			"no value for b, a",
		},
		{
			"a default elsewhere is none here", "{{a|1}}{{a}}", nil,
			text.TemplateError{Missing: []string{"a"}},
			"no value for a",
		},
		{
			"all that is unknown", "{{version}} {{name}}",
			map[string]string{"versoin": "1", "name": "x", "version": "2", "quite_other": "y"},
			text.TemplateError{Unknown: []text.UnknownVariable{{Name: "quite_other"}, {Name: "versoin", Nearest: "version"}}},
			"the template has no quite_other; the template has no versoin, did you mean version?",
		},
		{
			"both", "{{Name}}",
			map[string]string{"name": "x"},
			text.TemplateError{Missing: []string{"Name"}, Unknown: []text.UnknownVariable{{Name: "name", Nearest: "Name"}}},
			"no value for Name; the template has no name, did you mean Name?",
		},
		{
			"not closed", "a\nbü {{c}} {{d}",
			map[string]string{"c": ""},
			text.TemplateError{Line: 2, Column: 10, Reason: "{{ without }}; write {{{{ for {{"},
			"line 2, column 10: {{ without }}; write {{{{ for {{",
		},
		{
			"no name", "{{a b}}", nil,
			text.TemplateError{Line: 1, Column: 1, Reason: `"a b" is no name of a variable; write {{{{ for {{`},
			`line 1, column 1: "a b" is no name of a variable; write {{{{ for {{`,
		},
		{
			"an empty name", "\n\n{{|x}}", nil,
			text.TemplateError{Line: 3, Column: 1, Reason: `"" is no name of a variable; write {{{{ for {{`},
			`line 3, column 1: "" is no name of a variable; write {{{{ for {{`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := text.Fill(tt.template, tt.vars)
			e, ok := errors.AsType[*text.TemplateError](err)
			if !ok || got != "" {
				t.Fatalf("Fill(%q) = %q, %v", tt.template, got, err)
			}
			if diff := cmp.Diff(tt.want, *e); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if e.Error() != tt.says {
				t.Errorf("it says %q, want %q", e, tt.says)
			}
		})
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	got, err := text.Variables("{{b}} {{ a |x}} {{c|}} {{b|y}} {{a|z}} {{{{d}}")
	if err != nil {
		t.Fatal(err)
	}
	want := []text.Variable{{Name: "b", Default: "y"}, {Name: "a", Default: "x", HasDefault: true}, {Name: "c", HasDefault: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := text.Variables("{{a"); err == nil || err.Error() != "line 1, column 1: {{ without }}; write {{{{ for {{" {
		t.Errorf("got %v", err)
	}
}

// FuzzFill checks that a template whose variables all have values can be filled, and that values stay as
// they are.
func FuzzFill(f *testing.F) {
	f.Add("{{a}} {{b|c}} {{{{d}}", "{{e}}")
	f.Add("{{ a |}}{{", "")
	f.Fuzz(func(t *testing.T, template, value string) {
		vars, err := text.Variables(template)
		if err != nil {
			if e, ok := errors.AsType[*text.TemplateError](err); !ok || e.Line < 1 || e.Column < 1 || e.Reason == "" {
				t.Fatalf("Variables(%q): %#v", template, err)
			}
			return
		}
		values := make(map[string]string)
		for _, v := range vars {
			values[v.Name] = value
		}
		got, err := text.Fill(template, values)
		if err != nil {
			t.Fatalf("Fill(%q, %q): %v", template, values, err)
		}
		if len(vars) > 0 && !strings.Contains(got, value) {
			t.Fatalf("Fill(%q, %q) = %q", template, values, got)
		}
		if len(vars) == 0 && got != strings.ReplaceAll(template, "{{{{", "{{") {
			t.Fatalf("Fill(%q) = %q", template, got)
		}
	})
}

func ExampleFill() {
	const template = "{{name}} {{version}} is out{{mark|!}}"
	post, err := text.Fill(template, map[string]string{"name": "Hayon", "version": "1.2"})
	_, _ = fmt.Fprintln(os.Stdout, post, err)
	_, err = text.Fill(template, map[string]string{"nmae": "Hayon"})
	_, _ = fmt.Fprintln(os.Stdout, err)
	// Output:
	// Hayon 1.2 is out! <nil>
	// no value for name, version; the template has no nmae, did you mean name?
}

func ExampleVariables() {
	vars, err := text.Variables("{{name}} is out{{mark|!}}")
	_, _ = fmt.Fprintf(os.Stdout, "%+v %v\n", vars, err)
	// Output: [{Name:name Default: HasDefault:false} {Name:mark Default:! HasDefault:true}] <nil>
}
