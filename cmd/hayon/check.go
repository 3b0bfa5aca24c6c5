package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// checkOptions are the flags of hayon check.
type checkOptions struct {
	*postOptions

	github bool
}

// checkView is a file that was checked.
type checkView struct {
	File string `json:"file"`
	OK   bool   `json:"ok"`
	// To are the accounts that it goes to, as far as they are known, else as it names them.
	To []string `json:"to"`
	// At is its time, with the offset there, and Zone the one that was meant.
	At    string `json:"at,omitempty"`
	Zone  string `json:"zone,omitempty"`
	Draft bool   `json:"draft,omitempty"`
	// Notes are what there is to say and no reason to refuse it.
	Notes    []string      `json:"notes"`
	Problems []fileProblem `json:"problems"`
}

func checkFields() []string {
	return []string{
		"file", "ok", "to", "at", "zone", "draft", "notes", "problems", "problems.file", "problems.line", "problems.column", "problems.field",
		"problems.code", "problems.message", "problems.hint",
	}
}

func (a *app) checkCommand() *cobra.Command {
	o := &checkOptions{postOptions: &postOptions{app: a}}
	cmd := &cobra.Command{
		Annotations: map[string]string{homeless: "true"},

		Use:   "check FILE...",
		Short: "Check post files; store and send nothing",
		Long: `Check post files as hayon post -f reads them, for CI and for editors: what cannot be read, accounts and
options that there are not, texts that are too long, media that are not there or not taken, times that have
passed. Nothing is stored and nobody is asked over the network.

It works where no account is connected: what is not is checked against the general limits of its platform,
and a note says so. Accounts that published: names are left out, and a note says so; a file that is out on
all its accounts may have a time that has passed.

Each problem is a line with file, line and column. With --github they are annotations of GitHub Actions.
The exit code is 3 where something is wrong, and where nothing else is, 2 of a file that is not there and 13 of
one that cannot be read.`,
		Example: `  hayon check posts/*.md
  hayon check posts/*.md --json=file,problems
  hayon check --alt-policy require --github posts/*.md
  git show HEAD:posts/launch.md | hayon check -`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	o.targetFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "", "the files are md, json, yaml or txt (default: what their names say)")
	f.StringVar(&o.altPolicy, "alt-policy", "", "an image without a description: require one, warn or ignore (default warn)")
	f.BoolVar(&o.github, "github", false, "print problems as annotations of GitHub Actions")
	o.stripEXIF = true
	_ = cmd.RegisterFlagCompletionFunc("format", words(fileFormats()...)) // it fails for a flag that is not there
	return cmd
}

