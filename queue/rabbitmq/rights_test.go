package rabbitmq_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// TestNoRightToConfigure: who may not declare says what is missing, and goes on where an administrator
// has declared everything.
func TestNoRightToConfigure(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	user := server.AddUser(t, "worker_"+url[strings.LastIndex(url, "/")+1:], "hunter2", url, "", ".*", ".*")

	b := open(t, config(t, user))
	err := b.Declare(t.Context(), topology())
	wantCode(t, err, hayon.CodeForbidden)
	if err == nil || !strings.Contains(err.Error(), topic) || !strings.Contains(hayon.AsError(err).Hint, "topology declare") {
		t.Errorf("error %v does not name what is missing, with a hint", err)
	}
	declare(t, open(t, config(t, url)))
	declare(t, b)
	put(t, b, "works")
	if err := receive(t, consume(t, b, work, 1)).Ack(); err != nil {
		t.Error(err)
	}
}

// TestNoRights: what the user may not do is forbidden, and names the queue or exchange.
func TestNoRights(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	declare(t, open(t, config(t, url)))
	b := open(t, config(t, server.AddUser(t, "nothing_"+url[strings.LastIndex(url, "/")+1:], "hunter2", url, "", "", "")))
	declare(t, b) // everything is there; bindings are taken to be

	_, err := b.Consume(t.Context(), work, 1)
	wantCode(t, err, hayon.CodeForbidden)
	if err != nil && !strings.Contains(err.Error(), work) {
		t.Errorf("error %q does not name the queue", err)
	}
	err = send(t, b, message("forbidden"))
	wantCode(t, err, hayon.CodeForbidden)
	if err != nil && (!strings.Contains(err.Error(), topic) || strings.Contains(err.Error(), "nothing_")) {
		t.Errorf("error %q does not name the exchange, or names the user", err)
	}
	if s := b.State(); !s.Connected || s.Reconnects != 0 || s.Refused != 1 {
		t.Errorf("state: %+v", s)
	}
	wantCode(t, b.Browse(t.Context(), work, 0, func(hayon.Message) (bool, error) { return false, nil }), hayon.CodeForbidden)
	if d, err := b.Depth(t.Context(), work); err != nil || d.Ready != 0 { // counting needs no right
		t.Errorf("Depth: %+v, %v", d, err)
	}
}

func TestObjectsInAnotherForm(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	for _, tt := range []struct {
		name  string
		make  func(*testing.T, string)
		words []string
	}{
		{"exchange of another type", func(t *testing.T, url string) {
			t.Helper()
			if err := dial(t, url).ExchangeDeclare(topic, "fanout", true, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
		}, []string{"exchange", topic, "type=fanout", "topic"}},
		{"exchange that is not durable", func(t *testing.T, url string) {
			t.Helper()
			if err := dial(t, url).ExchangeDeclare(topic, "topic", false, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
		}, []string{"exchange", topic, "durable=false", "true"}},
		{"queue with another argument", func(t *testing.T, url string) {
			t.Helper()
			other := topology()
			other.Queues[0].Arguments[hayon.ArgDeliveryLimit] = 7
			if err := open(t, config(t, url)).Declare(t.Context(), other); err != nil {
				t.Fatal(err)
			}
		}, []string{"queue", work, "x-delivery-limit=7", "20"}},
		{"queue with an argument less", func(t *testing.T, url string) {
			t.Helper()
			other := topology()
			delete(other.Queues[0].Arguments, hayon.ArgDeadLetterRoutingKey)
			if err := open(t, config(t, url)).Declare(t.Context(), other); err != nil {
				t.Fatal(err)
			}
		}, []string{"queue", work, "x-dead-letter-routing-key=none", "dead"}},
		{"queue of another type", func(t *testing.T, url string) {
			t.Helper()
			if _, err := dial(t, url).QueueDeclare(work, true, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
		}, []string{"queue", work, "x-dead-letter-exchange=none", topic}},
		{"queue that is not durable", func(t *testing.T, url string) {
			t.Helper()
			if _, err := dial(t, url).QueueDeclare(work, false, false, false, false, nil); err != nil {
				t.Fatal(err)
			}
		}, []string{"queue", work, "durable=false", "true"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := server.VHost(t)
			tt.make(t, url)
			b := open(t, config(t, url))
			err := b.Declare(t.Context(), topology())
			wantCode(t, err, hayon.CodeConflict)
			for _, w := range tt.words {
				if err != nil && !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not name %q", err, w)
				}
			}
			if hayon.AsError(err).Hint == "" {
				t.Error("no hint says what to do")
			}
			found, err := rabbitmq.Check(t.Context(), config(t, url), topology())
			if err != nil {
				t.Fatal(err)
			}
			differ := 0
			for _, f := range found {
				if f.State == hayon.FindingDiffers {
					differ++
					if !strings.Contains(tt.words[2], f.Have) || f.Name != tt.words[1] || f.Hint == "" {
						t.Errorf("finding: %+v", f)
					}
				}
			}
			if differ != 1 {
				t.Errorf("findings: got %+v, want one that differs", found)
			}
		})
	}
}
