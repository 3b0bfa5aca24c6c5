package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/lmittmann/tint"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// print writes a line of the result.
func (a *app) print(format string, args ...any) { _, _ = fmt.Fprintf(a.io.out, format+"\n", args...) }

// printFolded writes a line of the result, broken at blanks where a terminal is narrower. It is for
// people: a pipe gets it whole.
func (a *app) printFolded(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	a.printHanging(hanging(s, a.columns()), s)
}

// printHanging is printFolded with the column at which broken lines go on, where half the width is left
// for them.
func (a *app) printHanging(column int, s string) {
	if a.io.outTTY {
		s = fold(s, a.columns(), min(column, a.columns()/2))
	}
	_, _ = fmt.Fprintln(a.io.out, s)
}

// printText writes the lines of a text behind an indent, folded for a terminal.
func (a *app) printText(s, with string) {
	width := 0
	if a.io.outTTY {
		width = max(a.columns()-cells(with), 1)
	}
	for line := range strings.SplitSeq(s, "\n") {
		a.print("%s", indent(fold(inert(line), width, 0), with))
	}
}

// written is why the result cannot be written any more; nil while it can.
func (a *app) written() error {
	if r, ok := a.io.out.(*result); ok {
		return r.err
	}
	return nil
}

// say writes a line of talk, unless only ids are wanted.
func (a *app) say(format string, args ...any) {
	if a.forProgram() {
		return
	}
	to := a.io.err
	if a.pager != nil {
		to = &a.pager.after // it stands below the result
	}
	_, _ = fmt.Fprintf(to, format+"\n", args...)
}

// warn writes a line that a person should see whatever the output is.
func (a *app) warn(format string, args ...any) {
	_, _ = fmt.Fprintf(a.io.err, "hayon: "+format+"\n", args...)
}

// report says what went wrong: a sentence and the next command, or one JSON object.
func (a *app) report(ctx context.Context, err error) {
	if _, ok := errors.AsType[exitError](err); ok {
		return
	}
	e := hinted(asUserError(ctx, err))
	if e.Err != nil {
		a.log.Debug("the cause", "err", e.Err)
	}
	if a.jsonErrors() {
		if b, merr := encodeJSON(errorView(e)); merr == nil {
			_, _ = fmt.Fprintf(a.io.err, "%s\n", b)
			return
		}
	}
	on := a.colour(a.io.errTTY)
	_, _ = fmt.Fprintf(a.io.err, "%s %s\n", paint(on, colourBad, "hayon:"), e.Message)
	if e.Hint != "" {
		_, _ = fmt.Fprintf(a.io.err, "  %s\n", paint(on, colourDim, "→ ")+e.Hint)
	}
}

// jsonError is an error as --json prints it.
type jsonError struct {
	api.Error

	// Docs is the command that tells more.
	Docs string `json:"docs"`
}

func errorView(e *hayon.Error) any {
	return struct {
		Error jsonError `json:"error"`
	}{jsonError{api.ErrorOf(e).Error, "hayon help " + docsOf(e.Code)}}
}

// docsOf is the topic of the help that is about a code.
func docsOf(c hayon.Code) string {
	if c == hayon.CodeUnauthenticated || c == hayon.CodeForbidden {
		return "security"
	}
	return "exit-codes"
}

// jsonAsked tells whether JSON was asked for on a command line that could not be read to its end.
func jsonAsked(args []string) bool {
	for _, arg := range args {
		switch {
		case arg == "--":
			return false
		case arg == "--json", strings.HasPrefix(arg, "--json="), arg == "--jq", strings.HasPrefix(arg, "--jq="):
			return true
		}
	}
	return false
}

// asUserError is err as a user sees it: a signal and a time-out in their own words.
func asUserError(ctx context.Context, err error) *hayon.Error {
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		return e
	}
	if s, ok := errors.AsType[signalCause](context.Cause(ctx)); ok {
		return hayon.Errorf(hayon.CodeTimeout, "%s; what was accepted is safe", s.Error()).WithHint("see how it stands: hayon list")
	}
	if cause, ok := errors.AsType[*hayon.Error](context.Cause(ctx)); ok {
		return cause
	}
	return hayon.AsError(err)
}

