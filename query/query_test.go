package query_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/query"
)

// now is Fri 20 Nov 2026 21:18 in Berlin.
var now = time.Date(2026, 11, 20, 20, 18, 0, 0, time.UTC)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// meaning is what a query selects, as text, without its words for times.
func meaning(q *query.Query) string {
	var out []string
	say := func(name string, values ...string) {
		if len(values) > 0 {
			out = append(out, name+"="+strings.Join(values, "|"))
		}
	}
	at := func(name string, t time.Time) {
		if !t.IsZero() {
			say(name, t.UTC().Format("2006-01-02T15:04:05Z"))
		}
	}
	say("states", strs(q.States)...)
	say("not-states", strs(q.NotStates)...)
	say("to", q.To...)
	say("not-to", q.NotTo...)
	say("labels", q.Labels...)
	say("not-labels", q.NotLabels...)
	say("sources", strs(q.Sources)...)
	say("not-sources", strs(q.NotSources)...)
	at("since", q.Since)
	at("until", q.Until)
	at("at-since", q.AtSince)
	at("at-until", q.AtUntil)
	say("words", q.Words...)
	say("not-words", q.NotWords...)
	if q.Order != "" {
		say("order", string(q.Order))
	}
	return strings.Join(out, " ")
}

func strs[S ~string](list []S) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ input, canonical, meaning string }{
		{"", "", ""},
		{" \t\u00a0 ", "", ""},
		{
			`state:failed to:mastodon label:launch since:monday text "two words" -label:x`,
			`state:failed to:mastodon label:launch -label:x since:monday text "two words"`,
			`states=failed to=mastodon labels=launch not-labels=x since=2026-11-15T23:00:00Z words=text|two words`,
		},
		// states
		{"state:failed", "state:failed", "states=failed"},
		{"STATE:Failed", "state:failed", "states=failed"},
		{"state:failed,partial", "state:partial,failed", "states=partial|failed"},
		{"state:failed state:partial", "state:partial,failed", "states=partial|failed"},
		{"state:failed,failed state:failed", "state:failed", "states=failed"},
		{`state:"failed"`, "state:failed", "states=failed"},
		{`state:"failed",draft`, "state:draft,failed", "states=draft|failed"},
		{"-state:draft,cancelled", "-state:draft,cancelled", "not-states=draft|cancelled"},
		{"state:failed -state:draft", "state:failed -state:draft", "states=failed not-states=draft"},
		// accounts
		{"to:mastodon", "to:mastodon", "to=mastodon"},
		{"to:bluesky/work", "to:bluesky/work", "to=bluesky/work"},
		{"to:bluesky/*", "to:bluesky", "to=bluesky"},
		{"to:Bluesky/Work,mastodon to:site", "to:bluesky/work,mastodon,site", "to=bluesky/work|mastodon|site"},
		{"-to:site", "-to:site", "not-to=site"},
		{"to:bluesky -to:bluesky/work", "to:bluesky -to:bluesky/work", "to=bluesky not-to=bluesky/work"},
		// labels
		{"label:launch", "label:launch", "labels=launch"},
		{"Label:Launch", "label:Launch", "labels=Launch"},
		{"label:b label:a label:b", "label:a label:b", "labels=a|b"},
		{`label:"two words"`, `label:"two words"`, "labels=two words"},
		{`label:"a,b"`, `label:"a,b"`, "labels=a,b"},
		{`label:"a\"b"`, `label:"a\"b"`, `labels=a"b`},
		{"label:a:b", "label:a:b", "labels=a:b"},
		{"label:-x", "label:-x", "labels=-x"},
		{"-label:x -label:y", "-label:x -label:y", "not-labels=x|y"},
		{"label:x -label:X", "label:x -label:X", "labels=x not-labels=X"},
		{"label:straße", "label:straße", "labels=straße"},
		{`label:"“x”"`, `label:"“x”"`, "labels=“x”"},
		// sources
		{"source:cli", "source:cli", "sources=cli"},
		{"source:TUI,api,feed,apply,mcp", "source:api,apply,feed,mcp,tui", "sources=api|apply|feed|mcp|tui"},
		{"-source:feed", "-source:feed", "not-sources=feed"},
		// creation
		{"since:today", "since:today", "since=2026-11-19T23:00:00Z"},
		{"since:yesterday", "since:yesterday", "since=2026-11-18T23:00:00Z"},
		{"since:Friday", "since:friday", "since=2026-11-19T23:00:00Z"},
		{`since:"last friday"`, `since:"last friday"`, "since=2026-11-12T23:00:00Z"},
		{`since:"last  Friday"`, `since:"last friday"`, "since=2026-11-12T23:00:00Z"},
		{"since:2d", "since:2d", "since=2026-11-18T20:18:00Z"},
		{"since:3h", "since:3h", "since=2026-11-20T17:18:00Z"},
		{`since:"3h ago"`, `since:"3h ago"`, "since=2026-11-20T17:18:00Z"},
		{`since:"2 weeks ago"`, `since:"2 weeks ago"`, "since=2026-11-06T20:18:00Z"},
		{"since:now", "since:now", "since=2026-11-20T20:18:00Z"},
		{"since:2026-11", "since:2026-11", "since=2026-10-31T23:00:00Z"},
		{"until:2026-11-20", "until:2026-11-20", "until=2026-11-19T23:00:00Z"},
		{`until:"20 nov 2026"`, `until:"20 nov 2026"`, "until=2026-11-19T23:00:00Z"},
		{`since:"2026-11-20 09:00"`, `since:"2026-11-20 09:00"`, "since=2026-11-20T08:00:00Z"},
		{"since:2026-11-20T09:00", "since:2026-11-20T09:00", "since=2026-11-20T08:00:00Z"},
		{"since:2026-11-20t09:00:00z", "since:2026-11-20T09:00:00Z", "since=2026-11-20T09:00:00Z"},
		{"since:2026-11-20T09:00:00+05:30", "since:2026-11-20T09:00:00+05:30", "since=2026-11-20T03:30:00Z"},
		{`since:"2026-11-20 09:00 America/New_York"`, `since:"2026-11-20 09:00 America/New_York"`, "since=2026-11-20T14:00:00Z"},
		{"since:@1795000000", "since:@1795000000", "since=2026-11-18T11:06:40Z"},
		{"since:2026-11 until:2026-12", "since:2026-11 until:2026-12", "since=2026-10-31T23:00:00Z until=2026-11-30T23:00:00Z"},
		// when it goes out
		{"at:today", "at:today", "at-since=2026-11-19T23:00:00Z at-until=2026-11-20T23:00:00Z"},
		{"At:Tomorrow", "at:tomorrow", "at-since=2026-11-20T23:00:00Z at-until=2026-11-21T23:00:00Z"},
		{"at:yesterday", "at:yesterday", "at-since=2026-11-18T23:00:00Z at-until=2026-11-19T23:00:00Z"},
		{"at:week", "at:week", "at-since=2026-11-15T23:00:00Z at-until=2026-11-22T23:00:00Z"},
		{"at:next-week", "at:next-week", "at-since=2026-11-22T23:00:00Z at-until=2026-11-29T23:00:00Z"},
		{"at:last-week", "at:last-week", "at-since=2026-11-08T23:00:00Z at-until=2026-11-15T23:00:00Z"},
		{"at:2026-12-01", "at:2026-12-01", "at-since=2026-11-30T23:00:00Z at-until=2026-12-01T23:00:00Z"},
		{"at:2026-12", "at:2026-12", "at-since=2026-11-30T23:00:00Z at-until=2026-12-31T23:00:00Z"},
		{"at:2027-03-28", "at:2027-03-28", "at-since=2027-03-27T23:00:00Z at-until=2027-03-28T22:00:00Z"},
		{"at:2026-12-01..2026-12-07", "at:2026-12-01..2026-12-07", "at-since=2026-11-30T23:00:00Z at-until=2026-12-07T23:00:00Z"},
		{"at:today..tomorrow", "at:today..tomorrow", "at-since=2026-11-19T23:00:00Z at-until=2026-11-21T23:00:00Z"},
		{"at:2026-12..2027-01", "at:2026-12..2027-01", "at-since=2026-11-30T23:00:00Z at-until=2027-01-31T23:00:00Z"},
		{"at:tomorrow..", "at:tomorrow..", "at-since=2026-11-20T23:00:00Z"},
		{"at:..yesterday", "at:..yesterday", "at-until=2026-11-19T23:00:00Z"},
		{"at:2026-12-01t09:00:00z..2026-12-01T10:00:00Z", "at:2026-12-01T09:00:00Z..2026-12-01T10:00:00Z", "at-since=2026-12-01T09:00:00Z at-until=2026-12-01T10:00:00Z"},
		// order
		{"sort:oldest", "sort:oldest", "order=oldest"},
		{"sort:Soonest text", "sort:soonest text", "words=text order=soonest"},
		// words
		{"text", "text", "words=text"},
		{"b a b B", "b a", "words=b|a"},
		{`"two words"`, `"two words"`, "words=two words"},
		{"\"two \u00a0\t words \"", `"two words"`, "words=two words"},
		{`"one"`, "one", "words=one"},
		{"-word", "-word", "not-words=word"},
		{`-"two words"`, `-"two words"`, "not-words=two words"},
		{`"-word"`, `"-word"`, "words=-word"},
		{`-"-word"`, `-"-word"`, "not-words=-word"},
		{`"state:failed"`, `"state:failed"`, "words=state:failed"},
		{`"stat:failed"`, `"stat:failed"`, "words=stat:failed"},
		{"https://x.y/?a=b", "https://x.y/?a=b", "words=https://x.y/?a=b"},
		{"sorts://x", "sorts://x", "words=sorts://x"},
		{"10:30", "10:30", "words=10:30"},
		{"note:this", "note:this", "words=note:this"},
		{":state", ":state", "words=:state"},
		{"st4te:x", "st4te:x", "words=st4te:x"},
		{"a,b", "a,b", "words=a,b"},
		{`a\b "a\b c" "\\" "say \"hi\""`, `a\b "a\b c" \ "say \"hi\""`, `words=a\b|a\b c|\|say "hi"`},
		{"#launch @ada 日本語", "#launch @ada 日本語", "words=#launch|@ada|日本語"},
		{"state", "state", "words=state"},
	}
	if len(tests) < 80 {
		t.Errorf("%d inputs", len(tests))
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			q, err := query.Parse(tt.input, now, berlin(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := meaning(q); got != tt.meaning {
				t.Errorf("meaning:\n got %s\nwant %s", got, tt.meaning)
			}
			if got := q.String(); got != tt.canonical {
				t.Errorf("String:\n got %s\nwant %s", got, tt.canonical)
			}
			if q.IsZero() != (tt.meaning == "") {
				t.Errorf("IsZero = %t", q.IsZero())
			}
			checkAgain(t, q)
		})
	}
}

