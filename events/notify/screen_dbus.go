//go:build linux || freebsd || netbsd || openbsd || dragonfly

package notify

import (
	"context"
	"errors"
	"html"
	"slices"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	// limit bounds all calls of a notice together.
	limit = 2 * time.Second

	service = "org.freedesktop.Notifications"
	object  = "/org/freedesktop/Notifications"
	// byServer leaves it to the service how long a notice stays.
	byServer = int32(-1)
	// normal is the urgency of a notice.
	normal = byte(1)
)

// screen is the notification service of the session bus.
type screen struct {
	bus string
	// busy is set while a call runs, also one that nobody waits for any more.
	busy atomic.Bool
}

var (
	errHangs = errors.New("the session bus hangs")
	errNone  = errors.New("there is no notification service on the session bus")
)

// show shows a message. The library has no time limit where it connects, so that the calls run in a
// goroutine of their own. One that hangs is left behind, and keeps others from being started.
func (s *screen) show(ctx context.Context, m message) error {
	if !s.busy.CompareAndSwap(false, true) {
		return errHangs
	}
	done := make(chan error, 1)
	go func() {
		err := s.call(ctx, m)
		s.busy.Store(false)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *screen) call(ctx context.Context, m message) error {
	conn, err := s.connect(ctx) // ctx closes it, and so ends every call on it
	if err != nil {
		return errors.Join(ctx.Err(), err)
	}
	defer func() { _ = conn.Close() }()
	o := conn.Object(service, object)
	var abilities []string
	if err := o.CallWithContext(ctx, service+".GetCapabilities", 0).Store(&abilities); err != nil {
		return plain(ctx, err)
	}
	body := m.body
	if slices.Contains(abilities, "body-markup") {
		body = html.EscapeString(body)
	}
	hints := map[string]dbus.Variant{"urgency": dbus.MakeVariant(normal)}
	call := o.CallWithContext(ctx, service+".Notify", 0, "Hayon", uint32(0), "", m.title, body, []string{}, hints, byServer)
	return plain(ctx, call.Err)
}

// connect never starts a bus: it would outlive us, and nobody looks at it.
func (s *screen) connect(ctx context.Context) (conn *dbus.Conn, err error) {
	if s.bus != "" {
		conn, err = dbus.Dial(s.bus, dbus.WithContext(ctx))
	} else {
		conn, err = dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	}
	if err != nil {
		return nil, errors.New("there is no desktop session bus") // what the library says differs by machine
	}
	if err = conn.Auth(nil); err == nil {
		err = conn.Hello()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// plain says in the same words what is missing, whatever the bus calls it.
func plain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if de, ok := errors.AsType[dbus.Error](err); ok {
		switch de.Name {
		case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
			"org.freedesktop.DBus.Error.Spawn.ServiceNotFound":
			return errNone
		}
	}
	return err
}
