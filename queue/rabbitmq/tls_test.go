package rabbitmq_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	server := servers.NewRabbitMQ(t, servers.WithTLS())
	url := server.AMQPSURL()
	ca, pair := "cacertfile="+server.CAFile(), "certfile="+server.CertFile()+"&keyfile="+server.KeyFile()

	t.Run("with the certificate of the client", func(t *testing.T) {
		t.Parallel()
		b := open(t, config(t, url+"?"+ca+"&"+pair+"&verify=verify_peer"))
		declare(t, b)
		put(t, b, "secret")
		s := b.State()
		if !s.Connected || !strings.HasPrefix(s.Address, "amqps://") {
			t.Errorf("state: %+v", s)
		}
	})
	t.Run("without it", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, url+"?"+ca), hayon.CodeUnauthenticated)
	})
	t.Run("without the authority", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, url+"?"+pair), hayon.CodeUnauthenticated, "certificate")
	})
	t.Run("another authority", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, url+"?cacertfile="+server.CertFile()+"&"+pair), hayon.CodeUnauthenticated, "authority")
	})
	t.Run("another name", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, url+"?"+ca+"&"+pair+"&server_name_indication=other.example"), hayon.CodeUnauthenticated, "other.example")
	})
	t.Run("no TLS on its port", func(t *testing.T) {
		t.Parallel()
		b := open(t, config(t, strings.Replace(url, "amqps://", "amqp://", 1)))
		if s := b.State(); s.Connected || s.Error == "" {
			t.Errorf("state: %+v", s)
		}
	})
	t.Run("sign-in by certificate where the server has no plugin for it", func(t *testing.T) {
		t.Parallel()
		refused(t, config(t, url+"?"+ca+"&"+pair+"&auth_mechanism=EXTERNAL"), hayon.CodeUnauthenticated, "sign in")
	})
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		proxy := servers.Toxiproxy(t).NewProxy(t, url)
		b := open(t, config(t, proxy.Through(t, url)+"?"+ca+"&"+pair))
		declare(t, b)
		proxy.Down(t)
		state(t, b, "disconnected", func(s hayon.BrokerState) bool { return !s.Connected })
		proxy.Heal(t)
		state(t, b, "connected", connected)
		put(t, b, "again")
	})
}

// TestTLSFiles: what cannot be read is an error of the configuration.
func TestTLSFiles(t *testing.T) {
	t.Parallel()
	none := filepath.Join(t.TempDir(), "none.pem")
	bad := filepath.Join(t.TempDir(), "bad.pem")
	if err := os.WriteFile(bad, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"cacertfile=" + none, "cacertfile=" + bad, "certfile=" + none + "&keyfile=" + none, "certfile=" + bad + "&keyfile=" + bad,
	} {
		b, err := rabbitmq.Open(t.Context(), config(t, "amqps://127.0.0.1:1/?"+query))
		if b != nil || hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("%s: got %v, %v, want a usage error", query, b, err)
		}
	}
}