// checkAgain reads what a query says of itself.
func checkAgain(t *testing.T, q *query.Query) {
	t.Helper()
	again, err := query.Parse(q.String(), now, berlin(t))
	if err != nil {
		t.Fatalf("Parse(String %q): %v", q, err)
	}
	if got, want := meaning(again), meaning(q); got != want {
		t.Errorf("again:\n got %s\nwant %s", got, want)
	}
	if again.String() != q.String() {
		t.Errorf("String again:\n got %s\nwant %s", again, q)
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	const input = ` é State:failed,draft  "two  words" -label:"a b" since:"2 Days ago" at:WEEK`
	q, err := query.Parse(input, now, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	type term struct{ Key, Text, Typed string }
	var got []term
	for _, tm := range q.Terms() {
		got = append(got, term{tm.Key, tm.Text, input[tm.Start:tm.End]})
		rest, err := query.Parse(input[:tm.Start]+input[tm.End:], now, berlin(t))
		if err != nil || len(rest.Terms()) != len(q.Terms())-1 {
			t.Errorf("without %q: %v, %v", tm.Text, rest, err)
		}
	}
	want := []term{
		{"", "é", "é"},
		{"state", "state:failed,draft", "State:failed,draft"},
		{"", `"two words"`, `"two  words"`},
		{"label", `-label:"a b"`, `-label:"a b"`},
		{"since", `since:"2 days ago"`, `since:"2 Days ago"`},
		{"at", "at:week", "at:WEEK"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestStringOfChanged writes a query whose fields somebody has set.
func TestStringOfChanged(t *testing.T) {
	t.Parallel()
	q, err := query.Parse("since:monday at:week", now, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	q.Since, q.AtUntil = now.Add(time.Second/2), time.Time{}
	q.Until, q.Labels, q.Words = now.Add(time.Hour), []string{"two words"}, []string{"to:x"}
	const want = `label:"two words" since:2026-11-20T20:18:00.5Z until:2026-11-20T21:18:00Z at:2026-11-15T23:00:00Z.. "to:x"`
	if got := q.String(); got != want {
		t.Errorf("String:\n got %s\nwant %s", got, want)
	}
	again, err := query.Parse(want, now, nil)
	if err != nil || meaning(again) != meaning(q) {
		t.Errorf("again: %v, %v", again, err)
	}
}

func TestParseInUTC(t *testing.T) {
	t.Parallel()
	q, err := query.Parse("at:today", now, nil)
	if err != nil || !q.AtSince.Equal(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("Parse = %v, %v", q, err)
	}
}

// TestDayWithoutMidnight has a day that begins at one.
func TestDayWithoutMidnight(t *testing.T) {
	t.Parallel()
	loc, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	q, err := query.Parse("at:2018-11-04", now, loc)
	if err != nil || q.AtSince.Format(time.RFC3339) != "2018-11-04T01:00:00-02:00" || q.AtUntil.Format(time.RFC3339) != "2018-11-05T00:00:00-02:00" {
		t.Errorf("Parse = %v to %v, %v", q.AtSince, q.AtUntil, err)
	}
}

func TestErrorIsUsage(t *testing.T) {
	t.Parallel()
	_, err := query.Parse("state:foiled", now, nil)
	e := hayon.AsError(err)
	if e.Code != hayon.CodeUsage || !strings.Contains(e.Message, `column 7: "foiled"`) || !strings.Contains(e.Hint, "state:failed") {
		t.Errorf("AsError = %+v", e)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	account := func(platform, name string) *hayon.Account {
		return &hayon.Account{ID: hayon.NewAccountID(now), Platform: platform, Name: name}
	}
	sky, work, site := account("bluesky", "bluesky"), account("bluesky", "bluesky/work"), account("site", "site/blog")
	accounts := []*hayon.Account{sky, work, site}
	ids := func(list ...*hayon.Account) (out []hayon.AccountID) {
		for _, a := range list {
			out = append(out, a.ID)
		}
		return out
	}
	tests := []struct {
		input string
		want  hayon.PostFilter
	}{
		{"", hayon.PostFilter{}},
		{"to:bluesky", hayon.PostFilter{Accounts: ids(sky, work)}},
		{"to:bluesky/*", hayon.PostFilter{Accounts: ids(sky, work)}},
		{"to:bluesky/work", hayon.PostFilter{Accounts: ids(work)}},
		{"to:site", hayon.PostFilter{Accounts: ids(site)}},
		{"to:bluesky/work,bluesky", hayon.PostFilter{Accounts: ids(sky, work)}},
		{"-to:site,bluesky/work", hayon.PostFilter{NotAccounts: ids(work, site)}},
		{"state:failed,draft", hayon.PostFilter{States: []hayon.PostState{hayon.PostDraft, hayon.PostFailed}}},
		{"-state:draft,scheduled,publishing,published,partial,cancelled", hayon.PostFilter{
			States: []hayon.PostState{hayon.PostUncertain, hayon.PostFailed, hayon.PostMissed},
		}},
		{"-source:feed,mcp", hayon.PostFilter{Sources: []hayon.Source{hayon.SourceCLI, hayon.SourceTUI, hayon.SourceAPI, hayon.SourceApply}}},
		{"label:a -label:b w -v sort:latest since:@1 until:@2 at:1971-01-02", hayon.PostFilter{
			Labels: []string{"a"}, NotLabels: []string{"b"}, Words: []string{"w"}, NotWords: []string{"v"}, Order: hayon.OrderLatest,
			Since: time.Unix(1, 0), Until: time.Unix(2, 0),
			AtSince: time.Date(1971, 1, 2, 0, 0, 0, 0, time.UTC), AtUntil: time.Date(1971, 1, 3, 0, 0, 0, 0, time.UTC),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			q, err := query.Parse(tt.input, now, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := q.Filter(accounts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFilterUnknownAccount(t *testing.T) {
	t.Parallel()
	accounts := []*hayon.Account{{Platform: "bluesky", Name: "bluesky/work"}, {Platform: "mastodon", Name: "mastodon"}}
	for _, tt := range []struct {
		input  string
		column int
		hint   string
	}{
		{"to:mastodno", 4, "did you mean to:mastodon?"},
		{"x to:mastodon -to:blusky", 19, "did you mean to:bluesky?"},
		{"to:bluesky/work,bluesky/wrok", 17, "did you mean to:bluesky/work?"},
		{"to:threads", 4, "see what there is: hayon account list"},
	} {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			q, err := query.Parse(tt.input, now, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = q.Filter(accounts)
			e, ok := errors.AsType[*query.Error](err)
			if !ok || e.Column != tt.column || e.Hint != tt.hint || e.Input != tt.input || !strings.Contains(e.Reason, "no account or platform") {
				t.Errorf("Filter: %+v", err)
			}
		})
	}
	q := &query.Query{To: []string{"threads"}}
	if _, err := q.Filter(nil); err == nil || err.Error() != `filter: no account or platform "threads" is connected` {
		t.Errorf("Filter: %v", err)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	var got []string
	for _, k := range query.Keys() {
		got = append(got, k.Name)
		for _, v := range k.Values {
			if _, err := query.Parse(k.Name+":"+v, now, nil); err != nil {
				t.Errorf("%s:%s: %v", k.Name, v, err)
			}
		}
		if k.Closed {
			if _, err := query.Parse(k.Name+":"+strings.Join(k.Values[:2], ","), now, nil); (err == nil) != k.List {
				t.Errorf("%s lists: %v", k.Name, err)
			}
		}
		if _, err := query.Parse("-"+k.Name+":"+append(slices.Clone(k.Values), "x")[0], now, nil); (err == nil) != k.Not {
			t.Errorf("-%s: %v", k.Name, err)
		}
		if k.About == "" {
			t.Errorf("%s says nothing", k.Name)
		}
	}
	if want := []string{"state", "to", "label", "source", "since", "until", "at", "sort"}; !slices.Equal(got, want) {
		t.Errorf("Keys = %q", got)
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	known := query.Names{Accounts: []string{"bluesky", "bluesky/work", "mastodon"}, Labels: []string{"launch", "late night"}}
	tests := []struct {
		input  string
		cursor int
		want   []string
	}{
		{"", 0, []string{"state:", "to:", "label:", "source:", "since:", "until:", "at:", "sort:"}},
		{"S", 1, []string{"state:", "source:", "since:", "sort:"}},
		{"-", 1, []string{"-state:", "-to:", "-label:", "-source:"}},
		{"-s", 2, []string{"-state:", "-source:"}},
		{"word st", 7, []string{"word state:"}},
		{"state:fa", 8, []string{"state:failed"}},
		{"STATE:FA", 8, []string{"state:failed"}},
		{"x -state:p", 10, []string{"x -state:partial", "x -state:published", "x -state:publishing"}},
		{"state:failed,pa", 15, []string{"state:failed,partial"}},
		{"to:b", 4, []string{"to:bluesky", "to:bluesky/work"}},
		{"to:mastodon,bluesky/", 20, []string{"to:mastodon,bluesky/work"}},
		{"label:la", 8, []string{`label:"late night"`, "label:launch"}},
		{`label:"la`, 9, []string{`label:"late night"`, "label:launch"}},
		{"sort:", 5, []string{"sort:latest", "sort:newest", "sort:oldest", "sort:soonest"}},
		{"at:t", 4, []string{"at:today", "at:tomorrow"}},
		{"-since:", 7, nil},
		{"nokey:x", 7, nil},
		{`"two sta`, 8, nil},
		{"state:fa text", 8, []string{"state:failed"}},
		{"é sta", 99, []string{"é state:"}},
		{"é", 1, []string{"state:", "to:", "label:", "source:", "since:", "until:", "at:", "sort:"}}, // inside of a character
		{"x", -5, []string{"state:", "to:", "label:", "source:", "since:", "until:", "at:", "sort:"}},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, query.Complete(tt.input, tt.cursor, known)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
