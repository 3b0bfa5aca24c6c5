package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// statusFields are the names that --json takes for the status.
func statusFields() []string {
	return []string{
		"running", "version", "owner", "started_at", "holding", "scheduled", "queued", "publishing", "retry_wait", "uncertain",
		"overdue", "outbox", "outbox_age", "next", "parked", "missed", "failed", "held", "asking", "paused", "clock_held",
		"need_user", "blocked", "broker",
	}
}

// statusView is the status with whether a daemon gave it. Without one nobody owns the database.
type statusView struct {
	Running bool `json:"running"`
	*hayon.Status
	Owner     *hayon.Owner `json:"owner,omitempty"`
	StartedAt time.Time    `json:"started_at,omitzero"`
}

func viewOfStatus(st *hayon.Status, running bool) statusView {
	v := statusView{Running: running, Status: st}
	if running {
		v.Owner, v.StartedAt = &st.Owner, st.StartedAt
	}
	return v
}

// daemonOrDatabase is the daemon, or the opened database where none runs, for who tells how things stand.
func (a *app) daemonOrDatabase(ctx context.Context) (b *backend, running bool, err error) {
	b, unreachable := a.dial(ctx)
	if unreachable == nil {
		return b, true, nil
	}
	if a.flags.server == "unix" || errors.Is(unreachable, errHangs) {
		return nil, false, unreachable
	}
	b, err = a.open(a.actor(ctx), coreConfig{daemon: true})
	if hayon.CodeOf(err) == hayon.CodeUnreachable || held(err) {
		err = errors.Join(unreachable, err)
	}
	return b, false, err
}

// daemonStatus says whether posts will go out, and why not. Without a daemon it reads the database, and
// the exit code says so.
func (a *app) daemonStatus(ctx context.Context) error {
	b, running, err := a.daemonOrDatabase(ctx)
	if err != nil {
		return err
	}
	st, err := b.Status(a.actor(ctx))
	if err = errors.Join(err, b.close()); err != nil {
		return err
	}
	if a.flags.json.on {
		err = a.printJSON(viewOfStatus(st, running), statusFields())
	} else {
		err = a.printStatus(st, running)
	}
	if err == nil && !running {
		return exitError{hayon.CodeUnreachable.Exit()}
	}
	return err
}

// headline is the one sentence: will posts go out? Where posts wait for the user's word a second one
// says so.
func headline(st *hayon.Status, running bool) string {
	out := outlook(st, running)
	switch n := st.Asking + st.Held + st.Parked; n {
	case 0:
		return out
	case 1:
		return out + " 1 post waits for your word."
	default:
		return out + fmt.Sprintf(" %d posts wait for your word.", n)
	}
}

func outlook(st *hayon.Status, running bool) string {
	waiting := st.Scheduled + st.Queued + st.RetryWait + st.Publishing + st.Uncertain - st.Held
	switch {
	case !running && st.Overdue > 0:
		return fmt.Sprintf("Nobody sends posts: no daemon runs, and %d should be out already.", st.Overdue)
	case !running:
		return "Nobody sends posts: no daemon runs."
	case st.Paused != nil:
		return "Posts do not go out: publishing is paused."
	case !st.ClockHeld.IsZero():
		return "Posts wait for half a minute: the clock of this machine has jumped."
	case brokerDown(st):
		return "Posts are accepted and wait: the broker is out of reach."
	case brokerBlocked(st):
		return "Posts are accepted and wait: the broker takes no messages."
	case brokerStuck(st):
		return "Posts are accepted and wait: messages do not flow."
	case len(st.Blocked) == 1:
		return "Posts go out, but not to " + st.Blocked[0].Account + "."
	case len(st.Blocked) > 1:
		return fmt.Sprintf("Posts go out, but not to %d of the accounts.", len(st.Blocked))
	case st.Overdue > 0:
		return fmt.Sprintf("Posts go out, %d of them late.", st.Overdue)
	case waiting == 0:
		return "Posts go out; none is waiting."
	}
	return "Posts will go out."
}

// needsALook reports whether a person who reads the status has something to do, or to know.
func needsALook(st *hayon.Status, running bool) bool {
	return !running || st.Paused != nil || !st.ClockHeld.IsZero() || brokerDown(st) || brokerBlocked(st) || brokerStuck(st) || st.Overdue > 0 || len(st.Blocked) > 0 ||
		st.Asking+st.Held+st.Parked > 0
}

