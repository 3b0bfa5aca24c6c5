package rabbitmq_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// patience bounds every wait for something that must happen.
const patience = 60 * time.Second

// config is for a test: its log goes into the output where the test fails, and must hold no password.
func config(tb testing.TB, url string) rabbitmq.Config {
	tb.Helper()
	log := &logBuffer{}
	tb.Cleanup(func() {
		if strings.Contains(log.String(), "hunter2") {
			tb.Error("the log holds a password")
		}
		if tb.Failed() {
			tb.Logf("the broker's log:\n%s", log.String())
		}
	})
	return rabbitmq.Config{
		URL: url, Name: tb.Name(),
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

type logBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer // guarded by mu
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

// open opens a broker that closes with the test.
func open(tb testing.TB, cfg rabbitmq.Config) hayon.Broker {
	tb.Helper()
	b, err := rabbitmq.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return b
}

// The names of the topology of most tests: work is taken by a queue, and given back over its limit
// goes to the dead.
const (
	topic = "x_topic"
	work  = "q_work"
	dead  = "q_dead"
)

func topology() hayon.Topology {
	return hayon.Topology{
		Exchanges: []hayon.Exchange{{Name: topic, Kind: hayon.ExchangeTopic}},
		Queues: []hayon.Queue{
			{Name: work, Arguments: map[string]any{
				hayon.ArgQueueType: "quorum", hayon.ArgDeadLetterExchange: topic, hayon.ArgDeadLetterRoutingKey: "dead", hayon.ArgDeliveryLimit: 20,
			}},
			{Name: dead, Arguments: map[string]any{hayon.ArgQueueType: "quorum"}},
		},
		Bindings: []hayon.Binding{{Exchange: topic, Key: "work.*", Queue: work}, {Exchange: topic, Key: "dead", Queue: dead}},
	}
}

// message is one for the queue work.
func message(id string) hayon.Message {
	return hayon.Message{Exchange: topic, RoutingKey: "work.a", ID: id, Type: "hint", At: time.Now().UTC().Truncate(time.Second), Body: []byte(id)}
}

func declare(tb testing.TB, b hayon.Broker) {
	tb.Helper()
	if err := b.Declare(tb.Context(), topology()); err != nil {
		tb.Fatalf("Declare: %v", err)
	}
}

// send publishes m and answers what Publish or the confirmation said.
func send(tb testing.TB, b hayon.Broker, m hayon.Message) error {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	c, err := b.Publish(ctx, m)
	if err != nil {
		return err
	}
	return c.Wait(ctx)
}

func put(tb testing.TB, b hayon.Broker, ids ...string) {
	tb.Helper()
	for _, id := range ids {
		if err := send(tb, b, message(id)); err != nil {
			tb.Fatalf("publish %s: %v", id, err)
		}
	}
}

func consume(tb testing.TB, b hayon.Broker, queue string, prefetch int) <-chan hayon.Delivery {
	tb.Helper()
	ch, err := b.Consume(tb.Context(), queue, prefetch)
	if err != nil {
		tb.Fatalf("Consume: %v", err)
	}
	return ch
}

func receive(tb testing.TB, ch <-chan hayon.Delivery) hayon.Delivery {
	tb.Helper()
	select {
	case d, ok := <-ch:
		if !ok {
			tb.Fatal("the consumer has ended")
		}
		return d
	case <-time.After(patience):
		tb.Fatal("no delivery came")
	}
	return nil
}

// eventually waits until what is "".
func eventually(tb testing.TB, what func() string) {
	tb.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; {
		missing := what()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatal(missing)
		}
		<-tick.C
	}
}

// state waits until the state of b fulfils want.
func state(tb testing.TB, b hayon.Broker, want string, is func(hayon.BrokerState) bool) hayon.BrokerState {
	tb.Helper()
	var s hayon.BrokerState
	eventually(tb, func() string {
		if s = b.State(); is(s) {
			return ""
		}
		return fmt.Sprintf("state: got %+v, want %s", s, want)
	})
	return s
}

func connected(s hayon.BrokerState) bool { return s.Connected }

func wantCode(tb testing.TB, err error, want hayon.Code) {
	tb.Helper()
	if got := hayon.CodeOf(err); got != want {
		tb.Errorf("error: got %q (%v), want %q", got, err, want)
	}
}

// dial opens a channel past the code under test.
func dial(tb testing.TB, url string) *amqp.Channel {
	tb.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		tb.Fatal(err)
	}
	return ch
}

// enablePlugin starts a plugin that comes with RabbitMQ on a server of the test's own.
func enablePlugin(tb testing.TB, server *servers.RabbitMQInstance, name string) {
	tb.Helper()
	server.Ctl(tb, "eval", `{ok, F} = application:get_env(rabbit, enabled_plugins_file), {ok, [L]} = file:consult(F), `+
		`ok = file:write_file(F, io_lib:format("~p.~n", [[`+name+` | L]])), rabbit_plugins:ensure(F).`)
}
