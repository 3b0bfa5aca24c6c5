package text_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/text"
)

// readSpec reads one of the files with which twitter-text tests itself in every language it is written in.
//
// Source: https://github.com/twitter/twitter-text/tree/master/conformance, read 2026-11-21.
func readSpec(t *testing.T, name string, out any) {
	t.Helper()
	dir := os.Getenv("HAYON_SPECS")
	if dir == "" {
		t.Skip("HAYON_SPECS does not name the folder of the platforms' descriptions")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "x", "text", name))
	if err != nil {
		t.Fatal(err)
	}
	// The YAML library of these tests does not know this escape.
	raw = longEscape.ReplaceAllFunc(raw, func(escape []byte) []byte {
		r, err := strconv.ParseInt(string(escape[2:]), 16, 32)
		if err != nil {
			t.Error(err)
		}
		return []byte(string(rune(r)))
	})
	if err := yaml.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
}

var longEscape = regexp.MustCompile(`\\U[0-9A-Fa-f]{8}`)

func TestXConformanceOfLengths(t *testing.T) {
	t.Parallel()
	type lengthCase struct {
		Description, Text string
		Expected          struct {
			WeightedLength int `yaml:"weightedLength"`
		}
	}
	var spec struct {
		Tests struct {
			V2         []lengthCase `yaml:"WeightedTweetsCounterTest"`
			V3         []lengthCase `yaml:"WeightedTweetsWithDiscountedEmojiCounterTest"`
			Directions []lengthCase `yaml:"UnicodeDirectionalMarkerCounterTest"`
		}
	}
	readSpec(t, "validate.yml", &spec)
	if len(spec.Tests.V2) < 20 || len(spec.Tests.V3) < 20 || len(spec.Tests.Directions) < 2 {
		t.Fatalf("got %d, %d and %d cases", len(spec.Tests.V2), len(spec.Tests.V3), len(spec.Tests.Directions))
	}
	// Of the older configuration, which counted each part of an emoji, the cases that stayed as they were.
	older := slices.DeleteFunc(spec.Tests.V2, func(old lengthCase) bool {
		return slices.ContainsFunc(spec.Tests.V3, func(c lengthCase) bool { return c.Description == old.Description })
	})
	for _, c := range slices.Concat(older, spec.Tests.V3, spec.Tests.Directions) {
		if got := text.Count(text.Weighted, c.Text); got != c.Expected.WeightedLength {
			t.Errorf("%s: got %d, want %d\n%s", c.Description, got, c.Expected.WeightedLength, c.Text)
		}
	}
}

type extractCase struct {
	Description, Text string
	Expected          []string
}

func TestXConformanceOfFinding(t *testing.T) {
	t.Parallel()
	var spec struct{ Tests map[string]yaml.RawMessage }
	readSpec(t, "extract.yml", &spec)
	for _, tt := range []struct {
		category string
		kind     text.Kind
		value    func(string) string
		least    int
	}{
		{"urls", text.Link, same, 80},
		{"tco_urls_with_params", text.Link, same, 5},
		{"mentions", text.Mention, same, 20},
		{"hashtags", text.Tag, same, 60},
		{"hashtags_from_astral", text.Tag, same, 3},
		{"cashtags", text.Tag, cashtag, 8},
	} {
		t.Run(tt.category, func(t *testing.T) {
			t.Parallel()
			var cases []extractCase
			if err := yaml.Unmarshal(spec.Tests[tt.category], &cases); err != nil {
				t.Fatal(err)
			}
			if len(cases) < tt.least {
				t.Fatalf("got %d cases, want %d and more", len(cases), tt.least)
			}
			for _, c := range cases {
				var want []string
				for _, e := range c.Expected {
					want = append(want, tt.value(e))
				}
				if diff := cmp.Diff(want, valuesOf(c.Text, tt.kind, tt.category == "cashtags")); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", c.Description, c.Text, diff)
				}
			}
		})
	}
}

func same(s string) string    { return s }
func cashtag(s string) string { return "$" + strings.ToUpper(s) }

// valuesOf are the values of a kind that X finds; of tags, those with "$" or those without.
func valuesOf(s string, kind text.Kind, cash bool) []string {
	var values []string
	for _, f := range text.XEntities(s) {
		if f.Kind == kind && strings.HasPrefix(f.Value, "$") == cash {
			values = append(values, f.Value)
		}
	}
	return values
}

func TestXConformanceOfPlaces(t *testing.T) {
	t.Parallel()
	var spec struct{ Tests map[string]yaml.RawMessage }
	readSpec(t, "extract.yml", &spec)
	for _, category := range []string{
		"urls_with_indices", "urls_with_directional_markers", "mentions_with_indices", "mentions_or_lists_with_indices",
		"hashtags_with_indices", "cashtags_with_indices",
	} {
		t.Run(category, func(t *testing.T) {
			t.Parallel()
			var cases []struct {
				Description, Text string
				Expected          []struct{ Indices [2]int }
			}
			if err := yaml.Unmarshal(spec.Tests[category], &cases); err != nil {
				t.Fatal(err)
			}
			if len(cases) == 0 {
				t.Fatal("no cases")
			}
			for _, c := range cases {
				var got, want [][2]int
				for _, e := range c.Expected {
					want = append(want, e.Indices)
				}
				for _, f := range text.XEntities(c.Text) {
					got = append(got, [2]int{utf8.RuneCountInString(c.Text[:f.Start]), utf8.RuneCountInString(c.Text[:f.End])})
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s (-want +got):\n%s", c.Description, c.Text, diff)
				}
			}
		})
	}
}

func TestXConformanceOfTopLevelDomains(t *testing.T) {
	t.Parallel()
	var spec struct {
		Tests struct{ Country, Generic []extractCase }
	}
	readSpec(t, "tlds.yml", &spec)
	cases := slices.Concat(spec.Tests.Country, spec.Tests.Generic)
	if len(cases) < 1400 {
		t.Fatalf("got %d cases", len(cases))
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.Expected, valuesOf(c.Text, text.Link, false)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", c.Description, diff)
		}
	}
}
