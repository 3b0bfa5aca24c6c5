package hayon_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestTopology(t *testing.T) {
	t.Parallel()
	bounded := map[string]any{"x-queue-type": "quorum", "x-max-length": 100000, "x-overflow": "reject-publish"}
	want := hayon.Topology{
		Exchanges: []hayon.Exchange{
			{Name: "post_exchange", Kind: "topic"},
			{Name: "post_delayed_exchange", Kind: "x-delayed-message", Arguments: map[string]any{"x-delayed-type": "topic"}, Optional: true},
			{Name: "dlx_exchange", Kind: "direct"},
			{Name: "analytics_exchange", Kind: "topic"},
		},
		Queues: []hayon.Queue{
			{Name: "hayon_social_posts", Arguments: map[string]any{"x-queue-type": "quorum", "x-dead-letter-exchange": "dlx_exchange", "x-dead-letter-routing-key": "dead", "x-delivery-limit": 20}},
			{Name: "hayon_analytics_fetch", Arguments: map[string]any{"x-queue-type": "quorum", "x-dead-letter-exchange": "dlx_exchange", "x-dead-letter-routing-key": "dead", "x-delivery-limit": 5}},
			{Name: "hayon_retry_queue", Arguments: map[string]any{"x-queue-type": "quorum", "x-dead-letter-exchange": "post_exchange", "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}},
			{Name: "hayon_dead_letters", Arguments: bounded},
			{Name: "hayon_parking_lot", Arguments: bounded},
		},
		Bindings: []hayon.Binding{
			{Exchange: "post_exchange", Key: "post.create.*", Queue: "hayon_social_posts"},
			{Exchange: "post_delayed_exchange", Key: "post.create.*", Queue: "hayon_social_posts"},
			{Exchange: "analytics_exchange", Key: "analytics.fetch.*", Queue: "hayon_analytics_fetch"},
			{Exchange: "dlx_exchange", Key: "dead", Queue: "hayon_dead_letters"},
			{Exchange: "dlx_exchange", Key: "parked", Queue: "hayon_parking_lot"},
			{Exchange: "dlx_exchange", Key: "post.create.bluesky", Queue: "hayon_retry_queue"},
			{Exchange: "dlx_exchange", Key: "post.create.site", Queue: "hayon_retry_queue"},
		},
	}
	if diff := cmp.Diff(want, hayon.NewTopology([]string{"bluesky", "site"})); diff != "" {
		t.Errorf("topology (-want +got):\n%s", diff)
	}
}

// TestTopologyIsFresh: who changes an answer, to put a prefix before the names, changes no other.
func TestTopologyIsFresh(t *testing.T) {
	t.Parallel()
	a := hayon.NewTopology([]string{"demo"})
	for _, q := range a.Queues {
		q.Arguments["x-queue-type"] = "classic"
	}
	a.Exchanges[1].Arguments["x-delayed-type"] = "direct"
	b := hayon.NewTopology([]string{"demo"})
	for _, q := range b.Queues {
		if q.Arguments["x-queue-type"] != "quorum" {
			t.Errorf("queue %s was changed through another topology", q.Name)
		}
	}
	if b.Exchanges[1].Arguments["x-delayed-type"] != "topic" {
		t.Error("the delayed exchange was changed through another topology")
	}
	a = hayon.NewTopology([]string{"demo"})
	a.Queues[3].Arguments["x-max-length"] = 1
	if a.Queues[4].Arguments["x-max-length"] != 100_000 {
		t.Error("two queues of one topology share their arguments")
	}
}

func TestHintRoundTrip(t *testing.T) {
	t.Parallel()
	target := &hayon.Target{ID: hayon.NewTargetID(when), Platform: "bluesky", Generation: 3, Attempts: 1}
	row := hayon.HintFor(target, when.In(time.FixedZone("east", 3600)))
	want := hayon.Hint{Version: 1, Target: target.ID, Generation: 3, Attempt: 2}
	if diff := cmp.Diff(want, row.Hint); diff != "" {
		t.Errorf("hint (-want +got):\n%s", diff)
	}
	m := hayon.HintMessage(row, when)
	if m.Exchange != "post_exchange" || m.RoutingKey != "post.create.bluesky" {
		t.Errorf("route: got %s, %s", m.Exchange, m.RoutingKey)
	}
	if wantID := target.ID.String() + ":3:2"; m.ID != wantID {
		t.Errorf("message id: got %s, want %s", m.ID, wantID)
	}
	if m.Type == "" || !m.At.Equal(when) || m.At.Location() != time.UTC || m.Headers["x-hayon-attempt"] != 2 {
		t.Errorf("properties: got %+v", m)
	}
	if len(m.Body) >= 1024 {
		t.Errorf("body: got %d bytes, want less than 1024", len(m.Body))
	}
	got, err := hayon.ParseHint(m.Body)
	if err != nil || got != want {
		t.Errorf("ParseHint: got %+v, %v, want %+v", got, err, want)
	}
}

// TestHintHoldsNoContent: whatever a target holds, the message names it alone.
func TestHintHoldsNoContent(t *testing.T) {
	t.Parallel()
	target := &hayon.Target{
		ID: hayon.NewTargetID(when), Platform: "site", Options: map[string]string{"token": password},
		Parts: []hayon.Part{{Text: password, Media: []hayon.Attachment{{Alt: password}}}},
		Error: &hayon.TargetError{Message: password},
	}
	if m := hayon.HintMessage(hayon.HintFor(target, when), when); strings.Contains(string(m.Body), password) {
		t.Errorf("body: %s", m.Body)
	}
}

// TestWaitsAreRoundedUp: a message that a broker keeps never comes before its time.
func TestWaitsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ wait, want time.Duration }{
		{5 * time.Second, 5 * time.Second},
		{5*time.Second + time.Nanosecond, 5*time.Second + time.Millisecond},
		{5*time.Second - time.Nanosecond, 5 * time.Second},
		{time.Microsecond, time.Millisecond},
		{0, 0},
		{-time.Second, 0},
	} {
		target := &hayon.Target{ID: hayon.NewTargetID(when), Platform: "bluesky", Due: when.Add(tt.wait), NotBefore: when.Add(tt.wait)}
		exchange := hayon.DLXExchange
		if tt.want == 0 {
			exchange = hayon.PostExchange
		}
		if m := hayon.HintMessage(hayon.RetryHintFor(target, when), when); m.Expiration != tt.want || m.Exchange != exchange || m.Optional {
			t.Errorf("retry in %s: %+v; want %s through %s", tt.wait, m, tt.want, exchange)
		}
		m := hayon.DelayedMessage(target, when)
		if m.Exchange != hayon.PostDelayedExchange || !m.Optional || m.RoutingKey != "post.create.bluesky" {
			t.Errorf("delayed: %+v", m)
		}
		if got := m.Headers[hayon.HeaderDelay]; tt.want > 0 && got != tt.want.Milliseconds() {
			t.Errorf("due in %s: a delay of %v ms, want %d", tt.wait, got, tt.want.Milliseconds())
		}
	}
}

