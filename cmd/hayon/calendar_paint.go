package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// The widths of a calendar on a terminal, in cells.
const (
	minGrid    = 56 // narrower ones are a list of days
	maxCell    = 26 // of a day, so that a week is seen at once
	minGist    = 6  // of a text in a cell, else it is left out
	cellRows   = 4  // of a day, without its number
	maxFocused = 5  // posts that are named below the grid
)

// calendarPainter paints a calendar on a terminal.
type calendarPainter struct {
	*app
	calendarContent

	entries []calendarEntry
	letters map[string]string
	// lost are the names of accounts that need a new sign-in.
	lost   map[string]bool
	width  int
	colour bool
}

// paintCalendar shows a calendar to a person: as a grid where there is room, else day by day, and in
// sentences for a screen reader.
func (a *app) paintCalendar(c calendarContent, entries []calendarEntry) {
	p := &calendarPainter{app: a, calendarContent: c, entries: entries, lost: make(map[string]bool), width: a.columns(), colour: a.colour(a.io.outTTY)}
	var names []string
	for _, acc := range c.accounts {
		names = append(names, acc.Name)
		p.lost[acc.Name] = acc.Status == hayon.AccountNeedsReconnect
	}
	for i := range c.posts {
		for t := range c.posts[i].Targets {
			names = append(names, name(&c.posts[i].Targets[t]))
		}
	}
	p.letters = calendarLetters(names)
	switch {
	case a.accessible():
		p.sentences()
	case !p.hasRoom() || c.span.view == dayView:
		p.head()
		p.list()
	case c.span.view == weekView:
		p.head()
		p.week()
		p.below()
	default:
		p.head()
		p.month()
		p.below()
	}
}

// hasRoom reports whether a grid shows each time whole.
func (p *calendarPainter) hasRoom() bool {
	if p.width < minGrid {
		return false
	}
	cell := (p.width - 1) / 7
	return p.span.view == weekView || !slices.ContainsFunc(p.entries, func(e calendarEntry) bool {
		return cells(calendarMark(e.post.State)+e.clock()) > cell-1
	})
}

// head is the title, and at the right the zone of the times.
func (p *calendarPainter) head() {
	title := " " + upperFirst(p.span.title())
	zone := p.zone()
	if gap := p.width - cells(title) - cells(zone) - 1; gap > 1 {
		p.print("%s%s%s", paint(p.colour, colourBold, title), strings.Repeat(" ", gap), paint(p.colour, colourDim, zone))
		return
	}
	p.print("%s", paint(p.colour, colourBold, clip(title, p.width)))
	p.print("%s", paint(p.colour, colourDim, clip(" "+zone, p.width)))
}

