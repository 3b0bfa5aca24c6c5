package query_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/query"
)

func ExampleParse() {
	now := time.Date(2026, 11, 20, 20, 18, 0, 0, time.UTC)
	q, err := query.Parse(`two "State:" state:failed,partial since:monday -label:x`, now, time.UTC)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintln(os.Stdout, q)
	for _, t := range q.Terms() {
		_, _ = fmt.Fprintf(os.Stdout, "%d-%d %s\n", t.Start, t.End, t.Text)
	}

	_, err = query.Parse("launch stat:failed", now, time.UTC)
	if e, ok := errors.AsType[*query.Error](err); ok {
		_, _ = fmt.Fprintf(os.Stdout, "%s\n%s^ %s\n", e.Input, strings.Repeat(" ", e.Column-1), e.Hint)
	}
	// Output:
	// state:partial,failed -label:x since:monday two "State:"
	// 0-3 two
	// 4-12 "State:"
	// 13-33 state:failed,partial
	// 34-46 since:monday
	// 47-55 -label:x
	// launch stat:failed
	//        ^ did you mean state:failed? To look for the text, put it in quotes: "stat:failed"
}

func ExampleQuery_Filter() {
	q, err := query.Parse("to:bluesky launch", time.Now(), time.UTC)
	if err != nil {
		return
	}
	accounts := []*hayon.Account{{Platform: "bluesky", Name: "bluesky"}, {Platform: "bluesky", Name: "bluesky/work"}, {Platform: "site", Name: "site"}}
	for i, a := range accounts {
		a.ID = hayon.NewAccountID(time.Unix(int64(i), 0))
	}
	f, err := q.Filter(accounts)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintln(os.Stdout, len(f.Accounts), f.Words)
	// Output: 2 [launch]
}

func ExampleComplete() {
	known := query.Names{Accounts: []string{"bluesky", "bluesky/work", "mastodon"}}
	_, _ = fmt.Fprintln(os.Stdout, query.Complete("launch to:b", len("launch to:b"), known))
	// Output: [launch to:bluesky launch to:bluesky/work]
}
