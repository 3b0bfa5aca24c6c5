package bluesky_test

import (
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// A call whose deadline is over when it would leave does not leave: the server sees nothing.
func TestDeadlineIsOver(t *testing.T) {
	t.Parallel()
	p := newProvider()
	s := sessionOn(t, script(t)) // every request fails the test
	r := publishRequest(greeting(t, p, s))
	r.Deadline = time.Now().Add(-time.Second)
	wantResult(t, p.Publish(t.Context(), s, r), hayon.VerdictNotApplied, hayon.CodeUnavailable)
}
