package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// defaultLetters is how many letters a list shows where nobody says.
const defaultLetters = 100

// letterFields are the names that --json takes for letters.
func letterFields() []string {
	return []string{
		"ref", "id", "kind", "cause", "reason", "hint", "at",
		"message", "message.id", "message.type", "message.at", "message.exchange", "message.routing_key", "message.body",
		"message.bytes", "message.digest", "message.deaths", "message.deaths.queue", "message.deaths.reason", "message.deaths.exchange",
		"message.deaths.keys", "message.deaths.count", "message.deaths.at",
		"target", "post", "account", "platform", "state", "attempts", "ended", "ended.at", "ended.how", "ended.reason", "cleared",
	}
}

// letterView is a letter with what it is called by.
type letterView struct {
	Ref string `json:"ref"`
	*hayon.Letter
}

func viewsOfLetters(list []*hayon.Letter) []letterView {
	views := make([]letterView, len(list)) // an empty list is [], never null
	for i, l := range list {
		views[i] = letterView{l.Ref(), l}
	}
	return views
}

// letterListOptions are the flags of list.
type letterListOptions struct {
	app   *app
	kind  hayon.LetterKind
	all   bool
	limit int
}

func (o *letterListOptions) run(ctx context.Context) error {
	a := o.app
	if err := a.checkFields(letterFields()); err != nil {
		return err
	}
	if o.limit < 0 {
		return hayon.Errorf(hayon.CodeUsage, "--limit is %d", o.limit).WithHint("give at least 1, or 0 for all")
	}
	f := hayon.LetterFilter{Kind: o.kind, All: o.all}
	if o.limit > 0 {
		f.Limit = o.limit + 1 // to know whether there are more
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		list, err := b.FindLetters(ctx, f)
		if err != nil {
			return err
		}
		more := o.limit > 0 && len(list) > o.limit
		if more {
			list = list[:o.limit]
		}
		if err := o.print(list); err != nil {
			return err
		}
		if more {
			a.say("There are more: --limit 0")
		}
		return nil
	})
}

func (o *letterListOptions) print(list []*hayon.Letter) error {
	a := o.app
	loc, err := a.location()
	if err != nil {
		return err
	}
	person := a.forPerson()
	refs := shortRefs(list)
	views := viewsOfLetters(list)
	columns := []column{
		{title: "ID"},
		{title: "SINCE", name: "at", drop: 1},
		{title: "CAUSE", colour: func(i int) string { return causeColour(list[i]) }},
		{title: "ABOUT", drop: 2},
		{title: "REASON", flexible: true},
	}
	ended := !person || slices.ContainsFunc(list, func(l *hayon.Letter) bool { return l.Ended != nil })
	if ended {
		columns = append(columns, column{title: "ENDED", drop: 3})
	}
	empty := "There are no " + lettersWords(o.kind) + "."
	if o.kind == hayon.LetterDead && !o.all {
		empty += " With those that were dealt with: hayon broker dead list --all"
	}
	return printList(a, views, listing[letterView]{
		fields:  letterFields(),
		id:      func(v *letterView) string { return v.Ref },
		columns: columns,
		row: func(v *letterView) []string {
			id, at := v.Ref, v.At.In(loc).Format(time.RFC3339)
			if person {
				id, at = refs[v.Ref], v.At.In(loc).Format("2006-01-02 15:04")
			}
			return []string{id, at, string(v.Cause), letterAbout(v.Letter), firstLine(v.Reason), endWords(v.Ended, person)}[:len(columns)]
		},
		empty: empty,
	})
}

// minRefDigits is how many digits of an id name a letter at least.
const minRefDigits = 4

// shortRefs are the refs of letters with as few digits as tell them apart, by the whole ones.
func shortRefs(list []*hayon.Letter) map[string]string {
	out := make(map[string]string, len(list))
	for digits := minRefDigits; ; digits++ {
		seen := make(map[string]bool, len(list))
		for _, l := range list {
			short := l.Target.Short(digits)
			if !l.ID.IsZero() {
				short = l.ID.Short(digits)
			}
			out[l.Ref()] = short
			seen[short] = true
		}
		if len(seen) == len(out) {
			return out
		}
	}
}

