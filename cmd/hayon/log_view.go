package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// eventFields are the names that --json takes for events.
func eventFields() []string {
	return []string{
		"seq", "at", "kind", "post", "target", "account", "from", "to", "step", "attempt", "platform", "part", "late",
		"asks", "request_id", "reason", "url", "error", "error.code", "error.message", "error.hint", "error.retry_at",
		"change", "letter", "letter.letter", "letter.kind", "letter.cause", "letter.effect",
	}
}

// eventView prints events one by one.
type eventView struct {
	app   *app
	loc   *time.Location
	names map[hayon.AccountID]string
	width int // of the longest name
	// headed: the head of csv is out.
	headed bool
}

func (a *app) newEventView() (*eventView, error) {
	loc, err := a.location()
	return &eventView{app: a, loc: loc}, err
}

// print prints one event. An error of the output is answered at once: who reads no more needs no more.
func (v *eventView) print(ctx context.Context, svc hayon.AccountService, e *hayon.Event) error {
	a := v.app
	switch {
	case a.flags.json.on || a.flags.output == outputNDJSON:
		return a.printJSONLine(e, eventFields())
	case a.flags.quiet:
		if !e.Post.IsZero() {
			a.print("%s", e.Post)
		}
		return a.written()
	}
	account, err := v.account(ctx, svc, e)
	if err != nil {
		return err
	}
	if a.forPerson() {
		v.line(e, account)
		return a.written()
	}
	post := ""
	if !e.Post.IsZero() {
		post = e.Post.String()
	}
	row := []string{e.At.In(v.loc).Format(time.RFC3339), post, account, happened(e), inert(eventFact(e, v.loc))}
	if a.flags.output != outputCSV {
		a.print("%s", strings.Join(row, "\t"))
		return a.written()
	}
	if !v.headed {
		a.csvRow([]string{"at", "post", "account", "event", "detail"})
		v.headed = true
	}
	a.csvRow(row)
	return a.written()
}

// whatWidth is the width of the longest word for what happened.
const whatWidth = len("needs reconnect")

// line prints an event for a terminal, not wider than that: where it is narrow the account and the day
// are left out.
func (v *eventView) line(e *hayon.Event, account string) {
	a := v.app
	on, width := a.colour(true), a.columns()
	at, post := e.At.In(v.loc), pad(e.Post.Short(0), len("p_0000"))
	what, fact, head := happened(e), inert(eventFact(e, v.loc)), ""
	for _, head = range []string{
		at.Format("2006-01-02 15:04:05") + "  " + post + "  " + pad(account, v.width) + "  ",
		at.Format("15:04:05") + "  " + post + "  ",
		at.Format("15:04") + " ",
	} {
		if width == 0 || width-cells(head)-whatWidth-2 >= minFlexible {
			what = pad(what, whatWidth)
			break
		}
	}
	if width > 0 {
		what = clip(what, max(width-cells(head), 1))
		if room := width - cells(head) - cells(what) - 2; room > 0 {
			fact = clip(fact, room)
		} else {
			fact = ""
		}
	}
	a.print("%s", strings.TrimRight(head+paint(on, eventColour(e), what)+"  "+fact, " "))
}

// account is the name of the event's account, which may have been connected meanwhile; the platform's
// where it was removed.
func (v *eventView) account(ctx context.Context, svc hayon.AccountService, e *hayon.Event) (string, error) {
	if _, known := v.names[e.Account]; v.names == nil || !known && !e.Account.IsZero() {
		accounts, err := svc.FindAccounts(ctx, hayon.AccountFilter{})
		if err != nil {
			return "", err
		}
		v.names = map[hayon.AccountID]string{e.Account: e.Platform}
		for _, acc := range accounts {
			v.names[acc.ID] = acc.Name
			v.width = max(v.width, cells(acc.Name))
		}
	}
	if e.Account.IsZero() {
		return e.Platform, nil
	}
	return v.names[e.Account], nil
}

// happened is what happened in a word or two.
func happened(e *hayon.Event) string {
	switch e.Kind {
	case hayon.EventState:
		if e.To != "" {
			return string(e.To)
		}
		return "changed"
	case hayon.EventStep:
		return string(e.Step)
	case hayon.EventAccount:
		return "account"
	case hayon.EventServiceChanged:
		return "publishing"
	case hayon.EventRevised:
		if e.Change != "" {
			return string(e.Change)
		}
	case hayon.EventReconnect, hayon.EventCreated, hayon.EventPublished, hayon.EventFailed, hayon.EventMissed, hayon.EventUncertain,
		hayon.EventParked, hayon.EventExpiring, hayon.EventLetter:
	}
	_, what, _ := strings.Cut(string(e.Kind), ".")
	return strings.ReplaceAll(what, "_", " ")
}

// eventFact is where the post is, or why it is not out.
func eventFact(e *hayon.Event, loc *time.Location) string {
	var facts []string
	add := func(s string) {
		if s = firstLine(s); s != "" {
			facts = append(facts, s)
		}
	}
	if e.Part > 0 {
		add(fmt.Sprintf("part %d", e.Part+1))
	}
	if e.Letter != nil {
		add(string(e.Letter.Effect) + ": " + string(e.Letter.Cause) + " " + e.Letter.Letter.String())
	}
	add(e.URL)
	add(lateWords(e.Late))
	if e.Error != nil {
		add(e.Error.Message)
		if !e.Error.RetryAt.IsZero() {
			add("again at " + clock(e.Error.RetryAt, loc))
		}
	}
	if e.Error == nil || e.Error.Message != e.Reason {
		add(e.Reason)
	}
	if e.Asks {
		add("asks whether it is to go out all the same")
	}
	return strings.Join(facts, "; ")
}

func eventColour(e *hayon.Event) string {
	switch e.Kind {
	case hayon.EventPublished, hayon.EventFailed, hayon.EventMissed, hayon.EventUncertain, hayon.EventParked:
		return stateColour(e.To)
	case hayon.EventReconnect, hayon.EventExpiring, hayon.EventLetter:
		return colourWarn
	case hayon.EventCreated, hayon.EventRevised, hayon.EventAccount, hayon.EventServiceChanged:
		return ""
	case hayon.EventState, hayon.EventStep:
	}
	return colourDim
}
