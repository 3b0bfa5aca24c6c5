package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// brokerStatusFields are the names that --json takes for the status of the broker.
func brokerStatusFields() []string {
	return []string{
		"running", "broker", "broker.kind", "broker.address", "broker.server", "broker.prefix", "broker.connected", "broker.since",
		"broker.reconnects", "broker.error", "broker.hint", "broker.blocked_since", "broker.blocked_reason", "broker.blocked_for",
		"broker.delay", "broker.delayed", "broker.unconfirmed", "broker.published", "broker.confirmed", "broker.returned",
		"broker.refused", "broker.unknown", "broker.delivered", "broker.redelivered", "broker.acked", "broker.nacked", "broker.stale",
		"queues", "queues.name", "queues.ready", "queues.unacked", "queues.consumers", "queues.max", "queues.error",
		"dead", "dead.open", "dead.oldest", "dead.full", "parked", "parked.open", "parked.oldest", "parked.full",
		"outbox", "outbox_age",
	}
}

// brokerStatusView is the status with whether a daemon gave it.
type brokerStatusView struct {
	Running bool `json:"running"`
	*hayon.BrokerStatus
}

// brokerStatus says whether messages flow, and why not. Without a daemon it tells what the database
// knows, and the exit code says so.
func (a *app) brokerStatus(ctx context.Context) error {
	if err := a.checkFields(brokerStatusFields()); err != nil {
		return err
	}
	b, running, err := a.daemonOrDatabase(ctx)
	if err != nil {
		return err
	}
	st, err := b.BrokerStatus(a.actor(ctx))
	if err = errors.Join(err, b.close()); err != nil {
		return err
	}
	if a.flags.json.on {
		err = a.printJSON(brokerStatusView{running, st}, brokerStatusFields())
	} else {
		err = a.printBrokerStatus(st, running)
	}
	if err == nil && !running {
		return exitError{hayon.CodeUnreachable.Exit()}
	}
	return err
}

// slowOutbox is how old the oldest hint may become before somebody is told.
const slowOutbox = 30 * time.Second

// brokerOutlook is the one sentence: do messages flow? What to do follows, and how grave it is.
func brokerOutlook(st *hayon.BrokerStatus, running bool, loc *time.Location) (sentence string, todo []string, colour string) {
	const later = "posts are accepted meanwhile, and go out once it is back"
	b := st.Broker
	switch {
	case !running:
		return "Messages do not flow: no daemon runs. This is what the database knows.",
			[]string{"start one: hayon daemon start   for good: hayon daemon install"}, colourWarn
	case b == nil:
		return "Messages do not flow: there is no broker where the posts are.", nil, colourWarn
	case !b.Connected:
		return "The broker is out of reach" + since(b.Since, loc) + ": " + clause(cmp.Or(b.Error, "there was no connection yet")) + ".",
			append(nonEmpty(b.Hint), later), colourBad
	case !b.BlockedSince.IsZero():
		return "The broker takes no messages" + since(b.BlockedSince, loc) + ": " + clause(cmp.Or(b.BlockedReason, "it has raised an alarm")) + ".",
			append(nonEmpty(cmp.Or(b.Hint, "give it memory or disk space; it goes on by itself")), later), colourBad
	case b.Error != "":
		return "Messages do not flow: " + clause(b.Error) + ".", append(nonEmpty(b.Hint), "posts are accepted meanwhile, and go out once that is mended"), colourBad
	}
	for _, q := range st.Queues {
		if q.Error != "" {
			return "Messages flow, and the broker does not tell of " + q.Name + ": " + clause(q.Error) + ".",
				[]string{"compare it: hayon broker topology check"}, colourWarn
		}
	}
	switch {
	case st.Dead.Full:
		return "Messages flow, and the dead letters are full: new ones are kept by the database alone.", nil, colourWarn
	case st.Parked.Full:
		return "Messages flow, and the parking lot is full: what is new is kept by the database alone.", nil, colourWarn
	case st.OutboxAge > slowOutbox:
		return fmt.Sprintf("Messages flow slowly: %s, the oldest for %s.", waitWords(st.Outbox), when.Humanize(st.OutboxAge.Truncate(time.Second))), nil, colourWarn
	}
	return "Messages flow.", nil, colourGood
}

func waitWords(n int) string {
	if n == 1 {
		return "1 waits in the outbox"
	}
	return strconv.Itoa(n) + " wait in the outbox"
}

// since is since when something is so, after a blank; "" where nobody knows.
func since(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return " since " + when.Format(t.In(loc).Truncate(time.Second))
}

// clause is what somebody else said, to stand within a sentence.
func clause(s string) string { return strings.TrimRight(firstLine(s), ".") }

