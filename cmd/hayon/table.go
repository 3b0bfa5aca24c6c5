package main

import (
	"strings"

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
		for _, r := range rows {
			a.print("%s", strings.Join(r, "\t"))
		}
		return
	}
	shown, widths := fit(columns, rows, a.columns())
	on := a.colour(a.io.outTTY)
	head := make([]string, 0, len(shown))
	for _, c := range shown {
		head = append(head, pad(clip(columns[c].title, widths[c]), widths[c]))
	}
	a.print("%s", paint(on, colourDim, strings.TrimRight(strings.Join(head, "  "), " ")))
	for i, r := range rows {
		cellsOf := make([]string, 0, len(shown))
		for _, c := range shown {
			s := pad(clip(r[c], widths[c]), widths[c])
			if columns[c].colour != nil {
				s = paint(on, columns[c].colour(i), s)
			}
			cellsOf = append(cellsOf, s)
		}
		a.print("%s", strings.TrimRight(strings.Join(cellsOf, "  "), " "))
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
			last := shown[len(shown)-1]
			if c := flexibleOf(columns, shown); c >= 0 {
				last = c
			}
			widths[last] = max(widths[last]-over, 1)
			return shown, widths
		}
		shown = append(shown[:leaves], shown[leaves+1:]...)
	}
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
