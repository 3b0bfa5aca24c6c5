package client_test

import (
	"context"
	"fmt"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
)

func ExampleClient_CreatePost() {
	c, err := client.New(client.Config{Socket: "/nowhere/hayon.sock"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	ctx := hayon.WithActor(context.Background(), hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceCLI})
	_, err = c.CreatePost(ctx, hayon.PostCreate{Text: "Hello", To: []string{"site"}})
	fmt.Println(hayon.CodeOf(err), "-", err)
	fmt.Println(hayon.AsError(err).Hint)
	// Output:
	// unreachable - no daemon answers at /nowhere/hayon.sock
	// start it: hayon daemon start
}
