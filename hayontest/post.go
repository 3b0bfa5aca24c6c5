package hayontest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

var postCases = []testCase{
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

func listPosts(t *testing.T, f Fixture) {
	var want []string
	for _, text := range []string{"one", "two", "three", "four"} {
		want = append([]string{create(t, f, later(text)).ID.String()}, want...)
	}
	// Identifiers of one millisecond are in no order; the order of the list is the one to page by.
	all, err := f.Service.FindPosts(as(t, f.Actor), hayon.PostFilter{})
	if err != nil {
		t.Fatal(err)
	}
	got := ids(all)
	if !slices.IsSortedFunc(got, func(a, b string) int { return -cmpStrings(a, b) }) {
		t.Errorf("list is not newest first: %v", got)
	}
	slices.Sort(want)
	sorted := slices.Sorted(slices.Values(got))
	if diff := cmp.Diff(want, sorted); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	var paged []string
	before := hayon.PostID{}
	for range 3 {
		page, err := f.Service.FindPosts(as(t, f.Actor), hayon.PostFilter{Limit: 3, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		paged = append(paged, ids(page)...)
		before = page[len(page)-1].ID
	}
	if diff := cmp.Diff(got, paged); diff != "" {
		t.Errorf("by pages (-whole +pages):\n%s", diff)
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

func listFiltered(t *testing.T, f Fixture) {
	a := signIn(t, f, "a")
	draft := create(t, f, hayon.PostCreate{Text: "draft", To: []string{"site"}, Draft: true})
	planned := create(t, f, later("planned"))
	demo := create(t, f, hayon.PostCreate{Text: "demo", To: []string{"demo/a"}})
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
		posts, err := f.Service.FindPosts(as(t, f.Actor), tt.f)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := ids(posts)
		slices.Sort(got)
		slices.Sort(tt.want)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func lookup(t *testing.T, f Fixture) {
	_, err := f.Service.LookupPost(as(t, f.Actor), "last")
	wantCode(t, "last of nothing", err, hayon.CodeNotFound)
	p := create(t, f, later("the one"))
	digits := p.ID.Digits()
	for _, ref := range []string{p.ID.String(), p.ID.Short(6), digits[len(digits)-6:], p.ID.Hex(), "last", "LAST"} {
		if id, err := f.Service.LookupPost(as(t, f.Actor), ref); err != nil || id != p.ID {
			t.Errorf("LookupPost(%q) = %s, %v; want %s", ref, id, err, p.ID)
		}
	}
	for _, ref := range []string{"", "x", "p_", "nope!", "p_zzzz zzzz", hayon.NewPostID(time.Now().Add(time.Hour)).String()} {
		_, err := f.Service.LookupPost(as(t, f.Actor), ref)
		wantCode(t, "look up "+ref, err, hayon.CodeNotFound)
	}
}

func cancelPost(t *testing.T, f Fixture) {
	p := create(t, f, later("never mind"))
	dry, err := f.Service.CancelPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{DryRun: true})
	if err != nil || dry.State() != hayon.PostCancelled {
		t.Errorf("a dry run answered %v, %v; want it cancelled", dry, err)
	}
	wantState(t, find(t, f, p.ID), hayon.StateScheduled)
	got, err := f.Service.CancelPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{Reason: "typo"})
	if err != nil || got.State() != hayon.PostCancelled || got.ID != p.ID {
		t.Fatalf("CancelPost = %v, %v; want it cancelled", got, err)
	}
	wantState(t, find(t, f, p.ID), hayon.StateCancelled)
	if _, err := f.Service.CancelPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{}); err != nil {
		t.Errorf("cancelled twice: %v", err)
	}
}

func cancelPublished(t *testing.T, f Fixture) {
	p := create(t, f, hayon.PostCreate{Text: "out", To: []string{"site"}})
	move(t, f, p.ID, hayon.StatePublished)
	_, err := f.Service.CancelPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{})
	if e := wantCode(t, "cancel what is out", err, hayon.CodeConflict); e.Details["state"] != string(hayon.StatePublished) {
		t.Errorf("details %v do not tell the state", e.Details)
	}
	wantState(t, find(t, f, p.ID), hayon.StatePublished)
}

func retryPost(t *testing.T, f Fixture) {
	for _, from := range []hayon.State{hayon.StateFailed, hayon.StateParked, hayon.StateMissed} {
		p := create(t, f, hayon.PostCreate{Text: "again, from " + string(from), To: []string{"site"}})
		move(t, f, p.ID, from)
		if _, err := f.Service.RetryPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{DryRun: true}); err != nil {
			t.Errorf("dry run from %s: %v", from, err)
		}
		wantState(t, find(t, f, p.ID), from)
		got, err := f.Service.RetryPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{})
		if err != nil {
			t.Errorf("retry from %s: %v", from, err)
			continue
		}
		if target := got.Targets[0]; !target.State.Working() || target.Error != nil || target.Generation <= p.Targets[0].Generation {
			t.Errorf("after retry from %s: %+v, want it on its way in a new generation", from, target)
		}
	}
}

