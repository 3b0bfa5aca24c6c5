package rabbitmq

import (
	"crypto/tls"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// endpoint is where a broker is and how it is spoken to.
type endpoint struct {
	scheme string
	host   string
	port   string
	vhost  string

	user     string
	password hayon.Secret
	// external: we sign in by the client's certificate and not by a password.
	external bool

	heartbeat   time.Duration
	dialTimeout time.Duration

	caFile, certFile, keyFile, serverName string
	// tls is nil for amqp.
	tls *tls.Config
}

// What is used where the URL says nothing else. Hosts, users and vhosts are those of RabbitMQ's URI
// specification: https://www.rabbitmq.com/docs/uri-spec, read 2026-11-21.
const (
	schemePlain = "amqp"
	schemeTLS   = "amqps"

	defaultHost      = "localhost"
	defaultVhost     = "/"
	defaultUser      = "guest"
	defaultPassword  = "guest"
	defaultHeartbeat = 10 * time.Second
	defaultDial      = 10 * time.Second

	maxShortString = 255 // bytes of a name in AMQP
)

// urlHint is how a URL looks.
const urlHint = "amqp://USER@HOST:5672/VHOST, with every other sign in USER and VHOST percent-encoded"

// CheckURL reports what is wrong with a URL, without a look at the files that it names. It never repeats
// it, since it may hold a password.
func CheckURL(raw string) error {
	_, err := parseURL(raw)
	return err
}

// parseURL reads a URL of a broker. It never repeats any of it but names of parameters that it knows:
// a password with a sign that is not encoded ends up in any other part.
func parseURL(raw string) (endpoint, error) {
	u, err := url.Parse(raw)
	if err != nil || strings.ContainsAny(raw, " \t\r\n") {
		return endpoint{}, badURL("it cannot be read")
	}
	at := endpoint{
		scheme: u.Scheme, host: u.Hostname(), port: u.Port(),
		vhost: defaultVhost, user: defaultUser, password: hayon.NewSecret([]byte(defaultPassword)),
		heartbeat: defaultHeartbeat, dialTimeout: defaultDial,
	}
	switch {
	case u.Scheme != schemePlain && u.Scheme != schemeTLS:
		return endpoint{}, badURL("its scheme is neither %s nor %s", schemePlain, schemeTLS)
	case u.Opaque != "" || !strings.HasPrefix(raw[len(u.Scheme):], "://"):
		return endpoint{}, badURL("// is missing after the scheme")
	case strings.Contains(at.host, ":") && !strings.HasPrefix(u.Host, "["):
		return endpoint{}, badURL("its host is none")
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return endpoint{}, badURL("it has a #")
	case strings.Contains(u.EscapedPath(), "@") || strings.Contains(u.RawQuery, "@"):
		return endpoint{}, badURL("it has more than one @")
	}
	if at.host == "" {
		at.host = defaultHost
	}
	if at.port == "" {
		at.port = map[string]string{schemePlain: "5672", schemeTLS: "5671"}[u.Scheme]
	}
	if n, err := strconv.ParseUint(at.port, 10, 16); err != nil || n == 0 {
		return endpoint{}, badURL("its port is none")
	}
	if u.User != nil {
		password, _ := u.User.Password()
		at.user, at.password = u.User.Username(), hayon.NewSecret([]byte(password))
	}
	if at.vhost, err = parseVhost(u.EscapedPath()); err != nil {
		return endpoint{}, err
	}
	return at, at.parseQuery(u.RawQuery)
}

// parseVhost reads the path of a URL: none and "/" stand for the vhost "/", as in every client.
func parseVhost(path string) (string, error) {
	name := strings.TrimPrefix(path, "/")
	if name == "" {
		return defaultVhost, nil
	}
	if strings.Contains(name, "/") {
		return "", badURL("its vhost has a /, which is written %%2F")
	}
	vhost, err := url.PathUnescape(name)
	if err != nil {
		return "", badURL("its vhost cannot be read")
	}
	if len(vhost) > maxShortString {
		return "", badURL("its vhost has %d bytes; it may have %d", len(vhost), maxShortString)
	}
	return vhost, nil
}

// maxDialTimeout bounds the parameter connection_timeout.
const maxDialTimeout = 5 * time.Minute

func (at *endpoint) parseQuery(raw string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return badURL("its parameters cannot be read")
	}
	for name, values := range query {
		if len(values) != 1 {
			return badURL("a parameter stands there twice")
		}
		if err := at.parameter(name, values[0]); err != nil {
			return err
		}
	}
	switch {
	case (at.certFile == "") != (at.keyFile == ""):
		return badURL("of certfile and keyfile one is missing")
	case at.external && at.certFile == "":
		return badURL("auth_mechanism=EXTERNAL needs certfile and keyfile")
	case at.scheme == schemePlain && (at.caFile != "" || at.certFile != "" || at.serverName != ""):
		return badURL("it names certificates, and its scheme is %s", schemePlain).
			WithHint("write " + schemeTLS + ":// for an encrypted connection")
	}
	return nil
}

// parameter takes one parameter of the query; see https://www.rabbitmq.com/docs/uri-query-parameters,
// read 2026-11-21.
func (at *endpoint) parameter(name, value string) error {
	switch name {
	case "heartbeat":
		n, err := strconv.ParseUint(value, 10, 16)
		if err != nil {
			return badURL("heartbeat is a number of seconds, 0 to 65535")
		}
		at.heartbeat = time.Duration(n) * time.Second
	case "connection_timeout":
		n, err := strconv.ParseUint(value, 10, 32)
		d := time.Duration(n) * time.Millisecond
		if err != nil || d == 0 || d > maxDialTimeout {
			return badURL("connection_timeout is a number of milliseconds, 1 to %d", maxDialTimeout.Milliseconds())
		}
		at.dialTimeout = d
	case "cacertfile":
		at.caFile = value
	case "certfile":
		at.certFile = value
	case "keyfile":
		at.keyFile = value
	case "server_name_indication":
		at.serverName = value
	case "verify":
		if value != "verify_peer" {
			return badURL("verify can only be verify_peer: the certificate of the server is always checked").
				WithHint("name the certificate of its authority: cacertfile=FILE")
		}
	case "auth_mechanism":
		switch strings.ToUpper(value) {
		case "EXTERNAL":
			at.external = true
		case "PLAIN":
		default:
			return badURL("auth_mechanism is PLAIN or EXTERNAL")
		}
	default:
		return badURL("it has a parameter that hayon does not know").
			WithHint("the parameters are heartbeat, connection_timeout, cacertfile, certfile, keyfile, server_name_indication, verify and auth_mechanism")
	}
	return nil
}

func badURL(format string, args ...any) *hayon.Error {
	e := hayon.Errorf(hayon.CodeUsage, format, args...)
	e.Message = "the URL of the broker is not right: " + e.Message
	return e.WithHint(urlHint)
}

// hostport is what is dialled.
func (at endpoint) hostport() string { return net.JoinHostPort(at.host, at.port) }

// String is the endpoint without user and password: scheme://host:port/vhost.
func (at endpoint) String() string {
	vhost := ""
	if at.vhost != defaultVhost {
		vhost = url.PathEscape(at.vhost)
	}
	return at.scheme + "://" + at.hostport() + "/" + vhost
}
