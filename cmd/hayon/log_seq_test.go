package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// history is an event service with fixed events, which counts the questions.
type history struct {
	hayon.EventService
	events []hayon.Event
	asked  int
}

func (h *history) LastSeq(context.Context) (uint64, error) {
	if len(h.events) == 0 {
		return 0, nil
	}
	return h.events[len(h.events)-1].Seq, nil
}

func (h *history) FindEvents(_ context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	h.asked++
	limit := f.Limit
	if limit == 0 {
		limit = 1000
	}
	var out []hayon.Event
	for _, e := range h.events {
		if e.Seq > f.After && (len(f.Kinds) == 0 || slices.Contains(f.Kinds, e.Kind)) && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

// newHistory has n events a minute apart, of which every tenth number is missing and every seventh
// event is a failure.
func newHistory(n int) *history {
	h := &history{}
	for seq := uint64(1); len(h.events) < n; seq++ {
		if seq%10 == 0 {
			continue
		}
		kind := hayon.EventPublished
		if len(h.events)%7 == 0 {
			kind = hayon.EventFailed
		}
		h.events = append(h.events, hayon.Event{Seq: seq, Kind: kind, At: noon.Add(time.Duration(len(h.events)) * time.Minute)})
	}
	return h
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestTailBefore(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 5, 300, 5000} {
		for _, n := range []int{0, 1, 3, 100, 2000, 10_000} {
			for _, kinds := range [][]hayon.EventKind{nil, {hayon.EventFailed}, {hayon.EventMissed}} {
				t.Run(fmt.Sprintf("%d of %d %v", n, size, kinds), func(t *testing.T) {
					t.Parallel()
					h := newHistory(size)
					f := hayon.EventFilter{Kinds: kinds}
					from, err := tailBefore(t.Context(), h, f, n)
					if err != nil {
						t.Fatal(err)
					}
					f.Limit, f.After = len(h.events)+1, 0
					all, _ := h.FindEvents(t.Context(), f)
					f.After = from
					got, _ := h.FindEvents(t.Context(), f)
					if want := min(n, len(all)); len(got) != want {
						t.Errorf("after %d come %d events, want %d", from, len(got), want)
					}
				})
			}
		}
	}
}

func TestSeqBefore(t *testing.T) {
	t.Parallel()
	h := newHistory(5000)
	for _, minute := range []int{-5, 0, 1, 2500, 4999, 6000} {
		h.asked = 0
		since := noon.Add(time.Duration(minute) * time.Minute)
		from, err := seqBefore(t.Context(), h, since)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := h.FindEvents(t.Context(), hayon.EventFilter{After: from, Limit: 10_000})
		want := slices.DeleteFunc(slices.Clone(h.events), func(e hayon.Event) bool { return e.At.Before(since) })
		if !slices.EqualFunc(got, want, func(a, b hayon.Event) bool { return a.Seq == b.Seq }) {
			t.Errorf("since minute %d: %d events after %d, want %d", minute, len(got), from, len(want))
		}
		if h.asked > 20 {
			t.Errorf("it took %d questions", h.asked)
		}
	}
}

func TestEventKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		words []string
		steps bool
		want  []hayon.EventKind
	}{
		{"a last word", []string{"published"}, false, []hayon.EventKind{hayon.EventPublished}},
		{"whole kinds, once", []string{"target.missed", "missed"}, true, []hayon.EventKind{hayon.EventMissed}},
		{"what it is about", []string{"account"}, false, []hayon.EventKind{hayon.EventAccount, hayon.EventReconnect, hayon.EventExpiring}},
		{"all", []string{"all"}, false, hayon.EventKinds()},
		{"steps too", nil, true, nil},
	}
	for _, tt := range tests {
		got, err := eventKinds(tt.words, tt.steps)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, %v; want %v", tt.name, got, err, tt.want)
		}
	}
	if got, _ := eventKinds(nil, false); slices.Contains(got, hayon.EventStep) || len(got) != len(hayon.EventKinds())-1 {
		t.Errorf("without words: %v", got)
	}
}

func TestPastMoment(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	a := newTestApp()
	a.flags.tz = "Europe/Berlin"
	a.now = func() time.Time { return time.Date(2026, 3, 29, 12, 0, 0, 0, berlin) } // the night was an hour shorter
	for in, want := range map[string]time.Time{
		"2h":                   time.Date(2026, 3, 29, 10, 0, 0, 0, berlin),
		"1d":                   time.Date(2026, 3, 28, 12, 0, 0, 0, berlin),
		"90m ago":              time.Date(2026, 3, 29, 10, 30, 0, 0, berlin),
		"today":                time.Date(2026, 3, 29, 0, 0, 0, 0, berlin),
		"Yesterday":            time.Date(2026, 3, 28, 0, 0, 0, 0, berlin),
		"2026-03-01":           time.Date(2026, 3, 1, 0, 0, 0, 0, berlin),
		"2026-03-01 09:30":     time.Date(2026, 3, 1, 9, 30, 0, 0, berlin),
		"2026-03-01T09:30:00Z": time.Date(2026, 3, 1, 10, 30, 0, 0, berlin),
		"":                     {},
	} {
		if got, err := a.pastMoment("--since", in); err != nil || !got.Equal(want) {
			t.Errorf("%q is %s, %v; want %s", in, got, err, want)
		}
	}
	if _, err := a.pastMoment("--since", "soon"); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("got %v, want usage", err)
	}
}
