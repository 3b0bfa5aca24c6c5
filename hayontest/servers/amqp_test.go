package servers_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon/hayontest/servers"
)

const rabbitMQWait = 30 * time.Second // for what the server does by itself

// connect opens a connection and a channel, closed with the test.
func connect(t *testing.T, rawURL string) (*amqp.Connection, *amqp.Channel) {
	t.Helper()
	conn, err := amqp.DialConfig(rawURL, amqp.Config{Dial: amqp.DefaultDial(rabbitMQWait)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return conn, ch
}

// publish sends a persistent message to a queue and waits for its confirm.
func publish(t *testing.T, ch *amqp.Channel, queue, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), rabbitMQWait)
	defer cancel()
	confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", queue, true, false, amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	if acked, err := confirm.WaitContext(ctx); err != nil || !acked {
		t.Fatalf("confirm: got %t, %v", acked, err)
	}
}

// confirming switches confirms on and declares a durable queue.
func confirming(t *testing.T, ch *amqp.Channel, queue, kind string) {
	t.Helper()
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	if _, err := ch.QueueDeclare(queue, true, false, false, false, amqp.Table{amqp.QueueTypeArg: kind}); err != nil {
		t.Fatal(err)
	}
}

// eventually polls until done answers "", and fails with its last answer.
func eventually(t *testing.T, done func() string) {
	t.Helper()
	limit := time.NewTimer(rabbitMQWait)
	defer limit.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		why := done()
		if why == "" {
			return
		}
		select {
		case <-limit.C:
			t.Fatal(why)
		case <-tick.C:
		}
	}
}

// listens tells whether somebody does at the host of the URL.
func listens(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil {
		return false
	}
	conn, err := net.DialTimeout("tcp", u.Host, rabbitMQWait)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// pid is that of the Erlang VM.
func pid(t *testing.T, r *servers.RabbitMQInstance) int {
	t.Helper()
	n, err := strconv.Atoi(strings.Trim(r.Ctl(t, "eval", "os:getpid()."), `"`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// alive tells whether a process runs, on systems that tell it by files.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}
