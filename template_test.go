package hayon_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

func TestCleanTemplate(t *testing.T) {
	t.Parallel()
	got, err := hayon.Template{Name: " release ", Text: "{{version}}\r\nis out\n\n"}.Clean()
	if err != nil || got.Name != "release" || got.Text != "{{version}}\nis out" {
		t.Errorf("Clean answers %+v, %v", got, err)
	}
	for name, tm := range map[string]hayon.Template{
		"no name": {Text: "x"}, "a path": {Name: "a/b", Text: "x"}, "too long a name": {Name: strings.Repeat("x", 65), Text: "x"},
		"no text": {Name: "x"}, "blanks": {Name: "x", Text: " \n"}, "too long": {Name: "x", Text: strings.Repeat("x", hayon.MaxTemplateBytes+1)},
		"bytes": {Name: "x", Text: "\xff"},
	} {
		_, err := tm.Clean()
		if e := hayon.AsError(err); err == nil || e.Code != hayon.CodeUsage || e.Hint == "" {
			t.Errorf("%s: %v, want a usage error with a hint", name, err)
		}
	}
	if _, err := (hayon.Template{Name: "x", Text: strings.Repeat("x", hayon.MaxTemplateBytes)}).Clean(); err != nil {
		t.Errorf("the longest text: %v", err)
	}
}
