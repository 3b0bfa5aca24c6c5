package hayontest

import (
	"strings"

	"github.com/hayon/hayon"
)

func bestEffortCases() []testCase {
	return []testCase{
		{"best effort", bestEffort},
		{"best effort with nothing that is valid", bestEffortInVain},
		{"best effort keeps back what would be public", bestEffortNotPublic},
	}
}

func bestEffort(w *world) {
	long := strings.Repeat("é", StrictMax+1)
	c := hayon.PostCreate{Text: long, To: []string{"strict", "plain"}, BestEffort: true, DryRun: true}
	if p := w.create(c); w.on(p, "strict").State != hayon.StateFailed || w.on(p, "plain").State != hayon.StateQueued {
		w.Errorf("a dry run answered %s and %s, want failed and queued", w.on(p, "strict").State, w.on(p, "plain").State)
	}
	w.wantNothing()
	c.DryRun = false
	p := w.find(w.create(c).ID)
	bad := w.on(p, "strict")
	if bad.State != hayon.StateFailed || bad.Error == nil || bad.Error.Code != hayon.CodeInvalid ||
		!strings.Contains(bad.Error.Message, "21 of 20") || bad.Error.Hint == "" {
		w.Errorf("strict: %s, %+v; want it failed with the problem and a hint", bad.State, bad.Error)
	}
	if good := w.on(p, "plain"); !good.State.Working() || good.Error != nil {
		w.Errorf("plain: %s, %+v; want it on its way", good.State, good.Error)
	}
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Post: p.ID, Kinds: []hayon.EventKind{hayon.EventFailed}})
	if err != nil || len(events) != 1 || events[0].Target != bad.ID || events[0].Error == nil || events[0].Error.Code != hayon.CodeInvalid {
		w.Errorf("events %+v, %v; want one that tells why strict got nothing", events, err)
	}
	got, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
	if err != nil {
		w.Fatal(err)
	}
	if again := w.on(got, "strict"); again.State != hayon.StateFailed || again.Error == nil || again.Error.Code != hayon.CodeInvalid {
		w.Errorf("after a retry: %s, %+v; want it failed still", again.State, again.Error)
	}
	// The account got nothing, so that a text that fits there is no duplicate.
	c.BestEffort, c.Text, c.To = false, "short", []string{"strict"}
	w.create(c)
}

func bestEffortInVain(w *world) {
	long := strings.Repeat("é", StrictMax+1)
	c := hayon.PostCreate{Text: long, To: []string{"strict"}, BestEffort: true}
	_, err := w.Service.CreatePost(w.ctx(), c)
	w.refused("nothing valid", err, hayon.CodeInvalid)
	c.Text, c.Draft = "x", true
	_, err = w.Service.CreatePost(w.ctx(), c)
	w.refused("a draft", err, hayon.CodeUsage)
	w.wantNothing()
}

func bestEffortNotPublic(w *world) {
	c := hayon.PostCreate{Text: "hush", To: []string{"strict", "plain"}, BestEffort: true, Options: common("visibility", "followers")}
	p := w.find(w.create(c).ID)
	for range 2 {
		if t := w.on(p, "plain"); t.State != hayon.StateFailed || t.Error == nil || !strings.Contains(t.Error.Message, "public") {
			w.Errorf("plain: %s, %+v; want it kept back", t.State, t.Error)
		}
		var err error
		if p, err = w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{}); err != nil {
			w.Fatal(err)
		}
	}
	if t := w.on(p, "strict"); t.Options[hayon.OptionVisibility] != hayon.VisibilityFollowers {
		w.Errorf("strict: options %v", t.Options)
	}
}
