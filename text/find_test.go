package text_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/text"
)

// shown is how the tests below write what was found: the text, an arrow, the value.
func shown(s string, facets []text.Facet) []string {
	var out []string
	for _, f := range facets {
		out = append(out, fmt.Sprintf("%s %s → %s", f.Kind, s[f.Start:f.End], f.Value))
	}
	return out
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text       string
		bluesky, mast, x []string
	}{
		{"nothing", "plain text, no more", nil, nil, nil},
		{
			"one of each", "see https://example.com, @alice and #tag",
			[]string{"link https://example.com → https://example.com", "tag #tag → tag"},
			[]string{"link https://example.com → https://example.com", "mention @alice → alice", "tag #tag → tag"},
			[]string{"link https://example.com → https://example.com", "mention @alice → alice", "tag #tag → tag"},
		},
		{
			"mentions with a host", "@alice@example.social @alice.bsky.social",
			[]string{"mention @alice.bsky.social → alice.bsky.social"},
			[]string{"mention @alice@example.social → alice@example.social", "mention @alice.bsky.social → alice.bsky.social"},
			[]string{"mention @alice → alice"},
		},
		{
			"a domain without scheme", "example.com/a.",
			[]string{"link example.com/a → https://example.com/a"},
			nil,
			[]string{"link example.com/a → example.com/a"},
		},
		{
			"other schemes", "gemini://example.com dat://example.com/a",
			nil,
			[]string{"link gemini://example.com → gemini://example.com", "link dat://example.com/a → dat://example.com/a"},
			nil,
		},
		{
			"a mention in an address", "https://example.com/@alice/1",
			[]string{"link https://example.com/@alice/1 → https://example.com/@alice/1"},
			[]string{"link https://example.com/@alice/1 → https://example.com/@alice/1"},
			[]string{"link https://example.com/@alice/1 → https://example.com/@alice/1"},
		},
		{
			"a tag in an address", "https://example.com/#tag",
			[]string{"link https://example.com/#tag → https://example.com/#tag"},
			[]string{"link https://example.com/#tag → https://example.com/#tag"},
			[]string{"link https://example.com/#tag → https://example.com/#tag"},
		},
		{
			"tags with signs in them", "#with-dash #il·lusió #a_b #a·",
			[]string{"tag #with-dash → with-dash", "tag #il·lusió → il·lusió", "tag #a_b → a_b", "tag #a → a"},
			[]string{"tag #with → with", "tag #il·lusió → il·lusió", "tag #a_b → a_b", "tag #a → a"},
			[]string{"tag #with → with", "tag #il·lusió → il·lusió", "tag #a_b → a_b", "tag #a· → a·"},
		},
		{
			"tags of digits", "#2024 #2024a #20_24 #2·4",
			[]string{"tag #2024a → 2024a"},
			[]string{"tag #2024a → 2024a", "tag #20_24 → 20_24", "tag #2·4 → 2·4"},
			[]string{"tag #2024a → 2024a"},
		},
		{
			"what stands before a tag", "(#a a#b /#c\n#d ＃全角",
			[]string{"tag #d → d", "tag ＃全角 → 全角"},
			[]string{"tag #d → d", "tag ＃全角 → 全角"},
			[]string{"tag #a → a", "tag #c → c", "tag #d → d", "tag ＃全角 → 全角"},
		},
		{
			"a tag and a scheme", "#ahttps://example.com #http://example.com",
			[]string{"tag #ahttps://example.com → ahttps://example.com", "tag #http://example.com → http://example.com"},
			[]string{"tag #a → a", "tag #http → http"},
			nil,
		},
		{
			"cashtags", "$GME $test.tt $toolong8",
			[]string{"tag $GME → $GME", "tag $test → $TEST"},
			nil,
			[]string{"tag $GME → $GME", "tag $test.tt → $TEST.TT"},
		},
		{"a list", "@alice/a-list", nil, []string{"mention @alice → alice"}, []string{"mention @alice/a-list → alice/a-list"}},
		{
			"mentions behind RT", "RT@alice rt:@bob start@carol",
			nil,
			[]string{"mention @bob → bob"},
			[]string{"mention @alice → alice", "mention @bob → bob"},
		},
		{"behind what is nearly a mention", "@RT@alice", nil, []string{"mention @RT@alice → RT@alice"}, nil},
		{"behind what is nearly a tag", "#日\ufe0f#tag", []string{"tag #日\ufe0f#tag → 日\ufe0f#tag"}, []string{"tag #日\ufe0f → 日\ufe0f"}, nil},
		{"wide at signs", "＠alice", nil, nil, []string{"mention ＠alice → alice"}},
		{"a mail", "me@example.com", nil, nil, nil},
		{
			"an ideographic full stop in a name", "です。example.comです",
			nil, nil,
			[]string{"link example.com → example.com"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for style, want := range map[text.Style][]string{
				text.StyleBluesky: tt.bluesky, text.StyleMastodon: tt.mast, text.StyleX: tt.x, "myspace": nil,
			} {
				if diff := cmp.Diff(want, shown(tt.text, text.Find(style, tt.text))); diff != "" {
					t.Errorf("Find(%s, %q) (-want +got):\n%s", style, tt.text, diff)
				}
			}
		})
	}
}

