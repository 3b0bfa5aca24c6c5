package hayontest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// TestService runs the suite. open makes a fixture for one case; what it opens it closes with
// t.Cleanup.
func TestService(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for _, c := range slices.Concat(createCases, postCases, accountCases, mediaCases, eventCases, actorCases) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t))
		})
	}
}

type testCase struct {
	name string
	run  func(t *testing.T, f Fixture)
}

// create stores a post or ends the test.
func create(t *testing.T, f Fixture, c hayon.PostCreate) *hayon.Post {
	t.Helper()
	p, err := f.Service.CreatePost(as(t, f.Actor), c)
	if err != nil {
		t.Fatalf("CreatePost(%+v): %v", c, err)
	}
	return p
}

// later is a post to site for an hour from now.
func later(text string) hayon.PostCreate {
	return hayon.PostCreate{Text: text, To: []string{"site"}, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour).UTC().Truncate(time.Second)}}
}

// signIn connects an account of demo or ends the test.
func signIn(t *testing.T, f Fixture, alias string) *hayon.Account {
	t.Helper()
	a, err := f.Service.CreateAccount(as(t, f.Actor), hayon.SignIn{Platform: "demo", Alias: alias})
	if err != nil {
		t.Fatalf("sign in to demo/%s: %v", alias, err)
	}
	return a
}

// move brings a post's targets into a state or ends the test.
func move(t *testing.T, f Fixture, id hayon.PostID, to hayon.State) {
	t.Helper()
	if err := f.Move(t.Context(), id, to); err != nil {
		t.Fatalf("move %s to %s: %v", id, to, err)
	}
}

// find reads a post or ends the test.
func find(t *testing.T, f Fixture, id hayon.PostID) *hayon.Post {
	t.Helper()
	p, err := f.Service.FindPostByID(as(t, f.Actor), id)
	if err != nil {
		t.Fatalf("FindPostByID(%s): %v", id, err)
	}
	return p
}

// wantCode checks the code of err, that it says something, and that what a user must mend has a
// hint.
func wantCode(t *testing.T, what string, err error, code hayon.Code) *hayon.Error {
	t.Helper()
	if hayon.CodeOf(err) != code {
		t.Errorf("%s: error %v with code %q, want %q", what, err, hayon.CodeOf(err), code)
	}
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok {
		return &hayon.Error{}
	}
	if e.Message == "" || e.Message[:1] != strings.ToLower(e.Message[:1]) {
		t.Errorf("%s: message %q, want a sentence in lower case", what, e.Message)
	}
	return e
}

// wantNothing checks that the user has no post.
func wantNothing(t *testing.T, f Fixture) {
	t.Helper()
	posts, err := f.Service.FindPosts(as(t, f.Actor), hayon.PostFilter{})
	if err != nil || len(posts) > 0 {
		t.Errorf("%d posts are stored (%v), want none", len(posts), err)
	}
}

// wantState checks the state of a post and of all its targets.
func wantState(t *testing.T, p *hayon.Post, state hayon.State) {
	t.Helper()
	for _, target := range p.Targets {
		if target.State != state {
			t.Errorf("target %s on %s is %s, want %s", target.ID, target.Platform, target.State, state)
		}
	}
}

func ids(posts []*hayon.Post) []string {
	out := make([]string, len(posts))
	for i, p := range posts {
		out[i] = p.ID.String()
	}
	return out
}
