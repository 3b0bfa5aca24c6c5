package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

func TestLineDiff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, before, after string
		want                []string
	}{
		{"the same", "a\nb", "a\nb", nil},
		{"from nothing", "", "a\nb", []string{"+ a", "+ b"}},
		{"to nothing", "a\n", "", []string{"- a", "- "}},
		{"in the middle", "a\nb\nc", "a\nx\nc", []string{"- b", "+ x"}},
		{"two places", "a\nb\nc\nd\ne", "a\nc\nd\nx\ne", []string{"- b", "+ x"}},
		{"a line more", "a\na", "a\na\na", []string{"+ a"}},
	} {
		if got := lineDiff(tt.before, tt.after); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestLineDiffLeadsThere: the lines that went are those of the one text, and those that came of the other.
func TestLineDiffLeadsThere(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	text := func() []string {
		out := make([]string, r.IntN(12))
		for i := range out {
			out[i] = string(rune('a' + r.IntN(4)))
		}
		return out
	}
	count := func(lines []string) map[string]int {
		n := make(map[string]int)
		for _, l := range lines {
			n[l]++
		}
		return n
	}
	for range 2000 {
		a, b := text(), text()
		n := count(a)
		for _, line := range lineDiff(strings.Join(a, "\n"), strings.Join(b, "\n")) {
			if l := line[2:]; strings.HasPrefix(line, "-") {
				n[l]--
			} else {
				n[l]++
			}
		}
		want := count(b)
		for l := range n {
			if n[l] != want[l] {
				t.Fatalf("%q to %q: %d of %q, want %d", a, b, n[l], l, want[l])
			}
		}
	}
}

// TestLineDiffBounds: a text of many lines takes no time, and is shown shortly.
func TestLineDiffBounds(t *testing.T) {
	t.Parallel()
	var a, b strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&a, "a%d\n", i)
		fmt.Fprintf(&b, "b%d\n", i)
	}
	all := lineDiff(a.String(), b.String())
	if len(all) != 100_000 {
		t.Errorf("there are %d lines", len(all))
	}
	if got := shortened(all); len(got) != maxDiffLines || got[len(got)-1] != "… and 99981 lines more" {
		t.Errorf("got %q", got)
	}
}

func TestRoster(t *testing.T) {
	t.Parallel()
	account := func(name string, standard bool) *hayon.Account {
		platform, _, _ := strings.Cut(name, "/")
		return &hayon.Account{ID: hayon.NewAccountID(time.Unix(1, 0)), Platform: platform, Name: name, Default: standard}
	}
	plain, work, site := account("demo", false), account("demo/work", true), account("site", true)
	r := roster{plain, work, site}
	for _, a := range r {
		if word := r.word(a.ID.String()); r.id(word) != a.ID.String() {
			t.Errorf("%s is written %q, which means %q", a.Name, word, r.id(word))
		}
	}
	group := []*hayon.Group{{Name: "both", Accounts: []hayon.AccountID{site.ID, work.ID}}}
	for words, want := range map[string][]*hayon.Account{"demo/*": {plain, work}, "demo": {work}, "@both": {site, work}, "site, demo/work": {site, work}} {
		var ids []string
		for _, a := range want {
			ids = append(ids, a.ID.String())
		}
		if got := r.expand(commaList(words), group); !slices.Equal(got, ids) {
			t.Errorf("%s: got %q, want %q", words, got, ids)
		}
	}
	if got := r.expand([]string{"all", "@none", "bluesky"}, group); !slices.Equal(got, []string{"all", "@none", "bluesky"}) {
		t.Errorf("got %q", got)
	}
}

func TestSpanWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", time.Hour: "1h", 90 * time.Minute: "1h30m", 24 * time.Hour: "1d", 36 * time.Hour: "36h", 90 * time.Second: "1m30s",
	} {
		got := spanWords(d)
		if back, err := parseSpan(got); got != want || err != nil || back != d {
			t.Errorf("%s: got %q, want %q; it is read as %s, %v", d, got, want, back, err)
		}
	}
}
