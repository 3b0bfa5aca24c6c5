package main

import (
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon/server/api"
)

// listing is how posts are printed as a list. Labels and what wrote a post have columns of their own at
// the end of csv; a terminal shows the labels before the text where a post has some and there is room.
func (o *listOptions) listing(posts []api.Post) (listing[api.Post], error) {
	a := o.app
	loc, err := a.location()
	if err != nil {
		return listing[api.Post]{}, err
	}
	columns := []column{
		{title: "ID"},
		{title: "STATE", colour: func(i int) string { return postColour(posts[i].State) }},
		{title: "WHEN", name: "at", drop: 3},
		{title: "TO", drop: 2},
		{title: "TEXT", flexible: true},
	}
	more, at := o.moreColumns(posts), len(columns)
	if a.forPerson() {
		at--
	}
	for i, c := range more {
		columns = slices.Insert(columns, at+i, c.column)
	}
	return listing[api.Post]{
		fields:  postFields(),
		id:      func(p *api.Post) string { return p.ID.String() },
		columns: columns,
		row: func(p *api.Post) []string {
			row := o.row(p, loc)
			for i, c := range more {
				row = slices.Insert(row, at+i, c.value(p))
			}
			return row
		},
	}, nil
}

// extraColumn is a column that not every list has.
type extraColumn struct {
	column

	value func(*api.Post) string
}

func (o *listOptions) moreColumns(posts []api.Post) []extraColumn {
	a := o.app
	switch {
	case a.flags.output == outputCSV:
		return []extraColumn{
			{column{title: "labels"}, func(p *api.Post) string { return strings.Join(p.Labels, ",") }},
			{column{title: "source"}, func(p *api.Post) string { return string(p.Source) }},
		}
	case a.forPerson() && slices.ContainsFunc(posts, func(p api.Post) bool { return len(p.Labels) > 0 }):
		return []extraColumn{{column{title: "LABELS", drop: 1}, labelWords}}
	}
	return nil
}

// labelWords are the labels of a post as #launch #news.
func labelWords(p *api.Post) string {
	var out []string
	for _, l := range p.Labels {
		out = append(out, "#"+l)
	}
	return strings.Join(out, " ")
}

func (o *listOptions) row(p *api.Post, loc *time.Location) []string {
	id, at, person := p.Short, p.At, o.app.forPerson()
	if !person {
		id = p.ID.String()
	}
	stamp := ""
	switch {
	case at.IsZero():
	case person:
		stamp = at.In(loc).Format("2006-01-02 15:04")
	default:
		stamp = at.In(loc).Format(time.RFC3339)
	}
	return []string{id, o.state(p), stamp, accountNames(p), listText(p)}
}

// state is where a post stands; a person is told as well what its user should do or has done.
func (o *listOptions) state(p *api.Post) string {
	state := string(p.State)
	switch {
	case !o.app.forPerson():
	case !p.DeletedAt.IsZero():
		state += " (deleted)"
	case slices.ContainsFunc(p.Targets, func(t api.Target) bool { return asks(&t) }):
		state += " (asks)"
	}
	return state
}

func listText(p *api.Post) string {
	text := gist(p)
	if n := partCount(p); n > 1 {
		text = "(" + parts(n) + ") " + text
	}
	return text
}

// sayAsking says which posts wait for the word of their user.
func (a *app) sayAsking(posts []api.Post) {
	first, n := "", 0
	for i := range posts {
		if slices.ContainsFunc(posts[i].Targets, func(t api.Target) bool { return asks(&t) }) {
			if n++; n == 1 {
				first = posts[i].Short
			}
		}
	}
	switch n {
	case 0:
	case 1:
		a.say("1 post waits for your word: hayon show %s", first)
	default:
		a.say("%d posts wait for your word; the newest: hayon show %s", n, first)
	}
}

// partCount is how many parts a post has on the account that has the most.
func partCount(p *api.Post) int {
	n := 0
	for i := range p.Targets {
		n = max(n, len(p.Targets[i].Parts))
	}
	return n
}

func accountNames(p *api.Post) string {
	names := make([]string, len(p.Targets))
	for i := range p.Targets {
		names[i] = name(&p.Targets[i])
	}
	return strings.Join(names, ",")
}
