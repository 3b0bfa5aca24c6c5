package main

import (
	"context"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/hook"
	"github.com/hayon/hayon/events/notify"
)

// drainWait bounds how long tick stays for hooks and webhooks: what they do not take by then is left to
// the next tick.
const drainWait = 20 * time.Second

// dispatcher tells hooks, webhooks and the desktop of what happens.
func (a *app) dispatcher(k *core) (*events.Dispatcher, error) {
	configured, err := a.configuredSinks()
	if err != nil {
		return nil, err
	}
	client := hook.NewClient(version().Version, nil)
	sinks := func(ctx context.Context) ([]events.Sink, error) {
		all := append([]events.Sink(nil), configured...)
		err := k.store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
			webhooks, err := tx.FindWebhooks(ctx, hayon.UserID{})
			for _, w := range webhooks {
				secret := func(ctx context.Context) (hayon.Secret, error) { return k.vault.Get(ctx, w.SecretRef()) }
				all = append(all, client.Sink(w, secret))
			}
			return err
		})
		return all, err
	}
	return events.New(events.Deps{Store: k.store, Sinks: sinks, Owner: k.owner, Alive: alive},
		events.Config{Profile: a.flags.profile, Logger: a.log})
}

// configuredSinks are those of the configuration.
func (a *app) configuredSinks() ([]events.Sink, error) {
	var out []events.Sink
	for _, h := range a.cfg.Hooks {
		command, err := a.hookCommand(h)
		if err != nil {
			return nil, err
		}
		out = append(out, command)
	}
	if a.cfg.Notify.Desktop {
		out = append(out, notify.New(notify.Config{Kinds: kindsOf(a.cfg.Notify.Events)}))
	}
	return out, nil
}

// hookCommand is a hook of the configuration. It runs in the profile's folder, wherever hayon does.
func (a *app) hookCommand(h hookConfig) (*hook.Command, error) {
	return hook.NewCommand(hook.Config{
		Name: h.Name, Line: h.Command.line, Args: h.Command.words, Dir: a.paths.data,
		Kinds: kindsOf(h.Events), Timeout: h.Timeout.Duration,
	})
}

// drainEvents delivers what waits, where anybody wants it.
func (a *app) drainEvents(ctx context.Context, k *core) error {
	d, err := a.dispatcher(k)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, drainWait)
	defer cancel()
	return d.Drain(ctx)
}
