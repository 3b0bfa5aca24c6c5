package main

import (
	"context"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// templateText is the text that --from-template makes with the variables of --var.
func (o *postOptions) templateText(ctx context.Context) (string, error) {
	if _, err := o.variables(); err != nil {
		return "", err
	}
	return "", hayon.Errorf(hayon.CodeNotFound, "there is no template %q", o.template)
}

// variables are those of --var.
func (o *postOptions) variables() (map[string]string, error) {
	out := make(map[string]string, len(o.vars))
	for _, v := range o.vars {
		name, value, ok := strings.Cut(v, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, hayon.Errorf(hayon.CodeUsage, "--var %q is no NAME=VALUE", v).WithHint("write --var version=2.0")
		}
		if _, twice := out[name]; twice {
			return nil, hayon.Errorf(hayon.CodeUsage, "--var names %s twice", name)
		}
		out[name] = value
	}
	return out, nil
}

// pageText is the title of a page, a blank line and its address.
func (o *postOptions) pageText(ctx context.Context) (string, error) {
	return "", hayon.Errorf(hayon.CodeUnavailable, "%s cannot be read", o.fromURL)
}

// textOfPage is what is posted of a page where nobody changes it.
func textOfPage(p *hayon.Page) string {
	lines := []string{firstLine(inert(p.Title)), p.URL}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n\n")
}
