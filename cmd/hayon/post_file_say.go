package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// refuse tells of all problems at once; nil where there are none.
func (r *filesRun) refuse(ctx context.Context) error {
	a := r.app
	var all []fileProblem
	files := 0
	for _, f := range r.files {
		if all = append(all, f.problems...); f.broken() {
			files++
		}
	}
	if len(all) == 0 {
		return nil
	}
	code := hayon.CodeConflict // where nothing is wrong but what is out already
	if slices.ContainsFunc(all, func(p fileProblem) bool { return p.Code != hayon.CodeConflict }) {
		code = hayon.CodeInvalid
	}
	first := all[0].err()
	if first.Code = code; len(all) == 1 {
		first.Message += "; nothing was stored"
		return first.WithDetail("problems", all)
	}
	if a.jsonErrors() {
		first.Message = fmt.Sprintf("%s, and more: %s; nothing was stored", first.Message, problemCount(len(all), files, len(r.files)))
		return first.WithDetail("problems", all)
	}
	for _, p := range all {
		a.report(ctx, p.err())
	}
	a.say("%s. Nothing was stored or sent.", problemCount(len(all), files, len(r.files)))
	return exitError{code.Exit()}
}

// problemCount counts problems and the files in which they are.
func problemCount(problems, broken, files int) string {
	out := fmt.Sprintf("%d problems", problems)
	if problems == 1 {
		out = "1 problem"
	}
	if files == 1 {
		return out
	}
	return fmt.Sprintf("%s in %d of %d files", out, broken, files)
}

// sayFileNotes tells what was concluded of the files.
func (r *filesRun) sayFileNotes() {
	for _, f := range r.files {
		for _, note := range f.notes {
			if len(r.files) == 1 {
				r.app.sayFolded("Note: %s", note)
				continue
			}
			r.app.sayFolded("Note: %s: %s", f.name, note)
		}
	}
}

// draw shows what each file would do.
func (r *filesRun) draw(ctx context.Context, b *backend) error {
	a := r.app
	if err := a.knowAccounts(ctx, b); err != nil {
		return err
	}
	if a.flags.output == outputCSV || a.flags.output == outputIDs {
		if len(r.files) > 1 {
			return hayon.Errorf(hayon.CodeUsage, "--dry-run makes no posts, of which -o %s would be a list", a.flags.output).
				WithHint("see what each file would do: -o ndjson or --json=file,targets")
		}
	}
	var views []any
	first := true
	for _, f := range r.files {
		if f.wholeOut() {
			continue
		}
		c := f.create
		c.DryRun, c.Media = true, f.facts()
		if len(r.files) == 1 {
			return r.drawn(ctx, b, c)
		}
		p, err := b.PreviewPost(ctx, c)
		if err != nil {
			return err
		}
		view := filePreview{f.name, api.PreviewOf(p, a.known)}
		if a.flags.json.on || a.flags.output == outputNDJSON {
			views = append(views, &view)
			continue
		}
		if a.flags.quiet { // there are no ids
			continue
		}
		if first {
			a.say("Nothing was stored or sent. This would be:")
		}
		first = false
		a.print("%s", f.name)
		if view.State == hayon.PostScheduled {
			a.say("  for %s", a.due(&view.Post))
		}
		a.showPreview(p)
	}
	fields := append(previewFields(), "file")
	if a.flags.json.on {
		return a.printJSON(views, fields)
	}
	for _, v := range views {
		if err := a.printJSONLine(v, fields); err != nil {
			return err
		}
	}
	return nil
}

// filePreview is what one of several files would do.
type filePreview struct {
	File string `json:"file"`
	api.Preview
}

// printKept prints all posts together.
func (r *filesRun) printKept() error {
	a := r.app
	loc, err := a.location()
	if err != nil {
		return err
	}
	return printList(a, r.kept, listing[api.Post]{
		fields:  postFields(),
		id:      func(p *api.Post) string { return p.ID.String() },
		columns: []column{{title: "ID"}, {title: "STATE"}, {title: "AT"}, {title: "TO"}, {title: "TEXT"}},
		row: func(p *api.Post) []string {
			at := ""
			if !p.At.IsZero() {
				at = p.At.In(loc).Format(time.RFC3339)
			}
			names := make([]string, len(p.Targets))
			for i := range p.Targets {
				names[i] = name(&p.Targets[i])
			}
			return []string{p.ID.String(), string(p.State), at, strings.Join(names, ","), firstLine(p.Text)}
		},
	})
}

// graverExit is the exit code that asks more of a person: of several posts it stands for all.
func graverExit(a, b int) int {
	order := []int{143, 130, 1, 13, 11, 9, 12, 6, 4, 7, 3, 8, 10, 5, 2}
	for _, code := range order {
		if a == code || b == code {
			return code
		}
	}
	return max(a, b)
}
