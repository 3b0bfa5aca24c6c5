package query

import (
	"strings"

	"github.com/hayon/hayon"
)

// Key is a key of the language.
type Key struct {
	// Name is what stands before the colon.
	Name string
	// About says what the key selects, in a few words.
	About string
	// Values are all values where Closed, else examples; none for names that only the caller knows.
	Values []string
	Closed bool
	// List: commas and the same key again list alternatives.
	List bool
	// Not: a minus sign before the key excludes.
	Not bool
}

const (
	keyState  = "state"
	keyTo     = "to"
	keyLabel  = "label"
	keySource = "source"
	keySince  = "since"
	keyUntil  = "until"
	keyAt     = "at"
	keySort   = "sort"
)

// Keys are all keys, in the order in which a query is written.
func Keys() []Key {
	return []Key{
		{Name: keyState, About: "where a post stands", Values: names(hayon.PostStates()), Closed: true, List: true, Not: true},
		{Name: keyTo, About: "an account, or a platform for all its accounts", List: true, Not: true},
		{Name: keyLabel, About: "a label", Not: true},
		{Name: keySource, About: "what wrote the post", Values: names(sources()), Closed: true, List: true, Not: true},
		{Name: keySince, About: "written at this time or later", Values: []string{"today", "yesterday", "monday", "2d", "2w"}},
		{Name: keyUntil, About: "written before this time", Values: []string{"today", "yesterday", "monday", "2d", "2w"}},
		{Name: keyAt, About: "when it goes out", Values: []string{"today", "tomorrow", "yesterday", "week", "next-week", "last-week"}},
		{Name: keySort, About: "the order", Values: names(hayon.PostOrders()), Closed: true},
	}
}

// sources are where posts come from.
func sources() []hayon.Source {
	return []hayon.Source{
		hayon.SourceCLI, hayon.SourceTUI, hayon.SourceAPI, hayon.SourceFeed, hayon.SourceApply, hayon.SourceMCP,
	}
}

func names[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// keyNamed finds a key in any letter case.
func keyNamed(name string) (Key, bool) {
	for _, k := range Keys() {
		if strings.EqualFold(k.Name, name) {
			return k, true
		}
	}
	return Key{}, false
}

// nearKey is the key that a word before a colon was probably meant to be, or "": by its letters, or
// because other programs call it so.
func nearKey(word string) string {
	switch strings.ToLower(word) {
	case "status":
		return keyState
	case "account", "platform":
		return keyTo
	case "tag":
		return keyLabel
	case "after":
		return keySince
	case "before":
		return keyUntil
	case "date", "due":
		return keyAt
	case "order":
		return keySort
	}
	if word == "" || strings.ContainsFunc(word, func(r rune) bool { return (r|0x20) < 'a' || 'z' < r|0x20 }) {
		return ""
	}
	var keys []string
	for _, k := range Keys() {
		keys = append(keys, k.Name)
	}
	return nearest(strings.ToLower(word), keys)
}

// nearest is the candidate at the least distance from s, or "": two edits at the most, and one for words
// of two or three letters, which resemble each other anyway.
func nearest(s string, candidates []string) string {
	best, least := "", 3
	for _, c := range candidates {
		allowed := 2
		if min(len(s), len(c)) < 4 {
			allowed = 1
		}
		if d := distance(s, strings.ToLower(c)); d <= allowed && d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is how many insertions, removals, replacements and swaps of neighbours make b of a, in bytes.
func distance(a, b string) int {
	var before []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next := make([]int, len(b)+1)
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
