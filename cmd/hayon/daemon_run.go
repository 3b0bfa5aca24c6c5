package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	sysd "github.com/coreos/go-systemd/v22/daemon"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
	"github.com/hayon/hayon/server"
	"github.com/hayon/hayon/server/metrics"
)

// daemonRun serves until ctx ends, somebody asks it to stop, or a part cannot go on.
func (a *app) daemonRun(ctx context.Context, o daemonOptions) error {
	b, err := a.dial(ctx)
	if err == nil {
		return errors.Join(b.close(), alreadyRunning(b.remote.ServerVersion()))
	}
	if errors.Is(err, errHangs) {
		return err
	}
	log, endLog, err := a.daemonLogger(o.detached)
	if err != nil {
		return err
	}
	defer func() { _ = endLog() }() // the last line is written
	a.log = log
	k, err := a.newCore(ctx, coreConfig{daemon: true})
	if err != nil {
		return err
	}
	if err := errors.Join(a.serve(ctx, k, o), k.store.Close()); err != nil {
		a.log.Error("the daemon ended with an error", "err", err)
		return err
	}
	if s, ok := errors.AsType[signalCause](context.Cause(ctx)); ok {
		return exitError{s.exit()}
	}
	return nil
}

func alreadyRunning(version string) error {
	return hayon.Errorf(hayon.CodeConflict, "a daemon of version %s runs for this profile already", version).
		WithHint("see it: hayon daemon status   or stop it: hayon daemon stop")
}

