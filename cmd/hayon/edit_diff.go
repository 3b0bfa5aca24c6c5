package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// telling is one thing that a request says, in words for people.
type telling struct {
	name, value string
	// text: the value is what readers see, and may have many lines.
	text bool
	// own: it changes nothing of what readers see.
	own bool
}

// describer says what requests hold.
type describer struct {
	roster roster
	// media are the names of media by their ids.
	media map[hayon.MediaID]string
	// zone is the one of the person who reads it.
	zone *time.Location
}

// facts are what a request says, in an order of their own. What it does not say is left out.
func (d describer) facts(c hayon.PostCreate) []telling {
	out := []telling{{name: "text", value: c.Text, text: true}}
	for i, part := range c.Parts {
		out = append(out, telling{name: "part " + strconv.Itoa(i+2), value: part, text: true})
	}
	for _, key := range slices.Sorted(maps.Keys(c.Texts)) {
		out = append(out, telling{name: "text of " + d.roster.name(key), value: c.Texts[key], text: true})
	}
	out = append(out, telling{name: "repost", value: c.Repost}, telling{name: "to", value: d.names(c.To)},
		telling{name: "not", value: d.names(c.Not)}, telling{name: "at", value: d.time(c), own: true})
	for i := range c.Media {
		out = append(out, telling{name: "medium " + strconv.Itoa(i+1), value: d.medium(&c.Media[i])})
	}
	out = append(out, telling{name: "language", value: strings.Join(c.Langs, ", ")})
	for _, key := range slices.Sorted(maps.Keys(c.Options)) {
		prefix := ""
		if key != "" {
			prefix = d.roster.name(key) + "."
		}
		for _, option := range slices.Sorted(maps.Keys(c.Options[key])) {
			out = append(out, telling{name: prefix + option, value: cmp.Or(c.Options[key][option], "nothing")})
		}
	}
	out = append(out, d.rest(c)...)
	return slices.DeleteFunc(out, func(f telling) bool { return f.value == "" })
}

// rest are the facts that few posts have.
func (d describer) rest(c hayon.PostCreate) []telling {
	out := []telling{
		{name: "thread", value: string(c.Thread)},
		{name: "number", value: c.Number},
		{name: "answers", value: c.ReplyTo},
		{name: "continues", value: yes(c.Continue, "the last post")},
		{name: "quotes", value: c.Quote},
		{name: "card", value: c.Card},
		{name: "poll", value: pollWords(c.Poll)},
		{name: "if late", value: string(c.IfLate), own: true},
		{name: "labels", value: strings.Join(c.Labels, ", "), own: true},
		{name: "note", value: c.Note, own: true},
		{name: "best effort", value: yes(c.BestEffort, "yes"), own: true},
		{name: "alt policy", value: string(c.AltPolicy), own: true},
	}
	if c.Grace != nil {
		out = append(out, telling{name: "grace", value: graceWords(*c.Grace), own: true})
	}
	return out
}

func graceWords(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	return when.Humanize(d)
}

func yes(is bool, word string) string {
	if is {
		return word
	}
	return ""
}

func (d describer) names(list []string) string {
	out := make([]string, len(list))
	for i, word := range list {
		out[i] = d.roster.name(word)
	}
	return strings.Join(out, ", ")
}

// time is when a request is to go out, in the zone that was meant.
func (d describer) time(c hayon.PostCreate) string {
	at := ""
	if s := c.Schedule; !s.At.IsZero() {
		loc := d.zone
		if zone, err := when.LoadZone(s.Zone); s.Zone != "" && err == nil {
			loc = zone
		}
		at = when.Format(s.At.In(loc))
	}
	switch {
	case c.Draft && at == "":
		return "draft"
	case c.Draft:
		return "draft for " + at
	case at == "":
		return "at once"
	}
	return at
}

