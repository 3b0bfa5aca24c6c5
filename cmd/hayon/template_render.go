package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

func (a *app) templateRenderCommand() *cobra.Command {
	var vars []string
	cmd := &cobra.Command{
		Use:   "render NAME",
		Short: "Print the text of a template with values in the place of its variables",
		Long: `Print the text of a template with values in the place of its variables. Nothing is stored or sent. A
variable without a default needs --var NAME=VALUE; hayon template show tells which there are.`,
		Example: `  hayon template render release --var version=2.0
  hayon template render release --var version=2.0 | hayon post - --to bluesky
  hayon template render weekly --var topic="What changed" --var link=https://example.com/`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(renderedFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				body, err := a.renderTemplate(ctx, b, args[0], vars)
				if err != nil {
					return err
				}
				if a.flags.json.on {
					return a.printJSON(rendered{args[0], body}, renderedFields())
				}
				a.printPlain(body)
				return a.written()
			})
		},
	}
	cmd.Flags().StringArrayVar(&vars, "var", nil, "NAME=VALUE: what stands for a variable (repeat)")
	return cmd
}

// rendered is a template that was filled, as --json prints it.
type rendered struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func renderedFields() []string { return []string{"name", "text"} }

// renderTemplate is the text of a template with the values of vars, each NAME=VALUE, and of the built-in
// variables, which are those of this moment in the user's zone. A template that is not there is not_found;
// a value that is missing, and one that the template has no use for, are usage errors.
func (a *app) renderTemplate(ctx context.Context, b *backend, name string, vars []string) (string, error) {
	values, err := varsOf(vars)
	if err != nil {
		return "", err
	}
	loc, err := a.location()
	if err != nil {
		return "", err
	}
	t, err := findTemplate(ctx, b, name)
	if err != nil {
		return "", err
	}
	open, err := text.Variables(t.Text)
	if err != nil {
		return "", templateProblem(t, open, err)
	}
	now := a.now().In(loc)
	for _, v := range open {
		if _, given := values[v.Name]; given {
			continue
		}
		if value, ok := builtIn(v.Name, now); ok {
			values[v.Name] = value
		}
	}
	body, err := text.Fill(t.Text, values)
	return body, templateProblem(t, open, err)
}

// varsOf reads --var NAME=VALUE.
func varsOf(vars []string) (map[string]string, error) {
	values := make(map[string]string, len(vars))
	for _, v := range vars {
		name, value, ok := strings.Cut(v, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, hayon.Errorf(hayon.CodeUsage, "--var %q names no variable and value", v).WithHint("write it as --var version=2.0")
		}
		if _, twice := values[name]; twice {
			return nil, hayon.Errorf(hayon.CodeUsage, "--var names %s twice", name).WithHint("give it once")
		}
		values[name] = value
	}
	return values, nil
}

func builtInNames() []string { return []string{"date", "time", "weekday", "year", "month", "day"} }

// builtIn is the value of a variable that nobody needs to give.
func builtIn(name string, now time.Time) (value string, ok bool) {
	layout, ok := map[string]string{
		"date": time.DateOnly, "time": "15:04", "weekday": "Monday", "year": "2006", "month": "01", "day": "02",
	}[name]
	if !ok {
		return "", false
	}
	return now.Format(layout), true
}

// templateProblem is why a template cannot be filled, with what to type; nil where err is.
func templateProblem(t *hayon.Template, open []text.Variable, err error) error {
	why, ok := errors.AsType[*text.TemplateError](err)
	switch {
	case err == nil:
		return nil
	case !ok || why.Reason != "":
		return hayon.Errorf(hayon.CodeInternal, "the template %s cannot be read: %w", t.Name, err)
	case len(why.Unknown) > 0:
		u := why.Unknown[0]
		hint := "it leaves nothing open"
		if names := namesOf(open); u.Nearest != "" {
			hint = "did you mean --var " + u.Nearest + "=…?"
		} else if len(names) > 0 {
			hint = "it has: " + strings.Join(names, ", ")
		}
		return hayon.Errorf(hayon.CodeUsage, "the template %s has no variable %s", t.Name, u.Name).WithHint(hint)
	default:
		return hayon.Errorf(hayon.CodeUsage, "the template %s needs a value for %s", t.Name, strings.Join(why.Missing, " and ")).
			WithHint("give it: --var " + strings.Join(why.Missing, "=… --var ") + "=…")
	}
}

func namesOf(open []text.Variable) []string {
	names := make([]string, len(open))
	for i, v := range open {
		names[i] = v.Name
	}
	return names
}
