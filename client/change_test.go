package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/server"
	"github.com/hayon/hayon/server/api"
)

// changer is a service that keeps what it is asked and answers what it was given.
type changer struct {
	hayon.Service // nil: what the test does not call

	asked     []any
	post      *hayon.Post
	request   *hayon.PostRequest
	undone    *hayon.PostUndone
	revisions []hayon.Revision
}

func (c *changer) FindAccounts(context.Context, hayon.AccountFilter) ([]*hayon.Account, error) {
	return nil, nil
}

func (c *changer) FindRequest(context.Context, hayon.PostID) (*hayon.PostRequest, error) {
	return c.request, nil
}

func (c *changer) RevisePost(_ context.Context, _ hayon.PostID, r hayon.PostRevise) (*hayon.Post, error) {
	c.asked = append(c.asked, r)
	return c.post, nil
}

func (c *changer) ReschedulePost(_ context.Context, _ hayon.PostID, r hayon.PostReschedule) (*hayon.Post, error) {
	c.asked = append(c.asked, r)
	return c.post, nil
}

func (c *changer) UndoPost(_ context.Context, u hayon.PostUndo) (*hayon.PostUndone, error) {
	c.asked = append(c.asked, u)
	return c.undone, nil
}

func (c *changer) FindRevisions(context.Context, hayon.PostID) ([]hayon.Revision, error) {
	return c.revisions, nil
}

func (c *changer) CountPosts(_ context.Context, f hayon.PostFilter) (int, error) {
	c.asked = append(c.asked, f)
	return 1 << 40, nil
}

// What a change asks arrives whole, and what it answers comes back whole.
func TestChangesOverTheWire(t *testing.T) {
	t.Parallel()
	at, grace := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC), 90*time.Minute
	id, account := hayon.NewPostID(at), hayon.NewAccountID(at)
	create := hayon.PostCreate{
		Text: "one", Parts: []string{"two"}, Texts: map[string]string{account.String(): "other"}, To: []string{account.String()},
		Options: map[string]map[string]string{"": {"warning": "x"}}, Note: "mine", Labels: []string{"a b"},
		Media:    []hayon.MediaInput{{Media: hayon.NewMediaID(at), Alt: "a square", Focus: &hayon.Focus{X: 1}, For: []string{account.String()}}},
		Schedule: hayon.Schedule{At: at, Wall: "2026-12-01T09:00:00", Zone: "Europe/Berlin"}, IfLate: hayon.LateSkip, Grace: &grace,
	}
	p := &hayon.Post{
		ID: id, ShortDigits: 4, Text: "one", Revision: 7, CreatedAt: at, UpdatedAt: at, Schedule: create.Schedule,
		Warnings: []string{"two are close"}, Targets: []*hayon.Target{},
	}
	svc := &changer{
		post: p, request: &hayon.PostRequest{Post: id, Revision: 7, Create: create},
		undone: &hayon.PostUndone{Kind: hayon.ChangeDeleted, At: at, Posts: []*hayon.Post{p}},
		revisions: []hayon.Revision{
			{Number: 1, Kind: hayon.ChangeCreated, At: at, Source: hayon.SourceTUI, Create: create},
			{Number: 2, Kind: hayon.ChangeEdited, At: at, Reason: "typo", Undone: true, Create: create},
		},
	}
	path := socketPath(t)
	ln, err := server.ListenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	start(t, svc, ln, server.Config{})
	c, ctx := newClient(t, client.Config{Socket: path}), actor(t)
	same := func(what string, want, got any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
	request, err := c.FindRequest(ctx, id)
	same("request", svc.request, request, err)
	revise := hayon.PostRevise{Revision: 7, Create: create, Batch: "b", Reason: "typo", DryRun: true}
	got, err := c.RevisePost(ctx, id, revise)
	same("revise", p, got, err)
	to := hayon.PostReschedule{Schedule: create.Schedule, Batch: "b", Reason: "later", DryRun: true}
	got, err = c.ReschedulePost(ctx, id, to)
	same("reschedule", p, got, err)
	by := hayon.PostReschedule{By: &hayon.Shift{Days: -3, Elapsed: -grace, Zone: "Europe/Berlin"}}
	got, err = c.ReschedulePost(ctx, id, by)
	same("shift", p, got, err)
	undo := hayon.PostUndo{Post: id, Reason: "no", DryRun: true}
	undone, err := c.UndoPost(ctx, undo)
	same("undo", svc.undone, undone, err)
	revisions, err := c.FindRevisions(ctx, id)
	same("revisions", svc.revisions, revisions, err)
	filter := hayon.PostFilter{NotAccounts: []hayon.AccountID{account}, Words: []string{"a  b"}, Order: hayon.OrderLatest, AtUntil: at, Limit: 3}
	n, err := c.CountPosts(ctx, filter)
	same("count", 1<<40, n, err)
	same("what the service was asked", []any{revise, to, by, undo, filter}, svc.asked, nil)
}

