package hayontest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func deleteCases() []testCase {
	return []testCase{
		{"delete what was not sent", deleteUnsent},
		{"delete what is out", deletePublished},
		{"delete from the platform", deleteRemote},
		{"delete what the platform keeps", deleteRefused},
		{"delete what nobody can remove", deleteImpossible},
		{"delete what is being sent", deleteBusy},
		{"changes of what is deleted", changeDeleted},
	}
}

// remove deletes a post or ends the test.
func (w *world) remove(id hayon.PostID, d hayon.PostDelete) *hayon.PostDeletion {
	w.Helper()
	got, err := w.Service.DeletePost(w.ctx(), id, d)
	if err != nil {
		w.Fatalf("DeletePost(%+v): %v", d, err)
	}
	return got
}

// wantRemovals checks what became of each target of a deleted post, as "account effect".
func (w *world) wantRemovals(what string, d *hayon.PostDeletion, want ...string) {
	w.Helper()
	var got []string
	for _, r := range d.Removals {
		got = append(got, r.Account+" "+string(r.Effect))
		if bad := r.Effect == hayon.RemovalFailed || r.Effect == hayon.RemovalImpossible; bad != (r.Error != nil) {
			w.Errorf("%s: %s on %s with the error %+v", what, r.Effect, r.Account, r.Error)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// wantDeleted checks whether a post is deleted, and in the lists.
func (w *world) wantDeleted(id hayon.PostID, want bool) {
	w.Helper()
	if deleted := !w.find(id).DeletedAt.IsZero(); deleted != want {
		w.Errorf("%s is deleted: %t, want %t", id, deleted, want)
	}
	for _, all := range []bool{false, true} {
		posts, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{Deleted: all})
		if err != nil {
			w.Fatal(err)
		}
		if listed := slices.Contains(ids(posts), id.String()); listed != (all || !want) {
			w.Errorf("%s is listed: %t, with the deleted ones: %t", id, listed, all)
		}
	}
}

func deleteUnsent(w *world) {
	kept := w.create(later("stays"))
	for _, state := range []hayon.State{
		hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait,
		hayon.StateMissed, hayon.StateFailed, hayon.StateParked, hayon.StateCancelled,
	} {
		c := later("was " + string(state))
		if c.Draft = state == hayon.StateDraft; c.Draft {
			c.Schedule = hayon.Schedule{}
		}
		p := w.create(c)
		w.move(p.ID, state)
		w.wantRemovals("a dry run from "+string(state), w.remove(p.ID, hayon.PostDelete{DryRun: true}), "site taken_back")
		w.wantState(w.find(p.ID), state)
		w.wantDeleted(p.ID, false)
		got := w.remove(p.ID, hayon.PostDelete{Reason: "never mind"})
		w.wantRemovals("from "+string(state), got, "site taken_back")
		if got.Post.ID != p.ID || got.Post.DeletedAt.IsZero() {
			w.Errorf("from %s: answered %+v, want the post with the time of its end", state, got.Post)
		}
		w.wantState(w.find(p.ID), hayon.StateCancelled)
		w.wantDeleted(p.ID, true)
		w.wantRemovals("twice, from "+string(state), w.remove(p.ID, hayon.PostDelete{}), "site taken_back")
		if id, err := w.Service.LookupPost(w.ctx(), p.ID.Short(8)); err != nil || id != p.ID {
			w.Errorf("looked up by its short id: %s, %v", id, err)
		}
		w.wantLastReason(p.ID, "never mind")
	}
	if id, err := w.Service.LookupPost(w.ctx(), "last"); err != nil || id != kept.ID {
		w.Errorf("last is %s, %v; want the newest that is not deleted", id, err)
	}
	_, err := w.Service.DeletePost(w.ctx(), hayon.NewPostID(time.Now()), hayon.PostDelete{})
	w.refused("an unknown post", err, hayon.CodeNotFound)
	_, err = w.Other.DeletePost(w.otherCtx(), kept.ID, hayon.PostDelete{})
	w.refused("somebody else's post", err, hayon.CodeNotFound)
}

// wantLastReason checks the reason of the last event of a post.
func (w *world) wantLastReason(id hayon.PostID, want string) {
	w.Helper()
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Post: id})
	if err != nil || len(events) == 0 || events[len(events)-1].Reason != want {
		w.Errorf("events of %s: %+v, %v; want the last one with the reason %q", id, events, err, want)
	}
}

func deletePublished(w *world) {
	p := w.in(hayon.StatePublished, "out")
	got := w.remove(p.ID, hayon.PostDelete{})
	w.wantRemovals("without the platform", got, "strict kept")
	if got.Removals[0].URL != p.Targets[0].Remote().URL || got.Removals[0].Target != p.Targets[0].ID {
		w.Errorf("%+v does not tell where it stays", got.Removals[0])
	}
	w.wantState(w.find(p.ID), hayon.StatePublished)
	w.wantDeleted(p.ID, true)
	// Who changes their mind can still remove it.
	w.wantRemovals("later from the platform too", w.remove(p.ID, hayon.PostDelete{Remote: true}), "strict removed")
	if w.find(p.ID).Targets[0].RemovedAt.IsZero() {
		w.Error("it was removed, and when is not known")
	}
}