func retryNothing(t *testing.T, f Fixture) {
	for _, state := range []hayon.State{hayon.StatePublished, hayon.StateScheduled, hayon.StateCancelled} {
		p := create(t, f, later("stays "+string(state)))
		if state != hayon.StateScheduled {
			move(t, f, p.ID, state)
		}
		got, err := f.Service.RetryPost(as(t, f.Actor), p.ID, hayon.PostChangeRequest{})
		if err != nil {
			t.Errorf("retry of %s: %v, want the post as it is", state, err)
			continue
		}
		wantState(t, got, state)
	}
}

func changeUnknown(t *testing.T, f Fixture) {
	id := hayon.NewPostID(time.Now())
	_, err := f.Service.FindPostByID(as(t, f.Actor), id)
	wantCode(t, "find", err, hayon.CodeNotFound)
	_, err = f.Service.FindPostByID(as(t, f.Actor), hayon.PostID{})
	wantCode(t, "find the zero id", err, hayon.CodeNotFound)
	_, err = f.Service.CancelPost(as(t, f.Actor), id, hayon.PostChangeRequest{})
	wantCode(t, "cancel", err, hayon.CodeNotFound)
	_, err = f.Service.RetryPost(as(t, f.Actor), id, hayon.PostChangeRequest{})
	wantCode(t, "retry", err, hayon.CodeNotFound)
}

func outcomes(t *testing.T, f Fixture) {
	p := create(t, f, hayon.PostCreate{Text: "out", To: []string{"site"}})
	move(t, f, p.ID, hayon.StatePublished)
	got := find(t, f, p.ID)
	target := got.Targets[0]
	want := hayon.Remote{ID: "remote-" + target.ID.String(), URL: "https://example.org/" + target.ID.String()}
	if got.State() != hayon.PostPublished || target.Remote() != want || target.PublishedAt.IsZero() || target.Attempts != 1 || got.Exit() != hayon.ExitOK || !got.Settled() {
		t.Errorf("published target = %+v, exit %d", target, got.Exit())
	}
	p = create(t, f, hayon.PostCreate{Text: "refused", To: []string{"site"}})
	move(t, f, p.ID, hayon.StateFailed)
	got = find(t, f, p.ID)
	if diff := cmp.Diff(&hayon.TargetError{Code: hayon.CodeRejected, Message: "it was refused", Hint: "edit it"}, got.Targets[0].Error); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if got.Exit() != hayon.CodeRejected.Exit() || !got.Settled() {
		t.Errorf("exit %d, settled %v", got.Exit(), got.Settled())
	}
	p = create(t, f, hayon.PostCreate{Text: "waits", To: []string{"site"}})
	move(t, f, p.ID, hayon.StateRetryWait)
	if got = find(t, f, p.ID); got.Targets[0].NotBefore.IsZero() || got.Settled() {
		t.Errorf("a target that waits shows %+v", got.Targets[0])
	}
}

func statusCounts(t *testing.T, f Fixture) {
	create(t, f, later("one"))
	create(t, f, later("two"))
	now := create(t, f, hayon.PostCreate{Text: "now", To: []string{"site"}})
	move(t, f, now.ID, hayon.StateRetryWait)
	status, err := f.Service.Status(as(t, f.Actor))
	if err != nil || status.Scheduled != 2 || status.RetryWait != 1 || status.Uncertain != 0 || status.Next.IsZero() {
		t.Errorf("status = %+v, %v; want 2 scheduled and 1 that waits for a retry", status, err)
	}
	if status != nil && (status.Owner.IsZero() || status.StartedAt.IsZero()) {
		t.Errorf("status = %+v does not tell who serves, and since when", status)
	}
}
