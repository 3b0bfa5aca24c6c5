package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// row is one line of the report.
type row struct {
	Name     string   `json:"name"`
	What     string   `json:"what"`
	Measured *float64 `json:"measured,omitempty"` // absent where this machine cannot measure it
	Unit     string   `json:"unit"`
	Target   string   `json:"target,omitempty"`
	Verdict  string   `json:"verdict,omitempty"` // ok or over; "" where there is no target
	Note     string   `json:"note,omitempty"`
}

const (
	verdictOK   = "ok"
	verdictOver = "over"
)

// figure is a row with the target of its name, and whether it is met; a short run does not judge.
func (b *bench) figure(name string, v float64, note string) row {
	t, ok := b.budget.find(name)
	if !ok {
		panic("bench: no target " + name)
	}
	r := row{Name: name, What: t.What, Measured: &v, Unit: t.Unit, Target: t.bound(), Note: note}
	switch {
	case b.short: // the target is about another load
	case t.met(v):
		r.Verdict = verdictOK
	default:
		r.Verdict = verdictOver
	}
	return r
}

// fact is a row that has no target: what the other figures are to be read by.
func fact(name, what string, v float64, unit, note string) row {
	return row{Name: name, What: what, Measured: &v, Unit: unit, Note: note}
}

// unknown is a row of a figure that this system does not tell.
func (b *bench) unknown(name string, why error) row {
	t, _ := b.budget.find(name)
	return row{Name: name, What: t.What, Unit: t.Unit, Target: t.bound(), Note: why.Error()}
}

// over reports whether any figure misses its target.
func over(rows []row) bool {
	for _, r := range rows {
		if r.Verdict == verdictOver {
			return true
		}
	}
	return false
}

// writeTable writes the rows in columns.
func writeTable(w io.Writer, machine string, rows []row) error {
	lines := [][]string{{"WHAT", "MEASURED", "TARGET", "VERDICT", ""}}
	for _, r := range rows {
		measured := "-"
		if r.Measured != nil {
			measured = number(*r.Measured) + " " + r.Unit
		}
		lines = append(lines, []string{r.What, measured, r.Target, r.Verdict, r.Note})
	}
	widths := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, cell := range l {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n\n", machine)
	for _, l := range lines {
		var line strings.Builder
		for i, cell := range l {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 1 {
				line.WriteString(pad + cell + "  ")
				continue
			}
			line.WriteString(cell + pad + "  ")
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// writeJSON writes the rows as one object.
func writeJSON(w io.Writer, machine string, rows []row) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Machine string `json:"machine"`
		Rows    []row  `json:"rows"`
	}{machine, rows})
}
