package hayontest

import (
	"bytes"
	"context"
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
	cases := slices.Concat(
		createCases(), optionCases(), bestEffortCases(), composeCases(), threadCases(), lateCases(), postCases(), resolveCases(),
		publishCases(), editCases(), deleteCases(), changeCases(), repostCases(), accountCases(), signInCases(),
		groupCases(), peopleCases(), templateCases(), mediaCases(), eventCases(), pauseCases(), webhookCases(), maintainCases(), letterCases(), actorCases(),
	)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(&world{T: t, Fixture: open(t)})
		})
	}
}

type testCase struct {
	name string
	run  func(*world)
}

// world is one case: its test and its fixture, with what the cases have in common.
type world struct {
	*testing.T
	Fixture
}

// ctx is the test's context with the user of the fixture.
func (w *world) ctx() context.Context { return hayon.WithActor(w.Context(), w.Actor) }

// otherCtx is the test's context with the other user.
func (w *world) otherCtx() context.Context { return hayon.WithActor(w.Context(), w.OtherActor) }

// create stores a post or ends the test.
func (w *world) create(c hayon.PostCreate) *hayon.Post {
	w.Helper()
	p, err := w.Service.CreatePost(w.ctx(), c)
	if err != nil {
		w.Fatalf("CreatePost(%+v): %v", c, err)
	}
	return p
}

// later is a post to site for an hour from now.
func later(text string) hayon.PostCreate {
	return hayon.PostCreate{Text: text, To: []string{"site"}, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour).UTC().Truncate(time.Second)}}
}

// signIn connects an account of demo or ends the test.
func (w *world) signIn(alias string) *hayon.Account {
	w.Helper()
	a, err := w.Service.CreateAccount(w.ctx(), hayon.SignIn{Platform: "demo", Alias: alias})
	if err != nil {
		w.Fatalf("sign in to demo/%s: %v", alias, err)
	}
	return a
}

// upload stores a picture of this size, in pixels, or ends the test.
func (w *world) upload(width, height int, name string) *hayon.Media {
	w.Helper()
	m, err := w.Service.CreateMedia(w.ctx(), bytes.NewReader(PNG(width, height)), name)
	if err != nil {
		w.Fatalf("CreateMedia(%s): %v", name, err)
	}
	return m
}

// move brings a post's targets into a state or ends the test.
func (w *world) move(id hayon.PostID, to hayon.State) {
	w.Helper()
	if err := w.Move(w.Context(), id, to); err != nil {
		w.Fatalf("move %s to %s: %v", id, to, err)
	}
}

// find reads a post or ends the test.
func (w *world) find(id hayon.PostID) *hayon.Post {
	w.Helper()
	p, err := w.Service.FindPostByID(w.ctx(), id)
	if err != nil {
		w.Fatalf("FindPostByID(%s): %v", id, err)
	}
	return p
}

// refused checks the code of err and that it says something.
func (w *world) refused(what string, err error, code hayon.Code) {
	w.Helper()
	_ = w.refusal(what, err, code) // the code was the question
}

// refusal checks the code of err and that it says something, and answers it.
func (w *world) refusal(what string, err error, code hayon.Code) *hayon.Error {
	w.Helper()
	if hayon.CodeOf(err) != code {
		w.Errorf("%s: error %v with code %q, want %q", what, err, hayon.CodeOf(err), code)
	}
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok {
		return &hayon.Error{}
	}
	if e.Message == "" || e.Message[:1] != strings.ToLower(e.Message[:1]) {
		w.Errorf("%s: message %q, want a sentence in lower case", what, e.Message)
	}
	return e
}

// wantNothing checks that the user has no post.
func (w *world) wantNothing() {
	w.Helper()
	posts, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{})
	if err != nil || len(posts) > 0 {
		w.Errorf("%d posts are stored (%v), want none", len(posts), err)
	}
}

// wantState checks the state of all targets of a post.
func (w *world) wantState(p *hayon.Post, state hayon.State) {
	w.Helper()
	for _, t := range p.Targets {
		if t.State != state {
			w.Errorf("target %s on %s is %s, want %s", t.ID, t.Platform, t.State, state)
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
