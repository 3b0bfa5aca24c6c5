package hayontest

import (
	"github.com/hayon/hayon"
)

func pauseCases() []testCase {
	return []testCase{
		{"pause and resume", pauseResume},
		{"schedule and retry while paused", whilePaused},
		{"status tells what needs its user", statusAttention},
	}
}

// serviceEvents are the reasons of the events about publishing as a whole.
func (w *world) serviceEvents() []string {
	w.Helper()
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventServiceChanged}})
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, e := range events {
		out = append(out, e.Reason)
	}
	return out
}

func pauseResume(w *world) {
	if st, err := w.Service.Resume(w.ctx()); err != nil || st.Paused != nil {
		w.Fatalf("Resume without a pause: %+v, %v", st, err)
	}
	for range 2 {
		st, err := w.Service.Pause(w.ctx(), "a funeral")
		if err != nil || st.Paused == nil || st.Paused.Reason != "a funeral" || st.Paused.NotBefore.IsZero() {
			w.Fatalf("Pause: %+v, %v; want it paused for its reason", st, err)
		}
	}
	if st, err := w.Service.Status(w.ctx()); err != nil || st.Paused == nil {
		w.Errorf("Status: %+v, %v; want it paused", st, err)
	}
	if got := w.serviceEvents(); len(got) != 1 {
		w.Errorf("events %q, want one for two calls", got)
	}
	for range 2 {
		if st, err := w.Service.Resume(w.ctx()); err != nil || st.Paused != nil {
			w.Fatalf("Resume: %+v, %v; want no pause", st, err)
		}
	}
	if got := w.serviceEvents(); len(got) != 2 || got[0] == got[1] || got[1] == "" {
		w.Errorf("events %q, want a pause and its end", got)
	}
}

func whilePaused(w *world) {
	failed := w.in(hayon.StateFailed, "failed")
	if _, err := w.Service.Pause(w.ctx(), ""); err != nil {
		w.Fatal(err)
	}
	w.wantState(w.create(hayon.PostCreate{Text: "now", To: []string{"site"}}), hayon.StateQueued)
	w.wantState(w.create(later("later")), hayon.StateScheduled)
	got, err := w.Service.RetryPost(w.ctx(), failed.ID, hayon.PostChangeRequest{})
	if err != nil {
		w.Fatal(err)
	}
	w.wantState(got, hayon.StateQueued)
	if _, err := w.Service.Resume(w.ctx()); err != nil {
		w.Fatal(err)
	}
	if st, err := w.Service.Status(w.ctx()); err != nil || st.Queued != 2 || st.Scheduled != 1 {
		w.Errorf("Status: %+v, %v; want two queued and one scheduled", st, err)
	}
}

func statusAttention(w *world) {
	w.in(hayon.StateFailed, "failed")
	parked, held, missed := w.in(hayon.StateParked, "parked"), w.in(hayon.StateUncertain, "held"), w.in(hayon.StateMissed, "asks")
	skipped := w.create(hayon.PostCreate{Text: "skipped", To: []string{"strict"}, IfLate: hayon.LateSkip})
	w.move(skipped.ID, hayon.StateMissed)
	st, err := w.Service.Status(w.ctx())
	if err != nil {
		w.Fatal(err)
	}
	if st.Parked != 1 || st.Uncertain != 1 || st.Held != 1 || st.Missed != 2 || st.Asking != 1 || st.Failed != 1 {
		w.Errorf("counts %+v; want one of each, and two missed of which one asks", st)
	}
	if len(st.NeedUser) != 3 {
		w.Fatalf("%d targets need their user, want 3: %+v", len(st.NeedUser), st.NeedUser)
	}
	for i, p := range []*hayon.Post{missed, held, parked} { // newest first
		a := st.NeedUser[i]
		if a.Post != p.ID || a.Target != p.Targets[0].ID || a.State != p.Targets[0].State || a.Account != "strict" || a.Hint == "" || a.Due.IsZero() {
			w.Errorf("%d: %+v, want %s, which is %s, with a hint", i, a, p.ID, p.Targets[0].State)
		}
		if a.Asks != (i == 0) {
			w.Errorf("%d: asks is %t", i, a.Asks)
		}
	}
	other, err := w.Other.Status(w.otherCtx())
	if err != nil || len(other.NeedUser) > 0 || other.Parked != 1 {
		w.Errorf("another user sees %+v, %v; want numbers alone", other, err)
	}
	if _, err := w.Service.CancelPost(w.ctx(), missed.ID, hayon.PostChangeRequest{}); err != nil {
		w.Errorf("the question cannot be answered by a cancel: %v", err)
	}
	if t := w.find(missed.ID).Targets[0]; t.State != hayon.StateCancelled || t.Asks || t.Error != nil {
		w.Errorf("after the cancel: %+v, want no question and no advice to send it", t)
	}
	if st, err := w.Service.Status(w.ctx()); err != nil || st.Asking != 0 || len(st.NeedUser) != 2 {
		w.Errorf("after the cancel: %+v, %v; want no question", st, err)
	}
}
