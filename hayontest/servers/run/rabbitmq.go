package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/hayon/hayon/hayontest/servers"
)

// runRabbitMQ serves until ctx ends.
func runRabbitMQ(ctx context.Context, out io.Writer) (err error) {
	r, err := servers.RunRabbitMQ(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := r.Close(); err == nil {
			err = cerr
		}
	}()
	err = json.NewEncoder(out).Encode(map[string]string{"url": r.URL(), "management_url": r.Management(), "metrics_url": r.Metrics()})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
