package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func postCases() []testCase {
	return []testCase{
		{"what is created is found as it was", createPost},
		{"an id is created once", createTwice},
		{"what does not belong together is refused", createWrong},
		{"an update replaces the row and not the targets", updatePost},
		{"find by owner, account, time and page, newest first", findPosts},
		{"find by state follows every change", findByState},
		{"find by state without an owner", findByStateAll},
		{"short ids are found by their last digits", findSuffix},
		{"what is answered belongs to the caller", ownership},
	}
}

func createPost(w *world) {
	a := w.account("demo")
	p := w.newPost([]hayon.AccountID{a, a, a})
	p.Langs, p.Labels = []string{"en"}, []string{"x"}
	p.Schedule = hayon.Schedule{At: start, Wall: "2026-11-20T11:00:00", Zone: "Europe/Berlin"}
	p.Targets[1].Options = map[string]string{"visibility": "public"}
	p.Targets[2].Parts = []hayon.Part{{Text: "1", Media: []hayon.Attachment{{SHA256: "x", Bytes: 1}}}, {Text: "2", Idem: "k"}}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindPostByID(ctx, p.ID)
		if diff := cmp.Diff(p, got); diff != "" {
			w.Errorf("post (-want +got):\n%s", diff)
		}
		return err
	})
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindPostByID(ctx, hayon.NewPostID(start))
		return err
	})
}

func createTwice(w *world) {
	a := w.account("demo")
	p := w.post([]hayon.AccountID{a})
	w.refused(hayon.CodeConflict, func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
	q := w.newPost([]hayon.AccountID{a})
	q.Targets[0].ID = p.Targets[0].ID
	w.refused(hayon.CodeConflict, func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, q) })
}

func createWrong(w *world) {
	a := w.account("demo")
	for name, set := range map[string]func(*hayon.Post){
		"no id":             func(p *hayon.Post) { p.ID = hayon.PostID{} },
		"no owner":          func(p *hayon.Post) { p.Owner = hayon.UserID{} },
		"target's post":     func(p *hayon.Post) { p.Targets[0].Post = hayon.NewPostID(start) },
		"target's owner":    func(p *hayon.Post) { p.Targets[0].Owner = hayon.NewUserID(start) },
		"target without id": func(p *hayon.Post) { p.Targets[0].ID = hayon.TargetID{} },
	} {
		p := w.newPost([]hayon.AccountID{a})
		set(p)
		err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
		if hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("%s: CreatePost answers %v, want internal", name, err)
		}
	}
}

func updatePost(w *world) {
	a := w.account("demo")
	p := w.post([]hayon.AccountID{a})
	q := *p
	q.Text, q.Targets = "new", nil
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.UpdatePost(ctx, &q) })
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindPostByID(ctx, p.ID)
		if err == nil && (got.Text != "new" || len(got.Targets) != 1) {
			w.Errorf("post is %q with %d targets", got.Text, len(got.Targets))
		}
		return err
	})
	q.Owner = hayon.NewUserID(start)
	w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdatePost(ctx, &q) })
	q.ID = hayon.NewPostID(start)
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdatePost(ctx, &q) })
}

func (w *world) find(name string, f hayon.PostFilter, want ...*hayon.Post) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindPosts(ctx, f)
		if diff := cmp.Diff(postIDs(want), postIDs(got), cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("%s (-want +got):\n%s", name, diff)
		}
		return err
	})
}

func findPosts(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	me := w.user
	p1 := w.post([]hayon.AccountID{a})
	p2 := w.post([]hayon.AccountID{a, b})
	p3 := w.post([]hayon.AccountID{b})
	w.user = hayon.UserID{11: 9}
	other := w.post([]hayon.AccountID{w.account("demo")})
	w.user = me
	bare := w.post(nil)

	w.find("all", hayon.PostFilter{}, bare, other, p3, p2, p1)
	w.find("owner", hayon.PostFilter{Owner: me}, bare, p3, p2, p1)
	w.find("limit", hayon.PostFilter{Owner: me, Limit: 2}, bare, p3)
	w.find("page", hayon.PostFilter{Owner: me, Before: p3.ID, Limit: 1}, p2)
	w.find("page of all", hayon.PostFilter{Before: p3.ID}, p2, p1)
	w.find("end", hayon.PostFilter{Owner: me, Before: p1.ID})
	w.find("account", hayon.PostFilter{Owner: me, Accounts: []hayon.AccountID{b}}, p3, p2)
	w.find("accounts, each post once", hayon.PostFilter{Accounts: []hayon.AccountID{a, b}}, p3, p2, p1)
	w.find("another's account", hayon.PostFilter{Owner: hayon.UserID{11: 9}, Accounts: []hayon.AccountID{a}})
	w.find("since, inclusive", hayon.PostFilter{Owner: me, Since: p3.CreatedAt}, bare, p3)
	w.find("since, to the nanosecond", hayon.PostFilter{Owner: me, Since: p3.CreatedAt.Add(1)}, bare)
	w.find("until, exclusive", hayon.PostFilter{Owner: me, Until: p2.CreatedAt}, p1)
	w.find("until, to the nanosecond", hayon.PostFilter{Owner: me, Until: p2.CreatedAt.Add(1)}, p2, p1)
	w.find("between", hayon.PostFilter{Since: p2.CreatedAt, Until: p3.CreatedAt}, p2)
	w.find("before and until", hayon.PostFilter{Before: p2.ID, Until: p3.CreatedAt.Add(time.Hour)}, p1)
}

