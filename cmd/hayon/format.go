package main

import (
	"encoding/csv"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// The formats of -o, beside text and JSON.
const (
	outputIDs    = "ids"
	outputCSV    = "csv"
	outputNDJSON = "ndjson"
)

func outputFormats() []string { return []string{outputIDs, outputCSV, outputNDJSON} }

// isList reports whether a command prints a list, which -o is for.
func isList(cmd *cobra.Command) bool {
	files := cmd.Flags().Lookup("file")
	return cmd.Name() == "list" || slices.Contains([]string{"hayon calendar", "hayon log", "hayon commands", "hayon check"}, cmd.CommandPath()) ||
		cmd.CommandPath() == "hayon post" && files.Changed // of which there may be several
}

// chooseOutput reads the flags that say how the result is printed. Flags that exclude each other, and
// an expression that cannot be read, are usage errors before anything is done.
func (a *app) chooseOutput(cmd *cobra.Command) error {
	given := func(name string) bool {
		f := cmd.Flags().Lookup(name)
		return f != nil && f.Changed && a.onCommandLine(name)
	}
	if a.flags.output != "" {
		switch {
		case !slices.Contains(outputFormats(), a.flags.output):
			return notOneOf("--output", a.flags.output, outputFormats())
		case !isList(cmd) && given("output"):
			return hayon.Errorf(hayon.CodeUsage, "--output is for lists, and %s prints none", cmd.CommandPath()).
				WithHint("print the id alone with -q, everything with --json")
		case given("json") || given("jq"):
			if given("output") {
				return hayon.Errorf(hayon.CodeUsage, "--output and --%s exclude each other", firstGiven(given, "json", "jq")).
					WithHint("leave out all but one")
			}
			a.flags.output = "" // what is typed wins over a variable
		case !isList(cmd):
			a.flags.output = ""
		}
	}
	if a.flags.output == outputIDs {
		a.flags.quiet = true
	}
	if a.flags.jq == "" {
		if given("jq") {
			return hayon.Errorf(hayon.CodeUsage, "--jq is empty").WithHint("give it an expression, as --jq '.[].id'")
		}
		return nil
	}
	a.flags.json.on = true
	var err error
	a.query, err = newQuery(cmd.Context(), a.flags.jq)
	return err
}

func firstGiven(given func(string) bool, names ...string) string {
	return names[max(slices.IndexFunc(names, given), 0)]
}

// forPerson reports whether the result is text for somebody at a terminal: short ids, a head, colours.
func (a *app) forPerson() bool {
	return a.io.outTTY && a.flags.output == "" && !a.flags.json.on && !a.flags.quiet
}

// forProgram reports whether the talk on stderr is left out, because a program was asked for a format.
func (a *app) forProgram() bool {
	return a.flags.quiet || a.flags.json.on || a.flags.output != ""
}

// jsonErrors reports whether errors are JSON objects.
func (a *app) jsonErrors() bool {
	return a.flags.json.on || a.flags.output == outputNDJSON || jsonAsked(a.args)
}

// listing says how a list is printed. A command hands it over once; the flags choose the format.
type listing[T any] struct {
	// fields are the names that --json takes, of what view makes of an item by its number; without a
	// view it is the item itself.
	fields []string
	view   func(i int) any
	// id names an item in one word, for -q and -o ids; an item whose id is "" is left out there.
	id func(*T) string
	// columns and row are the table. A row for a pipe and for csv has whole values.
	columns []column
	row     func(*T) []string
	// empty is said where there is nothing.
	empty string
}

// printList prints a list in the format that was asked for: text, JSON, ids, csv or ndjson.
func printList[T any](a *app, items []T, l listing[T]) error {
	switch {
	case a.flags.json.on:
		return a.printJSON(l.views(items), l.fields)
	case a.flags.output == outputNDJSON:
		for _, v := range l.views(items) {
			if err := a.printJSONLine(v, l.fields); err != nil {
				return err
			}
		}
		return nil
	case a.flags.quiet:
		for i := range items {
			if id := l.id(&items[i]); id != "" {
				a.print("%s", id)
			}
		}
		return a.written()
	}
	if len(items) == 0 && a.flags.output == "" {
		a.say("%s", l.empty)
		return nil
	}
	rows := make([][]string, len(items))
	for i := range items {
		rows[i] = l.row(&items[i])
	}
	if a.flags.output == outputCSV {
		a.csvRow(csvHead(l.columns))
		for _, r := range rows {
			a.csvRow(r)
		}
		return a.written()
	}
	a.table(l.columns, rows)
	return a.written()
}

func (l listing[T]) views(items []T) []any {
	views := make([]any, len(items)) // an empty list is [], never null
	for i := range items {
		if views[i] = &items[i]; l.view != nil {
			views[i] = l.view(i)
		}
	}
	return views
}

// csvHead are the names of the columns in csv, which stay as they are.
func csvHead(columns []column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		if names[i] = c.name; c.name == "" {
			names[i] = strings.ToLower(strings.ReplaceAll(c.title, " ", "_"))
		}
	}
	return names
}

// csvRow prints a row as RFC 4180 has it, with line feeds. A row is a line.
func (a *app) csvRow(row []string) {
	for i := range row {
		row[i] = inert(row[i])
	}
	w := csv.NewWriter(a.io.out)
	_ = w.Write(row) // the stream keeps its error
	w.Flush()
}
