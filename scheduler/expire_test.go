package scheduler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// logged keeps what is logged.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// ending is a platform whose sign-ins end.
type ending struct {
	*hayontest.Platform
	mu  sync.Mutex
	end map[string]time.Time // by the account's name
	err error
}

func (e *ending) Expires(_ context.Context, s hayon.Session) (time.Time, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.end[s.Account().Name], e.err
}

func (e *ending) set(name string, end time.Time, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.end[name], e.err = end, err
}

var _ hayon.Expirer = (*ending)(nil)

// warnings are the reasons of the events that tell of ending sign-ins.
func (d *daemon) warnings() []string {
	d.t.Helper()
	events, err := d.scheduler.FindEvents(d.ctx, hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventExpiring}})
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		out = append(out, e.Reason)
	}
	return out
}

// newEndingDaemon makes a daemon with two accounts of a platform whose sign-ins end.
func newEndingDaemon(t *testing.T) (*daemon, *ending, *logged) {
	t.Helper()
	platform := &ending{Platform: &hayontest.Platform{}, end: make(map[string]time.Time)}
	log := &logged{}
	d := newDaemonWith(t, setup{provider: platform, logger: log.logger()})
	for _, alias := range []string{"", "work"} {
		if _, err := d.scheduler.CreateAccount(d.ctx, hayon.SignIn{Platform: "platform", Alias: alias}); err != nil {
			t.Fatal(err)
		}
	}
	return d, platform, log
}

func TestWarnsOfEndingSignIns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, platform, _ := newEndingDaemon(t)
		end := time.Now().Add(7*24*time.Hour + 2*time.Hour)
		platform.set("platform/work", end, nil) // the other one never ends
		stop := d.run()
		defer stop()
		pass(time.Hour + 50*time.Minute)
		if got := d.warnings(); len(got) > 0 {
			t.Fatalf("warned more than seven days before: %q", got)
		}
		pass(75 * time.Minute)
		got := d.warnings()
		if len(got) != 1 || !strings.Contains(got[0], "hayon login platform --alias work") || !strings.Contains(got[0], end.UTC().Format(time.RFC3339)) {
			t.Fatalf("warnings: %q", got)
		}
		d.clock.suspend(22 * time.Hour)
		pass(30 * time.Minute)
		if got := d.warnings(); len(got) != 1 {
			t.Errorf("warned twice a day: %q", got)
		}
		pass(3 * time.Hour)
		if got := d.warnings(); len(got) != 2 {
			t.Errorf("not warned the next day: %q", got)
		}
		platform.set("platform/work", end.Add(60*24*time.Hour), nil) // signed in again
		d.clock.suspend(48 * time.Hour)
		pass(2 * time.Hour)
		if got := d.warnings(); len(got) != 2 {
			t.Errorf("warned though nothing ends: %q", got)
		}
	})
}

// A tick by cron warns as well, and many of them no more often.
func TestSweepWarnsOnceADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, platform, _ := newEndingDaemon(t)
		platform.set("platform", time.Now().Add(-time.Hour), nil)
		for range 5 {
			d.sweep()
			pass(5 * time.Minute)
		}
		if got := d.warnings(); len(got) != 1 || !strings.Contains(got[0], "ended") {
			t.Errorf("warnings: %q", got)
		}
		var body hayon.AccountChange
		err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
			rows, err := tx.FindJournal(ctx, hayon.JournalFilter{})
			if err != nil {
				return err
			}
			return json.Unmarshal(rows[len(rows)-1].Body, &body)
		})
		if err != nil || body.Name != "platform" || body.Status != hayon.AccountConnected || body.Expires.IsZero() {
			t.Errorf("the row says %+v, %v", body, err)
		}
	})
}

// A vault that does not answer is told of once, and the sweep goes on.
func TestVaultThatFailsStopsNoSweep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, platform, log := newEndingDaemon(t)
		platform.set("platform", time.Time{}, hayon.Errorf(hayon.CodeLocal, "the keyring is locked"))
		stop := d.run()
		defer stop()
		pass(3 * time.Hour)
		d.post("hello", 0)
		pass(time.Second)
		synctest.Wait()
		d.wantPublic()
		if public := platform.Public(); len(public) != 1 {
			t.Errorf("public: %+v", public)
		}
		if n := strings.Count(log.String(), "the keyring is locked"); n != 2 {
			t.Errorf("told %d times, want once for each of two accounts:\n%s", n, log.String())
		}
		platform.set("platform", time.Now().Add(time.Hour), nil)
		pass(90 * time.Minute)
		if got := d.warnings(); len(got) != 1 {
			t.Errorf("warnings: %q", got)
		}
	})
}
