package queue_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
)

func ExampleOpen() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	broker, err := queue.Open(ctx, "local:", queue.Config{})
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	defer func() { _ = broker.Close() }()

	if err := broker.Declare(ctx, hayon.NewTopology([]string{"demo"})); err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	deliveries, err := broker.Consume(ctx, hayon.SocialPostsQueue, 1)
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	confirmation, err := broker.Publish(ctx, hayon.Message{
		Exchange: hayon.PostExchange, RoutingKey: hayon.PostCreateKey + "demo", Body: []byte("look"),
	})
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	if err := confirmation.Wait(ctx); err != nil {
		fmt.Fprintln(os.Stdout, err)
		return
	}
	d := <-deliveries
	fmt.Fprintf(os.Stdout, "%s: %s\n", d.Message().RoutingKey, d.Message().Body)
	if err := d.Ack(); err != nil {
		fmt.Fprintln(os.Stdout, err)
	}
	// Output: post.create.demo: look
}