func (p *calendarPainter) zone() string {
	if zone := p.span.first.Location().String(); zone != "Local" {
		return "times in " + zone
	}
	return "times of this machine"
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// month is the grid of a month.
func (p *calendarPainter) month() {
	cell := min((p.width-1)/7, maxCell)
	var names []string
	for d := range 7 {
		names = append(names, pad(clip(time.Weekday((d + 1) % 7).String()[:3], cell-1), cell))
	}
	p.row(names, colourDim)
	for _, week := range calendarWeeks(p.span.days(p.entries)) {
		p.monthWeek(week, cell)
	}
}

func (p *calendarPainter) monthWeek(week []calendarDay, cell int) {
	numbers := make([]string, len(week))
	lines := make([][]calendarLine, len(week))
	height := 0
	for i, d := range week {
		numbers[i] = strings.Repeat(" ", cell)
		if !d.date.IsZero() {
			numbers[i] = p.number(d.date, d.date.Format("2"), cell)
		}
		lines[i] = d.lines(cellRows)
		height = max(height, len(lines[i]))
	}
	p.row(numbers, "")
	for n := range height {
		texts := make([]string, len(week))
		for i := range week {
			texts[i] = strings.Repeat(" ", cell)
			if n < len(lines[i]) {
				texts[i] = p.line(lines[i][n], cell)
			}
		}
		p.row(texts, "")
	}
}

// number is a day in a cell, in brackets where it is today.
func (p *calendarPainter) number(day time.Time, s string, cell int) string {
	if !day.Equal(p.span.today) {
		return pad(s, cell)
	}
	return paint(p.colour, colourBold, "["+s+"]") + strings.Repeat(" ", max(cell-cells(s)-2, 0))
}

// row prints a line of cells.
func (p *calendarPainter) row(list []string, colour string) {
	s := strings.TrimRight(" "+strings.Join(list, ""), " ")
	if colour != "" {
		s = paint(p.colour, colour, s)
	}
	p.print("%s", s)
}

// line is a line of a cell of a month.
func (p *calendarPainter) line(l calendarLine, cell int) string {
	switch {
	case l.published > 0:
		return p.cell(fmt.Sprintf("✓ %d", l.published), colourGood, cell)
	case l.more > 0:
		more := fmt.Sprintf("+%d", l.more)
		if cells(more+" more") < cell {
			more += " more"
		}
		return p.cell(more, colourDim, cell)
	}
	return p.cell(p.entryLine(l.entry, cell-1), cellColour(l.entry.post.State), cell)
}

func (p *calendarPainter) cell(s, colour string, cell int) string {
	s = clip(s, cell-1)
	return paint(p.colour && colour != "", colour, s) + strings.Repeat(" ", max(cell-cells(s), 0))
}

// cellColour is the colour of a state in a grid, where most posts are waiting and are not to be pale.
func cellColour(s hayon.PostState) string {
	if s == hayon.PostScheduled || s == hayon.PostPublishing {
		return ""
	}
	return postColour(s)
}

// entryLine is a mark, the time, the letters, and as much of the text as there is room for.
func (p *calendarPainter) entryLine(e *calendarEntry, width int) string {
	mark, out := calendarMark(e.post.State), e.clock()
	switch {
	case mark != "" && cells(mark+out) < width:
		out = mark + " " + out
	case mark != "":
		out = mark + out
	}
	letters := p.lettersOf(e.post)
	if room := width - cells(out) - 1; room >= min(2, cells(letters)) {
		out += " " + clip(letters, room)
	}
	if room := width - cells(out) - 1; room >= minGist {
		out += " " + clip(inert(gist(e.post)), room)
	}
	return strings.TrimRight(out, " ")
}

// lettersOf are the letters of a post's accounts, with ! behind one that needs a new sign-in.
func (p *calendarPainter) lettersOf(post *api.Post) string {
	var out strings.Builder
	for i := range post.Targets {
		n := name(&post.Targets[i])
		out.WriteString(p.letters[n])
		if p.lost[n] {
			out.WriteByte('!')
		}
	}
	return out.String()
}

// week is the grid of a week: a row for each time of the day that has something.
func (p *calendarPainter) week() {
	days := p.span.days(p.entries)
	slots := calendarSlots(days)
	side := 6 // of the times
	for i := range slots {
		side = max(side, cells(slots[i].label)+1)
	}
	cell := min((p.width-1-side)/7, maxCell)
	head := []string{strings.Repeat(" ", side)}
	for _, d := range days {
		head = append(head, p.number(d.date, d.date.Format("Mon 2"), cell))
	}
	p.row(head, "")
	for i := range slots {
		p.weekSlot(&slots[i], side, cell)
	}
}

func (p *calendarPainter) weekSlot(s *calendarSlot, side, cell int) {
	for n := range s.height() {
		label := ""
		if n == 0 {
			label = s.label
		}
		list := []string{pad(label, side)}
		for _, entries := range s.days {
			if n >= len(entries) {
				list = append(list, strings.Repeat(" ", cell))
				continue
			}
			post := entries[n].post
			mark := calendarMark(post.State)
			if mark == "" {
				mark = "●"
			}
			list = append(list, p.cell(weekCell(mark, p.lettersOf(post), post, cell-1), cellColour(post.State), cell))
		}
		p.row(list, "")
	}
}

func weekCell(mark, letters string, post *api.Post, width int) string {
	out := mark + " " + letters
	if room := width - cells(out) - 1; room >= 3 {
		out += " " + clip(inert(gist(post)), room)
	}
	return out
}

// below is what stands under a grid: the posts of the day in question, or the next ones, and what letters
// and symbols mean.
func (p *calendarPainter) below() {
	next := p.span.nextEntries(p.entries, p.now(), maxFocused)
	if len(next) > 0 {
		p.print("")
	}
	day := ""
	for _, e := range next {
		label := e.at.Format("Mon 2 Jan")
		shown := pad(label, 10)
		if label == day {
			shown = strings.Repeat(" ", 10)
		}
		day = label
		p.print("%s", clip(fmt.Sprintf(" %s  %s  %s  %s  %s", shown, e.clock(), pad(string(e.post.State), 9), accountNames(e.post), inert(gist(e.post))), p.width))
	}
	if legend := p.legend(); legend != "" {
		p.print("")
		p.print("%s", paint(p.colour, colourDim, strings.ReplaceAll(fold(" "+legend, p.width, 1), nbsp, " ")))
	}
}

// legend says what the letters and symbols mean that are shown.
func (p *calendarPainter) legend() string {
	used, marks, lost := make(map[string]bool), make(map[string]bool), false
	for i := range p.posts {
		marks[calendarMark(p.posts[i].State)] = true
		for t := range p.posts[i].Targets {
			n := name(&p.posts[i].Targets[t])
			used[n], lost = true, lost || p.lost[n]
		}
	}
	var parts []string
	for n := range used {
		parts = append(parts, p.letters[n]+nbsp+n)
	}
	slices.Sort(parts)
	if p.span.view == weekView && marks[""] {
		parts = append(parts, "●"+nbsp+"scheduled")
	}
	for _, m := range []struct{ mark, words string }{
		{"✓", "published"}, {"✗", "failed, partial, uncertain or missed"}, {"▪", "draft"}, {"x", "cancelled"},
	} {
		if marks[m.mark] {
			parts = append(parts, m.mark+nbsp+strings.ReplaceAll(m.words, " ", nbsp))
		}
	}
	if lost {
		parts = append(parts, "!"+nbsp+"sign-in"+nbsp+"needed")
	}
	return strings.Join(parts, "  ")
}

// nbsp keeps words of a legend together when a line is folded.
const nbsp = "\u00a0"

// list is a calendar day by day, for a day and for narrow terminals. States are words there.
func (p *calendarPainter) list() {
	for _, d := range p.span.days(p.entries) {
		if len(d.entries) == 0 {
			continue
		}
		if p.span.view != dayView {
			p.print("")
			p.row([]string{p.number(d.date, d.date.Format("Mon 2 Jan"), 0)}, "")
		}
		for _, e := range d.entries {
			p.listed(e)
		}
	}
}

// listed is an entry on two lines: the second one has the text.
func (p *calendarPainter) listed(e calendarEntry) {
	state := string(e.post.State)
	head := fmt.Sprintf("  %s  %s  %s", e.times(), state, accountNames(e.post))
	text := "    " + inert(gist(e.post))
	if one := head + "  " + inert(gist(e.post)); cells(one) <= p.width {
		head, text = one, ""
	}
	for line := range strings.SplitSeq(fold(head, p.width, 4), "\n") {
		line = clip(line, p.width)
		p.print("%s", strings.Replace(line, state, paint(p.colour, postColour(e.post.State), state), 1))
	}
	if text != "" {
		p.print("%s", clip(text, p.width))
	}
}

// sentences are a calendar that a screen reader reads, line by line.
func (p *calendarPainter) sentences() {
	p.printFolded("%s, %s, %s.", upperFirst(p.span.title()), p.zone(), countedPosts(len(p.entries)))
	for _, d := range p.span.days(p.entries) {
		if len(d.entries) == 0 {
			continue
		}
		today := ""
		if d.date.Equal(p.span.today) {
			today = ", today"
		}
		p.print("")
		p.printFolded("%s%s, %s:", d.date.Format("Monday 2 January 2006"), today, countedPosts(len(d.entries)))
		for _, e := range d.entries {
			var names []string
			for i := range e.post.Targets {
				n := name(&e.post.Targets[i])
				if p.lost[n] {
					n += " (sign-in needed)"
				}
				names = append(names, n)
			}
			p.printFolded("%s, %s, to %s: %s", e.times(), e.post.State, strings.Join(names, " and "), inert(gist(e.post)))
		}
	}
}

func countedPosts(n int) string {
	if n == 1 {
		return "1 post"
	}
	return fmt.Sprintf("%d posts", n)
}