// nonEmpty is a list of s, or of nothing.
func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func (a *app) printBrokerStatus(st *hayon.BrokerStatus, running bool) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	on := a.colour(a.io.outTTY)
	sentence, todo, colour := brokerOutlook(st, running, loc)
	if n := st.Dead.Open + st.Parked.Open; n > 0 {
		verb := "wait"
		if n == 1 {
			verb = "waits"
		}
		sentence += " " + count(n, "letter") + " " + verb + " for your word."
		if colour == colourGood {
			colour = colourWarn
		}
	}
	for _, l := range []struct {
		kind hayon.LetterKind
		open int
	}{{hayon.LetterDead, st.Dead.Open}, {hayon.LetterParked, st.Parked.Open}} {
		if l.open > 0 {
			todo = append(todo, "see them: hayon broker "+string(l.kind)+" list")
		}
	}
	a.printHanging(0, paint(on, colour, inert(sentence)))
	for _, line := range todo {
		a.printHanging(4, "  → "+inert(line))
	}
	for _, r := range brokerRows(st, loc) {
		a.printFolded("%s  %s", paint(on, colourDim, pad(r[0], 10)), inert(r[1]))
	}
	if len(st.Queues) > 0 {
		a.printQueues(st.Queues)
	}
	return a.written()
}

// brokerRows are the facts about the broker, the outbox and the letters.
func brokerRows(st *hayon.BrokerStatus, loc *time.Location) [][2]string {
	var rows [][2]string
	if b := st.Broker; b != nil {
		rows = append(rows, connectionRows(b, loc)...)
		rows = append(rows,
			[2]string{"confirms", fmt.Sprintf("%d outstanding; of %d messages %d are confirmed%s", b.Unconfirmed, b.Published, b.Confirmed,
				others([]counted{{b.Returned, "came back"}, {b.Refused, "refused"}, {b.Unknown, "unknown"}}))},
			[2]string{"deliveries", fmt.Sprintf("%d%s", b.Delivered,
				others([]counted{{b.Redelivered, "not the first"}, {b.Acked, "acknowledged"}, {b.Nacked, "given back"}, {b.Stale, "settled too late"}}))})
	}
	outbox := strconv.Itoa(st.Outbox)
	if st.Outbox > 0 && st.OutboxAge >= time.Second {
		outbox += ", the oldest for " + when.Humanize(st.OutboxAge.Truncate(time.Second))
	}
	return append(rows, [][2]string{{"outbox", outbox}, {"dead", lettersFact(st.Dead, loc)}, {"parked", lettersFact(st.Parked, loc)}}...)
}

// connectionRows say what the broker is and how it is reached. One in this process is always there.
func connectionRows(b *hayon.BrokerState, loc *time.Location) [][2]string {
	if b.Kind == hayon.BrokerLocal {
		return [][2]string{{"broker", "in the daemon itself, in memory"}}
	}
	connected := "no" + since(b.Since, loc)
	if b.Connected {
		connected = "yes" + since(b.Since, loc)
	}
	blocked := "no"
	if !b.BlockedSince.IsZero() {
		blocked = "yes" + since(b.BlockedSince, loc) + because(b.BlockedReason)
	}
	if b.BlockedFor > 0 {
		blocked += "; " + when.Humanize(b.BlockedFor.Truncate(time.Second)) + " altogether"
	}
	if b.Reconnects > 0 {
		connected += "; " + count(b.Reconnects, "reconnect")
	}
	rows := [][2]string{
		{"broker", cmp.Or(b.Server, b.Kind)},
		{"address", b.Address},
		{"connected", connected},
		{"prefix", b.Prefix},
		{"delay", delayWords(b)},
		{"blocked", blocked},
	}
	out := rows[:0]
	for _, r := range rows {
		if r[1] != "" {
			out = append(out, r)
		}
	}
	return out
}

// delayWords say who keeps a hint until its post is due.
func delayWords(b *hayon.BrokerState) string {
	switch {
	case b.Delayed:
		return string(b.Delay) + ": the broker keeps what is due within " + when.Humanize(hayon.DelayHorizon)
	case b.Delay != "":
		return string(b.Delay) + ": the database keeps all until it is due"
	}
	return ""
}

// counted is a number of things with what became of them.
type counted struct {
	n    uint64
	what string
}

// others lists what there is of the rest, each after a comma.
func others(list []counted) string {
	var out strings.Builder
	for _, c := range list {
		if c.n > 0 {
			fmt.Fprintf(&out, ", %d %s", c.n, c.what)
		}
	}
	return out.String()
}

// lettersFact is how many letters there are, and since when.
func lettersFact(l hayon.LetterStatus, loc *time.Location) string {
	out := strconv.Itoa(l.Open)
	if !l.Oldest.IsZero() {
		out += ", the oldest" + since(l.Oldest, loc)
	}
	if l.Full {
		out += "; the queue is full"
	}
	return out
}

// printQueues prints how the queues are.
func (a *app) printQueues(queues []hayon.QueueStatus) {
	rows := make([][]string, len(queues))
	for i, q := range queues {
		most := ""
		if q.Max > 0 {
			most = strconv.Itoa(q.Max)
		}
		rows[i] = []string{q.Name, strconv.Itoa(q.Ready), strconv.Itoa(q.Unacked), strconv.Itoa(q.Consumers), most}
		if q.Error != "" {
			rows[i] = []string{q.Name, "?", "?", "?", most}
		}
	}
	if a.io.outTTY {
		a.print("")
	}
	a.table([]column{
		{title: "QUEUE", flexible: true, colour: func(i int) string {
			if queues[i].Error != "" {
				return colourWarn
			}
			return ""
		}},
		{title: "READY"},
		{title: "UNACKED", drop: 2},
		{title: "CONSUMERS", drop: 3},
		{title: "MAX", drop: 1},
	}, rows)
}