// The tables are searched by halves.
func TestTablesAreSorted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"tlds.txt", "tlds_twitter.txt", "emoji.txt"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		words := bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))[2:]
		if len(words) < 1000 || !slices.IsSortedFunc(words, bytes.Compare) {
			t.Errorf("%s: %d lines, or not sorted by bytes", name, len(words))
		}
	}
}

// FuzzFind checks of every style what a platform demands of facets, and that it finds nothing else in what
// it has found.
func FuzzFind(f *testing.F) {
	for _, s := range []string{
		"see https://example.com/a?b=c (t.co/b_(c)) @alice@example.com #tag $GME", "日本語。example.com日本http://例え.みんな/x", "RT@a ＠b＃c$d.e",
		"#ahttps://a.com", "@a/b-@c", "\xff\xfe://.#@$", "a.b.c.d.com/((((", "＃\u00b7a\u30fb",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, style := range []text.Style{text.StyleBluesky, text.StyleMastodon, text.StyleX} {
			last := 0
			for _, facet := range text.Find(style, s) {
				if facet.Start < last || facet.End <= facet.Start || facet.End > len(s) || facet.Value == "" {
					t.Fatalf("Find(%s, %q): %+v after %d", style, s, facet, last)
				}
				last = facet.End
				if !boundary(s, facet.Start) || !boundary(s, facet.End) {
					t.Fatalf("Find(%s, %q): [%d, %d) splits a code point", style, s, facet.Start, facet.End)
				}
				if style != text.StyleBluesky && !strings.Contains(strings.ToUpper(s[facet.Start:facet.End]), strings.ToUpper(facet.Value)) {
					t.Fatalf("Find(%s, %q): value %q is not in the text", style, s, facet.Value)
				}
			}
		}
	})
}

func ExampleFind() {
	const post = "thanks @alice@example.social, see example.com #go"
	for _, style := range []text.Style{text.StyleMastodon, text.StyleX} {
		for _, f := range text.Find(style, post) {
			_, _ = fmt.Fprintln(os.Stdout, style, f.Kind, f.Value)
		}
	}
	// Output:
	// mastodon mention alice@example.social
	// mastodon tag go
	// x link example.com
	// x tag go
}

func ExampleEntities() {
	for _, f := range text.Entities("@alice@example.social likes gemini://example.com #日本語") {
		_, _ = fmt.Fprintln(os.Stdout, f.Kind, f.Value)
	}
	// Output:
	// mention alice@example.social
	// link gemini://example.com
	// tag 日本語
}

func ExampleXEntities() {
	for _, f := range text.XEntities("@alice likes example.com and $GME") {
		_, _ = fmt.Fprintln(os.Stdout, f.Kind, f.Value)
	}
	// Output:
	// mention alice
	// link example.com
	// tag $GME
}
