package servers_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon/hayontest/servers"
)

func TestRabbitMQTellsAndChangesWhatIsInAVHost(t *testing.T) {
	t.Parallel()
	r := servers.RabbitMQ(t)
	address := r.VHost(t)
	name := address[strings.LastIndex(address, "/")+1:]
	_, ch := connect(t, address)
	if err := ch.ExchangeDeclare("x", "topic", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	confirming(t, ch, "q", "quorum")
	if err := ch.QueueBind("q", "a.#", "x", false, nil); err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff([]servers.RabbitMQExchange{{Name: "x", Type: "topic", Durable: true, Arguments: map[string]any{}}}, r.Exchanges(t, address)); diff != "" {
		t.Errorf("exchanges (-want +got):\n%s", diff)
	}
	want := []servers.RabbitMQBinding{{Source: "x", Destination: "q", DestinationType: "queue", RoutingKey: "a.#", Arguments: map[string]any{}}}
	if diff := cmp.Diff(want, r.Bindings(t, name)); diff != "" {
		t.Errorf("bindings (-want +got):\n%s", diff)
	}
	queues := r.Queues(t, name)
	if len(queues) != 1 || queues[0].Type != "quorum" || queues[0].Arguments["x-queue-type"] != "quorum" {
		t.Errorf("queues: got %+v, want q, a quorum queue", queues)
	}

	if !r.PublishRaw(t, address, "x", "a.b", []byte("\x00\xff"), map[string]any{"message_id": "m1", "delivery_mode": 2, "headers": map[string]any{"n": 1}}) {
		t.Error("a message that a binding matches was not routed")
	}
	if r.PublishRaw(t, address, "x", "b", nil, nil) {
		t.Error("a message that no binding matches was routed")
	}
	got, ok, err := ch.Get("q", true)
	if err != nil || !ok || string(got.Body) != "\x00\xff" || got.MessageId != "m1" || got.DeliveryMode != amqp.Persistent || fmt.Sprint(got.Headers["n"]) != "1" {
		t.Errorf("the message: got %+v, %t, %v", got, ok, err)
	}
	if !r.PublishRaw(t, address, "", "q", []byte("purged"), nil) {
		t.Error("the default exchange does not know the queue")
	}
	r.PurgeQueue(t, address, "q")
	if _, ok, err := ch.Get("q", true); err != nil || ok {
		t.Errorf("after the purge: got a message %t, %v", ok, err)
	}
	r.DeleteQueue(t, address, "q")
	if queues := r.Queues(t, address); len(queues) != 0 {
		t.Errorf("after the delete: got %+v", queues)
	}
}

func TestRabbitMQClosesTheConnectionsOfOneVHost(t *testing.T) {
	t.Parallel()
	r := servers.RabbitMQ(t)
	one, two := r.VHost(t), r.VHost(t)
	conn, _ := connect(t, one)
	other, _ := connect(t, two)
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	r.CloseConnections(t, one)
	eventually(t, func() string {
		select {
		case err := <-closed:
			if err == nil || err.Code != amqp.ConnectionForced {
				t.Errorf("closed with %v, want %d", err, amqp.ConnectionForced)
			}
			return ""
		default:
			return "the connection is still open"
		}
	})
	if other.IsClosed() {
		t.Error("the connection to the other vhost was closed too")
	}
}

func TestRabbitMQUserMayOnlyWhatWasPermitted(t *testing.T) {
	t.Parallel()
	r := servers.RabbitMQ(t)
	vhost := r.VHost(t)
	_, ch := connect(t, vhost)
	confirming(t, ch, "q", "classic")
	name := "u" + vhost[strings.LastIndex(vhost, "/")+1:]
	address := r.AddUser(t, name, "p@ss/word", vhost, "", "", "^q$")
	_, ch = connect(t, address)
	if _, _, err := ch.Get("q", true); err != nil {
		t.Errorf("read: %v", err)
	}
	if _, err := ch.QueueDeclare("new", true, false, false, false, nil); !refused(err) {
		t.Errorf("configure: got %v, want %d", err, amqp.AccessRefused)
	}
	r.SetPermissions(t, name, vhost, ".*", "", "")
	_, ch = connect(t, address)
	if _, err := ch.QueueDeclare("new", true, false, false, false, nil); err != nil {
		t.Errorf("configure with the permission: %v", err)
	}
	if _, _, err := ch.Get("q", true); !refused(err) {
		t.Errorf("read without the permission: got %v, want %d", err, amqp.AccessRefused)
	}
}

func TestRabbitMQCallSaysWhatWasRefused(t *testing.T) {
	t.Parallel()
	r := servers.RabbitMQ(t)
	err := r.CallContext(t.Context(), http.MethodGet, "/api/vhosts/none", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "GET /api/vhosts/none: 404") {
		t.Errorf("got %v, want the request and 404", err)
	}
}

func TestProxyStandsBeforeARabbitMQ(t *testing.T) {
	t.Parallel()
	r, x := servers.RabbitMQ(t), servers.Toxiproxy(t)
	vhost := r.VHost(t)
	p := x.NewProxy(t, vhost)
	address := p.Through(t, vhost)
	if !strings.Contains(address, "@"+p.Addr()+"/t") {
		t.Errorf("address: got %s, want the vhost at %s", address, p.Addr())
	}
	conn, ch := connect(t, address)
	confirming(t, ch, "q", "classic")
	publish(t, ch, "q", "hello")
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	p.Down(t)
	if err := <-closed; err == nil {
		t.Error("closed without an error")
	}
	p.Heal(t)
	_, ch = connect(t, address)
	if got, ok, err := ch.Get("q", true); err != nil || !ok || string(got.Body) != "hello" {
		t.Errorf("after the healing: got %q, %t, %v", got.Body, ok, err)
	}
}

func refused(err error) bool {
	e, ok := errors.AsType[*amqp.Error](err)
	return ok && e.Code == amqp.AccessRefused
}
