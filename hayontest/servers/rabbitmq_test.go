package servers_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon/hayontest/servers"
)

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
	kinds := []string{"classic", "quorum"}
	for _, kind := range kinds {
		confirming(t, ch, kind, kind)
	}
	r.Sync(t)
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
		if listens(address) || listens(r.Management()) {
			t.Errorf("%s: it still listens", end.name)
		}
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

// The child is this test binary again: it starts a server, tells of it on its standard output, and waits
// until it is killed.
func TestRabbitMQEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	const env = "HAYON_TEST_RABBITMQ_OWNER"
	if os.Getenv(env) != "" {
		r := servers.NewRabbitMQ(t)
		_, _ = fmt.Fprintf(os.Stdout, "%d %s %s\n", pid(t, r), strings.Trim(r.Ctl(t, "eval", `os:getenv("ERL_EPMD_PORT").`), `"`), r.URL())
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	servers.RabbitMQ(t) // or skip
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env+"=1")
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var vm int
	var epmd, address string
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if _, serr := fmt.Sscan(line, &vm, &epmd, &address); serr != nil {
		t.Fatalf("the child said %q, %v: %v", line, err, serr)
	}
	eventually(t, func() string {
		if alive(vm) || listens(address) || listens("epmd://127.0.0.1:"+epmd) {
			return fmt.Sprintf("the server at %s or its epmd at port %s outlived its owner", address, epmd)
		}
		return ""
	})
}
