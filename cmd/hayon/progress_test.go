package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// moving is a post with one target in a state, and what goes on with it.
type moving struct {
	event hayon.Event
	state hayon.State
}

// uploadThenProcess is the life of a video, as events tell it.
func uploadThenProcess(id hayon.TargetID) []moving {
	step := func(kind hayon.RowKind, reason string) hayon.Event {
		return hayon.Event{Kind: hayon.EventStep, Target: id, Step: kind, Reason: reason}
	}
	state := func(from, to hayon.State, reason string) hayon.Event {
		return hayon.Event{Kind: hayon.EventState, Target: id, From: from, To: to, Reason: reason}
	}
	return []moving{
		{state(hayon.StateQueued, hayon.StatePublishing, ""), hayon.StatePublishing},
		{step(hayon.RowClaimed, ""), hayon.StatePublishing},
		{step(hayon.RowProgress, "uploading the video, 42 %"), hayon.StatePublishing},
		{step(hayon.RowProgress, "uploading the video, 53 %"), hayon.StatePublishing},
		{step(hayon.RowPrepared, ""), hayon.StatePublishing},
		{state(hayon.StatePublishing, hayon.StateQueued, "processing the video, 40 %"), hayon.StateQueued},
		{state(hayon.StateQueued, hayon.StatePublishing, ""), hayon.StatePublishing},
		{step(hayon.RowClaimed, ""), hayon.StatePublishing},
		{step(hayon.RowPrepared, ""), hayon.StatePublishing},
		{state(hayon.StatePublishing, hayon.StateQueued, "processing the video, 80 %"), hayon.StateQueued},
		{step(hayon.RowClaimed, ""), hayon.StatePublishing},
		{step(hayon.RowSending, ""), hayon.StatePublishing},
		{state(hayon.StatePublishing, hayon.StatePublished, ""), hayon.StatePublished},
	}
}

// drawn is what is shown of it, event by event, with each answer of the terminal's writer.
func drawn(t *testing.T, io *streams, out *bytes.Buffer) []string {
	t.Helper()
	a := newApp(io, env("HAYON_HOME="+t.TempDir(), "TERM=xterm", "NO_COLOR=1"))
	p := a.newProgress()
	p.doing = &doing{words: make(map[hayon.TargetID]string)}
	var said []string
	for _, m := range uploadThenProcess(hayon.TargetID{1}) {
		p.doing.see(m.event)
		post := &api.Post{Targets: []api.Target{{ID: hayon.TargetID{1}, Account: "bluesky", Platform: "bluesky", State: m.state, URL: "https://bsky.app/1"}}}
		p.show(post)
		said = append(said, out.String())
		out.Reset()
	}
	return said
}

// On a terminal the line of a target says what is being done and how far it is.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var got []string
	for _, s := range drawn(t, &streams{out: &out, err: &out, errTTY: true}, &out) {
		s = strings.NewReplacer("\r", "", "\x1b[K", "", "\x1b[1A", "").Replace(s)
		got = append(got, strings.TrimSpace(s))
	}
	const working, settled = "bluesky  publishing", "bluesky  published   https://bsky.app/1"
	want := []string{
		working, "", "bluesky  uploading the video, 42 %", "bluesky  uploading the video, 53 %", working,
		"bluesky  processing the video, 40 %", "", "", working, "bluesky  processing the video, 80 %", "", working, settled,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

// Elsewhere each thing that is being done has a line, however far it is.
func TestProgressWithoutATerminal(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	got := strings.Join(drawn(t, &streams{out: &out, err: &out}, &out), "")
	want := "  bluesky  uploading the video\n  bluesky  processing the video\n  bluesky  published   https://bsky.app/1\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

func TestPhase(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"": "", "uploading the video, 42 %": "uploading the video", "Bluesky processes the video, 7%": "Bluesky processes the video",
		"uploading 50 % of it": "uploading 50 % of it", "the platform is still processing": "the platform is still processing",
	} {
		if got := phase(words); got != want {
			t.Errorf("phase(%q) = %q, want %q", words, got, want)
		}
	}
}
