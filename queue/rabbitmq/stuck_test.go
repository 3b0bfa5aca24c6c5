package rabbitmq_test

import (
	"log/slog"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestDeletedBindingIsMadeAgain: a message that comes back although a queue of ours takes it is told of,
// and the next one arrives. What nothing of ours takes is no reason.
func TestDeletedBindingIsMadeAgain(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	b := open(t, config(t, url))
	declare(t, b)
	put(t, b, "before")
	stray := message("stray")
	stray.RoutingKey = "nobody.listens"
	wantCode(t, send(t, b, stray), hayon.CodeNotFound)
	if st := b.State(); st.Error != "" {
		t.Errorf("state after a stray message: %+v", st)
	}
	m := message("x")
	for _, bd := range topology().Bindings {
		if bd.Exchange == m.Exchange {
			unbind(t, url, bd)
		}
	}
	wantCode(t, send(t, b, m), hayon.CodeNotFound)
	if st := b.State(); !strings.Contains(st.Error, m.Exchange) || st.Hint == "" {
		t.Errorf("state: %+v, want an error that names the exchange, and a hint", st)
	}
	taken(t, b, m)
	if st := b.State(); st.Error != "" {
		t.Errorf("state after it was taken: %+v", st)
	}
}

// taken sends m until the server takes it.
func taken(t *testing.T, b hayon.Broker, m hayon.Message) {
	t.Helper()
	eventually(t, func() string {
		if err := send(t, b, m); err != nil {
			return err.Error()
		}
		return ""
	})
}

func unbind(t *testing.T, url string, bd hayon.Binding) {
	t.Helper()
	if err := dial(t, url).QueueUnbind(bd.Queue, bd.Key, bd.Exchange, amqp.Table{}); err != nil {
		t.Fatal(err)
	}
}

// TestNoRightToWrite: the state tells of an exchange that takes nothing, until it does.
func TestNoRightToWrite(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	declare(t, open(t, config(t, url)))
	name := "reader_" + url[strings.LastIndex(url, "/")+1:]
	user := server.AddUser(t, name, "hunter2", url, "", "", ".*")
	b := open(t, config(t, user))
	declare(t, b)
	wantCode(t, send(t, b, message("no")), hayon.CodeForbidden)
	st := b.State()
	if !st.Connected || !strings.Contains(st.Error, topic) || strings.Contains(st.Error, name) || !strings.Contains(st.Hint, "set_permissions") {
		t.Errorf("state: %+v, want an error that names the exchange, and a hint", st)
	}
	server.SetPermissions(t, name, url, "", ".*", ".*")
	taken(t, b, message("yes"))
	if st := b.State(); st.Error != "" {
		t.Errorf("state after it was taken: %+v", st)
	}
}

// TestConsumersOfOneQueueLogOnce: what holds for all of them is one line.
func TestConsumersOfOneQueueLogOnce(t *testing.T) {
	t.Parallel()
	cfg := config(t, servers.RabbitMQ(t).VHost(t))
	log := &logBuffer{}
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	b := open(t, cfg)
	declare(t, b)
	admin := dial(t, cfg.URL)
	again := func() {
		if _, err := admin.QueueDeclare("other", true, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	again()
	const consumers = 10
	for range consumers {
		consume(t, b, "other", 1)
	}
	if _, err := admin.QueueDelete("other", false, false, false); err != nil {
		t.Fatal(err)
	}
	state(t, b, "that there is no queue", func(s hayon.BrokerState) bool { return strings.Contains(s.Error, "has no queue") })
	again()
	state(t, b, "no error", func(s hayon.BrokerState) bool { return s.Error == "" })
	if n := strings.Count(log.String(), "has no queue"); n != 1 {
		t.Errorf("%d lines say that there is no queue, want 1\n%s", n, log)
	}
}