// hinted is e with the next step where nobody has named one.
func hinted(e *hayon.Error) *hayon.Error {
	if e.Hint != "" {
		return e
	}
	hint := ""
	switch e.Code {
	case hayon.CodeUsage:
		hint = "see: hayon help"
	case hayon.CodeUnavailable, hayon.CodeRateLimited:
		hint = "check the network and the address, then try again"
	case hayon.CodeTimeout:
		hint = "see how it stands: hayon list"
	case hayon.CodeNotFound:
		hint = "see what there is: hayon list"
	case hayon.CodeLocal:
		hint = "check the disk and the permissions there, then try again"
	case hayon.CodeInternal, hayon.CodeInvalid, hayon.CodeUnauthenticated, hayon.CodeForbidden,
		hayon.CodeRejected, hayon.CodeUncertain, hayon.CodeConflict, hayon.CodeUnreachable:
	}
	c := *e
	c.Hint = hint
	return &c
}

// flagError is what cobra says of a flag, as a usage error with the nearest flag.
func flagError(cmd *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f := invalid.GetFlag()
		hint := map[string]string{"int": "give a whole number", "duration": "give a duration, as 90s, 5m or 2h"}[f.Value.Type()]
		return hayon.Errorf(hayon.CodeUsage, "--%s does not take %q", f.Name, invalid.GetValue()).
			WithHint(cmp.Or(hint, "see the flags: "+cmd.CommandPath()+" --help"))
	}
	e := hayon.Errorf(hayon.CodeUsage, "%s", strings.ReplaceAll(err.Error(), "\n", " ")).
		WithHint("see the flags: " + cmd.CommandPath() + " --help")
	if err.Error() == "unknown flag: --version" {
		return e.WithHint("see it: hayon version")
	}
	_, name, ok := strings.Cut(err.Error(), "unknown flag: --")
	if !ok {
		return e
	}
	var names []string
	cmd.Flags().VisitAll(func(f *flagT) { names = append(names, f.Name) })
	cmd.InheritedFlags().VisitAll(func(f *flagT) { names = append(names, f.Name) })
	if near := nearest(name, names); near != "" {
		return e.WithHint("did you mean --" + near + "?")
	}
	return e
}

// notOneOf is the error of a word that is none of a few, with all of them and the nearest.
func notOneOf(what, got string, valid []string) error {
	hint := "use one of: " + strings.Join(valid, ", ")
	if near := nearest(got, valid); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return hayon.Errorf(hayon.CodeUsage, "%s %q is not known", what, got).WithHint(hint)
}

// groupError is what cobra says of flags that exclude each other, as a usage error.
func groupError(cmd *cobra.Command, err error) error {
	_, set, _ := strings.Cut(err.Error(), "; [")
	set, _, ok := strings.Cut(set, "]")
	if !ok {
		return hayon.Errorf(hayon.CodeUsage, "%s", err.Error()).WithHint("see the flags: " + cmd.CommandPath() + " --help")
	}
	return hayon.Errorf(hayon.CodeUsage, "--%s exclude each other", strings.Join(strings.Fields(set), " and --")).
		WithHint("leave out all but one")
}

// usageArgs makes a usage error of what cobra says about arguments, with the nearest command where
// one was meant.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		if cmd.HasAvailableSubCommands() {
			return unknownCommand(cmd, args[0])
		}
		_, operands, _ := strings.Cut(cmd.Use, " ")
		message := fmt.Sprintf("takes one argument, and there are %d", len(args))
		switch {
		case len(args) == 0:
			message = "needs an argument: " + operands
		case operands == "":
			message = "takes no argument, and there is " + strconv.Quote(args[0])
		case cmd.Name() == "post" || cmd.Name() == "preview":
			message = fmt.Sprintf("takes the text as one argument, and there are %d: put it in quotes", len(args))
		}
		return hayon.Errorf(hayon.CodeUsage, "%s %s", cmd.CommandPath(), message).WithHint("usage: " + cmd.UseLine())
	}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	e := hayon.Errorf(hayon.CodeUsage, "there is no command %q", strings.TrimPrefix(cmd.CommandPath()+" "+name, "hayon ")).
		WithHint("see the commands: " + cmd.CommandPath() + " --help")
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := nearest(name, names); near != "" {
		e.Hint = "did you mean: " + cmd.CommandPath() + " " + near
	}
	return e
}

// newLogger is the log of one command: silent, warnings and more with -v, all with -vv.
func newLogger(a *app) *slog.Logger {
	level := slog.LevelError + 4 // nothing: what a person must know is said in sentences
	switch {
	case a.flags.verbose >= 2:
		level = slog.LevelDebug
	case a.flags.verbose == 1:
		level = slog.LevelInfo
	}
	return slog.New(tint.NewTextHandler(a.io.err, &tint.Options{Level: level, NoColor: !a.colour(a.io.errTTY), TimeFormat: "15:04:05.000"}))
}
