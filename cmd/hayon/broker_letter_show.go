package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// letterShown is a letter with the post that it is about and what happened to that.
type letterShown struct {
	letterView

	History []hayon.Event `json:"history"`

	post   *api.Post
	target *api.Target
}

func letterShownFields() []string {
	fields := append(letterFields(), "history")
	for _, f := range eventFields() {
		fields = append(fields, "history."+f)
	}
	return fields
}

// showLetter prints all that is known of a letter.
func (a *app) showLetter(ctx context.Context, kind hayon.LetterKind, ref string) error {
	if err := a.checkFields(letterShownFields()); err != nil {
		return err
	}
	a.setPager()
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		l, err := b.LookupLetter(ctx, kind, ref)
		if err != nil {
			return err
		}
		shown, err := shownLetter(ctx, b, l)
		if err != nil {
			return err
		}
		switch {
		case a.flags.json.on:
			return a.printJSON(shown, letterShownFields())
		case a.flags.quiet:
			a.print("%s", l.Ref())
			return a.written()
		}
		return a.printLetter(ctx, b, shown)
	})
}

// shownLetter finds the post of a letter, where it is about one that is still there, and what happened
// to the letter and its target.
func shownLetter(ctx context.Context, svc hayon.Service, l *hayon.Letter) (*letterShown, error) {
	out := &letterShown{letterView: letterView{l.Ref(), l}, History: []hayon.Event{}}
	f := hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventLetter}}
	if !l.Post.IsZero() {
		post, err := svc.FindPostByID(ctx, l.Post)
		switch {
		case err == nil:
			if err := out.about(ctx, svc, post); err != nil {
				return nil, err
			}
			f = hayon.EventFilter{Post: l.Post}
		case hayon.CodeOf(err) != hayon.CodeNotFound:
			return nil, err
		}
	}
	for {
		page, err := svc.FindEvents(ctx, f)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for i := range page {
			if out.concerns(&page[i]) {
				out.History = append(out.History, page[i])
			}
		}
		f.After = page[len(page)-1].Seq
	}
}

// about notes the post that the letter is about.
func (s *letterShown) about(ctx context.Context, svc hayon.Service, post *hayon.Post) error {
	view, err := apiPost(ctx, svc, post)
	if err != nil {
		return err
	}
	s.post = &view
	if i := slices.IndexFunc(view.Targets, func(t api.Target) bool { return t.ID == s.Target }); i >= 0 {
		s.target = &view.Targets[i]
	}
	return nil
}

// concerns reports whether an event is about the letter, its target, or the whole post.
func (s *letterShown) concerns(e *hayon.Event) bool {
	if e.Letter != nil {
		return e.Letter.Letter == s.ID
	}
	return s.post != nil && (e.Target == s.Target || e.Target.IsZero())
}

// printLetter prints why a letter is here, what its message says, how its post stands, and what to type.
func (a *app) printLetter(ctx context.Context, svc hayon.AccountService, s *letterShown) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	on := a.colour(a.io.outTTY)
	l := s.Letter
	line := func(key, value string) {
		if value != "" {
			a.printFolded("%s  %s", paint(on, colourDim, pad(key, 8)), inert(value))
		}
	}
	line("id", l.Ref())
	a.print("%s  %s", paint(on, colourDim, pad("cause", 8)), paint(on, causeColour(l), string(l.Cause)))
	line("reason", firstLine(l.Reason))
	line("since", when.Format(l.At.In(loc).Truncate(time.Second)))
	if l.Ended != nil {
		line("ended", string(l.Ended.How)+" "+when.Format(l.Ended.At.In(loc).Truncate(time.Second))+because(firstLine(l.Ended.Reason)))
	}
	if l.Message != nil {
		a.print("")
		a.printMessage(l.Message, loc, line)
	}
	if s.post != nil {
		a.print("")
		line("post", s.post.ID.String())
		thread := threadOf(s.post)
		a.printText(strings.Join(thread, "\n---\n"), "  ")
		if s.target != nil {
			a.print("")
			a.printTarget(s.post, s.target, thread, loc, on)
		}
	} else if !l.Target.IsZero() {
		line("about", l.Target.String()+", which is not here any more")
	}
	if len(s.History) > 0 {
		a.print("")
		view, err := a.newEventView()
		if err != nil {
			return err
		}
		for i := range s.History {
			if err := view.print(ctx, svc, &s.History[i]); err != nil {
				return err
			}
		}
	}
	a.printNext(s)
	return a.written()
}

// printMessage prints a message as it was found.
func (a *app) printMessage(m *hayon.LetterMessage, loc *time.Location, line func(key, value string)) {
	line("message", m.ID)
	line("type", m.Type)
	if !m.At.IsZero() {
		line("sent", when.Format(m.At.In(loc).Truncate(time.Second)))
	}
	line("exchange", m.Exchange)
	line("key", m.RoutingKey)
	for _, d := range m.Deaths {
		line("x-death", deathWords(d, loc))
	}
	size := count(m.Bytes, "byte")
	if m.Bytes > len(m.Body) {
		size += ", the first " + strconv.Itoa(len(m.Body)) + " of them"
	}
	text, isText := bodyText(m.Body)
	if !isText {
		size += ", in hexadecimal"
	}
	line("body", size)
	if text != "" {
		a.printText(text, "  | ")
	}
}

// deathWords say where a message was dead-lettered, how often and why.
func deathWords(d hayon.Death, loc *time.Location) string {
	out := fmt.Sprintf("%s: %s, %s", d.Queue, d.Reason, count(int(d.Count), "time"))
	if !d.At.IsZero() {
		out += ", the first one " + when.Format(d.At.In(loc).Truncate(time.Second))
	}
	if d.Exchange != "" {
		out += "; sent to " + d.Exchange
	}
	if len(d.Keys) > 0 {
		out += " with " + strings.Join(d.Keys, ", ")
	}
	return out
}

// bodyText is a body as a person reads it: as it is where it is text, else in hexadecimal. What was cut
// within a character at its end is text all the same.
func bodyText(body []byte) (text string, isText bool) {
	text = string(body)
	for n := 1; n < utf8.UTFMax && n <= len(body); n++ {
		if tail := body[len(body)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				text = string(body[:len(body)-n])
			}
			break
		}
	}
	if utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }) {
		return text, true
	}
	return fmt.Sprintf("% x", body), false
}

// printNext says what to type about an open letter.
func (a *app) printNext(s *letterShown) {
	l := s.Letter
	if l.Ended != nil {
		return
	}
	a.print("")
	command := "hayon broker " + string(l.Kind) + " "
	if l.Hint != "" && s.target == nil && !strings.HasPrefix(l.Hint, command) { // else it is said with the target, or below
		a.printHanging(4, "  → "+inert(l.Hint))
	}
	if s.target != nil && mayGoAgain(s.target.State) {
		a.printHanging(4, "  → send it again: "+command+"replay "+l.Ref())
	}
	a.printHanging(4, "  → give it up: "+command+"discard "+l.Ref()+" --reason TEXT")
}

// mayGoAgain reports whether a target in this state can be sent again by a replay.
func mayGoAgain(s hayon.State) bool {
	return s == hayon.StateFailed || s == hayon.StateParked || s == hayon.StateQueued || s == hayon.StateRetryWait
}
