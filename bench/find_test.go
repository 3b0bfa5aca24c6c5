package main

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// TestFindLoad looks at the posts that are searched: their length, and how many have what.
func TestFindLoad(t *testing.T) {
	t.Parallel()
	const n = 2 * findRare
	now := time.UnixMilli(1_700_000_000_000)
	posts := func() (out []*hayon.Post) {
		r := rand.New(rand.NewPCG(findSeed, 0))
		for i := range n {
			out = append(out, findPost(r, hayon.PostID{11: byte(i)}, i, now))
		}
		return out
	}
	all := posts()
	with := map[string]int{}
	for _, p := range all {
		if length := utf8.RuneCountInString(p.Text); length < 60 || length > 320 || len(p.Labels) != 3 {
			t.Fatalf("a post has %d characters and the labels %q", length, p.Labels)
		}
		for _, word := range []string{wordFrequent, wordRare, wordAbsent} {
			if strings.Contains(p.SearchText(), word) {
				with[word]++
			}
		}
	}
	if with[wordFrequent] < n/4 || with[wordRare] != n/findRare || with[wordAbsent] != 0 {
		t.Errorf("posts with the words: %v", with)
	}
	if diff := cmp.Diff(all[:100], posts()[:100]); diff != "" {
		t.Errorf("two loads differ:\n%s", diff)
	}
}

// TestSearchesHaveBudgets proves that each search has a bound, and says what must be found.
func TestSearchesHaveBudgets(t *testing.T) {
	t.Parallel()
	bud, err := readBudget(budgetFile)
	if err != nil {
		t.Fatal(err)
	}
	what := searches(findPosts, time.Now())
	for _, s := range what {
		if target, ok := bud.find(s.name); !ok || target.Max == nil {
			t.Errorf("budget.json has no bound of %s", s.name)
		}
	}
	if i := slices.IndexFunc(what, func(s search) bool { return s.name == "find-rare" }); i < 0 || what[i].enough != findPosts/findRare {
		t.Errorf("nothing says how many posts have the rare word")
	}
}
