package query_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/query"
)

// FuzzParse checks that what is accepted is written as a query that reads as the same one and filters the
// same, that terms stand where they say, and that what is refused says where and what to do.
func FuzzParse(f *testing.F) {
	for _, input := range refused {
		f.Add(input)
	}
	f.Add(`state:failed,partial to:bluesky label:launch since:monday text "two words" -label:x sort:oldest`)
	f.Add(`at:2026-12-01..2026-12-07 -"a \"b\" \\" since:"2026-11-20 09:00 Europe/Berlin" source:cli,tui`)
	accounts := []*hayon.Account{
		{ID: hayon.NewAccountID(now), Platform: "bluesky", Name: "bluesky"},
		{ID: hayon.NewAccountID(now), Platform: "bluesky", Name: "bluesky/work"},
	}
	f.Fuzz(func(t *testing.T, input string) {
		loc := berlin(t)
		for _, c := range query.Complete(input, len(input), query.Names{Accounts: []string{"bluesky"}, Labels: []string{"a b", input}}) {
			if c == "" {
				t.Fatalf("Complete(%q) has an empty candidate", input)
			}
		}
		q, err := query.Parse(input, now, loc)
		if err != nil {
			e, ok := errors.AsType[*query.Error](err)
			if !ok || e.Reason == "" || e.Hint == "" || e.Column < 1 || e.Column > utf8.RuneCountInString(e.Input)+1 {
				t.Fatalf("Parse(%q): %#v", input, err)
			}
			return
		}
		checkAgain(t, q)
		again, err := query.Parse(q.String(), now, loc)
		if err != nil {
			t.Fatal(err)
		}
		want, wantErr := q.Filter(accounts)
		got, gotErr := again.Filter(accounts)
		if diff := cmp.Diff(want, got); diff != "" || (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("%q filters otherwise: %v, %v\n%s", q, wantErr, gotErr, diff)
		}
		end := 0
		for _, tm := range q.Terms() {
			if tm.Start < end || tm.End <= tm.Start || tm.End > len(input) {
				t.Fatalf("%q has a term at %d to %d after %d", input, tm.Start, tm.End, end)
			}
			end = tm.End
			one, err := query.Parse(tm.Text, now, loc)
			typed, typedErr := query.Parse(input[tm.Start:tm.End], now, loc)
			if err != nil || typedErr != nil || meaning(one) != meaning(typed) {
				t.Fatalf("term %q of %q: %v, %v, %v", tm.Text, input, one, err, typedErr)
			}
		}
	})
}