// letterAbout is the account that a letter is about, or where its message was sent to.
func letterAbout(l *hayon.Letter) string {
	about := cmp.Or(l.Account, l.Platform)
	if about == "" && l.Message != nil {
		about = cmp.Or(l.Message.RoutingKey, l.Message.Exchange)
	}
	return about
}

// endWords say how a letter ended; "" while it is open. Why has no room in a column on a terminal.
func endWords(e *hayon.LetterEnd, person bool) string {
	switch {
	case e == nil:
		return ""
	case person || e.Reason == "":
		return string(e.How)
	}
	return string(e.How) + ": " + firstLine(e.Reason)
}

func causeColour(l *hayon.Letter) string {
	switch {
	case l.Ended != nil:
		return colourDim
	case l.Cause == hayon.CauseFailed || l.Cause == hayon.CauseRetries:
		return colourBad
	}
	return colourWarn
}

// letters looks up each letter that args name, before anything is changed.
func (a *app) letters(ctx context.Context, b *backend, kind hayon.LetterKind, refs []string) ([]*hayon.Letter, error) {
	var out []*hayon.Letter
	for _, ref := range refs {
		l, err := b.LookupLetter(ctx, kind, ref)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(out, func(have *hayon.Letter) bool { return have.Ref() == l.Ref() }) {
			out = append(out, l)
		}
	}
	return out, nil
}

// printLetterRefs is the result of a command that changes letters: their refs, or all of them as JSON.
func (a *app) printLetterRefs(list []*hayon.Letter) error {
	if a.flags.json.on {
		return a.printJSON(viewsOfLetters(list), letterFields())
	}
	refs := shortRefs(list)
	for _, l := range list {
		if a.forPerson() {
			a.print("%s", refs[l.Ref()])
			continue
		}
		a.print("%s", l.Ref())
	}
	return a.written()
}

// sayLetters lists letters with what becomes of each.
func (a *app) sayLetters(list []*hayon.Letter, what func(*hayon.Letter) string) {
	refs := shortRefs(list)
	width, about := 0, 0
	for _, l := range list {
		width, about = max(width, cells(refs[l.Ref()])), max(about, cells(inert(letterAbout(l))))
	}
	for _, l := range list {
		a.say("  %s", strings.TrimRight(pad(refs[l.Ref()], width)+"  "+pad(inert(letterAbout(l)), about)+"  "+inert(what(l)), " "))
	}
}

// completedLetters is how many letters a completion reads.
const completedLetters = 50

// completeLetters completes the ref of an open letter: the short ones that a terminal shows, the newest
// first, and whole ones where the beginning of one was typed.
func (a *app) completeLetters(kind hayon.LetterKind) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 && !strings.Contains(cmd.Use, "...") {
			return nil, noFiles
		}
		var list []*hayon.Letter
		a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
			var err error
			list, err = b.FindLetters(ctx, hayon.LetterFilter{Kind: kind, Limit: completedLetters})
			return err
		})
		refs := shortRefs(list)
		short, whole := []string{"last\tthe newest one"}, []string{}
		for _, l := range list {
			if slices.Contains(args, l.Ref()) || slices.Contains(args, refs[l.Ref()]) {
				continue
			}
			about := "\t" + string(l.Cause) + "  " + clip(inert(letterAbout(l)+"  "+firstLine(l.Reason)), completedText)
			short, whole = append(short, refs[l.Ref()]+about), append(whole, l.Ref()+about)
		}
		if !slices.ContainsFunc(short, func(w string) bool { return strings.HasPrefix(w, typed) }) {
			return whole, noFiles
		}
		return short, noFiles | cobra.ShellCompDirectiveKeepOrder
	}
}
