package hayontest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func undoCases() []testCase {
	return []testCase{
		{"undo a creation", undoCreation},
		{"undo an edit", undoEdit},
		{"undo another time", undoReschedule},
		{"undo a cancel", undoCancel},
		{"undo a cancel after the time has come", undoCancelLate},
		{"undo a deletion", undoDelete},
		{"undo a deletion with nothing to remove", undoDeleteRemote},
		{"undo two changes of one post that are a batch", undoBatchOfOne},
		{"undo accounts that came and went", undoAccounts},
		{"undo twice", undoTwice},
		{"redo", redo},
		{"redo a batch", redoBatch},
		{"undo of what had failed", undoOfFailed},
		{"undo with nothing to undo", undoNothing},
		{"undo a batch", undoBatch},
		{"undo a batch of which one cannot be", undoBatchBroken},
		{"undo what something happened to", undoAfter},
		{"undo another user's change", undoOthers},
		{"undo the change of one post", undoOfPost},
		{"a dry run of undo", undoDryRun},
	}
}

// wantUndone checks what undo says that it took back, and that the posts it answers are those that are there.
func (w *world) wantUndone(done *hayon.PostUndone, kind hayon.ChangeKind, posts ...hayon.PostID) {
	w.Helper()
	if done.Kind != kind || done.At.IsZero() || done.At.After(time.Now().Add(time.Minute)) {
		w.Errorf("undid %s of %s, want %s", done.Kind, done.At, kind)
	}
	want := make([]string, len(posts))
	for i, id := range posts {
		want[i] = id.String()
	}
	got := ids(done.Posts)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("undone (-want +got):\n%s", diff)
	}
	for _, p := range done.Posts {
		w.sameTargets("what undo answered", w.find(p.ID), p)
	}
}

func undoCreation(w *world) {
	for _, c := range []hayon.PostCreate{
		later("never"), {Text: "a draft", To: []string{"site"}, Draft: true}, {Text: "at once", To: []string{"site"}},
	} {
		p := w.create(c)
		w.wantUndone(w.undo(hayon.PostUndo{Reason: "no"}), hayon.ChangeCreated, p.ID)
		w.wantState(w.find(p.ID), hayon.StateCancelled)
		w.wantDeleted(p.ID, true)
		w.wantRevision(p.ID, 2, hayon.ChangeUndone)
		w.wantLastReason(p.ID, "no")
	}
}

func undoEdit(w *world) {
	m := w.upload(4, 4, "a.png")
	before := w.find(w.create(later("one")).ID)
	asked := w.request(before.ID)
	changed := w.revise(before.ID, func(c *hayon.PostCreate) {
		c.Text, c.Labels, c.Note, c.Media = "two", []string{"x"}, "y", []hayon.MediaInput{{Media: m.ID}}
		c.Schedule = hayon.Schedule{At: inHours(9)}
	})
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeEdited, before.ID)
	p := w.find(before.ID)
	t, was := p.Targets[0], before.Targets[0]
	if p.Text != "one" || len(p.Labels) > 0 || p.Note != "" || bodyOf(t) != "one" || len(t.Parts[0].Media) > 0 ||
		t.State != hayon.StateScheduled || !t.Due.Equal(was.Due) || !p.Schedule.At.Equal(before.Schedule.At) {
		w.Errorf("post = %+v with %+v, want it as it was", p, t)
	}
	if t.Generation <= changed.Targets[0].Generation {
		w.Errorf("generation %d after %d, want a new one", t.Generation, changed.Targets[0].Generation)
	}
	if diff := cmp.Diff(asked.Create, w.request(p.ID).Create); diff != "" {
		w.Errorf("the request (-before +after):\n%s", diff)
	}
	w.wantRevision(p.ID, 3, hayon.ChangeUndone)
}

