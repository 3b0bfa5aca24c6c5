package main

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestParseShift(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]hayon.Shift{
		"+1d": {Days: 1}, "1d": {Days: 1}, "-1d": {Days: -1}, "+1w": {Days: 7}, " -2h30m ": {Elapsed: -150 * time.Minute},
		"+1d 2h": {Days: 1, Elapsed: 2 * time.Hour}, "- 3 days": {Days: -3},
	} {
		got, err := parseShift(in)
		if err != nil || *got != want {
			t.Errorf("parseShift(%q) is %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "+", "-", "--1d", "+-1d", "1", "1mo", "1 month", "tomorrow", "0d", "1d1d", "9am"} {
		if got, err := parseShift(in); hayon.CodeOf(err) != hayon.CodeUsage || hayon.AsError(err).Hint == "" {
			t.Errorf("parseShift(%q) is %v, %v, want a usage error with a hint", in, got, err)
		}
	}
}

// TestGravest: the order of the exit codes does not depend on that of the posts.
func TestGravest(t *testing.T) {
	t.Parallel()
	order := []int{143, 1, 9, 12, 6, 4, 7, 3, 8, 13, 11, 2, 5, 10, 0}
	for i, a := range order {
		for _, b := range order[i:] {
			if got := gravest(a, b); got != a {
				t.Errorf("gravest(%d, %d) is %d, want %d", a, b, got, a)
			}
			if got := gravest(b, a); got != a {
				t.Errorf("gravest(%d, %d) is %d, want %d", b, a, got, a)
			}
		}
	}
}

// TestJoinTerms: what a shell had in quotes is a phrase, unless it is a filter itself.
func TestJoinTerms(t *testing.T) {
	t.Parallel()
	a := newTestApp()
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"state:failed", "to:mastodon", "two words"}, `state:failed to:mastodon "two words"`},
		{[]string{"state:failed to:mastodon"}, `state:failed to:mastodon`},
		{[]string{"two -words"}, `two -words`},
		{[]string{`"two words" three`}, `"two words" three`},
		{[]string{`label:"two words"`}, `label:"two words"`},
		{[]string{`back\slash here`}, `"back\\slash here"`},
		{[]string{"word", " padded "}, "word  padded "},
		{nil, ""},
	} {
		if got := a.joinTerms(tt.args); got != tt.want {
			t.Errorf("joinTerms(%q) is %q, want %q", tt.args, got, tt.want)
		}
	}
}

// TestShellWord: what is typed again means the same to a shell.
func TestShellWord(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"state:failed to:bluesky/work": "state:failed to:bluesky/work",
		`"two words"`:                  `'"two words"'`,
		"it's $HOME":                   `'it'\''s $HOME'`,
		"-label:done":                  "-- -label:done",
		"日本語":                          "日本語",
		"a*b":                          "'a*b'",
	} {
		if got := shellWord(in); got != want {
			t.Errorf("shellWord(%q) is %q, want %q", in, got, want)
		}
	}
	if got := shellWords("hayon " + shellWord(`"two words"`)); cmp.Diff([]string{"hayon", `"two words"`}, got) != "" {
		t.Errorf("a shell reads %q", got)
	}
}

// TestWatchIsBounded: a watch remembers the newest posts, however many come.
func TestWatchIsBounded(t *testing.T) {
	t.Parallel()
	w := &lineWatch{known: make(map[hayon.PostID]uint64)}
	id := func(n int) hayon.PostID {
		var out hayon.PostID
		var b [12]byte
		binary.BigEndian.PutUint64(b[4:], uint64(n))
		copy(out[:], b[:])
		return out
	}
	for n := range maxKnown + 50 {
		w.remember(id(n+1), uint64(n))
	}
	if len(w.known) != maxKnown || len(w.order) != maxKnown {
		t.Errorf("%d and %d posts are remembered, want %d", len(w.known), len(w.order), maxKnown)
	}
	if _, ok := w.known[id(1)]; ok {
		t.Error("the oldest one is remembered")
	}
	if _, ok := w.known[id(maxKnown+50)]; !ok {
		t.Error("the newest one is forgotten")
	}
	w.forget(id(maxKnown))
	w.forget(id(maxKnown))
	if len(w.known) != maxKnown-1 || len(w.order) != maxKnown-1 {
		t.Errorf("%d and %d posts are left", len(w.known), len(w.order))
	}
}
