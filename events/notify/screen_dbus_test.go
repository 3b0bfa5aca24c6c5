//go:build linux

package notify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/notify"
	"github.com/hayon/hayon/store/bolt"
)

const install = "apt-get install -y --no-install-recommends dbus"

// needDBus skips where there is no dbus-daemon; CI installs it, and fails where it cannot.
func needDBus(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err == nil {
		return
	}
	if os.Getenv("CI") != "true" {
		t.Skip("there is no session bus to test with: " + install)
	}
	words := strings.Fields(install)
	if os.Geteuid() != 0 {
		words = append([]string{"sudo", "-n"}, words...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", install, err, out)
	}
}

// busConfig is a bus that knows nobody and starts nothing by itself.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// startBus starts a session bus of its own and answers the path of its socket.
func startBus(t *testing.T) string {
	t.Helper()
	needDBus(t)
	dir, err := os.MkdirTemp("", "bus") //nolint:usetesting // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket, config := filepath.Join(dir, "bus"), filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, socket), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	// The address comes when the bus listens.
	if n, err := stdout.Read(make([]byte, 512)); err != nil || n == 0 {
		t.Fatalf("dbus-daemon: %v\n%s", err, stderr.String())
	}
	return socket
}

// shown is what a notification service was asked to show.
type shown struct {
	App, Title, Body string
	Urgency          any
	Timeout          int32
}

// desk is a notification service.
type desk struct {
	abilities []string

	mu   sync.Mutex // guards seen
	seen []shown
}

func (d *desk) GetCapabilities() ([]string, *dbus.Error) { return d.abilities, nil }

func (d *desk) Notify(app string, _ uint32, _, title, body string, _ []string, hints map[string]dbus.Variant, timeout int32) (uint32, *dbus.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, shown{app, title, body, hints["urgency"].Value(), timeout})
	return uint32(len(d.seen)), nil
}

func (d *desk) all() []shown {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]shown(nil), d.seen...)
}

// serve puts the desk on the bus until the end of the test.
func (d *desk) serve(t *testing.T, socket string) {
	t.Helper()
	conn, err := dbus.Connect("unix:path=" + socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.Export(d, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	reply, err := conn.RequestName("org.freedesktop.Notifications", dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("RequestName: %v, %v", reply, err)
	}
}

func TestNotificationService(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		abilities []string
		body      string
	}{
		{"plain", []string{"body"}, "Hello, <world>\nthe text is too long\nedit it"},
		{"with markup", []string{"body", "body-markup"}, "Hello, &lt;world&gt;\nthe text is too long\nedit it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			socket := startBus(t)
			d := &desk{abilities: tt.abilities}
			d.serve(t, socket)
			desktop := notify.New(notify.Config{Bus: "unix:path=" + socket})
			for range 2 {
				if err := desktop.Deliver(t.Context(), about(hayon.EventFailed, nil)); err != nil {
					t.Fatal(err)
				}
			}
			one := shown{App: "Hayon", Title: "Not published on bluesky/work", Body: tt.body, Urgency: byte(1), Timeout: -1}
			if diff := cmp.Diff([]shown{one, one}, d.all()); diff != "" {
				t.Errorf("shown (-want +got):\n%s", diff)
			}
		})
	}
}

// A bus on which nobody shows notices is left alone for a minute, and then asked again.
func TestNobodyShowsNotices(t *testing.T) {
	t.Parallel()
	socket := startBus(t)
	link := socket + "-now"
	if err := os.Symlink(socket, link); err != nil {
		t.Fatal(err)
	}
	served := startBus(t)
	d := &desk{}
	d.serve(t, served)
	synctest.Test(t, func(t *testing.T) {
		desktop := notify.New(notify.Config{Bus: "unix:path=" + link})
		wantAway(t, desktop, "there is no notification service on the session bus")
		if err := errors.Join(os.Remove(link), os.Symlink(served, link)); err != nil {
			t.Fatal(err)
		}
		<-time.After(59 * time.Second)
		wantAway(t, desktop, "there is no notification service on the session bus")
		<-time.After(2 * time.Second)
		if err := desktop.Deliver(t.Context(), about(hayon.EventFailed, nil)); err != nil {
			t.Error(err)
		}
	})
	if n := len(d.all()); n != 1 {
		t.Errorf("%d notices were shown", n)
	}
}