func undoReschedule(w *world) {
	c := later("when")
	c.Schedule = hayon.Schedule{At: time.Date(2031, 1, 2, 8, 0, 0, 0, time.UTC), Wall: "2031-01-02T09:00:00", Zone: "Europe/Berlin"}
	p := w.create(c)
	w.reschedule(p.ID, to(inHours(2)))
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeRescheduled, p.ID)
	got := w.find(p.ID)
	if diff := cmp.Diff(c.Schedule, got.Schedule); diff != "" || !got.Targets[0].Due.Equal(c.Schedule.At) {
		w.Errorf("due %s, schedule (-want +got):\n%s", got.Targets[0].Due, diff)
	}
	draft := w.create(hayon.PostCreate{Text: "a draft", To: []string{"site"}, Draft: true})
	w.reschedule(draft.ID, to(inHours(2)))
	w.undo(hayon.PostUndo{})
	if got := w.find(draft.ID); got.State() != hayon.PostDraft || !got.Schedule.IsZero() || !w.request(draft.ID).Create.Draft {
		w.Errorf("the draft is %s for %s", got.State(), got.Schedule.At)
	}
}

func undoCancel(w *world) {
	before := w.find(w.create(later("after all")).ID)
	w.cancelAs(before.ID, "")
	w.wantRevision(before.ID, 2, hayon.ChangeCancelled)
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeCancelled, before.ID)
	p := w.find(before.ID)
	w.wantState(p, hayon.StateScheduled)
	if t, was := p.Targets[0], before.Targets[0]; !t.Due.Equal(was.Due) || t.ID != was.ID || t.Generation <= was.Generation || bodyOf(t) != bodyOf(was) {
		w.Errorf("%+v, want it to wait for %s again in a new generation", t, was.Due)
	}
	w.wantRevision(p.ID, 3, hayon.ChangeUndone)
	w.cancelAs(p.ID, "") // and what came back can be cancelled again
	w.wantState(w.find(p.ID), hayon.StateCancelled)
}

// What was to go out while it was cancelled is missed, and asks, also where its grace window or its policy
// would let it out: an undo sends nothing by itself.
func undoCancelLate(w *world) {
	grace := time.Hour
	for _, tt := range []struct {
		name   string
		past   time.Duration
		policy hayon.LatePolicy
	}{
		{"within the grace window", 30 * time.Minute, hayon.LateAsk},
		{"after the grace window", 2 * time.Hour, hayon.LateSkip},
		{"however late", 2 * time.Hour, hayon.LatePublish},
	} {
		c := later(tt.name)
		c.Grace, c.IfLate = &grace, tt.policy
		p := w.create(c)
		if err := w.Age(w.Context(), p.ID, time.Until(c.Schedule.At)+tt.past); err != nil {
			w.Fatal(err)
		}
		due := w.find(p.ID).Targets[0].Due
		w.cancelAs(p.ID, "")
		w.undo(hayon.PostUndo{})
		t := w.find(p.ID).Targets[0]
		if t.State != hayon.StateMissed || !t.Due.Equal(due) || !t.Asks {
			w.Errorf("%s: %s, due %s, asks %t; want it missed, due %s, with a question", tt.name, t.State, t.Due, t.Asks, due)
		}
	}
}

func undoDelete(w *world) {
	before := w.find(w.create(later("back")).ID)
	w.remove(before.ID, hayon.PostDelete{})
	w.wantRevision(before.ID, 2, hayon.ChangeDeleted)
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeDeleted, before.ID)
	p := w.find(before.ID)
	w.wantState(p, hayon.StateScheduled)
	w.wantDeleted(p.ID, false)
	if !p.Targets[0].Due.Equal(before.Targets[0].Due) {
		w.Errorf("due %s, want %s", p.Targets[0].Due, before.Targets[0].Due)
	}
	w.wantRevision(p.ID, 3, hayon.ChangeUndone)
}

