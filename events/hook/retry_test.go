package hook_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/hook"
	"github.com/hayon/hayon/store/bolt"
)

// A webhook that answers 500 for a minute gets each event once it answers again, in order, under the
// id of the first try.
func TestWebhookThatFailsForAMinute(t *testing.T) {
	t.Parallel()
	server := newReceiver(t, status(500)) // outside of the bubble, whose time stands still for it
	synctest.Test(t, func(t *testing.T) {
		db, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "hayon.db"), bolt.Config{Hold: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		sink := hook.NewClient("1", transport()).Sink(webhook(server.URL), known)
		d, err := events.New(events.Deps{
			Store: db, Owner: hayon.Owner{Host: "test", PID: 1}, Alive: func(hayon.Owner) bool { return true },
			Sinks: func(context.Context) ([]events.Sink, error) { return []events.Sink{sink}, nil },
		}, events.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		pause := func(d time.Duration) { <-time.After(d) }
		pause(time.Second)
		for range 5 {
			err := db.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
				return tx.AppendJournal(ctx, &hayon.JournalRow{At: time.Now().UTC(), Kind: hayon.RowState, To: hayon.StateFailed, User: hayon.LocalUser().ID})
			})
			if err != nil {
				t.Fatal(err)
			}
			pause(12 * time.Second)
		}
		if n := len(server.all()); n < 5 || n > 8 { // 1, 2, 4, 8, 16 and 32 s, varied by a fifth
			t.Errorf("%d tries in a minute", n)
		}
		server.answerWith(nil)
		pause(2 * time.Minute) // the seventh try may come 77 s after the sixth
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	var got []string
	for _, q := range server.all() {
		id := q.header.Get("webhook-id")
		if q.ok {
			got = append(got, id)
		} else if id != "w_00000000000000000005_1" {
			t.Errorf("%s was sent before the first event had arrived", id)
		}
	}
	want := []string{
		"w_00000000000000000005_1", "w_00000000000000000005_2", "w_00000000000000000005_3", "w_00000000000000000005_4", "w_00000000000000000005_5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}
