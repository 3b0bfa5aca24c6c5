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
		{"what is invalid is not sent by another time", bestEffortMoved},
		{"what is invalid is not sent after an undo", bestEffortUndone},
		{"undo a deletion of what is in several states", bestEffortDeleted},
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

// tooLong stores a post for later that does not fit on strict.
func (w *world) tooLong() *hayon.Post {
	w.Helper()
	c := later(strings.Repeat("x", StrictMax+1))
	c.To, c.BestEffort = []string{"strict", "site"}, true
	return w.create(c)
}

// wantInvalid checks that strict gets nothing of a post, and why.
func (w *world) wantInvalid(what string, p *hayon.Post, state hayon.State) {
	w.Helper()
	if bad := w.on(p, "strict"); bad.State != state || bad.Error == nil || bad.Error.Code != hayon.CodeInvalid {
		w.Errorf("%s: strict is %s, %+v; want it %s, with the problem", what, bad.State, bad.Error, state)
	}
}

func bestEffortMoved(w *world) {
	p := w.tooLong()
	at := inHours(5)
	p = w.reschedule(p.ID, to(at))
	w.wantInvalid("another time", p, hayon.StateFailed)
	if good := w.on(p, "site"); good.State != hayon.StateScheduled || !good.Due.Equal(at) {
		w.Errorf("site is %s, due %s; want %s", good.State, good.Due, at)
	}
	p = w.revise(p.ID, func(c *hayon.PostCreate) { c.Schedule, c.IfLate = hayon.Schedule{At: inHours(6)}, hayon.LateSkip })
	w.wantInvalid("an edit of the time", p, hayon.StateFailed)
	before, seq := p, w.lastSeq()
	_, err := w.tryRevise(p.ID, func(c *hayon.PostCreate) { c.Schedule, c.Draft, c.BestEffort = hayon.Schedule{}, true, false })
	w.refused("a draft", err, hayon.CodeInvalid)
	w.untouched("a refused draft", before, seq)
	p = w.revise(p.ID, func(c *hayon.PostCreate) { c.To = c.To[:1] }) // strict alone
	before, seq = p, w.lastSeq()
	_, err = w.Service.ReschedulePost(w.ctx(), p.ID, to(inHours(7)))
	if e := w.refusal("nothing that is valid", err, hayon.CodeInvalid); !strings.Contains(e.Hint, "hayon edit") {
		w.Errorf("hint %q, want how it is changed", e.Hint)
	}
	w.untouched("a refused time", before, seq)
}

func bestEffortUndone(w *world) {
	p := w.tooLong()
	w.cancelAs(p.ID, "")
	w.undo(hayon.PostUndo{})
	w.wantInvalid("undo", w.find(p.ID), hayon.StateFailed)
	got, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
	if err != nil {
		w.Fatal(err)
	}
	w.wantInvalid("retry", got, hayon.StateFailed)
}

func bestEffortDeleted(w *world) {
	p := w.tooLong()
	w.remove(p.ID, hayon.PostDelete{})
	w.undo(hayon.PostUndo{})
	w.wantInvalid("undo", w.find(p.ID), hayon.StateFailed)
	w.wantDeleted(p.ID, false)
	if got := w.on(w.find(p.ID), "site"); got.State != hayon.StateScheduled {
		w.Errorf("site is %s, want it scheduled", got.State)
	}
	for _, state := range []hayon.PostState{hayon.PostScheduled, hayon.PostMissed, hayon.PostCancelled} {
		n, err := w.Service.CountPosts(w.ctx(), hayon.PostFilter{States: []hayon.PostState{state}, Deleted: true})
		want := 0
		if state == hayon.PostScheduled {
			want = 1
		}
		if err != nil || n != want {
			w.Errorf("%d posts are %s, deleted ones too (%v); want %d", n, state, err, want)
		}
	}
}
