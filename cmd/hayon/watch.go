package main

import (
	"context"
	"errors"
	"time"

	"github.com/hayon/hayon"
)

// The bounds of a command that goes on while daemons come and go.
const (
	// reconnectEvery is how long to wait before the services are looked for again.
	reconnectEvery = 250 * time.Millisecond
	// reconnectFor is how long they are looked for in all.
	reconnectFor = 30 * time.Second
	// lookForDaemon is how often it is looked whether a daemon has started or ended.
	lookForDaemon = 500 * time.Millisecond
)

// keepUp runs a session over one way to the services after the other until ctx ends: a daemon may start
// or end meanwhile. The context of a session ends with its way. heard says that the services were there.
func (a *app) keepUp(ctx context.Context, session func(ctx context.Context, b *backend) (heard bool, err error)) error {
	ctx = a.actor(ctx)
	var met bool
	var lost time.Time
	for {
		heard, err := a.oneWay(ctx, session)
		switch {
		case isOver(ctx):
			return a.overtaken(ctx)
		case heard:
			met, lost = true, time.Now()
		}
		if !met || !mayPass(err) || time.Since(lost) > reconnectFor {
			return err
		}
		timer := time.NewTimer(reconnectEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}

// oneWay runs a session over the way that there is now, until there is another one.
func (a *app) oneWay(ctx context.Context, session func(ctx context.Context, b *backend) (bool, error)) (heard bool, err error) {
	b, err := a.connect(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	way, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		a.watchWay(way, b.remote != nil, func() { stop(errOtherWay) })
	}()
	defer func() { stop(nil); <-watched }()
	heard, err = session(way, b)
	if cause := context.Cause(way); errors.Is(cause, errOtherWay) {
		return true, cause
	}
	return heard, err
}

// overtaken is how a command ends that goes on until it is told to stop: quietly by a signal.
func (a *app) overtaken(ctx context.Context) error {
	if s, ok := errors.AsType[signalCause](context.Cause(ctx)); ok {
		return exitError{s.exit()}
	}
	return context.Cause(ctx)
}

// errOtherWay ends a session because the services are reached in another way now.
var errOtherWay = hayon.Errorf(hayon.CodeUnreachable, "a daemon has started or ended")

// mayPass reports whether a session that ended with err is worth another one.
func mayPass(err error) bool {
	code := hayon.CodeOf(err)
	return err == nil || held(err) || code == hayon.CodeUnreachable || code == hayon.CodeUnavailable
}

// watchWay calls change when a daemon has gone that answered, or has come where none did, and returns
// when it has or ctx ends. Where the way was demanded there is no other.
func (a *app) watchWay(ctx context.Context, remote bool, change func()) {
	if a.flags.server != "" {
		return
	}
	tick := time.NewTicker(lookForDaemon)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		there := fileExists(a.socket())
		if !remote && there {
			there = a.daemonAnswers(ctx) // what a killed daemon has left is there for ever
		}
		if there != remote && ctx.Err() == nil {
			change()
			return
		}
	}
}
