package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/text"
)

// templateView is a template as hayon prints it, with what it leaves open.
type templateView struct {
	api.Template

	Variables []variableView `json:"variables"`
}

// variableView is what a template leaves open.
type variableView struct {
	Name string `json:"name"`
	// Default stands where nobody gives a value; nil: a value is needed.
	Default *string `json:"default,omitempty"`
	// BuiltIn: hayon gives the value where nobody else does.
	BuiltIn bool `json:"built_in,omitempty"`
}

func templateFields() []string {
	return []string{"name", "text", "variables", "variables.name", "variables.default", "variables.built_in", "created_at", "updated_at"}
}

// names are those of the variables.
func (v *templateView) names() []string {
	names := make([]string, len(v.Variables))
	for i := range v.Variables {
		names[i] = v.Variables[i].Name
	}
	return names
}

// open says what the template leaves open.
func (v *templateView) open() string {
	if len(v.Variables) == 0 {
		return "nothing"
	}
	return strings.Join(v.names(), ", ")
}

func viewOfTemplate(t *hayon.Template) (templateView, error) {
	view := templateView{Template: api.TemplateOf(t), Variables: []variableView{}}
	open, err := text.Variables(t.Text)
	if err != nil {
		return view, hayon.Errorf(hayon.CodeInternal, "the template %s cannot be read: %w", t.Name, err)
	}
	for _, v := range open {
		shown := variableView{Name: v.Name, BuiltIn: slices.Contains(builtInNames(), v.Name)}
		if v.HasDefault {
			shown.Default = &v.Default
		}
		view.Variables = append(view.Variables, shown)
	}
	return view, nil
}

func (a *app) templateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "template",
		Short: "Texts with {{variables}} that are used again and again",
		Long: `Keep texts that are used again and again. A template leaves open what stands in double braces: {{name}}
needs a value, and {{name|default}} does without one. {{{{ is two braces.

{{date}} (as 2026-12-24), {{time}} (as 18:30), {{weekday}} (as Thursday), {{year}}, {{month}} and {{day}} (as
2026, 12 and 24) are those of the moment, in your time zone, where nobody gives another value.`,
		Example: `  hayon template create release --text "{{name|Hayon}} {{version}} is out"
  hayon post --from-template release --var version=2.0 --to bluesky`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.templateListCommand(), a.templateShowCommand(), a.templateCreateCommand(), a.templateRenderCommand(), a.templateDeleteCommand())
	return cmd
}

func (a *app) templateListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List templates and what they leave open",
		Example: `  hayon template list
  hayon template list --json=name,variables.name`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(templateFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				list, err := b.FindTemplates(ctx)
				if err != nil {
					return err
				}
				return a.printTemplates(list)
			})
		},
	}
}

func (a *app) printTemplates(list []*hayon.Template) error {
	views := make([]templateView, len(list))
	for i, t := range list {
		var err error
		if views[i], err = viewOfTemplate(t); err != nil {
			return err
		}
	}
	return printList(a, views, listing[templateView]{
		fields:  templateFields(),
		id:      func(v *templateView) string { return v.Name },
		columns: []column{{title: "NAME"}, {title: "VARIABLES", drop: 1}, {title: "TEXT", flexible: true}},
		row: func(v *templateView) []string {
			return []string{v.Name, strings.Join(v.names(), ","), firstLine(v.Text)}
		},
		empty: `No templates. Make one: hayon template create release --text "{{version}} is out"`,
	})
}

func (a *app) templateShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show the text of a template, and what it leaves open",
		Long: `Show the text of a template, and below it what it leaves open. A pipe gets the text alone on standard
output, as hayon template create takes it.`,
		Example: `  hayon template show release
  hayon template show release > release.txt
  hayon template show release --jq '.variables[].name'`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(templateFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				t, err := findTemplate(ctx, b, args[0])
				if err != nil {
					return err
				}
				return a.printTemplate(t)
			})
		},
	}
}

func (a *app) printTemplate(t *hayon.Template) error {
	view, err := viewOfTemplate(t)
	if err != nil {
		return err
	}
	if a.flags.json.on {
		return a.printJSON(view, templateFields())
	}
	a.printPlain(t.Text)
	a.printVariables(view.Variables)
	return a.written()
}

// printVariables tells a person below the text what it leaves open, and others on standard error.
func (a *app) printVariables(list []variableView) {
	if a.forPerson() && len(list) > 0 {
		a.print("")
	}
	for i := range list {
		line := "  {{" + list[i].Name + "}}  " + about(&list[i])
		if a.forPerson() {
			a.printHanging(4, line)
		} else {
			a.say("%s", line)
		}
	}
}

// about says where the value of a variable comes from.
func about(v *variableView) string {
	switch {
	case v.BuiltIn:
		return "that of the moment"
	case v.Default == nil:
		return "needed: --var " + v.Name + "=…"
	case *v.Default == "":
		return "nothing, or --var " + v.Name + "=…"
	default:
		return inert(*v.Default) + ", or --var " + v.Name + "=…"
	}
}

// printPlain writes a text as it is, but for a terminal, which gets no control characters.
func (a *app) printPlain(s string) {
	if a.io.outTTY {
		a.printText(s, "")
		return
	}
	a.print("%s", s)
}

func (a *app) templateDeleteCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Forget a template; posts that were made of it stay",
		Example: `  hayon template delete release --yes
  hayon template delete release --dry-run`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				t, err := findTemplate(ctx, b, args[0])
				if err != nil {
					return err
				}
				if dry {
					a.say("Nothing was deleted. This would be: %s", t.Name)
					return nil
				}
				if err := a.confirm(ctx, "Delete the template "+t.Name+"?"); err != nil {
					return err
				}
				if err := b.DeleteTemplate(ctx, t.Name); err != nil {
					return err
				}
				a.say("Deleted %s", t.Name)
				return nil
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be deleted; change nothing")
	return cmd
}

// findTemplate is the template of that name. One that is not there is not_found, with the nearest one.
func findTemplate(ctx context.Context, b *backend, name string) (*hayon.Template, error) {
	list, err := b.FindTemplates(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, t := range list {
		if t.Name == name {
			return t, nil
		}
		names[i] = t.Name
	}
	hint := "see what there is: hayon template list"
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "?   or " + hint
	}
	return nil, hayon.Errorf(hayon.CodeNotFound, "there is no template %s", name).WithHint(hint)
}

func (a *app) completeTemplates(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	var names []string
	for _, t := range a.knownTemplates(cmd, args) {
		names = append(names, t.Name+"\t"+clip(inert(firstLine(t.Text)), completedText))
	}
	return names, noFiles
}

func (a *app) knownTemplates(cmd *cobra.Command, args []string) []*hayon.Template {
	var list []*hayon.Template
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) (err error) {
		list, err = b.FindTemplates(ctx)
		return err
	})
	return list
}

// completeVariables completes what the template leaves open that is named by an argument, or by
// --from-template.
func (a *app) completeVariables(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var name string
	if f := cmd.Flags().Lookup("from-template"); f != nil {
		name = f.Value.String()
	} else if len(args) > 0 {
		name = args[0]
	}
	var words []string
	for _, t := range a.knownTemplates(cmd, args) {
		if t.Name != name {
			continue
		}
		open, _ := text.Variables(t.Text) // one that cannot be read has none to offer
		for _, v := range open {
			words = append(words, v.Name+"=\t"+v.Default)
		}
	}
	return words, noFiles | cobra.ShellCompDirectiveNoSpace
}