// wantAway delivers a notice, which cannot be shown.
func wantAway(t *testing.T, d *notify.Desktop, why string) {
	t.Helper()
	err := d.Deliver(t.Context(), about(hayon.EventFailed, nil))
	if hayon.CodeOf(err) != hayon.CodeUnavailable || !strings.Contains(err.Error(), why) {
		t.Errorf("got %v, want %q", err, why)
	}
}

// A bus that answers nothing costs the time limit once.
func TestHangingBus(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skipf("the path of the socket is too long: %v", err)
	}
	defer func() { _ = listener.Close() }()
	desktop := notify.New(notify.Config{Bus: "unix:path=" + socket})
	wantAway(t, desktop, "it did not answer within 2s")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	// Nobody is asked now, or the end of the context would show.
	if err := desktop.Deliver(ended, about(hayon.EventFailed, nil)); err == nil || !strings.Contains(err.Error(), "within 2s") {
		t.Errorf("got %v", err)
	}
}

// Where there is no desktop every event is passed over, without a repeat and with one line in the log;
// when the desktop comes, it shows what happens then.
func TestNoDesktop(t *testing.T) {
	t.Parallel()
	real := startBus(t)
	d := &desk{}
	d.serve(t, real)
	link := real + "-later"
	var logs bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		db, err := bolt.Open(t.Context(), filepath.Join(t.TempDir(), "hayon.db"), bolt.Config{Hold: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		desktop := notify.New(notify.Config{Bus: "unix:path=" + link})
		dispatcher, err := events.New(events.Deps{
			Store: db, Owner: hayon.Owner{Host: "test", PID: 1}, Alive: func(hayon.Owner) bool { return true },
			Sinks: func(context.Context) ([]events.Sink, error) { return []events.Sink{desktop}, nil },
		}, events.Config{Logger: slog.New(slog.NewTextHandler(&logs, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- dispatcher.Run(ctx) }()
		happen := func(times int) {
			for range times {
				<-time.After(10 * time.Second)
				err := db.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
					return tx.AppendJournal(ctx, &hayon.JournalRow{At: time.Now().UTC(), Kind: hayon.RowState, To: hayon.StateFailed, Platform: "bluesky"})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(time.Second)
		}
		happen(20)
		if n := strings.Count(logs.String(), "\n"); n != 1 || !strings.Contains(logs.String(), "there is no desktop session bus") {
			t.Errorf("the log:\n%s", logs.String())
		}
		if err := os.Symlink(real, link); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute)
		happen(1)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	want := []shown{{App: "Hayon", Title: "Not published on bluesky", Urgency: byte(1), Timeout: -1}}
	if diff := cmp.Diff(want, d.all()); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}

// No session bus at all, and none is started.
func TestNoSessionBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	wantAway(t, notify.New(notify.Config{}), "there is no desktop session bus")
}

// Programs of the system get no variable of Hayon's but those of the notice, and say why they fail.
func TestRun(t *testing.T) {
	t.Setenv("HAYON_VAULT_PASSPHRASE", "hidden")
	err := notify.Run(t.Context(), []string{"HAYON_NOTICE_TITLE=a b"}, "sh", "-c", `echo "[$HAYON_VAULT_PASSPHRASE][$HAYON_NOTICE_TITLE]" >&2; exit 3`)
	if err == nil || err.Error() != "exit status 3: [][a b]" {
		t.Errorf("got %v", err)
	}
	if err := notify.Run(t.Context(), nil, "true"); err != nil {
		t.Error(err)
	}
}
