package rabbitmq

import (
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// CheckURL reports what is wrong with a URL. It never repeats it, since it may hold a password.
func CheckURL(url string) error {
	if _, err := amqp.ParseURI(url); err != nil {
		return hayon.Errorf(hayon.CodeUsage, "the broker's URL cannot be read").
			WithHint("write it as amqp://USER@HOST:PORT/VHOST")
	}
	return nil
}
