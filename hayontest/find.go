package hayontest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func findCases() []testCase {
	return []testCase{
		{"find and count", findAndCount},
		{"orders of posts", postOrders},
		{"find what was changed", findChanged},
		{"filters that are refused", refusedFilters},
	}
}

// library is a few posts that differ in all that a filter looks at, by their names.
func library(w *world) (map[string]*hayon.Post, *hayon.Account) {
	demo := w.signIn("a")
	m := w.upload(4, 4, "a.png")
	at := func(days int) hayon.Schedule {
		return hayon.Schedule{At: time.Date(2031, 5, days, 9, 0, 0, 0, time.UTC)}
	}
	made := map[string]hayon.PostCreate{
		"launch": {Text: "The Launch of  Hayon\nis near", To: []string{"site"}, Labels: []string{"launch", "big news"}, Schedule: at(3)},
		"sale":   {Text: "Spring sale", To: []string{"site", "demo/a"}, Labels: []string{"launch"}, Schedule: at(1)},
		"own":    {Text: "For all", Texts: map[string]string{"demo/a": "Größe zählt"}, To: []string{"site", "demo/a"}, Schedule: at(2)},
		"draft":  {Text: "A draft", To: []string{"site"}, Draft: true, Note: "ask Tomoko"},
		"optional": {
			Text: "With more", To: []string{"strict"}, Schedule: at(4), Options: common("cw", "Spoiler"), Labels: []string{"Launch"},
		},
		"picture": {Text: "A picture", To: []string{"site"}, Schedule: at(5), Media: []hayon.MediaInput{{Media: m.ID, Alt: "a red Square"}}},
		"gone":    {Text: "Never mind the launch", To: []string{"site"}, Schedule: at(6)},
		"deleted": {Text: "No launch", To: []string{"site"}, Schedule: at(7), Labels: []string{"launch"}},
	}
	out := make(map[string]*hayon.Post)
	for name, c := range made {
		out[name] = w.create(c)
	}
	w.cancelAs(out["gone"].ID, "")
	w.remove(out["deleted"].ID, hayon.PostDelete{})
	return out, demo
}

