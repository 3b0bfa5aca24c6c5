package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// revisionFields are the names that --json takes for revisions.
func revisionFields() []string {
	return []string{
		"number", "kind", "at", "source", "reason", "undone", "changed", "create", "create.text", "create.parts", "create.texts", "create.to",
		"create.media", "create.options", "create.langs", "create.labels", "create.note", "create.schedule", "create.draft",
	}
}

// revisionView is a revision as --json prints it: its accounts by their names, and what it changed.
type revisionView struct {
	api.Revision

	// Changed are the facts that are otherwise than in the revision before; left out of the first one.
	Changed []string `json:"changed,omitempty"`
}

// shownRevisions are the revisions of a post, the oldest first, as people see them.
type shownRevisions struct {
	list []hayon.Revision
	d    describer
}

// findRevision is one revision of a post.
func (a *app) findRevision(ctx context.Context, b *backend, id hayon.PostID, number int) (*hayon.Revision, error) {
	list, err := b.FindRevisions(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Number == number {
			return &list[i], nil
		}
	}
	return nil, hayon.Errorf(hayon.CodeNotFound, "there is no revision %d of %s; it has %d", number, id, len(list)).
		WithHint("see them: hayon show " + id.String() + " --revisions")
}

func (a *app) readRevisions(ctx context.Context, b *backend, id hayon.PostID) (*shownRevisions, error) {
	list, err := b.FindRevisions(ctx, id)
	if err != nil {
		return nil, err
	}
	requests := make([]hayon.PostCreate, len(list))
	for i := range list {
		requests[i] = list[i].Create
	}
	d, err := a.describer(ctx, b, requests...)
	return &shownRevisions{list, d}, err
}

// changed are the facts that revision i has otherwise than the one before it.
func (r *shownRevisions) changed(i int) []string {
	if i == 0 {
		return nil
	}
	var out []string
	for _, d := range r.d.differences(r.list[i-1].Create, r.list[i].Create) {
		out = append(out, d.name)
	}
	return out
}

func (r *shownRevisions) views() []revisionView {
	named := make([]hayon.Revision, len(r.list))
	for i, v := range r.list {
		v.Create = renamed(v.Create, r.d.roster.name)
		named[i] = v
	}
	out := make([]revisionView, len(named))
	for i, v := range api.RevisionsOf(named) {
		out[i] = revisionView{v, r.changed(i)}
	}
	return out
}

// printRevisions prints the table of a post's revisions, the oldest first.
func (a *app) printRevisions(r *shownRevisions) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	views := r.views()
	return printList(a, views, listing[revisionView]{
		fields: revisionFields(),
		id:     func(v *revisionView) string { return strconv.Itoa(v.Number) },
		columns: []column{
			{title: "REV", name: "number"},
			{title: "WHEN", name: "at", drop: 3},
			{title: "KIND"},
			{title: "BY", name: "source", drop: 1},
			{title: "UNDONE", drop: 4},
			{title: "CHANGED", drop: 2},
			{title: "TEXT", flexible: true},
		},
		row: func(v *revisionView) []string {
			return []string{
				strconv.Itoa(v.Number), a.stamp(v.At, loc), string(v.Kind), string(v.Source), yes(v.Undone, "undone"),
				strings.Join(v.Changed, ", "), firstLine(v.Create.Text),
			}
		},
	})
}

// stamp is a time in a table: short for a person, whole for a program.
func (a *app) stamp(t time.Time, loc *time.Location) string {
	if a.forPerson() {
		return t.In(loc).Format("2006-01-02 15:04")
	}
	return t.In(loc).Format(time.RFC3339)
}

// printRevision prints what a post held then.
func (a *app) printRevision(r *shownRevisions, number int) error {
	views := r.views()
	for i := range views {
		if v := &views[i]; v.Number == number {
			switch {
			case a.flags.json.on:
				return a.printJSON(v, revisionFields())
			case a.flags.quiet:
				a.print("%d", v.Number)
				return nil
			}
			return a.printRevisionFacts(v, r.d, r.list[i].Create)
		}
	}
	return hayon.Errorf(hayon.CodeNotFound, "there is no revision %d; there are %d", number, len(views)).WithHint("see them: --revisions")
}

func (a *app) printRevisionFacts(v *revisionView, d describer, c hayon.PostCreate) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	on := a.colour(a.io.outTTY)
	line := func(key, value string) {
		if value != "" {
			a.printFolded("%s  %s", paint(on, colourDim, pad(key, 8)), inert(value))
		}
	}
	line("revision", strconv.Itoa(v.Number)+yes(v.Undone, ", undone later"))
	line(string(v.Kind), when.Format(v.At.In(loc))+yes(v.Source != "", " by "+string(v.Source)))
	if v.Reason != string(v.Kind) { // which says it where nobody said why
		line("reason", v.Reason)
	}
	for _, f := range d.facts(c) {
		if !f.text {
			line(f.name, f.value)
		}
	}
	for _, f := range d.facts(c) {
		if !f.text {
			continue
		}
		a.print("")
		if f.name != "text" {
			a.print("%s", paint(on, colourDim, f.name))
		}
		a.printText(f.value, "  ")
	}
	return nil
}
