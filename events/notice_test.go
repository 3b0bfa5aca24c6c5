package events_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

var at = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// world is a post of two targets in the store.
type world struct {
	account *hayon.Account
	post    *hayon.Post
}

func newWorld(r *rig) world {
	r.t.Helper()
	a := &hayon.Account{
		ID: hayon.AccountID{11: 3}, Owner: hayon.LocalUser().ID, Platform: "bluesky", Name: "bluesky/work", Handle: "@example.org",
		SecretRef: "bluesky/work", Settings: map[string]string{"app": "settings-stay"}, Status: hayon.AccountConnected, CreatedAt: at,
	}
	p := &hayon.Post{
		ID: hayon.PostID{11: 1}, Owner: a.Owner, Text: "Hello, world\nand more", Labels: []string{"launch"}, CreatedAt: at,
		Schedule: hayon.Schedule{At: at.Add(time.Hour)},
	}
	for i := range 2 {
		p.Targets = append(p.Targets, &hayon.Target{
			ID: hayon.TargetID{11: byte(i + 1)}, Post: p.ID, Owner: a.Owner, Account: a.ID, Platform: a.Platform, CreatedAt: at,
			State: hayon.StateScheduled, StateSince: at, Generation: 1, Due: at.Add(time.Hour), Parts: []hayon.Part{{Text: p.Text}},
		})
	}
	err := r.db.Update(r.t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		if err := tx.CreateAccount(ctx, a); err != nil {
			return err
		}
		return tx.CreatePost(ctx, p)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return world{a, p}
}

// about is a row about the second target.
func (w world) about(row hayon.JournalRow) hayon.JournalRow {
	t := w.post.Targets[1]
	row.At, row.User, row.Post, row.Target, row.Account, row.Platform = at.Add(2*time.Hour), t.Owner, t.Post, t.ID, t.Account, t.Platform
	return row
}

func TestPayload(t *testing.T) {
	t.Parallel()
	const (
		post    = `"post":{"id":"p_00000000000000000001","text":"Hello, world\nand more","state":"scheduled","at":"2026-11-20T11:00:00Z","labels":["launch"]}`
		target  = `"target":{"id":"t_00000000000000000002","account":"bluesky/work","platform":"bluesky","handle":"@example.org",`
		account = `"account":{"id":"a_00000000000000000003","name":"bluesky/work","platform":"bluesky","handle":"@example.org",`
		head    = `{"id":1,"at":"2026-11-20T12:00:00Z",`
	)
	for _, tt := range []struct {
		name string
		row  hayon.JournalRow
		want string
	}{
		{
			"published",
			hayon.JournalRow{
				Kind: hayon.RowOutcome, To: hayon.StatePublished, Attempt: 2,
				Body: hayon.Encode(hayon.Outcome{Remote: hayon.Remote{ID: "1", URL: "https://example.org/1"}}),
			},
			head + `"kind":"target.published","profile":"test","question":false,` + post + "," + target +
				`"state":"published","url":"https://example.org/1","due":"2026-11-20T11:00:00Z","attempts":2},` + account + `"status":"connected"}}`,
		},
		{
			"failed",
			hayon.JournalRow{
				Kind: hayon.RowOutcome, To: hayon.StateFailed, Attempt: 1, Reason: "too long",
				Body: hayon.Encode(hayon.Outcome{Error: &hayon.TargetError{Code: hayon.CodeRejected, Message: "too long", Hint: "edit it", RetryAt: at}}),
			},
			head + `"kind":"target.failed","profile":"test","reason":"too long","question":false,` + post + "," + target +
				`"state":"failed","due":"2026-11-20T11:00:00Z","attempts":1,"error":{"code":"rejected","message":"too long","hint":"edit it","retry_at":"2026-11-20T10:00:00Z"}},` +
				account + `"status":"connected"}}`,
		},
		{
			"missed, with a question",
			hayon.JournalRow{Kind: hayon.RowState, To: hayon.StateMissed, Asks: true, Reason: "late"},
			head + `"kind":"target.missed","profile":"test","reason":"late","question":true,` + post + "," + target +
				`"state":"missed","due":"2026-11-20T11:00:00Z","late_seconds":3600,"attempts":0},` + account + `"status":"connected"}}`,
		},
		{
			"needs a new sign-in",
			hayon.JournalRow{
				Kind: hayon.RowAccount, Reason: "expired",
				Body: hayon.Encode(hayon.AccountChange{Name: "bluesky/work", Status: hayon.AccountNeedsReconnect}),
			},
			head + `"kind":"account.needs_reconnect","profile":"test","reason":"expired","question":false,` + post + "," + target +
				`"state":"scheduled","due":"2026-11-20T11:00:00Z","attempts":0},` + account + `"status":"needs_reconnect"}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []byte
				s := &sink{name: "hook/a", policy: events.Policy{Tries: 1}}
				s.on = func(_ context.Context, n events.Notice) (err error) {
					got, err = json.Marshal(n)
					return err
				}
				r := newRig(t, s)
				w := newWorld(r)
				defer r.run(r.process(1, r.db))()
				r.rows(w.about(tt.row))
				pass(time.Second)
				if diff := cmp.Diff(tt.want, string(got)); diff != "" {
					t.Errorf("payload (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// An event of a post and an account that are gone is told without them.
func TestPayloadOfWhatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []events.Payload
		s := &sink{name: "hook/a", kinds: hayon.EventKinds()}
		s.on = func(_ context.Context, n events.Notice) error {
			got = append(got, n.Payload())
			return nil
		}
		r := newRig(t, s)
		defer r.run(r.process(1, r.db))()
		r.rows(
			hayon.JournalRow{At: at, Kind: hayon.RowState, To: hayon.StateFailed, Post: hayon.PostID{11: 1}, Target: hayon.TargetID{11: 1}},
			hayon.JournalRow{At: at, Kind: hayon.RowAccount, Account: hayon.AccountID{11: 1}, Body: hayon.Encode(hayon.AccountChange{Name: "bluesky", Removed: true})},
			hayon.JournalRow{At: at, Kind: hayon.RowAccount, Account: hayon.AccountID{11: 2}, Body: hayon.Encode(hayon.AccountChange{Name: "mastodon", Expires: at})},
			hayon.JournalRow{At: at, Kind: hayon.RowOutcome, To: hayon.StatePublished, Body: []byte("[]")},
		)
		pass(time.Second)
		want := []events.Payload{
			{ID: 1, At: at, Kind: hayon.EventFailed, Profile: "test"},
			{ID: 2, At: at, Kind: hayon.EventAccount, Profile: "test", Account: &events.AccountPayload{ID: hayon.AccountID{11: 1}, Name: "bluesky", Removed: true}},
			{ID: 3, At: at, Kind: hayon.EventExpiring, Profile: "test", Account: &events.AccountPayload{ID: hayon.AccountID{11: 2}, Name: "mastodon", Expires: at}},
			{ID: 4, At: at, Kind: hayon.EventPublished, Profile: "test"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("payloads (-want +got):\n%s", diff)
		}
	})
}

// Where the event itself has no error, that of the target counts as long as it is the event's.
func TestPayloadTakesTheErrorOfTheTarget(t *testing.T) {
	t.Parallel()
	n := events.Example(hayon.EventMissed, at)
	n.Event.Error = nil
	if p := n.Payload(); p.Target.Error == nil || p.Target.State != hayon.StateMissed {
		t.Errorf("the target is %+v", p.Target)
	}
	n.Target.State = hayon.StateQueued
	if p := n.Payload(); p.Target.Error != nil || p.Target.State != hayon.StateMissed {
		t.Errorf("after a retry the target is %+v", p.Target)
	}
}

func TestExample(t *testing.T) {
	t.Parallel()
	for _, kind := range hayon.EventKinds() {
		p := events.Example(kind, at).Payload()
		if !p.Test || p.Kind != kind || p.Post == nil || p.Target == nil || p.Account == nil {
			t.Errorf("%s: the example is %+v", kind, p)
		}
	}
	if p := events.Example(hayon.EventFailed, at).Payload(); p.Target.Error == nil || p.Target.URL != "" || p.Target.State != hayon.StateFailed {
		t.Errorf("a failure is %+v", p.Target)
	}
	if p := events.Example(hayon.EventPublished, at).Payload(); p.Target.Error != nil || p.Target.URL == "" || p.Target.State != hayon.StatePublished {
		t.Errorf("a success is %+v", p.Target)
	}
}

// The example of the page is a payload, to its last field.
func TestPagePayload(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```json")
	text, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/events.md has no block of JSON")
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var p events.Payload
	if err := decoder.Decode(&p); err != nil {
		t.Fatal(err)
	}
	if p.ID == 0 || p.Post == nil || p.Target == nil || p.Target.Error == nil || p.Account == nil {
		t.Errorf("the example is %+v", p)
	}
	for _, kind := range hayon.EventKinds() {
		if !strings.Contains(string(page), "`"+string(kind)+"`") {
			t.Errorf("docs/events.md does not name %s", kind)
		}
	}
}
