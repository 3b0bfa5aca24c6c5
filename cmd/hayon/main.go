package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // zones work on machines without a zone database

	"github.com/hayon/hayon"
)

func main() {
	os.Exit(mainExit())
}

func mainExit() int {
	ignoreFileSizeSignal()
	// A reader that has gone is an error of the write, whatever the parent does with the signal: the runtime
	// would end the process by it even where the parent ignores it. Programs that are started get it as ever.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	io := systemStreams()
	ctx, stop := withSignals(context.Background(), func() {
		if io.errTTY {
			_, _ = fmt.Fprintln(io.err, "\nFinishing what is being sent. Ctrl-C again ends at once, which is safe too.")
		}
	})
	defer stop()
	a := newApp(io, os.LookupEnv)
	return a.execute(ctx, os.Args[1:])
}

// signalCause is the cause of a context that a signal has ended.
type signalCause struct{ sig syscall.Signal }

func (s signalCause) Error() string { return "stopped by " + s.sig.String() }

// exit is the exit code of a program that a signal has ended.
func (s signalCause) exit() int { return 128 + int(s.sig) }

// withSignals ends the context at the first SIGINT or SIGTERM: nothing new is started, what runs is
// finished or released. tell is called where that takes more than half a second. A second signal ends
// the process at once, which is safe at any moment.
func withSignals(parent context.Context, tell func()) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		var slow <-chan time.Time
		for n := 0; ; n++ {
			select {
			case <-slow:
				tell()
			case <-done:
				return
			case got := <-signals:
				sig, ok := got.(syscall.Signal)
				if !ok {
					sig = syscall.SIGTERM
				}
				if n > 0 {
					os.Exit(signalCause{sig}.exit())
				}
				cancel(signalCause{sig})
				slow = time.After(500 * time.Millisecond)
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// exitError ends a command with an exit code and no words: they have been said, or there are none.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit %d", e.code) }

// exitOf is the exit code for what a command answered.
func exitOf(ctx context.Context, err error) int {
	if err == nil {
		return hayon.ExitOK
	}
	if e, ok := errors.AsType[exitError](err); ok {
		return e.code
	}
	if s, ok := errors.AsType[signalCause](context.Cause(ctx)); ok {
		return s.exit()
	}
	return asUserError(ctx, err).Code.Exit()
}
