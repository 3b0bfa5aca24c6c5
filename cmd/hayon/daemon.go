package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
	"github.com/hayon/hayon/server"
	"github.com/hayon/hayon/when"
)

func (a *app) daemonCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "daemon",
		Short: "Publish on time, in the background",
		Example: `  hayon daemon run
  hayon daemon status`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "run",
			Short: "Run the daemon in the foreground",
			Long: `Run the daemon in the foreground: it publishes what is due and answers the other commands on a
socket. SIGTERM and Ctrl-C finish what is being sent and stop; a second one stops at once. Both are
safe, and so is kill -9.`,
			Example: `  hayon daemon run
  hayon daemon run -v`,
			Args: usageArgs(cobra.NoArgs),
			RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonRun(cmd.Context()) },
		},
		&cobra.Command{
			Use:   "status",
			Short: "Show how the daemon is doing",
			Example: `  hayon daemon status
  hayon daemon status --json`,
			Args: usageArgs(cobra.NoArgs),
			RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonStatus(cmd.Context()) },
		},
		&cobra.Command{
			Use:   "stop",
			Short: "Stop the daemon; what is being sent is finished first",
			Example: `  hayon daemon stop
  hayon daemon stop --timeout 1m`,
			Args: usageArgs(cobra.NoArgs),
			RunE: func(cmd *cobra.Command, _ []string) error { return a.daemonStop(cmd.Context()) },
		},
	)
	return cmd
}

// daemonRun serves until ctx ends, somebody asks it to stop, or a part cannot go on.
func (a *app) daemonRun(ctx context.Context) error {
	a.log = a.daemonLogger()
	if b, err := a.dial(ctx); err == nil {
		return errors.Join(b.close(), alreadyRunning(b.remote.ServerVersion()))
	}
	k, err := a.newCore(ctx, coreConfig{daemon: true})
	if err != nil {
		return err
	}
	if err := errors.Join(a.serve(ctx, k), k.store.Close()); err != nil {
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
func (a *app) serve(ctx context.Context, k *core) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	broker, err := queue.Open(ctx, "local:")
	if err != nil {
		return err
	}
	defer func() { _ = broker.Close() }() // in memory: nothing is lost
	broker = failingBroker(broker)
	if err := broker.Declare(ctx, hayon.NewTopology(platformNames(k))); err != nil {
		return err
	}
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
	a.log.Info("the daemon runs", "version", version().Version, "pid", os.Getpid(), "socket", a.paths.socket())
	err = runGroup(ctx, stop,
		func(ctx context.Context) error { return srv.Serve(ctx, listener) },
		func(ctx context.Context) error { return a.hold(ctx, k) },
		func(ctx context.Context) error { return k.scheduler.Run(ctx, broker) },
		func(ctx context.Context) error { return k.worker.Run(ctx, broker) },
	)
	a.log.Info("the daemon has stopped")
	return err
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

func platformNames(k *core) []string {
	var names []string
	for _, p := range k.providers.All() {
		names = append(names, p.Info().Name)
	}
	return names
}

func (a *app) daemonLogger() *slog.Logger {
	level := slog.LevelInfo
	switch a.cfg.Log.Level {
	case "debug":
		level = slog.LevelDebug
	case "warn":
		level = slog.LevelWarn
	case "error":
		level = slog.LevelError
	}
	if a.flags.verbose > 0 {
		level = slog.LevelDebug
	}
	if a.io.errTTY {
		return slog.New(tint.NewTextHandler(a.io.err, &tint.Options{Level: level, NoColor: !a.colour(true), TimeFormat: time.TimeOnly}))
	}
	return slog.New(slog.NewTextHandler(a.io.err, &slog.HandlerOptions{Level: level}))
}

// statusFields are the names that --json takes for the status.
func statusFields() []string {
	return []string{
		"version", "owner", "started_at", "holding", "scheduled", "queued", "publishing", "retry_wait", "uncertain",
		"overdue", "outbox", "next",
	}
}

func (a *app) daemonStatus(ctx context.Context) error {
	b, err := a.dial(ctx)
	if err != nil {
		return err
	}
	st, err := b.Status(a.actor(ctx))
	if err != nil {
		return err
	}
	if a.flags.json.on {
		return a.printJSON(st, statusFields())
	}
	loc, err := a.location()
	if err != nil {
		return err
	}
	next := "nothing is scheduled"
	if !st.Next.IsZero() {
		next = when.Format(st.Next.In(loc))
	}
	on := a.colour(a.io.outTTY)
	for _, r := range [][2]string{
		{"daemon", fmt.Sprintf("running, process %d, version %s", st.Owner.PID, st.Version)},
		{"since", when.Format(st.StartedAt.In(loc).Truncate(time.Second))},
		{"socket", a.socket()},
		{"database", a.paths.database()},
		{"scheduled", fmt.Sprintf("%d, next: %s", st.Scheduled, next)},
		{"working", fmt.Sprintf("%d queued, %d publishing, %d waiting for a retry, %d uncertain", st.Queued, st.Publishing, st.RetryWait, st.Uncertain)},
		{"overdue", fmt.Sprint(st.Overdue)},
		{"outbox", fmt.Sprint(st.Outbox)},
	} {
		a.print("%s  %s", paint(on, colourDim, pad(r[0], 9)), r[1])
	}
	return nil
}

// stopWait is how long daemon stop waits for the end of the process: what is being sent may take 25 s.
const stopWait = 40 * time.Second

func (a *app) daemonStop(ctx context.Context) error {
	b, err := a.dial(ctx)
	if e, ok := errors.AsType[*hayon.Error](err); ok && e.Code == hayon.CodeUnreachable {
		return e.WithHint("there is nothing to stop")
	}
	if err != nil {
		return err
	}
	st, err := b.Status(a.actor(ctx))
	if err != nil {
		return err
	}
	if err := b.remote.StopDaemon(a.actor(ctx)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stopWait)
	defer cancel()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for alive(st.Owner) {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return hayon.Errorf(hayon.CodeTimeout, "the daemon (process %d) is still finishing what it sends", st.Owner.PID).
				WithHint("wait for it, or end it: it is safe to kill")
		}
	}
	a.say("The daemon has stopped")
	return nil
}
