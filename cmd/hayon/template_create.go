package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/scheduler"
)

// templateOptions are the flags of hayon template create.
type templateOptions struct {
	app        *app
	text, file string
	editor     bool
	replace    bool
	dryRun     bool
}

func (a *app) templateCreateCommand() *cobra.Command {
	o := &templateOptions{app: a}
	cmd := &cobra.Command{
		Use:   "create NAME [-]",
		Short: "Store a template",
		Long: `Store a template: of the text of a flag, of a file, of a pipe or with "-" of standard input, or with -e of
your editor, where a template that --replace is to replace stands already.`,
		Example: `  hayon template create release --text "{{name|Hayon}} {{version}} is out: {{link}}"
  hayon template create weekly -f weekly.txt --replace
  hayon template show release | sed s/out/here/ | hayon template create release - --replace`,
		Args: usageArgs(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(templateFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error { return o.run(ctx, cmd, b, args) })
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.text, "text", "", "the text")
	f.StringVarP(&o.file, "file", "f", "", "read the text from this file; - is standard input")
	f.BoolVarP(&o.editor, "editor", "e", false, "write the text in your editor")
	f.BoolVar(&o.replace, "replace", false, "take the place of a template of that name")
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "check the text; store nothing")
	cmd.MarkFlagsMutuallyExclusive("text", "file", "editor")
	return cmd
}

func (o *templateOptions) run(ctx context.Context, cmd *cobra.Command, b *backend, args []string) error {
	list, err := b.FindTemplates(ctx)
	if err != nil {
		return err
	}
	t := hayon.Template{Name: args[0]}
	if t.Name, err = hayon.CleanTemplateName(t.Name); err != nil {
		return err
	}
	var was *hayon.Template
	for _, known := range list {
		if known.Name == t.Name {
			was = known
		}
	}
	if was != nil && !o.replace { // before somebody writes it in an editor
		return hayon.Errorf(hayon.CodeConflict, "there is a template %s already; nothing was stored", t.Name).
			WithHint("see it: hayon template show " + t.Name + "   or put this one in its place: --replace")
	}
	if t.Text, err = o.source(ctx, cmd, args, was); err != nil {
		return err
	}
	if o.dryRun {
		return o.wouldCreate(t)
	}
	stored, err := b.CreateTemplate(ctx, t, o.replace)
	if err != nil {
		return err
	}
	return o.print(stored)
}

// source is the text of the template, from wherever it comes.
func (o *templateOptions) source(ctx context.Context, cmd *cobra.Command, args []string, was *hayon.Template) (string, error) {
	given := cmd.Flags().Changed
	named := given("text") || o.file != "" || o.editor
	switch {
	case len(args) == 2 && args[1] != "-":
		return "", hayon.Errorf(hayon.CodeUsage, "%q is one argument too many", args[1]).
			WithHint(`give the text by a flag: hayon template create ` + args[0] + ` --text "…"`)
	case len(args) == 2 && named:
		return "", hayon.Errorf(hayon.CodeUsage, `"-" and a flag both say where the text is`).WithHint("leave out one of them")
	case given("text"):
		return o.text, nil
	case o.editor:
		initial := ""
		if was != nil {
			initial = was.Text + "\n"
		}
		return o.app.editText(ctx, initial, ".txt")
	case o.file != "" && o.file != "-":
		return readTemplate(o.file)
	case len(args) == 1 && o.file == "" && o.app.io.inTTY:
		return "", hayon.Errorf(hayon.CodeUsage, "nobody said what the text of %s is", args[0]).
			WithHint(`give it: hayon template create ` + args[0] + ` --text "{{version}} is out"   or write it: -e`)
	}
	b, err := await(ctx, func() ([]byte, error) {
		return io.ReadAll(io.LimitReader(o.app.io.in, hayon.MaxTemplateBytes+2)) // what is too long is refused later
	})
	if err != nil && ctx.Err() == nil {
		err = hayon.Errorf(hayon.CodeLocal, "standard input cannot be read: %w", err)
	}
	return string(b), err
}

// readTemplate reads a file, or so much of it that it is refused.
func readTemplate(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", hayon.Errorf(hayon.CodeUsage, "the file %s cannot be read: %w", path, err).WithHint("check the path of --file")
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, hayon.MaxTemplateBytes+2))
	if err != nil {
		return "", hayon.Errorf(hayon.CodeUsage, "the file %s cannot be read: %w", path, err).WithHint("name a file with a text")
	}
	return string(b), nil
}

func (o *templateOptions) wouldCreate(t hayon.Template) error {
	t, err := scheduler.CheckTemplate(t)
	if err != nil {
		return err
	}
	view, err := viewOfTemplate(&t)
	if err != nil {
		return err
	}
	o.app.say("Nothing was stored. This would be: %s, which leaves open: %s", t.Name, view.open())
	return nil
}

// print shows what was stored.
func (o *templateOptions) print(t *hayon.Template) error {
	a := o.app
	view, err := viewOfTemplate(t)
	if err != nil {
		return err
	}
	if a.flags.json.on {
		return a.printJSON(view, templateFields())
	}
	a.say("%s leaves open: %s", t.Name, view.open())
	a.print("%s", t.Name)
	return nil
}
