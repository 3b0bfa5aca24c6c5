package postfile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon/postfile"
)

// content compares files by what they say.
var content = cmp.Options{
	cmpopts.IgnoreUnexported(postfile.File{}), cmpopts.IgnoreFields(postfile.File{}, "Path", "Kind"), cmpopts.EquateEmpty(),
}

const example = `---
id: 2026-11-launch            # optional
to: [bluesky, mastodon, "@launch"]
at: 2026-12-01 09:00 Europe/Berlin
lang: en
cw: release notes
media:
  - {file: dashboard.png, alt: "A month calendar in a terminal"}
text:
  linkedin: |
    A longer text only for LinkedIn.
published: {}
---
Shipping 2.0 today. Thanks to @{ada}!
---
Second part of the thread.
`

func TestParseExample(t *testing.T) {
	t.Parallel()
	got, err := postfile.Parse("posts/a.md", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := &postfile.File{
		ID: "2026-11-launch", To: []string{"bluesky", "mastodon", "@launch"}, At: "2026-12-01 09:00 Europe/Berlin",
		Lang: []string{"en"}, CW: "release notes",
		Media: []postfile.Medium{{File: "dashboard.png", Alt: "A month calendar in a terminal"}},
		Texts: map[string]string{"linkedin": "A longer text only for LinkedIn.\n"},
		Text:  "Shipping 2.0 today. Thanks to @{ada}!\n---\nSecond part of the thread.",
	}
	if diff := cmp.Diff(want, got, content); diff != "" {
		t.Error(diff)
	}
	if got.Path != "posts/a.md" || got.Kind != postfile.Markdown {
		t.Errorf("it is %s, %s", got.Path, got.Kind)
	}
}
