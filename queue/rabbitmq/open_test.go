package rabbitmq_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// refused opens and fails unless it is refused with a code, a hint and no secret.
func refused(t *testing.T, cfg rabbitmq.Config, want hayon.Code, words ...string) {
	t.Helper()
	b, err := rabbitmq.Open(t.Context(), cfg)
	if err == nil {
		_ = b.Close()
		t.Fatalf("Open: got a broker with the state %+v, want %s", b.State(), want)
	}
	wantCode(t, err, want)
	if hayon.AsError(err).Hint == "" {
		t.Errorf("error %q has no hint", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not name %q", err, w)
		}
	}
	for _, secret := range []string{"hunter2", "nobody_knows"} {
		if strings.Contains(err.Error()+hayon.AsError(err).Hint, secret) {
			t.Errorf("error %q repeats %q", err, secret)
		}
	}
}

func TestOpenRefused(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	address := strings.TrimPrefix(url, "amqp://guest:guest@")
	t.Run("wrong password", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, "amqp://guest:hunter2@"+address), hayon.CodeUnauthenticated, address)
	})
	t.Run("wrong password beside the URL", func(t *testing.T) {
		t.Parallel()
		cfg := config(t, url)
		cfg.Password = hayon.NewSecret([]byte("hunter2"))
		refused(t, cfg, hayon.CodeUnauthenticated)
	})
	t.Run("unknown user", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, "amqp://nobody_knows:hunter2@"+address), hayon.CodeUnauthenticated)
	})
	t.Run("no such vhost", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, url+"_no"), hayon.CodeNotFound, "_no")
	})
	t.Run("vhost of others", func(t *testing.T) {
		t.Parallel()
		name := "nobody_knows_" + address[strings.LastIndex(address, "/")+1:]
		own := server.AddUser(t, name, "hunter2", server.VHost(t), ".*", ".*", ".*")
		refused(t, config(t, own[:strings.LastIndex(own, "/")]+address[strings.LastIndex(address, "/"):]), hayon.CodeForbidden)
	})
	t.Run("TLS on a port without", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, strings.Replace(url, "amqp://", "amqps://", 1)), hayon.CodeUsage, "TLS")
	})
	t.Run("no plugin", func(t *testing.T) {
		t.Parallel()
		cfg := config(t, url)
		cfg.Delay = hayon.DelayPlugin
		refused(t, cfg, hayon.CodeInvalid, "plugin")
	})
}

// TestPasswordBesideTheURL: it is used in the place of the one in the URL.
func TestPasswordBesideTheURL(t *testing.T) {
	t.Parallel()
	cfg := config(t, strings.Replace(servers.RabbitMQ(t).VHost(t), ":guest@", ":hunter2@", 1))
	cfg.Password = hayon.NewSecret([]byte("guest"))
	if s := open(t, cfg).State(); !s.Connected {
		t.Errorf("state: %+v", s)
	}
}

// TestOpenWithoutAServer: what nobody answers is no error, and everything that was asked for meanwhile
// begins once the server is there.
func TestOpenWithoutAServer(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	proxy := servers.Toxiproxy(t).NewProxy(t, url)
	proxy.Down(t)
	b := open(t, config(t, strings.Replace(proxy.Through(t, url), "guest:guest@", "guest:hunter2@", 1)))
	_ = b.Close()
	cfg := config(t, proxy.Through(t, url))
	b = open(t, cfg)
	s := b.State()
	if s.Connected || s.Error == "" || s.Hint == "" || s.Since.IsZero() || strings.Contains(s.Error+s.Address, "guest") {
		t.Errorf("state without a server: %+v", s)
	}
	declare(t, b)
	declare(t, b)
	other := topology()
	other.Queues[0].Arguments[hayon.ArgDeliveryLimit] = 7
	wantCode(t, b.Declare(t.Context(), other), hayon.CodeConflict)
	ch := consume(t, b, work, 1)
	_, err := b.Publish(t.Context(), message("early"))
	wantCode(t, err, hayon.CodeUnavailable)
	_, err = b.Depth(t.Context(), work)
	wantCode(t, err, hayon.CodeUnavailable)
	wantCode(t, b.Browse(t.Context(), work, 0, func(hayon.Message) (bool, error) { return false, nil }), hayon.CodeUnavailable)

	proxy.Heal(t)
	s = state(t, b, "connected", connected)
	if s.Reconnects != 0 || s.Error != "" {
		t.Errorf("state after the first connection: %+v", s)
	}
	put(t, b, "late")
	if err := receive(t, ch).Ack(); err != nil {
		t.Error(err)
	}
}

