package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/hayon/hayon/hayontest/servers"
)

func main() {
	install := flag.Bool("install", false, "install the servers' packages and exit")
	rabbitMQ := flag.Bool("rabbitmq", false, "start a RabbitMQ in place of the PDS")
	handle := flag.String("handle", "alice.test", "the handle of the account")
	blobLimit := flag.Int("blob-limit", 0, "refuse larger uploads, in `bytes` (0: the server's default)")
	rateLimits := flag.Bool("rate-limits", false, "switch the server's rate limits on")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	err := error(nil)
	switch {
	case *install:
		err = errors.Join(servers.InstallPDS(ctx), servers.InstallToxiproxy(ctx), servers.InstallSnac(ctx),
			servers.InstallRabbitMQ(ctx), servers.InstallPrograms(ctx))
	case *rabbitMQ:
		err = runRabbitMQ(ctx, os.Stdout)
	default:
		opts := []servers.PDSOption{servers.WithBlobUploadLimit(*blobLimit)}
		if *rateLimits {
			opts = append(opts, servers.WithRateLimits())
		}
		err = run(ctx, os.Stdout, *handle, opts)
	}
	if err != nil {
		stop()
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run serves until ctx ends.
func run(ctx context.Context, out io.Writer, handle string, opts []servers.PDSOption) (err error) {
	pds, err := servers.RunPDS(ctx, opts...)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := pds.Close(); err == nil {
			err = cerr
		}
	}()
	account, err := pds.CreateAccount(ctx, handle)
	if err != nil {
		return err
	}
	err = json.NewEncoder(out).Encode(struct {
		URL           string `json:"url"`
		PLCURL        string `json:"plc_url"`
		AdminPassword string `json:"admin_password"`
		servers.Account
	}{pds.URL(), pds.PLCURL(), pds.AdminPassword(), account})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
