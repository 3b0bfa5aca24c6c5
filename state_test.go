package hayon_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// mayBecome is the table of transitions, written down a second time.
const mayBecome = `
(new)       draft scheduled queued publishing failed
draft       scheduled queued publishing cancelled
scheduled   queued draft cancelled missed
queued      publishing scheduled draft cancelled missed
publishing  published retry_wait uncertain failed parked queued
retry_wait  publishing scheduled cancelled missed failed
uncertain   published retry_wait queued cancelled
failed      queued scheduled cancelled published
parked      queued scheduled cancelled published
missed      queued scheduled cancelled published
cancelled   draft scheduled missed failed parked
published
`

// parseTransitions answers the pairs of a table in the form of mayBecome.
func parseTransitions(t *testing.T, table string) map[[2]hayon.State]bool {
	t.Helper()
	out := map[[2]hayon.State]bool{}
	rows := 0
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		rows++
		from := hayon.State(words[0])
		if from == "(new)" {
			from = ""
		}
		for _, to := range words[1:] {
			out[[2]hayon.State{from, hayon.State(to)}] = true
		}
	}
	if want := len(hayon.States()) + 1; rows != want {
		t.Fatalf("the table has %d rows, want %d", rows, want)
	}
	return out
}

// realTransitions are those of the code, without staying in a state.
func realTransitions() map[[2]hayon.State]bool {
	out := map[[2]hayon.State]bool{}
	for _, from := range append([]hayon.State{""}, hayon.States()...) {
		for _, to := range hayon.States() {
			if from != to && from.CanBecome(to) {
				out[[2]hayon.State{from, to}] = true
			}
		}
	}
	return out
}

// diffTransitions tells which pairs are in one set alone.
func diffTransitions(t *testing.T, want, got map[[2]hayon.State]bool) {
	t.Helper()
	for pair := range want {
		if !got[pair] {
			t.Errorf("%q cannot become %q, want that it can", pair[0], pair[1])
		}
	}
	for pair := range got {
		if !want[pair] {
			t.Errorf("%q can become %q, want that it cannot", pair[0], pair[1])
		}
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	diffTransitions(t, parseTransitions(t, mayBecome), realTransitions())
}

func TestTransitionsAtTheEdges(t *testing.T) {
	t.Parallel()
	for _, s := range hayon.States() {
		if !s.CanBecome(s) {
			t.Errorf("%q cannot stay", s)
		}
		if s.CanBecome("") || s.CanBecome("lost") || hayon.State("lost").CanBecome(s) {
			t.Errorf("%q is tied to what is no state", s)
		}
		if !s.Valid() {
			t.Errorf("%q is not valid", s)
		}
	}
	if hayon.State("").CanBecome("") {
		t.Error("a target that is not there can become nothing")
	}
	for _, s := range []hayon.State{"", "lost", "Draft"} {
		if s.Valid() {
			t.Errorf("%q is valid", s)
		}
	}
}

func TestStateGroups(t *testing.T) {
	t.Parallel()
	if got := len(hayon.States()); got != 11 {
		t.Errorf("states: got %d, want 11", got)
	}
	for _, s := range append(hayon.States(), "lost") {
		terminal := slices.Contains([]hayon.State{"draft", "published", "failed", "parked", "missed", "cancelled"}, s)
		if s.Terminal() != terminal {
			t.Errorf("%q: terminal is %t", s, s.Terminal())
		}
		working := slices.Contains([]hayon.State{"queued", "publishing", "retry_wait"}, s)
		if s.Working() != working {
			t.Errorf("%q: working is %t", s, s.Working())
		}
	}
}

// postOracle reads the truth table row by row, with predicates instead of counts.
func postOracle(states []hayon.State) hayon.PostState {
	if len(states) == 0 {
		return "draft"
	}
	rest := slices.DeleteFunc(slices.Clone(states), func(s hayon.State) bool { return s == "cancelled" })
	any := func(of ...hayon.State) bool {
		return slices.ContainsFunc(rest, func(s hayon.State) bool { return slices.Contains(of, s) })
	}
	all := func(of hayon.State) bool {
		return !slices.ContainsFunc(rest, func(s hayon.State) bool { return s != of })
	}
	rows := []struct {
		fits bool
		is   hayon.PostState
	}{
		{len(rest) == 0, "cancelled"},
		{all("draft"), "draft"},
		{any("queued", "publishing", "retry_wait") || any("published") && any("scheduled"), "publishing"},
		{any("uncertain"), "uncertain"},
		{any("scheduled"), "scheduled"},
		{all("published"), "published"},
		{any("published"), "partial"},
		{all("missed"), "missed"},
		{true, "failed"},
	}
	return rows[slices.IndexFunc(rows, func(r struct {
		fits bool
		is   hayon.PostState
	},
	) bool {
		return r.fits
	})].is
}

// everyMix calls fn with every ordered mix of up to n states.
func everyMix(n int, fn func([]hayon.State)) {
	var grow func(mix []hayon.State)
	grow = func(mix []hayon.State) {
		fn(mix)
		if len(mix) == n {
			return
		}
		for _, s := range hayon.States() {
			grow(append(slices.Clone(mix), s))
		}
	}
	grow(nil)
}

func TestDerivePostState(t *testing.T) {
	t.Parallel()
	mixes, seen := 0, map[hayon.PostState]bool{}
	everyMix(4, func(mix []hayon.State) {
		mixes++
		got, want := hayon.DerivePostState(mix), postOracle(mix)
		if got != want {
			t.Errorf("%v: got %q, want %q", mix, got, want)
		}
		seen[got] = true
	})
	if want := 1 + 11 + 11*11 + 11*11*11 + 11*11*11*11; mixes != want {
		t.Errorf("mixes: got %d, want %d", mixes, want)
	}
	for _, s := range hayon.PostStates() {
		if !seen[s] {
			t.Errorf("no mix gives %q", s)
		}
		delete(seen, s)
	}
	if len(seen) != 0 {
		t.Errorf("states of a post that PostStates does not list: %v", seen)
	}
}

func TestDerivePostStateByExample(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]hayon.PostState{
		"":                            "draft",
		"cancelled cancelled":         "cancelled",
		"draft cancelled":             "draft",
		"published scheduled":         "publishing",
		"published retry_wait":        "publishing",
		"uncertain scheduled":         "uncertain",
		"uncertain published":         "uncertain",
		"scheduled failed":            "scheduled",
		"published cancelled":         "published",
		"published failed":            "partial",
		"published draft":             "partial",
		"missed missed cancelled":     "missed",
		"missed failed":               "failed",
		"parked":                      "failed",
		"uncertain queued":            "publishing",
		"published scheduled missed":  "publishing",
		"draft scheduled":             "scheduled",
		"draft failed":                "failed",
		"published published missed":  "partial",
		"parked uncertain":            "uncertain",
		"cancelled cancelled parked ": "failed",
	} {
		var states []hayon.State
		for s := range strings.FieldsSeq(in) {
			states = append(states, hayon.State(s))
		}
		if got := hayon.DerivePostState(states); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
