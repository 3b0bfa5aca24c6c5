package rabbitmq

import (
	"context"
	"log/slog"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// Config says how a RabbitMQ is used.
type Config struct {
	// URL is amqp:// or amqps://USER:PASSWORD@HOST:PORT/VHOST with the query parameters of RabbitMQ's
	// URI specification that [Open] lists.
	URL string
	// Password is used in the place of the one in URL, where it is set.
	Password hayon.Secret
	// Prefix stands before the name of every exchange and queue.
	Prefix string
	// Delay says who keeps hints until they are due; "": [hayon.DelayAuto].
	Delay hayon.DelayMode
	// Name is what the connections are called on the broker.
	Name   string
	Logger *slog.Logger
}

// Open connects.
func Open(context.Context, Config) (hayon.Broker, error) {
	return nil, hayon.Errorf(hayon.CodeInternal, "not built: %d", amqp.FrameError)
}

// Check compares a topology with what is on the broker and changes nothing.
func Check(context.Context, Config, hayon.Topology) ([]hayon.Finding, error) {
	return nil, hayon.Errorf(hayon.CodeInternal, "not built")
}
