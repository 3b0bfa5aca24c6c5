package hayontest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func templateCases() []testCase {
	return []testCase{
		{"templates are stored, listed and forgotten", templates},
		{"a template in the place of another", templateReplaced},
		{"templates that are refused", refusedTemplates},
		{"templates of others", othersTemplates},
	}
}

// template stores a template or ends the test.
func (w *world) template(name, text string, replace bool) *hayon.Template {
	w.Helper()
	t, err := w.Service.CreateTemplate(w.ctx(), hayon.Template{Name: name, Text: text}, replace)
	if err != nil {
		w.Fatalf("CreateTemplate(%s): %v", name, err)
	}
	return t
}

// wantTemplates compares the user's templates, as names and texts in turn.
func (w *world) wantTemplates(what string, want ...string) {
	w.Helper()
	list, err := w.Service.FindTemplates(w.ctx())
	var got []string
	for _, t := range list {
		got = append(got, t.Name, t.Text)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		w.Errorf("%s: FindTemplates: %v (-want +got):\n%s", what, err, diff)
	}
}

func templates(w *world) {
	w.wantTemplates("a new user")
	const text = "{{name|hayon}} {{version}}\nis out \u2728 {{{{ <&> \"quoted\""
	got := w.template(" release ", text+"\n", false)
	want := hayon.Template{Name: "release", Text: text}
	if diff := cmp.Diff(want, *got, sansOwner()); diff != "" || time.Since(got.CreatedAt).Abs() > time.Hour || !got.CreatedAt.Equal(got.UpdatedAt) {
		w.Errorf("stored at %s and %s (-want +got):\n%s", got.CreatedAt, got.UpdatedAt, diff)
	}
	w.template("Hello", "no variable", false)
	w.template("hello", "another", false) // names tell cases apart
	w.wantTemplates("in the order of their names", "Hello", "no variable", "hello", "another", "release", text)
	if err := w.Service.DeleteTemplate(w.ctx(), "hello"); err != nil {
		w.Errorf("DeleteTemplate: %v", err)
	}
	w.refused("delete twice", w.Service.DeleteTemplate(w.ctx(), "hello"), hayon.CodeNotFound)
	w.wantTemplates("one of three is forgotten", "Hello", "no variable", "release", text)
}

func templateReplaced(w *world) {
	was := w.template("release", "{{version}} is out", false)
	_, err := w.Service.CreateTemplate(w.ctx(), hayon.Template{Name: "release", Text: "another"}, false)
	if e := w.refusal("a name that is taken", err, hayon.CodeConflict); !strings.Contains(e.Hint, "--replace") {
		w.Errorf("a name that is taken: hint %q", e.Hint)
	}
	w.wantTemplates("after the refusal", "release", "{{version}} is out")
	now := w.template("release", "another", true)
	if !now.CreatedAt.Equal(was.CreatedAt) || now.UpdatedAt.Before(was.UpdatedAt) {
		w.Errorf("made at %s and replaced at %s; it was made at %s", now.CreatedAt, now.UpdatedAt, was.CreatedAt)
	}
	w.wantTemplates("replaced", "release", "another")
	w.template("new", "replaces nothing", true)
	w.wantTemplates("one that was not there", "new", "replaces nothing", "release", "another")
}

func refusedTemplates(w *world) {
	w.template("release", "{{version}} is out", false)
	for _, tt := range []struct{ name, called, text, says, hint string }{
		{"no name", "", "x", "name of a template", "letters"},
		{"a path", "..", "x", "name of a template", "letters"},
		{"a blank in the name", "a b", "x", "name of a template", "letters"},
		{"too long a name", strings.Repeat("x", hayon.MaxNameLen+1), "x", "name of a template", "letters"},
		{"no text", "x", " \n", "no text", "--text"},
		{"an open variable", "x", "one\ntwo {{version", "line 2, column 5", "{{name|default}}"},
		{"what is no name of a variable", "x", "{{a b}}", "line 1, column 1", "{{name|default}}"},
		{"bytes that are no text", "x", "\xff", "UTF-8", "UTF-8"},
		{"too long", "x", strings.Repeat("x", hayon.MaxTemplateBytes+1), "the most", "several"},
	} {
		_, err := w.Service.CreateTemplate(w.ctx(), hayon.Template{Name: tt.called, Text: tt.text}, true)
		if e := w.refusal(tt.name, err, hayon.CodeUsage); !strings.Contains(e.Message, tt.says) || !strings.Contains(e.Hint, tt.hint) {
			w.Errorf("%s: %q with the hint %q, want %q and %q", tt.name, e.Message, e.Hint, tt.says, tt.hint)
		}
	}
	w.wantTemplates("after what was refused", "release", "{{version}} is out")
	if e := w.refusal("a name that is near", w.Service.DeleteTemplate(w.ctx(), "relaese"), hayon.CodeNotFound); !strings.Contains(e.Hint, "did you mean release?") {
		w.Errorf("a name that is near: hint %q", e.Hint)
	}
	w.refused("what is no name", w.Service.DeleteTemplate(w.ctx(), ".."), hayon.CodeUsage)
	ctx, checks := w.Context(), make(map[string]error)
	_, checks["store"] = w.Service.CreateTemplate(ctx, hayon.Template{Name: "x", Text: "x"}, false)
	_, checks["list"] = w.Service.FindTemplates(ctx)
	checks["forget"] = w.Service.DeleteTemplate(ctx, "release")
	for what, err := range checks {
		w.refused(what+" as nobody", err, hayon.CodeUnauthenticated)
	}
}

func othersTemplates(w *world) {
	w.template("release", "mine", false)
	if list, err := w.Other.FindTemplates(w.otherCtx()); err != nil || len(list) > 0 {
		w.Errorf("another user sees %d templates (%v)", len(list), err)
	}
	w.refused("another user's removal", w.Other.DeleteTemplate(w.otherCtx(), "release"), hayon.CodeNotFound)
	if _, err := w.Other.CreateTemplate(w.otherCtx(), hayon.Template{Name: "release", Text: "theirs"}, false); err != nil {
		w.Errorf("the same name for another user: %v", err)
	}
	w.wantTemplates("the user's own", "release", "mine")
}