// A change of a revision is asked for again where the answer was lost, in the same words, so that the
// service can tell it from another change.
func TestReviseIsRepeatedUnderItsBatch(t *testing.T) {
	t.Parallel()
	for _, batch := range []string{"", "mine"} {
		var mu sync.Mutex
		var asked []api.PostRevise
		c := dial(t, func(w http.ResponseWriter, r *http.Request) {
			var in api.PostRevise
			_ = json.NewDecoder(r.Body).Decode(&in)
			mu.Lock()
			asked = append(asked, in)
			first := len(asked) == 1
			mu.Unlock()
			if first {
				hangUp()
			}
			answer(w, http.StatusOK, map[string]any{"id": post, "state": "scheduled", "revision": 3})
		}, client.Config{})
		p, err := c.RevisePost(actor(t), hayon.NewPostID(time.Now()), hayon.PostRevise{Revision: 2, Create: hayon.PostCreate{Text: "x"}, Batch: batch})
		if err != nil || p.Revision != 3 {
			t.Fatalf("RevisePost = %v, %v", p, err)
		}
		if len(asked) != 2 || cmp.Diff(asked[0], asked[1]) != "" || asked[0].Batch == "" || batch != "" && asked[0].Batch != batch {
			t.Errorf("batch %q was asked as %+v, want the same twice", batch, asked)
		}
	}
}

// Who undoes again takes back one change more, so the advice is to look first.
func TestLostUndoSaysWhatToLookAt(t *testing.T) {
	t.Parallel()
	c := dial(t, func(http.ResponseWriter, *http.Request) { hangUp() }, client.Config{})
	_, err := c.UndoPost(actor(t), hayon.PostUndo{})
	if e := hayon.AsError(err); e.Code != hayon.CodeUnavailable || !strings.Contains(e.Hint, "hayon undo --dry-run") {
		t.Errorf("a lost undo: %v, hint %q", err, e.Hint)
	}
}

// losing is svc behind a socket whose first answer to a revision is lost after it was done, and before each
// request after that does what between says.
func losing(t *testing.T, svc hayon.Service, between func()) *client.Client {
	t.Helper()
	srv, err := server.New(svc, server.Config{Actor: func(*http.Request) (hayon.Actor, error) {
		return hayon.Actor{User: hayon.LocalUser().ID}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var lost atomic.Bool
	return dial(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && lost.CompareAndSwap(false, true) {
			srv.Handler().ServeHTTP(httptest.NewRecorder(), r)
			between()
			hangUp()
		}
		srv.Handler().ServeHTTP(w, r)
	}, client.Config{})
}

// A revision that was done is no conflict with itself where its answer was lost.
func TestLostRevisionIsFound(t *testing.T) {
	t.Parallel()
	for _, requestID := range []string{"", "req-1"} {
		svc, _ := local(t)
		ctx := hayon.WithActor(t.Context(), hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceCLI, RequestID: requestID})
		p, err := svc.CreatePost(ctx, hayon.PostCreate{Text: "one", To: []string{"site"}, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
		c := losing(t, svc, func() {})
		r, err := c.FindRequest(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		r.Create.Text = "two"
		got, err := c.RevisePost(ctx, p.ID, hayon.PostRevise{Revision: r.Revision, Create: r.Create})
		if err != nil || got.Text != "two" || got.Revision != 2 {
			t.Errorf("request %q: %+v, %v; want the post as it was revised", requestID, got, err)
		}
		// Once more with the old revision is a conflict, since nothing was lost.
		if _, err = c.RevisePost(ctx, p.ID, hayon.PostRevise{Revision: r.Revision, Create: r.Create}); hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("request %q, an old revision: %v, want conflict", requestID, err)
		}
	}
}

// Where somebody else has changed the post since, or in its place, the conflict is told.
func TestLostRevisionOfWhatChanged(t *testing.T) {
	t.Parallel()
	svc, _ := local(t)
	ctx := actor(t)
	p, err := svc.CreatePost(ctx, hayon.PostCreate{Text: "one", To: []string{"site"}, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)}})
	if err != nil {
		t.Fatal(err)
	}
	other := hayon.WithActor(t.Context(), hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceTUI, RequestID: "other"})
	c := losing(t, svc, func() {
		at := hayon.Schedule{At: time.Now().Add(2 * time.Hour)}
		if _, err := svc.ReschedulePost(other, p.ID, hayon.PostReschedule{Schedule: at}); err != nil {
			t.Error(err)
		}
	})
	r, err := c.FindRequest(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.Create.Text = "two"
	if _, err = c.RevisePost(ctx, p.ID, hayon.PostRevise{Revision: r.Revision, Create: r.Create}); hayon.CodeOf(err) != hayon.CodeConflict {
		t.Errorf("changed by somebody else since: %v, want conflict", err)
	}
}