// Who deletes what was cancelled takes back the deletion, not the cancel before it.
func undoDeleteRemote(w *world) {
	p := w.create(later("not out"))
	w.cancelAs(p.ID, "")
	w.remove(p.ID, hayon.PostDelete{Remote: true})
	w.wantDeleted(p.ID, true)
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeDeleted, p.ID)
	w.wantDeleted(p.ID, false)
	w.wantState(w.find(p.ID), hayon.StateCancelled)
}

func undoBatchOfOne(w *world) {
	before := w.create(later("one"))
	for _, n := range []int{5, 6} {
		r := to(inHours(n))
		r.Batch = "both"
		w.reschedule(before.ID, r)
	}
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeRescheduled, before.ID)
	if due := w.find(before.ID).Targets[0].Due; !due.Equal(before.Schedule.At) {
		w.Errorf("due %s, want %s", due, before.Schedule.At)
	}
}

func undoAccounts(w *world) {
	w.signIn("a")
	p := w.create(later("for whom"))
	w.revise(p.ID, func(c *hayon.PostCreate) { c.To = []string{"demo/a"} })
	w.undo(hayon.PostUndo{})
	got := w.find(p.ID)
	if site, demo := w.on(got, "site"), w.on(got, "demo"); site.State != hayon.StateScheduled || demo.State != hayon.StateCancelled {
		w.Errorf("site is %s and demo %s, want the first one scheduled again and the other one cancelled", site.State, demo.State)
	}
	if r := w.request(p.ID); !slices.Equal(r.Create.To, []string{got.Targets[0].Account.String()}) {
		w.Errorf("the request goes to %v", r.Create.To)
	}
}

func undoTwice(w *world) {
	p := w.create(later("one"))
	w.revise(p.ID, reword("two"))
	w.revise(p.ID, reword("three"))
	for _, want := range []string{"two", "one"} {
		w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeEdited, p.ID)
		if got := w.find(p.ID); got.Text != want || bodyOf(got.Targets[0]) != want {
			w.Errorf("the text is %q, want %q", bodyOf(got.Targets[0]), want)
		}
	}
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeCreated, p.ID)
	w.wantDeleted(p.ID, true)
	w.wantNothingToUndo(hayon.PostUndo{})
}

func redo(w *world) {
	p := w.create(later("one"))
	w.wantNothingToUndo(hayon.PostUndo{Redo: true})
	w.revise(p.ID, reword("two"))
	w.undo(hayon.PostUndo{})
	w.undo(hayon.PostUndo{})
	w.wantDeleted(p.ID, true)
	if _, err := w.Service.UndoPost(w.ctx(), hayon.PostUndo{Redo: true, DryRun: true}); err != nil {
		w.Error(err)
	}
	w.wantDeleted(p.ID, true)
	w.wantUndone(w.undo(hayon.PostUndo{Redo: true}), hayon.ChangeCreated, p.ID)
	w.wantDeleted(p.ID, false)
	w.wantState(w.find(p.ID), hayon.StateScheduled)
	w.wantUndone(w.undo(hayon.PostUndo{Redo: true}), hayon.ChangeEdited, p.ID)
	if got := w.find(p.ID); got.Text != "two" || bodyOf(got.Targets[0]) != "two" {
		w.Errorf("the text is %q, want %q", bodyOf(got.Targets[0]), "two")
	}
	w.wantNothingToUndo(hayon.PostUndo{Redo: true})
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeEdited, p.ID) // what was done again can be taken back again
	w.revise(p.ID, reword("three"))
	w.wantNothingToUndo(hayon.PostUndo{Redo: true}) // it would go over that
}

func redoBatch(w *world) {
	var batch []hayon.PostID
	for _, text := range []string{"one", "two", "three"} {
		batch = append(batch, w.create(later(text)).ID)
	}
	for _, id := range batch {
		w.cancelAs(id, "together")
	}
	w.undo(hayon.PostUndo{})
	w.wantUndone(w.undo(hayon.PostUndo{Redo: true}), hayon.ChangeCancelled, batch...)
	for _, id := range batch {
		w.wantState(w.find(id), hayon.StateCancelled)
	}
}

