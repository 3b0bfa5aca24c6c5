package rabbitmq

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// hintReach is for who cannot reach the server.
const hintReach = "see whether RabbitMQ runs and listens there; the daemon goes on trying"

// transient reports whether another try may do without anybody changing anything.
func transient(err error) bool { return hayon.CodeOf(err) == hayon.CodeUnavailable }

// unreachable says that no connection came about.
func (at endpoint) unreachable(err error) *hayon.Error {
	return hayon.Errorf(hayon.CodeUnavailable, "no connection to the broker at %s: %s", at, reason(err)).
		WithHint(hintReach).WithCause(err)
}

// untrusted says why TLS did not come about.
func (at endpoint) untrusted(err error) *hayon.Error {
	var (
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &cert):
		return hayon.Errorf(hayon.CodeUnauthenticated, "the certificate of the broker at %s is not valid: %s", at, reason(cert.Err)).
			WithHint("name the certificate of its authority by cacertfile=FILE, or its name by server_name_indication=NAME").WithCause(err)
	case errors.As(err, &record):
		return hayon.Errorf(hayon.CodeUsage, "the broker at %s does not speak TLS", at).
			WithHint("write " + schemePlain + ":// for a connection without TLS, or use the port for TLS, usually 5671").WithCause(err)
	case isAlert(err):
		return at.alert(err)
	}
	return at.unreachable(err)
}

// isAlert reports whether the server refused something about TLS.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == remoteError
}

const remoteError = "remote error"

func (at endpoint) alert(err error) *hayon.Error {
	return hayon.Errorf(hayon.CodeUnauthenticated, "the broker at %s refuses the encrypted connection: %s", at, reason(err)).
		WithHint("it may want a certificate of the client: certfile=FILE&keyfile=FILE").WithCause(err)
}

// refused says why the server did not open the connection; broken is why reading from it ended, if it
// did. The library answers an error of its own making where the server only went away, which is no word
// of the server.
func (at endpoint) refused(ctx context.Context, err, broken error) *hayon.Error {
	if errors.Is(err, amqp.ErrSASL) {
		return hayon.Errorf(hayon.CodeUnauthenticated, "the broker at %s does not offer our way to sign in", at).
			WithHint("RabbitMQ needs the mechanism PLAIN, or EXTERNAL with its plugin rabbitmq_auth_mechanism_ssl").WithCause(err)
	}
	e, ok := serverError(err)
	if !ok {
		if broken != nil {
			err = broken
		}
		if isAlert(err) {
			return at.alert(err)
		}
		if at.tls != nil {
			if alert := at.alerted(ctx); alert != nil {
				return at.alert(alert)
			}
		}
		return at.unreachable(err)
	}
	switch {
	case e.Code == amqp.AccessRefused:
		return hayon.Errorf(hayon.CodeUnauthenticated, "the broker at %s refuses user or password", at).
			WithHint("see HAYON_BROKER_PASSWORD and broker.password_file; the user guest may only come from the broker's own machine").WithCause(err)
	case e.Code == amqp.NotAllowed && strings.Contains(e.Reason, "limit"):
		return hayon.Errorf(hayon.CodeUnavailable, "the broker at %s takes no more connections of this user or vhost", at).
			WithHint("rabbitmqctl list_connections").WithCause(err)
	case e.Code == amqp.NotAllowed && strings.Contains(e.Reason, "not found"), e.Code == amqp.InvalidPath:
		return hayon.Errorf(hayon.CodeNotFound, "the broker at %s has no such vhost", at).
			WithHint("rabbitmqctl add_vhost NAME").WithCause(err)
	case e.Code == amqp.NotAllowed:
		return hayon.Errorf(hayon.CodeForbidden, "the broker at %s gives this user no access to the vhost", at).
			WithHint("rabbitmqctl set_permissions -p VHOST USER CONFIGURE WRITE READ").WithCause(err)
	}
	return hayon.Errorf(hayon.CodeUnavailable, "the broker at %s opened no connection: it answered %d", at, e.Code).
		WithHint(hintReach).WithCause(err)
}

const (
	noAnswer = "it did not answer in time"
	closedIt = "it closed the connection"
)

// reason is why something of the network failed, without the address, which the caller names.
func reason(err error) string {
	var (
		dns *net.DNSError
		sys *os.SyscallError
		op  *net.OpError
		e   *amqp.Error
		to  interface{ Timeout() bool }
		uk  x509.UnknownAuthorityError
	)
	switch {
	case err == nil:
		return "it ended"
	case errors.Is(err, io.EOF):
		return closedIt
	case errors.Is(err, context.Canceled):
		return "the wait for it ended"
	case errors.As(err, &uk):
		return "it is signed by an unknown authority"
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return "there is no such host"
		}
		return "the name of the host was not resolved"
	case errors.As(err, &sys):
		return sys.Err.Error()
	case errors.As(err, &to) && to.Timeout():
		return noAnswer
	case errors.As(err, &op):
		return op.Err.Error()
	case errors.As(err, &e):
		if !e.Server && (e.Code == amqp.AccessRefused || e.Reason == io.EOF.Error()) {
			return closedIt
		}
		if e.Code == amqp.ConnectionForced {
			return "it closes all connections"
		}
		if e.Server {
			return withoutUser(e.Reason)
		}
		if last := lastPart(e.Reason); last != os.ErrDeadlineExceeded.Error() {
			return last
		}
		return noAnswer
	}
	return err.Error()
}

// withoutUser is an answer of the server up to where it names the user.
func withoutUser(text string) string {
	text, _, _ = strings.Cut(text, " for user '")
	text, _, _ = strings.Cut(text, " by user '")
	return text
}

// lastPart is the end of a chain of errors that is only text, which is what went wrong.
func lastPart(chain string) string {
	return strings.TrimSpace(chain[strings.LastIndex(chain, ": ")+1:])
}
