package rabbitmq

import (
	"log/slog"

	"github.com/hayon/hayon"
)

// Config says how a RabbitMQ is used.
type Config struct {
	// URL is amqp:// or amqps://USER:PASSWORD@HOST:PORT/VHOST with the query parameters of RabbitMQ's
	// URI specification that the package lists.
	URL string
	// Password is used in the place of the one in URL, where it is set.
	Password hayon.Secret
	// Prefix stands before the name of every exchange and queue.
	Prefix string
	// Delay says who keeps hints until they are due; "": [hayon.DelayAuto].
	Delay hayon.DelayMode
	// Management is the management API, http://USER:PASSWORD@HOST:15672, which [Check] asks for bindings;
	// "": nobody is asked. Without a user, the one of the broker asks.
	Management string
	// Name is what the connections are called on the broker; "": hayon.
	Name string
	// Logger is told what a person may have to look at; nil: nobody is.
	Logger *slog.Logger
}

// complete answers c with its defaults, and where it points to. What is wrong is a usage error.
func (c Config) complete() (Config, endpoint, error) {
	if c.Delay == "" {
		c.Delay = hayon.DelayAuto
	}
	if !c.Delay.Valid() {
		return c, endpoint{}, hayon.Errorf(hayon.CodeUsage, "%q is no way to keep hints until they are due", c.Delay).
			WithHint("hayon config set broker.delay auto")
	}
	if len(c.Prefix) > maxPrefixBytes {
		return c, endpoint{}, hayon.Errorf(hayon.CodeUsage, "the prefix of the broker's names has %d bytes; it may have %d", len(c.Prefix), maxPrefixBytes)
	}
	if _, err := parseManagement(c.Management); err != nil {
		return c, endpoint{}, err
	}
	if c.Name == "" {
		c.Name = "hayon"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	at, err := parseURL(c.URL)
	if err != nil {
		return c, endpoint{}, err
	}
	if !c.Password.IsZero() {
		at.password = c.Password
	}
	if at.tls, err = at.tlsConfig(); err != nil {
		return c, endpoint{}, err
	}
	return c, at, nil
}

// maxPrefixBytes leaves room for our names within the 255 bytes of a name in AMQP.
const maxPrefixBytes = 128
