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
		0:                                 "",
		10 * time.Second:                  "",
		11*time.Second + time.Millisecond: "11 s late",
		59 * time.Second:                  "59 s late",
		time.Minute:                       "1 min late",
		12*time.Minute + 40*time.Second:   "12 min late",
		time.Hour:                         "1 h late",
		125*time.Minute + time.Second:     "2 h 5 m late",
		49 * time.Hour:                    "2 d 1 h late",
	} {
		if got := lateWords(late); got != want {
			t.Errorf("%s: got %q, want %q", late, got, want)
		}
	}
}

func TestHeadline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status  hayon.Status
		stopped bool
		want    string
		calm    bool
	}{
		"nothing":        {want: "Posts go out; none is waiting.", calm: true},
		"waiting":        {status: hayon.Status{Scheduled: 1}, want: "Posts will go out.", calm: true},
		"looked up":      {status: hayon.Status{Uncertain: 1}, want: "Posts will go out.", calm: true},
		"ended":          {status: hayon.Status{Failed: 2, Missed: 1}, want: "Posts go out; none is waiting.", calm: true},
		"late":           {status: hayon.Status{Queued: 3, Overdue: 2}, want: "Posts go out, 2 of them late."},
		"asks":           {status: hayon.Status{Missed: 2, Asking: 1}, want: "Posts go out; none is waiting. 1 post waits for your word."},
		"held and asks":  {status: hayon.Status{Scheduled: 1, Uncertain: 1, Held: 1, Parked: 2}, want: "Posts will go out. 3 posts wait for your word."},
		"one account":    {status: hayon.Status{Blocked: []hayon.Blocked{{Account: "demo/a"}}}, want: "Posts go out, but not to demo/a."},
		"two accounts":   {status: hayon.Status{Overdue: 1, Blocked: make([]hayon.Blocked, 2)}, want: "Posts go out, but not to 2 of the accounts."},
		"paused":         {status: hayon.Status{Paused: &hayon.Pace{}, Overdue: 1}, want: "Posts do not go out: publishing is paused."},
		"clock":          {status: hayon.Status{ClockHeld: time.Unix(1, 0)}, want: "Posts wait for half a minute: the clock of this machine has jumped."},
		"broker gone":    {status: hayon.Status{Queued: 1, Overdue: 1, Broker: &hayon.BrokerState{}}, want: "Posts are accepted and wait: the broker is out of reach."},
		"broker stuck":   {status: hayon.Status{Overdue: 1, Broker: &hayon.BrokerState{Connected: true, Error: "no right to write"}}, want: "Posts are accepted and wait: messages do not flow."},
		"broker blocked": {status: hayon.Status{Broker: &hayon.BrokerState{Connected: true, BlockedSince: time.Unix(1, 0)}}, want: "Posts are accepted and wait: the broker takes no messages."},
		"broker there":   {status: hayon.Status{Broker: &hayon.BrokerState{Connected: true}}, want: "Posts go out; none is waiting.", calm: true},
		"nobody":         {stopped: true, want: "Nobody sends posts: no daemon runs."},
		"nobody, late":   {stopped: true, status: hayon.Status{Overdue: 2}, want: "Nobody sends posts: no daemon runs, and 2 should be out already."},
		"nobody, paused": {stopped: true, status: hayon.Status{Paused: &hayon.Pace{}}, want: "Nobody sends posts: no daemon runs."},
	} {
		if got := headline(&tt.status, !tt.stopped); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
		if needsALook(&tt.status, !tt.stopped) == tt.calm {
			t.Errorf("%s: the colour of the headline is wrong", name)
		}
	}
}

func TestBrokerTrouble(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		broker *hayon.BrokerState
		want   string
	}{
		"none":    {nil, ""},
		"there":   {&hayon.BrokerState{Connected: true, Since: at}, ""},
		"gone":    {&hayon.BrokerState{Error: "connection refused", Hint: "start it", Since: at}, "broker: connection refused; since Sat 21 Nov 2026 09:00 UTC|start it"},
		"early":   {&hayon.BrokerState{}, "broker: there is no connection yet|it is tried again by itself; see: hayon broker status"},
		"stuck":   {&hayon.BrokerState{Connected: true, Error: "no right to write", Hint: "grant it"}, "broker: no right to write|grant it"},
		"blocked": {&hayon.BrokerState{Connected: true, BlockedSince: at, BlockedReason: "low on memory"}, "broker: it has raised an alarm (low on memory); since Sat 21 Nov 2026 09:00 UTC|give it memory or disk space; posts go on by themselves. See: hayon broker status"},
	} {
		if got := strings.Join(brokerTrouble(&hayon.Status{Broker: tt.broker}, time.UTC), "|"); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
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
