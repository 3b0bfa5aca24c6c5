package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/hayon/hayon"
)

func findCases() []testCase {
	return []testCase{
		{"find by labels", findByLabels},
		{"find by words, wherever they stand", findByWords},
		{"find by source and by what is not there", findBySource},
		{"find by the time of posts", findByAt},
		{"every order, with a limit", findInOrder},
		{"a page is of the newest first", findPageOfOrder},
		{"an update of a post is found, and what it replaced is not", findUpdated},
		{"any filter finds what a look at every post does", findAny},
	}
}

// put stores a post after set.
func (w *world) put(accounts []hayon.AccountID, set func(*hayon.Post)) *hayon.Post {
	w.Helper()
	p := w.newPost(accounts, inState(hayon.StateDraft))
	set(p)
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, p) })
	return p
}

// counted is find, and compares the number of posts, too.
func (w *world) counted(name string, f hayon.PostFilter, want ...*hayon.Post) {
	w.Helper()
	w.find(name, f, want...)
	f.Limit, f.Before = 1, hayon.NewPostID(start.Add(-day)) // both are ignored
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		n, err := tx.CountPosts(ctx, f)
		if n != len(want) {
			w.Errorf("%s: CountPosts answers %d, want %d", name, n, len(want))
		}
		return err
	})
}

func findByLabels(w *world) {
	labelled := func(labels ...string) *hayon.Post {
		return w.put(nil, func(p *hayon.Post) { p.Labels = labels })
	}
	none, sea, both, upper, long := labelled(), labelled("sea", "sea"), labelled("news", "sea"), labelled("Sea"), labelled("seashore")
	by := func(labels ...string) hayon.PostFilter { return hayon.PostFilter{Owner: w.user, Labels: labels} }
	not := func(labels ...string) hayon.PostFilter { return hayon.PostFilter{Owner: w.user, NotLabels: labels} }
	w.counted("one", by("sea"), both, sea)
	w.counted("two", by("sea", "news"), both)
	w.counted("the beginning of one", by("se"))
	w.counted("not one", not("sea"), long, upper, none)
	w.counted("not two", not("news", "Sea"), long, sea, none)
	w.counted("one without another", hayon.PostFilter{Labels: []string{"sea"}, NotLabels: []string{"news"}}, sea)
	w.remove(both, start)
	w.counted("without the deleted one", by("sea"), sea)
	deleted := by("sea")
	deleted.Deleted = true
	w.counted("deleted too", deleted, both, sea)
	deleted.Labels, deleted.NotLabels = nil, []string{"news"}
	w.counted("not one, deleted too", deleted, long, upper, sea, none)
}

func findByWords(w *world) {
	text := w.put(nil, func(p *hayon.Post) { p.Text = "The  Walrus\nand the CARPENTER were walking in Straßen of ÅNGSTRÖM" })
	note := w.put(nil, func(p *hayon.Post) { p.Note = "an idea of the walrus" })
	label := w.put(nil, func(p *hayon.Post) { p.Labels = []string{"Walrus"} })
	repost := w.put(nil, func(p *hayon.Post) { p.Repost = "https://walrus.example/1" })
	request := w.put(nil, func(p *hayon.Post) {
		p.Request = &hayon.PostCreate{
			Parts: []string{"second"}, Texts: map[string]string{"demo": "another"},
			Options: map[string]map[string]string{"": {"title": "A Title"}}, Media: []hayon.MediaInput{{Alt: "a bottle"}},
		}
	})
	by := func(words ...string) hayon.PostFilter { return hayon.PostFilter{Owner: w.user, Words: words} }
	w.counted("anywhere", by("walrus"), repost, label, note, text)
	w.counted("in any case", by("WALRUS", "CarPenter"), text)
	w.counted("with blanks", by("walrus and  the"), text)
	w.counted("within a word", by("arpent"), text)
	w.counted("beyond ASCII", by("ångström", "STRASSEN"))
	w.counted("beyond ASCII, upper and lower", by("Ångström", "STRAßEN"), text)
	for _, word := range []string{"second", "another", "a title", "bottle"} {
		w.counted(word, by(word), request)
	}
	w.counted("not a word", hayon.PostFilter{NotWords: []string{"walrus"}}, request)
	w.counted("a word and not another", hayon.PostFilter{Words: []string{"walrus"}, NotWords: []string{"carpenter", "IDEA"}}, repost, label)
	w.counted("nowhere", by("oyster"))
	w.remove(text, start)
	w.counted("without the deleted one", by("walrus"), repost, label, note)
	w.counted("deleted too", hayon.PostFilter{Words: []string{"walrus"}, Deleted: true}, repost, label, note, text)
}

func findBySource(w *world) {
	a, b := w.account("demo"), w.account("demo/b")
	from := func(s hayon.Source, accounts ...hayon.AccountID) *hayon.Post {
		return w.put(accounts, func(p *hayon.Post) { p.Source = s })
	}
	cli, api, none, both := from(hayon.SourceCLI, a), from(hayon.SourceAPI, b), from("", a), from(hayon.SourceCLI, a, b)
	bare := from(hayon.SourceCLI)
	w.counted("one source", hayon.PostFilter{Sources: []hayon.Source{hayon.SourceCLI}}, bare, both, cli)
	w.counted("two sources", hayon.PostFilter{Owner: w.user, Sources: []hayon.Source{hayon.SourceAPI, ""}}, none, api)
	w.counted("not an account", hayon.PostFilter{NotAccounts: []hayon.AccountID{a}}, bare, api)
	w.counted("not two accounts", hayon.PostFilter{Owner: w.user, NotAccounts: []hayon.AccountID{a, b}}, bare)
	w.counted("an account and not another", hayon.PostFilter{Accounts: []hayon.AccountID{b}, NotAccounts: []hayon.AccountID{a}}, api)
}