func findByState(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	two := w.post([]hayon.AccountID{a, b}, inState(hayon.StateScheduled))
	draft := w.post([]hayon.AccountID{b}, inState(hayon.StateDraft))
	mine := func(s ...hayon.PostState) hayon.PostFilter { return hayon.PostFilter{Owner: w.user, States: s} }
	w.find("scheduled", mine(hayon.PostScheduled), two)
	w.find("two states", mine(hayon.PostScheduled, hayon.PostDraft), draft, two)
	w.find("state of an account", hayon.PostFilter{Accounts: []hayon.AccountID{a}, States: []hayon.PostState{hayon.PostDraft}})
	for _, step := range []struct {
		target int
		to     hayon.State
		want   hayon.PostState
	}{
		{0, hayon.StateQueued, hayon.PostPublishing},
		{0, hayon.StatePublishing, hayon.PostPublishing},
		{0, hayon.StateFailed, hayon.PostScheduled},
		{1, hayon.StateCancelled, hayon.PostFailed},
		{0, hayon.StatePublished, hayon.PostPublished},
		{1, hayon.StateMissed, hayon.PostPartial},
	} {
		w.change(two.Targets[step.target].ID, func(t *hayon.Target) { t.Enter(step.to, start) })
		for _, s := range hayon.PostStates() {
			var want []*hayon.Post
			if s == hayon.PostDraft {
				want = append(want, draft)
			}
			if s == step.want {
				want = append(want, two)
			}
			w.find("after "+string(step.to)+": "+string(s), mine(s), want...)
		}
	}
	w.find("state and account", hayon.PostFilter{Accounts: []hayon.AccountID{b}, States: []hayon.PostState{hayon.PostPartial}}, two)
}

func findByStateAll(w *world) {
	a := w.account("demo")
	queued := w.post([]hayon.AccountID{a})
	w.post([]hayon.AccountID{a}, inState(hayon.StateDraft))
	w.find("publishing", hayon.PostFilter{States: []hayon.PostState{hayon.PostPublishing}, Limit: 5}, queued)
}

func findSuffix(w *world) {
	made := make([]hayon.PostID, 0, 3)
	for _, s := range []string{"p_00000000000000009qx1", "p_00000000000000109qx1", "p_00000000000000009qx2"} {
		id, err := hayon.ParsePostID(s)
		if err != nil {
			w.Fatal(err)
		}
		p := w.newPost(nil)
		p.ID = id
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
		made = append(made, id)
	}
	for _, c := range []struct {
		owner  hayon.UserID
		suffix string
		limit  int
		want   []hayon.PostID
	}{
		{w.user, "9qx1", 10, made[:2]},
		{w.user, "9qx1", 1, made[:1]},
		{w.user, "109qx1", 10, made[1:2]},
		{w.user, made[2].Digits(), 10, made[2:]},
		{w.user, "zzzz", 10, nil},
		{hayon.UserID{11: 9}, "9qx1", 10, nil},
	} {
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			got, err := tx.FindPostIDs(ctx, c.owner, c.suffix, c.limit)
			slices.SortFunc(got, func(a, b hayon.PostID) int { return slices.Compare(a[:], b[:]) })
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" && (c.limit > 1 || len(got) != 1) {
				w.Errorf("%s, limit %d (-want +got):\n%s", c.suffix, c.limit, diff)
			}
			return err
		})
	}
}

func ownership(w *world) {
	a := w.account("demo")
	p := w.post([]hayon.AccountID{a})
	var got *hayon.Post
	w.view(func(ctx context.Context, tx hayon.Tx) (err error) {
		got, err = tx.FindPostByID(ctx, p.ID)
		return err
	})
	got.Text, got.Targets[0].Parts[0].Text = "changed", "changed"
	if w.target(p.Targets[0].ID).Parts[0].Text != p.Text {
		w.Error("a change of what Find answered reached the store")
	}
}