func (o *checkOptions) run(ctx context.Context, args []string) error {
	a := o.app
	if err := a.checkFields(checkFields()); err != nil {
		return err
	}
	files, err := o.read(ctx, args)
	if err != nil {
		return neverStores(err)
	}
	err = a.onlooker(ctx, func(ctx context.Context, b *backend) error {
		accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := f.inspect(ctx, accounts, lookWith(b, true)); err != nil {
				return err
			}
			if f.wholeOut() {
				f.skipOut()
			}
			if len(accounts) == 0 && slices.Contains(f.create.To, "all") {
				f.notes = append(f.notes, "all means the accounts that are connected, and none is here: name them by --to to check what each takes")
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	refuseSameID(files)
	refuseSame(files, "leave out one of the files")
	return o.print(files)
}

// read reads the files, each once. One that cannot be read has that as its problem.
func (o *checkOptions) read(ctx context.Context, args []string) ([]*postFile, error) {
	paths, err := filePaths(args)
	if err != nil {
		return nil, err
	}
	end, err := formatEnd(o.format)
	if err != nil {
		return nil, err
	}
	base, err := o.wishes()
	if err != nil {
		return nil, err
	}
	var files []*postFile
	typed := o.app.typed() //nolint:contextcheck // nothing is run
	for _, path := range distinct(paths) {
		f, err := o.app.parseFile(ctx, path, end)
		if e, ok := errors.AsType[*hayon.Error](err); ok && ctx.Err() == nil {
			f.problems = append(f.problems, f.unread(e))
		} else if err != nil {
			return nil, err
		}
		if f.typed = typed; f.File != nil {
			if err := o.over(base, f); err != nil {
				return nil, err
			}
		}
		files = append(files, f)
	}
	return files, nil
}

// distinct are the files of a list, each once, by whatever paths they are named.
func distinct(paths []string) []string {
	var out []string
	for _, path := range paths {
		if namedTwice(append(slices.Clone(out), path)) == "" {
			out = append(out, path)
		}
	}
	return out
}

// unread is that a file cannot be read, with the code with which hayon post ends of it.
func (f *postFile) unread(e *hayon.Error) fileProblem {
	message, _, _ := strings.Cut(e.Message, "; nothing was stored")
	if e.Code == hayon.CodeUsage { // by its path nothing is found
		return f.problem(e.Code, message, "check the path")
	}
	return f.problem(e.Code, message, e.Hint)
}

// neverStores is an error of what also other commands do, of which some store something.
func neverStores(err error) error {
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok {
		return err
	}
	c := *e
	c.Message, _, _ = strings.Cut(c.Message, "; nothing was stored")
	return &c
}

// needNoHome names a folder that is not there where none can be found, as for a user without a home.
func (a *app) needNoHome() {
	getenv := a.getenv
	if _, _, err := baseFolders(getenv); err == nil {
		return
	}
	none := filepath.Join(os.TempDir(), "hayon-none-"+requestID())
	a.getenv = func(name string) (string, bool) {
		if name == "HAYON_HOME" {
			return none, true
		}
		return getenv(name)
	}
}

// onlooker runs fn with the services of the profile. Where there is none yet it stays so: fn gets those of an
// empty one then.
func (a *app) onlooker(ctx context.Context, fn func(ctx context.Context, b *backend) error) error {
	if fileExists(a.paths.database()) || a.flags.server == "unix" {
		return a.service(ctx, fn)
	}
	dir, err := os.MkdirTemp("", "hayon-check-*") // mode 0700
	if err != nil {
		return hayon.Errorf(hayon.CodeLocal, "there is no room for what is needed meanwhile: %w", err).WithHint("see that TMPDIR names a folder with room")
	}
	defer func() { _ = os.RemoveAll(dir) }() // who tidies up there removes it
	other := *a
	other.paths.data, other.flags.server = dir, "none"
	return other.service(ctx, fn)
}

// viewOf is a file as it is printed.
func (o *checkOptions) viewOf(f *postFile) checkView {
	v := checkView{
		File: f.name, OK: !f.broken(), To: append([]string{}, f.create.To...), Draft: f.create.Draft,
		Notes: append([]string{}, f.notes...), Problems: append([]fileProblem{}, f.problems...),
	}
	for i, t := range f.targets {
		if i == 0 {
			v.To = nil
		}
		v.To = append(v.To, t.name)
		for _, note := range t.target.Notes {
			note = strings.Replace(note, "(--alt)", "(alt:)", 1)
			if stranger(t.target) == "" || !strings.HasPrefix(note, t.name+" ") {
				note = t.name + ": " + note
			}
			v.Notes = append(v.Notes, note)
		}
	}
	if s := f.create.Schedule; !s.At.IsZero() && f.past == nil {
		v.At, v.Zone = o.app.inZone(s).Format(time.RFC3339), s.Zone
	}
	return v
}

// inZone is the time of a schedule where it was meant, else where the user is.
func (a *app) inZone(s hayon.Schedule) time.Time {
	if zone, err := when.LoadZone(s.Zone); s.Zone != "" && err == nil {
		return s.At.In(zone)
	}
	if loc, err := a.location(); err == nil {
		return s.At.In(loc)
	}
	return s.At
}

// print prints the problems as the result, and says the rest.
func (o *checkOptions) print(files []*postFile) error {
	a := o.app
	views, problems, broken := make([]checkView, len(files)), []fileProblem{}, 0
	for i, f := range files {
		views[i] = o.viewOf(f)
		if problems = append(problems, f.problems...); f.broken() {
			broken++
		}
	}
	if err := o.printResult(views, problems); err != nil {
		return err
	}
	said := make(map[string]bool)
	for _, v := range views {
		for _, note := range v.Notes {
			line := "Note: " + note
			once := strings.Contains(note, " is not connected here") // for all files
			if !once {
				line = "Note: " + v.File + ": " + note
			}
			if !said[line] && (v.OK || once) {
				a.sayFolded("%s", line)
			}
			said[line] = true
		}
	}
	if len(problems) > 0 {
		a.say("%s", problemCount(len(problems), broken, len(files)))
		return exitError{exitOfFiles(problems)}
	}
	if len(files) == 1 {
		a.say("%s: all well", files[0].name)
	} else {
		a.say("%d files, all well", len(files))
	}
	return nil
}

// exitOfFiles is the exit code of problems: that of a file that is not there or cannot be read is the one of hayon post,
// all else is content that is wrong.
func exitOfFiles(problems []fileProblem) int {
	exit := hayon.ExitOK
	for _, p := range problems {
		code := hayon.CodeInvalid.Exit()
		if p.Field == "" && (p.Code == hayon.CodeUsage || p.Code == hayon.CodeLocal) {
			code = p.Code.Exit()
		}
		exit = graverExit(exit, code)
	}
	return exit
}

// printResult prints the files for a program, and the problems for a person: those are what was asked for.
func (o *checkOptions) printResult(views []checkView, problems []fileProblem) error {
	a := o.app
	switch {
	case a.flags.json.on || a.flags.output == outputNDJSON:
		return printList(a, views, listing[checkView]{fields: checkFields()})
	case a.flags.quiet:
		for _, v := range views {
			if !v.OK {
				a.print("%s", v.File)
			}
		}
		return a.written()
	case a.flags.output == outputCSV:
		return printList(a, problems, listing[fileProblem]{
			columns: []column{{title: "FILE"}, {title: "LINE"}, {title: "COLUMN"}, {title: "FIELD"}, {title: "CODE"}, {title: "MESSAGE"}, {title: "HINT"}},
			row: func(p *fileProblem) []string {
				return []string{p.File, fmt.Sprint(p.Line), fmt.Sprint(p.Column), p.Field, string(p.Code), p.Message, p.Hint}
			},
		})
	}
	for _, p := range problems {
		if o.github {
			a.print("%s", p.annotation())
			continue
		}
		line := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
		if p.Hint != "" {
			line += "; " + p.Hint
		}
		a.print("%s", inert(line))
	}
	return a.written()
}

// annotation is the problem as GitHub Actions shows it beside the line of a file. Properties spell %, line
// ends, colons and commas as a percent sign and two digits, the message the first two of them.
// Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions, read 2026-11-21.
func (p fileProblem) annotation() string {
	value := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message := p.Message
	if p.Hint != "" {
		message += "\n" + p.Hint
	}
	return fmt.Sprintf("::error file=%s,line=%d,col=%d::%s", property.Replace(p.File), p.Line, p.Column, value.Replace(message))
}
