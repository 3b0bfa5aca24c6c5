package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// postSource says where the text comes from, beside the argument and the pipe.
type postSource struct {
	editor bool
	// file is one file, files are those of -f, and format is how they are written; "": as their names say.
	file      string
	files     []string
	format    string
	template  string
	vars      []string
	fromURL   string
	clipboard bool
}

func (o *postOptions) sourceFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVarP(&o.editor, "editor", "e", false, "write the text in your editor (VISUAL, EDITOR), and be asked before it goes out")
	f.StringArrayVarP(&o.files, "file", "f", nil, "read the post from this file, or from those of a pattern; - is standard input (repeat; see hayon help files)")
	f.StringVar(&o.format, "format", "", "the files of -f are md, json, yaml or txt (default: what their names say)")
	_ = cmd.RegisterFlagCompletionFunc("format", words(fileFormats()...)) // it fails for a flag that is not there
	f.StringVar(&o.template, "from-template", "", "make the text of this template; see hayon template list")
	f.StringArrayVar(&o.vars, "var", nil, "NAME=VALUE of a variable of the template (repeat)")
	f.StringVar(&o.fromURL, "from-url", "", "make the text of this page: its title and its address")
	f.BoolVar(&o.clipboard, "clipboard", false, "take the text from the clipboard")
	cmd.MarkFlagsMutuallyExclusive("file", "from-template", "from-url", "clipboard")
	cmd.MarkFlagsMutuallyExclusive("editor", "file")
}

// source is the flag that says where the text comes from; "" for none.
func (o *postOptions) source() string {
	switch {
	case len(o.files) > 0:
		return "--file"
	case o.template != "":
		return "--from-template"
	case o.fromURL != "":
		return "--from-url"
	case o.clipboard:
		return "--clipboard"
	}
	return ""
}

// text is the argument, or what a flag or a pipe brings. With --editor its user changes it.
func (o *postOptions) text(ctx context.Context, args []string) (string, error) {
	flag := o.source()
	if o.editor && flag == "" {
		flag = "--editor"
	}
	if len(args) == 1 && flag != "" {
		return "", hayon.Errorf(hayon.CodeUsage, "there are two texts: the argument, and %s", flag).WithHint("leave out one of them")
	}
	if len(o.vars) > 0 && o.template == "" {
		return "", hayon.Errorf(hayon.CodeUsage, "--var without a template").WithHint("name it: --from-template NAME; see: hayon template list")
	}
	body, err := o.sourceText(ctx, args, flag)
	if err != nil || !o.editor {
		return body, err
	}
	return o.written(ctx, body)
}

// sourceText is the text before anybody has changed it.
func (o *postOptions) sourceText(ctx context.Context, args []string, flag string) (string, error) {
	switch {
	case flag == "--editor":
		return "", nil
	case flag == "--from-template":
		return o.templateText(ctx)
	case flag == "--from-url":
		return o.pageText(ctx)
	case flag == "--clipboard":
		return o.app.clipboardText(ctx)
	case len(args) == 1 && args[0] != "-":
		return args[0], nil
	}
	return o.piped(ctx, args)
}

// written is a text from the user's editor, which begins with what there is.
func (o *postOptions) written(ctx context.Context, initial string) (string, error) {
	a := o.app
	if !a.mayAsk() {
		return "", hayon.Errorf(hayon.CodeUsage, "--editor needs a terminal").
			WithHint(`give the text: hayon post "Hello, world"   or from a file: hayon post -f note.txt`)
	}
	body, err := a.editText(ctx, initial, ".txt")
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(body) == "" {
		return "", hayon.Errorf(hayon.CodeUsage, "the text is empty; nothing was stored").WithHint("write something and save it")
	}
	return strings.TrimRight(body, "\n"), nil
}

// askTo asks for the accounts where nobody named one.
func (o *postOptions) askTo(ctx context.Context) ([]string, error) {
	if !o.app.mayAsk() {
		return nil, nil // the service says what is missing
	}
	answer, err := o.app.prompt(ctx, "To which accounts? (as in bluesky,mastodon/work; see: hayon account list) ")
	if err != nil {
		return nil, err
	}
	return commaList(answer), nil
}

// confirmWritten asks before a text goes out that nobody has seen whole on a command line.
func (o *postOptions) confirmWritten(ctx context.Context, c hayon.PostCreate) error {
	if !o.editor || c.Draft || c.DryRun {
		return nil
	}
	question := "Publish this now to " + strings.Join(c.To, ", ") + "?"
	if !c.Schedule.IsZero() {
		question = "Schedule this for " + strings.Join(c.To, ", ") + "?"
	}
	o.app.say("%s", indent(c.Text, "  "))
	err := o.app.confirm(ctx, question)
	if err == nil {
		return nil
	}
	if kept, kerr := o.app.keepText(c.Text); kerr == nil {
		o.app.say("Your text is kept in %s", kept)
	}
	return err
}

// keepText writes what somebody has written and does not send now where only they can read it.
func (a *app) keepText(body string) (string, error) {
	f, err := os.CreateTemp("", "hayon-*.txt") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(body + "\n")
	return f.Name(), errors.Join(err, f.Close())
}
