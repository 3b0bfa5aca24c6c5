package servers_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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

func refuses(t *testing.T, rawURL string) {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := net.DialTimeout("tcp", u.Host, rabbitMQWait); err == nil {
		_ = conn.Close()
		t.Errorf("something still listens at %s", u.Host)
	}
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

// alive tells whether a process is there, on systems that tell it by files.
func alive(pid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	return err == nil
}

func TestSharedRabbitMQSeparatesTestsByVHost(t *testing.T) {
	t.Parallel()
	r := servers.RabbitMQ(t)
	if again := servers.RabbitMQ(t); again != r {
		t.Error("a second call gave another server")
	}
	one, two := r.VHost(t), r.VHost(t)
	_, ch := connect(t, one)
	confirming(t, ch, "q", "classic")
	publish(t, ch, "q", "hello")
	eventually(t, func() string {
		got := r.Queues(t, one)
		if len(got) == 1 && got[0].Name == "q" && got[0].Durable && got[0].Messages == 1 {
			return ""
		}
		return fmt.Sprintf("queues: got %+v, want q with one message", got)
	})
	if got := r.Queues(t, two); len(got) != 0 {
		t.Errorf("queues of the other vhost: got %+v, want none", got)
	}
}

func TestRabbitMQKeepsItsDataOverKillAndStop(t *testing.T) {
	t.Parallel()
	r := servers.NewRabbitMQ(t)
	address, first := r.URL(), pid(t, r)
	_, ch := connect(t, address)
	kinds := []string{"classic"}
	for _, kind := range kinds {
		confirming(t, ch, kind, kind)
	}
	for _, end := range []struct {
		name string
		how  func(testing.TB)
	}{{"kill", r.Kill}, {"stop", r.Stop}} {
		for _, kind := range kinds {
			publish(t, ch, kind, end.name)
		}
		started := time.Now()
		end.how(t)
		t.Logf("%s: down after %v", end.name, time.Since(started))
		refuses(t, address)
		refuses(t, r.Management())
		if alive(first) {
			t.Errorf("%s: the process is still there", end.name)
		}
		started = time.Now()
		r.Start(t)
		r.Start(t)
		t.Logf("%s: up again after %v", end.name, time.Since(started))
		if r.URL() != address {
			t.Errorf("address: got %s, want %s as before", r.URL(), address)
		}
		first = pid(t, r)
		_, ch = connect(t, address)
		for _, kind := range kinds {
			confirming(t, ch, kind, kind)
			got, ok, err := ch.Get(kind, true)
			if err != nil || !ok || string(got.Body) != end.name {
				t.Errorf("%s: the message of the %s queue: got %q, %t, %v", end.name, kind, got.Body, ok, err)
			}
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if alive(first) {
		t.Error("the process is there after Close")
	}
}

func TestRabbitMQAlarmsBlockAndClear(t *testing.T) {
	t.Parallel()
	r := servers.NewRabbitMQ(t)
	conn, ch := connect(t, r.URL())
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, 4))
	confirming(t, ch, "q", "classic")
	for name, alarm := range map[string]func(testing.TB, bool){"memory": r.MemoryAlarm, "disk": r.DiskAlarm} {
		alarm(t, true)
		ctx, cancel := context.WithTimeout(t.Context(), rabbitMQWait)
		defer cancel()
		confirm, err := ch.PublishWithDeferredConfirmWithContext(ctx, "", "q", true, false, amqp.Publishing{Body: []byte(name)})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []bool{true, false} {
			select {
			case got := <-blocked:
				if got.Active != want {
					t.Errorf("%s: got blocked %t, want %t", name, got.Active, want)
				}
			case <-ctx.Done():
				t.Fatalf("%s: no notice of blocked %t", name, want)
			}
			if want {
				if confirm.Acked() {
					t.Errorf("%s: confirmed while the alarm is on", name)
				}
				alarm(t, false)
			}
		}
		if acked, err := confirm.WaitContext(ctx); err != nil || !acked {
			t.Errorf("%s: confirm after the alarm: got %t, %v", name, acked, err)
		}
	}
}

func TestRabbitMQDemandsAClientCertificate(t *testing.T) {
	t.Parallel()
	r := servers.NewRabbitMQ(t, servers.WithTLS())
	ca, err := os.ReadFile(r.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate in the file of the authority")
	}
	own, err := tls.LoadX509KeyPair(r.CertFile(), r.KeyFile())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		config *tls.Config
		ok     bool
	}{
		{"with a certificate", &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}, true},
		{"without a certificate", &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, false},
		{"without the authority", &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}, false},
	} {
		conn, err := amqp.DialConfig(r.AMQPSURL(), amqp.Config{TLSClientConfig: tt.config, Dial: amqp.DefaultDial(rabbitMQWait)})
		if err == nil {
			_ = conn.Close()
		}
		if (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want success %t", tt.name, err, tt.ok)
		}
	}
}
