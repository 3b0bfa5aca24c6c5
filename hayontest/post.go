package hayontest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func postCases() []testCase {
	return []testCase{
		{"list newest first", listPosts},
		{"list by state, account and time", listFiltered},
		{"look up", lookup},
		{"cancel", cancelPost},
		{"cancel what is out", cancelPublished},
		{"retry", retryPost},
		{"retry with nothing to retry", retryNothing},
		{"changes of unknown posts", changeUnknown},
		{"states, errors and remote ids are shown", outcomes},
		{"status counts", statusCounts},
	}
}

func listPosts(w *world) {
	var want []string
	for _, text := range []string{"one", "two", "three", "four"} {
		want = append([]string{w.create(later(text)).ID.String()}, want...)
	}
	// Identifiers of one millisecond are in no order; the order of the list is the one to page by.
	all, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{})
	if err != nil {
		w.Fatal(err)
	}
	got := ids(all)
	if !slices.IsSortedFunc(got, func(a, b string) int { return -cmpStrings(a, b) }) {
		w.Errorf("list is not newest first: %v", got)
	}
	slices.Sort(want)
	sorted := slices.Sorted(slices.Values(got))
	if diff := cmp.Diff(want, sorted); diff != "" {
		w.Errorf("listed (-want +got):\n%s", diff)
	}
	var paged []string
	before := hayon.PostID{}
	for range 3 {
		page, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{Limit: 3, Before: before})
		if err != nil {
			w.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		paged = append(paged, ids(page)...)
		before = page[len(page)-1].ID
	}
	if diff := cmp.Diff(got, paged); diff != "" {
		w.Errorf("by pages (-whole +pages):\n%s", diff)
	}
}

func cmpStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func listFiltered(w *world) {
	a := w.signIn("a")
	draft := w.create(hayon.PostCreate{Text: "draft", To: []string{"site"}, Draft: true})
	planned := w.create(later("planned"))
	demo := w.create(hayon.PostCreate{Text: "demo", To: []string{"demo/a"}})
	hour := time.Hour
	tests := []struct {
		name string
		f    hayon.PostFilter
		want []string
	}{
		{"one state", hayon.PostFilter{States: []hayon.PostState{hayon.PostDraft}}, ids([]*hayon.Post{draft})},
		{"two states", hayon.PostFilter{States: []hayon.PostState{hayon.PostDraft, hayon.PostScheduled}}, ids([]*hayon.Post{draft, planned})},
		{"account", hayon.PostFilter{Accounts: []hayon.AccountID{a.ID}}, ids([]*hayon.Post{demo})},
		{"since the future", hayon.PostFilter{Since: time.Now().Add(hour)}, []string{}},
		{"until the past", hayon.PostFilter{Until: time.Now().Add(-hour)}, []string{}},
		{"since the past", hayon.PostFilter{Since: time.Now().Add(-hour), Until: time.Now().Add(hour)}, ids([]*hayon.Post{draft, planned, demo})},
		{"owner is ignored", hayon.PostFilter{Owner: hayon.UserID{11: 9}, States: []hayon.PostState{hayon.PostDraft}}, ids([]*hayon.Post{draft})},
	}
	for _, tt := range tests {
		posts, err := w.Service.FindPosts(w.ctx(), tt.f)
		if err != nil {
			w.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := ids(posts)
		slices.Sort(got)
		slices.Sort(tt.want)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			w.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func lookup(w *world) {
	_, err := w.Service.LookupPost(w.ctx(), "last")
	w.refused("last of nothing", err, hayon.CodeNotFound)
	p := w.create(later("the one"))
	digits := p.ID.Digits()
	for _, ref := range []string{p.ID.String(), p.ID.Short(6), digits[len(digits)-6:], p.ID.Hex(), "last", "LAST"} {
		if id, err := w.Service.LookupPost(w.ctx(), ref); err != nil || id != p.ID {
			w.Errorf("LookupPost(%q) = %s, %v; want %s", ref, id, err, p.ID)
		}
	}
	for _, ref := range []string{"", "x", "p_", "nope!", "p_zzzz zzzz", hayon.NewPostID(time.Now().Add(time.Hour)).String()} {
		_, err := w.Service.LookupPost(w.ctx(), ref)
		w.refused("look up "+ref, err, hayon.CodeNotFound)
	}
}

func cancelPost(w *world) {
	p := w.create(later("never mind"))
	dry, err := w.Service.CancelPost(w.ctx(), p.ID, hayon.PostChangeRequest{DryRun: true})
	if err != nil || dry.State() != hayon.PostCancelled {
		w.Errorf("a dry run answered %v, %v; want it cancelled", dry, err)
	}
	w.wantState(w.find(p.ID), hayon.StateScheduled)
	got, err := w.Service.CancelPost(w.ctx(), p.ID, hayon.PostChangeRequest{Reason: "typo"})
	if err != nil || got.State() != hayon.PostCancelled || got.ID != p.ID {
		w.Fatalf("CancelPost = %v, %v; want it cancelled", got, err)
	}
	w.wantState(w.find(p.ID), hayon.StateCancelled)
	if _, err := w.Service.CancelPost(w.ctx(), p.ID, hayon.PostChangeRequest{}); err != nil {
		w.Errorf("cancelled twice: %v", err)
	}
}

func cancelPublished(w *world) {
	p := w.create(hayon.PostCreate{Text: "out", To: []string{"site"}})
	w.move(p.ID, hayon.StatePublished)
	_, err := w.Service.CancelPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
	if e := w.refusal("cancel what is out", err, hayon.CodeConflict); e.Details["state"] != string(hayon.StatePublished) {
		w.Errorf("details %v do not tell the state", e.Details)
	}
	w.wantState(w.find(p.ID), hayon.StatePublished)
}

func retryPost(w *world) {
	for _, from := range []hayon.State{hayon.StateFailed, hayon.StateParked, hayon.StateMissed} {
		p := w.create(hayon.PostCreate{Text: "again, from " + string(from), To: []string{"site"}})
		w.move(p.ID, from)
		if _, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{DryRun: true}); err != nil {
			w.Errorf("dry run from %s: %v", from, err)
		}
		w.wantState(w.find(p.ID), from)
		got, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
		if err != nil {
			w.Errorf("retry from %s: %v", from, err)
			continue
		}
		if target := got.Targets[0]; !target.State.Working() || target.Error != nil || target.Generation <= p.Targets[0].Generation {
			w.Errorf("after retry from %s: %+v, want it on its way in a new generation", from, target)
		}
	}
}

func retryNothing(w *world) {
	for _, state := range []hayon.State{hayon.StatePublished, hayon.StateScheduled, hayon.StateCancelled} {
		p := w.create(later("stays " + string(state)))
		if state != hayon.StateScheduled {
			w.move(p.ID, state)
		}
		got, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{})
		if err != nil {
			w.Errorf("retry of %s: %v, want the post as it is", state, err)
			continue
		}
		w.wantState(got, state)
	}
}

func changeUnknown(w *world) {
	id := hayon.NewPostID(time.Now())
	_, err := w.Service.FindPostByID(w.ctx(), id)
	w.refused("find", err, hayon.CodeNotFound)
	_, err = w.Service.FindPostByID(w.ctx(), hayon.PostID{})
	w.refused("find the zero id", err, hayon.CodeNotFound)
	_, err = w.Service.CancelPost(w.ctx(), id, hayon.PostChangeRequest{})
	w.refused("cancel", err, hayon.CodeNotFound)
	_, err = w.Service.RetryPost(w.ctx(), id, hayon.PostChangeRequest{})
	w.refused("retry", err, hayon.CodeNotFound)
}

func outcomes(w *world) {
	p := w.create(hayon.PostCreate{Text: "out", To: []string{"site"}})
	w.move(p.ID, hayon.StatePublished)
	got := w.find(p.ID)
	target := got.Targets[0]
	want := hayon.Remote{ID: "remote-" + target.ID.String(), URL: "https://example.org/" + target.ID.String()}
	if got.State() != hayon.PostPublished || target.Remote() != want || target.PublishedAt.IsZero() || target.Attempts != 1 || got.Exit() != hayon.ExitOK || !got.Settled() {
		w.Errorf("published target = %+v, exit %d", target, got.Exit())
	}
	p = w.create(hayon.PostCreate{Text: "refused", To: []string{"site"}})
	w.move(p.ID, hayon.StateFailed)
	got = w.find(p.ID)
	if diff := cmp.Diff(&hayon.TargetError{Code: hayon.CodeRejected, Message: "it was refused", Hint: "edit it"}, got.Targets[0].Error); diff != "" {
		w.Errorf("error (-want +got):\n%s", diff)
	}
	if got.Exit() != hayon.CodeRejected.Exit() || !got.Settled() {
		w.Errorf("exit %d, settled %v", got.Exit(), got.Settled())
	}
	p = w.create(hayon.PostCreate{Text: "waits", To: []string{"site"}})
	w.move(p.ID, hayon.StateRetryWait)
	if got = w.find(p.ID); got.Targets[0].NotBefore.IsZero() || got.Settled() {
		w.Errorf("a target that waits shows %+v", got.Targets[0])
	}
}

func statusCounts(w *world) {
	w.create(later("one"))
	w.create(later("two"))
	now := w.create(hayon.PostCreate{Text: "now", To: []string{"site"}})
	w.move(now.ID, hayon.StateRetryWait)
	status, err := w.Service.Status(w.ctx())
	if err != nil || status.Scheduled != 2 || status.RetryWait != 1 || status.Uncertain != 0 || status.Next.IsZero() {
		w.Errorf("status = %+v, %v; want 2 scheduled and 1 that waits for a retry", status, err)
	}
	if status != nil && (status.Owner.IsZero() || status.StartedAt.IsZero()) {
		w.Errorf("status = %+v does not tell who serves, and since when", status)
	}
}