func findAndCount(w *world) {
	posts, demo := library(w)
	day := func(d int) time.Time { return time.Date(2031, 5, d, 9, 0, 0, 0, time.UTC) }
	tests := []struct {
		name string
		f    hayon.PostFilter
		want string
	}{
		{"all", hayon.PostFilter{}, "draft gone launch optional own picture sale"},
		{"also the deleted", hayon.PostFilter{Deleted: true}, "deleted draft gone launch optional own picture sale"},
		{"a word in any case", hayon.PostFilter{Words: []string{"LAUNCH"}}, "gone launch optional sale"},
		{"a word over white space", hayon.PostFilter{Words: []string{"launch of hayon is"}}, "launch"},
		{"a word with more blanks", hayon.PostFilter{Words: []string{" Launch   of "}}, "launch"},
		{"two words", hayon.PostFilter{Words: []string{"near", "launch"}}, "launch"},
		{"a part of a word", hayon.PostFilter{Words: []string{"ring sal"}}, "sale"},
		{"in the text of one account", hayon.PostFilter{Words: []string{"größe"}}, "own"},
		{"in the note", hayon.PostFilter{Words: []string{"tomoko"}}, "draft"},
		{"in an option", hayon.PostFilter{Words: []string{"spoiler"}}, "optional"},
		{"in a description", hayon.PostFilter{Words: []string{"red square"}}, "picture"},
		{"a word that is nowhere", hayon.PostFilter{Words: []string{"launched"}}, ""},
		{"without a word", hayon.PostFilter{NotWords: []string{"LAUNCH"}}, "draft own picture"},
		{"with one and without another", hayon.PostFilter{Words: []string{"launch"}, NotWords: []string{"hayon", "spoiler"}}, "gone sale"},
		{"a label", hayon.PostFilter{Labels: []string{"launch"}}, "launch sale"},
		{"two labels", hayon.PostFilter{Labels: []string{"launch", "big news"}}, "launch"},
		{"without a label", hayon.PostFilter{NotLabels: []string{"launch"}}, "draft gone optional own picture"},
		{"one label and not the other", hayon.PostFilter{Labels: []string{"launch"}, NotLabels: []string{"big news"}}, "sale"},
		{"an account", hayon.PostFilter{Accounts: []hayon.AccountID{demo.ID}}, "own sale"},
		{"without an account", hayon.PostFilter{NotAccounts: []hayon.AccountID{demo.ID}}, "draft gone launch optional picture"},
		{"a source", hayon.PostFilter{Sources: []hayon.Source{w.Actor.Source}}, "draft gone launch optional own picture sale"},
		{"another source", hayon.PostFilter{Sources: []hayon.Source{hayon.SourceFeed, hayon.SourceMCP}}, ""},
		{"going out from", hayon.PostFilter{AtSince: day(3)}, "gone launch optional picture"},
		{"going out before", hayon.PostFilter{AtUntil: day(3)}, "own sale"},
		{"going out between", hayon.PostFilter{AtSince: day(2), AtUntil: day(4)}, "launch own"},
		{"a state", hayon.PostFilter{States: []hayon.PostState{hayon.PostCancelled, hayon.PostDraft}}, "draft gone"},
		{"a state, a word and a time", hayon.PostFilter{
			States: []hayon.PostState{hayon.PostScheduled}, Words: []string{"launch"}, AtUntil: day(4),
		}, "launch sale"},
		{"soonest with a word", hayon.PostFilter{Words: []string{"launch"}, Order: hayon.OrderSoonest}, "gone launch optional sale"},
	}
	for _, tt := range tests {
		found, err := w.Service.FindPosts(w.ctx(), tt.f)
		if err != nil {
			w.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, namesOf(posts, found)); diff != "" {
			w.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		tt.f.Limit, tt.f.Before = 1, posts["draft"].ID // ignored
		if n, err := w.Service.CountPosts(w.ctx(), tt.f); err != nil || n != len(found) {
			w.Errorf("%s: counted %d (%v), found %d", tt.name, n, err, len(found))
		}
	}
	if n, err := w.Other.CountPosts(w.otherCtx(), hayon.PostFilter{Owner: w.Actor.User}); n != 0 || err != nil {
		w.Errorf("another user counts %d posts (%v)", n, err)
	}
}

// namesOf are the names of the posts that were found, in order.
func namesOf(posts map[string]*hayon.Post, found []*hayon.Post) string {
	return strings.Join(slices.Sorted(slices.Values(inOrder(posts, found))), " ")
}

func inOrder(posts map[string]*hayon.Post, found []*hayon.Post) []string {
	out := make([]string, len(found))
	for i, p := range found {
		for name, q := range posts {
			if p.ID == q.ID {
				out[i] = name
			}
		}
	}
	return out
}

func postOrders(w *world) {
	posts, _ := library(w)
	byTime := []string{"sale", "own", "launch", "optional", "picture", "gone"}
	latest := slices.Clone(byTime)
	slices.Reverse(latest)
	for order, want := range map[hayon.PostOrder][]string{
		hayon.OrderSoonest: append(byTime, "draft"), hayon.OrderLatest: append(latest, "draft"),
	} {
		for _, limit := range []int{0, 3} {
			found, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{Order: order, Limit: limit})
			if limit > 0 {
				want = want[:limit]
			}
			if diff := cmp.Diff(want, inOrder(posts, found)); err != nil || diff != "" {
				w.Errorf("%s, %d of them: %v (-want +got):\n%s", order, limit, err, diff)
			}
		}
	}
	list := func(order hayon.PostOrder) []string {
		found, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{Order: order})
		if err != nil {
			w.Fatal(err)
		}
		return ids(found)
	}
	newest, oldest := list(hayon.OrderNewest), list(hayon.OrderOldest)
	if diff := cmp.Diff(list(""), newest); diff != "" {
		w.Errorf("without an order (-want +got):\n%s", diff)
	}
	slices.Reverse(oldest)
	if diff := cmp.Diff(newest, oldest); diff != "" {
		w.Errorf("oldest first is not newest first in reverse (-newest +oldest):\n%s", diff)
	}
}

func findChanged(w *world) {
	p := w.create(later("before"))
	w.revise(p.ID, reword("after"))
	at := inHours(30)
	w.reschedule(p.ID, to(at))
	count := func(f hayon.PostFilter) int {
		n, err := w.Service.CountPosts(w.ctx(), f)
		if err != nil {
			w.Fatal(err)
		}
		return n
	}
	for word, want := range map[string]int{"before": 0, "after": 1} {
		if got := count(hayon.PostFilter{Words: []string{word}}); got != want {
			w.Errorf("%d posts have the word %s, want %d", got, word, want)
		}
	}
	if got := count(hayon.PostFilter{AtSince: at, AtUntil: at.Add(time.Second)}); got != 1 {
		w.Errorf("%d posts are found at their new time, want 1", got)
	}
	draft := w.create(hayon.PostCreate{Text: "a draft", To: []string{"site"}, Draft: true})
	now := hayon.PostFilter{Words: []string{"draft"}, AtSince: time.Now().Add(-time.Hour), AtUntil: time.Now().Add(time.Hour)}
	if got := count(now); got != 0 {
		w.Error("a draft is found at a time, and has none")
	}
	if _, err := w.Service.PublishPost(w.ctx(), draft.ID, hayon.PostChangeRequest{}); err != nil {
		w.Fatal(err)
	}
	if got := count(now); got != 1 {
		w.Error("a draft that was published is not found at its time")
	}
	w.undo(hayon.PostUndo{Post: p.ID})
	w.undo(hayon.PostUndo{Post: p.ID})
	if got := count(hayon.PostFilter{Words: []string{"before"}, AtUntil: at}); got != 1 {
		w.Errorf("after the undo %d posts are found as they were, want 1", got)
	}
}

func refusedFilters(w *world) {
	w.create(later("one"))
	_, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{Order: "random"})
	if e := w.refusal("an unknown order", err, hayon.CodeUsage); !strings.Contains(e.Hint, string(hayon.OrderSoonest)) {
		w.Errorf("hint %q does not tell the orders", e.Hint)
	}
}
