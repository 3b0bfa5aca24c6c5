package rabbitmq_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/rabbitmq"
)

func TestURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, address, vhost, user, password string }{
		{"amqp://", "amqp://localhost:5672/", "/", "guest", "guest"},
		{"amqp://rabbit", "amqp://rabbit:5672/", "/", "guest", "guest"},
		{"amqp://rabbit/", "amqp://rabbit:5672/", "/", "guest", "guest"},
		{"amqp://rabbit/%2f", "amqp://rabbit:5672/", "/", "guest", "guest"},
		{"amqp://rabbit/%2F", "amqp://rabbit:5672/", "/", "guest", "guest"},
		{"amqps://rabbit", "amqps://rabbit:5671/", "/", "guest", "guest"},
		{"amqp://ana:pass@rabbit:1/hayon", "amqp://rabbit:1/hayon", "hayon", "ana", "pass"},
		{"amqp://ana@rabbit/hayon", "amqp://rabbit:5672/hayon", "hayon", "ana", ""},
		{"amqp://a%2Fb:c%40d%3A@rabbit/v%2Fw", "amqp://rabbit:5672/v%2Fw", "v/w", "a/b", "c@d:"},
		{"amqp://[::1]:5673/v%20w", "amqp://[::1]:5673/v%20w", "v w", "guest", "guest"},
		{"amqp://rabbit/?heartbeat=0&connection_timeout=1", "amqp://rabbit:5672/", "/", "guest", "guest"},
		{"amqps://rabbit/?verify=verify_peer&auth_mechanism=plain&server_name_indication=x", "amqps://rabbit:5671/", "/", "guest", "guest"},
	} {
		address, err := rabbitmq.Address(tt.url)
		if err != nil || address != tt.address {
			t.Errorf("%s: got %q, %v, want %q", tt.url, address, err, tt.address)
		}
		if got := rabbitmq.Vhost(tt.url); got != tt.vhost {
			t.Errorf("%s: vhost: got %q, want %q", tt.url, got, tt.vhost)
		}
		if user, password := rabbitmq.Credentials(tt.url); user != tt.user || password != tt.password {
			t.Errorf("%s: got %q, %q, want %q, %q", tt.url, user, password, tt.user, tt.password)
		}
	}
}

func TestURLRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, word string }{
		{"", ""},
		{"http://rabbit/", "scheme"},
		{"amqp:rabbit", "//"},
		{"amqp:/rabbit", "//"},
		{"amqp://rabbit:0/", "port"},
		{"amqp://rabbit:65536/", "port"},
		{"amqp://rabbit:many/", ""},
		{"amqp://rabbit/a/b", "%2F"},
		{"amqp://rabbit/" + strings.Repeat("v", 256), "255"},
		{"amqp://rabbit/%zz", ""},
		{"amqp://rabbit/ a", ""},
		{"amqp://rabbit/#x", "#"},
		{"amqp://rabbit/?verify=verify_none", "verify_peer"},
		{"amqp://rabbit/?heartbeat=-1", "heartbeat"},
		{"amqp://rabbit/?heartbeat=65536", "heartbeat"},
		{"amqp://rabbit/?connection_timeout=0", "connection_timeout"},
		{"amqp://rabbit/?connection_timeout=300001", "connection_timeout"},
		{"amqp://rabbit/?heartbeat=1&heartbeat=2", "twice"},
		{"amqp://rabbit/?hunter2=1", "does not know"},
		{"amqps://rabbit/?auth_mechanism=hunter2", "PLAIN"},
		{"amqps://rabbit/?auth_mechanism=EXTERNAL", "certfile"},
		{"amqps://rabbit/?certfile=x", "keyfile"},
		{"amqps://rabbit/?keyfile=x", "certfile"},
		{"amqp://rabbit/?cacertfile=x", "amqp"},
		// A password with a sign that is not encoded ends up in other parts of the URL.
		{"amqp://ana:hunter2/x@rabbit/", ""},
		{"amqp://ana:1/hunter2@rabbit/", ""},
		{"amqp://ana:1/hunter2@rabbit", ""},
		{"amqp://ana:1?hunter2@rabbit/", ""},
		{"amqp://ana:1?x=hunter2@rabbit/", ""},
		{"amqp://ana:1#hunter2@rabbit/", ""},
		{"amqp://ana:hunter2%zz@rabbit/", ""},
		{"amqp://ana:hunter2\x7f@rabbit/", ""},
	} {
		_, err := rabbitmq.Address(tt.url)
		if hayon.CodeOf(err) != hayon.CodeUsage || hayon.AsError(err).Hint == "" {
			t.Errorf("%q: got %v, want a usage error with a hint", tt.url, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.word) {
			t.Errorf("%q: error %q does not name %q", tt.url, err, tt.word)
		}
		if strings.Contains(err.Error()+hayon.AsError(err).Hint, "hunter2") {
			t.Errorf("%q: error %q repeats what may be a password", tt.url, err)
		}
	}
}

// FuzzURL: no part of a user or password is ever shown, encoded or not.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"hunter2", "a/b", "a?b", "a#b", "a@b", "a:b", "%2f", "[::1]", "a b", "ä"} {
		f.Add(s, s, "/v")
		f.Add(s, s, "?heartbeat=5")
	}
	f.Fuzz(func(t *testing.T, user, password, rest string) {
		const secret = "Qj7x"
		user, password = secret+user, secret+password
		for _, raw := range []string{
			"amqp://" + user + ":" + password + "@rabbit" + rest,
			"amqp://" + url.UserPassword(user, password).String() + "@rabbit" + rest,
		} {
			if strings.Contains(rest, secret) {
				t.Skip()
			}
			address, err := rabbitmq.Address(raw)
			if err != nil {
				if hayon.CodeOf(err) != hayon.CodeUsage {
					t.Errorf("%q: got %v, want a usage error", raw, err)
				}
				address = err.Error() + hayon.AsError(err).Hint
			} else if again, err := rabbitmq.Address(address); err != nil || again != address {
				t.Errorf("%q: address %q is read as %q, %v", raw, address, again, err)
			}
			if strings.Contains(strings.ToLower(address), strings.ToLower(secret)) {
				t.Errorf("%q: %q shows user or password", raw, address)
			}
		}
	})
}
