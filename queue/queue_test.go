package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
)

func TestOpenLocal(t *testing.T) {
	t.Parallel()
	broker, err := queue.Open(t.Context(), "local:", queue.Config{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if err := broker.Declare(t.Context(), hayon.NewTopology([]string{"demo"})); err != nil {
		t.Errorf("Declare: %v", err)
	}
	if err := broker.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, url, want string }{
		{"unknown scheme", "kafka://user:hunter2@host", `"kafka"`},
		{"no scheme", "hunter2", "no scheme"},
		{"empty", "", "no scheme"},
		{"address of a local broker", "local:hunter2", "no address"},
		{"vhost with a slash", "amqp://user:hunter2@host/a/b", "%2F"},
		{"unknown parameter", "amqps://user:hunter2@host/?hunter2=1", "parameter"},
		{"unchecked certificate", "amqps://user:hunter2@host/?verify=verify_none", "verify_peer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			broker, err := queue.Open(t.Context(), tt.url, queue.Config{})
			if broker != nil || hayon.CodeOf(err) != hayon.CodeUsage {
				t.Fatalf("Open(%q): got %v, %v, want a usage error", tt.url, broker, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("message %q does not name %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("message %q repeats what may be a password", err)
			}
			if hayon.AsError(err).Hint == "" {
				t.Error("no hint says what to type")
			}
		})
	}
}

// TestOpenRabbitMQThatIsAway: a server that does not answer is no error.
func TestOpenRabbitMQThatIsAway(t *testing.T) {
	t.Parallel()
	const url = "amqp://user:hunter2@127.0.0.1:1/vhost"
	broker, err := queue.Open(t.Context(), url, queue.Config{Prefix: "p.", Delay: hayon.DelayStore, Name: "test"})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	s := broker.State()
	if s.Kind != hayon.BrokerRabbitMQ || s.Connected || s.Error == "" || s.Address != "amqp://127.0.0.1:1/vhost" || s.Prefix != "p." || s.Delay != hayon.DelayStore {
		t.Errorf("state: %+v", s)
	}
	if err := broker.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	_, err = queue.Check(t.Context(), url, queue.Config{}, hayon.NewTopology(nil))
	if hayon.CodeOf(err) != hayon.CodeUnavailable {
		t.Errorf("Check: got %v, want unavailable", err)
	}
}

func TestOpenListsSchemes(t *testing.T) {
	t.Parallel()
	_, err := queue.Open(t.Context(), "kafka:", queue.Config{})
	for _, scheme := range queue.Schemes() {
		if err == nil || !strings.Contains(err.Error(), scheme) {
			t.Errorf("error %v does not list the scheme %q", err, scheme)
		}
	}
}

func TestOpenAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	broker, err := queue.Open(ctx, "local:", queue.Config{})
	if broker != nil || hayon.CodeOf(err) != hayon.CodeUnavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v, want unavailable because of the context", broker, err)
	}
}
