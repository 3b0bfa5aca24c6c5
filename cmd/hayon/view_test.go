package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func TestLateWords(t *testing.T) {
	t.Parallel()
	for late, want := range map[time.Duration]string{
		0:                               "",
		59 * time.Second:                "",
		time.Minute:                     "1 min late",
		12*time.Minute + 40*time.Second: "12 min late",
		time.Hour:                       "1 h late",
		125*time.Minute + time.Second:   "2 h 5 m late",
		49 * time.Hour:                  "2 d 1 h late",
	} {
		if got := lateWords(late); got != want {
			t.Errorf("%s: got %q, want %q", late, got, want)
		}
	}
}

func TestPolicyWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		target api.Target
		want   string
	}{
		{api.Target{}, ""}, // an older daemon does not say
		{api.Target{LatePolicy: hayon.LatePublish, Grace: api.Duration(time.Hour)}, "publish, however late"},
		{api.Target{LatePolicy: hayon.LateAsk, Grace: api.Duration(90 * time.Minute)}, "ask after 1 h 30 m"},
		{api.Target{LatePolicy: hayon.LateSkip}, "skip as soon as it is late"},
	} {
		if got := policyWords(&tt.target); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// heldTarget is a target of which nobody knows whether its second part is out.
func heldTarget(account string) api.Target {
	return api.Target{
		Account: account, Platform: "bluesky", Handle: "@a.test", State: hayon.StateUncertain,
		Parts: []api.Part{{Text: "one", URL: "https://x.invalid/1", RemoteID: "1"}, {Text: "two"}, {Text: "three"}},
	}
}

// What is to be done about an outcome that nobody knows names the place, the part and the command.
func TestResolveHint(t *testing.T) {
	t.Parallel()
	a := newTestApp()
	id := hayon.NewPostID(noon)
	one := &api.Post{ID: id, Targets: []api.Target{heldTarget("bluesky")}}
	want := "look at https://bsky.app/profile/a.test whether part 2 of 3 is there, then type: " +
		"hayon resolve " + id.String() + " --published URL   or: hayon resolve " + id.String() + " --not"
	if diff := cmp.Diff([]string{want}, a.hints(one)); diff != "" {
		t.Errorf("one target (-want +got):\n%s", diff)
	}
	two := &api.Post{ID: id, Targets: []api.Target{heldTarget("bluesky"), heldTarget("bluesky/work")}}
	if got := a.hints(two); len(got) != 2 || !strings.Contains(got[1], "--account bluesky/work --not") {
		t.Errorf("two targets: %q", got)
	}
	lookedUp := heldTarget("bluesky")
	lookedUp.NotBefore = noon
	if got := a.hints(&api.Post{ID: id, Targets: []api.Target{lookedUp}}); len(got) != 0 {
		t.Errorf("one that is looked up calls for %q", got)
	}
	if got := partState(&one.Targets[0], 0) + "|" + partState(&one.Targets[0], 1) + "|" + partState(&one.Targets[0], 2); got != "https://x.invalid/1|out or not: nobody knows|not out" {
		t.Errorf("the parts are %s", got)
	}
}

// On a terminal the state says which posts ask, and the footer how many; in a pipe the state is a word.
func TestListTellsWhatAsks(t *testing.T) {
	t.Parallel()
	missed := api.Target{Account: "site", State: hayon.StateMissed, Question: true, Parts: []api.Part{{}}}
	thread := heldTarget("bluesky")
	posts := []api.Post{
		{Short: "p_aaaa", State: hayon.PostMissed, Text: "one", Targets: []api.Target{missed}},
		{Short: "p_bbbb", State: hayon.PostUncertain, Text: "two", Targets: []api.Target{thread}},
		{Short: "p_cccc", State: hayon.PostDraft, Text: "three", Targets: []api.Target{{Parts: []api.Part{{}}}}},
	}
	for _, tty := range []bool{true, false} {
		var out, talk bytes.Buffer
		a := newTestApp()
		a.io = &streams{out: &out, err: &talk, outTTY: tty, width: 100}
		a.flags.color, a.flags.tz = "never", "UTC"
		if err := (&listOptions{app: a}).print(posts); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), " (asks)"); tty && got != 2 || !tty && got != 0 {
			t.Errorf("terminal %t: %d posts ask:\n%s", tty, got, &out)
		}
		if !strings.Contains(out.String(), "(3 parts) two") {
			t.Errorf("the thread is not told:\n%s", &out)
		}
		if want := "2 posts wait for your word; the newest: hayon show p_aaaa\n"; talk.String() != want {
			t.Errorf("got %q, want %q", &talk, want)
		}
	}
}
