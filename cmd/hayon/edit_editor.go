package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
)

// runEditor opens the post as a file in the editor of its user. Nobody else waits for the database meanwhile,
// and what somebody else does to the post is noticed.
func (o *editOptions) runEditor(ctx context.Context, ref string) error {
	a := o.app
	if !a.mayAsk() {
		return hayon.Errorf(hayon.CodeUsage, "an editor needs a terminal, and there is none").
			WithHint(fmt.Sprintf(`say by flags what is to be changed: hayon edit %s --text "See you at nine"`, ref))
	}
	var e *edited
	var next hayon.PostCreate
	err := a.service(ctx, func(ctx context.Context, b *backend) (err error) {
		if err = o.ready(ctx, b); err != nil {
			return err
		}
		if e, err = o.read(ctx, b, ref); err != nil {
			return err
		}
		next, err = o.next(ctx, b, e)
		return err
	})
	if err != nil {
		return err
	}
	was := e.roster.fileOf(next)
	start, err := postfile.Format(was, postfile.Markdown)
	if err != nil {
		p := a.refused(err)
		return hayon.Errorf(hayon.CodeOf(p), "%s cannot be written as a file: %w", e.view.Short, p).WithHint("change it by flags: hayon help edit")
	}
	s := &editSession{o: o, e: e, next: next, was: was, start: string(start)}
	return s.run(ctx)
}

// editSession is one post in an editor, until it is stored or given up.
type editSession struct {
	o    *editOptions
	e    *edited
	next hayon.PostCreate // what the file was made of
	was  *postfile.File
	// start is the text of the file.
	start string
}

func (s *editSession) run(ctx context.Context) error {
	a := s.o.app
	text := s.start
	for {
		var err error
		if text, err = a.editText(ctx, text, ".md"); err != nil {
			return err
		}
		if strings.TrimSpace(text) == "" || text == s.start && sameRequest(s.next, s.e.request.Create) {
			a.say("Nothing was changed.")
			return a.printPost(&s.e.view)
		}
		err = s.save(ctx, text)
		if err == nil {
			return nil
		}
		if !mayMend(err) {
			return a.keptEdit(err, text, ".md", s.e.view.Short)
		}
		s.tell(ctx, err)
		again, aerr := a.editAgain(ctx)
		if aerr != nil || !again {
			return a.keptEdit(errors.Join(first(err), aerr), text, ".md", s.e.view.Short)
		}
	}
}

// mayMend reports whether an error is one of what was written.
func mayMend(err error) bool {
	if _, ok := errors.AsType[postfile.Problems](err); ok {
		return true
	}
	code := hayon.CodeOf(err)
	return code == hayon.CodeUsage || code == hayon.CodeInvalid || code == hayon.CodeNotFound
}

// first is the error that a command ends with: of the problems of a file the first.
func first(err error) error {
	if ps, ok := errors.AsType[postfile.Problems](err); ok {
		e := ps.Err()
		e.Message = inText(ps[0])
		return e
	}
	return err
}

// inText is a problem with its place in the text that is in an editor, and in no file that anybody could open.
func inText(p *postfile.Problem) string {
	return fmt.Sprintf("line %d, column %d", p.Line, p.Column) + strings.TrimPrefix(p.Error(), fmt.Sprintf("%s:%d:%d", p.Path, p.Line, p.Column))
}

// tell shows what is wrong before it is opened again.
func (s *editSession) tell(ctx context.Context, err error) {
	a := s.o.app
	ps, ok := errors.AsType[postfile.Problems](err)
	if !ok {
		a.report(ctx, err)
		return
	}
	for _, p := range ps {
		a.sayProblemAs(inText(p), p)
	}
}

// save stores what was written.
func (s *editSession) save(ctx context.Context, text string) error {
	o := s.o
	f, err := postfile.Parse(s.e.view.Short+".md", []byte(text))
	if err != nil {
		return err
	}
	x := &fileChange{app: o.app, roster: s.e.roster, was: s.was, f: f, base: s.next, whole: true}
	c, err := x.request()
	if err != nil {
		return err
	}
	return o.app.service(ctx, func(ctx context.Context, b *backend) error {
		if err := x.store(ctx, b, &c, o.dryRun); err != nil {
			return err
		}
		return o.explained(ctx, b, s.e, o.app.placed(f, c, o.store(ctx, b, s.e, c))) //nolint:contextcheck // nothing is run
	})
}

// keptEdit is err with the place where it leaves what somebody wrote; nil stays nil. short is the post that
// the text is for, as a file.
func (a *app) keptEdit(err error, text, suffix, short string) error {
	if err == nil {
		return nil
	}
	path, derr := writeDraft(text, suffix)
	if derr != nil {
		return errors.Join(err, derr)
	}
	e := hayon.AsError(err)
	hint := e.Hint
	if _, sent := e.Details["states"]; short != "" && !sent { // what is out would be refused again
		hint = fmt.Sprintf("compare: hayon show %s   and to store yours: hayon edit %s -f %s", short, short, path)
	}
	kept := hayon.Errorf(e.Code, "%s; what you wrote is in %s", e.Message, path).WithHint(hint).WithCause(err)
	kept.Details = e.Details
	return kept
}