// atPosts stores a post for the given time, one without a schedule, and one without any time.
func atPosts(w *world, at ...time.Time) (timed []*hayon.Post, now, draft *hayon.Post) {
	for _, at := range at {
		timed = append(timed, w.put(nil, func(p *hayon.Post) { p.Schedule.At = at }))
	}
	now = w.put(nil, func(*hayon.Post) {})
	draft = w.put(nil, func(p *hayon.Post) { p.Request = &hayon.PostCreate{Draft: true} })
	return timed, now, draft
}

func findByAt(w *world) {
	noon := start.Add(2 * time.Hour)
	timed, now, draft := atPosts(w, noon, noon.Add(1), start.AddDate(1, 0, 0))
	by := func(since, until time.Time) hayon.PostFilter {
		return hayon.PostFilter{Owner: w.user, AtSince: since, AtUntil: until}
	}
	w.counted("all", hayon.PostFilter{}, draft, now, timed[2], timed[1], timed[0])
	w.counted("since, inclusive", by(noon, time.Time{}), timed[2], timed[1], timed[0])
	w.counted("since, to the nanosecond", by(noon.Add(1), time.Time{}), timed[2], timed[1])
	w.counted("until, exclusive", by(time.Time{}, noon), now)
	w.counted("between", by(noon, noon.Add(1)), timed[0])
	w.counted("nothing", by(noon.Add(1), noon))
	w.remove(timed[1], start)
	w.counted("without the deleted one", by(noon, noon.Add(2)), timed[0])
	deleted := by(noon, noon.Add(2))
	deleted.Deleted = true
	w.counted("deleted too", deleted, timed[1], timed[0])
}

func findInOrder(w *world) {
	timed, now, draft := atPosts(w, start.Add(2*time.Hour), start.Add(time.Hour), start.Add(2*time.Hour))
	second := w.put(nil, func(p *hayon.Post) { p.Request = &hayon.PostCreate{Draft: true} })
	for _, c := range []struct {
		order hayon.PostOrder
		want  []*hayon.Post
	}{
		{"", []*hayon.Post{second, draft, now, timed[2], timed[1], timed[0]}},
		{hayon.OrderNewest, []*hayon.Post{second, draft, now, timed[2], timed[1], timed[0]}},
		{hayon.OrderOldest, []*hayon.Post{timed[0], timed[1], timed[2], now, draft, second}},
		{hayon.OrderSoonest, []*hayon.Post{now, timed[1], timed[0], timed[2], draft, second}},
		{hayon.OrderLatest, []*hayon.Post{timed[2], timed[0], timed[1], now, second, draft}},
	} {
		w.counted(string(c.order), hayon.PostFilter{Order: c.order}, c.want...)
		w.counted(string(c.order)+" with a state", hayon.PostFilter{Order: c.order, States: []hayon.PostState{(&hayon.Post{}).State()}}, c.want...)
		for limit := 1; limit <= len(c.want); limit++ {
			w.find(fmt.Sprintf("%s, %d of them", c.order, limit), hayon.PostFilter{Owner: w.user, Order: c.order, Limit: limit}, c.want[:limit]...)
		}
	}
}

func findPageOfOrder(w *world) {
	p := w.post(nil)
	for _, f := range []hayon.PostFilter{
		{Order: hayon.OrderOldest, Before: p.ID},
		{Order: hayon.OrderSoonest, Before: p.ID},
		{Order: hayon.OrderLatest, Before: p.ID},
		{Order: "backwards"},
	} {
		w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.FindPosts(ctx, f)
			return err
		})
	}
}

func findUpdated(w *world) {
	a := w.account("demo")
	p := w.put([]hayon.AccountID{a}, func(p *hayon.Post) {
		p.Text, p.Note, p.Labels, p.Source = "walrus", "old note", []string{"sea", "news"}, hayon.SourceCLI
		p.Schedule.At = start.Add(time.Hour)
		p.Request = &hayon.PostCreate{Parts: []string{"old part"}}
	})
	q := *p
	q.Text, q.Note, q.Labels, q.Source = "carpenter", "new note", []string{"news", "land"}, hayon.SourceAPI
	q.Schedule.At = start.Add(2 * time.Hour)
	q.Request = &hayon.PostCreate{Parts: []string{"new part"}, Draft: true}
	before := []hayon.PostFilter{
		{Words: []string{"walrus"}},
		{Words: []string{"old note"}},
		{Words: []string{"old part"}},
		{Labels: []string{"sea"}},
		{Sources: []hayon.Source{hayon.SourceCLI}},
		{AtUntil: start.Add(time.Hour + 1)},
	}
	after := []hayon.PostFilter{
		{Words: []string{"carpenter"}},
		{Words: []string{"new note"}},
		{Words: []string{"new part"}},
		{Labels: []string{"land"}},
		{Sources: []hayon.Source{hayon.SourceAPI}},
		{AtSince: start.Add(2 * time.Hour), Order: hayon.OrderSoonest},
	}
	step := func(what string, next *hayon.Post, found, gone []hayon.PostFilter) {
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.UpdatePost(ctx, next) })
		for _, f := range found {
			w.counted(what, f, next)
		}
		for _, f := range gone {
			w.counted(what+", what was", f)
		}
		w.counted(what+", the label that stays", hayon.PostFilter{Labels: []string{"news"}}, next)
	}
	step("changed", &q, after, before)
	step("changed back", p, before, after)
	step("changed again", &q, after, before)
	q.Schedule = hayon.Schedule{}
	step("without a time", &q, after[:5], append(before, after[5]))
}