// What had failed comes back as failed, with its reason, and as what else it was.
func undoOfFailed(w *world) {
	for _, state := range []hayon.State{hayon.StateFailed, hayon.StateParked, hayon.StateMissed} {
		p := w.create(later("it was " + string(state)))
		w.move(p.ID, state)
		before := w.find(p.ID).Targets[0]
		w.cancelAs(p.ID, "")
		w.undo(hayon.PostUndo{})
		after := w.find(p.ID).Targets[0]
		if after.State != state || after.Asks != before.Asks || after.Error == nil || *after.Error != *before.Error {
			w.Errorf("%s: it is %s, %+v; want %+v", state, after.State, after.Error, before.Error)
		}
	}
}

// wantNothingToUndo checks that undo finds nothing and says so.
func (w *world) wantNothingToUndo(u hayon.PostUndo) {
	w.Helper()
	seq := w.lastSeq()
	_, err := w.Service.UndoPost(w.ctx(), u)
	code := hayon.CodeConflict
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		code = hayon.CodeNotFound
	}
	if e := w.refusal("undo of nothing", err, code); e.Hint == "" {
		w.Errorf("%q has no hint", e.Message)
	}
	if now := w.lastSeq(); now != seq {
		w.Errorf("an undo of nothing left the events from %d to %d", seq+1, now)
	}
}

func undoNothing(w *world) {
	w.wantNothingToUndo(hayon.PostUndo{})
	p := w.create(later("one"))
	w.undo(hayon.PostUndo{Post: p.ID})
	w.wantNothingToUndo(hayon.PostUndo{Post: p.ID})
	_, err := w.Service.UndoPost(w.ctx(), hayon.PostUndo{Post: hayon.NewPostID(time.Now())})
	w.refused("undo of an unknown post", err, hayon.CodeNotFound)
}

func undoBatch(w *world) {
	batch := make([]hayon.PostID, 0, 3)
	for _, text := range []string{"one", "two", "three"} {
		c := later(text)
		c.Batch = "created together"
		batch = append(batch, w.create(c).ID)
	}
	apart := w.create(later("apart"))
	for i, id := range batch {
		switch i { // one command may change posts in several ways
		case 0:
			if _, err := w.Service.DeletePost(w.ctx(), id, hayon.PostDelete{Batch: "taken back together"}); err != nil {
				w.Fatal(err)
			}
		default:
			w.cancelAs(id, "taken back together")
		}
	}
	done := w.undo(hayon.PostUndo{})
	if len(done.Posts) != 3 {
		w.Fatalf("undid %v, want all three", ids(done.Posts))
	}
	for _, id := range batch {
		w.wantState(w.find(id), hayon.StateScheduled)
		w.wantDeleted(id, false)
	}
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeCreated, apart.ID)
	// Who names a post means that one alone.
	w.wantUndone(w.undo(hayon.PostUndo{Post: batch[1]}), hayon.ChangeCreated, batch[1])
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeCreated, batch[0], batch[2])
	w.wantNothing()
}

func undoBatchBroken(w *world) {
	first, second := w.create(later("first")), w.create(later("second"))
	for _, p := range []*hayon.Post{first, second} {
		r := to(inHours(20))
		r.Batch = "moved together"
		w.reschedule(p.ID, r)
	}
	if _, err := w.Service.PublishPost(w.ctx(), first.ID, hayon.PostChangeRequest{}); err != nil {
		w.Fatal(err)
	}
	before, seq := w.find(second.ID), w.lastSeq()
	_, err := w.Service.UndoPost(w.ctx(), hayon.PostUndo{})
	if e := w.refusal("a batch of which one was published", err, hayon.CodeConflict); !strings.Contains(e.Message, first.ID.String()) {
		w.Errorf("%q does not name the post", e.Message)
	}
	w.untouched("a refused undo", before, seq)
}

