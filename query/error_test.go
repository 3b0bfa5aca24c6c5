package query_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon/query"
)

var update = flag.Bool("update", false, "rewrite testdata/errors.golden")

// refused are inputs of which each has one mistake.
var refused = []string{
	// keys
	"stat:failed", "x -stats:failed", "labels:x", "notes:x lable:x", "sinse:monday", "untill:x", "so:x", "t:x", "ta:x", "ot:x", "RT:x", "sorce:cli",
	`stat:"two words"`, "status:failed", "account:site", "Platform:site", "tag:x", "after:2d", "before:2d", "date:today", "due:today", "order:newest",
	// values that are missing
	"state:", "state: failed", "x to:", "label:", "source:", "since:", "until:", "at:", "sort:", "-state:",
	"state:failed,", "state:,failed", "to:a,,b", `label:""`, `label:" "`,
	// values that are wrong
	"state:foiled", "state:done", "state:failed,x", "é state:x", "source:clo", "source:browser", "sort:random", "sort:old",
	"to:@launch", "to:all", `to:"my account"`, "to:*", "to:/*", "to:blüsky", "-to:a,b!",
	// commas
	"label:a,b", "-label:a,b", `label:"a b",c`, "since:today,yesterday", "at:today,tomorrow", "sort:newest,oldest",
	// times
	"since:soon", "since:tomorrow", `since:"next friday"`, "since:9am", "since:01/02/2027", "since:2 days ago", "until:2026-02-30", `until:"9am PST"`,
	`since:"2026-11-20 9am CST"`, "since:1960-01-01", "since:+2d", "since:-2d",
	"at:monday", "at:fri", "at:soon", "at:2026", "at:2026-13", "at:2026-02-30", "at:..", "at:2026-12-07..2026-12-01", "at:today..x", "at:x..",
	"at:2026-12-01T09:00:00Z", "at:2026-12-01T09:00..", "at:1960-01-01", "at:9999-01-01", "at:2026-12-01..1960-01-01T00:00:00Z",
	"at:2026-12-01T09:00:00Z..2026-12-01T10:00:00+01:00",
	// what is there twice, and what excludes itself
	"since:2d since:3d", "until:2d until:3d", "at:today at:tomorrow", "sort:newest sort:newest",
	"state:failed -state:failed", "-state:failed state:draft,failed", "to:bluesky -to:bluesky/*", "label:x -label:x", "-source:cli source:cli",
	"word -Word", `-"two words" "two  words"`, "since:today until:yesterday", "until:2d since:2d",
	"-state:draft,scheduled,publishing,published,partial -state:uncertain,failed,missed,cancelled", "-source:cli,tui,api,feed,apply,mcp",
	"-since:2d", "-until:2d", "-at:today", "-sort:newest",
	// minus signs
	"-", "a - b", "--count", "-- x",
	// quotes
	`"two words`, `x "`, `"a"b`, `"a",b`, `state:"failed"x`, `a"b`, `label:a"b`, `""`, `-""`, `"  "`, "“two words”", "label:“x”", `"a\"`,
	// bytes
	"a\x00b", "a \xff", "é\x1b[0m", strings.Repeat("é ", 400),
}

// TestErrors has every error with its place.
func TestErrors(t *testing.T) {
	t.Parallel()
	loc := berlin(t)
	var b strings.Builder
	for _, input := range refused {
		q, err := query.Parse(input, now, loc)
		e, ok := errors.AsType[*query.Error](err)
		if !ok {
			t.Errorf("Parse(%q) = %v, %v, want a refusal", input, q, err)
			continue
		}
		shown := input
		if len(shown) > 100 {
			shown = shown[:40] + "…" + shown[len(shown)-20:]
		}
		if strings.ContainsFunc(shown, func(r rune) bool { return r < ' ' || r == utf8.RuneError }) {
			shown = strings.Trim(fmt.Sprintf("%q", shown), `"`)
		}
		if e.Hint == "" || e.Column < 1 || e.Column > utf8.RuneCountInString(e.Input)+1 {
			t.Errorf("Parse(%q): %+v", input, e)
		}
		fmt.Fprintf(&b, "%s\n%s^ column %d: %s\n  %s\n\n", shown, strings.Repeat(" ", min(e.Column, 60)-1), e.Column, e.Reason, e.Hint)
	}
	golden := filepath.Join("testdata", "errors.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), b.String()); diff != "" {
		t.Error(diff)
	}
}
