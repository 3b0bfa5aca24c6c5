package main

import (
	"strings"
	"unicode"

	"github.com/clipperhouse/displaywidth"
)

// cells is how many cells of a terminal s takes.
func cells(s string) int { return displaywidth.String(s) }

func pad(s string, width int) string {
	if n := width - cells(s); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// column is a column of a table.
type column struct {
	title string
	// name is that of the column in csv; "": the title in small letters.
	name string
	// drop is the order in which columns leave a table that is too wide; 0 stays to the end.
	drop int
	// flexible columns are cut before others leave.
	flexible bool
	colour   func(row int) string
}

// table prints rows: for a terminal aligned under a head and fitted to the width, for a pipe with
// tabs, whole, and without a head.
func (a *app) table(columns []column, rows [][]string) {
	if !a.io.outTTY {
		a.plainTable(columns, inertRows(rows))
		return
	}
	for _, line := range a.tableLines(columns, rows) {
		a.print("%s", line)
	}
}

// tableLines are the head and the rows of a table as a terminal shows them.
func (a *app) tableLines(columns []column, rows [][]string) []string {
	rows = inertRows(rows)
	shown, widths := fit(columns, rows, a.columns())
	on := a.colour(a.io.outTTY)
	head := make([]string, 0, len(shown))
	for _, c := range shown {
		head = append(head, pad(clip(columns[c].title, widths[c]), widths[c]))
	}
	lines := []string{paint(on, colourDim, strings.TrimRight(strings.Join(head, "  "), " "))}
	for i, r := range rows {
		cellsOf := make([]string, 0, len(shown))
		for _, c := range shown {
			s := pad(clip(r[c], widths[c]), widths[c])
			if columns[c].colour != nil {
				s = paint(on, columns[c].colour(i), s)
			}
			cellsOf = append(cellsOf, s)
		}
		lines = append(lines, strings.TrimRight(strings.Join(cellsOf, "  "), " "))
	}
	return lines
}

func inertRows(rows [][]string) [][]string {
	for _, r := range rows {
		for i := range r {
			r[i] = inert(r[i])
		}
	}
	return rows
}

// plainTable prints rows for a pipe. Colours are there where somebody asked for them in so many words.
func (a *app) plainTable(columns []column, rows [][]string) {
	on := a.colour(false)
	for i, r := range rows {
		out := make([]string, len(r))
		for c, s := range r {
			if out[c] = s; columns[c].colour != nil {
				out[c] = paint(on, columns[c].colour(i), s)
			}
		}
		a.print("%s", strings.Join(out, "\t"))
	}
}

// minFlexible is how narrow a flexible column may become before another one leaves.
const minFlexible = 12

// fit chooses the columns that a width has room for, and how wide each is. 0 is no bound.
func fit(columns []column, rows [][]string, width int) (shown []int, widths []int) {
	widths = make([]int, len(columns))
	for c := range columns {
		widths[c] = cells(columns[c].title)
		for _, r := range rows {
			widths[c] = max(widths[c], cells(r[c]))
		}
		shown = append(shown, c)
	}
	if width <= 0 {
		return shown, widths
	}
	for {
		over := total(shown, widths) - width
		if over <= 0 {
			return shown, widths
		}
		if c := flexibleOf(columns, shown); c >= 0 && widths[c]-over >= minFlexible {
			widths[c] -= over
			return shown, widths
		}
		leaves := -1
		for i, c := range shown {
			if columns[c].drop > 0 && (leaves < 0 || columns[c].drop < columns[shown[leaves]].drop) {
				leaves = i
			}
		}
		if leaves < 0 {
			return squeeze(columns, shown, widths, width)
		}
		shown = append(shown[:leaves], shown[leaves+1:]...)
	}
}

// squeeze fits columns of which none may leave: the flexible one is cut to nothing but a mark, then the
// last ones leave all the same, and the first is cut.
func squeeze(columns []column, shown, widths []int, width int) ([]int, []int) {
	for {
		last := shown[len(shown)-1]
		if c := flexibleOf(columns, shown); c >= 0 {
			last = c
		}
		widths[last] = max(widths[last]-max(total(shown, widths)-width, 0), 1)
		if len(shown) == 1 || total(shown, widths) <= width {
			return shown, widths
		}
		shown = shown[:len(shown)-1]
	}
}

// inert is s on one line without what would command a terminal: what somebody else has written
// stands in many a table.
func inert(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// fold breaks a line at blanks where it is wider than width. What follows is indented by so many cells.
// A word that is wider stays whole, so that an address can be copied.
func fold(s string, width, hang int) string {
	if width <= 0 || visible(s) <= width {
		return s
	}
	words, indent := strings.Split(s, " "), strings.Repeat(" ", hang)
	var out strings.Builder
	line := words[0]
	for _, word := range words[1:] {
		if word != "" && strings.TrimSpace(line) != "" && visible(line)+1+visible(word) > width {
			out.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent + word
			continue
		}
		line += " " + word
	}
	out.WriteString(line)
	return out.String()
}

// hanging is where the second column of a line begins, which two blanks set apart, or where the line
// itself does; no more than half of the width.
func hanging(s string, width int) int {
	words, at, first := strings.Split(s, " "), 0, -1
	for i, word := range words {
		if word != "" && first < 0 {
			first = at
		}
		if word != "" && i > 1 && words[i-1] == "" && at > first {
			first = at
			break
		}
		at += visible(word) + 1
	}
	return min(max(first, 0), width/2)
}

// visible is how many cells s takes beside its colours.
func visible(s string) int {
	return displaywidth.Options{ControlSequences: true}.String(s)
}

func total(shown, widths []int) int {
	n := 2 * (len(shown) - 1)
	for _, c := range shown {
		n += widths[c]
	}
	return n
}

func flexibleOf(columns []column, shown []int) int {
	for _, c := range shown {
		if columns[c].flexible {
			return c
		}
	}
	return -1
}
