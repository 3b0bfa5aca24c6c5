package queue

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
	"github.com/hayon/hayon/queue/rabbitmq"
)

const (
	schemeLocal = "local"
	schemeAMQP  = "amqp"
	schemeAMQPS = "amqps"
)

// Schemes are the schemes that [Open] knows, sorted.
func Schemes() []string { return []string{schemeAMQP, schemeAMQPS, schemeLocal} }

// Config is what a URL does not say. A local broker takes nothing of it.
type Config struct {
	// Password is used in the place of the one in the URL, where it is set.
	Password hayon.Secret
	// Prefix stands before the name of every exchange and queue.
	Prefix string
	// Delay says who keeps hints until they are due; "": [hayon.DelayAuto].
	Delay hayon.DelayMode
	// Management is the management API of the broker, http://USER:PASSWORD@HOST:15672, which [Check] asks
	// for what the protocol does not show; "": nobody is asked.
	Management string
	// Name is what the connections are called on the broker.
	Name   string
	Logger *slog.Logger
}

// Open opens the broker that a URL names; the caller closes it. ctx bounds the opening alone.
//
// A server that cannot be reached is no error: the broker goes on trying, and its State tells why. One
// that refuses us (wrong password, no such vhost, a topology of another form) is.
//
// A scheme that is not one of [Schemes], and a URL with more than its broker understands, are
// usage errors. No error repeats the URL, since it may hold a password.
func Open(ctx context.Context, url string, cfg Config) (hayon.Broker, error) {
	if err := ctx.Err(); err != nil {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the broker was not opened: the wait for it ended").WithCause(err)
	}
	scheme, rest, err := cut(url)
	if err != nil {
		return nil, err
	}
	if scheme != schemeLocal {
		return rabbitmq.Open(ctx, cfg.rabbitmq(url))
	}
	if rest != "" {
		return nil, localAddress()
	}
	broker, err := local.New(local.Config{})
	if err != nil {
		return nil, err
	}
	return broker, nil
}

// Check compares a topology with what is on the broker that a URL names, and changes nothing. A local
// broker has what it is given.
func Check(ctx context.Context, url string, cfg Config, t hayon.Topology) ([]hayon.Finding, error) {
	scheme, _, err := cut(url)
	if err != nil {
		return nil, err
	}
	if scheme != schemeLocal {
		return rabbitmq.Check(ctx, cfg.rabbitmq(url), t)
	}
	return nil, hayon.Errorf(hayon.CodeUsage, "the broker in this process has no topology to compare: it is made anew at each start").
		WithHint("name a RabbitMQ: --broker amqp://USER@HOST/")
}

func (c Config) rabbitmq(url string) rabbitmq.Config {
	return rabbitmq.Config{
		URL: url, Password: c.Password, Prefix: c.Prefix, Delay: c.Delay,
		Management: c.Management, Name: c.Name, Logger: c.Logger,
	}
}

func localAddress() error {
	return hayon.Errorf(hayon.CodeUsage, "a local broker has no address: nothing may follow %q", schemeLocal+":").
		WithHint("hayon config set broker.url local:")
}

// cut answers the scheme of a URL, which is one of ours, and the rest.
func cut(url string) (scheme, rest string, err error) {
	scheme, rest, ok := strings.Cut(url, ":")
	if !ok {
		return "", "", hayon.Errorf(hayon.CodeUsage, "the broker's URL has no scheme; the schemes are: %s", strings.Join(Schemes(), ", ")).
			WithHint("hayon config set broker.url local:")
	}
	if slices.Contains(Schemes(), scheme) {
		return scheme, rest, nil
	}
	return "", "", hayon.Errorf(hayon.CodeUsage, "%q is the scheme of no broker; the schemes are: %s", scheme, strings.Join(Schemes(), ", ")).
		WithHint("hayon config set broker.url local:")
}