func (a *app) printStatus(st *hayon.Status, running bool) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	on := a.colour(a.io.outTTY)
	colour := colourGood
	if needsALook(st, running) {
		colour = colourWarn
	}
	a.printHanging(0, paint(on, colour, headline(st, running)))
	if !running {
		a.printHanging(4, "  → start one: hayon daemon start   for good: hayon daemon install   from cron: hayon tick")
	}
	if st.Paused != nil {
		a.printHanging(4, "  → paused"+because(st.Paused.Reason)+"; go on: hayon daemon resume")
	}
	for _, line := range brokerTrouble(st, loc) {
		a.printHanging(4, "  → "+line)
	}
	for _, blocked := range st.Blocked {
		a.printHanging(4, "  → "+blocked.Account+": "+blocked.Reason+a.until(blocked, loc))
	}
	for _, r := range a.statusRows(st, running, loc) {
		a.printFolded("%s  %s", paint(on, colourDim, pad(r[0], 9)), r[1])
	}
	a.printAttention(st, loc)
	return nil
}

func brokerDown(st *hayon.Status) bool { return st.Broker != nil && !st.Broker.Connected }

func brokerBlocked(st *hayon.Status) bool {
	return st.Broker != nil && !st.Broker.BlockedSince.IsZero()
}

// brokerStuck reports whether there is a connection, and no use in it.
func brokerStuck(st *hayon.Status) bool {
	return st.Broker != nil && st.Broker.Connected && st.Broker.Error != ""
}

// brokerTrouble says what is wrong with the broker, since when, and what to do.
func brokerTrouble(st *hayon.Status, loc *time.Location) []string {
	switch {
	case brokerDown(st):
		line := "broker: " + cmp.Or(st.Broker.Error, "there is no connection yet")
		if !st.Broker.Since.IsZero() {
			line += "; since " + when.Format(st.Broker.Since.In(loc).Truncate(time.Second))
		}
		return append([]string{line}, cmp.Or(st.Broker.Hint, "it is tried again by itself; see: hayon broker status"))
	case brokerBlocked(st):
		return []string{
			"broker: it has raised an alarm" + because(st.Broker.BlockedReason) + "; since " + when.Format(st.Broker.BlockedSince.In(loc).Truncate(time.Second)),
			"give it memory or disk space; posts go on by themselves. See: hayon broker status",
		}
	case brokerStuck(st):
		return []string{"broker: " + st.Broker.Error, cmp.Or(st.Broker.Hint, "see: hayon broker status")}
	}
	return nil
}

// brokerWords name the broker in a few words.
func brokerWords(b *hayon.BrokerState) string {
	out := cmp.Or(b.Server, b.Kind)
	if b.Address != "" {
		out += " at " + b.Address
	}
	if b.Reconnects > 0 {
		out += fmt.Sprintf(", connected again %s", count(b.Reconnects, "time", "times"))
	}
	return out
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func (a *app) until(b hayon.Blocked, loc *time.Location) string {
	if !b.Until.IsZero() {
		return "; until " + when.Format(b.Until.In(loc).Truncate(time.Second))
	}
	if b.Hint != "" {
		return "; " + b.Hint
	}
	return ""
}

func (a *app) statusRows(st *hayon.Status, running bool, loc *time.Location) [][2]string {
	next := "nothing is scheduled"
	if !st.Next.IsZero() {
		next = "next: " + when.Format(st.Next.In(loc))
	}
	daemon := "not running"
	since := [][2]string(nil)
	if running {
		daemon = fmt.Sprintf("running, process %d, version %s", st.Owner.PID, st.Version)
		since = [][2]string{
			{"since", when.Format(st.StartedAt.In(loc).Truncate(time.Second))},
			{"socket", a.socket()},
		}
	}
	rows := append([][2]string{{"daemon", daemon}}, since...)
	if b := st.Broker; b != nil && b.Kind != hayon.BrokerLocal {
		rows = append(rows, [2]string{"broker", brokerWords(b)})
	}
	return append(rows, [][2]string{
		{"database", a.paths.database()},
		{"scheduled", fmt.Sprintf("%d, %s", st.Scheduled, next)},
		{"working", fmt.Sprintf("%d queued, %d publishing, %d waiting for a retry, %d being looked up", st.Queued, st.Publishing, st.RetryWait, st.Uncertain-st.Held)},
		{"overdue", fmt.Sprint(st.Overdue)},
		{"your word", fmt.Sprintf("%d asked about, %d uncertain, %d parked", st.Asking, st.Held, st.Parked)},
		{"ended", fmt.Sprintf("%d failed, %d missed", st.Failed, st.Missed)},
		{"outbox", fmt.Sprint(st.Outbox)},
	}...)
}

// printAttention lists what waits for the user, with what to type.
func (a *app) printAttention(st *hayon.Status, loc *time.Location) {
	if len(st.NeedUser) == 0 {
		return
	}
	a.print("These wait for your word:")
	for _, n := range st.NeedUser {
		state := string(n.State)
		if n.Asks {
			state += ", due " + when.Format(n.Due.In(loc).Truncate(time.Second))
		}
		a.print("  %s  %s  %s", n.Post, n.Account, state)
		if n.Reason != "" {
			a.printHanging(4, "    "+strings.TrimSpace(n.Reason))
		}
		if n.Hint != "" {
			a.printHanging(6, "    → "+n.Hint)
		}
	}
}
