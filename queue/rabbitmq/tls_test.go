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

func TestTLS(t *testing.T) { //nolint:tparallel // the last one changes the server
	t.Parallel()
	server := servers.NewRabbitMQ(t, servers.WithTLS())
	url := server.AMQPSURL()
	ca, pair := "cacertfile="+server.CAFile(), "certfile="+server.CertFile()+"&keyfile="+server.KeyFile()

	t.Run("by password", func(t *testing.T) {
		tlsByPassword(t, server, url, ca, pair)
	})
	t.Run("by certificate", func(t *testing.T) {
		enablePlugin(t, server, "rabbitmq_auth_mechanism_ssl")
		server.Ctl(t, "eval", "application:set_env(rabbit, auth_mechanisms, ['EXTERNAL', 'PLAIN']), application:set_env(rabbit, ssl_cert_login_from, common_name).")
		vhost := server.VHost(t)
		server.AddUser(t, "hayon test client", "hunter2", vhost, ".*", ".*", ".*") // as in the certificate
		host := url[strings.LastIndex(url, "@")+1 : len(url)-1]
		b := open(t, config(t, "amqps://"+host+vhost[strings.LastIndex(vhost, "/"):]+"?auth_mechanism=EXTERNAL&"+ca+"&"+pair))
		declare(t, b)
		put(t, b, "signed")
	})
}

func tlsByPassword(t *testing.T, server *servers.RabbitMQInstance, url, ca, pair string) {
	t.Helper()
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
