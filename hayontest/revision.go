package hayontest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func revisionCases() []testCase {
	return []testCase{
		{"revisions of a post", findRevisions},
		{"revisions of a post that is deleted", deletedRevisions},
	}
}

func findRevisions(w *world) {
	start := time.Now().Add(-time.Second)
	p := w.create(later("one"))
	one := w.request(p.ID).Create
	if _, err := w.tryRevise(p.ID, reword("two")); err != nil {
		w.Fatal(err)
	}
	two := w.request(p.ID).Create
	at := inHours(8)
	w.reschedule(p.ID, to(at))
	three := w.request(p.ID).Create
	w.cancelAs(p.ID, "")
	w.undo(hayon.PostUndo{Reason: "after all"})
	list := w.revisions(p.ID)
	type brief struct {
		Number int
		Kind   hayon.ChangeKind
		Undone bool
		Text   string
	}
	want := []brief{
		{1, hayon.ChangeCreated, false, "one"},
		{2, hayon.ChangeEdited, false, "two"},
		{3, hayon.ChangeRescheduled, false, "two"},
		{4, hayon.ChangeCancelled, true, "two"},
		{5, hayon.ChangeUndone, false, "two"},
	}
	got := make([]brief, len(list))
	for i, r := range list {
		got[i] = brief{r.Number, r.Kind, r.Undone, r.Create.Text}
		if r.At.Before(start) || i > 0 && r.At.Before(list[i-1].At) || r.Source != w.Actor.Source {
			w.Errorf("revision %d is of %s by %q", r.Number, r.At, r.Source)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("revisions (-want +got):\n%s", diff)
	}
	if list[1].Reason != "another thought" || list[4].Reason != "after all" {
		w.Errorf("reasons %q and %q, want what was said", list[1].Reason, list[4].Reason)
	}
	for i, want := range []hayon.PostCreate{one, two, three} {
		if diff := cmp.Diff(want, list[i].Create); diff != "" {
			w.Errorf("the request of revision %d (-want +got):\n%s", i+1, diff)
		}
	}
	if diff := cmp.Diff(three, list[4].Create); diff != "" {
		w.Errorf("the request after the undo (-want +got):\n%s", diff)
	}
}

func deletedRevisions(w *world) {
	p := w.create(later("one"))
	w.revise(p.ID, reword("two"))
	w.remove(p.ID, hayon.PostDelete{})
	list := w.revisions(p.ID)
	if len(list) != 3 || list[2].Kind != hayon.ChangeDeleted || list[2].Undone {
		w.Errorf("revisions %+v, want the last one of three to be the deletion", list)
	}
	w.undo(hayon.PostUndo{})
	w.undo(hayon.PostUndo{})
	var undone []int
	for _, r := range w.revisions(p.ID) {
		if r.Undone {
			undone = append(undone, r.Number)
		}
	}
	if diff := cmp.Diff([]int{2, 3}, undone); diff != "" {
		w.Errorf("undone (-want +got):\n%s", diff)
	}
}