func deleteRemote(w *world) {
	p := w.in(hayon.StatePublished, "one", "two", "three")
	remote := hayon.PostDelete{Remote: true, DryRun: true}
	w.wantRemovals("a dry run", w.remove(p.ID, remote), "strict removed")
	if !w.find(p.ID).Targets[0].RemovedAt.IsZero() {
		w.Error("a dry run removed it")
	}
	remote.DryRun = false
	got := w.remove(p.ID, remote)
	w.wantRemovals("removed", got, "strict removed")
	t := w.find(p.ID).Targets[0]
	if t.State != hayon.StatePublished || t.RemovedAt.IsZero() || t.Remote().IsZero() || got.Post.Targets[0].RemovedAt.IsZero() {
		w.Errorf("%+v, want it published, removed, and where it was", t)
	}
	w.wantDeleted(p.ID, true)
	w.wantRemovals("twice", w.remove(p.ID, remote), "strict removed")
	if again := w.find(p.ID).Targets[0]; !again.RemovedAt.Equal(t.RemovedAt) {
		w.Errorf("removed at %s, and again at %s", t.RemovedAt, again.RemovedAt)
	}
	w.in(hayon.StateQueued, "one", "two", "three") // what is gone is no duplicate
}

func deleteRefused(w *world) {
	p := w.create(hayon.PostCreate{Text: "stuck", To: []string{"strict"}})
	w.move(p.ID, hayon.StateUncertain)
	said := hayon.PostResolve{Published: strictURL + strictRefuses}
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, said); err != nil {
		w.Fatal(err)
	}
	got := w.remove(p.ID, hayon.PostDelete{Remote: true})
	w.wantRemovals("refused", got, "strict failed")
	if e := got.Removals[0].Error; e == nil || e.Code != hayon.CodeUnavailable || e.Hint != "try again" {
		w.Errorf("error %+v, want that of the platform", e)
	}
	w.wantDeleted(p.ID, false)
	if !w.find(p.ID).Targets[0].RemovedAt.IsZero() {
		w.Error("what was refused counts as removed")
	}
	w.wantRemovals("here alone", w.remove(p.ID, hayon.PostDelete{}), "strict kept")
	w.wantDeleted(p.ID, true)
}

func deleteImpossible(w *world) {
	a := w.signIn("a")
	p := w.create(hayon.PostCreate{Text: "out", To: []string{"strict", "demo/a"}})
	w.move(p.ID, hayon.StatePublished)
	if err := w.Service.DeleteAccount(w.ctx(), a.ID); err != nil {
		w.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		got := w.remove(p.ID, hayon.PostDelete{Remote: true, DryRun: dry})
		w.wantRemovals("an account that is gone", got, "strict removed", "demo impossible")
		if e := got.Removals[1].Error; e == nil || !strings.Contains(e.Hint, got.Removals[1].URL) {
			w.Errorf("error %+v does not tell where to remove it by hand", e)
		}
	}
	w.wantDeleted(p.ID, false)
	if t := w.on(w.find(p.ID), "strict"); t.RemovedAt.IsZero() {
		w.Error("what can be removed was not")
	}
}

func deleteBusy(w *world) {
	for state, hint := range map[hayon.State]string{hayon.StatePublishing: "hayon wait", hayon.StateUncertain: "hayon resolve"} {
		p := w.in(state, "is "+string(state))
		for _, d := range []hayon.PostDelete{{}, {Remote: true}, {DryRun: true}} {
			_, err := w.Service.DeletePost(w.ctx(), p.ID, d)
			if e := w.refusal(string(state), err, hayon.CodeConflict); e.Details["state"] != string(state) || !strings.Contains(e.Hint, hint) {
				w.Errorf("%s: details %v, hint %q; want the state and %q", state, e.Details, e.Hint, hint)
			}
		}
		w.wantState(w.find(p.ID), state)
		w.wantDeleted(p.ID, false)
	}
}

func changeDeleted(w *world) {
	p := w.in(hayon.StateFailed, "gone")
	w.remove(p.ID, hayon.PostDelete{})
	calls := map[string]func() error{
		"cancel": func() error {
			_, err := w.Service.CancelPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
			return err
		},
		"retry": func() error {
			_, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
			return err
		},
		"publish": func() error {
			_, err := w.Service.PublishPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
			return err
		},
		"resolve": func() error {
			_, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Published: there + "x"})
			return err
		},
		"edit": func() error {
			body := "x"
			_, err := w.Service.EditPost(w.ctx(), p.ID, hayon.PostEdit{Text: &body})
			return err
		},
		"repost": func() error {
			_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Repost: p.ID.String()})
			return err
		},
	}
	for name, call := range calls {
		if e := w.refusal(name, call(), hayon.CodeConflict); !strings.Contains(e.Message, "deleted") {
			w.Errorf("%s: %q does not tell that it was deleted", name, e.Message)
		}
	}
	w.wantState(w.find(p.ID), hayon.StateCancelled)
}