func undoAfter(w *world) {
	tests := []struct {
		name  string
		then  func(*hayon.Post)
		state hayon.State
	}{
		{"published", func(p *hayon.Post) { w.move(p.ID, hayon.StatePublished) }, hayon.StatePublished},
		{"uncertain", func(p *hayon.Post) { w.move(p.ID, hayon.StateUncertain) }, hayon.StateUncertain},
		{"sent now", func(p *hayon.Post) {
			if _, err := w.Service.PublishPost(w.ctx(), p.ID, hayon.PostChangeRequest{}); err != nil {
				w.Fatal(err)
			}
		}, hayon.StateQueued},
		{"tried again", func(p *hayon.Post) {
			w.move(p.ID, hayon.StateMissed)
			if _, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{}); err != nil {
				w.Fatal(err)
			}
		}, hayon.StateQueued},
	}
	for _, tt := range tests {
		p := w.create(later("one, " + tt.name))
		w.revise(p.ID, reword("two, "+tt.name))
		tt.then(p)
		before, seq := w.find(p.ID), w.lastSeq()
		if tt.name != "tried again" { // that one waits for its time, or is queued
			w.wantState(before, tt.state)
		}
		for _, u := range []hayon.PostUndo{{}, {Post: p.ID}} {
			_, err := w.Service.UndoPost(w.ctx(), u)
			if e := w.refusal(tt.name, err, hayon.CodeConflict); !strings.Contains(e.Message, string(before.Targets[0].State)) || e.Hint == "" {
				w.Errorf("%s: %q, hint %q; want the state named", tt.name, e.Message, e.Hint)
			}
		}
		w.untouched(tt.name+": a refused undo", before, seq)
	}
}

func undoOthers(w *world) {
	before := w.find(w.create(later("mine")).ID)
	seq := w.lastSeq()
	_, err := w.Other.UndoPost(w.otherCtx(), hayon.PostUndo{})
	if code := hayon.CodeOf(err); code != hayon.CodeConflict && code != hayon.CodeNotFound {
		w.Errorf("another user undid something: %v", err)
	}
	_, err = w.Other.UndoPost(w.otherCtx(), hayon.PostUndo{Post: before.ID})
	w.refused("undo of another user's post", err, hayon.CodeNotFound)
	w.untouched("another user", before, seq)
	theirs, err := w.Other.CreatePost(w.otherCtx(), later("theirs"))
	if err != nil {
		w.Fatal(err)
	}
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeCreated, before.ID) // not theirs, which is newer
	if p, err := w.Other.FindPostByID(w.otherCtx(), theirs.ID); err != nil || p.State() != hayon.PostScheduled {
		w.Errorf("their post: %v, %v; want it scheduled", p, err)
	}
}

func undoOfPost(w *world) {
	first, second := w.create(later("first")), w.create(later("second"))
	w.revise(first.ID, reword("first, changed"))
	w.revise(second.ID, reword("second, changed"))
	w.wantUndone(w.undo(hayon.PostUndo{Post: first.ID}), hayon.ChangeEdited, first.ID)
	if a, b := w.find(first.ID), w.find(second.ID); a.Text != "first" || b.Text != "second, changed" {
		w.Errorf("the texts are %q and %q, want the first one alone taken back", a.Text, b.Text)
	}
	w.wantUndone(w.undo(hayon.PostUndo{}), hayon.ChangeEdited, second.ID)
}

func undoDryRun(w *world) {
	p := w.create(later("one"))
	before := w.revise(p.ID, reword("two"))
	seq := w.lastSeq()
	for range 2 {
		done := w.undo(hayon.PostUndo{DryRun: true})
		if done.Kind != hayon.ChangeEdited || len(done.Posts) != 1 || done.Posts[0].Text != "one" || bodyOf(done.Posts[0].Targets[0]) != "one" {
			w.Errorf("a dry run answered %+v, want the post as it would be", done)
		}
	}
	w.untouched("a dry run", before, seq)
}
