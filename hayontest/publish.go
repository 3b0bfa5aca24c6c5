package hayontest

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func publishCases() []testCase {
	return []testCase{
		{"publish a draft", publishDraft},
		{"publish what is scheduled", publishScheduled},
		{"publish what cannot be", publishNothing},
	}
}

func publishDraft(w *world) {
	p := w.create(hayon.PostCreate{Text: "now then", To: []string{"strict", "site"}, Draft: true})
	dry, err := w.Service.PublishPost(w.ctx(), p.ID, hayon.PostChangeRequest{DryRun: true})
	if err != nil || dry.State() != hayon.PostPublishing {
		w.Errorf("a dry run answered %v, %v; want it on its way", dry, err)
	}
	w.wantState(w.find(p.ID), hayon.StateDraft)
	before := time.Now().Add(-time.Second)
	got, err := w.Service.PublishPost(w.ctx(), p.ID, hayon.PostChangeRequest{Reason: "at last"})
	if err != nil {
		w.Fatal(err)
	}
	for _, t := range got.Targets {
		if !t.State.Working() || t.Due.Before(before) || t.Generation != 2 {
			w.Errorf("on %s: %s, due %s, generation %d; want it due now, in a new generation", t.Platform, t.State, t.Due, t.Generation)
		}
	}
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Post: p.ID})
	if err != nil || len(events) < 2 || events[1].From != hayon.StateDraft || events[1].To != hayon.StateQueued || events[1].Reason != "at last" {
		w.Errorf("events %+v, %v; want the way from draft to queued with its reason", events, err)
	}
	_, err = w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "now then", To: []string{"strict"}})
	w.refused("the same text again", err, hayon.CodeConflict)
}

func publishScheduled(w *world) {
	p := w.create(later("sooner"))
	got, err := w.Service.PublishPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
	if err != nil {
		w.Fatal(err)
	}
	now := time.Now().Add(time.Second)
	if t := got.Targets[0]; !t.State.Working() || t.Due.After(now) || got.Schedule.At.After(now) {
		w.Errorf("%s, due %s, scheduled for %s; want it due now", t.State, t.Due, got.Schedule.At)
	}
}

func publishNothing(w *world) {
	for _, state := range []hayon.State{hayon.StatePublished, hayon.StateFailed, hayon.StateCancelled, hayon.StateUncertain} {
		p := w.in(state, "is "+string(state))
		_, err := w.Service.PublishPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
		e := w.refusal("publish "+string(state), err, hayon.CodeConflict)
		if !strings.Contains(e.Message, "strict is "+string(state)) || e.Hint == "" {
			w.Errorf("%q, hint %q; want the state named", e.Message, e.Hint)
		}
		w.wantState(w.find(p.ID), state)
	}
	a := w.signIn("a")
	p := w.create(hayon.PostCreate{Text: "alone", To: []string{"demo/a"}, Draft: true})
	if err := w.Service.DeleteAccount(w.ctx(), a.ID); err != nil {
		w.Fatal(err)
	}
	_, err := w.Service.PublishPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
	w.refused("a draft of an account that is gone", err, hayon.CodeConflict)
	_, err = w.Service.PublishPost(w.ctx(), hayon.NewPostID(time.Now()), hayon.PostChangeRequest{})
	w.refused("an unknown post", err, hayon.CodeNotFound)
}
