package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server"
)

// What a change asks arrives at the service, and what that answers goes out in the form of the document.
func TestChanges(t *testing.T) {
	t.Parallel()
	id, at, grace := postID(t), time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC), 90*time.Minute
	asked := make(map[string]any)
	p := &hayon.Post{ID: id, Text: "x", Revision: 2, Request: &hayon.PostCreate{Text: "hidden"}, Warnings: []string{"two are close"}}
	svc := &stub{
		findRequest: func(context.Context, hayon.PostID) (*hayon.PostRequest, error) {
			return &hayon.PostRequest{Post: id, Revision: 2, Create: hayon.PostCreate{Text: "x", Grace: &grace}}, nil
		},
		revisePost: func(_ context.Context, _ hayon.PostID, r hayon.PostRevise) (*hayon.Post, error) {
			asked["revise"] = r
			return p, nil
		},
		reschedule: func(_ context.Context, _ hayon.PostID, r hayon.PostReschedule) (*hayon.Post, error) {
			asked["reschedule"] = r
			return p, nil
		},
		undoPost: func(_ context.Context, u hayon.PostUndo) (*hayon.PostUndone, error) {
			asked["undo"] = u
			return &hayon.PostUndone{Kind: hayon.ChangeEdited, At: at, Posts: []*hayon.Post{p}}, nil
		},
		findRevisions: func(context.Context, hayon.PostID) ([]hayon.Revision, error) {
			return []hayon.Revision{{Number: 1, Kind: hayon.ChangeCreated, At: at, Undone: true, Create: hayon.PostCreate{Text: "x"}}}, nil
		},
		countPosts: func(_ context.Context, f hayon.PostFilter) (int, error) {
			asked["count"] = f
			return 3, nil
		},
	}
	const shown = `{"id":"` + post + `","short":"p_9qx1","state":"draft","text":"x","labels":[],"revision":2,"warnings":["two are close"],"targets":[]}`
	tests := []struct {
		name, method, path, body, want string
		asked                          any
	}{
		{
			"request", http.MethodGet, "/posts/" + post + "/request", "",
			`{"post":"` + post + `","revision":2,"create":{"text":"x","to":null,"grace":"1h30m"}}`, nil,
		},
		{
			"revise", http.MethodPut, "/posts/" + post + "/request", `{"revision":2,"create":{"text":"y","grace":"1h30m"},"batch":"b","reason":"typo"}`, shown,
			hayon.PostRevise{Revision: 2, Create: hayon.PostCreate{Text: "y", Grace: &grace}, Batch: "b", Reason: "typo"},
		},
		{
			"reschedule", http.MethodPost, "/posts/" + post + "/reschedule", `{"by":{"days":-1,"elapsed":"1h30m"},"dry_run":true}`, shown,
			hayon.PostReschedule{By: &hayon.Shift{Days: -1, Elapsed: grace}, DryRun: true},
		},
		{
			"undo", http.MethodPost, "/undo", `{"post":"` + post + `"}`, `{"kind":"edited","at":"2026-12-01T08:00:00Z","posts":[` + shown + `]}`,
			hayon.PostUndo{Post: id},
		},
		{
			"undo whatever is the newest", http.MethodPost, "/undo", "", `{"kind":"edited","at":"2026-12-01T08:00:00Z","posts":[` + shown + `]}`,
			hayon.PostUndo{},
		},
		{
			"revisions", http.MethodGet, "/posts/" + post + "/revisions", "",
			`[{"number":1,"kind":"created","at":"2026-12-01T08:00:00Z","undone":true,"create":{"text":"x","to":null}}]`, nil,
		},
		{"count", http.MethodGet, "/posts/count?word=a+b&order=latest", "", `{"count":3}`, hayon.PostFilter{Words: []string{"a b"}, Order: hayon.OrderLatest}},
	}
	h := newHandler(t, svc, server.Config{})
	for _, tt := range tests {
		clear(asked)
		w := do(t, h, tt.method, "/api/v2"+tt.path, tt.body)
		if diff := cmp.Diff(tt.want, strings.TrimSpace(w.Body.String())); w.Code != http.StatusOK || diff != "" {
			t.Errorf("%s: status %d (-want +got):\n%s", tt.name, w.Code, diff)
		}
		name, _, _ := strings.Cut(tt.name, " ")
		if diff := cmp.Diff(tt.asked, asked[name]); diff != "" {
			t.Errorf("%s: the service was asked (-want +got):\n%s", tt.name, diff)
		}
	}
}
