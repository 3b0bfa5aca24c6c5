package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

// troubleConfig is a hook that leaves a mark when it starts and then hangs, and a desktop, which is not
// there: the environment of a home names no session bus.
const troubleConfig = `[notify]
desktop = true
events = ["target.published"]

[[hook]]
name = "hang"
command = ["sh", "-c", 'echo started >>"$0"; exec sleep 60', %s]
timeout = "50s"
events = ["target.published"]
`

// measureTrouble measures the lateness with a hook that hangs, a webhook that answers 500 and a desktop
// without a notification service, between two measurements without them.
func measureTrouble(ctx context.Context, b *bench) ([]row, error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("needs a shell")
	}
	before, err := b.plainLateness(ctx)
	if err != nil {
		return nil, err
	}
	with, told, err := b.troubledLateness(ctx)
	if err != nil {
		return nil, err
	}
	after, err := b.lateness(ctx, b.home("late-after"))
	if err != nil {
		return nil, err
	}
	table := func(name, what string, d delays, note string) row {
		return fact(name, what, d.p50(), "ms", d.String()+d.work()+note)
	}
	return []row{
		table("quiet-before", "late, nobody listens, p50", before, ""),
		table("troubled", "late, hanging hook, webhook 500, no desktop, p50", with, "; "+told),
		table("quiet-after", "late, nobody listens, p50", after, ""),
		b.figure("trouble-p50", with.p50()-max(before.p50(), after.p50()), ""),
		b.figure("trouble-p99", with.p99()-max(before.p99(), after.p99()), ""),
	}, nil
}

// troubledLateness measures with everybody in trouble, and tells that they were.
func (b *bench) troubledLateness(ctx context.Context) (out delays, told string, err error) {
	h := b.home("trouble")
	mark := filepath.Join(h.dir, "hook.started")
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return out, "", err
	}
	if err := os.WriteFile(filepath.Join(h.dir, "config.toml"), fmt.Appendf(nil, troubleConfig, strconv.Quote(mark)), 0o600); err != nil {
		return out, "", err
	}
	refuser, err := refuse(ctx)
	if err != nil {
		return out, "", err
	}
	defer refuser.close()
	if out, err = b.latenessBeside(ctx, h, refuser.url); err != nil {
		return out, "", err
	}
	told, err = b.troubles(ctx, h, mark, refuser.requests.Load())
	return out, told, err
}

// latenessBeside is the lateness of a daemon that has a webhook, too.
func (b *bench) latenessBeside(ctx context.Context, h home, webhook string) (delays, error) {
	d, err := b.startDaemon(ctx, h)
	if err != nil {
		return delays{}, err
	}
	defer d.stop()
	_, _, err = d.CreateWebhook(actor(ctx), hayon.WebhookCreate{URL: webhook, Kinds: []hayon.EventKind{hayon.EventPublished}})
	if err != nil {
		return delays{}, err
	}
	return b.latenessOf(ctx, h, d)
}

// troubles tells what the three went through; it is an error when one of them was not there.
func (b *bench) troubles(ctx context.Context, h home, mark string, requests int64) (string, error) {
	started, err := os.ReadFile(mark)
	if err != nil {
		return "", fmt.Errorf("the hook was never started: %w", err)
	}
	if requests == 0 {
		return "", errors.New("the webhook was never called")
	}
	desktop := false
	err = inStore(ctx, h, func(s hayon.Store) error {
		return s.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
			cursors, err := tx.FindCursors(ctx)
			for _, c := range cursors {
				desktop = desktop || strings.HasPrefix(c.Name, events.NotifyPrefix) && c.Seq > 0
			}
			return err
		})
	})
	if err == nil && !desktop {
		err = errors.New("the desktop was told of nothing")
	}
	return fmt.Sprintf("%d hooks hung, %d requests refused", strings.Count(string(started), "\n"), requests), err
}

// refuser is a web server that answers 500 to everything.
type refuser struct {
	url      string
	requests atomic.Int64
	close    func()
}

func refuse(ctx context.Context) (*refuser, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &refuser{url: "http://" + listener.Addr().String() + "/"}
	srv := &http.Server{
		ReadHeaderTimeout: time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			r.requests.Add(1)
			http.Error(w, "out of order", http.StatusInternalServerError)
		}),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(listener) // it ends with Close
	}()
	r.close = func() {
		_ = srv.Close()
		<-ended
	}
	return r, nil
}