// TestOpenWhereNobodyAnswers: opening is bounded, and so is closing.
func TestOpenWhereNobodyAnswers(t *testing.T) {
	t.Parallel()
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for _, scheme := range []string{"amqp", "amqps"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			b := open(t, config(t, scheme+"://guest:hunter2@"+silent.Addr().String()+"/?connection_timeout=300"))
			if s := b.State(); s.Connected || !strings.Contains(s.Error, "in time") {
				t.Errorf("state: %+v", s)
			}
		})
	}
}

func TestOpenUnknownHost(t *testing.T) {
	t.Parallel()
	b := open(t, config(t, "amqp://guest:hunter2@nothing.invalid/"))
	if s := b.State(); s.Connected || s.Error == "" || strings.Contains(s.Error, "hunter2") {
		t.Errorf("state: %+v", s)
	}
}

// TestRefusedLaterIsTriedAgain: what would have been an error at the start is told by State, and mends
// itself.
func TestRefusedLaterIsTriedAgain(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	name := "later_" + url[strings.LastIndex(url, "/")+1:]
	b := open(t, config(t, server.AddUser(t, name, "hunter2", url, ".*", ".*", ".*")))
	declare(t, b)
	server.Call(t, "PUT", "/api/users/"+name, map[string]string{"password": "another", "tags": ""}, nil)
	server.CloseConnections(t, url)
	s := state(t, b, "refused", func(s hayon.BrokerState) bool { return strings.Contains(s.Error, "password") })
	if s.Connected || s.Hint == "" {
		t.Errorf("state: %+v", s)
	}
	server.Call(t, "PUT", "/api/users/"+name, map[string]string{"password": "hunter2", "tags": ""}, nil)
	state(t, b, "connected", connected)
	put(t, b, "again")
}

// TestTopologyChangedMeanwhile: a connection over which our topology cannot be had is not used.
func TestTopologyChangedMeanwhile(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	proxy := servers.Toxiproxy(t).NewProxy(t, url)
	b := open(t, config(t, proxy.Through(t, url)))
	declare(t, b)
	proxy.Down(t)
	state(t, b, "disconnected", func(s hayon.BrokerState) bool { return !s.Connected })
	server.DeleteQueue(t, url, work)
	if _, err := dial(t, url).QueueDeclare(work, true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	proxy.Heal(t)
	s := state(t, b, "a conflict", func(s hayon.BrokerState) bool { return strings.Contains(s.Error, work) })
	if s.Connected || s.Hint == "" {
		t.Errorf("state: %+v", s)
	}
	server.DeleteQueue(t, url, work)
	state(t, b, "connected", connected)
	put(t, b, "again")
}

// TestOpenCancelled: who gives up gets no broker.
func TestOpenCancelled(t *testing.T) {
	t.Parallel()
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := silent.Accept(); err == nil {
			cancel()
			_ = conn.Close()
		}
	}()
	b, err := rabbitmq.Open(ctx, config(t, "amqp://guest:guest@"+silent.Addr().String()+"/"))
	if b != nil || hayon.CodeOf(err) != hayon.CodeUnavailable {
		t.Errorf("got %v, %v, want unavailable", b, err)
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rabbitmq.Config){
		"delay":      func(c *rabbitmq.Config) { c.Delay = "hunter2" },
		"prefix":     func(c *rabbitmq.Config) { c.Prefix = strings.Repeat("x", 129) },
		"management": func(c *rabbitmq.Config) { c.Management = "hunter2" },
		"url":        func(c *rabbitmq.Config) { c.URL = "hunter2" },
	} {
		cfg := config(t, "amqp://127.0.0.1:1/")
		change(&cfg)
		if b, err := rabbitmq.Open(t.Context(), cfg); b != nil || hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("%s: got %v, %v, want a usage error", name, b, err)
		}
	}
}