func (d describer) medium(m *hayon.MediaInput) string {
	name := d.media[m.Media]
	switch {
	case m.Facts != nil:
		name = m.Facts.Name
	case name == "":
		name = m.Media.String()
	}
	out := []string{name}
	if m.Alt != "" {
		out = append(out, "alt: "+m.Alt)
	}
	if m.Focus != nil {
		out = append(out, fmt.Sprintf("focus: %g,%g", m.Focus.X, m.Focus.Y))
	}
	if len(m.For) > 0 {
		out = append(out, "for: "+d.names(m.For))
	}
	if !m.Thumb.IsZero() {
		out = append(out, "with a picture of its own")
	}
	if m.NoResize {
		out = append(out, "not resized")
	}
	if m.KeepMetadata {
		out = append(out, "with its metadata")
	}
	return strings.Join(out, ", ")
}

func pollWords(p *hayon.Poll) string {
	if p == nil {
		return ""
	}
	out := strings.Join(p.Options, " | ") + ", open for " + when.Humanize(time.Duration(p.Seconds)*time.Second)
	return out + yes(p.Multiple, ", several answers") + yes(p.HideTotals, ", figures hidden")
}

// difference is a thing that two requests tell otherwise; "" where one of them does not tell it.
type difference struct {
	telling

	before string
}

// differences are what a request has otherwise than the one before it.
func (d describer) differences(before, after hayon.PostCreate) []difference {
	old, fresh := d.facts(before), d.facts(after)
	value := func(list []telling, name string) string {
		if i := slices.IndexFunc(list, func(f telling) bool { return f.name == name }); i >= 0 {
			return list[i].value
		}
		return ""
	}
	var out []difference
	for _, f := range fresh {
		if was := value(old, f.name); was != f.value {
			out = append(out, difference{f, was})
		}
	}
	for _, f := range old {
		if value(fresh, f.name) == "" {
			was := f.value
			f.value = ""
			out = append(out, difference{f, was})
		}
	}
	return out
}

// lines are the difference for people: on one line, of a text what went and what came line by line.
func (d difference) lines() []string {
	if !d.text {
		return []string{d.name + "  " + orNone(d.before) + " → " + orNone(d.value)}
	}
	out := []string{d.name}
	for _, line := range shortened(lineDiff(d.before, d.value)) {
		out = append(out, "  "+line)
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return firstLine(s)
}

// maxDiffLines is how much of a change of a text is shown.
const maxDiffLines = 20

func shortened(lines []string) []string {
	if len(lines) <= maxDiffLines {
		return lines
	}
	return append(slices.Clone(lines[:maxDiffLines-1]), fmt.Sprintf("… and %d lines more", len(lines)-maxDiffLines+1))
}

// maxDiffCells bounds the work of a comparison of lines; what has more is taken for wholly another text.
const maxDiffCells = 1 << 20

// lineDiff are the lines that went, behind -, and those that came, behind +, in their order.
func lineDiff(before, after string) []string {
	a, b := splitLines(before), splitLines(after)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	var out []string
	i, j := 0, 0
	if len(a)*len(b) <= maxDiffCells {
		common := commonLines(a, b)
		for i < len(a) && j < len(b) {
			switch {
			case a[i] == b[j]:
				i, j = i+1, j+1
			case common[i+1][j] >= common[i][j+1]:
				out = append(out, "- "+a[i])
				i++
			default:
				out = append(out, "+ "+b[j])
				j++
			}
		}
	}
	for ; i < len(a); i++ {
		out = append(out, "- "+a[i])
	}
	for ; j < len(b); j++ {
		out = append(out, "+ "+b[j])
	}
	return out
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// commonLines is, for each pair of places, how many lines what follows both has in common in its order.
func commonLines(a, b []string) [][]int {
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
				continue
			}
			n[i][j] = max(n[i+1][j], n[i][j+1])
		}
	}
	return n
}

// sayDifferences tells what a change has changed.
func (a *app) sayDifferences(list []difference) {
	for _, d := range list {
		for _, line := range d.lines() {
			a.sayFolded("  %s", inert(line))
		}
	}
}