func TestParseHintRefuses(t *testing.T) {
	t.Parallel()
	id := hayon.NewTargetID(when).String()
	undecodable, version := hayon.CauseUndecodable, hayon.CauseVersion
	for _, tt := range []struct {
		name, body string
		cause      hayon.LetterCause
	}{
		{"nothing", "", undecodable},
		{"no JSON", "look", undecodable},
		{"null", "null", undecodable},
		{"list", "[]", undecodable},
		{"no version", `{"target":"` + id + `"}`, undecodable},
		{"later version", `{"v":2,"target":"` + id + `"}`, version},
		{"later version of another form", `{"v":3,"target":{"id":"` + id + `"}}`, version},
		{"no target", `{"v":1,"generation":1}`, undecodable},
		{"empty target", `{"v":1,"target":""}`, undecodable},
		{"a post", `{"v":1,"target":"p_01jd3v9k7m2x4c8q9qx1"}`, undecodable},
		{"more after it", `{"v":1,"target":"` + id + `"}{}`, undecodable},
		{"text for a number", `{"v":1,"target":"` + id + `","generation":"1"}`, undecodable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h, err := hayon.ParseHint([]byte(tt.body))
			if hayon.CodeOf(err) != hayon.CodeInvalid || h != (hayon.Hint{}) {
				t.Errorf("got %+v, %v, want invalid", h, err)
			}
			if got := hayon.HintCause(err); got != tt.cause {
				t.Errorf("cause: got %s, want %s", got, tt.cause)
			}
		})
	}
	if _, err := hayon.ParseHint([]byte(`{"v":1,"target":"` + id + `","added_later":true}`)); err != nil {
		t.Errorf("a field that was added later: %v", err)
	}
}

func FuzzParseHint(f *testing.F) {
	f.Add([]byte(`{"v":1,"target":"t_01jd3v9k7m2x4c8q9qx1","generation":3,"attempt":1}`))
	f.Add([]byte(`{"v":1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h, err := hayon.ParseHint(body)
		if err != nil {
			if hayon.CodeOf(err) != hayon.CodeInvalid {
				t.Fatalf("got %v, want invalid", err)
			}
			return
		}
		b, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := hayon.ParseHint(b); err != nil || again != h {
			t.Errorf("again: got %+v, %v, want %+v", again, err, h)
		}
	})
}