// serve runs all parts of the daemon. The first to stop stops the others; what is being sent is
// finished before the store closes.
func (a *app) serve(ctx context.Context, k *core, o daemonOptions) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	broker, err := a.openBroker(ctx, k, o)
	if err != nil {
		return err
	}
	defer func() { _ = broker.Close() }()                // the store has all that is still to be done
	listener, err := server.ListenUnix(a.paths.socket()) //nolint:contextcheck // it asks only whether a socket answers, at most 1 s
	if err != nil {
		return err
	}
	srv, err := server.New(k.scheduler, server.Config{
		Version: version().Version, Logger: a.log, Stop: func() { stop(errStopped) },
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	dispatcher, err := a.dispatcher(k)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	parts := []func(context.Context) error{
		dispatcher.Run,
		func(ctx context.Context) error { return srv.Serve(ctx, listener) },
		func(ctx context.Context) error { return a.hold(ctx, k) },
		func(ctx context.Context) error { return k.scheduler.Run(ctx, broker) },
		func(ctx context.Context) error { return k.worker.Run(ctx, broker) },
		func(ctx context.Context) error { return a.tellSystemd(ctx, k) },
	}
	if address := cmp.Or(o.metrics, a.cfg.Daemon.Metrics); address != "" {
		figures, err := a.metrics(ctx, k, srv, address)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		parts = append(parts, figures...)
	}
	a.log.Info("the daemon runs", "version", version().Version, "pid", os.Getpid(), "socket", a.paths.socket())
	err = runGroup(ctx, stop, parts...)
	a.log.Info("the daemon has stopped")
	return err
}

// openBroker opens the broker and gives it its exchanges and queues. One that cannot be reached is no
// error: posts are accepted meanwhile, and go out once it is there.
func (a *app) openBroker(ctx context.Context, k *core, o daemonOptions) (hayon.Broker, error) {
	address, cfg, err := a.brokerConfig(o.broker)
	if err != nil {
		return nil, err
	}
	broker, err := queue.Open(ctx, address, cfg)
	if err != nil {
		return nil, err
	}
	broker = failingBroker(broker)
	if err := broker.Declare(ctx, hayon.NewTopology(platformNames(k.providers))); err != nil {
		return nil, errors.Join(err, broker.Close())
	}
	if st := broker.State(); !st.Connected {
		a.log.Warn("posts are accepted, and go out once the broker is there", "address", st.Address, "err", st.Error)
	}
	return broker, nil
}

// metrics are the parts that count for Prometheus and answer it.
func (a *app) metrics(ctx context.Context, k *core, srv *server.Server, address string) ([]func(context.Context) error, error) {
	m, err := metrics.New(k.scheduler, metrics.Config{Version: version().Version, Streams: srv.Streams, Logger: a.log})
	if err != nil {
		return nil, err
	}
	listener, err := m.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	k.commits.Store(new(m.ObserveCommit))
	a.log.Info("metrics are served", "address", listener.Addr().String())
	return []func(context.Context) error{
		func(ctx context.Context) error { return m.Run(a.actor(ctx)) },
		func(ctx context.Context) error { return m.Serve(ctx, listener) },
	}, nil
}

// errStopped is the cause of a daemon that was asked to stop.
var errStopped = errors.New("stopped on request")

// runGroup runs the parts until the first ends or ctx does, then waits for all. It answers the first
// error that is not the end of ctx.
func runGroup(ctx context.Context, stop context.CancelCauseFunc, parts ...func(context.Context) error) error {
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	var first error
	for range parts {
		if err := <-ended; err != nil && first == nil && ctx.Err() == nil {
			first = err
			stop(err)
		}
	}
	return first
}

// holdEvery is how often a starting daemon looks whether it may keep the database.
const holdEvery = 250 * time.Millisecond

// hold takes the database for good once no other live process works on a target: one-shot commands
// finish what they have begun.
func (a *app) hold(ctx context.Context, k *core) error {
	h, ok := k.store.(holder)
	if !ok {
		<-ctx.Done()
		return nil
	}
	for {
		taken, err := tryHold(ctx, k, h)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("the database could not be kept yet; it is tried again", "err", err)
		}
		if taken {
			a.log.Info("the database is held", "path", a.paths.database())
			<-ctx.Done()
			return nil
		}
		timer := time.NewTimer(holdEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

func tryHold(ctx context.Context, k *core, h holder) (bool, error) {
	if busy, err := k.scheduler.Busy(ctx); busy || err != nil {
		return false, err
	}
	if err := h.Hold(ctx); err != nil {
		return false, err
	}
	// Somebody may have claimed between the look and the hold.
	busy, err := k.scheduler.Busy(ctx)
	if busy || err != nil {
		return false, errors.Join(err, h.Release())
	}
	return true, nil
}

func platformNames(r platformRegistry) []string {
	var names []string
	for _, p := range r.All() {
		names = append(names, p.Info().Name)
	}
	return names
}

const (
	// statusEvery is how often systemd is told how things stand, where it asks for no watchdog.
	statusEvery = time.Minute
	// healthWait is how long the database may take to answer for the watchdog.
	healthWait = 10 * time.Second
)

// tellSystemd says that the daemon is ready and how it stands, and keeps the watchdog quiet as long as
// the database answers. Without systemd it does nothing.
func (a *app) tellSystemd(ctx context.Context, k *core) error {
	supervised, err := sysd.SdNotify(false, sysd.SdNotifyReady)
	if err != nil {
		a.log.Warn("systemd cannot be told that the daemon is ready", "err", err)
	}
	if !supervised {
		<-ctx.Done()
		return nil
	}
	defer func() { _, _ = sysd.SdNotify(false, sysd.SdNotifyStopping) }() // nobody is there to tell otherwise
	every := statusEvery
	if limit, err := sysd.SdWatchdogEnabled(false); err == nil && limit > 0 {
		every = limit / 3
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if st, err := a.health(ctx, k); err == nil {
			_, err = sysd.SdNotify(false, sysd.SdNotifyWatchdog+"\nSTATUS="+headline(st, true))
			if err != nil {
				a.log.Warn("systemd cannot be told how the daemon stands", "err", err)
			}
		} else if ctx.Err() == nil {
			a.log.Error("the database does not answer; without an answer the watchdog ends this process", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (a *app) health(ctx context.Context, k *core) (*hayon.Status, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	return k.scheduler.Status(a.actor(ctx))
}

// daemonCheck opens what a daemon needs, with nobody there to ask.
func (a *app) daemonCheck(ctx context.Context) error {
	a.io.inTTY, a.io.readPassword, a.flags.noInput = false, nil, true
	b, err := a.connect(ctx)
	if err != nil {
		return err
	}
	accounts, err := b.FindAccounts(a.actor(ctx), hayon.AccountFilter{})
	if err = errors.Join(err, b.close()); err != nil {
		return err
	}
	v, err := a.openVault(ctx, coreConfig{daemon: true})
	if err != nil {
		return err
	}
	for _, acc := range accounts {
		if err := a.checkCredentials(ctx, b, v, acc); err != nil {
			return fmt.Errorf("the credentials of %s cannot be opened unattended: %w", acc.Name, err)
		}
	}
	a.say("The daemon can run unattended: the credentials open (accounts: %d).", len(accounts))
	return nil
}

// checkCredentials opens the credentials of an account. A daemon does not tell where they are; then it
// counts that the vault opens, which says of a name that it does not have.
func (a *app) checkCredentials(ctx context.Context, b *backend, v hayon.Vault, acc *hayon.Account) error {
	ref := acc.SecretRef
	if b.remote != nil {
		ref = acc.ID.String()
	}
	if ref == "" {
		return nil
	}
	_, err := v.Get(ctx, ref)
	if b.remote != nil && hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil
	}
	return err
}

// wholePath is a path that means the same in every folder.
func wholePath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil { // the folder that we are in is gone
		return path
	}
	return abs
}
