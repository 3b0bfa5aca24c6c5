package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
)

// oldLetter is how old the oldest letter may become before the doctor speaks of it.
const oldLetter = 24 * time.Hour

// checkBroker looks whether the RabbitMQ of the configuration answers, takes the password, and has the
// topology. The broker in the daemon itself needs no look.
func (a *app) checkBroker(ctx context.Context, o doctorOptions) []finding {
	address, cfg, err := a.brokerConfig("")
	switch {
	case err != nil:
		return []finding{failed("broker", hayon.AsError(err))}
	case strings.HasPrefix(address, "local:"):
		return nil
	case o.offline:
		return []finding{skipped("broker", "--offline asks nobody")}
	}
	topology := hayon.NewTopology(platformNames(a.platforms()))
	found, err := queue.Check(ctx, address, cfg, topology)
	if err != nil {
		return []finding{failed("broker", hayon.AsError(err))}
	}
	return []finding{judgeTopology(found, cfg.Prefix)}
}

// judgeTopology makes one finding of those about single objects.
func judgeTopology(found []hayon.Finding, prefix string) finding {
	n := make(map[hayon.FindingState]int)
	var worst *hayon.Finding
	for i := range found {
		n[found[i].State]++
		if found[i].State == hayon.FindingDiffers && worst == nil {
			worst = &found[i]
		}
	}
	switch {
	case worst != nil:
		return failed("broker", hayon.Errorf(hayon.CodeConflict, "%s %s has %s %s, and is to have %s", worst.Object, worst.Name, worst.Argument, worst.Have, worst.Want).
			WithHint(cmp.Or(worst.Hint, "see all of it: hayon broker topology check")))
	case n[hayon.FindingMissing] > 0:
		return warning("broker", fmt.Sprintf("it answers, and lacks %s", count(n[hayon.FindingMissing], "exchange or queue", "exchanges and queues")),
			"the daemon makes them at its start, or now: hayon broker topology declare")
	}
	text := "it answers, and has its exchanges and queues"
	if prefix != "" {
		text += " with the prefix " + prefix
	}
	return good("broker", text)
}

// checkRunningBroker tells how the broker of the daemon is.
func (a *app) checkRunningBroker(st *hayon.Status) []finding {
	loc, err := a.location()
	if err != nil {
		loc = time.UTC
	}
	switch lines := brokerTrouble(st, loc); {
	case len(lines) > 0:
		return []finding{holding("daemon's broker", strings.TrimPrefix(lines[0], "broker: "), lines[1])}
	case st.Broker != nil && st.Broker.Kind != hayon.BrokerLocal:
		return []finding{good("daemon's broker", "the daemon is connected: "+brokerWords(st.Broker))}
	}
	return nil
}

// checkLetters speaks of what waits in the dead letters and the parking lot.
func checkLetters(st *hayon.BrokerStatus, now time.Time) []finding {
	var out []finding
	for _, l := range []struct {
		name, command string
		is            hayon.LetterStatus
	}{{"dead letters", "hayon broker dead list", st.Dead}, {"parking lot", "hayon broker parked list", st.Parked}} {
		switch age := now.Sub(l.is.Oldest); {
		case l.is.Full:
			out = append(out, warning(l.name, fmt.Sprintf("the queue is full; %s are here, and the newest not in it", count(l.is.Open, "letter")), l.command))
		case l.is.Open > 0 && age > oldLetter:
			out = append(out, warning(l.name, fmt.Sprintf("%s, the oldest %s old", count(l.is.Open, "letter"), count(int(age/oldLetter), "day")), l.command))
		}
	}
	return out
}
